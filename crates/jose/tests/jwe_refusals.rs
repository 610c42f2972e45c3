//! Every way in which an encrypted token is refused, each with the error that names it.
#![cfg(test)]

mod common;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use common::{Counter, ends, recipients, rsa};
use countersign_jose::jwe::{
    ContentEncryption, DecryptionKey, DecryptionKeys, EncryptionFailed, EncryptionKey,
    KeyManagement, Policy, decrypt_compact, encrypt_compact,
};
use countersign_jose::jwk::{Curve, InvalidKey, Jwk, JwkSet, KeyType, NewKey, Unfit};
use countersign_jose::{Header, Random, RandomFailed, Refused, jwt, strict_base64url};
use serde_json::{Value, json};

const ENC: ContentEncryption = ContentEncryption::A128Gcm;

fn all() -> Policy<'static> {
    Policy::new(KeyManagement::ALL, ContentEncryption::ALL)
}

/// A good token for the algorithm with its keys.
fn token(alg: KeyManagement) -> (String, DecryptionKeys) {
    let (encryption, decryption) = ends(&recipients(alg, ENC)[0], alg, ENC);
    (
        encrypt_compact(&encryption, Header::new(), b"text", &Counter::new()).unwrap(),
        decryption.into(),
    )
}

/// What becomes of a good token when its parts are changed.
fn refused(alg: KeyManagement, change: impl Fn(&mut Vec<String>)) -> Refused {
    let (token, keys) = token(alg);
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    change(&mut parts);
    decrypt_compact(&parts.join("."), &keys, &all()).unwrap_err()
}

/// What becomes of a good token when its header is changed.
fn refused_header(alg: KeyManagement, change: impl Fn(&mut Value)) -> Refused {
    refused(alg, |parts| {
        let mut header =
            serde_json::from_slice(&strict_base64url::decode(&parts[0]).unwrap()).unwrap();
        change(&mut header);
        parts[0] = strict_base64url::encode(header.to_string());
    })
}

#[test]
fn rfc7516_4_1_3_refuses_compression() {
    assert_eq!(
        refused_header(KeyManagement::Dir, |header| header["zip"] = json!("DEF")),
        Refused::Compressed
    );
}

#[test]
fn rfc7516_4_1_13_refuses_an_unknown_critical_header() {
    let refusal = refused_header(KeyManagement::Dir, |header| {
        header["crit"] = json!(["x"]);
        header["x"] = json!(1);
    });
    assert_eq!(
        refusal,
        Refused::UnknownCritical {
            name: "x".to_owned()
        }
    );
}

#[test]
fn rfc8725_3_1_refuses_algorithms_that_are_not_allowed() {
    let (token, keys) = token(KeyManagement::Dir);
    let policy = Policy::new(&[KeyManagement::RsaOaep256], &[ENC]);
    let refusal = decrypt_compact(&token, &keys, &policy).unwrap_err();
    assert_eq!(
        refusal,
        Refused::AlgorithmNotAllowed {
            name: "dir",
            accepted: "RSA-OAEP-256".to_owned()
        }
    );
    let policy = Policy::new(&[KeyManagement::Dir], &[ContentEncryption::A256Gcm]);
    let refusal = decrypt_compact(&token, &keys, &policy).unwrap_err();
    assert_eq!(
        refusal,
        Refused::ContentEncryptionNotAllowed {
            name: "A128GCM",
            accepted: "A256GCM".to_owned()
        }
    );
}

#[test]
fn refuses_algorithms_that_are_not_supported() {
    for name in ["RSA1_5", "PBES2-HS256+A128KW", "none", "RSA-OAEP-512"] {
        let refusal = refused_header(KeyManagement::Dir, |header| header["alg"] = json!(name));
        assert_eq!(
            refusal,
            Refused::UnsupportedAlgorithm {
                name: name.to_owned()
            }
        );
    }
    let refusal = refused_header(KeyManagement::Dir, |header| {
        header["enc"] = json!("A128CBC");
    });
    assert_eq!(
        refusal,
        Refused::UnsupportedContentEncryption {
            name: "A128CBC".to_owned()
        }
    );
}

