//! The keys with which the server signs.

use jose::jws::Algorithm;
use serde::{Deserialize, Serialize};

use crate::port::{Kind, Record, Versioned};
use crate::{Secret, Timestamp};

/// A kind of key pair, which serves one or more signature algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyFamily {
    /// RSA with 2048 bits, for RS and PS.
    Rsa,
    /// NIST P-256, for ES256.
    P256,
    /// NIST P-384, for ES384.
    P384,
    /// NIST P-521, for ES512.
    P521,
    /// Ed25519, for `EdDSA` by either of its names.
    Ed25519,
}

impl KeyFamily {
    /// The family whose keys sign with `algorithm`; none for HMAC, whose keys are the clients'.
    pub const fn of(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512 => Some(Self::Rsa),
            Algorithm::Es256 => Some(Self::P256),
            Algorithm::Es384 => Some(Self::P384),
            Algorithm::Es512 => Some(Self::P521),
            Algorithm::EdDsa | Algorithm::Ed25519 => Some(Self::Ed25519),
            Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => None,
        }
    }

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::P521 => "p521",
            Self::Ed25519 => "ed25519",
        }
    }

    /// The states in which it lacks a key among these: it needs one that signs, and one that is
    /// known before it does.
    pub fn lacks(self, keys: &[Versioned<SigningKeyRecord>]) -> Vec<KeyState> {
        let is_there = |state| {
            keys.iter()
                .any(|key| key.family == self && key.state == state)
        };
        let needed = [KeyState::Active, KeyState::Next];
        needed.into_iter().filter(|it| !is_there(*it)).collect()
    }
}

/// How far a signing key is in its life. Every state but the end is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Published, so that everyone knows it before it signs.
    Next,
    /// The one of its family that signs.
    Active,
    /// Signs no more, but is published until what it signed has expired.
    Retired,
}

/// A key pair with which the server signs tokens.
#[derive(Clone, Serialize, Deserialize)]
pub struct SigningKeyRecord {
    /// Its `kid` (RFC 7517 §4.5).
    pub kid: String,
    /// What kind of key it is.
    pub family: KeyFamily,
    /// How far it is in its life.
    pub state: KeyState,
    /// The private key as PKCS #8 in base64.
    pub private_key: Secret,
    /// A self-signed certificate for it as DER in base64 (`x5c`, RFC 7517 §4.7).
    pub certificate: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it began to sign.
    pub activated: Option<Timestamp>,
    /// From when on nothing that it signed is valid any more, once it is retired.
    pub unpublish_after: Option<Timestamp>,
}

impl SigningKeyRecord {
    /// The key in the state in which it is needed from `now` on.
    #[must_use]
    pub fn placed(mut self, state: KeyState, now: Timestamp) -> Self {
        self.activated = (state == KeyState::Active).then_some(now);
        self.state = state;
        self
    }
}

impl Record for SigningKeyRecord {
    const KIND: Kind = Kind::SigningKey;

    fn key(&self) -> Vec<u8> {
        self.kid.as_bytes().to_vec()
    }

    fn expires(&self) -> Option<Timestamp> {
        self.unpublish_after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::Version;

    #[test]
    fn a_family_needs_one_key_that_signs_and_one_that_will() {
        let now = Timestamp::from_seconds(1_700_000_000);
        let key = |state| Versioned {
            version: Version(1),
            record: SigningKeyRecord {
                kid: "kid".to_owned(),
                family: KeyFamily::P256,
                state: KeyState::Next,
                private_key: Secret::new(""),
                certificate: String::new(),
                created: now,
                activated: None,
                unpublish_after: None,
            }
            .placed(state, now),
        };
        let (next, active) = (key(KeyState::Next), key(KeyState::Active));
        assert_eq!((next.activated, active.activated), (None, Some(now)));
        let both = [KeyState::Active, KeyState::Next];
        assert_eq!(KeyFamily::P256.lacks(&[]), both);
        assert_eq!(KeyFamily::P256.lacks(&[key(KeyState::Retired)]), both);
        let keys = [active];
        assert_eq!(KeyFamily::P256.lacks(&keys), [KeyState::Next]);
        assert_eq!(KeyFamily::Rsa.lacks(&keys), both);
        let [active] = keys;
        assert!(KeyFamily::P256.lacks(&[active, next]).is_empty());
    }
}
