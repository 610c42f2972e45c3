//! What every handler is given: the ports, the settings of the process and what is cached.

use std::sync::Arc;
use std::time::Duration;

use authn::factor::password::{NewPassword, NewPasswordHash, PasswordVerdict};
use authn::flow::{Policy, SecondFactor};
use domain::port::{Changes, Clock, CommitError, Pending, Random, Records, Store, Tenant};
use domain::{KeyFamily, KeyState, Password, Secret, SigningKeyRecord, Timestamp};
use oauth::Decision;

use crate::admin::export_key::ExportKey;
use crate::admin::remembered::RememberedCredentials;
use crate::cookie::Protection;
use crate::fault::{Busy, Fault};
use crate::live::{Live, LiveError};
use crate::page::Pages;

/// Hashes and checks passwords on a bounded pool, because each takes tens of milliseconds and
/// megabytes.
pub trait Passwords: Send + Sync + 'static {
    /// Whether `presented` is this password of a person; nobody's takes as long.
    fn verify(
        &self,
        stored: Option<Password>,
        presented: Secret,
    ) -> Pending<'_, Result<PasswordVerdict, Busy>>;

    /// Whether `presented` has this hash; none takes as long.
    fn matches(&self, stored: Option<Secret>, presented: Secret)
    -> Pending<'_, Result<bool, Busy>>;

    /// Whether a hash was made at another cost than is used now.
    fn is_outdated(&self, stored: &Secret) -> bool;

    /// The hash of a password that was accepted, at the cost that is used now.
    fn rehash(&self, accepted: Secret) -> Pending<'_, Result<Secret, Busy>>;

    /// The hash of a password that is to be set.
    fn hash(&self, password: NewPassword) -> Pending<'_, Result<NewPasswordHash, Busy>>;
}

/// Makes key pairs and their certificates.
pub trait KeyFactory: Send + Sync + 'static {
    /// A new key pair of this family that does not sign yet.
    fn create(
        &self,
        family: KeyFamily,
        now: Timestamp,
    ) -> Pending<'_, Result<SigningKeyRecord, String>>;
}

/// The outside world.
#[derive(Clone)]
pub struct Ports {
    /// Where records are kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub random: Arc<dyn Random>,
    /// Where passwords are hashed.
    pub passwords: Arc<dyn Passwords>,
    /// Where keys are made.
    pub keys: Arc<dyn KeyFactory>,
}

/// What the operator has configured for the process.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The issuer identifier: the public URL of the runtime listener, without a trailing slash.
    pub issuer: String,
    /// The public URL of the administration listener, without a trailing slash.
    pub admin_url: String,
    /// What access tokens are like.
    pub access_token: oauth::token::AccessTokenPolicy,
    /// What ID tokens are like.
    pub id_token: oauth::token::IdTokenPolicy,
    /// How people sign on, and how long it lasts.
    pub policy: Policy,
    /// When a second factor is asked for.
    pub second_factor: SecondFactor,
}

/// What every handler is given.
pub struct App {
    pub(crate) ports: Ports,
    pub(crate) settings: Settings,
    pub(crate) records: Records,
    pub(crate) live: Live,
    pub(crate) pages: Pages,
    /// Seals what administrators may keep but not read.
    pub(crate) export_key: ExportKey,
    pub(crate) remembered: RememberedCredentials,
}

/// How often a handler decides anew when others change its records.
const TRIES: usize = 8;

/// Far longer than it takes to make keys.
const KEY_MAKING: Duration = Duration::from_mins(10);

impl App {
    /// Brings the parts together and reads the configuration records.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn new(
        ports: Ports,
        settings: Settings,
        pages: Pages,
        export_key: ExportKey,
    ) -> Result<Self, LiveError> {
        let records = Records::new(Arc::clone(&ports.store), Tenant::DEFAULT);
        let live = Live::load(records.clone()).await?;
        let remembered = RememberedCredentials::new(&*ports.random);
        Ok(Self {
            ports,
            settings,
            records,
            live,
            pages,
            export_key,
            remembered,
        })
    }

    /// Takes notice of configuration that another process has changed; to be called several times
    /// a second.
    ///
    /// # Errors
    /// The store cannot be read; what was known stays in force.
    pub async fn follow_configuration(&self) -> Result<(), LiveError> {
        self.live.follow().await
    }

    /// Whether the server can do its work.
    ///
    /// # Errors
    /// The store cannot be read, or there is no key to sign with.
    pub async fn ready(&self) -> Result<(), LiveError> {
        self.live.follow().await
    }

    /// Whether the public URL is reached by TLS.
    pub(crate) fn is_behind_tls(&self) -> bool {
        self.settings.issuer.starts_with("https:")
    }

    /// How this server's cookies are protected.
    pub(crate) fn cookies(&self) -> Protection {
        Protection {
            secure: self.is_behind_tls(),
        }
    }

    /// Makes the keys of a family unless there are any: one that signs and the one after it. To be
    /// called before whatever needs them is committed, so that nothing ever refers to keys that
    /// there are not.
    pub(crate) async fn ensure_keys(&self, family: KeyFamily) -> Result<(), Fault> {
        if self.has_keys(family).await? {
            return Ok(());
        }
        let now = self.now();
        let create = || self.ports.keys.create(family, now);
        let mut active = create().await.map_err(Fault::Defect)?;
        active.state = KeyState::Active;
        active.activated = Some(now);
        let mut changes = Changes::none();
        // Of many that find no keys at the same moment, one makes them.
        let name = format!("{family:?}");
        changes.claim("first keys", &[name.as_bytes()], now + KEY_MAKING);
        changes.insert(&active);
        changes.insert(&create().await.map_err(Fault::Defect)?);
        match self.records.commit(changes).await {
            Ok(()) => {}
            Err(CommitError::Claimed) if self.has_keys(family).await? => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(CommitError::Conflict | CommitError::Claimed) => return Err(Fault::Contention),
        }
        Ok(self.live.follow().await?)
    }

    async fn has_keys(&self, family: KeyFamily) -> Result<bool, Fault> {
        let known = self.records.all::<SigningKeyRecord>().await?;
        let signs = |key: &SigningKeyRecord| key.family == family && key.state == KeyState::Active;
        Ok(known.iter().any(|key| signs(key)))
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// The source of randomness.
    pub(crate) fn random(&self) -> &dyn Random {
        &*self.ports.random
    }

    /// Decides, commits what the decision changes, and returns its answer; decides anew when the
    /// facts have changed meanwhile. `claimed` is the answer when what may happen once has happened.
    pub(crate) async fn carry_out<T, E, F>(
        &self,
        mut decide: impl FnMut() -> F,
        claimed: impl Fn() -> E,
    ) -> Result<Result<T, E>, Fault>
    where
        F: Future<Output = Result<Decision<T, E>, Fault>>,
    {
        for _ in 0..TRIES {
            let decision = decide().await?;
            match self.records.commit(decision.changes).await {
                Ok(()) => return Ok(decision.answer),
                Err(CommitError::Claimed) => return Ok(Err(claimed())),
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(Fault::Contention)
    }
}
