//! Records in memory: the model of what an engine does, in its plainest form.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Timestamp;
use domain::port::{
    Body, Change, CommitError, Expectation, Key, Kind, Lookup, Lookups, MAX_FOUND, Page, Pending,
    Store, StoreError, Stored, Version, ready,
};

use crate::Engine;

/// Records that are forgotten when it is dropped, for tests and for what is only tried out.
#[derive(Default)]
pub struct Memory(Mutex<State>);

#[derive(Default)]
struct State {
    records: BTreeMap<(Kind, Key), Row>,
    claims: BTreeMap<Key, Timestamp>,
    last_version: i64,
    configuration_revision: u64,
    wrapped_key: Option<Vec<u8>>,
}

struct Row {
    version: Version,
    expires: Option<Timestamp>,
    lookups: Lookups,
    body: Body,
}

/// How to take back a change.
enum Undo {
    Nothing,
    Record((Kind, Key), Option<Row>),
    Claim(Key),
}

impl Memory {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    fn get(&self, kind: Kind, key: Key) -> Pending<'_, Result<Option<Stored>, StoreError>> {
        let found = (kind, key);
        let row = self
            .state()
            .records
            .get(&found)
            .map(|row| row.stored(&found.1));
        ready(Ok(row))
    }

    fn find(&self, kind: Kind, lookup: Lookup) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
        let state = self.state();
        let holds = |row: &Row| row.lookups.get(lookup.slot) == Some(&Some(lookup.value.clone()));
        let follows = |key: &Key| lookup.after.as_ref().is_none_or(|after| key > after);
        let found = state.of_kind(kind);
        let found = found.filter(|(key, row)| holds(row) && follows(key));
        ready(Ok(found
            .take(MAX_FOUND)
            .map(|(key, row)| row.stored(key))
            .collect()))
    }

    fn page(&self, kind: Kind, page: Page) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
        let state = self.state();
        let tenant = page.tenant.0.to_be_bytes();
        let wanted = |key: &Key| {
            key.as_bytes().starts_with(&tenant) && page.after.as_ref().is_none_or(|a| key > a)
        };
        let found = state.of_kind(kind).filter(|(key, _)| wanted(key));
        let limited = found.take(page.limit.min(MAX_FOUND));
        ready(Ok(limited.map(|(key, row)| row.stored(key)).collect()))
    }

    fn commit(&self, changes: Vec<Change>) -> Pending<'_, Result<(), CommitError>> {
        ready(self.state().commit(changes))
    }

    fn configuration_revision(&self) -> Pending<'_, Result<u64, StoreError>> {
        ready(Ok(self.state().configuration_revision))
    }

    fn sweep(&self, now: Timestamp, limit: usize) -> Pending<'_, Result<usize, StoreError>> {
        ready(Ok(self.state().sweep(now, limit)))
    }
}

impl Engine for Memory {
    fn wrapped_key(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.state().wrapped_key.clone())
    }

    fn replace_wrapped_key(
        &self,
        expected: Option<&[u8]>,
        wrapped: &[u8],
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let expected_is_there = state.wrapped_key.as_deref() == expected;
        if expected_is_there {
            state.wrapped_key = Some(wrapped.to_vec());
        }
        Ok(expected_is_there)
    }
}

impl State {
    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (&Key, &Row)> {
        let of_kind = self.records.iter().filter(move |((k, _), _)| *k == kind);
        of_kind.map(|((_, key), row)| (key, row))
    }

    fn commit(&mut self, changes: Vec<Change>) -> Result<(), CommitError> {
        let touches_configuration = changes.iter().any(is_of_configuration);
        let mut made = Vec::new();
        for change in changes {
            match self.make(change) {
                Ok(undo) => made.push(undo),
                Err(refusal) => {
                    for undo in made.into_iter().rev() {
                        self.take_back(undo);
                    }
                    return Err(refusal);
                }
            }
        }
        self.configuration_revision += u64::from(touches_configuration);
        Ok(())
    }

    fn make(&mut self, change: Change) -> Result<Undo, CommitError> {
        match change {
            Change::Put {
                kind,
                key,
                expect,
                expires,
                lookups,
                body,
            } => {
                let place = (kind, key);
                if !self.finds(&place, expect) || self.is_taken(&place, &lookups) {
                    return Err(CommitError::Conflict);
                }
                self.last_version += 1;
                let version = Version(self.last_version);
                let row = Row {
                    version,
                    expires,
                    lookups,
                    body,
                };
                let before = self.records.insert(place.clone(), row);
                Ok(Undo::Record(place, before))
            }
            Change::Delete { kind, key, version } => {
                let place = (kind, key);
                if !self.finds(&place, Expectation::Version(version)) {
                    return Err(CommitError::Conflict);
                }
                let before = self.records.remove(&place);
                Ok(Undo::Record(place, before))
            }
            Change::Check { kind, key, expect } => match self.finds(&(kind, key), expect) {
                true => Ok(Undo::Nothing),
                false => Err(CommitError::Conflict),
            },
            Change::Claim { key, .. } if self.claims.contains_key(&key) => {
                Err(CommitError::Claimed)
            }
            Change::Claim { key, until, .. } => {
                self.claims.insert(key.clone(), until);
                Ok(Undo::Claim(key))
            }
        }
    }

    fn take_back(&mut self, undo: Undo) {
        match undo {
            Undo::Nothing => {}
            Undo::Record(place, Some(row)) => drop(self.records.insert(place, row)),
            Undo::Record(place, None) => drop(self.records.remove(&place)),
            Undo::Claim(key) => drop(self.claims.remove(&key)),
        }
    }

    fn finds(&self, place: &(Kind, Key), expect: Expectation) -> bool {
        let found = self.records.get(place).map(|row| row.version);
        match expect {
            Expectation::Absent => found.is_none(),
            Expectation::Version(version) => found == Some(version),
        }
    }

    /// Whether another record has the value that only one may have.
    fn is_taken(&self, (kind, key): &(Kind, Key), [first, ..]: &Lookups) -> bool {
        kind.first_lookup_is_unique()
            && first.is_some()
            && self
                .of_kind(*kind)
                .any(|(other, row)| other != key && row.lookups[0] == *first)
    }

    fn sweep(&mut self, now: Timestamp, limit: usize) -> usize {
        let mut swept = 0;
        let mut takes = |expires: Timestamp| {
            let is_swept = expires < now && swept < limit;
            swept += usize::from(is_swept);
            is_swept
        };
        let mut touches_configuration = false;
        self.records.retain(|(kind, _), row| {
            let is_swept = row.expires.is_some_and(&mut takes);
            touches_configuration |= is_swept && kind.is_configuration();
            !is_swept
        });
        self.claims.retain(|_, until| !takes(*until));
        self.configuration_revision += u64::from(touches_configuration);
        swept
    }
}

impl Row {
    fn stored(&self, key: &Key) -> Stored {
        Stored {
            key: key.clone(),
            version: self.version,
            body: self.body.clone(),
        }
    }
}

/// Whether every process's cache of the configuration is out of date after this change.
pub(crate) fn is_of_configuration(change: &Change) -> bool {
    match change {
        Change::Put { kind, .. } | Change::Delete { kind, .. } => kind.is_configuration(),
        Change::Check { .. } | Change::Claim { .. } => false,
    }
}
