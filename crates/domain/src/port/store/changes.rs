//! What a decision wants to be true.

use std::time::Duration;

use aws_lc_rs::digest;

use super::records::{Record, Versioned};
use super::{Body, Key, Kind, Lookups, Tenant, Version};
use crate::Timestamp;

/// What a change expects to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// No record with this key.
    Absent,
    /// The record with this key in this version.
    Version(Version),
}

/// For how long a claim is remembered. An engine may keep the one kind otherwise than the other; what
/// is claimed in one is claimed in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Two hours at most: there may be thousands a second.
    Short,
    /// Longer: there may be many at once.
    Long,
}

/// The longest that a short claim is remembered.
const SHORT: Duration = Duration::from_hours(2);

/// One conditional change, as an engine is handed it.
#[derive(Clone, Debug)]
pub enum Change {
    /// Writes a record.
    Put {
        /// The record's kind.
        kind: Kind,
        /// The record's key.
        key: Key,
        /// What must be there now.
        expect: Expectation,
        /// When it may be swept.
        expires: Option<Timestamp>,
        /// Its lookup values, each beginning with the tenant's number.
        lookups: Lookups,
        /// Its content.
        body: Body,
    },
    /// Deletes a record.
    Delete {
        /// The record's kind.
        kind: Kind,
        /// The record's key.
        key: Key,
        /// What must be there now.
        version: Version,
    },
    /// Changes nothing, but is refused like a change when a record is not as expected: for facts
    /// that a decision rests on and does not write.
    Check {
        /// The record's kind.
        kind: Kind,
        /// The record's key.
        key: Key,
        /// What must be there now.
        expect: Expectation,
    },
    /// Takes a key that can be taken once until it is swept.
    Claim {
        /// The tenant's number, then the SHA-256 of what is claimed.
        key: Key,
        /// When it may be swept.
        until: Timestamp,
        /// For how long it is remembered.
        term: Term,
    },
}

/// The changes of one decision, all of one tenant; they become true together or not at all. What is only
/// checked may be the server's.
#[derive(Clone, Debug, Default)]
#[must_use = "changes do nothing until they are committed"]
pub struct Changes {
    pending: Vec<Unplaced>,
}

/// A change before it is known whose it is.
#[derive(Clone, Debug)]
enum Unplaced {
    Put {
        kind: Kind,
        key: Vec<u8>,
        expect: Expectation,
        expires: Option<Timestamp>,
        lookups: Lookups,
        body: Body,
    },
    Delete {
        kind: Kind,
        key: Vec<u8>,
        version: Version,
    },
    Check {
        /// Whose record it is, if not the tenant's that the changes are of.
        of: Option<Tenant>,
        kind: Kind,
        key: Vec<u8>,
        expect: Expectation,
    },
    Claim {
        key: Vec<u8>,
        until: Timestamp,
        term: Term,
    },
}

impl Changes {
    /// No changes.
    pub const fn none() -> Self {
        Self {
            pending: Vec::new(),
        }
    }

    /// Whether there is nothing to commit.
    pub const fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Writes a new record; a record with its key must not exist.
    pub fn insert<R: Record>(&mut self, record: &R) {
        self.put(record, Expectation::Absent);
    }

    /// Writes `record` over the one that was loaded as `loaded`.
    pub fn replace<R: Record>(&mut self, loaded: &Versioned<R>, record: &R) {
        self.put(record, Expectation::Version(loaded.version));
    }

    /// Writes a loaded record that was changed in place.
    pub fn update<R: Record>(&mut self, changed: &Versioned<R>) {
        self.put(&changed.record, Expectation::Version(changed.version));
    }

    /// Writes `record` over `loaded`, or anew when nothing was there.
    pub fn upsert<R: Record>(&mut self, loaded: Option<&Versioned<R>>, record: &R) {
        let expect = loaded.map_or(Expectation::Absent, |l| Expectation::Version(l.version));
        self.put(record, expect);
    }

    /// Demands that the record with this key is still as it was loaded, or still not there, without
    /// writing it: a decision that rests on it does not come true when it has changed meanwhile.
    pub fn check<R: Record>(&mut self, key: impl AsRef<[u8]>, loaded: Option<&Versioned<R>>) {
        let expect = loaded.map_or(Expectation::Absent, |l| Expectation::Version(l.version));
        let (kind, key) = (R::KIND, key.as_ref().to_vec());
        self.pending.push(Unplaced::Check {
            of: None,
            kind,
            key,
            expect,
        });
    }

    /// Demands the same of a record of the server, whosever the changes are.
    pub fn check_of_server<R: Record>(&mut self, loaded: &Versioned<R>) {
        self.pending.push(Unplaced::Check {
            of: Some(Tenant::SYSTEM),
            kind: R::KIND,
            key: loaded.record.key(),
            expect: Expectation::Version(loaded.version),
        });
    }

