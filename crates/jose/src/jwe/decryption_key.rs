//! Keys prepared for decryption: parsed once, used for many tokens.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, PrivateDecryptingKey};

use crate::jwk::{Curve, Jwk, JwkSet, Material, Secret, Unfit, agreement_algorithm};
use crate::lookup::Candidate;

/// A key that decrypts, prepared once; cheap to clone.
#[derive(Clone)]
pub struct DecryptionKey(Arc<Inner>);

struct Inner {
    jwk: Jwk,
    prepared: Prepared,
}

pub(super) enum Prepared {
    Symmetric(Secret),
    Ecdh { curve: Curve, private: PrivateKey },
    Rsa(OaepPrivateDecryptingKey),
}

impl DecryptionKey {
    /// Prepares a private or symmetric key.
    pub fn new(jwk: &Jwk) -> Result<Self, Unfit> {
        let prepared = Prepared::new(jwk)?;
        Ok(Self(Arc::new(Inner {
            jwk: jwk.clone(),
            prepared,
        })))
    }

    /// The key with its private parts.
    pub fn jwk(&self) -> &Jwk {
        &self.0.jwk
    }

    pub(super) fn prepared(&self) -> &Prepared {
        &self.0.prepared
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DecryptionKey").field(&self.0.jwk).finish()
    }
}

impl Prepared {
    fn new(jwk: &Jwk) -> Result<Self, Unfit> {
        match jwk.material() {
            Material::Oct { secret } => Ok(Self::Symmetric(secret.clone())),
            Material::Ec {
                curve,
                private: Some(private),
                ..
            }
            | Material::Okp {
                curve,
                private: Some(private),
                ..
            } => Self::ecdh(*curve, private),
            Material::Rsa {
                n,
                e,
                private: Some(private),
            } => {
                let pair = private.key_pair(n, e).map_err(|_| Unfit::Rejected)?;
                let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| Unfit::Rejected)?;
                let key = PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref())
                    .map_err(|_| Unfit::Rejected)?;
                OaepPrivateDecryptingKey::new(key)
                    .map(Self::Rsa)
                    .map_err(|_| Unfit::Rejected)
            }
            _ => Err(Unfit::NotPrivate),
        }
    }

    fn ecdh(curve: Curve, private: &Secret) -> Result<Self, Unfit> {
        let algorithm = agreement_algorithm(curve).ok_or(Unfit::Curve {
            curve,
            wanted: "ECDH-ES",
        })?;
        PrivateKey::from_private_key(algorithm, private.bytes())
            .map(|private| Self::Ecdh { curve, private })
            .map_err(|_| Unfit::Rejected)
    }
}

impl Candidate for DecryptionKey {
    fn jwk(&self) -> &Jwk {
        &self.0.jwk
    }
}

/// The keys among which the key of an encrypted token is looked up.
#[derive(Clone, Debug, Default)]
pub struct DecryptionKeys(Vec<DecryptionKey>);

impl DecryptionKeys {
    /// Prepares every key of a set that can decrypt; the others are left out.
    pub fn new(set: &JwkSet) -> Self {
        set.keys()
            .iter()
            .filter_map(|jwk| DecryptionKey::new(jwk).ok())
            .collect()
    }

    /// The keys, in their order.
    pub fn keys(&self) -> &[DecryptionKey] {
        &self.0
    }
}

impl FromIterator<DecryptionKey> for DecryptionKeys {
    fn from_iter<I: IntoIterator<Item = DecryptionKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl From<DecryptionKey> for DecryptionKeys {
    fn from(key: DecryptionKey) -> Self {
        Self(vec![key])
    }
}
