use std::time::Duration;

use domain::RetainedSecret;
use domain::port::Random;
use domain::port::fixed::CountingRandom;
use jose::jwe::{
    self, ContentEncryption, EncryptionKey, KeyManagement, decrypt_compact, encrypt_compact,
};
use jose::jwk::JwkSet;
use serde_json::{Value, json};

use super::*;
use crate::fixture::{NOW, client, key_records, keys};

#[test]
fn rfc7517_5_publishes_every_key_and_nothing_private() {
    let mut records = key_records().to_vec();
    records[0].state = KeyState::Retired;
    records[1].state = KeyState::Next;
    let ring = KeyRing::new(&records).unwrap();
    let set = JwkSet::parse(ring.jwks()).unwrap();
    assert_eq!((set.keys().len(), set.ignored().len()), (7, 0));
    assert!(!set.has_private_keys());
    let published: Value = serde_json::from_str(ring.jwks()).unwrap();
    for (key, record) in published["keys"].as_array().unwrap().iter().zip(&records) {
        assert_eq!(key["kid"], record.kid);
        let purpose = if record.family.decrypts() {
            "enc"
        } else {
            "sig"
        };
        assert_eq!(key["use"], purpose);
        assert_eq!(key["x5c"], json!([record.certificate]));
        // An RSA key serves RS and PS, an Ed25519 key what is called EdDSA or Ed25519, and one to
        // which others encrypt every algorithm of its type.
        let several = [KeyFamily::Rsa, KeyFamily::Ed25519].contains(&record.family)
            || record.family.decrypts();
        assert_eq!(key.get("alg").is_none(), several);
        for private in ["d", "p", "q", "k"] {
            assert!(key.get(private).is_none());
        }
    }
}

#[test]
fn signs_with_every_algorithm_and_verifies_what_it_signed() {
    for algorithm in ASYMMETRIC {
        let token = keys()
            .sign(*algorithm, TokenType::IdToken, &json!({ "sub": "ada" }))
            .unwrap();
        let claims = keys().verify(&token, TokenType::IdToken).unwrap();
        assert_eq!(claims.subject(), Ok(Some("ada")), "{algorithm}");
        assert!(keys().can_sign(*algorithm));
    }
}

#[test]
fn rfc8725_3_11_takes_no_token_for_another_type() {
    let sign = |typ| keys().sign(Algorithm::Es256, typ, &json!({})).unwrap();
    for made in TokenType::ALL {
        for wanted in TokenType::ALL {
            let verified = keys().verify(&sign(made), wanted);
            // An answer about a person has the type of an ID token, and no `exp`.
            let alike = [TokenType::IdToken, TokenType::UserInfo];
            let is_alike = alike.contains(&made) && alike.contains(&wanted);
            assert_eq!(
                verified.is_ok(),
                made == wanted || is_alike,
                "{made:?} as {wanted:?}"
            );
        }
    }
}

