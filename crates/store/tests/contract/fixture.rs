//! The engines, and short words for what is asked of them.

use std::sync::Arc;

use domain::Timestamp;
use domain::port::fixed::CountingRandom;
use domain::port::{
    Change, CommitError, Expectation, Key, Kind, Lookup, Lookups, Page, Random, Store, Stored,
    Tenant, Term, Version,
};
use store::{MasterKey, Memory, Options, Sealed, Sqlite};
use tempfile::TempDir;

pub(crate) const TENANT: Tenant = Tenant(7);
pub(crate) const OTHER: Tenant = Tenant(8);

/// A store under test, and the directory in which it keeps its file.
pub(crate) struct Fixture {
    pub(crate) store: Arc<dyn Store>,
    _directory: Option<TempDir>,
}

pub(crate) fn random() -> Arc<dyn Random> {
    Arc::new(CountingRandom::default())
}

pub(crate) fn master_key() -> MasterKey {
    MasterKey::from_bytes([7; 32])
}

/// Every engine, plain and sealed, each empty.
pub(crate) fn engines() -> [(&'static str, Fixture); 4] {
    let file = || {
        let directory = tempfile::tempdir().unwrap();
        let engine = Sqlite::open(&directory.path().join("test.db"), Options::default()).unwrap();
        (engine, Some(directory))
    };
    let (plain, plain_directory) = file();
    let (sealed, sealed_directory) = file();
    let sealed = Sealed::new(sealed, &master_key(), random()).unwrap();
    let fixture = |store, directory| Fixture {
        store,
        _directory: directory,
    };
    [
        ("memory", fixture(Arc::new(Memory::default()), None)),
        ("sealed memory", fixture(store::memory(random()), None)),
        ("sqlite", fixture(Arc::new(plain), plain_directory)),
        ("sealed sqlite", fixture(Arc::new(sealed), sealed_directory)),
    ]
}

pub(crate) fn key(local: &str) -> Key {
    Key::new(TENANT, local.as_bytes())
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// A lookup value of the tenant.
pub(crate) fn value(text: &str) -> Box<[u8]> {
    Key::new(TENANT, text.as_bytes()).as_bytes().into()
}

pub(crate) fn put(kind: Kind, local: &str, expect: Expectation, body: &str) -> Change {
    put_at(kind, key(local), expect, Lookups::default(), body)
}

pub(crate) fn put_at(
    kind: Kind,
    key: Key,
    expect: Expectation,
    lookups: Lookups,
    body: &str,
) -> Change {
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

pub(crate) fn insert(kind: Kind, local: &str, body: &str) -> Change {
    put(kind, local, Expectation::Absent, body)
}

/// The change, with a body that need not be text.
pub(crate) fn with_body(mut change: Change, bytes: &[u8]) -> Change {
    if let Change::Put { body, .. } = &mut change {
        *body = bytes.to_vec();
    }
    change
}

/// The change, with a time when its record may be swept.
pub(crate) fn expiring(mut change: Change, time: Timestamp) -> Change {
    if let Change::Put { expires, .. } = &mut change {
        *expires = Some(time);
    }
    change
}

pub(crate) fn delete(kind: Kind, local: &str, version: Version) -> Change {
    Change::Delete {
        kind,
        key: key(local),
        version,
    }
}

/// A claim of the short term.
pub(crate) fn claim(local: &str, until: Timestamp) -> Change {
    claim_for(Term::Short, local, until)
}

/// Both terms: what holds of one holds of the other.
pub(crate) const TERMS: [Term; 2] = [Term::Short, Term::Long];

pub(crate) fn claim_for(term: Term, local: &str, until: Timestamp) -> Change {
    Change::Claim {
        key: key(local),
        until,
        term,
    }
}

pub(crate) fn lookups(first: &str, second: &str) -> Lookups {
    [Some(value(first)), Some(value(second)), None]
}

impl Fixture {
    pub(crate) async fn commit(&self, changes: Vec<Change>) -> Result<(), CommitError> {
        self.store.commit(changes).await
    }

    pub(crate) async fn get(&self, kind: Kind, local: &str) -> Option<Stored> {
        self.store.get(kind, key(local)).await.unwrap()
    }

    pub(crate) async fn body(&self, kind: Kind, local: &str) -> Option<String> {
        let stored = self.get(kind, local).await;
        stored.map(|stored| String::from_utf8(stored.body).unwrap())
    }

    pub(crate) async fn version(&self, kind: Kind, local: &str) -> Version {
        self.get(kind, local).await.expect("the record").version
    }

    /// The bodies of what is found, in order.
    pub(crate) async fn find(&self, kind: Kind, slot: usize, text: &str) -> Vec<String> {
        let lookup = Lookup {
            slot,
            value: value(text),
            after: None,
        };
        bodies(self.store.find(kind, lookup).await.unwrap())
    }

    /// The bodies of a page, in order.
    pub(crate) async fn page(&self, kind: Kind, after: Option<&str>, limit: usize) -> Vec<String> {
        let page = Page {
            tenant: TENANT,
            after: after.map(key),
            limit,
        };
        bodies(self.store.page(kind, page).await.unwrap())
    }

    pub(crate) async fn revision(&self) -> u64 {
        self.store.configuration_revision().await.unwrap()
    }
}

pub(crate) fn bodies(found: Vec<Stored>) -> Vec<String> {
    found
        .into_iter()
        .map(|stored| String::from_utf8(stored.body).unwrap())
        .collect()
}

pub(crate) fn is_conflict(result: &Result<(), CommitError>) -> bool {
    matches!(result, Err(CommitError::Conflict))
}

pub(crate) fn is_claimed(result: &Result<(), CommitError>) -> bool {
    matches!(result, Err(CommitError::Claimed))
}
