//! JSON Web Keys and sets of them (RFC 7517, RFC 7518 §6, RFC 8037).

mod certificate;
mod der;
mod error;
mod generate;
mod material;
mod pkcs8;
mod purpose;
mod read;
mod secret;
mod set;
mod write;

use crate::digest::sha256;
use crate::names::named;
use crate::strict_base64url;

pub use certificate::certificate_thumbprint;
pub use error::{InvalidKey, Unfit};
pub use generate::{NewKey, RsaBits};
pub use pkcs8::NotPkcs8;
pub use set::{IgnoredKey, JwkSet, MAX_SET_KEYS, MAX_SET_LEN};

pub(crate) use material::{Material, RsaPrivate, agreement_algorithm};
pub(crate) use purpose::Purpose;
pub(crate) use secret::Secret;

/// Longest JSON text of one key that is read, in bytes.
pub const MAX_KEY_LEN: usize = 64 * 1024;

named! {
    /// Key types (`kty`, RFC 7518 §6.1, RFC 8037 §2).
    pub enum KeyType as "the key type" {
        Ec = "EC",
        Okp = "OKP",
        Rsa = "RSA",
        Oct = "oct",
    }
}

named! {
    /// Curves (`crv`, RFC 7518 §6.2.1.1, RFC 8037 §3).
    pub enum Curve as "the curve" {
        P256 = "P-256",
        P384 = "P-384",
        P521 = "P-521",
        Ed25519 = "Ed25519",
        X25519 = "X25519",
    }
}

impl Curve {
    /// Length of a coordinate and of a private key, in bytes.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::P256 | Self::Ed25519 | Self::X25519 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A JSON Web Key whose parts have been checked; private parts are wiped on drop and never shown by `Debug`.
#[derive(Clone)]
pub struct Jwk {
    material: Material,
    about: About,
}

/// What a JWK says about itself beside the key.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    pub(crate) kid: Option<String>,
    pub(crate) key_use: Option<String>,
    pub(crate) key_ops: Option<Vec<String>>,
    pub(crate) alg: Option<String>,
    pub(crate) x5c: Vec<Vec<u8>>,
    pub(crate) x5t_s256: Option<String>,
}

impl Jwk {
    pub(crate) fn new(material: Material, about: About) -> Self {
        Self { material, about }
    }

    /// A symmetric key from its bytes (`oct`, RFC 7518 §6.4).
    pub fn from_secret(bytes: &[u8]) -> Self {
        Self::new(
            Material::Oct {
                secret: Secret::copied(bytes),
            },
            About::default(),
        )
    }

    /// With a key id (`kid`, RFC 7517 §4.5).
    #[must_use]
    pub fn with_kid(mut self, kid: impl Into<String>) -> Self {
        self.about.kid = Some(kid.into());
        self
    }

    /// Without a key id.
    #[must_use]
    pub fn without_kid(mut self) -> Self {
        self.about.kid = None;
        self
    }

    /// With its RFC 7638 thumbprint as key id.
    #[must_use]
    pub fn with_thumbprint_kid(self) -> Self {
        let kid = self.thumbprint();
        self.with_kid(kid)
    }

    /// With the one algorithm it is for (`alg`, RFC 7517 §4.4).
    #[must_use]
    pub fn with_alg(mut self, alg: impl std::fmt::Display) -> Self {
        self.about.alg = Some(alg.to_string());
        self
    }

    /// For signatures only (`use`: `sig`, RFC 7517 §4.2).
    #[must_use]
    pub fn for_signature(mut self) -> Self {
        self.about.key_use = Some("sig".to_owned());
        self
    }

    /// For encryption only (`use`: `enc`, RFC 7517 §4.2).
    #[must_use]
    pub fn for_encryption(mut self) -> Self {
        self.about.key_use = Some("enc".to_owned());
        self
    }

    /// The key type (`kty`, RFC 7517 §4.1).
    pub fn key_type(&self) -> KeyType {
        self.material.key_type()
    }

    /// The curve (`crv`) of an elliptic-curve key.
    pub fn curve(&self) -> Option<Curve> {
        self.material.curve()
    }

    /// Length of the RSA modulus or of the symmetric key, in bits.
    pub fn bits(&self) -> Option<usize> {
        self.material.bits()
    }

    /// The key id (`kid`, RFC 7517 §4.5).
    pub fn kid(&self) -> Option<&str> {
        self.about.kid.as_deref()
    }

    /// The use it is for (`use`, RFC 7517 §4.2).
    pub fn key_use(&self) -> Option<&str> {
        self.about.key_use.as_deref()
    }

    /// The operations it is for (`key_ops`, RFC 7517 §4.3).
    pub fn key_ops(&self) -> Option<&[String]> {
        self.about.key_ops.as_deref()
    }

    /// The one algorithm it is for (`alg`, RFC 7517 §4.4).
    pub fn alg(&self) -> Option<&str> {
        self.about.alg.as_deref()
    }

    /// Its certificates in DER, its own first (`x5c`, RFC 7517 §4.7); the chain is not verified.
    pub fn x5c(&self) -> &[Vec<u8>] {
        &self.about.x5c
    }

    /// The SHA-256 thumbprint of its certificate (`x5t#S256`, RFC 7517 §4.9).
    pub fn x5t_s256(&self) -> Option<&str> {
        self.about.x5t_s256.as_deref()
    }

    /// Whether it holds a private or symmetric key.
    pub fn is_private(&self) -> bool {
        self.material.is_private()
    }

    /// The public half; a symmetric key has none.
    pub fn public(&self) -> Option<Self> {
        let material = self.material.public()?;
        let mut about = self.about.clone();
        about.key_ops = about.key_ops.map(purpose::public_operations);
        Some(Self { material, about })
    }

    /// The SHA-256 thumbprint in base64url (RFC 7638 §3).
    pub fn thumbprint(&self) -> String {
        strict_base64url::encode(sha256(self.material.thumbprint_input().as_bytes()))
    }

    pub(crate) fn material(&self) -> &Material {
        &self.material
    }

    pub(crate) fn about(&self) -> &About {
        &self.about
    }
}

impl std::fmt::Debug for Jwk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jwk")
            .field("kty", &self.key_type())
            .field("crv", &self.curve())
            .field("kid", &self.about.kid)
            .field("use", &self.about.key_use)
            .field("alg", &self.about.alg)
            .field("private", &self.is_private())
            .finish_non_exhaustive()
    }
}
