//! A server in the test's own process, on ports that the system chooses, with a clock that stands
//! still.

pub(crate) mod device;
mod door;
mod person;

use std::sync::Arc;
use std::time::Duration;

use domain::port::fixed::{CountingRandom, FixedClock};
use domain::port::{Changes, Clock, Random, Records, Store, Tenant};
use domain::{
    Administrator, AdministratorRole, AuditEvent, KeyFamily, KeyState, Secret, ServerSettings,
    Timestamp,
};
use jose::jwk::JwkSet;
use oauth::dpop::NonceKey;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use web::{
    App, Brand, ExportKey, Locale, Locales, Pages, Ports, Secrets, Settings, StateKey, Templates,
};
use web::{Faces, Recognize, RecognizeBounds};

use crate::administration::Administration;
use crate::browser::Browser;
use crate::faulty::{Failing, Faults, FaultyStore};
use crate::http::Http;
use crate::keys::KeyFactory;
use crate::library::Library;
use crate::passwords::Passwords;
use crate::recognize::ScriptedFaces;
use crate::relying_party::RelyingParty;
use door::{listener, serve, served, url_of};

/// When tests happen: 2026-11-22, 12:00:00 UTC.
const BEGIN: Timestamp = Timestamp::from_seconds(1_795_348_800);

/// How many sessions of Recognize there may be.
const FACES: RecognizeBounds = RecognizeBounds {
    sessions: 64,
    attempts: 64,
    of_address: 64,
};

/// Set to `sqlite` to run every test on a file in place of memory.
const STORE_VARIABLE: &str = "COUNTERSIGN_TEST_STORE";

pub(crate) const EXPORT_KEY: [u8; 32] = [7; 32];

const ADMINISTRATOR: (&str, &str) = ("Administrator", "correct horse battery staple");

/// A server; it stops when it is dropped.
pub struct House {
    /// Where people and clients reach it; its issuer unless a test chose another.
    pub url: String,
    /// Where administrators reach it.
    pub admin_url: String,
    /// Its issuer.
    pub issuer: String,
    /// Its clock.
    pub clock: Arc<FixedClock>,
    /// Makes requests.
    pub http: Http,
    /// Where clients show certificates, without a trailing slash.
    pub mutual_tls_url: String,
    /// What others publish.
    pub library: Library,
    /// Who looks at frames.
    pub faces: Arc<ScriptedFaces>,
    faults: Faults,
    records: Records,
    store: Arc<dyn Store>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) keys: Arc<KeyFactory>,
    passwords: Passwords,
    app: Arc<App>,
    serving: Vec<JoinHandle<()>>,
    _directory: Option<TempDir>,
}

impl House {
    /// A server with the settings that a new one has.
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// A server whose process settings `configure` has changed.
    pub async fn open_with(configure: impl FnOnce(&mut Settings)) -> Self {
        Self::open_with_pages(configure, pages()).await
    }

    /// The same with an operator's pages.
    pub async fn open_with_pages(configure: impl FnOnce(&mut Settings), pages: Pages) -> Self {
        let random: Arc<dyn Random> = Arc::new(CountingRandom::default());
        let (store, directory) = store(Arc::clone(&random));
        let clock = Arc::new(FixedClock::at(BEGIN));
        let passwords = Passwords::new(Arc::clone(&random));
        let keys = Arc::new(KeyFactory::default());
        // What a test looks at itself does not fail.
        let records = Records::new(Arc::clone(&store), Tenant::DEFAULT);
        let faults = Faults::default();
        let faulty = FaultyStore {
            store: Arc::clone(&store),
            faults: faults.clone(),
        };
        prepare(&records, &keys, &passwords).await;
        let [runtime, administration] = [listener().await, listener().await];
        let mutual_tls = listener().await;
        let [url, admin_url] = [&runtime, &administration].map(url_of);
        let mutual_tls_url = url_of(&mutual_tls);
        let mut settings = settings([&url, &admin_url, &mutual_tls_url]);
        let library = Library::default();
        configure(&mut settings);
        let issuer = settings.issuer.clone();
        let faces = Arc::new(ScriptedFaces::default());
        let seeing = Arc::clone(&faces) as Arc<dyn Faces>;
        let ports = Ports {
            recognize: Arc::new(Recognize::new(Some(seeing), FACES)),
            store: Arc::new(faulty),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::clone(&random),
            passwords: Arc::new(passwords.clone()),
            keys: Arc::clone(&keys) as Arc<dyn web::KeyFactory>,
            fetch: Arc::new(library.clone()),
        };
        let app = App::new(ports, settings, pages, secrets());
        let app = Arc::new(app.await.unwrap());
        let serving = served(&app, [runtime, administration, mutual_tls]);
        Self {
            url,
            admin_url,
            mutual_tls_url,
            issuer,
            clock,
            http: Http::default(),
            library,
            faces,
            faults,
            records,
            store,
            random,
            keys,
            passwords,
            app,
            serving,
            _directory: directory,
        }
    }

