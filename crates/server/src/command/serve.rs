//! `countersign serve`: puts the parts together and serves until it is told to stop.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use authn::factor::password::{Cost, Hasher};
use axum::Router;
use clap::Args;
use domain::KeyFamily;
use domain::port::{Clock, Random, Records, Store, Tenant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_rustls::rustls::ServerConfig;
use web::App;

use super::{Failure, Place, io_failure};
use crate::adapter::clock::SystemClock;
use crate::adapter::key_factory::KeyFactory;
use crate::adapter::measured_store::MeasuredStore;
use crate::adapter::passwords::Passwords;
use crate::adapter::random::SystemRandom;
use crate::config::{Config, FlagValue, SignOn, Tls};
use crate::data_dir::{DataDir, MASTER_KEY_VARIABLE};
use crate::first_start::{self, FirstPassword};
use crate::house::{self, Addresses};
use crate::listen::tls::{self, Subject, TlsFault};
use crate::listen::{CurrentTls, Listener};
use crate::telemetry::logs;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::requests::{Watch, watched};
use crate::telemetry::traces::Traces;
use crate::{health, sweep};

/// The flags of `serve`.
#[derive(Args, Clone, Default)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) place: Place,
    /// The address for people and applications [default: 127.0.0.1:9031].
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
    /// The address for administration [default: 127.0.0.1:9999].
    #[arg(long, value_name = "ADDRESS")]
    pub(super) admin_listen: Option<String>,
    /// The URL by which everyone else reaches the server; its issuer.
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,
}

impl Arguments {
    fn flags(&self) -> Vec<FlagValue> {
        let flags = [
            ("server.listen", "listen", &self.listen),
            ("server.admin_listen", "admin-listen", &self.admin_listen),
            ("server.public_url", "public-url", &self.public_url),
        ];
        let given = flags.into_iter().filter_map(|(setting, flag, value)| {
            let value = value.clone()?;
            Some(FlagValue {
                setting,
                flag,
                value,
            })
        });
        given.collect()
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let loaded = arguments.place.load(arguments.flags())?;
    let config = loaded.config;
    let traces = Traces::start(&config.telemetry)?;
    logs::start(&config.log, traces.as_ref().map(Traces::tracer))?;
    for variable in loaded.warnings {
        tracing::warn!(
            variable,
            "an environment variable looks like a setting and is none"
        );
    }
    let result = super::runtime()?.block_on(serve(config, traces.is_some()));
    if let Some(traces) = traces {
        traces.stop();
    }
    result.map(|()| ExitCode::SUCCESS)
}

/// Serves until a signal says to stop.
async fn serve(config: Config, traced: bool) -> Result<(), Failure> {
    let outside = Outside::open(&config)?;
    let password = prepare(&outside, &config).await?;
    let (stop, stopped) = watch::channel(false);
    let doors = Doors::open(&config, &outside).await?;
    let app = house(&config, &outside, &doors).await?;
    let (runtime, admin) = routers(&config, &outside, &app, traced);
    announce(&config, &doors, password.as_ref());
    drop(password);
    tokio::spawn(sweep::sweep(
        Arc::clone(&outside.store),
        Arc::clone(&outside.clock),
    ));
    tokio::spawn(house::follow(app));
    let runtime = tokio::spawn(doors.runtime.serve(runtime, stopped.clone()));
    let admin = tokio::spawn(doors.admin.serve(admin, stopped));
    until_stopped(&doors.certificates).await?;
    tracing::info!("stopping: no new connections, requests in flight finish");
    let _ = stop.send(true);
    let _ = tokio::join!(runtime, admin);
    tracing::info!("stopped");
    Ok(())
}

/// The adapters to the outside.
struct Outside {
    directory: DataDir,
    store: Arc<dyn Store>,
    records: Records,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    metrics: Arc<Metrics>,
    hasher: Hasher,
    master_key: store::MasterKey,
}

impl Outside {
    fn open(config: &Config) -> Result<Self, Failure> {
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let metrics = Arc::new(Metrics::new());
        let directory = DataDir::create(&config.data_dir)?;
        if directory.is_exposed() {
            let directory = config.data_dir.display();
            tracing::warn!(%directory, "other users of this machine can look into the data directory");
        }
        let variable = std::env::var(MASTER_KEY_VARIABLE).ok();
        let master_key = directory.master_key(variable.as_deref(), &*random)?;
        let store = directory.open(&master_key, config.store.cache, Arc::clone(&random))?;
        let store: Arc<dyn Store> = Arc::new(MeasuredStore::new(store, Arc::clone(&metrics)));
        Ok(Self {
            directory,
            records: Records::new(Arc::clone(&store), Tenant::DEFAULT),
            store,
            master_key,
            clock: Arc::new(SystemClock),
            random,
            metrics,
            hasher: hasher(&config.sign_on)?,
        })
    }
}

/// What hashes passwords as configured.
pub(super) fn hasher(sign_on: &SignOn) -> Result<Hasher, Failure> {
    let cost = Cost {
        memory: sign_on.password_memory_kib,
        passes: sign_on.password_iterations,
        lanes: sign_on.password_parallelism,
    };
    Ok(Hasher::new(cost)?)
}

/// Makes what is missing: signing keys, and the administrator, whose password is returned if it
/// was made up.
async fn prepare(outside: &Outside, config: &Config) -> Result<Option<FirstPassword>, Failure> {
    let records = &outside.records;
    let now = outside.clock.now();
    let mut families = vec![KeyFamily::P256, KeyFamily::Rsa];
    families.extend(KeyFamily::of(config.tokens.access_token_algorithm));
    first_start::ensure_keys(records, &families, now).await?;
    if first_start::has_administrator(records).await? {
        return Ok(None);
    }
    let given = std::env::var(first_start::PASSWORD_VARIABLE).ok();
    let password = FirstPassword::new(given, &*outside.random);
    let salt = authn::factor::password::salt(&*outside.random);
    let hash = outside.hasher.hash(password.secret().expose(), &salt);
    let added = first_start::add_administrator(records, hash, now).await?;
    Ok(added.then_some(password))
}

/// The two listeners, bound, and the certificates that they may have to read again.
struct Doors {
    runtime: Listener,
    admin: Listener,
    /// The issuer, without a trailing slash.
    public_url: String,
    admin_url: String,
    certificates: Vec<Certificate>,
}

/// Certificate and key files, and who is to be told when they have changed.
struct Certificate {
    files: (std::path::PathBuf, std::path::PathBuf),
    current: watch::Sender<Arc<ServerConfig>>,
}

impl Doors {
    async fn open(config: &Config, outside: &Outside) -> Result<Self, Failure> {
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
        let (secure, admin_secure) = (runtime_tls.is_some(), admin_tls.is_some());
        let runtime = bind(server.listen, runtime_tls, &limits).await?;
        let admin = bind(server.admin_listen, admin_tls, &limits).await?;
        let cannot = |cause| io_failure("tell the bound address", cause);
        let derived = url_of(secure, runtime.address().map_err(cannot)?);
        let configured = server.public_url.as_ref().map(ToString::to_string);
        let public_url = configured.unwrap_or(derived);
        Ok(Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            admin_url: url_of(admin_secure, admin.address().map_err(cannot)?),
            runtime,
            admin,
            certificates,
        })
    }
}

