//! Passwords: hashed with Argon2id (RFC 9106), compared in constant time.
//!
//! Hashing is slow on purpose. The functions here block: callers run them on a bounded pool,
//! before they ask the flow engine, and hand it the [`PasswordVerdict`].

mod phc;
mod proposed;
mod rules;

use domain::port::Random;
use domain::{Password, Secret, Timestamp, UserId};

use crate::evidence::Evidence;
use phc::Phc;
pub use proposed::Proposed;
pub use rules::{MAX_LENGTH, MIN_LENGTH, NewPassword, NewPasswordHash, PasswordRule};

/// The random bytes that make equal passwords hash differently (RFC 9106 §3.1).
pub type Salt = [u8; 16];

/// A new salt.
pub fn salt(random: &dyn Random) -> Salt {
    let mut salt = Salt::default();
    random.fill(&mut salt);
    salt
}

/// What a hash costs (RFC 9106 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB (`m`).
    pub memory: u32,
    /// Passes over the memory (`t`).
    pub passes: u32,
    /// Lanes (`p`).
    pub lanes: u32,
}

impl Default for Cost {
    /// The first choice of the OWASP Password Storage Cheat Sheet.
    fn default() -> Self {
        Self {
            memory: 19_456,
            passes: 2,
            lanes: 1,
        }
    }
}

/// A cost that Argon2 does not allow (RFC 9106 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Argon2id takes at least 1 pass, 1 lane and 8 KiB of memory a lane")]
pub struct CostOutOfRange;

/// Hashes and verifies passwords at one cost.
#[derive(Clone, Debug)]
pub struct Hasher {
    params: argon2::Params,
}

impl Default for Hasher {
    fn default() -> Self {
        let params = argon2::Params::DEFAULT;
        Self { params }
    }
}

impl Hasher {
    /// A hasher at this cost.
    pub fn new(cost: Cost) -> Result<Self, CostOutOfRange> {
        let params = argon2::Params::new(cost.memory, cost.passes, cost.lanes, None)
            .map_err(|_| CostOutOfRange)?;
        Ok(Self { params })
    }

    /// The hash of a password as a PHC string. Blocks for tens of milliseconds.
    pub fn hash(&self, password: &str, salt: &Salt) -> Secret {
        Phc::computed(&self.params, password, salt).to_secret()
    }

    /// Whether `presented` is the person's password. Blocks for tens of milliseconds.
    ///
    /// When there is no such person, or they have no password, it takes just as long.
    pub fn verify(&self, stored: Option<&Password>, presented: &str) -> PasswordVerdict {
        let right = self.matches(stored.map(|password| &password.hash), presented);
        PasswordVerdict {
            user: stored.map(|password| password.user),
            changed: stored.map(|password| password.changed),
            right,
        }
    }

    /// Whether `presented` has this hash; `None` and a hash that cannot be read match nothing but
    /// take as long. For those who are not people: administrators.
    pub fn matches(&self, stored: Option<&Secret>, presented: &str) -> bool {
        let Some(phc) = stored.and_then(|phc| Phc::read(phc.expose())) else {
            std::hint::black_box(Phc::computed(&self.params, presented, &Salt::default()));
            return false;
        };
        phc.matches(presented)
    }

    /// Whether a hash was made at another cost and should be made anew when its password is next
    /// presented.
    pub fn needs_rehash(&self, stored: &Secret) -> bool {
        Phc::read(stored.expose()).is_none_or(|phc| !phc.costs(&self.params))
    }
}

/// Whether a presented password was right, and whose. Only [`Hasher::verify`] makes one.
#[derive(Clone, Debug)]
pub struct PasswordVerdict {
    user: Option<UserId>,
    /// When the password was set that was compared.
    changed: Option<Timestamp>,
    right: bool,
}

impl PasswordVerdict {
    /// Whether it was this password that was right, though it may have been hashed anew since. It
    /// takes time to compare one, in which it may be changed.
    pub(crate) fn accepts(&self, password: &Password) -> bool {
        let compared = (self.user, self.changed);
        self.right && compared == (Some(password.user), Some(password.changed))
    }

    /// That this password was proven, if it was.
    pub(crate) fn evidence(&self, password: &Password, now: Timestamp) -> Option<Evidence> {
        let accepted = self.accepts(password);
        accepted.then(|| Evidence::of_password(password, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::port::fixed::CountingRandom;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn cheap() -> Hasher {
        let cost = Cost {
            memory: 8,
            passes: 1,
            lanes: 1,
        };
        Hasher::new(cost).unwrap()
    }

    fn stored(hash: Secret) -> Password {
        let user = UserId::new(NOW, &CountingRandom::default());
        Password {
            user,
            hash,
            changed: NOW,
            must_change: false,
        }
    }

    #[test]
    fn verifies_its_own_hashes_and_nothing_else() {
        let salt = salt(&CountingRandom::default());
        let password = stored(cheap().hash("correct horse", &salt));
        let right = cheap().verify(Some(&password), "correct horse");
        assert!(right.accepts(&password));
        assert!(
            !cheap()
                .verify(Some(&password), "correct hors")
                .accepts(&password)
        );
        assert!(!cheap().verify(None, "correct horse").accepts(&password));
        let damaged = stored(Secret::new("$argon2id$v=19$m=8"));
        assert!(!cheap().verify(Some(&damaged), "").accepts(&damaged));
    }

    #[test]
    fn a_verdict_is_evidence_of_the_password_that_was_compared_hashed_anew_or_not() {
        let salt = salt(&CountingRandom::default());
        let password = stored(cheap().hash("correct horse", &salt));
        let right = cheap().verify(Some(&password), "correct horse");
        let hashed_anew = Password {
            hash: cheap().hash("correct horse", &Salt::default()),
            ..password.clone()
        };
        let evidence = |password: &Password| right.evidence(password, NOW);
        assert!(evidence(&password).is_some() && evidence(&hashed_anew).is_some());
        let changed = NOW + std::time::Duration::from_secs(1);
        let set_since = Password {
            changed,
            ..password.clone()
        };
        assert!(evidence(&set_since).is_none());
        let user = UserId::from_bytes([7; 16]);
        let of_another = Password { user, ..password };
        assert!(evidence(&of_another).is_none());
    }

    #[test]
    fn verifies_hashes_of_another_cost_and_says_that_they_are_to_be_renewed() {
        let salt = salt(&CountingRandom::default());
        let cost = Cost {
            memory: 16,
            passes: 2,
            lanes: 1,
        };
        let dearer = Hasher::new(cost).unwrap();
        let hash = cheap().hash("correct horse", &salt);
        assert!(dearer.matches(Some(&hash), "correct horse"));
        assert!(dearer.needs_rehash(&hash) && !cheap().needs_rehash(&hash));
    }

    #[test]
    fn the_default_is_the_owasp_cost() {
        let hash = Hasher::default().hash("correct horse", &Salt::default());
        assert!(
            hash.expose()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$")
        );
        assert!(!Hasher::default().needs_rehash(&hash));
        assert!(!Hasher::new(Cost::default()).unwrap().needs_rehash(&hash));
    }

    #[test]
    fn rfc9106_3_1_refuses_a_cost_out_of_range() {
        let cost = Cost {
            memory: 7,
            passes: 1,
            lanes: 1,
        };
        assert_eq!(Hasher::new(cost).unwrap_err(), CostOutOfRange);
    }
}
