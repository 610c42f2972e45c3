//! Private keys from PKCS #8 (RFC 5958), the form in which keys are stored beside their certificates.

use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin, EcPrivateKeyBin};
use aws_lc_rs::signature::Ed25519KeyPair;
use aws_lc_rs::{agreement, rsa};

use super::generate::rsa_from_pkcs8;
use super::material::{agreement_algorithm, ed25519_public};
use super::{About, Curve, Jwk, Material, Secret};

/// Bytes that are not an RSA, P-256, P-384, P-521 or Ed25519 private key in PKCS #8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA, NIST curve or Ed25519 private key in PKCS #8")]
pub struct NotPkcs8;

impl Jwk {
    /// A private key from its PKCS #8 DER; the DER says of which type it is.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, NotPkcs8> {
        let material = rsa(der)
            .or_else(|| ec(Curve::P256, der))
            .or_else(|| ec(Curve::P384, der))
            .or_else(|| ec(Curve::P521, der))
            .or_else(|| ed25519(der));
        material
            .map(|material| Self::new(material, About::default()))
            .ok_or(NotPkcs8)
    }
}

fn rsa(der: &[u8]) -> Option<Material> {
    rsa::KeyPair::from_pkcs8(der).ok()?;
    rsa_from_pkcs8(der)
}

fn ec(curve: Curve, der: &[u8]) -> Option<Material> {
    let algorithm = agreement_algorithm(curve)?;
    let private = agreement::PrivateKey::from_private_key_der(algorithm, der).ok()?;
    let bytes: EcPrivateKeyBin<'_> = private.as_be_bytes().ok()?;
    let public = private.compute_public_key().ok()?;
    let (x, y) = Material::coordinates(curve, public.as_ref());
    Material::ec(curve, x, y, Some(Secret::copied(bytes.as_ref()))).ok()
}

fn ed25519(der: &[u8]) -> Option<Material> {
    let pair = Ed25519KeyPair::from_pkcs8(der).ok()?;
    let seed: Curve25519SeedBin<'_> = pair.seed().ok()?.as_be_bytes().ok()?;
    let private = Secret::copied(seed.as_ref());
    Material::okp(Curve::Ed25519, ed25519_public(&pair), Some(private)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwk::KeyType;
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
        ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    };

    #[test]
    fn reads_every_type_that_signs() {
        let curves = [
            (Curve::P256, &ECDSA_P256_SHA256_FIXED_SIGNING),
            (Curve::P384, &ECDSA_P384_SHA384_FIXED_SIGNING),
            (Curve::P521, &ECDSA_P521_SHA512_FIXED_SIGNING),
        ];
        for (curve, algorithm) in curves {
            let der = EcdsaKeyPair::generate(algorithm)
                .unwrap()
                .to_pkcs8v1()
                .unwrap();
            let key = Jwk::from_pkcs8(der.as_ref()).unwrap();
            assert_eq!((key.curve(), key.is_private()), (Some(curve), true));
        }
        let pair = Ed25519KeyPair::generate().unwrap();
        for der in [pair.to_pkcs8().unwrap(), pair.to_pkcs8v1().unwrap()] {
            let key = Jwk::from_pkcs8(der.as_ref()).unwrap();
            assert_eq!(key.curve(), Some(Curve::Ed25519));
        }
        let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let key = Jwk::from_pkcs8(der.as_ref()).unwrap();
        assert_eq!((key.key_type(), key.bits()), (KeyType::Rsa, Some(2048)));
    }

    #[test]
    fn refuses_what_is_no_private_key() {
        for der in [&b""[..], b"\x30\x00", b"-----BEGIN PRIVATE KEY-----"] {
            assert_eq!(Jwk::from_pkcs8(der).err(), Some(NotPkcs8));
        }
    }
}