async fn bind(
    address: SocketAddr,
    tls: CurrentTls,
    limits: &Arc<crate::config::Limits>,
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

/// The house, put together with the adapters.
async fn house(config: &Config, outside: &Outside, doors: &Doors) -> Result<Arc<App>, Failure> {
    let passwords = Passwords::start(
        &outside.hasher,
        config.limits.password_queue,
        outside.metrics.passwords_waiting(),
        Arc::clone(&outside.random),
    );
    let passwords = passwords.map_err(|cause| io_failure("start threads for passwords", cause))?;
    let ports = web::Ports {
        store: Arc::clone(&outside.store),
        clock: Arc::clone(&outside.clock),
        random: Arc::clone(&outside.random),
        passwords: Arc::new(passwords),
        keys: Arc::new(KeyFactory),
    };
    let addresses = Addresses {
        issuer: &doors.public_url,
        admin: &doors.admin_url,
    };
    Ok(house::build(config, ports, &outside.master_key, addresses).await?)
}

/// What the runtime and the administration listener serve.
fn routers(config: &Config, outside: &Outside, app: &Arc<App>, traced: bool) -> (Router, Router) {
    let watch = || Watch {
        metrics: Arc::clone(&outside.metrics),
        clock: Arc::clone(&outside.clock),
        random: Arc::clone(&outside.random),
        limits: Arc::new(config.limits.clone()),
        trusted_proxies: config.server.trusted_proxies.clone(),
        traced,
    };
    let health = health::router(Arc::clone(app));
    let metrics = health::metrics_router(Arc::clone(&outside.metrics));
    let runtime = web::router::runtime(app).merge(health.clone());
    let admin = web::router::administration(app)
        .merge(health)
        .merge(metrics);
    (watched(runtime, watch()), watched(admin, watch()))
}

/// Says where the server is, and the administrator's password if it was made up: here alone, never
/// in the log.
fn announce(config: &Config, doors: &Doors, password: Option<&FirstPassword>) {
    let mut text = format!(
        "Countersign {}\n  people and applications  {}\n  administration           {}\n  data                     {}\n",
        env!("CARGO_PKG_VERSION"),
        doors.public_url,
        doors.admin_url,
        config.data_dir.display(),
    );
    if let Some(FirstPassword::MadeUp(password)) = password {
        text.push_str(&format!(
            "  administrator            {} with the password {}\n                           It is shown only now; set {} before the first start to choose another.\n",
            first_start::ADMINISTRATOR,
            password.expose(),
            first_start::PASSWORD_VARIABLE,
        ));
    }
    let mut out = std::io::stdout().lock();
    // Whoever closed standard output does not want to know.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    tracing::info!(url = doors.public_url, admin = doors.admin_url, "serving");
}

/// Waits for the signal to stop; reads certificates again whenever told to.
async fn until_stopped(certificates: &[Certificate]) -> Result<(), Failure> {
    let cannot = |cause| io_failure("listen to signals", cause);
    let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(cannot)?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = hang_up.recv() => certificates.iter().for_each(Certificate::read_again),
        }
    }
}

impl Certificate {
    /// Reads the files again; what cannot be used does not replace what can.
    fn read_again(&self) {
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
