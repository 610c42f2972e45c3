//! Every way in which a key is refused, and what a key shows of itself.
#![cfg(test)]

use countersign_jose::json::InvalidJson;
use countersign_jose::jwk::{
    Curve, InvalidKey, Jwk, JwkSet, KeyType, MAX_KEY_LEN, MAX_SET_KEYS, MAX_SET_LEN, NewKey,
    RsaBits, certificate_thumbprint,
};
use countersign_jose::strict_base64url::{decode, encode};
use data_encoding::BASE64;
use serde_json::{Map, Value, json};

fn private(kind: NewKey) -> Map<String, Value> {
    let text = Jwk::generate(kind).unwrap().to_private_json();
    serde_json::from_str(&text).unwrap()
}

fn p256() -> Map<String, Value> {
    private(NewKey::Curve(Curve::P256))
}

fn with(mut jwk: Map<String, Value>, name: &str, value: impl Into<Value>) -> InvalidKey {
    jwk.insert(name.to_owned(), value.into());
    Jwk::from_value(jwk.into()).unwrap_err()
}

fn without(mut jwk: Map<String, Value>, name: &str) -> InvalidKey {
    jwk.remove(name);
    Jwk::from_value(jwk.into()).unwrap_err()
}

#[test]
fn rfc7517_4_refuses_keys_that_are_no_json_object_or_too_long() {
    assert_eq!(
        Jwk::parse("[]").unwrap_err(),
        InvalidKey::Json(InvalidJson::NotAnObject)
    );
    let name = "kty".to_owned();
    let duplicate = Jwk::parse(r#"{"kty":"oct","kty":"oct","k":"AA"}"#).unwrap_err();
    assert_eq!(
        duplicate,
        InvalidKey::Json(InvalidJson::DuplicateMember { name })
    );
    let long = " ".repeat(MAX_KEY_LEN + 1);
    assert_eq!(
        Jwk::parse(long).unwrap_err(),
        InvalidKey::TooLong {
            limit: MAX_KEY_LEN,
            actual: MAX_KEY_LEN + 1
        }
    );
}

#[test]
fn rfc7517_4_1_refuses_unknown_key_types_and_curves() {
    let name = "EC2".to_owned();
    assert_eq!(
        with(p256(), "kty", "EC2"),
        InvalidKey::UnsupportedKeyType { name }
    );
    let name = "secp256k1".to_owned();
    assert_eq!(
        with(p256(), "crv", "secp256k1"),
        InvalidKey::UnsupportedCurve { name }
    );
    let mismatch = InvalidKey::CurveMismatch {
        curve: Curve::X25519,
        kty: KeyType::Ec,
    };
    assert_eq!(with(p256(), "crv", "X25519"), mismatch);
    let mismatch = InvalidKey::CurveMismatch {
        curve: Curve::P256,
        kty: KeyType::Okp,
    };
    assert_eq!(
        with(private(NewKey::Curve(Curve::Ed25519)), "crv", "P-256"),
        mismatch
    );
}

#[test]
fn rfc7518_6_refuses_missing_members_and_wrong_forms() {
    for name in ["kty", "crv", "x", "y"] {
        assert_eq!(without(p256(), name), InvalidKey::Missing { name });
    }
    for name in ["x", "d", "kid", "use", "alg"] {
        assert_eq!(
            with(p256(), name, 1),
            InvalidKey::WrongForm {
                name,
                expected: "a string"
            }
        );
    }
    assert_eq!(
        with(p256(), "x", "A="),
        InvalidKey::NotBase64Url { name: "x" }
    );
    assert_eq!(
        Jwk::parse(r#"{"kty":"oct"}"#).unwrap_err(),
        InvalidKey::Missing { name: "k" }
    );
}

#[test]
fn rfc7518_6_2_1_2_refuses_coordinates_of_the_wrong_length() {
    for (name, actual) in [("x", 31), ("y", 33), ("d", 31)] {
        let refusal = with(p256(), name, encode(vec![1; actual]));
        assert_eq!(
            refusal,
            InvalidKey::Length {
                name,
                expected: 32,
                actual
            }
        );
    }
}

#[test]
fn rfc7518_6_2_refuses_a_point_off_the_curve() {
    for curve in [Curve::P256, Curve::P384, Curve::P521] {
        let jwk = private(NewKey::Curve(curve));
        let mut y = decode(jwk["y"].as_str().unwrap()).unwrap();
        *y.last_mut().unwrap() ^= 1;
        assert_eq!(
            with(jwk, "y", encode(y)),
            InvalidKey::PointNotOnCurve { curve }
        );
    }
}

#[test]
fn refuses_a_private_part_of_another_key() {
    for curve in [
        Curve::P256,
        Curve::P384,
        Curve::P521,
        Curve::Ed25519,
        Curve::X25519,
    ] {
        let other = private(NewKey::Curve(curve));
        let refusal = with(private(NewKey::Curve(curve)), "d", other["d"].clone());
        assert_eq!(refusal, InvalidKey::PairMismatch, "{curve}");
    }
    let zero = encode([0; 32]);
    assert_eq!(with(p256(), "d", zero), InvalidKey::PairMismatch);
}

#[test]
fn rfc7518_6_3_refuses_unsound_rsa_keys() {
    let rsa = private(NewKey::Rsa(RsaBits::Bits2048));
    let n = decode(rsa["n"].as_str().unwrap()).unwrap();
    assert_eq!(
        with(rsa.clone(), "n", encode(&n[1..])),
        InvalidKey::RsaSize {
            actual: bits(&n[1..])
        }
    );
    let mut even = n.clone();
    *even.last_mut().unwrap() ^= 1;
    assert_eq!(
        with(rsa.clone(), "n", encode(even)),
        InvalidKey::RsaModulusEven
    );
    let padded = [&[0], n.as_slice()].concat();
    assert_eq!(
        with(rsa.clone(), "n", encode(padded)),
        InvalidKey::NotMinimal { name: "n" }
    );
    for e in [&[3][..], &[1], &[1, 0, 0], &[0xff, 0xff], &[3, 0, 0, 0, 1]] {
        assert_eq!(
            with(rsa.clone(), "e", encode(e)),
            InvalidKey::RsaExponent,
            "{e:?}"
        );
    }
    assert_eq!(
        with(rsa.clone(), "d", encode([1; 256])),
        InvalidKey::PairMismatch
    );
    assert_eq!(without(rsa.clone(), "p"), InvalidKey::Missing { name: "p" });
    assert_eq!(with(rsa, "oth", json!([])), InvalidKey::MultiPrime);
}

fn bits(number: &[u8]) -> usize {
    let significant: Vec<u8> = number
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect();
    significant.len() * 8 - significant[0].leading_zeros() as usize
}

#[test]
fn rfc7517_4_3_refuses_contradicting_operations() {
    let duplicate = InvalidKey::DuplicateOperation {
        operation: "sign".to_owned(),
    };
    assert_eq!(with(p256(), "key_ops", json!(["sign", "sign"])), duplicate);
    let mut jwk = p256();
    jwk.insert("use".to_owned(), "sig".into());
    assert_eq!(
        with(jwk, "key_ops", json!(["deriveKey"])),
        InvalidKey::InconsistentUse
    );
    let form = InvalidKey::WrongForm {
        name: "key_ops",
        expected: "an array of strings",
    };
    assert_eq!(with(p256(), "key_ops", "sign"), form);
}

#[test]
fn rfc7517_4_7_refuses_certificates_that_are_none_or_of_another_key() {
    let form = InvalidKey::WrongForm {
        name: "x5c",
        expected: "an array of strings, not empty",
    };
    assert_eq!(with(p256(), "x5c", json!([])), form);
    for text in ["*", "AA==", "MA", "MA\n=="] {
        assert_eq!(
            with(p256(), "x5c", json!([text])),
            InvalidKey::CertificateEncoding,
            "{text}"
        );
    }
    assert_eq!(
        with(p256(), "x5c", json!(["MAA="])),
        InvalidKey::CertificateOfAnotherKey
    );
}

#[test]
fn rfc7517_4_9_checks_the_thumbprint_of_the_certificate() {
    let mut jwk = p256();
    let x = decode(jwk["x"].as_str().unwrap()).unwrap();
    let certificate = [&[0x30, 32][..], &x].concat();
    jwk.insert("x5c".to_owned(), json!([BASE64.encode(&certificate)]));
    let refusal = with(jwk.clone(), "x5t#S256", certificate_thumbprint(b"other"));
    assert_eq!(refusal, InvalidKey::CertificateThumbprintMismatch);
    jwk.insert(
        "x5t#S256".to_owned(),
        certificate_thumbprint(&certificate).into(),
    );
    let read = Jwk::from_value(jwk.clone().into()).unwrap();
    assert_eq!(read.x5c(), [certificate]);
    let public = read.to_public_value().unwrap();
    assert_eq!(
        (&public["x5c"], &public["x5t#S256"]),
        (&jwk["x5c"], &jwk["x5t#S256"])
    );
}

#[test]
fn rfc7517_5_puts_aside_keys_that_are_not_understood() {
    let good = Value::Object(p256());
    let set = JwkSet::from_value(
        json!({"keys": [{"kty": "AKP"}, good, 1, {"kty": "RSA", "n": "AQ", "e": "AQAB"}]}),
    );
    let set = set.unwrap();
    let ignored: Vec<_> = set.ignored().iter().map(|ignored| ignored.index).collect();
    assert_eq!((set.keys().len(), ignored), (1, vec![0, 2, 3]));
    assert_eq!(set.ignored()[2].reason, InvalidKey::RsaSize { actual: 1 });
}

#[test]
fn rfc7517_5_refuses_sets_that_are_none_or_too_large() {
    assert_eq!(
        JwkSet::parse("{}").unwrap_err(),
        InvalidKey::Missing { name: "keys" }
    );
    assert_eq!(
        JwkSet::parse("[]").unwrap_err(),
        InvalidKey::Json(InvalidJson::NotAnObject)
    );
    let form = InvalidKey::WrongForm {
        name: "keys",
        expected: "an array of keys",
    };
    assert_eq!(JwkSet::parse(r#"{"keys":{}}"#).unwrap_err(), form);
    let actual = MAX_SET_KEYS + 1;
    let many = json!({"keys": vec![Value::Null; actual]});
    assert_eq!(
        JwkSet::from_value(many).unwrap_err(),
        InvalidKey::TooManyKeys {
            limit: MAX_SET_KEYS,
            actual
        }
    );
    let actual = MAX_SET_LEN + 1;
    let refusal = JwkSet::parse(" ".repeat(actual)).unwrap_err();
    assert_eq!(
        refusal,
        InvalidKey::TooLong {
            limit: MAX_SET_LEN,
            actual
        }
    );
}

#[test]
fn publishes_no_private_part() {
    let rsa = Jwk::generate(NewKey::Rsa(RsaBits::Bits2048)).unwrap();
    let kinds = [
        Curve::P256,
        Curve::P384,
        Curve::P521,
        Curve::Ed25519,
        Curve::X25519,
    ]
    .map(NewKey::Curve);
    let keys = kinds
        .map(|kind| Jwk::generate(kind).unwrap())
        .into_iter()
        .chain([rsa, Jwk::from_secret(b"secret")]);
    let set: JwkSet = keys.collect();
    assert!(set.has_private_keys());
    let published = set.to_public_value();
    let keys = published["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 6);
    for key in keys {
        for name in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(name).is_none(), "{name}");
        }
    }
    assert!(!JwkSet::from_value(published).unwrap().has_private_keys());
}

#[test]
fn shows_no_secret_in_debug_output() {
    let jwk = Jwk::parse(r#"{"kty":"oct","k":"c2VjcmV0c2VjcmV0","kid":"1"}"#).unwrap();
    let shown = format!("{jwk:?}");
    assert!(
        shown.contains("Oct") && !shown.contains("c2Vj") && !shown.contains("115, 101"),
        "{shown}"
    );
}

#[test]
fn public_half_turns_the_operations_round() {
    let mut jwk = p256();
    jwk.insert("key_ops".to_owned(), json!(["sign", "verify"]));
    let public = Jwk::from_value(jwk.into()).unwrap().public().unwrap();
    assert_eq!(public.key_ops(), Some(&["verify".to_owned()][..]));
}
