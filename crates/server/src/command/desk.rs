//! The records of a server, from the command line: beside it when it runs, and without it.

use std::io::{IsTerminal, Read};
use std::sync::Arc;

use domain::port::{Changes, Clock, CommitError, Random, Records, Store, Tenant};
use domain::{
    Actor, AuditEvent, Deployment, Environment, EnvironmentId, Secret, TimeId, Timestamp, UserId,
    Uuid,
};
use oauth::discovery::Paths;
use store::{MasterKey, Memory, Sealed};
use web::configuration::{Configuration, Operator};
use web::{ExportKey, StoredKeys};
use zeroize::Zeroizing;

use super::serve::TrustedFile;
use super::{Failure, Place, Seat, io_failure};
use crate::adapter::clock::SystemClock;
use crate::adapter::key_factory::KeyFactory;
use crate::adapter::random::SystemRandom;
use crate::config::Config;
use crate::data_dir::{DataDir, DataFault, MASTER_KEY_VARIABLE};
use crate::house;

/// How often a change is tried when the server changes the same records at the same time.
const TRIES: usize = 8;

/// How much of standard input is read as a secret, in bytes.
const MAX_SECRET: u64 = 64 * 1024;

/// The page cache of a command, in bytes; it reads little.
const CACHE: usize = 2 << 20;

/// The records of a server and what changing them takes.
pub(super) struct Desk {
    pub(super) config: Config,
    pub(super) records: Records,
    pub(super) random: Arc<dyn Random>,
    /// The environment whose records they are, if it is one's.
    environment: Option<EnvironmentId>,
    clock: SystemClock,
    export_key: ExportKey,
    /// Whether nothing of it is on the disk.
    pub(super) is_imagined: bool,
}

impl Desk {
    /// The records of a server that has been started before.
    pub(super) fn open(place: &Place) -> Result<Self, Failure> {
        let config = place.configuration()?;
        let directory = DataDir::existing(&config.data_dir)?;
        Self::in_directory(config, &directory)
    }

    /// The records of a server that may never have been started.
    pub(super) fn open_or_create(place: &Place) -> Result<Self, Failure> {
        let config = place.configuration()?;
        let directory = DataDir::create(&config.data_dir)?;
        Self::in_directory(config, &directory)
    }

    /// The records of a server that has been started before, or of one of its environments.
    pub(super) async fn open_at(seat: &Seat) -> Result<Self, Failure> {
        Self::open(&seat.place)?.within(seat.environment).await
    }

    /// The records of a server that may never have been started, or of one of its environments.
    pub(super) async fn open_or_create_at(seat: &Seat) -> Result<Self, Failure> {
        let desk = match seat.environment {
            Some(_) => Self::open(&seat.place)?,
            None => Self::open_or_create(&seat.place)?,
        };
        desk.within(seat.environment).await
    }

    /// The same, for an environment of the server.
    async fn within(mut self, environment: Option<EnvironmentId>) -> Result<Self, Failure> {
        let Some(id) = environment else {
            return Ok(self);
        };
        let system = self.records.of(Tenant::SYSTEM);
        let found = system.get::<Environment>(Environment::key_of(id)).await?;
        if !found.is_some_and(|found| found.id == id && found.is_live()) {
            return Err(Failure::Refused(format!("there is no environment {id}")));
        }
        self.environment = environment;
        Ok(self.of(id.tenant()))
    }

    /// The same, but where no server has been started they are in memory: looking makes nothing.
    pub(super) fn open_or_imagine(place: &Place) -> Result<Self, Failure> {
        let config = place.configuration()?;
        if let Ok(directory) = DataDir::existing(&config.data_dir) {
            return Self::in_directory(config, &directory);
        }
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let variable = std::env::var(MASTER_KEY_VARIABLE).ok();
        let master_key = DataDir::future_key(&config.data_dir, variable.as_deref(), &*random)?;
        let store = Sealed::new(Memory::default(), &master_key, Arc::clone(&random));
        let store = Arc::new(store.map_err(DataFault::from)?);
        let desk = Self::on(config, store, &master_key, random)?;
        Ok(Self {
            is_imagined: true,
            ..desk
        })
    }

    /// The records of the demo, whose server reads the same configuration.
    pub(super) fn of_demo(config: &Config) -> Result<Self, Failure> {
        let directory = DataDir::create(&config.data_dir)?;
        Self::in_directory(config.clone(), &directory)
    }

    fn in_directory(config: Config, directory: &DataDir) -> Result<Self, Failure> {
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let variable = std::env::var(MASTER_KEY_VARIABLE).ok();
        let master_key = directory.master_key(variable.as_deref(), &*random)?;
        let store = directory.open(&master_key, CACHE, Arc::clone(&random))?;
        Self::on(config, store, &master_key, random)
    }

    fn on(
        config: Config,
        store: Arc<dyn Store>,
        master_key: &MasterKey,
        random: Arc<dyn Random>,
    ) -> Result<Self, Failure> {
        let secrets = house::secrets(master_key)?;
        Ok(Self {
            config,
            records: Records::new(store, Tenant::DEFAULT),
            random,
            environment: None,
            clock: SystemClock,
            export_key: secrets.export_key,
            is_imagined: false,
        })
    }

