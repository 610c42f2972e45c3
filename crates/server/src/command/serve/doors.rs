//! The two listeners, bound to their addresses.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::sync::watch;

use super::super::{Failure, io_failure};
use super::outside::Outside;
use crate::config::{Config, Limits, Tls};
use crate::listen::tls::{self, Subject, TlsFault};
use crate::listen::{CurrentTls, Listener};

/// The two listeners, bound, and the certificates that they may have to read again.
pub(crate) struct Doors {
    pub(super) runtime: Listener,
    pub(super) admin: Listener,
    /// The issuer, without a trailing slash.
    pub(crate) public_url: String,
    /// Where administrators reach the server, without a trailing slash.
    pub(crate) admin_url: String,
    pub(super) certificates: Vec<Certificate>,
}

/// Certificate and key files, and who is to be told when they have changed.
pub(super) struct Certificate {
    files: (PathBuf, PathBuf),
    current: watch::Sender<Arc<ServerConfig>>,
}

impl Doors {
    /// Binds both addresses.
    pub(super) async fn open(config: &Config, outside: &Outside) -> Result<Self, Failure> {
        let limits = Arc::new(config.limits.clone());
        let server = &config.server;
        let admin_tls = config.effective_admin_tls();
        let mut certificates = Vec::new();
        let admin_name = if admin_tls == config.tls {
            "self-signed"
        } else {
            "self-signed-admin"
        };
        let mut tls =
            |tls: &Tls, name| certificate(config, outside, (tls, name), &mut certificates);
        let (runtime_tls, admin_tls) = (
            tls(&config.tls, "self-signed")?,
            tls(&admin_tls, admin_name)?,
        );
        let admin_secure = admin_tls.is_some();
        let runtime = bind(server.listen, runtime_tls, &limits).await?;
        let admin = bind(server.admin_listen, admin_tls, &limits).await?;
        let cannot = |cause| io_failure("tell the bound address", cause);
        Ok(Self {
            public_url: config.issuer_at(runtime.address().map_err(cannot)?),
            admin_url: url_of(admin_secure, admin.address().map_err(cannot)?),
            runtime,
            admin,
            certificates,
        })
    }
}

/// Binds one address.
async fn bind(
    address: SocketAddr,
    tls: CurrentTls,
    limits: &Arc<Limits>,
) -> Result<Listener, Failure> {
    let bound = Listener::bind(address, tls, Arc::clone(limits)).await;
    bound.map_err(|cause| io_failure(&format!("listen on {address}"), cause))
}

fn url_of(secure: bool, address: SocketAddr) -> String {
    let scheme = if secure { "https" } else { "http" };
    format!("{scheme}://{address}")
}

/// The TLS of one listener, whose certificate is remembered to be read again.
fn certificate(
    config: &Config,
    outside: &Outside,
    (tls, name): (&Tls, &str),
    certificates: &mut Vec<Certificate>,
) -> Result<CurrentTls, TlsFault> {
    let addresses = [config.server.listen.ip(), config.server.admin_listen.ip()];
    let public = config
        .server
        .public_url
        .as_ref()
        .and_then(url::Url::host_str);
    let public = public.map(|host| host.trim_matches(['[', ']']).to_owned());
    let subject = Subject {
        name,
        hosts: addresses
            .iter()
            .map(IpAddr::to_string)
            .chain(public)
            .collect(),
        now: outside.clock.now(),
    };
    let Some(files) = tls::files(tls, &outside.directory, &subject)? else {
        return Ok(None);
    };
    let (current, receiver) = watch::channel(tls::configuration(&files.0, &files.1)?);
    certificates.push(Certificate { files, current });
    Ok(Some(receiver))
}

impl Certificate {
    /// Reads the files again; what cannot be used does not replace what can.
    pub(super) fn read_again(&self) {
        let (certificate, key) = &self.files;
        let file = certificate.display();
        match tls::configuration(certificate, key) {
            Ok(configuration) => {
                self.current.send_replace(configuration);
                tracing::info!(%file, "read the certificate again");
            }
            Err(error) => tracing::error!(%file, %error, "the certificate stays as it was"),
        }
    }
}
