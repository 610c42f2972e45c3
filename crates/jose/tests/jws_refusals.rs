//! Every way in which a signed token is refused, each with the error that names it.
#![cfg(test)]

mod common;

use common::{compact, signed, signing_key};
use countersign_jose::json::InvalidJson;
use countersign_jose::jwk::{Curve, Jwk, JwkSet, NewKey, Unfit};
use countersign_jose::jws::{
    Algorithm, Policy, SigningKey, Typ, Unverified, Verified, VerifyingKeys, verify_compact,
};
use countersign_jose::{Header, MAX_CANDIDATE_KEYS, Refused, strict_base64url};

const ES256: &[Algorithm] = &[Algorithm::Es256];

fn verify(key: &SigningKey, header: &str, payload: &str) -> Result<Verified, Refused> {
    let jwk = key.jwk().clone().without_kid();
    verify_compact(
        &signed(key, header, payload),
        &VerifyingKeys::from(&jwk),
        &Policy::new(ES256),
    )
}

fn refused(header: &str) -> Refused {
    verify(&signing_key(Algorithm::Es256), header, "{}").unwrap_err()
}

#[test]
fn rfc7515_4_1_11_refuses_an_unknown_critical_header() {
    let name = "exp".to_owned();
    assert_eq!(
        refused(r#"{"alg":"ES256","crit":["exp"],"exp":1}"#),
        Refused::UnknownCritical { name }
    );
    let name = "b64".to_owned();
    assert_eq!(
        refused(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#),
        Refused::UnknownCritical { name }
    );
}

#[test]
fn rfc7515_4_1_11_refuses_a_malformed_critical_header() {
    for (crit, fault) in [
        (r"[]", "must not be empty"),
        (r#""exp""#, "must be an array of strings"),
        (r"[1]", "must be an array of strings"),
        (r#"["alg"]"#, "names a member that is always understood"),
        (r#"["exp"]"#, "names a member that is not in the header"),
        (r#"["x","x"]"#, "names a member twice"),
    ] {
        let header = format!(r#"{{"alg":"ES256","x":1,"crit":{crit}}}"#);
        assert_eq!(
            refused(&header),
            Refused::CriticalMalformed { fault },
            "{crit}"
        );
    }
}

#[test]
fn rfc7515_4_refuses_a_duplicate_header_name() {
    let cause = InvalidJson::DuplicateMember {
        name: "alg".to_owned(),
    };
    assert_eq!(
        refused(r#"{"alg":"ES256","alg":"ES256"}"#),
        Refused::Json {
            part: "header",
            cause
        }
    );
}

#[test]
fn rfc7519_4_refuses_a_duplicate_claim_name() {
    let key = signing_key(Algorithm::Es256);
    let verified = verify(
        &key,
        r#"{"alg":"ES256"}"#,
        r#"{"cnf":{"jkt":"a","jkt":"b"}}"#,
    )
    .unwrap();
    let cause = InvalidJson::DuplicateMember {
        name: "jkt".to_owned(),
    };
    assert_eq!(
        verified.claims().unwrap_err(),
        Refused::Json {
            part: "payload",
            cause
        }
    );
}

#[test]
fn rfc7515_4_1_1_refuses_a_missing_algorithm() {
    assert_eq!(refused("{}"), Refused::HeaderMemberMissing { name: "alg" });
}

#[test]
fn rfc7515_4_refuses_members_of_the_wrong_form() {
    for (name, value) in [
        ("alg", "1"),
        ("kid", "1"),
        ("typ", "null"),
        ("cty", "[]"),
        ("x5t#S256", "{}"),
    ] {
        let rest = if name == "alg" {
            ""
        } else {
            r#","alg":"ES256""#
        };
        let header = format!(r#"{{"{name}":{value}{rest}}}"#);
        assert_eq!(
            refused(&header),
            Refused::HeaderMember {
                name,
                expected: "a string"
            }
        );
    }
    let header = r#"{"alg":"ES256","jwk":"x"}"#;
    assert_eq!(
        refused(header),
        Refused::HeaderMember {
            name: "jwk",
            expected: "a JSON object"
        }
    );
}

#[test]
fn refuses_a_header_that_is_no_json_object() {
    let json = |cause| Refused::Json {
        part: "header",
        cause,
    };
    assert_eq!(refused("[]"), json(InvalidJson::NotAnObject));
    assert_eq!(
        refused("{"),
        json(InvalidJson::Syntax { line: 1, column: 1 })
    );
}

#[test]
fn rfc8725_3_1_refuses_an_algorithm_that_is_not_allowed() {
    let refusal = refused(r#"{"alg":"ES384"}"#);
    assert_eq!(
        refusal,
        Refused::AlgorithmNotAllowed {
            name: "ES384",
            accepted: "ES256".to_owned()
        }
    );
    assert_eq!(
        refusal.to_string(),
        "the algorithm `ES384` is not accepted here; accepted: ES256"
    );
}

#[test]
fn refuses_an_algorithm_that_is_not_supported() {
    for name in ["es256", "NONE", "None", "RSA1_5", "ES256K", ""] {
        let header = format!(r#"{{"alg":"{name}"}}"#);
        assert_eq!(
            refused(&header),
            Refused::UnsupportedAlgorithm {
                name: name.to_owned()
            }
        );
    }
}

#[test]
fn rfc7518_3_6_refuses_an_unsigned_token_even_if_all_algorithms_are_allowed() {
    let token = compact(r#"{"alg":"none"}"#, "{}", b"");
    let keys = VerifyingKeys::from(signing_key(Algorithm::Es256).jwk());
    let refusal = verify_compact(&token, &keys, &Policy::new(Algorithm::ALL)).unwrap_err();
    assert_eq!(refusal, Refused::Unsigned);
}

#[test]
fn rfc7518_3_6_accepts_as_unsigned_only_what_is_unsigned() {
    for (header, signature) in [
        (r#"{"alg":"none"}"#, &b"x"[..]),
        (r#"{"alg":"ES256"}"#, b""),
    ] {
        let token = compact(header, "{}", signature);
        let refusal = Unverified::parse(&token, 1000)
            .unwrap()
            .accept_unsigned()
            .unwrap_err();
        assert_eq!(refusal, Refused::NotUnsigned);
    }
}

#[test]
fn rfc7515_5_2_refuses_the_wrong_number_of_parts() {
    let keys = VerifyingKeys::default();
    for (token, actual) in [
        ("", 1),
        ("a", 1),
        ("a.b", 2),
        ("a.b.c.d", 4),
        ("a.b.c.d.e", 5),
    ] {
        let refusal = verify_compact(token, &keys, &Policy::new(ES256)).unwrap_err();
        assert_eq!(
            refusal,
            Refused::PartCount {
                expected: 3,
                actual
            },
            "{token}"
        );
    }
}

#[test]
fn rfc7515_2_refuses_parts_that_are_not_canonical_base64url() {
    let key = signing_key(Algorithm::Es256);
    let keys = VerifyingKeys::from(key.jwk());
    let token = signed(&key, r#"{"alg":"ES256"}"#, "{}");
    let parts: Vec<&str> = token.split('.').collect();
    for (part, wrong) in [
        (
            "header",
            [&format!("{}=", parts[0]), parts[1], parts[2]].join("."),
        ),
        (
            "signature",
            [parts[0], parts[1], &format!("{}==", parts[2])].join("."),
        ),
        ("signature", format!("{token} ")),
    ] {
        let refusal = verify_compact(&wrong, &keys, &Policy::new(ES256)).unwrap_err();
        assert_eq!(refusal, Refused::NotBase64Url { part });
    }
    // A signature of 64 bytes ends in four bits of two: "A" to "P" differ only in bits that must be zero.
    let last = parts[2].chars().last().unwrap();
    let other = char::from(last as u8 + 1);
    let wrong = format!("{}{other}", token.strip_suffix(last).unwrap());
    let refusal = verify_compact(&wrong, &keys, &Policy::new(ES256)).unwrap_err();
    assert_eq!(refusal, Refused::NotBase64Url { part: "signature" });
    let input = format!("{}.e30=", parts[0]);
    let signature = strict_base64url::encode(key.sign(input.as_bytes()).unwrap());
    let refusal =
        verify_compact(&format!("{input}.{signature}"), &keys, &Policy::new(ES256)).unwrap_err();
    assert_eq!(refusal, Refused::NotBase64Url { part: "payload" });
}

#[test]
fn refuses_a_token_over_the_stated_size() {
    let policy = Policy::new(ES256).with_max_len(10);
    let refusal = verify_compact("01234567890", &VerifyingKeys::default(), &policy).unwrap_err();
    assert_eq!(
        refusal,
        Refused::TooLong {
            limit: 10,
            actual: 11
        }
    );
}

#[test]
fn rfc7797_6_refuses_an_unencoded_payload() {
    assert_eq!(
        refused(r#"{"alg":"ES256","b64":false}"#),
        Refused::UnencodedPayload
    );
}

#[test]
fn rfc8725_3_11_refuses_another_token_type() {
    let key = signing_key(Algorithm::Es256);
    let keys = VerifyingKeys::from(&key.jwk().clone().without_kid());
    let check = |header: &str, typ| {
        verify_compact(
            &signed(&key, header, "{}"),
            &keys,
            &Policy::new(ES256).with_typ(typ),
        )
        .map(|_| ())
    };
    let mismatch = |expected: &str, actual: &str| {
        Err(Refused::TypeMismatch {
            expected: expected.to_owned(),
            actual: actual.to_owned(),
        })
    };
    let required = Typ::Required("at+jwt");
    assert_eq!(
        check(r#"{"alg":"ES256"}"#, required),
        mismatch("`at+jwt`", "none")
    );
    assert_eq!(
        check(r#"{"alg":"ES256","typ":"JWT"}"#, required),
        mismatch("`at+jwt`", "`JWT`")
    );
    assert_eq!(
        check(r#"{"alg":"ES256","typ":"application/AT+jwt"}"#, required),
        Ok(())
    );
    let optional = Typ::AbsentOr(&["JWT", "client-authentication+jwt"]);
    assert_eq!(check(r#"{"alg":"ES256"}"#, optional), Ok(()));
    assert_eq!(check(r#"{"alg":"ES256","typ":"jwt"}"#, optional), Ok(()));
    let expected = "none or one of `JWT`, `client-authentication+jwt`";
    assert_eq!(
        check(r#"{"alg":"ES256","typ":"dpop+jwt"}"#, optional),
        mismatch(expected, "`dpop+jwt`")
    );
}

#[test]
fn refuses_a_signature_of_another_key() {
    let token = signed(&signing_key(Algorithm::Es256), r#"{"alg":"ES256"}"#, "{}");
    let keys = VerifyingKeys::from(signing_key(Algorithm::Es256).jwk());
    assert_eq!(
        verify_compact(&token, &keys, &Policy::new(ES256)).unwrap_err(),
        Refused::SignatureInvalid
    );
}

#[test]
fn refuses_an_unknown_key_id() {
    let key = signing_key(Algorithm::Es256);
    let token = signed(&key, r#"{"alg":"ES256","kid":"other"}"#, "{}");
    let refusal =
        verify_compact(&token, &VerifyingKeys::from(key.jwk()), &Policy::new(ES256)).unwrap_err();
    assert_eq!(
        refusal,
        Refused::NoKeyWithId {
            kid: "other".to_owned()
        }
    );
}

#[test]
fn finds_a_key_without_id_for_a_token_with_one() {
    assert!(
        verify(
            &signing_key(Algorithm::Es256),
            r#"{"alg":"ES256","kid":"any"}"#,
            "{}"
        )
        .is_ok()
    );
}

#[test]
fn finds_the_named_key_among_many_and_tries_few_without_a_name() {
    let keys: Vec<Jwk> = (0..=MAX_CANDIDATE_KEYS)
        .map(|index| {
            Jwk::generate(NewKey::Curve(Curve::P256))
                .unwrap()
                .with_kid(index.to_string())
        })
        .collect();
    let all = VerifyingKeys::new(&keys.iter().cloned().collect::<JwkSet>());
    let key = SigningKey::new(&keys[MAX_CANDIDATE_KEYS], Algorithm::Es256).unwrap();
    let named = signed(
        &key,
        &format!(r#"{{"alg":"ES256","kid":"{MAX_CANDIDATE_KEYS}"}}"#),
        "{}",
    );
    let verified = verify_compact(&named, &all, &Policy::new(ES256)).unwrap();
    assert_eq!(verified.key().jwk().thumbprint(), key.jwk().thumbprint());
    let unnamed = signed(&key, r#"{"alg":"ES256"}"#, "{}");
    let refusal = verify_compact(&unnamed, &all, &Policy::new(ES256)).unwrap_err();
    assert_eq!(
        refusal,
        Refused::TooManyCandidateKeys {
            limit: MAX_CANDIDATE_KEYS
        }
    );
    let few = VerifyingKeys::new(&keys[1..].iter().cloned().collect::<JwkSet>());
    assert!(verify_compact(&unnamed, &few, &Policy::new(ES256)).is_ok());
}

fn unfit(jwk: &Jwk, alg: Algorithm) -> Refused {
    let token = compact(&format!(r#"{{"alg":"{alg}"}}"#), "{}", b"signature");
    verify_compact(&token, &VerifyingKeys::from(jwk), &Policy::new(&[alg])).unwrap_err()
}

#[test]
fn rfc7518_3_2_refuses_a_short_hmac_key() {
    for (alg, needed) in [
        (Algorithm::Hs256, 32),
        (Algorithm::Hs384, 48),
        (Algorithm::Hs512, 64),
    ] {
        let actual = needed - 1;
        let jwk = Jwk::from_secret(&vec![1; actual]);
        let cause = Unfit::HmacKeyTooShort {
            needed,
            actual,
            wanted: alg.name(),
        };
        assert_eq!(SigningKey::new(&jwk, alg).unwrap_err(), cause);
        assert_eq!(unfit(&jwk, alg), Refused::KeyUnfit(cause));
    }
}

#[test]
fn rfc8725_2_1_refuses_a_public_key_as_hmac_secret() {
    let jwk = signing_key(Algorithm::Rs256).jwk().public().unwrap();
    let wanted = "HS256";
    let cause = Unfit::KeyType {
        kty: jwk.key_type(),
        wanted,
    };
    assert_eq!(unfit(&jwk, Algorithm::Hs256), Refused::KeyUnfit(cause));
}

#[test]
fn rfc7518_3_4_refuses_a_key_on_another_curve() {
    let p384 = Jwk::generate(NewKey::Curve(Curve::P384)).unwrap();
    let cause = Unfit::Curve {
        curve: Curve::P384,
        wanted: "ES256",
    };
    assert_eq!(unfit(&p384, Algorithm::Es256), Refused::KeyUnfit(cause));
    let x25519 = Jwk::generate(NewKey::Curve(Curve::X25519)).unwrap();
    let cause = Unfit::Curve {
        curve: Curve::X25519,
        wanted: "EdDSA",
    };
    assert_eq!(unfit(&x25519, Algorithm::EdDsa), Refused::KeyUnfit(cause));
}

#[test]
fn rfc7517_4_2_to_4_4_refuses_a_key_for_another_purpose() {
    let jwk = Jwk::generate(NewKey::Curve(Curve::P256)).unwrap();
    let cause = Unfit::Use {
        needed: "sig",
        declared: "enc".to_owned(),
    };
    assert_eq!(
        unfit(&jwk.clone().for_encryption(), Algorithm::Es256),
        Refused::KeyUnfit(cause)
    );
    let cause = Unfit::Algorithm {
        declared: "ES384".to_owned(),
        wanted: "ES256",
    };
    assert_eq!(
        unfit(&jwk.clone().with_alg("ES384"), Algorithm::Es256),
        Refused::KeyUnfit(cause)
    );
    let mut value = jwk.to_public_value().unwrap();
    value.insert("key_ops".to_owned(), serde_json::json!(["deriveKey"]));
    let cause = Unfit::Operation { needed: "verify" };
    let jwk = Jwk::from_value(value.into()).unwrap();
    assert_eq!(unfit(&jwk, Algorithm::Es256), Refused::KeyUnfit(cause));
}

#[test]
fn refuses_to_sign_with_a_public_key() {
    let public = signing_key(Algorithm::EdDsa).jwk().public().unwrap();
    assert_eq!(
        SigningKey::new(&public, Algorithm::EdDsa).unwrap_err(),
        Unfit::NotPrivate
    );
}

#[test]
fn names_no_suitable_key_where_none_of_several_fits() {
    let set: JwkSet = [Curve::P384, Curve::P521]
        .map(|curve| Jwk::generate(NewKey::Curve(curve)).unwrap())
        .into_iter()
        .collect();
    let token = compact(r#"{"alg":"ES256"}"#, "{}", b"x");
    let refusal =
        verify_compact(&token, &VerifyingKeys::new(&set), &Policy::new(ES256)).unwrap_err();
    assert_eq!(refusal, Refused::NoSuitableKey { name: "ES256" });
}

#[test]
fn rfc9449_4_3_verifies_with_the_key_in_the_header_if_it_is_public() {
    let key = signing_key(Algorithm::Es256);
    let policy = Policy::new(ES256).with_typ(Typ::Required("dpop+jwt"));
    let verify = |jwk: Option<serde_json::Value>| {
        let header = Header::new().with_typ("dpop+jwt").with("alg", "ES256");
        let header = jwk
            .into_iter()
            .fold(header, |header, jwk| header.with("jwk", jwk));
        let header = serde_json::to_string(header.members()).unwrap();
        let token = signed(&key, &header, "{}");
        Unverified::parse(&token, 5000)?.verify_with_embedded_key(&policy)
    };
    let public = key.jwk().to_public_value().unwrap();
    let verified = verify(Some(public.clone().into())).unwrap();
    assert_eq!(verified.key().jwk().thumbprint(), key.jwk().thumbprint());
    assert_eq!(verify(None).unwrap_err(), Refused::EmbeddedKeyMissing);
    let private = serde_json::from_str(&key.jwk().to_private_json()).unwrap();
    assert_eq!(
        verify(Some(private)).unwrap_err(),
        Refused::HeaderKeyNotPublic { name: "jwk" }
    );
    let mut off_curve = public;
    off_curve.insert("y".to_owned(), strict_base64url::encode([1; 32]).into());
    assert!(matches!(
        verify(Some(off_curve.into())),
        Err(Refused::HeaderKey { name: "jwk", .. })
    ));
}