    /// The same, for the records of another tenant.
    pub(super) fn of(mut self, tenant: Tenant) -> Self {
        self.records = self.records.of(tenant);
        self
    }

    /// How the server that works on these records was last started, if it ever was.
    pub(super) async fn deployment(&self) -> Result<Option<Deployment>, Failure> {
        let server = self.records.of(Tenant::DEFAULT);
        let noted = server.get::<Deployment>(Deployment::KEY).await?;
        Ok(noted.map(|noted| noted.record))
    }

    /// The server's issuer, without a trailing slash; before its first start, what is configured.
    pub(super) async fn issuer(&self) -> Result<String, Failure> {
        let configured = || self.config.issuer_at(self.config.server.listen);
        let deployment = self.deployment().await?;
        Ok(deployment.map_or_else(configured, |deployment| deployment.issuer))
    }

    /// Where the house is whose records they are.
    pub(super) async fn address(&self) -> Result<HouseAddress, Failure> {
        let server = self.issuer().await?;
        Ok(match self.environment {
            Some(id) => HouseAddress {
                issuer: web::issuer_of(&server, id),
                paths: &Paths::PINGONE,
            },
            None => HouseAddress {
                issuer: server,
                paths: &Paths::PINGFEDERATE,
            },
        })
    }

    /// The id of a person as their tokens have it.
    pub(super) fn written(&self, user: UserId) -> String {
        match self.environment {
            Some(_) => user.uuid().to_string(),
            None => user.to_string(),
        }
    }

    /// An id for what has been given none.
    pub(super) fn made_up_id(&self) -> String {
        match self.environment {
            Some(_) => Uuid::new(&*self.random).to_string(),
            None => TimeId::new(self.now(), &*self.random).to_string(),
        }
    }

    /// The time now.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Reads or changes the configuration now.
    pub(super) async fn configure<T, E>(
        &self,
        work: impl AsyncFnOnce(&Configuration<'_>) -> Result<T, E>,
    ) -> Result<T, Failure>
    where
        Failure: From<E>,
    {
        let now = self.now();
        let keys = StoredKeys {
            records: &self.records,
            factory: &KeyFactory,
            now,
        };
        let configuration = Configuration {
            records: &self.records,
            export_key: &self.export_key,
            random: &*self.random,
            keys: &keys,
            now,
            url: String::new(),
            operator: self.operator()?,
        };
        Ok(work(&configuration).await?)
    }

    /// What the operator has said.
    fn operator(&self) -> Result<Operator, Failure> {
        let trusted = TrustedFile::at(self.config.mtls.trusted_issuers.as_deref());
        Ok(Operator {
            trusted_issuers: trusted.read()?,
            loopback_http: self.config.fetch.reach.loopback_http,
        })
    }

    /// An event that whoever has the data directory brings about.
    pub(super) fn event(&self, name: &str) -> AuditEvent {
        AuditEvent::new(name, Actor::Operator, self.now(), &*self.random)
    }

    /// Decides and commits; decides anew when the server has changed the same records meanwhile.
    pub(super) async fn carry_out<T>(
        &self,
        mut decide: impl AsyncFnMut() -> Result<(T, Changes), Failure>,
    ) -> Result<T, Failure> {
        for _ in 0..TRIES {
            let (answer, changes) = decide().await?;
            match self.records.commit(changes).await {
                Ok(()) => return Ok(answer),
                Err(CommitError::Conflict | CommitError::Claimed) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(Failure::Busy)
    }
}

/// Where a house is: the server itself, or an environment.
pub(super) struct HouseAddress {
    /// Its issuer, without a trailing slash.
    pub(super) issuer: String,
    /// Where its endpoints are, below the issuer.
    pub(super) paths: &'static Paths,
}

/// A secret on standard input, without the line break at its end.
pub(super) fn secret_from_stdin(what: &str) -> Result<Secret, Failure> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin()
        .lock()
        .take(MAX_SECRET)
        .read_to_string(&mut text)
        .map_err(|cause| io_failure(&format!("read the {what} from standard input"), cause))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(Failure::Refused(format!("standard input holds no {what}")));
    }
    Ok(Secret::new(text))
}

/// A new password: from standard input if told so, else asked for twice at the terminal.
pub(super) fn new_password(from_stdin: bool) -> Result<Secret, Failure> {
    if from_stdin {
        return secret_from_stdin("password");
    }
    if !std::io::stdin().is_terminal() {
        let sentence = "there is no terminal to ask for the password at: add --password-stdin";
        return Err(Failure::Refused(sentence.to_owned()));
    }
    let ask = |prompt| {
        rpassword::prompt_password(prompt)
            .map(Secret::new)
            .map_err(|cause| io_failure("ask for the password", cause))
    };
    let (first, second) = (ask("Password: ")?, ask("Once more: ")?);
    if first.matches(second.expose()) {
        Ok(first)
    } else {
        Err(Failure::Refused("the two passwords differ".to_owned()))
    }
}
