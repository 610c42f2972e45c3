//! `countersign demo`: a server with people, applications and a shop, to be tried at once.

mod certificates;
mod code;
mod device;
mod face;
mod payment;
mod people;
mod screen;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use domain::Secret;
use domain::port::Clock;
use jose::jws::{Algorithm, SigningKey};
use tokio::sync::watch;
use web::MutualTls;

use self::certificates::Certificates;
use super::desk::Desk;
use super::serve::{MTLS_LISTEN, Server};
use super::{Failure, Place, io_failure};
use crate::adapter::clock::SystemClock;
use crate::adapter::random::SystemRandom;
use crate::config::{Config, FlagValue};
use crate::data_dir::DataDir;
use crate::demo::{self, Registration, RelyingParty};
use crate::first_start::given_password;
use crate::listen::Listener;
use crate::outbox::Inbox;
use crate::telemetry::logs;

/// The flags of `demo`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Where the demo keeps everything; to begin anew, delete it.
    #[arg(long, value_name = "DIR", default_value = "./demo-data")]
    data_dir: PathBuf,
    /// The address for people and applications.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9031")]
    listen: String,
    /// The address for administration.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9999")]
    admin_listen: String,
    /// The address for applications that show certificates.
    #[arg(long, value_name = "ADDRESS", default_value = MTLS_LISTEN)]
    mtls_listen: String,
    /// The address of the Demo Shop.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9080")]
    shop_listen: SocketAddr,
    /// The models of the face factor, as `make models` makes them; with --web-sdk, people can pay with their face.
    #[arg(long, value_name = "DIR")]
    face_models: Option<PathBuf>,
    /// The web SDK of Recognize, as `npm run build` in web-ui/sdk makes it: dist/recognize.js
    #[arg(long, value_name = "FILE")]
    web_sdk: Option<PathBuf>,
}

/// What there is to do beside a running demo.
#[derive(Subcommand)]
enum Command {
    /// Print a code of someone's authenticator app; it is good for a minute.
    Code {
        /// The name with which they sign on; everyone, if not given.
        name: Option<String>,
    },
}

impl Arguments {
    /// The demo reads no file: it is the same everywhere.
    fn configuration(&self) -> Result<Config, Failure> {
        let flag = |setting, flag, value: &str| FlagValue {
            setting,
            flag,
            value: value.to_owned(),
        };
        let mut flags = vec![
            flag("data_dir", "data-dir", &self.data_dir.display().to_string()),
            flag("server.listen", "listen", &self.listen),
            flag("server.admin_listen", "admin-listen", &self.admin_listen),
            // The port speaks with a certificate of the demo's own.
            flag("mtls.self_signed", "mtls-listen", "true"),
            flag("server.mtls_listen", "mtls-listen", &self.mtls_listen),
        ];
        if let Some(url) = self.listen.parse().ok().and_then(url_for_people) {
            flags.push(flag("server.public_url", "listen", &url));
        }
        if let Some(models) = &self.face_models {
            let models = models.display().to_string();
            flags.push(flag("recognize.models", "face-models", &models));
        }
        let mut config = Place::default().load(flags)?.config;
        // One screen says everything; the log only what goes wrong.
        if std::env::var_os("COUNTERSIGN_LOG_LEVEL").is_none() {
            "warn".clone_into(&mut config.log.filter);
        }
        Ok(config)
    }
}