#[test]
fn only_an_active_key_signs_but_a_retired_one_still_verifies() {
    let token = keys()
        .sign(Algorithm::Es256, TokenType::AccessToken, &json!({}))
        .unwrap();
    let mut records = key_records().to_vec();
    for record in &mut records {
        record.state = KeyState::Retired;
    }
    let retired = KeyRing::new(&records).unwrap();
    assert_eq!(
        retired.sign(Algorithm::Es256, TokenType::AccessToken, &json!({})),
        Err(SigningError::NoActiveKey(Algorithm::Es256))
    );
    assert!(!retired.can_sign(Algorithm::Es256));
    let all = retired.id_token_algorithms();
    assert!(all.len() == 3 && all.iter().all(|algorithm| algorithm.is_symmetric()));
    assert_eq!(keys().id_token_algorithms(), Algorithm::ALL);
    assert!(retired.verify(&token, TokenType::AccessToken).is_ok());
    let forgotten = KeyRing::new(&[]).unwrap();
    assert!(forgotten.verify(&token, TokenType::AccessToken).is_err());
    assert_eq!(forgotten.jwks(), r#"{"keys":[]}"#);
}

#[test]
fn oidc_core_10_2_1_a_key_to_which_nobody_should_encrypt_any_more_still_decrypts() {
    let encrypt = |ring: &KeyRing, algorithm| {
        let published = JwkSet::parse(ring.jwks()).unwrap();
        let content = ContentEncryption::A256Gcm;
        let key = |jwk| EncryptionKey::new(jwk, algorithm, content).ok();
        let key = published.keys().iter().find_map(key)?;
        let (header, random) = (Header::new(), &CountingRandom::default() as &dyn Random);
        encrypt_compact(&key, header, b"secret", &random).ok()
    };
    for algorithm in [KeyManagement::RsaOaep256, KeyManagement::EcdhEs] {
        let token = encrypt(keys(), algorithm).unwrap();
        let (algorithms, contents) = ([algorithm], [ContentEncryption::A256Gcm]);
        let policy = jwe::Policy::new(&algorithms, &contents);
        for state in [KeyState::Active, KeyState::Next, KeyState::Retired] {
            let mut records = key_records().to_vec();
            for record in &mut records {
                record.state = state;
            }
            let ring = KeyRing::new(&records).unwrap();
            let decrypted = decrypt_compact(&token, &ring.decrypting, &policy).unwrap();
            assert_eq!(decrypted.plaintext(), b"secret");
            let is_published = encrypt(&ring, algorithm).is_some();
            assert_eq!(is_published, state == KeyState::Active, "{state:?}");
        }
        let forgotten = KeyRing::new(&[]).unwrap();
        assert!(decrypt_compact(&token, &forgotten.decrypting, &policy).is_err());
    }
}

#[test]
fn rfc7518_3_2_refuses_to_sign_with_a_secret_that_is_too_short() {
    let mut client = client();
    client.oidc.id_token_signing_algorithm.0 = Some(Algorithm::Hs256);
    let token = keys()
        .sign_for(&client, TokenType::IdToken, &json!({}))
        .unwrap();
    assert!(
        keys()
            .verify_for(&client, &token, TokenType::IdToken, NOW)
            .is_ok()
    );
    // A key of ours has not signed it.
    assert!(keys().verify(&token, TokenType::IdToken).is_err());
    let refused = Err(SigningError::SecretTooShort(Algorithm::Hs256));
    client.authentication.secret = Some(Secret::new("short"));
    let signed = keys().sign_for(&client, TokenType::IdToken, &json!({}));
    assert_eq!(signed, refused);
    client.authentication.secret = None;
    let signed = keys().sign_for(&client, TokenType::IdToken, &json!({}));
    assert_eq!(signed, refused);
}

#[test]
fn what_was_signed_with_a_replaced_secret_is_verified_until_that_expires() {
    let mut client = client();
    client.oidc.id_token_signing_algorithm.0 = Some(Algorithm::Hs256);
    let typ = TokenType::IdToken;
    let token = keys().sign_for(&client, typ, &json!({})).unwrap();
    let before = client.authentication.secret.replace(Secret::new(
        "another secret of the shop that is long enough for HS256",
    ));
    client.authentication.retained_secrets = vec![RetainedSecret {
        secret: before.unwrap(),
        expires: NOW + Duration::from_mins(1),
    }];
    let verified = |now| keys().verify_for(&client, &token, typ, now);
    assert!(verified(NOW).is_ok());
    assert!(verified(NOW + Duration::from_mins(1)).is_err());
    // The current one signs.
    let token = keys().sign_for(&client, typ, &json!({})).unwrap();
    let late = NOW + Duration::from_hours(1);
    assert!(keys().verify_for(&client, &token, typ, late).is_ok());
}

#[test]
fn names_the_families_that_a_client_needs() {
    let mut client = client();
    let policy = AccessTokenPolicy::default();
    let needed = KeyRing::families_for(&client, &policy);
    assert_eq!(needed, BTreeSet::from([KeyFamily::Rsa, KeyFamily::P256]));
    client.oidc.id_token_signing_algorithm.0 = Some(Algorithm::Hs512);
    let needed = KeyRing::families_for(&client, &policy);
    assert_eq!(needed, BTreeSet::from([KeyFamily::P256]));
}

#[test]
fn says_which_stored_key_cannot_be_used() {
    let mut record = key_records()[1].clone();
    record.private_key = Secret::new("not base64");
    assert_eq!(KeyRing::new(&[record.clone()]).err().unwrap().kid, "p256-1");
    record.private_key = Secret::new("MAA=");
    assert!(KeyRing::new(&[record.clone()]).is_err());
    // A key of another family than the record says.
    let mut mislabelled = key_records()[2].clone();
    mislabelled.family = KeyFamily::P256;
    assert!(KeyRing::new(&[mislabelled]).is_err());
}
