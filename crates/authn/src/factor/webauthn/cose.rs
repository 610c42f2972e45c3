//! Public keys and algorithms as authenticators name them (COSE: RFC 9052 §7, RFC 9053, RFC 8230,
//! RFC 8812).
//!
//! A key goes to the cryptographic library as it is, and not by way of a JWK: the ECDSA signatures
//! of authenticators are in DER, which no JWS has.

mod jwk;

use std::ops::RangeInclusive;

use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ED25519,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, VerificationAlgorithm,
};

use super::cbor::{self, Map, Value};

/// The signature algorithms that credentials may have (IANA, "COSE Algorithms").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoseAlgorithm {
    /// ECDSA with SHA-256, on P-256 (-7).
    Es256,
    /// `EdDSA`, on Ed25519 (-8).
    EdDsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (-257).
    Rs256,
    /// ECDSA with SHA-384, on P-384 (-35).
    Es384,
    /// ECDSA with SHA-512, on P-521 (-36).
    Es512,
    /// RSASSA-PSS with SHA-256 (-37).
    Ps256,
}

impl CoseAlgorithm {
    /// What credentials may be made with, the most wanted first.
    pub const DEFAULT: &'static [Self] = &[
        Self::Es256,
        Self::EdDsa,
        Self::Rs256,
        Self::Es384,
        Self::Es512,
    ];

    /// Its number.
    pub const fn id(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Es384 => -35,
            Self::Es512 => -36,
            Self::Ps256 => -37,
            Self::Rs256 => -257,
        }
    }

    /// The algorithm with this number.
    pub const fn from_id(id: i64) -> Option<Self> {
        match id {
            -7 => Some(Self::Es256),
            -8 => Some(Self::EdDsa),
            -35 => Some(Self::Es384),
            -36 => Some(Self::Es512),
            -37 => Some(Self::Ps256),
            -257 => Some(Self::Rs256),
            _ => None,
        }
    }

    pub(super) fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            // WebAuthn §6.5.5: "the sig value MUST be encoded as an ASN.1 DER Ecdsa-Sig-Value".
            Self::Es256 => &ECDSA_P256_SHA256_ASN1,
            Self::Es384 => &ECDSA_P384_SHA384_ASN1,
            Self::Es512 => &ECDSA_P521_SHA512_ASN1,
            Self::EdDsa => &ED25519,
            Self::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
            Self::Ps256 => &RSA_PSS_2048_8192_SHA256,
        }
    }
}

/// RSASSA-PKCS1-v1_5 with SHA-1 (-65535, RFC 8812 §2), with which the TPMs of Windows attest; it is
/// known nowhere else.
pub(super) const RS1: i64 = -65535;

/// What verifies a signature of [`RS1`].
pub(super) fn rs1_verification() -> &'static dyn VerificationAlgorithm {
    &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY
}

/// Why a `COSE_Key` is not a credential's public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoseKeyError {
    /// The algorithm is missing, or none of ours.
    #[error("the key names no algorithm that is known")]
    Algorithm,
    /// Key type or curve are not those of the algorithm.
    #[error("the key type or the curve is not that of the algorithm")]
    Mismatch,
    /// It is not a CBOR map of numbers.
    #[error("the key is no COSE_Key")]
    NotACoseKey,
    /// It has a member that a public key does not have.
    #[error("the key has members beyond those of a public key")]
    Superfluous,
    /// The point is not on the curve, or a number is not of the right size.
    #[error("the parts of the key are not sound")]
    Unsound,
}

/// The parts of a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Material {
    /// A point in uncompressed form (SEC 1 §2.3.3), of the curve with this number (RFC 9053 §7.1).
    Ec { curve: i64, point: Vec<u8> },
    /// An Ed25519 public key.
    Ed25519(Vec<u8>),
    /// Modulus and exponent, big-endian without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

/// A credential's public key, found sound, and the one algorithm that it is for.
#[derive(Clone)]
pub struct CredentialPublicKey {
    algorithm: CoseAlgorithm,
    material: Material,
    parsed: ParsedPublicKey,
}

impl CredentialPublicKey {
    /// Reads a `COSE_Key`.
    pub fn read(cose: &[u8]) -> Result<Self, CoseKeyError> {
        let value = cbor::read(cose).map_err(|_| CoseKeyError::NotACoseKey)?;
        Self::from_value(&value)
    }

    /// The algorithm that it is for.
    pub const fn algorithm(&self) -> CoseAlgorithm {
        self.algorithm
    }

    /// Whether `signature` over `message` was made with its private half.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }

    pub(super) const fn material(&self) -> &Material {
        &self.material
    }

