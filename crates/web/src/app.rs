//! What every handler is given: the ports, the settings of the process and what is cached.

mod policy;

use std::sync::Arc;

use arc_swap::ArcSwap;
use authn::factor::face::FacePolicy;
use authn::factor::password::{NewPassword, NewPasswordHash, PasswordVerdict};
use authn::flow::{Policy, SecondFactor};
use domain::port::{
    Clock, CommitError, Fetch, Pending, Random, Records, Store, StoreError, Tenant,
};
use domain::{Client, Environment, KeyFamily, Password, Secret, SigningKeyRecord, Timestamp};
use jose::jws::Algorithm;
use oauth::Decision;
use oauth::client_auth::{ClientKeys, TrustedIssuers};
use oauth::dpop::NonceKey;

use crate::admin;
use crate::admin::configuration::Configuration;
use crate::admin::export_key::ExportKey;
use crate::admin::remembered::RememberedCredentials;
use crate::bounds::{Bounds, RequestLimits};
use crate::client_keys::{ClientKeysError, KnownKeys};
use crate::configuration::Operator;
use crate::cookie::Cookies;
use crate::door::authn_api::StateKey;
use crate::environment::Environments;
use crate::fault::{Busy, Fault};
use crate::keys::{SigningKeys, StoredKeys};
use crate::limit::{AddressLimit, Limiter};
use crate::live::{Live, LiveError};
use crate::page::Pages;
use crate::recognize::Recognize;
use crate::site::{Site, issuer_of};

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
    /// A new key pair of this family that does not sign yet. It is begun at once, not only when the
    /// answer is waited for, so that several can be made at the same time.
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
    /// How documents of others are fetched.
    pub fetch: Arc<dyn Fetch>,
    /// Who looks at the frames of cameras.
    pub recognize: Arc<Recognize>,
}

/// Where clients may show certificates in TLS (RFC 8705).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MutualTls {
    /// Nowhere.
    #[default]
    Nowhere,
    /// Wherever everything else is: a proxy passes them on.
    AtIssuer,
    /// Below a URL of its own, which has no trailing slash.
    At(String),
}

impl MutualTls {
    /// The URL that is not the issuer's, if there is one.
    pub(crate) fn url(&self) -> Option<&str> {
        match self {
            Self::At(url) => Some(url),
            Self::Nowhere | Self::AtIssuer => None,
        }
    }
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
    /// How much one address may ask for before it has proved who it is.
    pub address_limit: AddressLimit,
    /// What one request may take.
    pub request_limits: RequestLimits,
    /// Where clients may show certificates.
    pub mutual_tls: MutualTls,
    /// Whether clients' keys may be fetched from this machine itself without TLS.
    pub loopback_http: bool,
}

/// What the processes of a server share, and nobody else has.
pub struct Secrets {
    /// Seals what administrators may keep but not read.
    pub export_key: ExportKey,
    /// Makes the nonces of DPoP proofs.
    pub nonce_key: NonceKey,
    /// Seals what clients without cookies hold of a flow.
    pub state_key: StateKey,
}

/// What every handler is given.
pub struct App {
    pub(crate) ports: Ports,
    pub(crate) settings: Settings,
    pub(crate) records: Records,
    pub(crate) live: Live,
    pub(crate) pages: Arc<Pages>,
    /// Where it is.
    pub(crate) site: Site,
    /// The environments that it has; an environment has none.
    pub(crate) environments: Environments,
    /// Seals what administrators may keep but not read.
    pub(crate) export_key: Arc<ExportKey>,
    /// Makes the nonces of DPoP proofs.
    pub(crate) nonce_key: Arc<NonceKey>,
    /// Seals what clients without cookies hold of a flow.
    pub(crate) state_key: Arc<StateKey>,
    pub(crate) remembered: Arc<RememberedCredentials>,
    pub(crate) limiter: Arc<Limiter>,
    /// The requests of authenticators that are held.
    pub(crate) held: Arc<Bounds>,
    /// The sessions of Recognize.
    pub(crate) recognize: Arc<Recognize>,
    /// How people sign on where a policy of theirs has them show their face.
    with_face: Arc<Policy>,
    /// Held by whoever changes the configuration.
    pub(crate) changing: tokio::sync::Mutex<()>,
    /// Who is trusted to issue certificates of clients besides those that are stored.
    issuers: Arc<ArcSwap<TrustedIssuers>>,
    client_keys: KnownKeys,
}

