//! `countersign demo`: a server with people, applications and a shop, to be tried at once.

mod people;
mod screen;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tokio::sync::watch;

use super::desk::Desk;
use super::serve::Server;
use super::{Failure, Place, io_failure};
use crate::adapter::clock::SystemClock;
use crate::adapter::random::SystemRandom;
use crate::config::{Config, FlagValue};
use crate::demo::{self, RelyingParty};
use crate::first_start::FirstPassword;
use crate::listen::Listener;
use crate::telemetry::logs;

/// The flags of `demo`.
#[derive(Args)]
pub(super) struct Arguments {
    /// Where the demo keeps everything; to begin anew, delete it.
    #[arg(long, value_name = "DIR", default_value = "./demo-data")]
    data_dir: PathBuf,
    /// The address for people and applications.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9031")]
    listen: String,
    /// The address for administration.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9999")]
    admin_listen: String,
    /// The address of the Demo Shop.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9080")]
    shop_listen: SocketAddr,
}

impl Arguments {
    /// The demo reads no file: it is the same everywhere.
    fn configuration(&self) -> Result<Config, Failure> {
        let flag = |setting, flag, value: &str| FlagValue {
            setting,
            flag,
            value: value.to_owned(),
        };
        let mut config = Place::default()
            .load(vec![
                flag("data_dir", "data-dir", &self.data_dir.display().to_string()),
                flag("server.listen", "listen", &self.listen),
                flag("server.admin_listen", "admin-listen", &self.admin_listen),
            ])?
            .config;
        // One screen says everything; the log only what goes wrong.
        if std::env::var_os("COUNTERSIGN_LOG_LEVEL").is_none() {
            "warn".clone_into(&mut config.log.filter);
        }
        Ok(config)
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let config = arguments.configuration()?;
    let _log = logs::start(&config.log, None)?;
    let demo = demonstrate(config, arguments.shop_listen);
    super::runtime()?.block_on(demo).map(|()| ExitCode::SUCCESS)
}

async fn demonstrate(config: Config, shop_address: SocketAddr) -> Result<(), Failure> {
    let limits = Arc::new(config.limits.clone());
    let desk = Desk::of_demo(&config)?;
    let administrator = people::administrator();
    let server = Server::prepare(config, false, Some(administrator)).await?;
    let (issuer, admin) = (
        server.doors.public_url.clone(),
        server.doors.admin_url.clone(),
    );
    let first = matches!(server.password, Some(FirstPassword::Given(_)));
    let shop = Listener::bind(shop_address, None, limits).await;
    let shop = shop.map_err(|cause| io_failure(&format!("listen on {shop_address}"), cause))?;
    let bound = shop.address();
    let bound = bound.map_err(|cause| io_failure("tell the bound address", cause))?;
    let shop_url = format!("http://{bound}");
    people::add_people(&desk).await?;
    let clients = people::add_clients(&desk, &shop_url).await?;
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(server.run(stop, stopped.clone()));
    let registration = clients.shop(&shop_url);
    let http = crate::adapter::http::client()?;
    let relying_party = RelyingParty::discover(http, &issuer, registration).await?;
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let router = demo::router(relying_party, clock, random)?;
    let selling = tokio::spawn(shop.serve(router, stopped));
    let addresses = screen::Addresses {
        shop: &shop_url,
        issuer: &issuer,
        admin: &admin,
    };
    screen::show(&addresses, &clients, &desk, first);
    let served = serving
        .await
        .map_err(|error| Failure::Refused(error.to_string()))?;
    let _ = selling.await;
    served
}
