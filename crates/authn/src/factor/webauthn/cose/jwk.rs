//! A credential's public key as a JWK (RFC 7517), which everyone can read who checks a receipt.

use jose::strict_base64url::encode;
use serde_json::{Map, Value, json};

use super::{CoseAlgorithm, CredentialPublicKey, Material};

impl CredentialPublicKey {
    /// The key as a JWK, with the algorithm that it is for.
    pub fn to_jwk(&self) -> Map<String, Value> {
        let alg = match self.algorithm {
            CoseAlgorithm::Es256 => "ES256",
            CoseAlgorithm::Es384 => "ES384",
            CoseAlgorithm::Es512 => "ES512",
            CoseAlgorithm::EdDsa => "EdDSA",
            CoseAlgorithm::Rs256 => "RS256",
            CoseAlgorithm::Ps256 => "PS256",
        };
        let jwk = match &self.material {
            Material::Ec { curve, point } => {
                let curve = match curve {
                    1 => "P-256",
                    2 => "P-384",
                    _ => "P-521",
                };
                // After the byte that says that both coordinates follow.
                let (_, coordinates) = point.split_at(1);
                let (x, y) = coordinates.split_at(coordinates.len() / 2);
                json!({"kty": "EC", "crv": curve, "alg": alg, "x": encode(x), "y": encode(y)})
            }
            Material::Ed25519(x) => {
                json!({"kty": "OKP", "crv": "Ed25519", "alg": alg, "x": encode(x)})
            }
            Material::Rsa { n, e } => {
                json!({"kty": "RSA", "alg": alg, "n": encode(n), "e": encode(e)})
            }
        };
        jwk.as_object().cloned().unwrap_or_default()
    }
}
