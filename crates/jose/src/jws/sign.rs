//! Signing: a key parsed once, a header encoded once, then one signature for each token.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaSignatureEncoding};
use aws_lc_rs::{hmac, rsa};

use super::Algorithm;
use super::algorithm::Scheme;
use crate::jwk::{InvalidKey, Jwk, Material, NewKey, Purpose, RsaBits, Unfit};
use crate::{Header, strict_base64url};

/// The cryptographic library made no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature could not be made")]
pub struct SigningFailed;

/// A key that signs with one algorithm; parsed once, cheap to clone, its private parts wiped on drop.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

struct Inner {
    algorithm: Algorithm,
    prepared: Prepared,
    jwk: Jwk,
}

enum Prepared {
    Hmac(Box<hmac::Key>),
    Rsa {
        pair: Box<rsa::KeyPair>,
        encoding: &'static RsaSignatureEncoding,
    },
    Ecdsa(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl SigningKey {
    /// Prepares a private key to sign with this algorithm.
    pub fn new(jwk: &Jwk, algorithm: Algorithm) -> Result<Self, Unfit> {
        algorithm.check_material(jwk)?;
        jwk.permits(Purpose::SIGN, algorithm.name())?;
        let prepared = Prepared::new(jwk, algorithm)?;
        Ok(Self(Arc::new(Inner {
            algorithm,
            prepared,
            jwk: jwk.clone(),
        })))
    }

    /// Makes a new key for an asymmetric algorithm, with its thumbprint as `kid`; RSA keys have 2048 bits.
    pub fn generate(algorithm: Algorithm) -> Result<Self, InvalidKey> {
        let kind = match algorithm.scheme() {
            Scheme::Hmac(_) => return Err(InvalidKey::GenerationFailed),
            Scheme::Rsa { .. } => NewKey::Rsa(RsaBits::Bits2048),
            Scheme::Ecdsa { curve, .. } => NewKey::Curve(curve),
            Scheme::Ed25519 => NewKey::Curve(crate::jwk::Curve::Ed25519),
        };
        let jwk = Jwk::generate(kind)?
            .with_thumbprint_kid()
            .with_alg(algorithm)
            .for_signature();
        Self::new(&jwk, algorithm).map_err(|_| InvalidKey::GenerationFailed)
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// The private key, for export to sealed storage.
    pub fn jwk(&self) -> &Jwk {
        &self.0.jwk
    }

    /// The key id.
    pub fn kid(&self) -> Option<&str> {
        self.0.jwk.kid()
    }

    /// Signs bytes; the signature is in the form of RFC 7518 §3.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        self.0.prepared.sign(message).map_err(|_| SigningFailed)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.0.algorithm)
            .field("jwk", &self.0.jwk)
            .finish()
    }
}

impl Prepared {
    fn new(jwk: &Jwk, algorithm: Algorithm) -> Result<Self, Unfit> {
        match (algorithm.scheme(), jwk.material()) {
            (Scheme::Hmac(algorithm), Material::Oct { secret }) => Ok(Self::Hmac(Box::new(
                hmac::Key::new(algorithm, secret.bytes()),
            ))),
            (
                Scheme::Ecdsa { sign, .. },
                Material::Ec {
                    point,
                    private: Some(d),
                    ..
                },
            ) => EcdsaKeyPair::from_private_key_and_public_key(sign, d.bytes(), point)
                .map(|pair| Self::Ecdsa(Box::new(pair)))
                .map_err(|_| Unfit::Rejected),
            (
                Scheme::Ed25519,
                Material::Okp {
                    public,
                    private: Some(seed),
                    ..
                },
            ) => Ed25519KeyPair::from_seed_and_public_key(seed.bytes(), public)
                .map(|pair| Self::Ed25519(Box::new(pair)))
                .map_err(|_| Unfit::Rejected),
            (
                Scheme::Rsa { sign, .. },
                Material::Rsa {
                    n,
                    e,
                    private: Some(private),
                },
            ) => private
                .key_pair(n, e)
                .map(|pair| Self::Rsa {
                    pair: Box::new(pair),
                    encoding: sign,
                })
                .map_err(|_| Unfit::Rejected),
            _ => Err(Unfit::NotPrivate),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
        match self {
            Self::Hmac(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Self::Ecdsa(pair) => pair
                .sign(&system_random(), message)
                .map(|signature| signature.as_ref().to_vec()),
            Self::Ed25519(pair) => pair
                .try_sign(message)
                .map(|signature| signature.as_ref().to_vec()),
            Self::Rsa { pair, encoding } => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &system_random(), message, &mut signature)?;
                Ok(signature)
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "aws-lc draws the nonces and salts of signatures itself; no caller chooses them"
)]
fn system_random() -> impl SecureRandom {
    SystemRandom::new()
}

/// A signing key with a header that was encoded once, for many tokens of one kind.
#[derive(Clone, Debug)]
pub struct Signer {
    key: SigningKey,
    encoded_header: String,
}

impl Signer {
    /// Prepares tokens with this header; `alg` and, if the key has one, `kid` are added.
    pub fn new(key: SigningKey, header: Header) -> Self {
        let header = header.with("alg", key.algorithm().name());
        let header = match (header.kid(), key.kid()) {
            (None, Some(kid)) => header.with_kid(kid),
            _ => header,
        };
        Self {
            encoded_header: header.encoded(),
            key,
        }
    }

    /// The key.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Signs a payload into a compact token (RFC 7515 §7.1).
    pub fn sign(&self, payload: &[u8]) -> Result<String, SigningFailed> {
        // That of ES256; next to what a longer one costs, more room is for nothing.
        let signature = 64;
        let room = self.encoded_header.len() + (payload.len() + signature) * 4 / 3 + 8;
        let mut token = String::with_capacity(room);
        token.push_str(&self.encoded_header);
        token.push('.');
        strict_base64url::append(payload, &mut token);
        let signature = self.key.sign(token.as_bytes())?;
        token.push('.');
        strict_base64url::append(&signature, &mut token);
        Ok(token)
    }
}

/// A payload as a compact token that nobody signs (RFC 7518 §3.6), for those who have asked for exactly
/// that and get it by a way on which nobody can change it.
pub fn unsecured_compact(header: Header, payload: &[u8]) -> String {
    let mut token = header.with("alg", "none").encoded();
    token.push('.');
    strict_base64url::append(payload, &mut token);
    // RFC 7518 §3.6: "An Unsecured JWS uses the "alg" value "none" and is formatted identically to
    // other JWSs, but MUST use the empty octet sequence as its JWS Signature value."
    token.push('.');
    token
}

/// Signs one payload into a compact token; for many of a kind, keep a [`Signer`].
pub fn sign_compact(
    key: &SigningKey,
    header: Header,
    payload: &[u8],
) -> Result<String, SigningFailed> {
    Signer::new(key.clone(), header).sign(payload)
}
