//! Certificates beside a key (`x5c`, `x5t#S256`): decoded and matched with the key, chains are not verified.

use data_encoding::BASE64;
use serde_json::Value;

use super::{About, InvalidKey, Material};
use crate::digest::sha256;
use crate::strict_base64url;

/// `x5t#S256` of a certificate in DER (RFC 7517 §4.9).
pub fn certificate_thumbprint(der: &[u8]) -> String {
    strict_base64url::encode(sha256(der))
}

/// The certificates of an `x5c` member in DER.
pub(super) fn decode_chain(value: &Value) -> Result<Vec<Vec<u8>>, InvalidKey> {
    const FORM: InvalidKey = InvalidKey::WrongForm {
        name: "x5c",
        expected: "an array of strings, not empty",
    };
    let certificates = value
        .as_array()
        .filter(|array| !array.is_empty())
        .ok_or(FORM)?;
    certificates
        .iter()
        .map(|certificate| decode_certificate(certificate.as_str().ok_or(FORM)?))
        .collect()
}

fn decode_certificate(text: &str) -> Result<Vec<u8>, InvalidKey> {
    // RFC 7517 §4.7: "Each string in the array is a base64-encoded (Section 4 of [RFC4648] -- not base64url-encoded)
    // DER [ITU.X690.1994] PKIX certificate value."
    let der = BASE64
        .decode(text.as_bytes())
        .map_err(|_| InvalidKey::CertificateEncoding)?;
    if der.first() == Some(&super::der::SEQUENCE) {
        Ok(der)
    } else {
        Err(InvalidKey::CertificateEncoding)
    }
}

/// Checks that the first certificate is of this key, as far as can be told without reading X.509.
pub(super) fn check_certificate(material: &Material, about: &About) -> Result<(), InvalidKey> {
    let Some(first) = about.x5c.first() else {
        return Ok(());
    };
    // RFC 7517 §4.7: "The key in the first certificate MUST match the public key represented by other members of the JWK."
    let number = match material {
        Material::Ec { curve, point, .. } => Material::coordinates(*curve, point).0,
        Material::Okp { public, .. } => public,
        Material::Rsa { n, .. } => n,
        Material::Oct { .. } => return Err(InvalidKey::CertificateOfAnotherKey),
    };
    if !first.windows(number.len()).any(|window| window == number) {
        return Err(InvalidKey::CertificateOfAnotherKey);
    }
    match &about.x5t_s256 {
        Some(thumbprint) if *thumbprint != certificate_thumbprint(first) => {
            Err(InvalidKey::CertificateThumbprintMismatch)
        }
        _ => Ok(()),
    }
}
