//! The keys with which the server signs, and those to which others encrypt what they send it.

use jose::jws::Algorithm;
use serde::{Deserialize, Serialize};

use crate::port::{Kind, Record, Versioned};
use crate::{Secret, Timestamp};

/// A kind of key pair, which serves one or more algorithms of one purpose.
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
    /// RSA with 2048 bits, to which others encrypt by RSA-OAEP.
    RsaEncryption,
    /// NIST P-256, to which others encrypt by ECDH-ES.
    P256Encryption,
}

impl KeyFamily {
    /// The families to which others encrypt; no key ever has two purposes.
    pub const ENCRYPTION: [Self; 2] = [Self::RsaEncryption, Self::P256Encryption];

    /// Whether its keys decrypt; all others sign.
    pub fn decrypts(self) -> bool {
        Self::ENCRYPTION.contains(&self)
    }

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
            Self::RsaEncryption => "rsa-encryption",
            Self::P256Encryption => "p256-encryption",
        }
    }

    /// The states in which it lacks a key among these: it needs one in use, and one that comes
    /// after it.
    pub fn lacks(self, keys: &[Versioned<SigningKeyRecord>]) -> Vec<KeyState> {
        let is_there = |state| {
            keys.iter()
                .any(|key| key.family == self && key.state == state)
        };
        let needed = [KeyState::Active, KeyState::Next];
        needed.into_iter().filter(|it| !is_there(*it)).collect()
    }
}

/// How far a key is in its life.
///
/// A key that signs is published as soon as it is there, so that everyone knows it before it signs,
/// and until what it signed has expired. A key that decrypts is published only while it is active,
/// so that everyone encrypts to that one; it decrypts as long as it is there, since others may keep
/// what was published before (OpenID Connect Core §10.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Waits to be used.
    Next,
    /// The one of its family that is used.
    Active,
    /// Used no more, but kept for what it was used for.
    Retired,
}

/// A key pair with which the server signs tokens, or to which others encrypt.
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
    /// When it began to be used.
    pub activated: Option<Timestamp>,
    /// From when on nothing needs it any more, once it is retired.
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
    fn a_family_needs_one_key_in_use_and_one_after_it() {
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
