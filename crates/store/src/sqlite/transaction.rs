//! One transaction for many commits.
//!
//! Each change is one conditional statement, which finds what it expects or changes nothing. A
//! commit whose first change is refused has therefore changed nothing, and just ends: that is what
//! a code or a claim that is spent twice looks like. When a later change is refused, the whole
//! transaction is rolled back and done again with each commit in a savepoint of its own, which
//! costs more but is rare. So the common case reads nothing before it writes and copies no pages,
//! and the database itself is what every change is tried against, in the order of the changes.

use domain::Timestamp;
use domain::port::{Change, CommitError, Expectation, Key, Kind, Lookups, Version};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::claims::Claims;
use super::schema::{self, CONFIGURATION_REVISION, LAST_VERSION};
use super::statement::Statements;
use crate::memory::is_of_configuration;

/// What the writer is asked to do.
pub(super) enum Work {
    /// Make all changes, or none.
    Commit(Vec<Change>),
    /// Remove up to `limit` records and claims that expired before `now`. It is alone in its transaction.
    Sweep { now: Timestamp, limit: usize },
}

/// How many records and claims were swept, or why the changes were not made.
pub(super) type Outcome = Result<usize, CommitError>;

/// How far work came.
enum Attempt {
    Done(usize),
    /// Refused, and nothing was changed.
    Refused(CommitError),
    /// Refused after some of the changes were made.
    HalfMade(CommitError),
}

/// Does all `works` in one transaction; one that is refused leaves the others alone.
pub(super) fn run(
    connection: &mut Connection,
    claims: &mut Claims,
    works: &[Work],
) -> rusqlite::Result<Vec<Outcome>> {
    let transaction = begun(connection)?;
    let mut tried = together(transaction, claims, works);
    if let Ok(None) = tried {
        let transaction = begun(connection)?;
        tried = apart(transaction, claims, works).map(Some);
    }
    if tried.is_err() {
        // Whether it was committed is not known.
        claims.forget();
    }
    Ok(tried?.unwrap_or_default())
}

/// A transaction beside which nobody else writes.
fn begun(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate)
}

/// Does all `works`, unless one of them ends half-made: then none.
fn together(
    transaction: Transaction<'_>,
    claims: &mut Claims,
    works: &[Work],
) -> rusqlite::Result<Option<Vec<Outcome>>> {
    let mut tally = Tally::read(&transaction, claims)?;
    let mut outcomes = Vec::with_capacity(works.len());
    for work in works {
        outcomes.push(match tally.perform(&transaction, work)? {
            Attempt::Done(swept) => Ok(swept),
            Attempt::Refused(error) => Err(error),
            Attempt::HalfMade(_) => {
                tally.claims.take_back(0);
                return transaction.rollback().map(|()| None);
            }
        });
    }
    tally.write(&transaction)?;
    transaction.commit()?;
    Ok(Some(outcomes))
}

/// Does each of `works` in a savepoint of its own.
fn apart(
    mut transaction: Transaction<'_>,
    claims: &mut Claims,
    works: &[Work],
) -> rusqlite::Result<Vec<Outcome>> {
    let mut tally = Tally::read(&transaction, claims)?;
    let mut outcomes = Vec::with_capacity(works.len());
    for work in works {
        let savepoint = transaction.savepoint()?;
        let claimed = tally.claims.made();
        outcomes.push(match tally.perform(&savepoint, work)? {
            Attempt::Done(swept) => savepoint.commit().map(|()| Ok(swept))?,
            Attempt::Refused(error) | Attempt::HalfMade(error) => {
                tally.claims.take_back(claimed);
                savepoint.finish().map(|()| Err(error))?
            }
        });
    }
    tally.write(&transaction)?;
    transaction.commit()?;
    Ok(outcomes)
}

/// The file's counters, read when a transaction begins and written when it ends.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Counters {
    /// The version that was given last. All records share one counter, so no key sees a version
    /// twice.
    version: i64,
    configuration_revision: i64,
}

/// The counters before a transaction and after what it has done so far, and what it has claimed.
struct Tally<'c> {
    before: Counters,
    now: Counters,
    claims: &'c mut Claims,
}

impl<'c> Tally<'c> {
    fn read(connection: &Connection, claims: &'c mut Claims) -> rusqlite::Result<Self> {
        claims.begin();
        let counter = |name| schema::value(connection, name).map(Option::unwrap_or_default);
        let before = Counters {
            version: counter(LAST_VERSION)?,
            configuration_revision: counter(CONFIGURATION_REVISION)?,
        };
        Ok(Self {
            before,
            now: before,
            claims,
        })
    }

    fn write(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let version = &mut self.now.version;
        self.claims.write(connection, || {
            *version += 1;
            *version
        })?;
        let Counters {
            version,
            configuration_revision,
        } = self.now;
        if version != self.before.version {
            schema::set_value(connection, LAST_VERSION, version)?;
        }
        if configuration_revision != self.before.configuration_revision {
            schema::set_value(connection, CONFIGURATION_REVISION, configuration_revision)?;
        }
        Ok(())
    }