    /// Another server on the same records, with the same clock.
    pub async fn beside(&self) -> Beside {
        let runtime = listener().await;
        let url = url_of(&runtime);
        let seeing = Arc::clone(&self.faces) as Arc<dyn Faces>;
        let ports = Ports {
            recognize: Arc::new(Recognize::new(Some(seeing), FACES)),
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            random: Arc::clone(&self.random),
            passwords: Arc::new(self.passwords.clone()),
            keys: Arc::clone(&self.keys) as Arc<dyn web::KeyFactory>,
            fetch: Arc::new(self.library.clone()),
        };
        let mut settings = settings([&url, &self.admin_url, &self.mutual_tls_url]);
        settings.issuer.clone_from(&self.issuer);
        let app = App::new(ports, settings, pages(), secrets()).await;
        let router = web::router::runtime(&Arc::new(app.unwrap()));
        let serving = tokio::spawn(serve(runtime, router));
        Beside { url, serving }
    }

    /// Has its store fail from now on.
    pub fn fail(&self, failing: Failing) {
        self.faults.set(failing);
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass.
    pub fn advance(&self, duration: Duration) {
        self.clock.advance(duration);
    }

    /// The address of a path of the runtime listener.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// A browser without cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(self.http.clone(), &self.url)
    }

    /// An administrator's client of the administration API.
    pub fn administration(&self) -> Administration {
        let (name, password) = ADMINISTRATOR;
        Administration {
            http: self.http.clone(),
            url: format!("{}/pf-admin-api/v1", self.admin_url),
            name: name.to_owned(),
            password: password.to_owned(),
            token: None,
        }
    }

    /// What serves, to be called without a connection.
    pub const fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// What the server stores, for facts that no endpoint tells.
    pub const fn records(&self) -> &Records {
        &self.records
    }

    /// How many passwords people had verified, right or wrong: each costs the server a hash.
    pub fn passwords_verified(&self) -> usize {
        self.passwords.verified()
    }

    /// Registers a confidential client of this id for every grant, through the administration API.
    pub async fn add_client(&self, id: &str) -> RelyingParty {
        self.add_client_with(id, json!({})).await
    }

    /// The same with other fields; an object within is merged, `null` removes.
    pub async fn add_client_with(&self, id: &str, fields: Value) -> RelyingParty {
        let client = client(id, fields);
        let added = self.administration().post("/oauth/clients", &client).await;
        let added = added.expect_status(201).json();
        let secret = client["clientAuth"]["secret"].as_str().map(str::to_owned);
        let redirect_uri = added["redirectUris"][0].as_str().unwrap_or_default();
        RelyingParty::new(self, id, secret, redirect_uri)
    }

    /// Changes fields of a client through the administration API; an object within is merged,
    /// `null` removes.
    pub async fn change_client(&self, id: &str, fields: Value) {
        let (administration, path) = (self.administration(), format!("/oauth/clients/{id}"));
        let client = administration.get(&path).await.expect_status(200);
        let mut client = client.json();
        merge(&mut client, fields);
        let changed = administration.put(&path, &client).await;
        let _ = changed.expect_status(200);
    }

    /// Changes the settings of the authorization server through the administration API.
    pub async fn set(&self, fields: Value) {
        let administration = self.administration();
        let settings = administration.get("/oauth/authServerSettings").await;
        let mut settings = settings.expect_status(200).json();
        merge(&mut settings, fields);
        let changed = administration
            .put("/oauth/authServerSettings", &settings)
            .await;
        let _ = changed.expect_status(200);
    }

    /// The last event of this name.
    pub async fn last_event(&self, name: &str) -> Value {
        let events = self.records.all::<AuditEvent>().await.unwrap();
        let last = events.iter().rfind(|event| event.event == name);
        serde_json::to_value(&last.expect("an event").record).unwrap()
    }

