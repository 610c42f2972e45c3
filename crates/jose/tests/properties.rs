//! Properties: what is sealed opens, what is altered does not, and no input makes a parser panic.
#![cfg(test)]

mod common;

use common::{Counter, altered, ends, recipients, signing_key};
use countersign_jose::jwe::{
    self, ContentEncryption, DecryptionKeys, KeyManagement, decrypt_compact, encrypt_compact,
};
use countersign_jose::jwk::{Jwk, JwkSet};
use countersign_jose::jws::{
    self, Algorithm, SigningKey, VerifyingKeys, sign_compact, verify_compact,
};
use countersign_jose::{Header, Inspection, Payload, inspect, json, strict_base64url};
use proptest::prelude::*;

#[test]
fn every_signature_algorithm_verifies_what_it_signed_also_after_export() {
    for algorithm in Algorithm::ALL {
        let exported = signing_key(*algorithm).jwk().to_private_json();
        let key = SigningKey::new(&Jwk::parse(exported.as_bytes()).unwrap(), *algorithm).unwrap();
        let token = sign_compact(&key, Header::new().with_typ("JWT"), br#"{"a":1}"#).unwrap();
        let keys = VerifyingKeys::from(key.jwk());
        let verified = verify_compact(&token, &keys, &jws::Policy::new(&[*algorithm])).unwrap();
        assert_eq!(
            (verified.payload(), verified.algorithm()),
            (&br#"{"a":1}"#[..], *algorithm)
        );
    }
}

#[test]
fn a_signed_token_with_any_character_altered_is_refused() {
    for algorithm in Algorithm::ALL {
        let key = signing_key(*algorithm);
        let token = sign_compact(&key, Header::new(), b"payload").unwrap();
        let keys = VerifyingKeys::from(key.jwk());
        for index in 0..token.len() {
            let wrong = altered(&token, index);
            let refused = verify_compact(&wrong, &keys, &jws::Policy::new(Algorithm::ALL));
            assert!(refused.is_err(), "{algorithm} {index}");
        }
    }
}

#[test]
fn every_pair_of_encryption_algorithms_opens_what_it_sealed() {
    let (algorithms, contents) = (KeyManagement::ALL, ContentEncryption::ALL);
    for (alg, enc) in algorithms
        .iter()
        .flat_map(|alg| contents.iter().map(|enc| (*alg, *enc)))
    {
        for jwk in recipients(alg, enc) {
            let (encryption, decryption) = ends(&jwk.with_kid("k"), alg, enc);
            for plaintext in [&b""[..], b"sixteen bytes...", b"some text"] {
                let token = encrypt_compact(&encryption, Header::new(), plaintext, &Counter::new())
                    .unwrap();
                let opened = decrypt_compact(
                    &token,
                    &decryption.clone().into(),
                    &jwe::Policy::new(&[alg], &[enc]),
                );
                let opened = opened.unwrap_or_else(|refused| panic!("{alg} {enc}: {refused}"));
                assert_eq!(
                    (opened.plaintext(), opened.header().kid()),
                    (plaintext, Some("k"))
                );
            }
        }
    }
}

#[test]
fn an_encrypted_token_with_any_character_altered_is_refused() {
    let enc = ContentEncryption::A128CbcHs256;
    for alg in KeyManagement::ALL {
        let (encryption, decryption) = ends(&recipients(*alg, enc)[0], *alg, enc);
        let keys = DecryptionKeys::from(decryption);
        let token = encrypt_compact(&encryption, Header::new(), b"text", &Counter::new()).unwrap();
        for index in 0..token.len() {
            let policy = jwe::Policy::new(KeyManagement::ALL, ContentEncryption::ALL);
            assert!(
                decrypt_compact(&altered(&token, index), &keys, &policy).is_err(),
                "{alg} {index}"
            );
        }
    }
}

#[test]
fn inspection_describes_both_kinds_of_token() {
    let key = signing_key(Algorithm::Es256);
    let payloads = [
        (&b"{}"[..], Payload::Json(serde_json::json!({}))),
        (b"text", Payload::Text("text".to_owned())),
    ];
    for (bytes, expected) in payloads
        .into_iter()
        .chain([(&[0xff][..], Payload::Bytes(vec![0xff]))])
    {
        let token = sign_compact(&key, Header::new(), bytes).unwrap();
        let Ok(Inspection::Jws {
            header,
            payload,
            signature_len,
        }) = inspect(&token)
        else {
            panic!("no JWS")
        };
        assert_eq!(
            (payload, signature_len, &header["alg"]),
            (expected, 64, &"ES256".into())
        );
    }
    let (alg, enc) = (KeyManagement::A128Kw, ContentEncryption::A128Gcm);
    let (encryption, _) = ends(&recipients(alg, enc)[0], alg, enc);
    let token = encrypt_compact(&encryption, Header::new(), b"text", &Counter::new()).unwrap();
    let Ok(Inspection::Jwe {
        header,
        encrypted_key_len,
        ciphertext_len,
    }) = inspect(&token)
    else {
        panic!("no JWE")
    };
    assert_eq!(
        (encrypted_key_len, ciphertext_len, &header["enc"]),
        (24, 4, &"A128GCM".into())
    );
}

#[test]
fn prepared_keys_may_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<SigningKey>();
    shared::<jws::Signer>();
    shared::<VerifyingKeys>();
    shared::<jwe::EncryptionKey>();
    shared::<DecryptionKeys>();
}

fn read_everything(text: &str) {
    let (no_keys, nothing) = (VerifyingKeys::default(), DecryptionKeys::default());
    let _ = inspect(text);
    let _ = verify_compact(text, &no_keys, &jws::Policy::new(Algorithm::ALL));
    let policy = jwe::Policy::new(KeyManagement::ALL, ContentEncryption::ALL);
    let _ = decrypt_compact(text, &nothing, &policy);
    let _ = Jwk::parse(text);
    let _ = JwkSet::parse(text);
}

/// JSON with the member names that this crate reads, so that random input gets past the first check.
fn headerlike() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "alg", "enc", "crit", "kid", "typ", "jwk", "epk", "x5c", "kty", "crv", "x", "y", "d", "n",
        "e", "k", "key_ops", "use", "apu", "iv", "tag", "zip", "b64", "keys", "aud", "exp",
    ]);
    let value = prop::sample::select(vec![
        "\"ES256\"",
        "\"dir\"",
        "\"A128GCM\"",
        "\"none\"",
        "[]",
        "[\"exp\"]",
        "{}",
        "1",
        "null",
        "\"EC\"",
        "\"RSA\"",
        "\"P-256\"",
        "\"AQAB\"",
        "\"AA\"",
        "\"\"",
        "{\"kty\":\"OKP\"}",
        "[{\"kty\":\"oct\",\"k\":\"\"}]",
    ]);
    prop::collection::vec((name, value), 0..8).prop_map(|members| {
        let members: Vec<_> = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", members.join(","))
    })
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in any::<String>()) {
        read_everything(&text);
    }

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in any::<Vec<u8>>()) {
        let _ = json::parse(&bytes);
        let _ = Jwk::parse(&bytes);
        let _ = Jwk::from_pkcs8(&bytes);
        let _ = strict_base64url::decode(&bytes);
    }

    #[test]
    fn no_header_or_key_makes_a_parser_panic(json in headerlike(), other in headerlike()) {
        read_everything(&json);
        let (json, other) = (strict_base64url::encode(json), strict_base64url::encode(other));
        read_everything(&format!("{json}.{other}.AA"));
        read_everything(&format!("{json}.{other}.AAAAAAAAAAAAAAAA..AAAAAAAAAAAAAAAAAAAAAA"));
    }

    #[test]
    fn base64url_has_one_spelling_for_each_value(text in "[A-Za-z0-9_-]{0,40}") {
        if let Ok(bytes) = strict_base64url::decode(&text) {
            prop_assert_eq!(strict_base64url::encode(bytes), text);
        }
    }

    #[test]
    fn any_payload_survives_signing_and_encryption(payload in any::<Vec<u8>>()) {
        let key = signing_key(Algorithm::Hs256);
        let token = sign_compact(&key, Header::new(), &payload).unwrap();
        let verified = verify_compact(&token, &VerifyingKeys::from(key.jwk()), &jws::Policy::new(&[Algorithm::Hs256]));
        let verified = verified.unwrap();
        prop_assert_eq!(verified.payload(), &payload);
        for enc in ContentEncryption::ALL {
            let (encryption, decryption) = ends(&Jwk::from_secret(&vec![3; enc.key_len()]), KeyManagement::Dir, *enc);
            let token = encrypt_compact(&encryption, Header::new(), &payload, &Counter::new()).unwrap();
            let opened = decrypt_compact(&token, &decryption.into(), &jwe::Policy::new(&[KeyManagement::Dir], &[*enc]));
            let opened = opened.unwrap();
            prop_assert_eq!(opened.plaintext(), &payload);
        }
    }
}
