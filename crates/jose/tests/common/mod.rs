//! What several test files share.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses a part of this"
)]

use countersign_jose::jwe::{ContentEncryption, DecryptionKey, EncryptionKey, KeyManagement};
use countersign_jose::jwk::{Curve, Jwk, NewKey, RsaBits};
use countersign_jose::jws::{Algorithm, SigningKey};
use countersign_jose::{Random, RandomFailed, strict_base64url};
use std::cell::Cell;
use std::sync::OnceLock;

/// A counter in place of randomness, so that a failing test fails again.
pub(crate) struct Counter(Cell<u8>);

impl Counter {
    pub(crate) fn new() -> Self {
        Self(Cell::new(0))
    }
}

impl Random for Counter {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomFailed> {
        for byte in bytes {
            self.0.set(self.0.get().wrapping_mul(31).wrapping_add(7));
            *byte = self.0.get();
        }
        Ok(())
    }
}

/// One RSA key for all tests, because making one takes long.
pub(crate) fn rsa() -> &'static Jwk {
    static KEY: OnceLock<Jwk> = OnceLock::new();
    KEY.get_or_init(|| Jwk::generate(NewKey::Rsa(RsaBits::Bits2048)).unwrap())
}

/// A key that signs with the algorithm.
pub(crate) fn signing_key(algorithm: Algorithm) -> SigningKey {
    use countersign_jose::jwk::KeyType;
    match algorithm.key_type() {
        KeyType::Oct => SigningKey::new(&Jwk::from_secret(&[7; 64]), algorithm).unwrap(),
        KeyType::Rsa => SigningKey::new(rsa(), algorithm).unwrap(),
        KeyType::Ec | KeyType::Okp => SigningKey::generate(algorithm).unwrap(),
    }
}

/// Keys of every kind that fit the key management algorithm.
pub(crate) fn recipients(alg: KeyManagement, enc: ContentEncryption) -> Vec<Jwk> {
    use KeyManagement as K;
    match alg {
        K::RsaOaep | K::RsaOaep256 => vec![rsa().clone()],
        K::A128Kw | K::A128GcmKw => vec![Jwk::from_secret(&[1; 16])],
        K::A192Kw | K::A192GcmKw => vec![Jwk::from_secret(&[1; 24])],
        K::A256Kw | K::A256GcmKw => vec![Jwk::from_secret(&[1; 32])],
        K::Dir => vec![Jwk::from_secret(&vec![1; enc.key_len()])],
        K::EcdhEs | K::EcdhEsA128Kw | K::EcdhEsA192Kw | K::EcdhEsA256Kw => {
            [Curve::P256, Curve::P384, Curve::P521, Curve::X25519]
                .map(|curve| Jwk::generate(NewKey::Curve(curve)).unwrap())
                .to_vec()
        }
    }
}

/// Both ends of an encryption.
pub(crate) fn ends(
    jwk: &Jwk,
    alg: KeyManagement,
    enc: ContentEncryption,
) -> (EncryptionKey, DecryptionKey) {
    let public = jwk.public().unwrap_or_else(|| jwk.clone());
    (
        EncryptionKey::new(&public, alg, enc).unwrap(),
        DecryptionKey::new(jwk).unwrap(),
    )
}

/// A compact token from texts.
pub(crate) fn compact(header: &str, payload: &str, signature: &[u8]) -> String {
    let encode = |text: &str| strict_base64url::encode(text);
    format!(
        "{}.{}.{}",
        encode(header),
        encode(payload),
        strict_base64url::encode(signature)
    )
}

/// A token with this header and payload, signed by the key over exactly these texts.
pub(crate) fn signed(key: &SigningKey, header: &str, payload: &str) -> String {
    let token = compact(header, payload, b"");
    let input = token.trim_end_matches('.');
    format!(
        "{input}.{}",
        strict_base64url::encode(key.sign(input.as_bytes()).unwrap())
    )
}

/// `token` with one character of its part replaced by another of the base64url alphabet.
pub(crate) fn altered(token: &str, index: usize) -> String {
    let mut bytes = token.as_bytes().to_vec();
    bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}
