//! Keys prepared for verification: parsed once, used for many tokens.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, ParsedPublicKey};
use aws_lc_rs::{hmac, rsa};

use super::Algorithm;
use super::algorithm::Scheme;
use crate::jwk::{Jwk, JwkSet, Material, Purpose, Unfit};
use crate::lookup::{Candidate, candidates};
use crate::{Header, Refused};

/// A key that verifies signatures, prepared for every algorithm that it permits; cheap to clone.
#[derive(Clone)]
pub struct VerifyingKey(Arc<Inner>);

struct Inner {
    jwk: Jwk,
    prepared: Vec<(Algorithm, Prepared)>,
}

enum Prepared {
    Hmac(Box<hmac::Key>),
    Public(ParsedPublicKey),
}

impl VerifyingKey {
    /// Prepares a key for every algorithm that its type, curve, length, `use`, `key_ops` and `alg` permit.
    pub fn new(jwk: &Jwk) -> Self {
        let jwk = jwk.public().unwrap_or_else(|| jwk.clone());
        let prepared = Algorithm::ALL
            .iter()
            .filter(|algorithm| fitness(&jwk, **algorithm).is_ok())
            .filter_map(|algorithm| Some((*algorithm, Prepared::new(&jwk, *algorithm)?)))
            .collect();
        Self(Arc::new(Inner { jwk, prepared }))
    }

    /// The key: its public half, or the symmetric key.
    pub fn jwk(&self) -> &Jwk {
        &self.0.jwk
    }

    /// Whether it permits this algorithm, or why not.
    pub fn permits(&self, algorithm: Algorithm) -> Result<(), Unfit> {
        fitness(&self.0.jwk, algorithm)
    }

    /// Whether the signature is of this key.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let prepared = self
            .0
            .prepared
            .iter()
            .find(|(prepared_for, _)| *prepared_for == algorithm);
        match prepared {
            Some((_, Prepared::Hmac(key))) => hmac::verify(key, message, signature).is_ok(),
            Some((_, Prepared::Public(key))) => key.verify_sig(message, signature).is_ok(),
            None => false,
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VerifyingKey").field(&self.0.jwk).finish()
    }
}

fn fitness(jwk: &Jwk, algorithm: Algorithm) -> Result<(), Unfit> {
    algorithm.check_material(jwk)?;
    jwk.permits(Purpose::VERIFY, algorithm.name())
}

impl Prepared {
    fn new(jwk: &Jwk, algorithm: Algorithm) -> Option<Self> {
        match (algorithm.scheme(), jwk.material()) {
            (Scheme::Hmac(algorithm), Material::Oct { secret }) => Some(Self::Hmac(Box::new(
                hmac::Key::new(algorithm, secret.bytes()),
            ))),
            (Scheme::Ecdsa { verify, .. }, Material::Ec { point, .. }) => {
                ParsedPublicKey::new(verify, point).ok().map(Self::Public)
            }
            (Scheme::Ed25519, Material::Okp { public, .. }) => {
                ParsedPublicKey::new(&ED25519, public)
                    .ok()
                    .map(Self::Public)
            }
            (Scheme::Rsa { verify, .. }, Material::Rsa { n, e, .. }) => {
                rsa::PublicKeyComponents { n, e }
                    .to_parsed_public_key(verify)
                    .ok()
                    .map(Self::Public)
            }
            _ => None,
        }
    }
}

/// The keys among which the key of a token is looked up.
#[derive(Clone, Debug, Default)]
pub struct VerifyingKeys(Vec<VerifyingKey>);

impl VerifyingKeys {
    /// Prepares every key of a set.
    pub fn new(set: &JwkSet) -> Self {
        set.keys().iter().map(VerifyingKey::new).collect()
    }

    /// The keys, in their order.
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.0
    }

    /// The keys that may have signed a token with this header.
    pub(super) fn candidates(
        &self,
        header: &Header,
        algorithm: Algorithm,
    ) -> Result<Vec<&VerifyingKey>, Refused> {
        candidates(&self.0, header, algorithm.name(), |key| {
            key.permits(algorithm)
        })
    }
}

impl Candidate for VerifyingKey {
    fn jwk(&self) -> &Jwk {
        &self.0.jwk
    }
}

impl FromIterator<VerifyingKey> for VerifyingKeys {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl From<VerifyingKey> for VerifyingKeys {
    fn from(key: VerifyingKey) -> Self {
        Self(vec![key])
    }
}

impl From<&Jwk> for VerifyingKeys {
    fn from(jwk: &Jwk) -> Self {
        VerifyingKey::new(jwk).into()
    }
}