    /// Has the server take notice of configuration that the test has changed.
    pub async fn follow_configuration(&self) {
        self.app().follow_configuration().await.unwrap();
    }

    /// The server's public keys, as it publishes them.
    pub async fn jwks(&self) -> JwkSet {
        let jwks = self.http.get(self.at("/pf/JWKS")).await.expect_status(200);
        JwkSet::parse(jwks.text()).unwrap()
    }
}

/// A server beside a [`House`]; it stops when it is dropped.
pub struct Beside {
    /// Where people and clients reach it.
    pub url: String,
    serving: JoinHandle<()>,
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.serving.iter().for_each(JoinHandle::abort);
    }
}

/// Replaces members of `target` by those of `fields`; objects are merged, `null` removes.
pub(crate) fn merge(target: &mut Value, fields: Value) {
    match (target, fields) {
        (Value::Object(target), Value::Object(fields)) => {
            for (name, value) in fields {
                match value {
                    Value::Null => {
                        target.remove(&name);
                    }
                    value => merge(target.entry(name).or_insert(Value::Null), value),
                }
            }
        }
        (target, fields) => *target = fields,
    }
}

/// What a new server is set to at these addresses: the issuer, the administration, and where clients
/// show certificates.
fn settings([issuer, admin_url, mutual_tls_url]: [&String; 3]) -> Settings {
    Settings {
        issuer: issuer.clone(),
        admin_url: admin_url.clone(),
        access_token: oauth::token::AccessTokenPolicy::default(),
        id_token: oauth::token::IdTokenPolicy::default(),
        policy: authn::flow::Policy::default(),
        second_factor: authn::flow::SecondFactor::default(),
        address_limit: web::AddressLimit::default(),
        request_limits: web::RequestLimits::default(),
        mutual_tls: web::MutualTls::At(mutual_tls_url.clone()),
        loopback_http: false,
    }
}

fn secrets() -> Secrets {
    Secrets {
        export_key: ExportKey::new(&EXPORT_KEY).unwrap(),
        nonce_key: NonceKey::new(Secret::new("the test kit's")),
        state_key: StateKey::new(&[8; 32]).unwrap(),
    }
}

/// A confidential client of this id for every grant, with these fields.
pub(crate) fn client(id: &str, fields: Value) -> Value {
    let secret = format!("the secret of {id}, which is long enough for HS512 and all others");
    let mut client = json!({
        "clientId": id,
        "name": format!("The {id}"),
        "redirectUris": [format!("https://{id}.example/callback")],
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
        "clientAuth": { "type": "SECRET", "secret": secret },
    });
    merge(&mut client, fields);
    client
}

fn store(random: Arc<dyn Random>) -> (Arc<dyn Store>, Option<TempDir>) {
    if std::env::var(STORE_VARIABLE).as_deref() != Ok("sqlite") {
        return (store::memory(random), None);
    }
    let directory = tempfile::tempdir().unwrap();
    let master_key = store::MasterKey::generate(&*random);
    let path = directory.path().join("countersign.db");
    let opened = store::open(&path, &master_key, store::Options::default(), random);
    (opened.unwrap(), Some(directory))
}

/// Puts into an empty store what a server cannot do without.
async fn prepare(records: &Records, keys: &KeyFactory, passwords: &Passwords) {
    let mut changes = Changes::none();
    let signing = [KeyFamily::P256, KeyFamily::Rsa].into_iter();
    for family in signing.chain(KeyFamily::ENCRYPTION) {
        let mut active = keys.next(family, BEGIN);
        active.state = KeyState::Active;
        active.activated = Some(BEGIN);
        changes.insert(&active);
        changes.insert(&keys.next(family, BEGIN));
    }
    changes.insert(&ServerSettings::default());
    records.commit(changes).await.unwrap();
    let (name, password) = ADMINISTRATOR;
    let mut changes = Changes::none();
    changes.insert(&Administrator {
        name: name.to_owned(),
        password_hash: passwords.hash_of(password),
        changed: BEGIN,
        role: AdministratorRole::Full,
    });
    records.of(Tenant::SYSTEM).commit(changes).await.unwrap();
}

fn pages() -> Pages {
    let locales = Locales::new(Locale::ENGLISH);
    Pages::new(Templates::embedded().unwrap(), locales, Brand::default())
}
