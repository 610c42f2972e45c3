//! A server: prepared, then run.

use std::sync::Arc;

use authn::factor::password::salt;
use axum::Router;
use domain::{KeyFamily, Secret};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use web::{App, Recognize};

use super::super::{Failure, io_failure};
use super::doors::{Certificate, Doors};
use super::issuers::TrustedFile;
use super::outside::Outside;
use crate::adapter::faces::Faces;
use crate::adapter::fetch::{GuardedFetch, SystemResolver, connector};
use crate::adapter::key_factory::KeyFactory;
use crate::adapter::passwords::Passwords;
use crate::config::Config;
use crate::first_start::{self, FirstPassword};
use crate::house::{self, Addresses};
use crate::listen::forwarded_certificate::{Forwarding, believing};
use crate::outbox::{Channels, Inbox, Outbox};
use crate::seal::Sealer;
use crate::telemetry::requests::{Watch, watched};
use crate::{application_server, deployment, health, sweep};

/// A server whose listeners are bound but that answers nothing yet.
pub(crate) struct Server {
    pub(crate) config: Config,
    pub(crate) doors: Doors,
    /// The administrator's password, on the first start.
    pub(crate) password: Option<FirstPassword>,
    outside: Outside,
    app: Arc<App>,
    issuers: TrustedFile,
    channels: Channels,
    sealer: Sealer,
    signals: Signals,
    /// Whether traces are sent.
    traced: bool,
}

impl Server {
    /// Opens everything and makes what is missing.
    ///
    /// `password` is the administrator's if there is none yet; it is made up if not given. What people
    /// are sent goes into `inbox`, if there is one.
    pub(crate) async fn prepare(
        config: Config,
        traced: bool,
        password: Option<Secret>,
        inbox: Option<&Arc<Inbox>>,
    ) -> Result<Self, Failure> {
        let signals = Signals::listen()?;
        let outside = Outside::open(&config)?;
        let doors = Doors::open(&config, &outside).await?;
        let channels = channels(&config, &outside, inbox).await?;
        let app = house(&config, &outside, &doors, &channels).await?;
        keys(&app, &config).await?;
        note(&outside, &config, &doors).await?;
        house::tell_of_unknown_environments(&config.sign_on.rules, &outside.records).await?;
        let issuers = TrustedFile::at(config.mtls.trusted_issuers.as_deref());
        app.trust(issuers.read()?);
        let (store, clock) = (Arc::clone(&outside.store), Arc::clone(&outside.clock));
        let longest = config.limits.request_timeout;
        let sealer = Sealer::start(store, clock, &*outside.random, longest).await?;
        // Last of all: a password that was made up is shown once, and only by a start that succeeds.
        let password = first_password(&outside, password).await?;
        Ok(Self {
            config,
            doors,
            password,
            outside,
            app,
            issuers,
            channels,
            sealer,
            signals,
            traced,
        })
    }

    /// Serves until a signal says to stop; then tells `stop` and lets requests in flight finish.
    pub(crate) async fn run(
        self,
        stop: watch::Sender<bool>,
        stopped: watch::Receiver<bool>,
    ) -> Result<(), Failure> {
        let Routers {
            runtime,
            mutual_tls,
            admin,
        } = self.routers(&stopped);
        // A password is kept no longer than it takes to show it.
        drop(self.password);
        let outside = self.outside;
        let outbox = Outbox {
            records: outside.records,
            clock: Arc::clone(&outside.clock),
            random: outside.random,
            metrics: outside.metrics,
            channels: self.channels,
        };
        let sending = tokio::spawn(outbox.run(outside.messages, stopped.clone()));
        let retention = self.config.audit.retention;
        let key = self.sealer.key().clone();
        tokio::spawn(sweep::sweep(outside.store, outside.clock, retention, key));
        let (seal_last, last) = watch::channel(false);
        let sealing = tokio::spawn(self.sealer.run(last));
        tokio::spawn(house::follow(Arc::clone(&self.app)));
        let Doors {
            runtime: runtime_door,
            admin: admin_door,
            mutual_tls: mutual_tls_door,
            public_url,
            admin_url,
            certificates,
            ..
        } = self.doors;
        tracing::info!(url = public_url, admin = admin_url, "serving");
        let runtime = tokio::spawn(runtime_door.serve(runtime, stopped.clone()));
        let mutual_tls =
            mutual_tls_door.map(|door| tokio::spawn(door.serve(mutual_tls, stopped.clone())));
        let admin = tokio::spawn(admin_door.serve(admin, stopped));
        let read_again = || {
            certificates.iter().for_each(Certificate::read_again);
            self.issuers.read_again(&self.app);
        };
        self.signals.until_stopped(read_again).await;
        tracing::info!("stopping: no new connections, requests in flight finish");
        let _ = stop.send(true);
        let sessions = self.app.drain(self.config.limits.shutdown_deadline);
        let _ = tokio::join!(runtime, admin, sessions);
        if let Some(mutual_tls) = mutual_tls {
            let _ = mutual_tls.await;
        }
        // What is not sent by then is sent after the next start.
        let _ = tokio::time::timeout(self.config.limits.shutdown_deadline, sending).await;
        // Only now has everything been noted.
        let _ = seal_last.send(true);
        let _ = sealing.await;
        tracing::info!("stopped");
        Ok(())
    }

