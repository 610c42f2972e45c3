use jose::jwe::{ContentEncryption, KeyManagement};

use super::*;
use crate::key_ring::{CONTENT_ENCRYPTION, KEY_MANAGEMENT};

#[test]
fn rfc9101_6_1_one_that_is_encrypted_to_this_server_is_opened() {
    let signing = by_es256();
    let signed = signing.sign(&claims(&json!({})));
    let published = JwkSet::parse(fixture::keys().jwks()).unwrap();
    let random = CountingRandom::default();
    let random: &dyn domain::port::Random = &random;
    for algorithm in KEY_MANAGEMENT {
        for content in CONTENT_ENCRYPTION {
            let key = |jwk| EncryptionKey::new(jwk, *algorithm, *content).ok();
            let key = published.keys().iter().find_map(key).unwrap();
            let token = encrypt_nested(&key, &signed, &random).unwrap();
            assert_eq!(signing.error(&token), None, "{algorithm} {content}");
            // RFC 9101 §6.2: what is in it still has to be signed.
            let other = by_es256().sign(&claims(&json!({})));
            let forged = encrypt_nested(&key, &other, &random).unwrap();
            assert!(signing.error(&forged).is_some());
            let unsigned = claims(&json!({})).to_string();
            let header = Header::new().with_cty("JWT");
            let unsigned = encrypt_compact(&key, header, unsigned.as_bytes(), &random).unwrap();
            assert!(signing.error(&unsigned).is_some());
        }
    }
}

#[test]
fn rfc9101_6_1_one_that_is_encrypted_to_another_or_with_a_secret_is_not() {
    let signing = by_es256();
    let signed = signing.sign(&claims(&json!({})));
    let random = CountingRandom::default();
    let random: &dyn domain::port::Random = &random;
    let elsewhere = Jwk::generate(NewKey::Curve(Curve::P256)).unwrap();
    let secret = Jwk::from_secret(&[7; 32]);
    for (jwk, algorithm) in [
        (&elsewhere, KeyManagement::EcdhEs),
        (&secret, KeyManagement::Dir),
        (&secret, KeyManagement::A256Kw),
    ] {
        let key = EncryptionKey::new(jwk, algorithm, ContentEncryption::A256Gcm).unwrap();
        let token = encrypt_nested(&key, &signed, &random).unwrap();
        assert!(signing.error(&token).is_some(), "{algorithm}");
    }
}
