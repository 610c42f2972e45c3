//! Failed attempts to prove who one is, counted.

use std::time::Duration;

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::port::{Kind, Record};

/// How many failures block for how long.
///
/// RTS art. 4(3)(b): at most five consecutive failures within a given period, then a block.
#[derive(Clone, Copy, Debug)]
pub struct LockoutPolicy {
    /// Consecutive failures that block.
    pub limit: u32,
    /// How long the block lasts, and after how long without a failure the count starts anew.
    pub cool_down: Duration,
}

impl Default for LockoutPolicy {
    fn default() -> Self {
        Self {
            limit: 5,
            cool_down: Duration::from_mins(15),
        }
    }
}

/// For what failures are counted: the hash of a purpose and a name as it was typed, whether or not
/// anybody has that name, so that a block tells nothing about who exists.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptsKey(String);

impl AttemptsKey {
    /// The key of attempts at `purpose` ("sign-on", "administration") by `name`.
    pub fn new(purpose: &str, name: &str) -> Self {
        let text = format!("{purpose}\0{}", name.trim().to_lowercase());
        let hash = digest::digest(&digest::SHA256, text.as_bytes());
        Self(BASE64URL_NOPAD.encode(hash.as_ref()))
    }
}

impl AsRef<[u8]> for AttemptsKey {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// The consecutive failures at one purpose by one name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attempts {
    /// For what they are counted.
    pub key: AttemptsKey,
    /// How many there were since the last success or cool-down.
    failures: u32,
    /// Until when further attempts are refused, right or wrong.
    blocked_until: Option<Timestamp>,
    /// When the count is forgotten.
    expires: Timestamp,
}

impl Attempts {
    /// Whether an attempt must be refused now without looking at it.
    pub fn is_blocked(&self, now: Timestamp) -> bool {
        self.blocked_until(now).is_some()
    }

    /// Until when attempts are refused, if they are now.
    pub fn blocked_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.blocked_until.filter(|until| now < *until)
    }

    /// The consecutive failures that count now.
    pub fn failures(&self, now: Timestamp) -> u32 {
        if now < self.expires { self.failures } else { 0 }
    }

    /// The count without its block, such that one more failure blocks again: for who has proven
    /// something else, but not all.
    #[must_use]
    pub fn unblocked(&self, policy: LockoutPolicy) -> Self {
        Self {
            failures: self.failures.min(policy.limit.saturating_sub(1)),
            blocked_until: None,
            ..self.clone()
        }
    }

    /// The count after one more failure; `earlier` is what was counted before, if anything.
    ///
    /// An attempt during a block changes nothing: it neither counts nor prolongs the block.
    #[must_use]
    pub fn after_failure(
        earlier: Option<&Self>,
        key: AttemptsKey,
        policy: LockoutPolicy,
        now: Timestamp,
    ) -> Self {
        if let Some(blocked) = earlier.filter(|e| e.is_blocked(now)) {
            return blocked.clone();
        }
        let failures = 1 + earlier.map_or(0, |e| e.failures(now));
        let until = now + policy.cool_down;
        let blocked_until = (failures >= policy.limit).then_some(until);
        Self {
            key,
            failures,
            blocked_until,
            expires: until,
        }
    }
}

impl Record for Attempts {
    const KIND: Kind = Kind::Attempts;

    fn key(&self) -> Vec<u8> {
        self.key.as_ref().to_vec()
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.expires)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(times: u32, now: Timestamp) -> Attempts {
        let key = || AttemptsKey::new("sign-on", "alice");
        let policy = LockoutPolicy::default();
        let first = Attempts::after_failure(None, key(), policy, now);
        (1..times).fold(first, |a, _| {
            Attempts::after_failure(Some(&a), key(), policy, now)
        })
    }

    #[test]
    fn rts_4_3_b_five_failures_block_until_the_cool_down() {
        let now = Timestamp::from_seconds(1_000);
        assert!(!fail(4, now).is_blocked(now));
        let blocked = fail(5, now);
        assert!(blocked.is_blocked(now + Duration::from_secs(899)));
        assert!(!blocked.is_blocked(now + Duration::from_secs(900)));
    }

    #[test]
    fn an_attempt_during_a_block_does_not_prolong_it() {
        let now = Timestamp::from_seconds(1_000);
        let later = now + Duration::from_secs(600);
        let key = AttemptsKey::new("sign-on", "alice");
        let again =
            Attempts::after_failure(Some(&fail(5, now)), key, LockoutPolicy::default(), later);
        assert!(!again.is_blocked(now + Duration::from_secs(900)));
    }

    #[test]
    fn after_the_cool_down_the_count_starts_anew() {
        let now = Timestamp::from_seconds(1_000);
        let later = now + Duration::from_secs(900);
        let key = AttemptsKey::new("sign-on", "alice");
        let again =
            Attempts::after_failure(Some(&fail(5, now)), key, LockoutPolicy::default(), later);
        assert_eq!(again.failures(later), 1);
    }

    #[test]
    fn names_are_counted_without_regard_to_case_and_apart_by_purpose() {
        assert_eq!(
            AttemptsKey::new("sign-on", "Alice "),
            AttemptsKey::new("sign-on", "alice")
        );
        assert_ne!(
            AttemptsKey::new("sign-on", "alice"),
            AttemptsKey::new("totp", "alice")
        );
    }
}
