mod encrypted;

use std::collections::BTreeMap;

use domain::port::fixed::CountingRandom;
use domain::port::{Change, Tenant};
use domain::{ClientId, JwksSettings};
use jose::Header;
use jose::jwe::{EncryptionKey, encrypt_compact};
use jose::jwk::{Curve, Jwk, JwkSet, NewKey};
use jose::jws::{SigningKey, sign_compact};
use jose::jwt::{ClaimRefused, encrypt_nested};
use serde_json::{Map, json};

use super::*;
use crate::client_auth::UnusableKeys;
use crate::fixture::{self, ISSUER, NOW};

/// A client that signs requests, and the key with which it does.
struct Signing {
    client: Client,
    keys: ClientKeys,
    key: SigningKey,
}

impl Signing {
    fn by(algorithm: Algorithm) -> Self {
        let key = SigningKey::generate(algorithm).unwrap();
        let set = json!({ "keys": [key.jwk().to_public_value().unwrap()] });
        let client = Client {
            id: ClientId::new("rp"),
            keys: Some(JwksSettings::Jwks(set.to_string())),
            ..fixture::client()
        };
        let keys = ClientKeys::parse(set.to_string()).unwrap();
        Self { client, keys, key }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            client: &self.client,
            client_keys: Some(&self.keys),
            object: None,
            is_application: false,
            issuer: ISSUER,
        }
    }

    fn sign(&self, claims: &Value) -> String {
        sign_compact(&self.key, Header::new(), claims.to_string().as_bytes()).unwrap()
    }

    fn verify(&self, token: &str) -> Result<VerifiedRequestObject, RequestObjectError> {
        verify(&opened(token), &self.facts(), NOW)
    }

    fn error(&self, token: &str) -> Option<RequestObjectError> {
        self.verify(token).err()
    }
}

fn opened(token: &str) -> Opened<'_> {
    Opened(fixture::keys().opened(token))
}

fn by_es256() -> Signing {
    Signing::by(Algorithm::Es256)
}

/// Claims in order, with these changed or added; `null` leaves one out.
fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": "rp",
        "aud": ISSUER,
        "exp": NOW.seconds() + 60,
        "iat": NOW.seconds(),
        "jti": "one",
        "client_id": "rp",
        "response_type": "code",
    });
    let all: &mut Map<String, Value> = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => all.remove(name),
            value => all.insert(name.clone(), value.clone()),
        };
    }
    claims
}

/// The parameters in an object with these claims.
fn read(changes: &Value) -> BTreeMap<String, Vec<String>> {
    let signing = by_es256();
    let verified = signing.verify(&signing.sign(&claims(changes)));
    let mut read: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in verified.ok().unwrap().parameters.iter() {
        read.entry(name.to_owned())
            .or_default()
            .push(value.to_owned());
    }
    read
}

#[test]
fn rfc9101_6_2_every_asymmetric_algorithm_is_believed() {
    for algorithm in ASYMMETRIC {
        let signing = Signing::by(*algorithm);
        let token = signing.sign(&claims(&json!({})));
        assert_eq!(signing.error(&token), None, "{algorithm}");
    }
}

#[test]
fn rfc9101_6_2_only_the_algorithm_that_was_agreed_on_is() {
    let mut signing = by_es256();
    let token = signing.sign(&claims(&json!({})));
    for (only, accepted) in [
        (None, true),
        (Some(Algorithm::Es256), true),
        (Some(Algorithm::Rs256), false),
        (Some(Algorithm::Hs256), false),
    ] {
        signing.client.request_object_signing_algorithm = only;
        assert_eq!(signing.error(&token).is_none(), accepted, "{only:?}");
    }
}

