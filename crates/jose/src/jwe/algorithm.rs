//! Key management and content encryption algorithms, and what each demands of a key.

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm};

use crate::jwk::{Curve, Jwk, KeyType, Material, Purpose, Unfit};
use crate::names::named;

named! {
    /// How the content key comes to the recipient (`alg`, RFC 7518 §4.1, RFC 8037 §3.2); neither `RSA1_5` nor PBES2.
    pub enum KeyManagement as "the key management algorithm" {
        RsaOaep = "RSA-OAEP",
        RsaOaep256 = "RSA-OAEP-256",
        A128Kw = "A128KW",
        A192Kw = "A192KW",
        A256Kw = "A256KW",
        Dir = "dir",
        EcdhEs = "ECDH-ES",
        EcdhEsA128Kw = "ECDH-ES+A128KW",
        EcdhEsA192Kw = "ECDH-ES+A192KW",
        EcdhEsA256Kw = "ECDH-ES+A256KW",
        A128GcmKw = "A128GCMKW",
        A192GcmKw = "A192GCMKW",
        A256GcmKw = "A256GCMKW",
    }
}

named! {
    /// How the content is encrypted (`enc`, RFC 7518 §5.1).
    pub enum ContentEncryption as "the content encryption" {
        A128CbcHs256 = "A128CBC-HS256",
        A192CbcHs384 = "A192CBC-HS384",
        A256CbcHs512 = "A256CBC-HS512",
        A128Gcm = "A128GCM",
        A192Gcm = "A192GCM",
        A256Gcm = "A256GCM",
    }
}

/// The family of a key management algorithm, with the length of its wrapping key in bytes where it has one.
pub(super) enum Method {
    Direct,
    AesKw(usize),
    AesGcmKw(usize),
    Ecdh,
    EcdhAesKw(usize),
    Oaep(&'static OaepAlgorithm),
}

impl KeyManagement {
    pub(super) const fn method(self) -> Method {
        match self {
            Self::RsaOaep => Method::Oaep(&OAEP_SHA1_MGF1SHA1),
            Self::RsaOaep256 => Method::Oaep(&OAEP_SHA256_MGF1SHA256),
            Self::A128Kw => Method::AesKw(16),
            Self::A192Kw => Method::AesKw(24),
            Self::A256Kw => Method::AesKw(32),
            Self::Dir => Method::Direct,
            Self::EcdhEs => Method::Ecdh,
            Self::EcdhEsA128Kw => Method::EcdhAesKw(16),
            Self::EcdhEsA192Kw => Method::EcdhAesKw(24),
            Self::EcdhEsA256Kw => Method::EcdhAesKw(32),
            Self::A128GcmKw => Method::AesGcmKw(16),
            Self::A192GcmKw => Method::AesGcmKw(24),
            Self::A256GcmKw => Method::AesGcmKw(32),
        }
    }

    /// Whether both sides share one secret.
    pub const fn is_symmetric(self) -> bool {
        matches!(
            self.method(),
            Method::Direct | Method::AesKw(_) | Method::AesGcmKw(_)
        )
    }

    /// Whether the second part of the token is empty (RFC 7516 §5.1 steps 5 and 6).
    pub(super) const fn has_no_encrypted_key(self) -> bool {
        matches!(self.method(), Method::Direct | Method::Ecdh)
    }

    /// Checks that a key may encrypt with this algorithm.
    pub(super) fn check_encryption_key(
        self,
        jwk: &Jwk,
        enc: ContentEncryption,
    ) -> Result<(), Unfit> {
        let purpose = match self.method() {
            Method::Direct => Purpose::ENCRYPT,
            Method::Ecdh | Method::EcdhAesKw(_) => Purpose::AGREE_WITH,
            Method::AesKw(_) | Method::AesGcmKw(_) | Method::Oaep(_) => Purpose::WRAP,
        };
        self.check_key(jwk, enc, purpose)
    }

    /// Checks that a key may decrypt with this algorithm.
    pub(super) fn check_decryption_key(
        self,
        jwk: &Jwk,
        enc: ContentEncryption,
    ) -> Result<(), Unfit> {
        let purpose = match self.method() {
            Method::Direct => Purpose::DECRYPT,
            Method::Ecdh | Method::EcdhAesKw(_) => Purpose::AGREE,
            Method::AesKw(_) | Method::AesGcmKw(_) | Method::Oaep(_) => Purpose::UNWRAP,
        };
        self.check_key(jwk, enc, purpose)?;
        if jwk.is_private() {
            Ok(())
        } else {
            Err(Unfit::NotPrivate)
        }
    }

    fn check_key(self, jwk: &Jwk, enc: ContentEncryption, purpose: Purpose) -> Result<(), Unfit> {
        self.check_material(jwk, enc)?;
        // A key for direct encryption may name the content encryption as its algorithm (RFC 7520 §5.6.1).
        let direct = matches!(self.method(), Method::Direct) && jwk.alg() == Some(enc.name());
        jwk.permits(purpose, if direct { enc.name() } else { self.name() })
    }

    fn check_material(self, jwk: &Jwk, enc: ContentEncryption) -> Result<(), Unfit> {
        let wanted = self.name();
        let wrong_type = Err(Unfit::KeyType {
            kty: jwk.key_type(),
            wanted,
        });
        match (self.method(), jwk.material()) {
            (Method::Direct, Material::Oct { secret }) => {
                check_length(enc.key_len(), secret.bytes().len(), enc.name())
            }
            (Method::AesKw(len) | Method::AesGcmKw(len), Material::Oct { secret }) => {
                check_length(len, secret.bytes().len(), wanted)
            }
            (
                Method::Ecdh | Method::EcdhAesKw(_),
                Material::Okp {
                    curve: Curve::Ed25519,
                    ..
                },
            ) => Err(Unfit::Curve {
                curve: Curve::Ed25519,
                wanted,
            }),
            (Method::Ecdh | Method::EcdhAesKw(_), _) => match jwk.key_type() {
                KeyType::Ec | KeyType::Okp => Ok(()),
                KeyType::Rsa | KeyType::Oct => wrong_type,
            },
            (Method::Oaep(_), Material::Rsa { .. }) => Ok(()),
            _ => wrong_type,
        }
    }
}

fn check_length(needed: usize, actual: usize, wanted: &'static str) -> Result<(), Unfit> {
    if actual == needed {
        Ok(())
    } else {
        Err(Unfit::SymmetricLength {
            needed,
            actual,
            wanted,
        })
    }
}
