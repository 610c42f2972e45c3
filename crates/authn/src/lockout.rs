//! How often may one be wrong? (RTS art. 4(3)(b))
//!
//! Failures are counted by the name that was typed, whether or not anybody has it. The password
//! and the code of one person count together, so that one cannot be tried more often by means of
//! the other.

use domain::port::{Changes, Versioned};
use domain::{Attempts, AttemptsKey, LockoutPolicy, Timestamp};

/// The key under which the failures of this user name are counted.
pub fn key(username: &str) -> AttemptsKey {
    AttemptsKey::new("sign-on", username)
}

/// The count of one name, as it was loaded.
pub(crate) struct Lockout<'a> {
    key: AttemptsKey,
    attempts: Option<&'a Versioned<Attempts>>,
    policy: LockoutPolicy,
}

impl<'a> Lockout<'a> {
    /// The count of `username`; a count of another name that was loaded by mistake is not used.
    pub(crate) fn of(
        username: &str,
        loaded: Option<&'a Versioned<Attempts>>,
        policy: LockoutPolicy,
    ) -> Self {
        let key = key(username);
        let attempts = loaded.filter(|attempts| attempts.key == key);
        Self {
            key,
            attempts,
            policy,
        }
    }

    /// Whether nothing is accepted now, right or wrong.
    pub(crate) fn is_blocked(&self, now: Timestamp) -> bool {
        self.attempts.is_some_and(|a| a.is_blocked(now))
    }

    /// Counts a failure, unless there is a block already; returns whether a block begins.
    pub(crate) fn failed(self, changes: &mut Changes, now: Timestamp) -> bool {
        if self.is_blocked(now) {
            return false;
        }
        let earlier = self.attempts.map(|loaded| &loaded.record);
        let counted = Attempts::after_failure(earlier, self.key, self.policy, now);
        changes.upsert(self.attempts, &counted);
        counted.is_blocked(now)
    }

    /// Lifts a block such that one more failure blocks again.
    pub(crate) fn unblock(&self, changes: &mut Changes) {
        match self.attempts {
            Some(attempts) => changes.replace(attempts, &attempts.unblocked(self.policy)),
            None => self.unchanged(changes),
        }
    }

    /// Demands that nothing was counted since the count was loaded, so that many guesses at the
    /// same moment are as many as one after the other.
    pub(crate) fn unchanged(&self, changes: &mut Changes) {
        changes.check(&self.key, self.attempts);
    }

    /// Forgets the failures, if nothing was counted since.
    pub(crate) fn succeeded(&self, changes: &mut Changes) {
        match self.attempts {
            Some(attempts) => changes.delete(attempts),
            None => self.unchanged(changes),
        }
    }
}