    pub(super) fn from_value(value: &Value<'_>) -> Result<Self, CoseKeyError> {
        let key = value.as_map().ok_or(CoseKeyError::NotACoseKey)?;
        let id = integer(key, ALG).ok_or(CoseKeyError::Algorithm)?;
        let algorithm = CoseAlgorithm::from_id(id).ok_or(CoseKeyError::Algorithm)?;
        let (material, members) = match algorithm {
            CoseAlgorithm::Es256 => (ec(key, 1, 32)?, 5),
            CoseAlgorithm::Es384 => (ec(key, 2, 48)?, 5),
            CoseAlgorithm::Es512 => (ec(key, 3, 66)?, 5),
            CoseAlgorithm::EdDsa => (ed25519(key)?, 4),
            CoseAlgorithm::Rs256 | CoseAlgorithm::Ps256 => (rsa(key)?, 4),
        };
        // WebAuthn §6.5.1: "The COSE_Key-encoded credential public key MUST contain the "alg"
        // parameter and MUST NOT contain any other OPTIONAL parameters." Nor private ones.
        if key.len() != members {
            return Err(CoseKeyError::Superfluous);
        }
        let parsed = material.parsed(algorithm).ok_or(CoseKeyError::Unsound)?;
        Ok(Self {
            algorithm,
            material,
            parsed,
        })
    }
}

impl Material {
    fn parsed(&self, algorithm: CoseAlgorithm) -> Option<ParsedPublicKey> {
        match self {
            Self::Ec { point, .. } => ParsedPublicKey::new(algorithm.verification(), point).ok(),
            Self::Ed25519(public) => ParsedPublicKey::new(&ED25519, public).ok(),
            Self::Rsa { n, e } => {
                let parameters = match algorithm {
                    CoseAlgorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                let components = rsa::PublicKeyComponents { n, e };
                components.to_parsed_public_key(parameters).ok()
            }
        }
    }
}

const KTY: i64 = 1;
const ALG: i64 = 3;
const CRV: i64 = -1;
const OKP: i64 = 1;
const EC2: i64 = 2;
const RSA: i64 = 3;

fn integer(key: &Map<'_>, label: i64) -> Option<i64> {
    key.integer_key(label)?.as_integer()
}

fn bytes<'a>(key: &Map<'a>, label: i64) -> Result<&'a [u8], CoseKeyError> {
    let value = key.integer_key(label).and_then(Value::as_bytes);
    value.ok_or(CoseKeyError::Unsound)
}

fn of_type(key: &Map<'_>, kty: i64, curve: Option<i64>) -> Result<(), CoseKeyError> {
    let matches = integer(key, KTY) == Some(kty)
        && curve.is_none_or(|curve| integer(key, CRV) == Some(curve));
    matches.then_some(()).ok_or(CoseKeyError::Mismatch)
}

/// RFC 9053 §7.1.1. WebAuthn §5.8.5: keys "MUST specify [the curve] as the crv parameter and MUST
/// NOT use the compressed point form."
fn ec(key: &Map<'_>, curve: i64, len: usize) -> Result<Material, CoseKeyError> {
    of_type(key, EC2, Some(curve))?;
    let (x, y) = (bytes(key, -2)?, bytes(key, -3)?);
    if x.len() != len || y.len() != len {
        return Err(CoseKeyError::Unsound);
    }
    let point = [&[4], x, y].concat();
    Ok(Material::Ec { curve, point })
}

/// RFC 9053 §7.2.
fn ed25519(key: &Map<'_>) -> Result<Material, CoseKeyError> {
    // WebAuthn §5.8.5: "Keys with algorithm EdDSA (-8) MUST specify Ed25519 (6) as the crv
    // parameter."
    of_type(key, OKP, Some(6))?;
    let x = bytes(key, -2)?;
    let is_whole = x.len() == 32;
    is_whole
        .then(|| Material::Ed25519(x.to_vec()))
        .ok_or(CoseKeyError::Unsound)
}

/// Shortest and longest modulus that is read, in bits. The library looks at it only when it
/// verifies.
const RSA_BITS: RangeInclusive<usize> = 2048..=8192;

/// RFC 8230 §4: "n" and "e", which must be minimal here so that a key has one form.
fn rsa(key: &Map<'_>) -> Result<Material, CoseKeyError> {
    of_type(key, RSA, None)?;
    let (n, e) = (bytes(key, -1)?, bytes(key, -2)?);
    let is_minimal = |number: &[u8]| number.first().is_some_and(|first| *first != 0);
    // FIPS 186-5 §5.4: the exponent is "an odd, positive integer such that 2^16 < e < 2^256".
    let is_odd = e.last().is_some_and(|last| last % 2 == 1);
    let unused = n.first().map_or(0, |first| first.leading_zeros() as usize);
    let has_size = RSA_BITS.contains(&(n.len() * 8 - unused)) && (3..=5).contains(&e.len());
    if !is_minimal(n) || !is_minimal(e) || !is_odd || !has_size {
        return Err(CoseKeyError::Unsound);
    }
    let (n, e) = (n.to_vec(), e.to_vec());
    Ok(Material::Rsa { n, e })
}

#[cfg(test)]
mod tests;