#[test]
fn rfc7516_4_1_2_refuses_a_missing_content_encryption() {
    let refusal = refused_header(KeyManagement::Dir, |header| {
        header.as_object_mut().unwrap().remove("enc");
    });
    assert_eq!(refusal, Refused::HeaderMemberMissing { name: "enc" });
}

#[test]
fn rfc7516_5_2_refuses_the_wrong_number_of_parts_and_too_long_tokens() {
    let refusal = refused(KeyManagement::Dir, |parts| parts.truncate(4));
    assert_eq!(
        refusal,
        Refused::PartCount {
            expected: 5,
            actual: 4
        }
    );
    let (token, keys) = token(KeyManagement::Dir);
    let refusal = decrypt_compact(&token, &keys, &all().with_max_len(9)).unwrap_err();
    assert_eq!(
        refusal,
        Refused::TooLong {
            limit: 9,
            actual: token.len()
        }
    );
}

#[test]
fn rfc7516_5_2_refuses_parts_of_the_wrong_length_or_encoding() {
    let short = strict_base64url::encode([0; 11]);
    for (index, part, expected) in [
        (2, "initialization vector", 12),
        (4, "authentication tag", 16),
    ] {
        let refusal = refused(KeyManagement::Dir, |parts| parts[index].clone_from(&short));
        assert_eq!(
            refusal,
            Refused::PartLength {
                part,
                expected,
                actual: 11
            }
        );
    }
    for (index, part) in [
        (1, "encrypted key"),
        (2, "initialization vector"),
        (3, "ciphertext"),
        (4, "authentication tag"),
    ] {
        let refusal = refused(KeyManagement::A128Kw, |parts| parts[index].push('='));
        assert_eq!(refusal, Refused::NotBase64Url { part });
    }
}

#[test]
fn rfc7516_5_2_10_refuses_an_encrypted_key_where_there_is_none() {
    for alg in [KeyManagement::Dir, KeyManagement::EcdhEs] {
        let refusal = refused(alg, |parts| parts[1] = "AA".to_owned());
        assert_eq!(refusal, Refused::EncryptedKeyPresent { name: alg.name() });
    }
}

#[test]
fn rfc7518_4_6_1_1_refuses_unsound_ephemeral_keys() {
    let alg = KeyManagement::EcdhEs;
    let refusal = refused_header(alg, |header| {
        header.as_object_mut().unwrap().remove("epk");
    });
    assert_eq!(refusal, Refused::HeaderMemberMissing { name: "epk" });
    let refusal = refused_header(alg, |header| {
        header["epk"]["y"] = header["epk"]["x"].clone();
    });
    let cause = InvalidKey::PointNotOnCurve { curve: Curve::P256 };
    assert_eq!(refusal, Refused::HeaderKey { name: "epk", cause });
    let refusal = refused_header(alg, |header| {
        header["epk"] = rsa().to_public_value().unwrap().into();
    });
    assert_eq!(
        refusal,
        Refused::HeaderMember {
            name: "epk",
            expected: "an elliptic-curve key"
        }
    );
    let own = Jwk::generate(NewKey::Curve(Curve::P256))
        .unwrap()
        .to_private_json();
    let refusal = refused_header(alg, |header| {
        header["epk"] = serde_json::from_str(&own).unwrap();
    });
    assert_eq!(refusal, Refused::HeaderKeyNotPublic { name: "epk" });
    let other = Jwk::generate(NewKey::Curve(Curve::P384))
        .unwrap()
        .to_public_value()
        .unwrap();
    let refusal = refused_header(alg, |header| header["epk"] = other.clone().into());
    assert_eq!(refusal, Refused::DecryptionFailed);
    let refusal = refused_header(alg, |header| header["apu"] = json!("="));
    assert_eq!(
        refusal,
        Refused::NotBase64Url {
            part: "header member `apu`"
        }
    );
}

