//! A store that fails when a test says so.

use std::sync::{Arc, Mutex};

use domain::Timestamp;
use domain::port::{
    Change, CommitError, Key, Kind, Lookup, Page, Pending, Store, StoreError, Stored, ready,
};

/// What fails of a [`crate::House`]'s store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failing {
    /// Nothing.
    #[default]
    Nothing,
    /// Everything.
    All,
    /// Nothing can be read of this kind.
    ReadsOf(Kind),
    /// Nothing can be written.
    Writes,
    /// Records of this kind are changed by others whenever somebody writes one.
    ConflictsOf(Kind),
}

/// What fails now.
#[derive(Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<Failing>>);

impl Faults {
    /// Has this fail from now on.
    pub(crate) fn set(&self, failing: Failing) {
        *self.0.lock().unwrap() = failing;
    }

    fn now(&self) -> Failing {
        *self.0.lock().unwrap()
    }

    fn reading(&self, kind: Kind) -> Result<(), StoreError> {
        match self.now() {
            Failing::All => Err(unavailable()),
            Failing::ReadsOf(failing) if failing == kind => Err(unavailable()),
            _ => Ok(()),
        }
    }

    fn writing(&self, changes: &[Change]) -> Result<(), CommitError> {
        let writes = |kind: Kind| {
            let is_of = |change: &Change| match change {
                Change::Put { kind: written, .. } | Change::Delete { kind: written, .. } => {
                    *written == kind
                }
                Change::Check { .. } | Change::Claim { .. } => false,
            };
            changes.iter().any(is_of)
        };
        match self.now() {
            Failing::All | Failing::Writes => Err(unavailable().into()),
            Failing::ConflictsOf(kind) if writes(kind) => Err(CommitError::Conflict),
            _ => Ok(()),
        }
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable("a test has it fail".to_owned())
}

/// The store of a house.
pub(crate) struct FaultyStore {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) faults: Faults,
}

impl Store for FaultyStore {
    fn get(&self, kind: Kind, key: Key) -> Pending<'_, Result<Option<Stored>, StoreError>> {
        match self.faults.reading(kind) {
            Ok(()) => self.store.get(kind, key),
            Err(error) => ready(Err(error)),
        }
    }

    fn find(&self, kind: Kind, lookup: Lookup) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
        match self.faults.reading(kind) {
            Ok(()) => self.store.find(kind, lookup),
            Err(error) => ready(Err(error)),
        }
    }

    fn page(&self, kind: Kind, page: Page) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
        match self.faults.reading(kind) {
            Ok(()) => self.store.page(kind, page),
            Err(error) => ready(Err(error)),
        }
    }

    fn commit(&self, changes: Vec<Change>) -> Pending<'_, Result<(), CommitError>> {
        match self.faults.writing(&changes) {
            Ok(()) => self.store.commit(changes),
            Err(error) => ready(Err(error)),
        }
    }

    fn configuration_revision(&self) -> Pending<'_, Result<u64, StoreError>> {
        self.store.configuration_revision()
    }

    fn sweep(&self, now: Timestamp, limit: usize) -> Pending<'_, Result<usize, StoreError>> {
        self.store.sweep(now, limit)
    }
}
