//! Sealing: what an engine sees of secrets.
//!
//! The bodies of the kinds that hold secrets ([`Kind::is_sealed`]) are encrypted and authenticated
//! before an engine sees them; keys and lookups hold no secrets and stay readable. A random data
//! key does the sealing; the engine keeps it wrapped under the [`MasterKey`], which is never
//! stored. So the master key can be changed without touching a record ([`rewrap`]).

mod cipher;
mod key;

use std::sync::Arc;

use domain::Timestamp;
use domain::port::{
    Change, CommitError, Key, Kind, Lookup, Page, Pending, Random, Store, StoreError, Stored, ready,
};

use crate::{Engine, OpenError};
use cipher::Cipher;
use key::DataKey;
pub use key::MasterKey;

/// A store whose engine sees no secrets.
pub struct Sealed<E> {
    engine: E,
    cipher: Cipher,
    random: Arc<dyn Random>,
}

impl<E: Engine> Sealed<E> {
    /// Seals what is given to `engine` under its data key, which `master_key` unwraps. An engine
    /// that has no data key yet is given one.
    pub fn new(
        engine: E,
        master_key: &MasterKey,
        random: Arc<dyn Random>,
    ) -> Result<Self, OpenError> {
        let data_key = loop {
            if let Some(wrapped) = engine.wrapped_key()? {
                break DataKey::unwrapped(&wrapped, master_key)?;
            }
            let wrapped = DataKey::generate(&*random).wrapped(master_key, &*random)?;
            // Whether it was kept or another process was faster: go by what is kept now.
            engine.replace_wrapped_key(None, &wrapped)?;
        };
        let cipher = Cipher::new(&data_key);
        Ok(Self {
            engine,
            cipher,
            random,
        })
    }
}

/// Wraps the data key of `engine` under `new` instead of `old`. The records stay as they are, and
/// a process that has the store open goes on.
pub fn rewrap(
    engine: &impl Engine,
    old: &MasterKey,
    new: &MasterKey,
    random: &dyn Random,
) -> Result<(), OpenError> {
    let kept = engine.wrapped_key()?;
    let data_key = match &kept {
        Some(wrapped) => DataKey::unwrapped(wrapped, old)?,
        None => DataKey::generate(random),
    };
    let wrapped = data_key.wrapped(new, random)?;
    if engine.replace_wrapped_key(kept.as_deref(), &wrapped)? {
        return Ok(());
    }
    // Someone else changed the key meanwhile, so `old` is no longer the master key.
    Err(OpenError::WrongMasterKey)
}

impl<E: Store> Store for Sealed<E> {
    fn get(&self, kind: Kind, key: Key) -> Pending<'_, Result<Option<Stored>, StoreError>> {
        let found = self.engine.get(kind, key);
        if !kind.is_sealed() {
            return found;
        }
        Box::pin(async move {
            let stored = found.await?;
            stored
                .map(|stored| self.cipher.open(kind, stored))
                .transpose()
        })
    }

    fn find(&self, kind: Kind, lookup: Lookup) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
        self.opened(kind, self.engine.find(kind, lookup))
    }

    fn page(&self, kind: Kind, page: Page) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
        self.opened(kind, self.engine.page(kind, page))
    }

    fn commit(&self, mut changes: Vec<Change>) -> Pending<'_, Result<(), CommitError>> {
        for change in &mut changes {
            if let Change::Put {
                kind, key, body, ..
            } = change
                && kind.is_sealed()
                && let Err(error) = self.cipher.seal(*kind, key, body, &*self.random)
            {
                return ready(Err(error.into()));
            }
        }
        self.engine.commit(changes)
    }

    fn configuration_revision(&self) -> Pending<'_, Result<u64, StoreError>> {
        self.engine.configuration_revision()
    }

    fn sweep(&self, now: Timestamp, limit: usize) -> Pending<'_, Result<usize, StoreError>> {
        self.engine.sweep(now, limit)
    }
}

impl<E: Store> Sealed<E> {
    fn opened<'a>(
        &'a self,
        kind: Kind,
        found: Pending<'a, Result<Vec<Stored>, StoreError>>,
    ) -> Pending<'a, Result<Vec<Stored>, StoreError>> {
        if !kind.is_sealed() {
            return found;
        }
        Box::pin(async move {
            let found = found.await?;
            found
                .into_iter()
                .map(|stored| self.cipher.open(kind, stored))
                .collect()
        })
    }
}
