//! What the tests of several modules are made with.

use std::sync::Arc;

use authn::factor::password::{Cost, Hasher};
use domain::Timestamp;
use domain::port::Store;
use domain::port::fixed::{CountingRandom, FixedClock};
use store::MasterKey;
use web::{App, Ports};

use crate::adapter::key_factory::KeyFactory;
use crate::adapter::passwords::Passwords;
use crate::config::Config;
use crate::house::{self, Addresses};
use crate::outbox::Channels;

/// A house without keys and people, in memory.
pub(crate) async fn app() -> Arc<App> {
    app_on(store::memory(Arc::new(CountingRandom::default()))).await
}

/// A house on these records.
pub(crate) async fn app_on(store: Arc<dyn Store>) -> Arc<App> {
    let cost = Cost {
        memory: 8,
        passes: 1,
        lanes: 1,
    };
    let random = Arc::new(CountingRandom::default());
    let hasher = Hasher::new(cost).unwrap();
    let waiting = prometheus_client::metrics::gauge::Gauge::default();
    let passwords = Passwords::start(&hasher, 1, waiting, random.clone()).unwrap();
    let ports = Ports {
        recognize: Arc::default(),
        store,
        clock: Arc::new(FixedClock::at(Timestamp::from_seconds(1_700_000_000))),
        random,
        passwords: Arc::new(passwords),
        fetch: Arc::new(testkit::Library::default()),
        keys: Arc::new(KeyFactory),
    };
    let addresses = Addresses {
        mutual_tls: &web::MutualTls::Nowhere,
        issuer: "https://id.example",
        admin: "https://admin.example",
    };
    let master_key = MasterKey::from_bytes([7; 32]);
    let config = Config::default();
    let channels = Channels::default();
    let app = house::build(&config, ports, &master_key, addresses, &channels);
    app.await.unwrap()
}
