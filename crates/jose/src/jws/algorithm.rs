//! Signature algorithms and what each demands of a key.

use aws_lc_rs::signature::{
    self as aws, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, RsaParameters,
    RsaSignatureEncoding,
};
use aws_lc_rs::{digest, hmac};

use crate::jwk::{Curve, Jwk, KeyType, Material, Unfit};
use crate::names::named;

named! {
    /// Signature algorithms (`alg`, RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §4.1); `none` is deliberately not among them.
    pub enum Algorithm as "the signature algorithm" {
        Hs256 = "HS256",
        Hs384 = "HS384",
        Hs512 = "HS512",
        Rs256 = "RS256",
        Rs384 = "RS384",
        Rs512 = "RS512",
        Ps256 = "PS256",
        Ps384 = "PS384",
        Ps512 = "PS512",
        Es256 = "ES256",
        Es384 = "ES384",
        Es512 = "ES512",
        EdDsa = "EdDSA",
        Ed25519 = "Ed25519",
    }
}

/// What aws-lc-rs needs for an algorithm.
pub(super) enum Scheme {
    Hmac(hmac::Algorithm),
    Rsa {
        verify: &'static RsaParameters,
        sign: &'static RsaSignatureEncoding,
    },
    Ecdsa {
        curve: Curve,
        verify: &'static EcdsaVerificationAlgorithm,
        sign: &'static EcdsaSigningAlgorithm,
    },
    Ed25519,
}

impl Algorithm {
    /// Whether signer and verifier share one secret.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hs384 | Self::Hs512)
    }

    /// The type of key that it uses (RFC 7518 §3.1).
    pub const fn key_type(self) -> KeyType {
        match self {
            Self::Hs256 | Self::Hs384 | Self::Hs512 => KeyType::Oct,
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => {
                KeyType::Rsa
            }
            Self::Es256 | Self::Es384 | Self::Es512 => KeyType::Ec,
            Self::EdDsa | Self::Ed25519 => KeyType::Okp,
        }
    }

    pub(super) fn scheme(self) -> Scheme {
        let rsa = |verify, sign| Scheme::Rsa { verify, sign };
        let ecdsa = |curve, verify, sign| Scheme::Ecdsa {
            curve,
            verify,
            sign,
        };
        match self {
            Self::Hs256 => Scheme::Hmac(hmac::HMAC_SHA256),
            Self::Hs384 => Scheme::Hmac(hmac::HMAC_SHA384),
            Self::Hs512 => Scheme::Hmac(hmac::HMAC_SHA512),
            Self::Rs256 => rsa(&aws::RSA_PKCS1_2048_8192_SHA256, &aws::RSA_PKCS1_SHA256),
            Self::Rs384 => rsa(&aws::RSA_PKCS1_2048_8192_SHA384, &aws::RSA_PKCS1_SHA384),
            Self::Rs512 => rsa(&aws::RSA_PKCS1_2048_8192_SHA512, &aws::RSA_PKCS1_SHA512),
            // RFC 7518 §3.5: "The size of the salt value is the same size as the hash function output."
            Self::Ps256 => rsa(&aws::RSA_PSS_2048_8192_SHA256, &aws::RSA_PSS_SHA256),
            Self::Ps384 => rsa(&aws::RSA_PSS_2048_8192_SHA384, &aws::RSA_PSS_SHA384),
            Self::Ps512 => rsa(&aws::RSA_PSS_2048_8192_SHA512, &aws::RSA_PSS_SHA512),
            Self::Es256 => ecdsa(
                Curve::P256,
                &aws::ECDSA_P256_SHA256_FIXED,
                &aws::ECDSA_P256_SHA256_FIXED_SIGNING,
            ),
            Self::Es384 => ecdsa(
                Curve::P384,
                &aws::ECDSA_P384_SHA384_FIXED,
                &aws::ECDSA_P384_SHA384_FIXED_SIGNING,
            ),
            Self::Es512 => ecdsa(
                Curve::P521,
                &aws::ECDSA_P521_SHA512_FIXED,
                &aws::ECDSA_P521_SHA512_FIXED_SIGNING,
            ),
            // RFC 9864 §4.1.1: "EdDSA using the Ed25519 parameter set in Section 5.1 of [RFC8032]". `EdDSA` is that too,
            // for Ed25519 is the only one of its curves that this crate knows.
            Self::EdDsa | Self::Ed25519 => Scheme::Ed25519,
        }
    }

    /// Whether whoever accepts `self` accepts `other` as well: the same, or `Ed25519`, which says in full what `EdDSA`
    /// leaves to the key. Not the other way round: whoever asks for the full name has chosen it.
    pub(super) fn covers(self, other: Self) -> bool {
        self == other || (self, other) == (Self::EdDsa, Self::Ed25519)
    }

    /// Checks type, curve and length of the key.
    pub(super) fn check_material(self, jwk: &Jwk) -> Result<(), Unfit> {
        let wanted = self.name();
        if jwk.key_type() != self.key_type() {
            return Err(Unfit::KeyType {
                kty: jwk.key_type(),
                wanted,
            });
        }
        let needed = match self.scheme() {
            Scheme::Ecdsa { curve, .. } => Some(curve),
            Scheme::Ed25519 => Some(Curve::Ed25519),
            Scheme::Hmac(_) | Scheme::Rsa { .. } => None,
        };
        if let Some(curve) = jwk.curve().filter(|curve| Some(*curve) != needed) {
            return Err(Unfit::Curve { curve, wanted });
        }
        match (self.scheme(), jwk.material()) {
            (Scheme::Hmac(algorithm), Material::Oct { secret }) => {
                check_hmac_length(algorithm.digest_algorithm(), secret.bytes().len(), wanted)
            }
            _ => Ok(()),
        }
    }
}

/// RFC 7518 §3.2: "A key of the same size as the hash output (for instance, 256 bits for "HS256") or larger MUST be used"
fn check_hmac_length(
    digest: &digest::Algorithm,
    actual: usize,
    wanted: &'static str,
) -> Result<(), Unfit> {
    let needed = digest.output_len();
    if actual < needed {
        Err(Unfit::HmacKeyTooShort {
            needed,
            actual,
            wanted,
        })
    } else {
        Ok(())
    }
}
