//! Reading, on the thread that asks.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use domain::port::{Key, Kind, Lookup, MAX_FOUND, Page, StoreError, Stored, Tenant, Version};
use rusqlite::{Connection, OptionalExtension, Row};

use super::statement::Statements;
use super::{Options, connection, failed, schema};

/// Connections that nobody is using. There come to be as many as threads that read at once; the
/// one that was used last, whose cache is warmest, is used next.
pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    path: PathBuf,
    options: Options,
}

impl Readers {
    pub(super) fn new(path: &Path, options: Options) -> Self {
        Self {
            idle: Mutex::default(),
            path: path.to_owned(),
            options,
        }
    }

    /// Reads with a connection. One that failed is not used again.
    pub(super) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let connection = match self.idle().pop() {
            Some(connection) => connection,
            None => connection::reading(&self.path, self.options).map_err(failed)?,
        };
        let answer = read(&connection).map_err(failed)?;
        self.idle().push(connection);
        Ok(answer)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn get(
    connection: &Connection,
    kind: Kind,
    key: Key,
) -> rusqlite::Result<Option<Stored>> {
    let mut statement = connection.prepare_cached(&Statements::of(kind).get)?;
    let found = statement
        .query_row([key.as_bytes()], |row| {
            Ok((Version(row.get(0)?), row.get(1)?))
        })
        .optional()?;
    Ok(found.map(|(version, body)| Stored { key, version, body }))
}

pub(super) fn find(
    connection: &Connection,
    kind: Kind,
    lookup: &Lookup,
) -> rusqlite::Result<Vec<Stored>> {
    let Some(sql) = Statements::of(kind).find.get(lookup.slot) else {
        return Ok(Vec::new());
    };
    let mut statement = connection.prepare_cached(sql)?;
    // Every key comes after the empty one.
    let after = lookup.after.as_ref().map_or(&[][..], Key::as_bytes);
    statement
        .query_map([&*lookup.value, after], stored)?
        .collect()
}

pub(super) fn page(
    connection: &Connection,
    kind: Kind,
    page: &Page,
) -> rusqlite::Result<Vec<Stored>> {
    let tenant = page.tenant.0.to_be_bytes();
    // The first key after another is that key with a zero byte behind it.
    let next = page
        .after
        .as_ref()
        .map(|after| [after.as_bytes(), &[0]].concat());
    let from = next.unwrap_or_default().max(tenant.to_vec());
    let mut statement = connection.prepare_cached(&Statements::of(kind).page)?;
    statement
        .query_map((from, page.limit.min(MAX_FOUND)), stored)?
        // No key of another tenant comes between two of one tenant.
        .take_while(|found| found.as_ref().map_or(true, |s| s.key.as_bytes().starts_with(&tenant)))
        .collect()
}

pub(super) fn configuration_revision(connection: &Connection) -> rusqlite::Result<u64> {
    schema::value(connection, schema::CONFIGURATION_REVISION).map(Option::unwrap_or_default)
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let key = key(row.get_ref(0)?.as_blob()?);
    Ok(Stored {
        key,
        version: Version(row.get(1)?),
        body: row.get(2)?,
    })
}

fn key(bytes: &[u8]) -> Key {
    match bytes.split_first_chunk() {
        Some((tenant, local)) => Key::new(Tenant(u32::from_be_bytes(*tenant)), local),
        // Not a key that anyone was given; it opens nothing.
        None => Key::new(Tenant::SYSTEM, bytes),
    }
}
