//! What is signed so that a signature is fresh, and says what was approved (WebAuthn Level 3
//! §13.4.3).

use domain::port::Random;
use domain::{ByteString, OWN_CHALLENGE, requested_challenge};
use jose::digest::sha256;
use serde::{Deserialize, Serialize};

/// Bytes of randomness in a challenge of our own. §13.4.3: challenges "MUST contain enough entropy
/// to make guessing them infeasible. Challenges SHOULD therefore be at least 16 bytes long."
const RANDOM_LEN: usize = 32;

/// What separates challenges of transactions from every other use of the hash.
const TRANSACTION: &[u8] = b"countersign webauthn transaction v1\0";

/// A challenge, as it is kept until the answer comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    value: ByteString,
    /// The random part of a challenge that is bound to a transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    random: Option<[u8; RANDOM_LEN]>,
}

/// A caller's own challenge cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a challenge is 16 to 1024 bytes in base64url without padding, and none of our own")]
pub struct ChallengeFormat;

impl Challenge {
    /// A challenge of nothing but randomness.
    pub fn random(random: &dyn Random) -> Self {
        Self {
            value: own(&drawn(random)).into(),
            random: None,
        }
    }

    /// A challenge that holds the digest of what is to be approved: who signs it signs that.
    pub fn bound(digest: &[u8; 32], random: &dyn Random) -> Self {
        let random = drawn(random);
        Self {
            value: bound_value(&random, digest).into(),
            random: Some(random),
        }
    }

    /// A challenge that the caller has made (`pi.webAuthn.challenge`).
    pub fn of_caller(text: &str) -> Result<Self, ChallengeFormat> {
        let value = requested_challenge(text).ok_or(ChallengeFormat)?;
        Ok(Self {
            value: value.into(),
            random: None,
        })
    }

    /// The challenge that is bound to this digest by this random part: what a receipt is checked
    /// with.
    pub fn recomputed(random: [u8; 32], digest: &[u8; 32]) -> Self {
        Self {
            value: bound_value(&random, digest).into(),
            random: Some(random),
        }
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.value
    }

    /// The random part of a challenge that is bound to a transaction.
    pub const fn random_part(&self) -> Option<&[u8; 32]> {
        self.random.as_ref()
    }

    /// Whether it is bound to this digest.
    pub fn is_bound_to(&self, digest: &[u8; 32]) -> bool {
        let random = self.random.as_ref();
        random.is_some_and(|random| bound_value(random, digest) == *self.value)
    }
}

fn drawn(random: &dyn Random) -> [u8; RANDOM_LEN] {
    let mut bytes = [0; RANDOM_LEN];
    random.fill(&mut bytes);
    bytes
}

/// Both parts have one length, so that no two pairs of them make the same input.
fn bound_value(random: &[u8; RANDOM_LEN], digest: &[u8; 32]) -> Vec<u8> {
    own(&sha256(&[TRANSACTION, random, digest].concat()))
}

/// As no client can have chosen it.
fn own(value: &[u8; 32]) -> Vec<u8> {
    [OWN_CHALLENGE, value].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::port::fixed::CountingRandom;
    use jose::strict_base64url;

    #[test]
    fn webauthn_13_4_3_a_challenge_has_32_random_bytes() {
        let random = CountingRandom::default();
        let (one, other) = (Challenge::random(&random), Challenge::random(&random));
        let part = one.as_bytes().strip_prefix(OWN_CHALLENGE).unwrap();
        assert_eq!(part.len(), 32);
        assert_ne!(one, other);
        assert!(!one.is_bound_to(&[0; 32]));
    }

    #[test]
    fn a_bound_challenge_is_for_one_digest_and_one_time() {
        let random = CountingRandom::default();
        let digest = sha256(b"99.95 EUR to Demo Shop");
        let challenge = Challenge::bound(&digest, &random);
        assert!(challenge.is_bound_to(&digest));
        assert!(!challenge.is_bound_to(&sha256(b"99.96 EUR to Demo Shop")));
        assert_ne!(challenge, Challenge::bound(&digest, &random));
        let part = *challenge.random_part().unwrap();
        assert_eq!(Challenge::recomputed(part, &digest), challenge);
        let expected = [b"countersign webauthn transaction v1\0", &part[..], &digest].concat();
        let expected = [OWN_CHALLENGE, &sha256(&expected)].concat();
        assert_eq!(challenge.as_bytes(), expected);
        let json = serde_json::to_string(&challenge).unwrap();
        let read: Challenge = serde_json::from_str(&json).unwrap();
        assert!(read.is_bound_to(&digest));
    }

    #[test]
    fn a_callers_challenge_is_none_that_we_could_have_asked() {
        let text = strict_base64url::encode([7; 16]);
        assert_eq!(Challenge::of_caller(&text).unwrap().as_bytes(), [7; 16]);
        let random = CountingRandom::default();
        for own in [
            Challenge::random(&random),
            Challenge::bound(&[7; 32], &random),
        ] {
            let text = strict_base64url::encode(own.as_bytes());
            assert_eq!(Challenge::of_caller(&text), Err(ChallengeFormat));
        }
    }
}