    /// What the listeners serve.
    fn routers(&self, stopped: &watch::Receiver<bool>) -> Routers {
        let (config, outside) = (&self.config, &self.outside);
        let watch = || Watch {
            metrics: Arc::clone(&outside.metrics),
            clock: Arc::clone(&outside.clock),
            random: Arc::clone(&outside.random),
            trusted_proxies: config.server.trusted_proxies.clone(),
            country_header: config.server.country_header.clone(),
            behind_tls: self.doors.public_url.starts_with("https:"),
            traced: self.traced,
        };
        let health = health::router(Arc::clone(&self.app), stopped.clone());
        let metrics = health::metrics_router(Arc::clone(&outside.metrics));
        let believing = |router| match &config.mtls.certificate_header {
            Some(header) => believing(
                router,
                Forwarding {
                    header: header.clone(),
                    proxies: config.server.trusted_proxies.clone(),
                },
            ),
            None => router,
        };
        let telling = |router| web::router::telling(&self.app, router);
        let runtime = web::router::runtime(&self.app).merge(telling(health.clone()));
        let mutual_tls = web::router::mutual_tls(&self.app).merge(telling(health.clone()));
        let admin = web::router::administration(&self.app);
        let admin = admin.merge(telling(health.merge(metrics)));
        Routers {
            runtime: watched(believing(runtime), watch()),
            mutual_tls: watched(believing(mutual_tls), watch()),
            admin: watched(admin, watch()),
        }
    }
}

/// What the listeners serve.
struct Routers {
    runtime: Router,
    mutual_tls: Router,
    admin: Router,
}

/// Makes the keys that are missing.
async fn keys(app: &App, config: &Config) -> Result<(), Failure> {
    let mut families = vec![KeyFamily::P256, KeyFamily::Rsa];
    families.extend(KeyFamily::ENCRYPTION);
    families.extend(KeyFamily::of(config.tokens.access_token_algorithm));
    Ok(first_start::ensure_keys(app, &families).await?)
}

/// Notes what the command line beside this server must know of it.
async fn note(outside: &Outside, config: &Config, doors: &Doors) -> Result<(), Failure> {
    let (issuer, now) = (&doors.public_url, outside.clock.now());
    let lifetime = deployment::longest_lifetime(&config.tokens);
    Ok(deployment::note(&outside.records, issuer, lifetime, now).await?)
}

/// Adds the administrator if there is none; returns the password if it was just set.
async fn first_password(
    outside: &Outside,
    given: Option<Secret>,
) -> Result<Option<FirstPassword>, Failure> {
    let records = &outside.records;
    let now = outside.clock.now();
    if first_start::has_administrator(records).await? {
        return Ok(None);
    }
    let password = FirstPassword::new(given, &*outside.random);
    let hash = outside
        .hasher
        .hash(password.secret().expose(), &salt(&*outside.random));
    let added = first_start::add_administrator(records, hash, now).await?;
    Ok(added.then_some(password))
}

/// The house, put together with the adapters.
async fn house(
    config: &Config,
    outside: &Outside,
    doors: &Doors,
    channels: &Channels,
) -> Result<Arc<App>, Failure> {
    let passwords = Passwords::start(
        &outside.hasher,
        config.limits.password_queue,
        outside.metrics.passwords_waiting(),
        Arc::clone(&outside.random),
    );
    let passwords = passwords.map_err(|cause| io_failure("start threads for passwords", cause))?;
    let ports = web::Ports {
        recognize: Arc::new(recognize(config)?),
        store: Arc::clone(&outside.store),
        clock: Arc::clone(&outside.clock),
        random: Arc::clone(&outside.random),
        passwords: Arc::new(passwords),
        keys: Arc::new(KeyFactory),
        fetch: Arc::new(fetch(config)?),
    };
    let addresses = Addresses {
        issuer: &doors.public_url,
        admin: &doors.admin_url,
        mutual_tls: &doors.mutual_tls_at,
    };
    let built = house::build(config, ports, &outside.master_key, addresses, channels);
    Ok(built.await?)
}

/// Who looks at the frames of cameras.
fn recognize(config: &Config) -> Result<Recognize, Failure> {
    let faces = Faces::load(&config.recognize)?;
    if faces.is_none() {
        tracing::info!("nobody is recognised by their face: `models` of [recognize] is not set");
    }
    let faces = faces.map(|faces| Arc::new(faces) as Arc<dyn web::Faces>);
    Ok(Recognize::new(faces, config.recognize.bounds()))
}

/// How messages get to people.
async fn channels(
    config: &Config,
    outside: &Outside,
    inbox: Option<&Arc<Inbox>>,
) -> Result<Channels, Failure> {
    let trusted = TrustedFile::at(config.fetch.trusted_issuers.as_deref());
    let channels = match inbox {
        Some(inbox) => Channels::to_inbox(inbox),
        None => Channels::configured(config, &trusted.certificates()?)?,
    };
    let Some(subject) = &config.push.subject else {
        return Ok(channels);
    };
    let now = outside.clock.now();
    let server = application_server::of(&outside.records, subject, now).await?;
    Ok(channels.with_push(server, fetch(config)?))
}

/// What fetches the documents of others, within reach.
fn fetch(config: &Config) -> Result<GuardedFetch, Failure> {
    let trusted = TrustedFile::at(config.fetch.trusted_issuers.as_deref());
    Ok(GuardedFetch {
        reach: config.fetch.reach.clone(),
        resolver: Arc::new(SystemResolver),
        connector: connector(trusted.certificates()?),
    })
}

/// The signals that the server obeys, from before it can be reached.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|cause| io_failure("listen to signals", cause));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// Waits for the signal to stop; reads files again whenever told to.
    async fn until_stopped(mut self, read_again: impl Fn()) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => read_again(),
            }
        }
    }
}
