//! New keys. The library draws its own randomness for asymmetric keys.

use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::signature::Ed25519KeyPair;
use aws_lc_rs::{agreement, rsa};
use zeroize::Zeroizing;

use super::der::{Der, OCTET_STRING, SEQUENCE};
use super::material::{agreement_algorithm, ed25519_public};
use super::{About, Curve, InvalidKey, Jwk, Material, RsaPrivate, Secret};
use crate::Random;

/// What kind of key to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewKey {
    /// On a curve: the NIST curves serve signatures and key agreement, Ed25519 signatures, X25519 agreement.
    Curve(Curve),
    /// RSA with the exponent 65537.
    Rsa(RsaBits),
}

/// Lengths of new RSA moduli, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaBits {
    /// 2048 bits.
    Bits2048,
    /// 3072 bits.
    Bits3072,
    /// 4096 bits.
    Bits4096,
}

impl Jwk {
    /// Makes a new private key.
    pub fn generate(kind: NewKey) -> Result<Self, InvalidKey> {
        let material = match kind {
            NewKey::Curve(Curve::Ed25519) => ed25519(),
            NewKey::Curve(Curve::X25519) => x25519(),
            NewKey::Curve(curve) => ec(curve),
            NewKey::Rsa(bits) => rsa(bits),
        };
        material
            .map(|material| Self::new(material, About::default()))
            .ok_or(InvalidKey::GenerationFailed)
    }

    /// Makes a new symmetric key of `len` bytes.
    pub fn generate_secret(len: usize, random: &dyn Random) -> Result<Self, InvalidKey> {
        let mut bytes = Zeroizing::new(vec![0; len]);
        random
            .fill(&mut bytes)
            .map_err(|_| InvalidKey::GenerationFailed)?;
        Ok(Self::from_secret(&bytes))
    }
}

fn ed25519() -> Option<Material> {
    let pair = Ed25519KeyPair::generate().ok()?;
    let seed: Curve25519SeedBin<'_> = pair.seed().ok()?.as_be_bytes().ok()?;
    Material::okp(
        Curve::Ed25519,
        ed25519_public(&pair),
        Some(Secret::copied(seed.as_ref())),
    )
    .ok()
}

fn x25519() -> Option<Material> {
    let private = agreement::PrivateKey::generate(&agreement::X25519).ok()?;
    let seed: Curve25519SeedBin<'_> = private.as_be_bytes().ok()?;
    let public = private.compute_public_key().ok()?.as_ref().to_vec();
    Material::okp(Curve::X25519, public, Some(Secret::copied(seed.as_ref()))).ok()
}

fn ec(curve: Curve) -> Option<Material> {
    let private = agreement::PrivateKey::generate(agreement_algorithm(curve)?).ok()?;
    let bytes: EcPrivateKeyBin<'_> = private.as_be_bytes().ok()?;
    let public = private.compute_public_key().ok()?;
    let (x, y) = Material::coordinates(curve, public.as_ref());
    Material::ec(curve, x, y, Some(Secret::copied(bytes.as_ref()))).ok()
}

fn rsa(bits: RsaBits) -> Option<Material> {
    let size = match bits {
        RsaBits::Bits2048 => rsa::KeySize::Rsa2048,
        RsaBits::Bits3072 => rsa::KeySize::Rsa3072,
        RsaBits::Bits4096 => rsa::KeySize::Rsa4096,
    };
    let pair = rsa::KeyPair::generate(size).ok()?;
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    rsa_from_pkcs8(pkcs8.as_ref())
}

/// PKCS#8 holds version, algorithm and an octet string with the RSA key: version, n, e, d, p, q, dp, dq, qi.
pub(super) fn rsa_from_pkcs8(pkcs8: &[u8]) -> Option<Material> {
    let mut info = Der::new(pkcs8).inside(SEQUENCE)?;
    info.number()?;
    info.value(SEQUENCE)?;
    let mut key = info.inside(OCTET_STRING)?.inside(SEQUENCE)?;
    key.number()?;
    let (n, e) = (key.number()?.to_vec(), key.number()?.to_vec());
    let mut secret = || key.number().map(Secret::copied);
    let private = RsaPrivate {
        d: secret()?,
        p: secret()?,
        q: secret()?,
        dp: secret()?,
        dq: secret()?,
        qi: secret()?,
    };
    Material::rsa(n, e, Some(private)).ok()
}
