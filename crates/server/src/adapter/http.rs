//! Outbound HTTP.

use std::time::Duration;

use rustls_pki_types::CertificateDer;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A client for addresses that the operator has given: it follows no redirects and asks no proxy.
/// `trusted` are trusted to say who a host is, besides those whom the system trusts.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the adapter that makes HTTP clients"
)]
pub(crate) fn client(
    trusted: &[CertificateDer<'static>],
) -> Result<reqwest::Client, reqwest::Error> {
    let trusted = trusted.iter().map(|it| reqwest::Certificate::from_der(it));
    let trusted: Vec<_> = trusted.collect::<Result<_, _>>()?;
    reqwest::Client::builder()
        .tls_certs_merge(trusted)
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}
