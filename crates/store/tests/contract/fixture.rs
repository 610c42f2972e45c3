//! The engines, and short words for what is asked of them.

use std::sync::Arc;

use domain::Timestamp;
use domain::port::fixed::CountingRandom;
use domain::port::{
    Change, CommitError, Expectation, Key, Kind, Lookup, Lookups, Page, Random, Store, Stored,
    Tenant, Version,
};
use store::{MasterKey, Memory, Options, Sealed, Sqlite};
use tempfile::TempDir;

pub const TENANT: Tenant = Tenant(7);
pub const OTHER: Tenant = Tenant(8);

/// A store under test, and the directory in which it keeps its file.
pub struct Fixture {
    pub store: Arc<dyn Store>,
    pub directory: Option<TempDir>,
}

pub fn random() -> Arc<dyn Random> {
    Arc::new(CountingRandom::default())
}

pub fn master_key() -> MasterKey {
    MasterKey::from_bytes([7; 32])
}

/// Every engine, plain and sealed, each empty.
pub fn engines() -> [(&'static str, Fixture); 4] {
    let file = || {
        let directory = tempfile::tempdir().unwrap();
        let engine = Sqlite::open(&directory.path().join("test.db"), Options::default()).unwrap();
        (engine, Some(directory))
    };
    let (plain, plain_directory) = file();
    let (sealed, sealed_directory) = file();
    let sealed = Sealed::new(sealed, &master_key(), random()).unwrap();
    let fixture = |store, directory| Fixture { store, directory };
    [
        ("memory", fixture(Arc::new(Memory::default()), None)),
        ("sealed memory", fixture(store::memory(random()), None)),
        ("sqlite", fixture(Arc::new(plain), plain_directory)),
        ("sealed sqlite", fixture(Arc::new(sealed), sealed_directory)),
    ]
}

pub fn key(local: &str) -> Key {
    Key::new(TENANT, local.as_bytes())
}

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// A lookup value of the tenant.
pub fn value(text: &str) -> Box<[u8]> {
    Key::new(TENANT, text.as_bytes()).as_bytes().into()
}

pub fn put(kind: Kind, local: &str, expect: Expectation, body: &str) -> Change {
    put_at(kind, key(local), expect, Lookups::default(), body)
}

pub fn put_at(kind: Kind, key: Key, expect: Expectation, lookups: Lookups, body: &str) -> Change {
    let body = body.as_bytes().to_vec();
    Change::Put {
        kind,
        key,
        expect,
        expires: None,
        lookups,
        body,
    }
}

pub fn insert(kind: Kind, local: &str, body: &str) -> Change {
    put(kind, local, Expectation::Absent, body)
}

pub fn delete(kind: Kind, local: &str, version: Version) -> Change {
    Change::Delete {
        kind,
        key: key(local),
        version,
    }
}

pub fn claim(local: &str, until: Timestamp) -> Change {
    Change::Claim {
        key: key(local),
        until,
    }
}

pub fn lookups(first: &str, second: &str) -> Lookups {
    [Some(value(first)), Some(value(second)), None]
}

impl Fixture {
    pub async fn commit(&self, changes: Vec<Change>) -> Result<(), CommitError> {
        self.store.commit(changes).await
    }

    pub async fn get(&self, kind: Kind, local: &str) -> Option<Stored> {
        self.store.get(kind, key(local)).await.unwrap()
    }

    pub async fn body(&self, kind: Kind, local: &str) -> Option<String> {
        let stored = self.get(kind, local).await;
        stored.map(|stored| String::from_utf8(stored.body).unwrap())
    }

    pub async fn version(&self, kind: Kind, local: &str) -> Version {
        self.get(kind, local).await.expect("the record").version
    }

    /// The bodies of what is found, in order.
    pub async fn find(&self, kind: Kind, slot: usize, text: &str) -> Vec<String> {
        let lookup = Lookup {
            slot,
            value: value(text),
        };
        bodies(self.store.find(kind, lookup).await.unwrap())
    }

    /// The bodies of a page, in order.
    pub async fn page(&self, kind: Kind, after: Option<&str>, limit: usize) -> Vec<String> {
        let page = Page {
            tenant: TENANT,
            after: after.map(key),
            limit,
        };
        bodies(self.store.page(kind, page).await.unwrap())
    }

    pub async fn revision(&self) -> u64 {
        self.store.configuration_revision().await.unwrap()
    }
}

pub fn bodies(found: Vec<Stored>) -> Vec<String> {
    found
        .into_iter()
        .map(|stored| String::from_utf8(stored.body).unwrap())
        .collect()
}

pub fn is_conflict(result: &Result<(), CommitError>) -> bool {
    matches!(result, Err(CommitError::Conflict))
}

pub fn is_claimed(result: &Result<(), CommitError>) -> bool {
    matches!(result, Err(CommitError::Claimed))
}