#[test]
fn rfc7748_6_1_refuses_an_x25519_point_of_small_order() {
    let (enc, alg) = (ENC, KeyManagement::EcdhEs);
    let (encryption, decryption) = ends(&recipients(alg, enc)[3], alg, enc);
    let token = encrypt_compact(&encryption, Header::new(), b"text", &Counter::new()).unwrap();
    let mut parts: Vec<&str> = token.split('.').collect();
    let header = json!({"alg": "ECDH-ES", "enc": "A128GCM",
        "epk": {"kty": "OKP", "crv": "X25519", "x": strict_base64url::encode([0; 32])}});
    let header = strict_base64url::encode(header.to_string());
    parts[0] = &header;
    let refusal = decrypt_compact(&parts.join("."), &decryption.into(), &all()).unwrap_err();
    assert_eq!(refusal, Refused::DecryptionFailed);
}

#[test]
fn rfc7518_4_7_1_refuses_missing_or_short_wrapping_parameters() {
    let alg = KeyManagement::A256GcmKw;
    for (name, expected) in [("iv", 12), ("tag", 16)] {
        let refusal = refused_header(alg, |header| {
            header.as_object_mut().unwrap().remove(name);
        });
        assert_eq!(refusal, Refused::HeaderMemberMissing { name });
        let refusal = refused_header(alg, |header| header[name] = json!("AAAA"));
        let part = if name == "iv" {
            "header member `iv`"
        } else {
            "header member `tag`"
        };
        assert_eq!(
            refusal,
            Refused::PartLength {
                part,
                expected,
                actual: 3
            }
        );
    }
}

#[test]
fn rfc7516_11_5_tells_a_wrong_key_from_a_wrong_tag_by_nothing() {
    for alg in [
        KeyManagement::RsaOaep256,
        KeyManagement::A192Kw,
        KeyManagement::EcdhEsA256Kw,
        KeyManagement::A128GcmKw,
    ] {
        for index in [1, 3, 4] {
            let refusal = refused(alg, |parts| {
                let mut bytes = strict_base64url::decode(&parts[index]).unwrap();
                bytes[0] ^= 1;
                parts[index] = strict_base64url::encode(bytes);
            });
            assert_eq!(refusal, Refused::DecryptionFailed, "{alg} {index}");
        }
        assert_eq!(
            refused(alg, |parts| parts[1].clear()),
            Refused::DecryptionFailed
        );
    }
}

/// A forger who knows that a broken encrypted key is replaced by zeros seals with zeros.
#[test]
fn rfc7516_11_5_accepts_no_token_under_the_substitute_key() {
    let header = strict_base64url::encode(r#"{"alg":"A128KW","enc":"A128GCM"}"#);
    let zeros = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &[0; 16]).unwrap());
    let mut sealed = b"forged".to_vec();
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    zeros
        .seal_in_place_append_tag(nonce, Aad::from(&header), &mut sealed)
        .unwrap();
    let (ciphertext, tag) = sealed.split_at(6);
    let parts = [&[1; 24][..], &[0; 12], ciphertext, tag].map(strict_base64url::encode);
    let keys = DecryptionKeys::from(DecryptionKey::new(&Jwk::from_secret(&[1; 16])).unwrap());
    let refusal =
        decrypt_compact(&format!("{header}.{}", parts.join(".")), &keys, &all()).unwrap_err();
    assert_eq!(refusal, Refused::DecryptionFailed);
}

