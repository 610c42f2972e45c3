//! TLS to others: whom the system trusts, and whom the operator trusts besides.

use std::sync::Arc;

use domain::port::FetchError;
use rustls::ClientConfig;
use rustls_pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

/// What makes TLS of a connection, or why it cannot: a machine may trust nobody.
pub(crate) type Connector = Result<TlsConnector, String>;

/// A connector that trusts whom the system trusts, and `others`.
pub(crate) fn connector(others: Vec<CertificateDer<'static>>) -> Connector {
    let configured = || {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = Verifier::new_with_extra_roots(others, Arc::clone(&provider))?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(TlsConnector::from(Arc::new(config)))
    };
    configured().map_err(|error: rustls::Error| error.to_string())
}

/// Speaks TLS to the host of `url`, which must prove that it is the one.
pub(super) async fn wrap(
    connector: &Connector,
    stream: TcpStream,
    url: &Url,
) -> Result<TlsStream<TcpStream>, FetchError> {
    let connector = connector.as_ref();
    let connector = connector.map_err(|error| FetchError::Unreachable(error.clone()))?;
    let name = match url.host() {
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).ok(),
        Some(Host::Ipv4(address)) => Some(ServerName::from(std::net::IpAddr::V4(address))),
        Some(Host::Ipv6(address)) => Some(ServerName::from(std::net::IpAddr::V6(address))),
        None => None,
    };
    let name = name.ok_or(FetchError::AddressMalformed)?;
    let connected = connector.connect(name, stream).await;
    connected.map_err(|error| FetchError::Unreachable(error.to_string()))
}
