//! Records in one SQLite file.
//!
//! What was measured decided the form (64 tasks at once, every commit durable):
//! - One writer thread takes the commits that wait, up to 256, and makes them in one transaction
//!   with one flush to disk: some twenty times the rate of a connection for each task.
//! - One ordinary table for each kind, with the lookups as columns under partial indexes: five
//!   times the rate of one table `WITHOUT ROWID` with the lookups in a second one.
//! - The claims of tokens in a few rows for each transaction and in memory: a pushed request with three
//!   of them writes two pages rather than six.
//! - Half a millisecond's wait for more commits where there are many: half as many flushes.
//! - Reads happen in place, on the thread that asks, with a warm page cache: a fifth of the CPU of
//!   the blocking pool.
//! - No memory-mapped I/O: on a large file with a cold cache it fell to a hundredth of the rate.
//!
//! Several processes may have the same file open; the writers take turns.

mod claims;
mod connection;
mod read;
mod schema;
mod statement;
mod transaction;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Timestamp;
use domain::port::{
    Change, CommitError, Key, Kind, Lookup, Page, Pending, Store, StoreError, Stored,
};
use rusqlite::TransactionBehavior;

use crate::{Engine, OpenError};
use claims::Claims;
use read::Readers;
use transaction::Work;
use writer::Writer;

/// How much of the machine an engine may take.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The page cache of the writer, in bytes: when the file is large, the more the better.
    pub writer_cache: usize,
    /// The page cache of each reading thread, in bytes.
    pub reader_cache: usize,
    /// How long to wait for another process that is writing.
    pub busy_timeout: Duration,
    /// How many claims of a short term are held in memory, some 30 bytes each; what comes beyond
    /// that costs a page of the file each.
    pub claims_in_memory: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            writer_cache: 64 << 20,
            reader_cache: 16 << 20,
            busy_timeout: Duration::from_secs(15),
            claims_in_memory: 3_500_000,
        }
    }
}

/// Records in one SQLite file.
pub struct Sqlite {
    // Dropped in this order: SQLite empties its log into the file when the last connection that
    // may write is closed.
    readers: Readers,
    writer: Writer,
    path: PathBuf,
    options: Options,
}

impl Sqlite {
    /// Opens the file at `path`, brings it to the newest format, and makes it if there is none,
    /// for its owner alone.
    pub fn open(path: &Path, options: Options) -> Result<Self, OpenError> {
        let connection = connection::opened(path, options)?;
        let readers = Readers::new(path, options);
        let claims = Claims::with_room(options.claims_in_memory);
        let writer =
            Writer::start(connection, claims).map_err(|error| OpenError::Inaccessible {
                path: path.to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            readers,
            writer,
            path: path.to_owned(),
            options,
        })
    }
}

impl Store for Sqlite {
    fn get(&self, kind: Kind, key: Key) -> Pending<'_, Result<Option<Stored>, StoreError>> {
        Box::pin(async move { self.readers.with(|c| read::get(c, kind, key)) })
    }

    fn find(&self, kind: Kind, lookup: Lookup) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
        Box::pin(async move { self.readers.with(|c| read::find(c, kind, &lookup)) })
    }

    fn page(&self, kind: Kind, page: Page) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
        Box::pin(async move { self.readers.with(|c| read::page(c, kind, &page)) })
    }

    fn commit(&self, changes: Vec<Change>) -> Pending<'_, Result<(), CommitError>> {
        Box::pin(async move { self.writer.perform(Work::Commit(changes)).await.map(drop) })
    }

    fn configuration_revision(&self) -> Pending<'_, Result<u64, StoreError>> {
        Box::pin(async move { self.readers.with(read::configuration_revision) })
    }

    fn sweep(&self, now: Timestamp, limit: usize) -> Pending<'_, Result<usize, StoreError>> {
        Box::pin(async move {
            let swept = self.writer.perform(Work::Sweep { now, limit }).await;
            swept.map_err(|error| match error {
                CommitError::Store(error) => error,
                refusal => StoreError::Unavailable(refusal.to_string()),
            })
        })
    }
}

impl Engine for Sqlite {
    fn wrapped_key(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.readers.with(|c| schema::value(c, schema::DATA_KEY))
    }

    /// Uses a connection of its own: it happens once or twice in the life of a file, and not on
    /// an async runtime's thread that could wait for the writer.
    fn replace_wrapped_key(
        &self,
        expected: Option<&[u8]>,
        wrapped: &[u8],
    ) -> Result<bool, StoreError> {
        let replace = || {
            let mut connection = connection::writing(&self.path, self.options)?;
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let kept: Option<Vec<u8>> = schema::value(&transaction, schema::DATA_KEY)?;
            if kept.as_deref() != expected {
                return Ok(false);
            }
            schema::set_value(&transaction, schema::DATA_KEY, wrapped)?;
            transaction.commit().map(|()| true)
        };
        replace().map_err(failed)
    }
}

/// SQLite's own words, which hold no values.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: rusqlite::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