#[test]
fn refuses_keys_that_do_not_fit() {
    let new = |jwk: &Jwk, alg| EncryptionKey::new(jwk, alg, ENC).unwrap_err();
    let short = Jwk::from_secret(&[1; 15]);
    let length = |needed, wanted| Unfit::SymmetricLength {
        needed,
        actual: 15,
        wanted,
    };
    assert_eq!(new(&short, KeyManagement::A128Kw), length(16, "A128KW"));
    assert_eq!(
        new(&short, KeyManagement::A192GcmKw),
        length(24, "A192GCMKW")
    );
    assert_eq!(new(&short, KeyManagement::Dir), length(16, "A128GCM"));
    let wrong_type = |kty, wanted| Unfit::KeyType { kty, wanted };
    assert_eq!(
        new(rsa(), KeyManagement::EcdhEs),
        wrong_type(KeyType::Rsa, "ECDH-ES")
    );
    assert_eq!(
        new(&short, KeyManagement::RsaOaep),
        wrong_type(KeyType::Oct, "RSA-OAEP")
    );
    let ed25519 = Jwk::generate(NewKey::Curve(Curve::Ed25519)).unwrap();
    let curve = Unfit::Curve {
        curve: Curve::Ed25519,
        wanted: "ECDH-ES",
    };
    assert_eq!(new(&ed25519, KeyManagement::EcdhEs), curve);
    let signing = rsa().clone().for_signature();
    let declared = "sig".to_owned();
    assert_eq!(
        new(&signing, KeyManagement::RsaOaep),
        Unfit::Use {
            needed: "enc",
            declared
        }
    );
    let other = rsa().clone().with_alg("RSA-OAEP");
    let declared = "RSA-OAEP".to_owned();
    assert_eq!(
        new(&other, KeyManagement::RsaOaep256),
        Unfit::Algorithm {
            declared,
            wanted: "RSA-OAEP-256"
        }
    );
}

#[test]
fn rfc7517_4_3_refuses_a_decryption_key_for_another_operation() {
    let mut jwk: Value =
        serde_json::from_str(&Jwk::from_secret(&[1; 16]).to_private_json()).unwrap();
    jwk["key_ops"] = json!(["wrapKey"]);
    let keys = DecryptionKeys::from(DecryptionKey::new(&Jwk::from_value(jwk).unwrap()).unwrap());
    let (token, _) = token(KeyManagement::A128Kw);
    let refusal = decrypt_compact(&token, &keys, &all()).unwrap_err();
    assert_eq!(
        refusal,
        Refused::KeyUnfit(Unfit::Operation {
            needed: "unwrapKey"
        })
    );
}

#[test]
fn web_crypto_keys_with_empty_operations_agree() {
    let mut jwk = Jwk::generate(NewKey::Curve(Curve::P256))
        .unwrap()
        .to_public_value()
        .unwrap();
    jwk.insert("key_ops".to_owned(), json!([]));
    let jwk = Jwk::from_value(jwk.into()).unwrap();
    assert!(EncryptionKey::new(&jwk, KeyManagement::EcdhEs, ENC).is_ok());
}

#[test]
fn refuses_public_keys_for_decryption() {
    let public = rsa().public().unwrap();
    assert_eq!(DecryptionKey::new(&public).unwrap_err(), Unfit::NotPrivate);
    let set: JwkSet = [public, rsa().clone()].into_iter().collect();
    assert_eq!(DecryptionKeys::new(&set).keys().len(), 1);
}

struct Dry;

impl Random for Dry {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomFailed> {
        Err(RandomFailed)
    }
}

#[test]
fn encrypts_nothing_without_randomness() {
    let (encryption, _) = ends(rsa(), KeyManagement::RsaOaep, ENC);
    let failed = encrypt_compact(&encryption, Header::new(), b"", &Dry).unwrap_err();
    assert_eq!(failed, EncryptionFailed::Random(RandomFailed));
}

#[test]
fn rfc7519_5_2_refuses_a_nested_token_that_does_not_say_so() {
    let policy = all();
    let (plain, keys) = token(KeyManagement::Dir);
    assert_eq!(
        jwt::decrypt_nested(&plain, &keys, &policy).unwrap_err(),
        Refused::NotNested
    );
    let (encryption, decryption) = ends(rsa(), KeyManagement::RsaOaep256, ENC);
    let nested = jwt::encrypt_nested(&encryption, "a.b.c", &Counter::new()).unwrap();
    assert_eq!(
        jwt::decrypt_nested(&nested, &decryption.into(), &policy).unwrap(),
        "a.b.c"
    );
}