/// Why the server cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No key signs access tokens.
    #[error("there is no active signing key for {0}")]
    NoKey(Algorithm),
}

impl SigningKeys for App {
    fn ensure(&self, family: KeyFamily) -> Pending<'_, Result<(), Fault>> {
        Box::pin(self.ensure_keys(family))
    }
}

/// How often a handler decides anew when others change its records.
const TRIES: usize = 8;

impl App {
    /// Brings the parts together and reads the configuration records.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn new(
        ports: Ports,
        settings: Settings,
        pages: Pages,
        secrets: Secrets,
    ) -> Result<Self, LiveError> {
        let mut settings = settings;
        // What the process cannot do nobody is offered.
        settings.policy.devices.face = ports.recognize.is_on().then(FacePolicy::default);
        let records = Records::new(Arc::clone(&ports.store), Tenant::DEFAULT);
        let live = Live::load(records.clone()).await?;
        let remembered = RememberedCredentials::new(&*ports.random);
        let limiter = Limiter::new(settings.address_limit, &*ports.random);
        let client_keys = KnownKeys::new(Arc::clone(&ports.fetch), Arc::clone(&ports.clock));
        let held = Bounds::new(settings.request_limits);
        let site = Site::of_server(settings.issuer.starts_with("https:"));
        let mut with_face = settings.policy.clone();
        with_face.devices.allow_face();
        Ok(Self {
            recognize: Arc::clone(&ports.recognize),
            with_face: Arc::new(with_face),
            ports,
            settings,
            records,
            live,
            pages: Arc::new(pages),
            site,
            environments: Environments::default(),
            export_key: Arc::new(secrets.export_key),
            nonce_key: Arc::new(secrets.nonce_key),
            state_key: Arc::new(secrets.state_key),
            remembered: Arc::new(remembered),
            limiter: Arc::new(limiter),
            held,
            changing: tokio::sync::Mutex::default(),
            issuers: Arc::default(),
            client_keys,
        })
    }

    /// The records of the environment that it serves.
    pub const fn records(&self) -> &Records {
        &self.records
    }

    /// Takes notice of configuration that another process has changed; to be called several times
    /// a second.
    ///
    /// # Errors
    /// The store cannot be read; what was known stays in force.
    pub async fn follow_configuration(&self) -> Result<(), LiveError> {
        self.live.follow().await
    }

    /// Trusts these, from now on, to issue certificates of clients, besides those whom
    /// administrators have stored.
    pub fn trust(&self, issuers: TrustedIssuers) {
        self.issuers.store(Arc::new(issuers));
    }

    /// Everyone who is trusted to issue certificates of clients.
    pub(crate) fn trusted_issuers(&self) -> TrustedIssuers {
        self.live.client_trust().issuers.and(&self.issuers.load())
    }

    /// The public keys of a client, among them the one with the id `wanted` if there is such a one.
    pub(crate) async fn client_keys(
        &self,
        client: &Client,
        wanted: Option<&str>,
    ) -> Result<Arc<ClientKeys>, ClientKeysError> {
        self.client_keys.of(client, wanted).await
    }

    /// The keys that somebody publishes at an address, among them the one with the id `wanted` if there
    /// is such a one.
    pub(crate) async fn published_keys(
        &self,
        url: &str,
        wanted: Option<&str>,
    ) -> Result<Arc<ClientKeys>, ClientKeysError> {
        self.client_keys.published(url, wanted).await
    }

    /// Lets the sessions of Recognize come to their end, until the deadline.
    pub async fn drain(&self, deadline: std::time::Duration) {
        self.recognize.drain(deadline).await;
    }

    /// Whether the server can do its work: the store answers, and there is a key to sign with.
    ///
    /// # Errors
    /// It cannot.
    pub async fn ready(&self) -> Result<(), NotReady> {
        // What is known stays in force: a change that cannot be used keeps nobody from being served.
        self.records.store().configuration_revision().await?;
        let algorithm = self.settings.access_token.algorithm;
        match self.live.keys().can_sign(algorithm) {
            true => Ok(()),
            false => Err(NotReady::NoKey(algorithm)),
        }
    }

    /// Whether it is an environment, and not the server itself.
    pub(crate) const fn is_environment(&self) -> bool {
        self.site.environment.is_some()
    }

    /// Whether the public URL is reached by TLS.
    pub(crate) fn is_behind_tls(&self) -> bool {
        self.settings.issuer.starts_with("https:")
    }

    /// The cookies of this house.
    pub(crate) const fn cookies(&self) -> &Cookies {
        &self.site.cookies
    }

    /// What the house is called where people see it beside others: an environment by its name, the
    /// server by its brand.
    pub(crate) fn name(&self) -> &str {
        let own = self.site.name.as_deref();
        own.unwrap_or_else(|| self.pages.brand_name())
    }

    /// The house of an environment: its records, its issuer, its keys and its cookies are its own,
    /// and what is known of its clients. Everything that is the process's is shared.
    pub(crate) async fn of_environment(
        &self,
        environment: &Environment,
    ) -> Result<Self, LiveError> {
        let at = |url: &str| issuer_of(url, environment.id);
        let settings = Settings {
            issuer: at(&self.settings.issuer),
            mutual_tls: match &self.settings.mutual_tls {
                MutualTls::At(url) => MutualTls::At(at(url)),
                same => same.clone(),
            },
            ..self.settings.clone()
        };
        let records = self.records.of(environment.id.tenant());
        let (fetch, clock) = (&self.ports.fetch, &self.ports.clock);
        Ok(Self {
            live: Live::load(records.clone()).await?,
            records,
            site: Site::of_environment(environment, self.is_behind_tls()),
            environments: Environments::default(),
            client_keys: KnownKeys::new(Arc::clone(fetch), Arc::clone(clock)),
            changing: tokio::sync::Mutex::default(),
            settings,
            ports: self.ports.clone(),
            pages: Arc::clone(&self.pages),
            export_key: Arc::clone(&self.export_key),
            nonce_key: Arc::clone(&self.nonce_key),
            state_key: Arc::clone(&self.state_key),
            remembered: Arc::clone(&self.remembered),
            limiter: Arc::clone(&self.limiter),
            held: Arc::clone(&self.held),
            recognize: Arc::clone(&self.recognize),
            with_face: Arc::clone(&self.with_face),
            issuers: Arc::clone(&self.issuers),
        })
    }

    /// Makes the keys that a family lacks: one that signs, and the one after it. To be called before
    /// whatever needs them is committed, so that nothing ever refers to keys that there are not.
    ///
    /// # Errors
    /// The store cannot be read or changed, or no key can be made.
    pub async fn ensure_keys(&self, family: KeyFamily) -> Result<(), Fault> {
        let keys = StoredKeys {
            records: &self.records,
            factory: &*self.ports.keys,
            now: self.now(),
        };
        keys.ensure(family).await?;
        Ok(self.live.follow().await?)
    }

    /// The configuration, to be read and changed now.
    pub(crate) fn configuration(&self) -> Configuration<'_> {
        Configuration {
            records: &self.records,
            export_key: &self.export_key,
            random: self.random(),
            keys: self,
            now: self.now(),
            url: format!("{}{}", self.settings.admin_url, admin::PATH),
            operator: Operator {
                trusted_issuers: TrustedIssuers::clone(&self.issuers.load()),
                loopback_http: self.settings.loopback_http,
            },
        }
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
        decide: impl FnMut() -> F,
        claimed: impl Fn() -> E,
    ) -> Result<Result<T, E>, Fault>
    where
        F: Future<Output = Result<Decision<T, E>, Fault>>,
    {
        let claimed = || std::future::ready(Ok(claimed()));
        self.carry_out_or(decide, claimed).await
    }

    /// The same, where it takes a look to tell what has happened before.
    pub(crate) async fn carry_out_or<T, E, F, C>(
        &self,
        mut decide: impl FnMut() -> F,
        claimed: impl Fn() -> C,
    ) -> Result<Result<T, E>, Fault>
    where
        F: Future<Output = Result<Decision<T, E>, Fault>>,
        C: Future<Output = Result<E, Fault>>,
    {
        for _ in 0..TRIES {
            let decision = decide().await?;
            match self.records.commit(decision.changes).await {
                Ok(()) => return Ok(decision.answer),
                // Apart: it hardly ever comes to this.
                Err(CommitError::Claimed) => return Ok(Err(Box::pin(claimed()).await?)),
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(Fault::Contention)
    }
}