#[test]
fn rfc8725_2_1_neither_the_public_key_nor_the_secret_signs_anything() {
    let mut signing = by_es256();
    let payload = claims(&json!({})).to_string();
    let public = signing.key.jwk().to_public_json().unwrap();
    for secret in [public.as_str(), fixture::SECRET] {
        let jwk = Jwk::from_secret(secret.as_bytes());
        let key = SigningKey::new(&jwk, Algorithm::Hs256).unwrap();
        let token = sign_compact(&key, Header::new(), payload.as_bytes()).unwrap();
        for only in [None, Some(Algorithm::Hs256), Some(Algorithm::Es256)] {
            signing.client.request_object_signing_algorithm = only;
            let error = signing.error(&token);
            assert!(
                matches!(
                    error,
                    Some(RequestObjectError::Refused(
                        Refused::AlgorithmNotAllowed { .. }
                    ))
                ),
                "{error:?}"
            );
        }
    }
    // Not even when the client publishes it.
    let jwk = Jwk::from_secret(fixture::SECRET.as_bytes());
    let published: Value = serde_json::from_str(&jwk.to_private_json()).unwrap();
    let published = ClientKeys::parse(json!({ "keys": [published] }).to_string());
    assert_eq!(published.err(), Some(UnusableKeys::Private));
}

