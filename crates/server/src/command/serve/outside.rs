//! The adapters to the outside, opened as configured.

use std::sync::Arc;

use authn::factor::password::{Cost, Hasher};
use domain::port::{Clock, Random, Records, Store, Tenant};
use tokio::sync::watch;

use super::super::Failure;
use crate::adapter::clock::SystemClock;
use crate::adapter::measured_store::MeasuredStore;
use crate::adapter::random::SystemRandom;
use crate::config::{Config, SignOn};
use crate::data_dir::{DataDir, MASTER_KEY_VARIABLE};
use crate::telemetry::metrics::Metrics;

/// The adapters to the outside.
pub(crate) struct Outside {
    pub(crate) directory: DataDir,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) records: Records,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) hasher: Hasher,
    pub(crate) master_key: store::MasterKey,
    /// Changes whenever a message was written here that is to be sent.
    pub(crate) messages: watch::Receiver<()>,
}

impl Outside {
    pub(super) fn open(config: &Config) -> Result<Self, Failure> {
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
        let store = MeasuredStore::new(store, Arc::clone(&metrics));
        let messages = store.messages();
        let store: Arc<dyn Store> = Arc::new(store);
        Ok(Self {
            directory,
            records: Records::new(Arc::clone(&store), Tenant::DEFAULT),
            store,
            master_key,
            clock: Arc::new(SystemClock),
            random,
            metrics,
            hasher: hasher(&config.sign_on)?,
            messages,
        })
    }
}

/// What hashes passwords as configured.
pub(crate) fn hasher(sign_on: &SignOn) -> Result<Hasher, Failure> {
    let cost = Cost {
        memory: sign_on.password_memory_kib,
        passes: sign_on.password_iterations,
        lanes: sign_on.password_parallelism,
    };
    Ok(Hasher::new(cost)?)
}
