//! The typed face of a store.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::changes::in_tenant;
use super::{
    Body, Change, Changes, CommitError, Key, Kind, Lookup, Lookups, MAX_FOUND, Page, Store,
    StoreError, Stored, Tenant, Version,
};
use crate::Timestamp;

/// A noun that is stored as a record.
pub trait Record: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its kind.
    const KIND: Kind;

    /// Its key among the records of its kind and tenant.
    fn key(&self) -> Vec<u8>;

    /// The values by which it can be found besides its key.
    fn lookups(&self) -> Lookups {
        Lookups::default()
    }

    /// When it may be swept; never, if `None`.
    fn expires(&self) -> Option<Timestamp> {
        None
    }

    /// Its serialised content.
    fn body(&self) -> Body {
        #[expect(
            clippy::expect_used,
            reason = "records have text keys and no fallible serialisers"
        )]
        serde_json::to_vec(self).expect("a record serialises")
    }
}

/// A record together with the version in which it was loaded.
#[derive(Clone, Debug)]
pub struct Versioned<R> {
    /// The version to be stated when the record is changed.
    pub version: Version,
    /// The record.
    pub record: R,
}

impl<R> std::ops::Deref for Versioned<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.record
    }
}

/// How many records [`Records::delete_found`] deletes in one commit.
const DELETED_AT_ONCE: usize = 250;

/// How often [`Records::delete_found`] begins anew when others change what it has found.
const MAX_CONFLICTS: usize = 20;

/// The records of one tenant.
#[derive(Clone)]
pub struct Records {
    store: Arc<dyn Store>,
    tenant: Tenant,
}

impl Records {
    /// The records of `tenant` in `store`.
    pub fn new(store: Arc<dyn Store>, tenant: Tenant) -> Self {
        Self { store, tenant }
    }

    /// The same store's records of another tenant.
    #[must_use]
    pub fn of(&self, tenant: Tenant) -> Self {
        Self {
            store: Arc::clone(&self.store),
            tenant,
        }
    }

    /// Whose records they are.
    pub const fn tenant(&self) -> Tenant {
        self.tenant
    }

    /// The store beneath.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The record with this key.
    pub async fn get<R: Record>(
        &self,
        key: impl AsRef<[u8]>,
    ) -> Result<Option<Versioned<R>>, StoreError> {
        let stored = self
            .store
            .get(R::KIND, Key::new(self.tenant, key.as_ref()))
            .await?;
        stored.as_ref().map(typed).transpose()
    }

    /// The records whose lookup in `slot` has this value, at most [`MAX_FOUND`].
    pub async fn find<R: Record>(
        &self,
        slot: usize,
        value: impl AsRef<[u8]>,
    ) -> Result<Vec<Versioned<R>>, StoreError> {
        let lookup = self.lookup(slot, value.as_ref());
        let found = self.store.find(R::KIND, lookup).await?;
        found.iter().map(typed).collect()
    }

    /// The first records whose lookup in `slot` has this value and that are wanted, at most
    /// [`MAX_FOUND`], however many there are that are not.
    pub async fn find_wanted<R: Record>(
        &self,
        slot: usize,
        value: impl AsRef<[u8]>,
        is_wanted: impl Fn(&R) -> bool,
    ) -> Result<Vec<Versioned<R>>, StoreError> {
        let mut lookup = self.lookup(slot, value.as_ref());
        let mut wanted: Vec<Versioned<R>> = Vec::new();
        loop {
            let found = self.store.find(R::KIND, lookup.clone()).await?;
            for stored in &found {
                let record: Versioned<R> = typed(stored)?;
                if is_wanted(&record) {
                    wanted.push(record);
                }
            }
            wanted.truncate(MAX_FOUND);
            match found.last() {
                Some(last) if found.len() == MAX_FOUND && wanted.len() < MAX_FOUND => {
                    lookup.after = Some(last.key.clone());
                }
                _ => return Ok(wanted),
            }
        }
    }

