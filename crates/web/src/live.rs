//! The configuration records, in memory and up to date.
//!
//! The token endpoint reads no database for a client: it finds it here. Whatever changes a
//! configuration record, in this process or another, moves the store's configuration revision,
//! and [`Live::follow`] then forgets what it knew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use domain::port::{Records, StoreError};
use domain::{Client, ClientId, ServerSettings, SigningKeyRecord};
use oauth::KeyRing;
use quick_cache::sync::Cache;

/// Clients that are kept in memory, at the most.
const CLIENTS: usize = 10_000;

/// The configuration cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The signing keys cannot be used.
    #[error("the signing keys cannot be used: {0}")]
    Keys(String),
}

/// The configuration records as they are now.
pub(crate) struct Live {
    records: Records,
    settings: ArcSwap<ServerSettings>,
    keys: ArcSwap<KeyRing>,
    clients: Cache<ClientId, Arc<Client>>,
    /// The revision that is known, and a number that changes with it.
    revision: AtomicU64,
}

impl Live {
    /// Reads the configuration.
    pub(crate) async fn load(records: Records) -> Result<Self, LiveError> {
        let revision = records.store().configuration_revision().await?;
        let settings = ArcSwap::from_pointee(settings(&records).await?);
        let keys = ArcSwap::from_pointee(key_ring(&records).await?);
        let revision = AtomicU64::new(revision);
        Ok(Self {
            records,
            settings,
            keys,
            clients: Cache::new(CLIENTS),
            revision,
        })
    }

    /// Reads the configuration again if it has changed.
    pub(crate) async fn follow(&self) -> Result<(), LiveError> {
        let revision = self.records.store().configuration_revision().await?;
        if revision == self.revision.load(Ordering::Acquire) {
            return Ok(());
        }
        self.settings
            .store(Arc::new(settings(&self.records).await?));
        self.keys.store(Arc::new(key_ring(&self.records).await?));
        // First the number, then the entries: see `client`.
        self.revision.store(revision, Ordering::Release);
        self.clients.clear();
        Ok(())
    }

    /// The settings of the authorization server.
    pub(crate) fn settings(&self) -> Arc<ServerSettings> {
        self.settings.load_full()
    }

    /// The keys that are published, and those of them that sign.
    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        self.keys.load_full()
    }

    /// The client with this id.
    pub(crate) async fn client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, StoreError> {
        if let Some(known) = self.clients.get(id) {
            return Ok(Some(known));
        }
        let revision = self.revision.load(Ordering::Acquire);
        let Some(found) = self.records.get::<Client>(id).await? else {
            return Ok(None);
        };
        let client = Arc::new(found.record);
        self.clients.insert(id.clone(), Arc::clone(&client));
        // What was read before a change must not stay behind after the change was noticed.
        if self.revision.load(Ordering::Acquire) != revision {
            self.clients.remove(id);
        }
        Ok(Some(client))
    }
}

async fn settings(records: &Records) -> Result<ServerSettings, StoreError> {
    let stored = records.get::<ServerSettings>(ServerSettings::KEY).await?;
    Ok(stored.map(|settings| settings.record).unwrap_or_default())
}

async fn key_ring(records: &Records) -> Result<KeyRing, LiveError> {
    let keys = records.all::<SigningKeyRecord>().await?;
    let keys: Vec<SigningKeyRecord> = keys.into_iter().map(|key| key.record).collect();
    KeyRing::new(&keys).map_err(|error| LiveError::Keys(error.to_string()))
}
