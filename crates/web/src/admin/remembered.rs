//! Credentials that were right a moment ago.
//!
//! A client such as Terraform sends them with every request, and each hashing takes tens of
//! milliseconds. They are kept by a keyed hash whose key dies with the process.

use std::time::Duration;

use aws_lc_rs::hmac;
use domain::port::Random;
use domain::{Administrator, Secret, Timestamp};
use quick_cache::sync::Cache;

/// For how long credentials that were right are right without being hashed again; each use begins it
/// anew, so that a block by somebody else's failures does not interrupt a client at work.
const LIFETIME: Duration = Duration::from_mins(1);

/// The most credentials that are remembered.
const CAPACITY: usize = 100;

/// Credentials that were right a moment ago.
pub(crate) struct RememberedCredentials {
    key: hmac::Key,
    known: Cache<Tag, Remembered>,
}

/// The keyed hash of a name and a password.
pub(super) type Tag = [u8; 32];

#[derive(Clone)]
struct Remembered {
    until: Timestamp,
    /// When the password was set that was right; a newer one makes this worthless.
    changed: Timestamp,
}

impl RememberedCredentials {
    /// Nothing is remembered yet.
    pub(crate) fn new(random: &dyn Random) -> Self {
        let mut key = [0; 32];
        random.fill(&mut key);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        Self {
            key,
            known: Cache::new(CAPACITY),
        }
    }

    /// The tag of these credentials.
    pub(super) fn tag(&self, name: &str, password: &Secret) -> Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&(name.len() as u64).to_be_bytes());
        context.update(name.as_bytes());
        context.update(password.expose().as_bytes());
        let mut tag = Tag::default();
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }

    /// Whether the credentials with this tag were right for the administrator as they are now.
    pub(super) fn are_right(&self, tag: &Tag, of: &Administrator, now: Timestamp) -> bool {
        let remembered = self.known.get(tag);
        remembered.is_some_and(|known| now < known.until && known.changed == of.changed)
    }

    /// Remembers that the credentials with this tag are right for the administrator.
    pub(super) fn remember(&self, tag: Tag, of: &Administrator, now: Timestamp) {
        let (until, changed) = (now + LIFETIME, of.changed);
        self.known.insert(tag, Remembered { until, changed });
    }
}

#[cfg(test)]
mod tests {
    use domain::AdministratorRole;
    use domain::port::fixed::CountingRandom;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn administrator(changed: Timestamp) -> Administrator {
        Administrator {
            name: "Administrator".to_owned(),
            password_hash: Secret::new("a hash"),
            changed,
            role: AdministratorRole::Full,
        }
    }

    #[test]
    fn credentials_are_remembered_for_a_minute_after_their_last_use() {
        let remembered = RememberedCredentials::new(&CountingRandom::default());
        let (tag, known) = (remembered.tag("a", &Secret::new("b")), administrator(NOW));
        let are_right = |at| remembered.are_right(&tag, &known, at);
        assert!(!are_right(NOW));
        remembered.remember(tag, &known, NOW);
        let almost = NOW + LIFETIME - Duration::from_millis(1);
        assert!(are_right(almost) && !are_right(NOW + LIFETIME));
        remembered.remember(tag, &known, almost);
        assert!(are_right(NOW + LIFETIME));
    }

    #[test]
    fn a_new_password_makes_them_worthless_and_a_renewed_hash_does_not() {
        let remembered = RememberedCredentials::new(&CountingRandom::default());
        let (tag, known) = (remembered.tag("a", &Secret::new("b")), administrator(NOW));
        remembered.remember(tag, &known, NOW);
        let renewed = Administrator {
            password_hash: Secret::new("another hash"),
            ..known
        };
        assert!(remembered.are_right(&tag, &renewed, NOW));
        let changed = administrator(NOW + Duration::from_millis(1));
        assert!(!remembered.are_right(&tag, &changed, NOW));
    }

    #[test]
    fn they_are_of_one_name_and_one_password_of_one_process() {
        let random = CountingRandom::default();
        let remembered = RememberedCredentials::new(&random);
        let tag = |name, password| remembered.tag(name, &Secret::new(password));
        let known = tag("ab", "c");
        let others = [tag("a", "bc"), tag("ab", "d"), tag("ab", "")];
        assert!(!others.contains(&known));
        let restarted = RememberedCredentials::new(&random);
        assert_ne!(restarted.tag("ab", &Secret::new("c")), known);
    }
}