    fn perform(&mut self, connection: &Connection, work: &Work) -> rusqlite::Result<Attempt> {
        match work {
            Work::Commit(changes) => self.commit(connection, changes),
            Work::Sweep { now, limit } => self.sweep(connection, *now, *limit).map(Attempt::Done),
        }
    }

    fn commit(&mut self, connection: &Connection, changes: &[Change]) -> rusqlite::Result<Attempt> {
        for (made, change) in changes.iter().enumerate() {
            if let Some(refusal) = self.make(connection, change)? {
                return Ok(if made == 0 {
                    Attempt::Refused(refusal)
                } else {
                    Attempt::HalfMade(refusal)
                });
            }
        }
        if changes.iter().any(is_of_configuration) {
            self.now.configuration_revision += 1;
        }
        Ok(Attempt::Done(0))
    }

    /// Makes one change, or says why not.
    fn make(
        &mut self,
        connection: &Connection,
        change: &Change,
    ) -> rusqlite::Result<Option<CommitError>> {
        let (changed, refusal) = match change {
            Change::Put {
                kind,
                key,
                expect,
                expires,
                lookups,
                body,
            } => {
                self.now.version += 1;
                let row = Row {
                    kind: *kind,
                    key,
                    expires: *expires,
                    lookups,
                    body,
                };
                let version = Version(self.now.version);
                (
                    row.put(connection, version, *expect)?,
                    CommitError::Conflict,
                )
            }
            Change::Delete { kind, key, version } => {
                let mut delete = connection.prepare_cached(&Statements::of(*kind).delete)?;
                (
                    delete.execute((key.as_bytes(), version.0))?,
                    CommitError::Conflict,
                )
            }
            Change::Check { kind, key, expect } => (
                usize::from(finds(connection, *kind, key, *expect)?),
                CommitError::Conflict,
            ),
            Change::Claim { key, until, term } => (
                usize::from(self.claims.take(connection, key, (*until, *term))?),
                CommitError::Claimed,
            ),
        };
        Ok((changed == 0).then_some(refusal))
    }

    fn sweep(
        &mut self,
        connection: &Connection,
        now: Timestamp,
        limit: usize,
    ) -> rusqlite::Result<usize> {
        let mut swept = 0;
        for kind in Kind::ALL {
            let mut sweep = connection.prepare_cached(&Statements::of(kind).sweep)?;
            let of_kind = sweep.execute((now.millis(), limit - swept))?;
            if of_kind > 0 && kind.is_configuration() {
                self.now.configuration_revision += 1;
            }
            swept += of_kind;
        }
        Ok(swept + self.claims.sweep(connection, now, limit - swept)?)
    }
}

/// Whether a record is there as expected, or not there as expected.
fn finds(
    connection: &Connection,
    kind: Kind,
    key: &Key,
    expect: Expectation,
) -> rusqlite::Result<bool> {
    let mut version = connection.prepare_cached(&Statements::of(kind).version)?;
    let found = version.query_row([key.as_bytes()], |row| row.get(0).map(Version));
    Ok(match (found.optional()?, expect) {
        (found, Expectation::Absent) => found.is_none(),
        (found, Expectation::Version(expected)) => found == Some(expected),
    })
}

/// A record to be written.
struct Row<'a> {
    kind: Kind,
    key: &'a Key,
    expires: Option<Timestamp>,
    lookups: &'a Lookups,
    body: &'a [u8],
}

impl Row<'_> {
    /// Writes the record in place of what is expected; returns how many rows that was.
    fn put(
        &self,
        connection: &Connection,
        version: Version,
        expect: Expectation,
    ) -> rusqlite::Result<usize> {
        let statements = Statements::of(self.kind);
        match expect {
            Expectation::Absent => self.execute(connection, &statements.insert, version, None),
            Expectation::Version(old) => {
                match self.execute(connection, &statements.rewrite, version, Some(old))? {
                    0 => self.execute(connection, &statements.update, version, Some(old)),
                    rewritten => Ok(rewritten),
                }
            }
        }
    }

    fn execute(
        &self,
        connection: &Connection,
        sql: &str,
        version: Version,
        old: Option<Version>,
    ) -> rusqlite::Result<usize> {
        let [lookup0, lookup1, lookup2] = self.lookups;
        let (key, expires) = (self.key.as_bytes(), self.expires.map(Timestamp::millis));
        let mut statement = connection.prepare_cached(sql)?;
        match old {
            None => statement.execute(params![
                key, version.0, expires, lookup0, lookup1, lookup2, self.body
            ]),
            Some(old) => statement.execute(params![
                key, version.0, expires, lookup0, lookup1, lookup2, self.body, old.0
            ]),
        }
    }
}