#[test]
fn rfc9101_10_5_nothing_unsigned_is_accepted() {
    let signing = by_es256();
    let encoded = |text: &str| jose::strict_base64url::encode(text);
    let payload = encoded(&claims(&json!({})).to_string());
    let none = encoded(r#"{"alg":"none"}"#);
    let unsigned = format!("{none}.{payload}.");
    let refused = RequestObjectError::Refused(Refused::Unsigned);
    assert_eq!(signing.error(&unsigned), Some(refused));
    for nonsense in ["", ".", "a.b.c", "a.b.c.d.e", &payload] {
        assert!(signing.error(nonsense).is_some(), "{nonsense:?}");
    }
}

#[test]
fn rfc9101_6_2_another_key_and_a_changed_claim_are_refused() {
    let (signing, other) = (by_es256(), by_es256());
    let token = other.sign(&claims(&json!({})));
    assert!(signing.error(&token).is_some());
    let one = signing.sign(&claims(&json!({})));
    let another = signing.sign(&claims(&json!({ "state": "x" })));
    let (_, signature) = one.rsplit_once('.').unwrap();
    let (content, _) = another.rsplit_once('.').unwrap();
    assert!(signing.error(&format!("{content}.{signature}")).is_some());
    let facts = Facts {
        client_keys: None,
        ..signing.facts()
    };
    let error = verify(&opened(&one), &facts, NOW).err();
    assert_eq!(error, Some(RequestObjectError::WithoutKeys));
}

#[test]
fn rfc9101_10_8_a_token_of_another_type_is_no_request_object() {
    let signing = by_es256();
    let payload = claims(&json!({})).to_string();
    for (typ, accepted) in [
        ("oauth-authz-req+jwt", true),
        ("application/oauth-authz-req+jwt", true),
        ("JWT", true),
        ("client-authentication+jwt", false),
        ("dpop+jwt", false),
        ("at+jwt", false),
        ("logout+jwt", false),
    ] {
        let header = Header::new().with_typ(typ);
        let token = sign_compact(&signing.key, header, payload.as_bytes()).unwrap();
        assert_eq!(signing.error(&token).is_none(), accepted, "{typ}");
    }
}

#[test]
fn rfc9101_10_8_a_client_assertion_is_no_request_object() {
    let signing = by_es256();
    let token = signing.sign(&claims(&json!({ "sub": "rp" })));
    assert_eq!(
        signing.error(&token),
        Some(RequestObjectError::AboutSomebody)
    );
    let token = signing.sign(&claims(&json!({ "sub": "ada" })));
    assert_eq!(signing.error(&token), None);
}

#[test]
fn rfc9101_4_it_says_from_whom_and_for_whom_it_is() {
    let signing = by_es256();
    let error = |changes: &Value| signing.error(&signing.sign(&claims(changes)));
    let refused = |refused: ClaimRefused| Some(RequestObjectError::Refused(refused.into()));
    let missing = |name: &str| {
        refused(ClaimRefused::Missing {
            name: name.to_owned(),
        })
    };
    assert_eq!(error(&json!({ "iss": null })), missing("iss"));
    assert_eq!(error(&json!({ "aud": null })), missing("aud"));
    assert_eq!(
        error(&json!({ "iss": "other" })),
        refused(ClaimRefused::Issuer)
    );
    for aud in [
        json!("https://other.example"),
        json!([]),
        json!("https://id.example/"),
    ] {
        assert_eq!(
            error(&json!({ "aud": aud })),
            refused(ClaimRefused::Audience)
        );
    }
    assert_eq!(
        error(&json!({ "aud": ["https://other.example", ISSUER] })),
        None
    );
}

#[test]
fn rfc9101_6_3_both_client_ids_are_identical() {
    let signing = by_es256();
    let error = |id: Value| signing.error(&signing.sign(&claims(&json!({ "client_id": id }))));
    for other in [
        json!("other"),
        json!("RP"),
        json!(""),
        json!(7),
        json!(["rp"]),
    ] {
        assert_eq!(error(other), Some(RequestObjectError::OfAnotherClient));
    }
    assert_eq!(error(Value::Null), None);
    assert_eq!(read(&json!({ "client_id": null }))["client_id"], ["rp"]);
}

#[test]
fn rfc7519_4_1_it_is_good_for_a_while_and_no_longer() {
    let signing = by_es256();
    let now = NOW.seconds();
    for (changes, accepted) in [
        (json!({ "exp": now - 59 }), true),
        (json!({ "exp": now - 60 }), false),
        (json!({ "exp": now + 3600 }), true),
        (json!({ "exp": now + 3601 }), false),
        (
            json!({ "exp": now + 3601, "iat": null, "nbf": now + 1 }),
            true,
        ),
        (json!({ "exp": now + 3660, "iat": null }), true),
        (json!({ "exp": now + 3661, "iat": null }), false),
        (json!({ "nbf": now + 60 }), true),
        (json!({ "nbf": now + 61 }), false),
        (json!({ "iat": now + 61 }), false),
        (json!({ "exp": "soon" }), false),
        // Without an end, it is good for as long as one with an end could be.
        (json!({ "exp": null }), true),
        (json!({ "exp": null, "iat": now - 3660 }), true),
        (json!({ "exp": null, "iat": now - 3661 }), false),
        (json!({ "exp": null, "iat": null }), false),
    ] {
        let error = signing.error(&signing.sign(&claims(&changes)));
        assert_eq!(error.is_none(), accepted, "{changes} {error:?}");
    }
}

#[test]
fn rfc9101_4_it_refers_to_no_other() {
    let signing = by_es256();
    for name in ["request", "request_uri"] {
        let token = signing.sign(&claims(&json!({ name: "x" })));
        assert_eq!(
            signing.error(&token),
            Some(RequestObjectError::RefersToAnother)
        );
    }
}

#[test]
fn rfc9101_4_claims_become_the_parameters_that_they_stand_for() {
    let read = read(&json!({
        "max_age": 3600,
        "claims": { "id_token": { "acr": { "essential": true } } },
        "authorization_details": [{ "type": "payment" }],
        "resource": ["https://a.example", "https://b.example"],
        "scope": "openid email",
        "prompt": ["login"],
        "flag": true,
        "nothing": null,
        "sub": "ada",
        "nbf": NOW.seconds(),
    }));
    let one = |name: &str| read[name].as_slice();
    assert_eq!(one("max_age"), ["3600"]);
    assert_eq!(
        one("claims"),
        [r#"{"id_token":{"acr":{"essential":true}}}"#]
    );
    assert_eq!(one("authorization_details"), [r#"[{"type":"payment"}]"#]);
    assert_eq!(one("resource"), ["https://a.example", "https://b.example"]);
    assert_eq!(one("scope"), ["openid email"]);
    assert_eq!(one("prompt"), [r#"["login"]"#], "which no prompt is");
    assert_eq!(one("flag"), ["true"]);
    let names: Vec<&str> = read.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "authorization_details",
            "claims",
            "client_id",
            "flag",
            "max_age",
            "prompt",
            "resource",
            "response_type",
            "scope"
        ]
    );
}

#[test]
fn what_no_parameter_may_hold_no_claim_may_either() {
    let signing = by_es256();
    let error = signing.error(&signing.sign(&claims(&json!({ "state": "a\u{0}b" }))));
    let expected = ParameterError::ControlCharacter("state".to_owned());
    assert_eq!(error, Some(RequestObjectError::Parameters(expected)));
    let many: Map<String, Value> = (0..100).map(|n| (format!("p{n}"), json!("x"))).collect();
    let error = signing.error(&signing.sign(&claims(&Value::Object(many))));
    assert_eq!(
        error,
        Some(RequestObjectError::Parameters(ParameterError::TooLarge))
    );
    let twice = r#"{"iss":"rp","state":"a","state":"b"}"#;
    let twice = sign_compact(&signing.key, Header::new(), twice.as_bytes()).unwrap();
    assert!(matches!(
        signing.error(&twice),
        Some(RequestObjectError::Refused(Refused::Json { .. }))
    ));
}

#[test]
fn with_replay_prevention_each_is_spent_under_its_client_and_id() {
    let mut signing = by_es256();
    let spent = |signing: &Signing, changed: Value| {
        let mut said = json!({ "iss": signing.client.id, "client_id": null });
        let said = said.as_object_mut().unwrap();
        said.extend(changed.as_object().unwrap().clone());
        let token = signing.sign(&claims(&Value::Object(said.clone())));
        let verified = signing.verify(&token)?;
        let changes = verified.spending.of_tenant(Tenant::DEFAULT).into_iter();
        let claims = changes.map(|change| match change {
            Change::Claim { key, until, .. } => (key, until),
            other => panic!("{other:?}"),
        });
        Ok::<_, RequestObjectError>(claims.collect::<Vec<_>>())
    };
    let spending = |signing: &Signing, id: Value| spent(signing, json!({ "jti": id }));
    assert_eq!(spending(&signing, json!("one")), Ok(Vec::new()));
    assert_eq!(spending(&signing, Value::Null), Ok(Vec::new()));
    signing.client.authentication.enforce_replay_prevention = true;
    let one = spending(&signing, json!("one")).unwrap();
    assert_eq!(spending(&signing, json!("one")).unwrap(), one);
    assert_ne!(spending(&signing, json!("two")).unwrap(), one);
    // The object itself is refused before the memory of it ends.
    let now = NOW.seconds();
    for (times, last) in [
        (json!({ "exp": now + 30 }), 30 + 60),
        (json!({ "exp": now + 3600 }), 3600 + 60),
        (json!({ "exp": null, "iat": now + 60 }), 60 + 3600 + 60 + 1),
    ] {
        let mut changed = times.clone();
        changed["jti"] = json!("timed");
        let claims = spent(&signing, changed).unwrap();
        let end = NOW + Duration::from_secs(last);
        assert_eq!(claims[0].1, end, "{times}");
    }
    for id in [Value::Null, json!("")] {
        assert_eq!(spending(&signing, id), Err(RequestObjectError::WithoutId));
    }
    signing.client.id = ClientId::new("other");
    assert_ne!(spending(&signing, json!("one")).unwrap(), one);
}

#[test]
fn pingfederate_2_4_it_counts_for_a_client_that_has_keys_or_must_sign() {
    let mut client = Client {
        keys: None,
        ..by_es256().client
    };
    let sent = Parameters::default().with("request", "a.b.c");
    let counts = |client: &Client| Opened::sent(client, false, &sent, fixture::keys()).is_some();
    assert!(!counts(&client));
    client.require_signed_requests = true;
    assert!(counts(&client));
    client.keys = Some(JwksSettings::JwksUrl("https://rp.example/jwks".to_owned()));
    client.require_signed_requests = false;
    assert!(counts(&client));
}
