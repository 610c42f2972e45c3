//! Which keys there should be: decided from plain values.
//!
//! Each family that is in use has one key that signs and one that is published to be known before
//! it does. A key that has stopped signing stays published until what it signed has expired, so
//! that no rotation ever invalidates a live token. It is the same with families to which others
//! encrypt, but that only the active key is published ([`KeyState`]).

use domain::port::{Changes, Versioned};
use domain::{KeyFamily, KeyState, SigningKeyRecord, Timestamp};

/// The keys as they were loaded.
pub(crate) type Keys = [Versioned<SigningKeyRecord>];

/// Why keys cannot be changed as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyRefusal {
    /// There is no such key.
    #[error("there is no key {0}")]
    Unknown(String),
    /// The family has no key that could sign next.
    #[error("the family {0} has no next key; start the server once to make one")]
    NothingNext(&'static str),
    /// Tokens that the key signed may be live.
    #[error(
        "tokens signed by {kid} may be good until {until}; add --compromised to invalidate them now"
    )]
    StillNeeded { kid: String, until: Timestamp },
    /// It signed and may still be needed; what to do depends on why.
    #[error("{0} signs now; use `keys rotate`, or add --compromised to invalidate what it signed")]
    Signing(String),
}

/// The families that have a key.
pub(crate) fn families(keys: &Keys) -> Vec<KeyFamily> {
    let mut families: Vec<KeyFamily> = keys.iter().map(|key| key.family).collect();
    families.sort_unstable();
    families.dedup();
    families
}

/// The next key signs, the one that signed retires, and `fresh` becomes next.
///
/// The retired key stays published `until` what it has signed is over.
pub(crate) fn rotate(
    keys: &Keys,
    fresh: &SigningKeyRecord,
    until: Timestamp,
    now: Timestamp,
) -> Result<Changes, KeyRefusal> {
    let family = fresh.family;
    let next = of(keys, family, KeyState::Next).ok_or(KeyRefusal::NothingNext(family.name()))?;
    let mut changes = Changes::none();
    for active in all_of(keys, family, KeyState::Active) {
        changes.replace(active, &retired(active, until));
    }
    let promoted = next.record.clone().placed(KeyState::Active, now);
    changes.replace(next, &promoted);
    changes.insert(fresh);
    Ok(changes)
}

/// Takes one key out of use. `fresh` replaces it when it was waiting to sign, or becomes next when
/// it signed and was compromised.
pub(crate) fn retire(
    keys: &Keys,
    kid: &str,
    fresh: &SigningKeyRecord,
    compromised: bool,
    now: Timestamp,
) -> Result<Changes, KeyRefusal> {
    let key = find(keys, kid)?;
    let mut changes = Changes::none();
    match (key.state, key.unpublish_after) {
        (KeyState::Active, _) if !compromised => return Err(KeyRefusal::Signing(kid.to_owned())),
        (KeyState::Active, _) => {
            let family = key.family;
            let next = of(keys, family, KeyState::Next);
            let next = next.ok_or(KeyRefusal::NothingNext(family.name()))?;
            changes.delete(key);
            let promoted = next.record.clone().placed(KeyState::Active, now);
            changes.replace(next, &promoted);
            changes.insert(fresh);
        }
        (KeyState::Next, _) => {
            changes.delete(key);
            changes.insert(fresh);
        }
        (KeyState::Retired, Some(until)) if now < until && !compromised => {
            let kid = kid.to_owned();
            return Err(KeyRefusal::StillNeeded { kid, until });
        }
        (KeyState::Retired, _) => changes.delete(key),
    }
    Ok(changes)
}

/// The key with this id.
pub(crate) fn find<'k>(
    keys: &'k Keys,
    kid: &str,
) -> Result<&'k Versioned<SigningKeyRecord>, KeyRefusal> {
    keys.iter()
        .find(|key| key.kid == kid)
        .ok_or_else(|| KeyRefusal::Unknown(kid.to_owned()))
}

fn retired(key: &SigningKeyRecord, unpublish_after: Timestamp) -> SigningKeyRecord {
    let mut key = key.clone();
    key.state = KeyState::Retired;
    key.unpublish_after = Some(unpublish_after);
    key
}

