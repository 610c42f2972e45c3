//! The listeners, bound to their addresses.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::sync::watch;
use web::MutualTls;

use super::super::{Failure, io_failure};
use super::outside::Outside;
use crate::config::{Config, Limits, Tls};
use crate::listen::tls::{self, Clients, Subject, TlsFault};
use crate::listen::{CurrentTls, Listener};

/// The listeners, bound, and the certificates that they may have to read again.
pub(crate) struct Doors {
    pub(super) runtime: Listener,
    pub(super) admin: Listener,
    /// The one on which clients show certificates, if there is one.
    pub(super) mutual_tls: Option<Listener>,
    /// The issuer, without a trailing slash.
    pub(crate) public_url: String,
    /// Where administrators reach the server, without a trailing slash.
    pub(crate) admin_url: String,
    /// Where clients reach the server to show certificates.
    pub(crate) mutual_tls_at: MutualTls,
    pub(super) certificates: Vec<Certificate>,
}

/// Certificate and key files, and who is to be told when they have changed.
pub(super) struct Certificate {
    files: (PathBuf, PathBuf),
    clients: Clients,
    current: watch::Sender<Arc<ServerConfig>>,
}

impl Doors {
    /// Binds all addresses.
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
        let mut tls = |tls: &Tls, name, clients| {
            let wanted = (tls, name, clients);
            certificate(config, outside, wanted, &mut certificates)
        };
        let (runtime_tls, admin_tls) = (
            tls(&config.tls, "self-signed", Clients::Anonymous)?,
            tls(&admin_tls, admin_name, Clients::Anonymous)?,
        );
        let mutual_tls = match config.mtls.listen {
            Some(address) => {
                let tls = tls(config.effective_mtls(), mtls_name(config), Clients::Asked)?;
                Some(bind(address, tls, &limits).await?)
            }
            None => None,
        };
        let admin_secure = admin_tls.is_some();
        let runtime = bind(server.listen, runtime_tls, &limits).await?;
        let admin = bind(server.admin_listen, admin_tls, &limits).await?;
        let cannot = |cause| io_failure("tell the bound address", cause);
        let mutual_tls_address = mutual_tls.as_ref().map(Listener::address).transpose();
        Ok(Self {
            mutual_tls_at: mutual_tls_at(config, mutual_tls_address.map_err(cannot)?),
            mutual_tls,
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

/// Under which name the certificate of our own is kept that clients with certificates see.
fn mtls_name(config: &Config) -> &'static str {
    match *config.effective_mtls() == config.tls {
        true => "self-signed",
        false => "self-signed-mtls",
    }
}

/// Where clients reach the server to show certificates: at a port of its own, or at a proxy.
fn mutual_tls_at(config: &Config, bound: Option<SocketAddr>) -> MutualTls {
    let configured = config.mtls.public_url.as_ref().map(ToString::to_string);
    let configured = configured.map(|url| url.trim_end_matches('/').to_owned());
    let issuer = config.server.public_url.as_ref();
    let derived = |bound: SocketAddr| match issuer.and_then(url::Url::host_str) {
        Some(host) => format!("https://{host}:{}", bound.port()),
        None => format!("https://{bound}"),
    };
    match (bound, &config.mtls.certificate_header) {
        (Some(bound), _) => MutualTls::At(configured.unwrap_or_else(|| derived(bound))),
        (None, Some(_)) => configured.map_or(MutualTls::AtIssuer, MutualTls::At),
        (None, None) => MutualTls::Nowhere,
    }
}

/// The TLS of one listener, whose certificate is remembered to be read again.
fn certificate(
    config: &Config,
    outside: &Outside,
    (tls, name, clients): (&Tls, &str, Clients),
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
    let configuration = tls::configuration(&files.0, &files.1, clients)?;
    let (current, receiver) = watch::channel(configuration);
    certificates.push(Certificate {
        files,
        clients,
        current,
    });
    Ok(Some(receiver))
}

impl Certificate {
    /// Reads the files again; what cannot be used does not replace what can.
    pub(super) fn read_again(&self) {
        let (certificate, key) = &self.files;
        let file = certificate.display();
        match tls::configuration(certificate, key, self.clients) {
            Ok(configuration) => {
                self.current.send_replace(configuration);
                tracing::info!(%file, "read the certificate again");
            }
            Err(error) => tracing::error!(%file, %error, "the certificate stays as it was"),
        }
    }
}
