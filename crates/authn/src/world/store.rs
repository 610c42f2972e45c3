//! The store: what is written together is written whole or not at all.

use domain::port::{Change, Changes, Expectation, Kind, Record, Tenant, Version, Versioned};
use domain::{Attempts, Decision, Device, User, UserId};

use super::{ALICE, NOW, Records, World};
use crate::lockout;

/// A change found something else than it expected, or what it claims was claimed before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conflict;

/// What somebody has seen of the store at one time.
#[derive(Clone)]
pub(crate) struct Look(Records);

/// The store.
impl World {
    /// All changes, or none.
    pub(crate) fn commit(&mut self, changes: Changes) -> Result<(), Conflict> {
        self.seen = None;
        let before = (self.records.clone(), self.claims.clone());
        for change in changes.of_tenant(Tenant::DEFAULT) {
            if self.apply(change).is_err() {
                (self.records, self.claims) = before;
                return Err(Conflict);
            }
        }
        Ok(())
    }

    pub(crate) fn commit_one(&mut self, write: impl FnOnce(&mut Changes)) {
        let mut changes = Changes::none();
        write(&mut changes);
        self.commit(changes).unwrap();
    }

    /// What a door does: it decides by what it has loaded, and loads and decides again if something of
    /// that has changed.
    pub(crate) fn settle<T, E>(
        &mut self,
        decide: impl Fn(&Self) -> Decision<T, E>,
    ) -> Result<T, E> {
        let Decision { answer, changes } = decide(self);
        let is_late = self.seen.is_some();
        match self.commit(changes) {
            Ok(()) => answer,
            Err(Conflict) => {
                assert!(is_late, "nothing has changed");
                self.settle(decide)
            }
        }
    }

    /// What is decided next is decided by what is so now, whatever is committed before that.
    pub(crate) fn look(&self) -> Look {
        Look(self.records.clone())
    }

    /// The same, from now on until something is committed.
    pub(crate) fn decide_by(&mut self, look: Look) {
        self.seen = Some(look.0);
    }

    /// What was seen earlier is forgotten; it is handed back.
    pub(crate) fn look_up(&mut self) -> Option<Look> {
        self.seen.take().map(Look)
    }

    pub(crate) const fn is_late(&self) -> bool {
        self.seen.is_some()
    }

    fn looked_at(&self) -> &Records {
        self.seen.as_ref().unwrap_or(&self.records)
    }

    fn apply(&mut self, change: Change) -> Result<(), Conflict> {
        self.writings += 1;
        match change {
            Change::Put {
                kind,
                key,
                expect,
                body,
                ..
            } => {
                let key = (kind, key.local().to_vec());
                self.find(&key, expect)?;
                self.records.insert(key, (Version(self.writings), body));
            }
            Change::Delete { kind, key, version } => {
                let key = (kind, key.local().to_vec());
                let removed = self.records.remove(&key).map(|(version, _)| version);
                if removed != Some(version) {
                    return Err(Conflict);
                }
            }
            Change::Check { kind, key, expect } => {
                self.find(&(kind, key.local().to_vec()), expect)?;
            }
            Change::Claim { key, .. } => {
                if !self.claims.insert(key) {
                    return Err(Conflict);
                }
            }
        }
        Ok(())
    }

    fn find(&self, key: &(Kind, Vec<u8>), expect: Expectation) -> Result<(), Conflict> {
        let found = self.records.get(key).map(|(version, _)| *version);
        let expected = match expect {
            Expectation::Absent => None,
            Expectation::Version(version) => Some(version),
        };
        match found == expected {
            true => Ok(()),
            false => Err(Conflict),
        }
    }

    pub(crate) fn get<R: Record>(&self, key: impl AsRef<[u8]>) -> Option<Versioned<R>> {
        let (version, body) = self.looked_at().get(&(R::KIND, key.as_ref().to_vec()))?;
        Some(Versioned {
            version: *version,
            record: serde_json::from_slice(body).unwrap(),
        })
    }

    pub(crate) fn all<R: Record>(&self) -> Vec<Versioned<R>> {
        let keys = self.looked_at().keys().filter(|(kind, _)| *kind == R::KIND);
        keys.map(|(_, key)| self.get(key).unwrap()).collect()
    }

    pub(crate) fn user(&self, name: &str) -> Option<User> {
        let mut users = self.all::<User>().into_iter().map(|loaded| loaded.record);
        users.find(|user| user.username == User::normalized(name))
    }

    pub(crate) fn devices_of(&self, user: UserId) -> Vec<Versioned<Device>> {
        let mut devices = self.all::<Device>();
        devices.retain(|device| device.user == user);
        devices
    }

    pub(crate) fn attempts(&self, name: &str) -> Option<Versioned<Attempts>> {
        self.get(lockout::key(name))
    }

    pub(crate) fn failures(&self, name: &str) -> u32 {
        self.counted(name).map_or(0, |a| a.failures(self.now))
    }

    pub(crate) fn is_blocked(&self, name: &str) -> bool {
        self.counted(name).is_some_and(|a| a.is_blocked(self.now))
    }

    /// The attempts as they are, whatever was seen.
    fn counted(&self, name: &str) -> Option<Attempts> {
        let key = (Attempts::KIND, lockout::key(name).as_ref().to_vec());
        let (_, body) = self.records.get(&key)?;
        serde_json::from_slice(body).ok()
    }

    /// The names of all audit events, in their order.
    pub(crate) fn events(&self) -> Vec<String> {
        let events = self.all::<domain::AuditEvent>();
        events.iter().map(|event| event.event.clone()).collect()
    }
}

#[test]
fn the_store_keeps_its_word() {
    let mut world = World::new();
    let claim = |changes: &mut Changes| changes.claim("test", &[b"once"], NOW);
    let mut refused = Changes::none();
    claim(&mut refused);
    refused.delete(&world.get::<User>(world.user(ALICE).unwrap().id).unwrap());
    refused.delete(&world.get::<User>(world.user(ALICE).unwrap().id).unwrap());
    assert_eq!(world.commit(refused), Err(Conflict), "deleted twice");
    assert!(world.user(ALICE).is_some(), "all or nothing");
    world.commit_one(claim);
    let mut again = Changes::none();
    claim(&mut again);
    assert_eq!(world.commit(again), Err(Conflict), "claimed twice");
}