    /// Deletes the record that was loaded as `loaded`.
    pub fn delete<R: Record>(&mut self, loaded: &Versioned<R>) {
        self.delete_key(R::KIND, loaded.record.key(), loaded.version);
    }

    /// Takes `parts` of a `purpose` once until a time: a nonce, a one-time code, a reference.
    ///
    /// The claim is remembered by hash, and swept some time after `until`.
    pub fn claim(&mut self, purpose: &str, parts: &[&[u8]], until: Timestamp) {
        self.claim_for(purpose, parts, (until, Term::Long));
    }

    /// The same for the `jti` of a token: of tokens there may be many, and most are good for minutes.
    pub fn claim_token(
        &mut self,
        purpose: &str,
        parts: &[&[u8]],
        (now, until): (Timestamp, Timestamp),
    ) {
        let term = match until <= now + SHORT {
            true => Term::Short,
            false => Term::Long,
        };
        self.claim_for(purpose, parts, (until, term));
    }

    fn claim_for(&mut self, purpose: &str, parts: &[&[u8]], (until, term): (Timestamp, Term)) {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        self.pending.push(Unplaced::Claim {
            key: context.finish().as_ref().to_vec(),
            until,
            term,
        });
    }

    /// Appends the changes of another decision.
    pub fn and(&mut self, other: Self) {
        self.pending.extend(other.pending);
    }

    /// The changes as an engine is handed them.
    pub fn of_tenant(self, tenant: Tenant) -> Vec<Change> {
        self.pending
            .into_iter()
            .map(|change| change.placed(tenant))
            .collect()
    }

    /// Writes the bytes of a record that has neither expiry nor lookups.
    pub(super) fn put_body(&mut self, kind: Kind, key: Vec<u8>, expect: Expectation, body: Body) {
        self.pending.push(Unplaced::Put {
            kind,
            key,
            expect,
            expires: None,
            lookups: Lookups::default(),
            body,
        });
    }

    /// Deletes the record with this key in this version.
    pub(super) fn delete_key(&mut self, kind: Kind, key: Vec<u8>, version: Version) {
        self.pending.push(Unplaced::Delete { kind, key, version });
    }

    fn put<R: Record>(&mut self, record: &R, expect: Expectation) {
        let (kind, key) = (R::KIND, record.key());
        let (expires, lookups) = (record.expires(), record.lookups());
        let body = record.body();
        self.pending.push(Unplaced::Put {
            kind,
            key,
            expect,
            expires,
            lookups,
            body,
        });
    }
}

impl Unplaced {
    fn placed(self, tenant: Tenant) -> Change {
        match self {
            Self::Put {
                kind,
                key,
                expect,
                expires,
                lookups,
                body,
            } => {
                let key = Key::new(tenant, &key);
                let lookups = lookups.map(|value| value.map(|v| in_tenant(tenant, &v)));
                Change::Put {
                    kind,
                    key,
                    expect,
                    expires,
                    lookups,
                    body,
                }
            }
            Self::Delete { kind, key, version } => Change::Delete {
                kind,
                key: Key::new(tenant, &key),
                version,
            },
            Self::Check {
                of,
                kind,
                key,
                expect,
            } => Change::Check {
                kind,
                key: Key::new(of.unwrap_or(tenant), &key),
                expect,
            },
            Self::Claim { key, until, term } => Change::Claim {
                key: Key::new(tenant, &key),
                until,
                term,
            },
        }
    }
}

/// A lookup value behind its tenant's number.
pub(super) fn in_tenant(tenant: Tenant, value: &[u8]) -> Box<[u8]> {
    [&tenant.0.to_be_bytes(), value].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fixed::CountingRandom;
    use crate::{Environment, EnvironmentId, Uuid};

    #[test]
    fn what_is_checked_of_the_server_is_its_record_whosever_the_changes_are() {
        let random = CountingRandom::default();
        let id = EnvironmentId::new(&random);
        let record = Environment {
            id,
            organization: Uuid::new(&random),
            name: "Shop".to_owned(),
            description: String::new(),
            created: Timestamp::EPOCH,
            modified: Timestamp::EPOCH,
            deleted: None,
        };
        let local = record.key();
        let loaded = Versioned {
            version: Version(7),
            record,
        };
        let mut changes = Changes::none();
        changes.check_of_server(&loaded);
        changes.check(&local, Some(&loaded));
        let placed = changes.of_tenant(id.tenant());
        let tenants = [Tenant::SYSTEM, id.tenant()];
        for (change, tenant) in placed.into_iter().zip(tenants) {
            let Change::Check { key, expect, .. } = change else {
                panic!("nothing is written");
            };
            assert_eq!(key, Key::new(tenant, &local));
            assert_eq!(expect, Expectation::Version(Version(7)));
        }
    }
}
