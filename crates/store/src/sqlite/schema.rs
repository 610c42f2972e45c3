//! The file's format, and how an older one becomes the newest.
//!
//! Numbered migrations make what is not a record. The tables of records are all alike and made
//! from [`Kind`], so a new kind needs no migration; to change what a kind's table looks like does.

use domain::port::Kind;
use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension, ToSql, TransactionBehavior};

/// In order; each brings the file to the format of its number, and none is ever changed.
const MIGRATIONS: [&str; 3] = [
    include_str!("0001_claims_and_meta.sql"),
    include_str!("0002_claims_in_order.sql"),
    include_str!("0003_claims_in_batches.sql"),
];

/// The newest format that this program knows.
pub(super) const NEWEST: usize = MIGRATIONS.len();

/// Marks the file as ours: "CSGN".
const APPLICATION_ID: i32 = 0x4353_474E;

pub(super) const LAST_VERSION: &str = "last_version";
pub(super) const CONFIGURATION_REVISION: &str = "configuration_revision";
pub(super) const DATA_KEY: &str = "data_key";
const FORMAT: &str = "format";

/// What was found in a file.
pub(super) enum Format {
    /// The newest format that this program knows, if need be now.
    Newest,
    /// A format that this program does not know yet; it was not touched.
    Newer(usize),
    /// Something else; it was not touched.
    Foreign,
}

/// Brings the file to the newest format.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<Format> {
    // In one transaction, so that what another process makes of a new file meanwhile is seen whole
    // or not at all: tables without our mark are somebody else's.
    let snapshot = connection.transaction()?;
    if let Some(settled) = settled(&snapshot)? {
        return Ok(settled);
    }
    drop(snapshot);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    if let Some(settled) = settled(&transaction)? {
        return Ok(settled);
    }
    let found = format(&transaction)?;
    for migration in MIGRATIONS.iter().skip(found) {
        transaction.execute_batch(migration)?;
    }
    for kind in Kind::ALL {
        transaction.execute_batch(&table(kind))?;
    }
    set_value(&transaction, FORMAT, NEWEST)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.commit()?;
    tracing::info!(
        from = found,
        to = NEWEST,
        "the database has the newest format"
    );
    Ok(Format::Newest)
}

/// A value of the file's own.
pub(super) fn value<T: FromSql>(
    connection: &Connection,
    name: &str,
) -> rusqlite::Result<Option<T>> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Sets a value of the file's own.
pub(super) fn set_value(
    connection: &Connection,
    name: &str,
    value: impl ToSql,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
        .execute((name, value))
        .map(drop)
}

/// What the file is, if there is nothing to do.
fn settled(connection: &Connection) -> rusqlite::Result<Option<Format>> {
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables = tables(connection)?;
    if id == 0 && tables.is_empty() {
        return Ok(None);
    }
    if id != APPLICATION_ID {
        return Ok(Some(Format::Foreign));
    }
    let found = format(connection)?;
    if found > NEWEST {
        return Ok(Some(Format::Newer(found)));
    }
    let has_all_kinds = Kind::ALL
        .iter()
        .all(|kind| tables.iter().any(|t| t == kind.name()));
    Ok((found == NEWEST && has_all_kinds).then_some(Format::Newest))
}

fn format(connection: &Connection) -> rusqlite::Result<usize> {
    if tables(connection)?.is_empty() {
        return Ok(0);
    }
    value(connection, FORMAT).map(Option::unwrap_or_default)
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// The table of a kind. A lookup's index goes on with the key, so that the first records in the
/// order of their keys are found without reading all that have the value.
fn table(kind: Kind) -> String {
    let name = kind.name();
    let first = if kind.first_lookup_is_unique() {
        format!(r#"UNIQUE INDEX IF NOT EXISTS "{name}_lookup0" ON "{name}" (lookup0)"#)
    } else {
        format!(r#"INDEX IF NOT EXISTS "{name}_lookup0" ON "{name}" (lookup0, key)"#)
    };
    format!(
        r#"
        CREATE TABLE IF NOT EXISTS "{name}" (
            id INTEGER PRIMARY KEY,
            key BLOB NOT NULL UNIQUE,
            version INTEGER NOT NULL,
            expires INTEGER,
            lookup0 BLOB,
            lookup1 BLOB,
            lookup2 BLOB,
            body BLOB NOT NULL
        ) STRICT;
        CREATE {first} WHERE lookup0 IS NOT NULL;
        CREATE INDEX IF NOT EXISTS "{name}_lookup1" ON "{name}" (lookup1, key) WHERE lookup1 IS NOT NULL;
        CREATE INDEX IF NOT EXISTS "{name}_lookup2" ON "{name}" (lookup2, key) WHERE lookup2 IS NOT NULL;
        CREATE INDEX IF NOT EXISTS "{name}_expires" ON "{name}" (expires) WHERE expires IS NOT NULL;
        "#
    )
}
