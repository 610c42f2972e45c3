//! The store: typed records with conditional commits, and nothing more.
//!
//! A handler loads records, lets a pure function decide, and commits the [`Changes`] of the
//! decision: all of them or none. A change states what it expects to find, so two handlers that
//! decided on the same facts cannot both succeed: the second gets [`CommitError::Conflict`] and
//! loads again. Every record belongs to one [`Tenant`], whose number begins its key and its
//! lookups, so that no query can reach from one tenant into another.

mod changes;
mod clear;
mod document;
mod kind;
mod records;

use std::future::Future;
use std::pin::Pin;

pub use changes::{Change, Changes, Expectation, Term};
pub use document::DocumentName;
pub use kind::Kind;
pub use records::{Record, Records, Versioned};

use crate::Timestamp;

/// An answer that an engine is still working on.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The most records that one [`Store::find`] or [`Store::page`] returns.
pub const MAX_FOUND: usize = 1000;

/// The number by which the records of one environment are kept apart from those of all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(pub u32);

impl Tenant {
    /// What belongs to the whole server: environments, administrators.
    pub const SYSTEM: Self = Self(0);
    /// The environment that the server begins with.
    pub const DEFAULT: Self = Self(1);
}

/// The key of a record: its tenant's number (4 bytes, big-endian), then the record's own key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Box<[u8]>);

impl Key {
    /// The key of `local` in `tenant`.
    pub fn new(tenant: Tenant, local: &[u8]) -> Self {
        Self([&tenant.0.to_be_bytes(), local].concat().into())
    }

    /// The whole key as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The record's own key, without the tenant.
    pub fn local(&self) -> &[u8] {
        self.0.get(4..).unwrap_or_default()
    }
}

/// A value by which records of a kind can be found besides their key: which of the kind's three
/// lookups it is, and the tenant's number followed by the value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lookup {
    /// The lookup's place: 0, 1 or 2.
    pub slot: usize,
    /// The tenant's number (4 bytes, big-endian), then the value.
    pub value: Box<[u8]>,
    /// Only records whose key comes after this one.
    pub after: Option<Key>,
}

/// The lookup values of one record, by slot. In slot 0 of a kind whose
/// [`Kind::first_lookup_is_unique`] no two records may have the same.
pub type Lookups = [Option<Box<[u8]>>; 3];

/// Which writing of a record this is. A key never sees the same version twice, not even after
/// the record was deleted and made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version(pub i64);

/// The serialised content of a record.
pub type Body = Vec<u8>;

/// A record as the store returns it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its key.
    pub key: Key,
    /// Its version, to be stated when it is changed.
    pub version: Version,
    /// Its content.
    pub body: Body,
}

/// Which part of a kind's records to return, in the order of their keys.
#[derive(Clone, Debug)]
pub struct Page {
    /// Whose records.
    pub tenant: Tenant,
    /// Only records whose key comes after this one.
    pub after: Option<Key>,
    /// At most so many, and at most [`MAX_FOUND`].
    pub limit: usize,
}

/// The store could not answer; nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The engine failed; the text is for the log.
    #[error("the record store failed: {0}")]
    Unavailable(String),
    /// A record is not readable: damaged, or sealed under another key.
    #[error("a record of kind {kind} cannot be read: {reason}")]
    Unreadable {
        /// The record's kind.
        kind: &'static str,
        /// What went wrong, for the log; never the record's content.
        reason: String,
    },
}

/// The changes were not made; not one of them.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// A record was not what the change expected: load again and decide again.
    #[error("a record changed since it was loaded")]
    Conflict,
    /// A claim was already taken: what may happen once has happened.
    #[error("already claimed")]
    Claimed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A storage engine.
pub trait Store: Send + Sync + 'static {
    /// The record of this kind and key. It may have expired: who reads it looks at the time.
    fn get(&self, kind: Kind, key: Key) -> Pending<'_, Result<Option<Stored>, StoreError>>;

    /// The records of this kind with this lookup value, in the order of their keys, at most
    /// [`MAX_FOUND`].
    fn find(&self, kind: Kind, lookup: Lookup) -> Pending<'_, Result<Vec<Stored>, StoreError>>;

    /// A part of the tenant's records of this kind, in the order of their keys.
    fn page(&self, kind: Kind, page: Page) -> Pending<'_, Result<Vec<Stored>, StoreError>>;

    /// Makes all changes durable, or none. Changes are tried in their order.
    fn commit(&self, changes: Vec<Change>) -> Pending<'_, Result<(), CommitError>>;

    /// A number that grows with every commit that touches a [`Kind::is_configuration`] record,
    /// by whichever process. Reading it is cheap enough to do several times a second.
    fn configuration_revision(&self) -> Pending<'_, Result<u64, StoreError>>;

    /// Removes up to `limit` records and claims that expired before `now`; returns how many.
    fn sweep(&self, now: Timestamp, limit: usize) -> Pending<'_, Result<usize, StoreError>>;
}

/// What a [`Store`] answers with, for engines that have it at once.
pub fn ready<'a, T: Send + 'a>(value: T) -> Pending<'a, T> {
    let answer: Pin<Box<dyn Future<Output = T> + Send + 'a>> = Box::pin(std::future::ready(value));
    answer
}
