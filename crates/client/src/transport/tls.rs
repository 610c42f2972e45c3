//! TLS: whom a client trusts.

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::error::Error;

/// What TLS connections are made with.
pub(super) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Trusts these certificates, in DER, or Mozilla's list if there are none.
    pub(super) fn new(trusted: &[Vec<u8>]) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        if trusted.is_empty() {
            roots.add_parsable_certificates(
                webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned(),
            );
        }
        for certificate in trusted {
            let added = roots.add(CertificateDer::from(certificate.clone()));
            added.map_err(|_| Error::Configuration("a trusted certificate is none in DER"))?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| Error::Configuration("there is no TLS"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    /// The client's side of a connection to this host.
    pub(super) fn connection(&self, host: &str) -> Result<ClientConnection, Error> {
        // RFC 3986 §3.2.2: an IPv6 address is in brackets, which are no part of it.
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let name = ServerName::try_from(host);
        let name = name.map_err(|_| Error::Configuration("a host has no name"))?;
        ClientConnection::new(Arc::clone(&self.0), name)
            .map_err(|error| Error::NoConnection(error.to_string()))
    }
}