/// The URL of an address that only this machine reaches, by the name under which browsers have
/// passkeys: an address is none that they could belong to (WebAuthn Level 3 §5.1.3, "effective domain").
fn url_for_people(address: SocketAddr) -> Option<String> {
    let is_known = address.ip().is_loopback() && address.port() != 0;
    is_known.then(|| format!("http://localhost:{}", address.port()))
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if let Some(Command::Code { name }) = &arguments.command {
        code::print(name.as_deref())?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = arguments.configuration()?;
    let password = given_password()?;
    let _log = logs::start(&config.log, None)?;
    let demo = demonstrate(config, arguments, password);
    super::runtime()?.block_on(demo).map(|()| ExitCode::SUCCESS)
}

async fn demonstrate(
    mut config: Config,
    arguments: &Arguments,
    password: Option<Secret>,
) -> Result<(), Failure> {
    let limits = Arc::new(config.limits.clone());
    let certificates = certificates(&mut config)?;
    let desk = Desk::of_demo(&config)?;
    let inbox = Arc::new(Inbox::default());
    let chosen = password.is_some();
    let password = password.unwrap_or_else(|| Secret::new(people::ADMINISTRATOR_PASSWORD));
    let server = Server::prepare(config, false, Some(password), Some(&inbox)).await?;
    let (issuer, admin) = (
        server.doors.public_url.clone(),
        server.doors.admin_url.clone(),
    );
    let mutual_tls = match &server.doors.mutual_tls_at {
        MutualTls::At(url) => url.clone(),
        MutualTls::Nowhere | MutualTls::AtIssuer => issuer.clone(),
    };
    let administrator = match (&server.password, chosen) {
        (None, _) => screen::Administrator::Kept,
        (Some(_), true) => screen::Administrator::Chosen,
        (Some(_), false) => screen::Administrator::Ours,
    };
    let shop_address = arguments.shop_listen;
    let shop = Listener::bind(shop_address, None, limits).await;
    let shop = shop.map_err(|cause| io_failure(&format!("listen on {shop_address}"), cause))?;
    let bound = shop.address();
    let bound = bound.map_err(|cause| io_failure("tell the bound address", cause))?;
    let shop_url = url_for_people(bound).unwrap_or_else(|| format!("http://{bound}"));
    people::add_people(&desk).await?;
    payment::define(&desk).await?;
    let shop_key = SigningKey::generate(Algorithm::Es256);
    let shop_key = shop_key.map_err(|error| Failure::Refused(error.to_string()))?;
    let clients = people::add_clients(&desk, &shop_url, &shop_key).await?;
    device::add(&desk, &certificates).await?;
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(server.run(stop, stopped.clone()));
    let registration = clients.shop(&shop_url, shop_key);
    let sdk = arguments.web_sdk.as_deref();
    let places = (issuer.as_str(), shop_url.as_str());
    let (router, has_face) = applications(&desk, registration, places, inbox, sdk).await?;
    let selling = tokio::spawn(shop.serve(router, stopped));
    let addresses = screen::Addresses {
        shop: &shop_url,
        issuer: &issuer,
        admin: &admin,
        mutual_tls: &mutual_tls,
    };
    let shown = screen::Shown {
        addresses,
        clients: &clients,
        certificates: &certificates,
        administrator,
        has_face,
    };
    screen::show(&shown, &desk);
    let served = serving
        .await
        .map_err(|error| Failure::Refused(error.to_string()))?;
    let _ = selling.await;
    served
}

/// What the shop and the intranet serve, and whether people can pay with their face.
async fn applications(
    desk: &Desk,
    registration: Registration,
    (issuer, shop_url): (&str, &str),
    inbox: Arc<Inbox>,
    sdk: Option<&Path>,
) -> Result<(axum::Router, bool), Failure> {
    let http = crate::adapter::http::client(&[])?;
    let relying_party = RelyingParty::discover(http.clone(), issuer, registration).await?;
    let checkout = face::checkout(desk, sdk, (issuer, shop_url), http).await?;
    let has_face = checkout.is_some();
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let shop = demo::router((relying_party, checkout), inbox, clock, random)?;
    let router = shop.merge(intranet(desk, issuer, shop_url).await?);
    Ok((router, has_face))
}

/// What the intranet serves.
async fn intranet(desk: &Desk, issuer: &str, shop_url: &str) -> Result<axum::Router, Failure> {
    let setup = people::intranet(desk, issuer, shop_url).await?;
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    Ok(demo::intranet::router(setup, clock, random)?)
}

/// The certificates of the demo, and a port that speaks with them.
fn certificates(config: &mut Config) -> Result<Certificates, Failure> {
    let directory = DataDir::create(&config.data_dir)?;
    let listen = config.mtls.listen.unwrap_or(config.server.listen);
    let made = Certificates::in_directory(&directory, listen, SystemClock.now())?;
    config.mtls.tls = made.tls();
    Ok(made)
}
