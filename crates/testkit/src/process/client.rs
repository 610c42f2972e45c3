//! Connections to a server.

use std::path::Path;
use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, Identity};

use crate::certificate::ClientCertificate;

/// Which version of HTTP is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// What TLS negotiates; HTTP/1.1 without TLS.
    Negotiated,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2, without TLS by prior knowledge (RFC 9113 §3.3).
    Http2,
}

/// A connection pool that trusts the certificate in this file, if there is one, and nobody else,
/// and follows no redirects.
pub fn http(certificate: &Path, speech: Speech) -> Client {
    let builder = trusting(certificate);
    let builder = match speech {
        Speech::Negotiated => builder,
        Speech::Http1 => builder.http1_only(),
        Speech::Http2 => builder.http2_prior_knowledge(),
    };
    builder.build().expect("a connection pool")
}

/// The same, showing a certificate to whoever asks for one in the handshake.
pub fn http_showing(certificate: &Path, shown: &ClientCertificate) -> Client {
    let pem = format!("{}{}", shown.pem, shown.key);
    let identity = Identity::from_pem(pem.as_bytes()).expect("a certificate and its key");
    let builder = trusting(certificate).identity(identity);
    builder.build().expect("a connection pool")
}

fn trusting(certificate: &Path) -> ClientBuilder {
    let certificates = std::fs::read(certificate).ok();
    let certificates = certificates.map(|pem| Certificate::from_pem(&pem).unwrap());
    #[expect(
        clippy::disallowed_methods,
        reason = "a test speaks to a server of its own"
    )]
    let builder = Client::builder();
    builder
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only(certificates)
        .timeout(Duration::from_mins(1))
}