fn all_of(
    keys: &Keys,
    family: KeyFamily,
    state: KeyState,
) -> impl Iterator<Item = &Versioned<SigningKeyRecord>> {
    keys.iter()
        .filter(move |key| key.family == family && key.state == state)
}

fn of(keys: &Keys, family: KeyFamily, state: KeyState) -> Option<&Versioned<SigningKeyRecord>> {
    all_of(keys, family, state).next()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::Secret;
    use domain::port::{Change, Tenant, Version};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
    const HOUR: Duration = Duration::from_hours(1);

    fn record(kid: &str, state: KeyState) -> SigningKeyRecord {
        SigningKeyRecord {
            kid: kid.to_owned(),
            family: KeyFamily::P256,
            state,
            private_key: Secret::new(""),
            certificate: String::new(),
            created: NOW,
            activated: None,
            unpublish_after: None,
        }
    }

    fn stored(kid: &str, state: KeyState) -> Versioned<SigningKeyRecord> {
        Versioned {
            version: Version(1),
            record: record(kid, state),
        }
    }

    /// What the changes say in the end: kid, and state with times or that it is gone.
    fn outcome(changes: Changes) -> Vec<String> {
        let describe = |change| match change {
            Change::Put { body, .. } => {
                let key: SigningKeyRecord = serde_json::from_slice(&body).unwrap();
                let until = key
                    .unpublish_after
                    .map(|until| until.seconds() - NOW.seconds());
                format!("{} {:?} {until:?}", key.kid, key.state)
            }
            Change::Delete { key, .. } => {
                format!("{} gone", String::from_utf8_lossy(key.local()))
            }
            Change::Check { key, .. } => {
                format!("{} checked", String::from_utf8_lossy(key.local()))
            }
            Change::Claim { .. } => "claim".to_owned(),
        };
        let changes = changes.of_tenant(Tenant::DEFAULT);
        changes.into_iter().map(describe).collect()
    }

    #[test]
    fn rotation_keeps_the_old_key_published_as_long_as_tokens_live() {
        let keys = [stored("a", KeyState::Active), stored("n", KeyState::Next)];
        let changes = rotate(&keys, &record("f", KeyState::Next), NOW + HOUR, NOW).unwrap();
        assert_eq!(
            outcome(changes),
            ["a Retired Some(3600)", "n Active None", "f Next None"]
        );
    }

    #[test]
    fn rotation_needs_a_key_that_is_known_already() {
        let keys = [stored("a", KeyState::Active)];
        let refused = rotate(&keys, &record("f", KeyState::Next), NOW + HOUR, NOW).unwrap_err();
        assert_eq!(refused, KeyRefusal::NothingNext("p256"));
    }

    #[test]
    fn a_key_that_signs_is_not_retired_by_mistake() {
        let keys = [stored("a", KeyState::Active), stored("n", KeyState::Next)];
        let fresh = record("f", KeyState::Next);
        assert!(matches!(
            retire(&keys, "a", &fresh, false, NOW),
            Err(KeyRefusal::Signing(_))
        ));
        let changes = retire(&keys, "a", &fresh, true, NOW).unwrap();
        assert_eq!(outcome(changes), ["a gone", "n Active None", "f Next None"]);
    }

    #[test]
    fn a_retired_key_stays_until_its_tokens_have_expired() {
        let mut old = stored("o", KeyState::Retired);
        old.record.unpublish_after = Some(NOW + HOUR);
        let keys = [old];
        let fresh = record("f", KeyState::Next);
        assert!(matches!(
            retire(&keys, "o", &fresh, false, NOW),
            Err(KeyRefusal::StillNeeded { .. })
        ));
        let gone = retire(&keys, "o", &fresh, true, NOW).unwrap();
        assert_eq!(outcome(gone), ["o gone"]);
        let gone = retire(&keys, "o", &fresh, false, NOW + HOUR).unwrap();
        assert_eq!(outcome(gone), ["o gone"]);
    }

    #[test]
    fn a_key_that_waits_is_replaced() {
        let keys = [stored("a", KeyState::Active), stored("n", KeyState::Next)];
        let changes = retire(&keys, "n", &record("f", KeyState::Next), false, NOW).unwrap();
        assert_eq!(outcome(changes), ["n gone", "f Next None"]);
        assert!(retire(&keys, "x", &record("f", KeyState::Next), false, NOW).is_err());
    }
}