    /// What is found by this value of the tenant's.
    fn lookup(&self, slot: usize, value: &[u8]) -> Lookup {
        Lookup {
            slot,
            value: in_tenant(self.tenant, value),
            after: None,
        }
    }

    /// All records of this type, however many.
    pub async fn all<R: Record>(&self) -> Result<Vec<Versioned<R>>, StoreError> {
        let mut records = Vec::new();
        let mut after = None;
        loop {
            let page = Page {
                tenant: self.tenant,
                after,
                limit: MAX_FOUND,
            };
            let found = self.store.page(R::KIND, page).await?;
            for stored in &found {
                records.push(typed(stored)?);
            }
            match found.last() {
                Some(last) if found.len() == MAX_FOUND => after = Some(last.key.clone()),
                _ => return Ok(records),
            }
        }
    }

    /// The records of this type whose keys come after this one, in the order of their keys, at most
    /// `limit` and [`MAX_FOUND`].
    pub async fn page<R: Record>(
        &self,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Versioned<R>>, StoreError> {
        let page = Page {
            tenant: self.tenant,
            after: after.map(|local| Key::new(self.tenant, local)),
            limit,
        };
        let found = self.store.page(R::KIND, page).await?;
        found.iter().map(typed).collect()
    }

    /// How many records have this value as their lookup in `slot`.
    pub async fn count_found<R: Record>(
        &self,
        slot: usize,
        value: impl AsRef<[u8]>,
    ) -> Result<usize, StoreError> {
        let mut lookup = self.lookup(slot, value.as_ref());
        let mut count = 0;
        loop {
            let found = self.store.find(R::KIND, lookup.clone()).await?;
            count += found.len();
            match found.last() {
                Some(last) if found.len() == MAX_FOUND => lookup.after = Some(last.key.clone()),
                _ => return Ok(count),
            }
        }
    }

    /// Deletes the records whose lookup in `slot` has this value, however many, some at a time;
    /// returns how many.
    ///
    /// Not in one commit, which others would have to wait for: when it fails, some may be deleted.
    pub async fn delete_found<R: Record>(
        &self,
        slot: usize,
        value: impl AsRef<[u8]>,
    ) -> Result<usize, StoreError> {
        let lookup = self.lookup(slot, value.as_ref());
        let (mut deleted, mut conflicts) = (0, 0);
        loop {
            let mut found = self.store.find(R::KIND, lookup.clone()).await?;
            found.truncate(DELETED_AT_ONCE);
            let count = found.len();
            if count == 0 {
                return Ok(deleted);
            }
            match self
                .store
                .commit(found.into_iter().map(deletion::<R>).collect())
                .await
            {
                Ok(()) => deleted += count,
                Err(CommitError::Store(error)) => return Err(error),
                // Some were changed since they were found.
                Err(CommitError::Conflict | CommitError::Claimed) => conflicts += 1,
            }
            if conflicts > MAX_CONFLICTS {
                let reason = "others change what is to be deleted again and again";
                return Err(StoreError::Unavailable(reason.to_owned()));
            }
        }
    }

    /// Makes all changes durable, or none.
    pub async fn commit(&self, changes: Changes) -> Result<(), CommitError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.store.commit(changes.of_tenant(self.tenant)).await
    }
}

fn deletion<R: Record>(found: Stored) -> Change {
    Change::Delete {
        kind: R::KIND,
        key: found.key,
        version: found.version,
    }
}

fn typed<R: Record>(stored: &Stored) -> Result<Versioned<R>, StoreError> {
    let record = serde_json::from_slice(&stored.body).map_err(|error| StoreError::Unreadable {
        kind: R::KIND.name(),
        // The classification only: serde's text could quote the record.
        reason: format!("{:?} error at column {}", error.classify(), error.column()),
    })?;
    Ok(Versioned {
        version: stored.version,
        record,
    })
}
