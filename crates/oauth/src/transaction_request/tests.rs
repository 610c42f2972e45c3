use domain::ClientId;
use jose::Header;
use jose::jwk::Jwk;
use jose::jws::{SigningKey, sign_compact};
use proptest::prelude::*;
use serde_json::json;

use jose::strict_base64url;

use super::*;
use crate::fixture::{self, ISSUER, NOW};

fn read(claims: &Value) -> Result<TransactionRequest, TransactionRequestError> {
    TransactionRequest::read(claims.as_object().unwrap())
}

/// The claim that a refusal names.
fn refused(claims: &Value) -> &'static str {
    read(claims).unwrap_err().claim()
}

fn template(value: &Value) -> Value {
    json!({ "pi.template": value })
}

#[test]
fn reads_the_claims_of_the_documentation() {
    let claims = json!({
        "aud": "https://auth.pingone.com/{envId}/as",
        "iss": "{applicationId}",
        "pi.template": {"name": "transaction", "variant": "variant_C",
            "variables": {"sum": "1,000,000", "currency": "USD", "recipient": "Charlie Parker"}},
        "pi.clientContext": {"alert.color": "red"},
        "pi.remoteIp": "192.0.2.1",
        "pi.webAuthn.challenge": strict_base64url::encode([7; 32]),
    });
    let request = read(&claims).unwrap();
    let Some(TransactionSource::Template {
        name,
        variant,
        variables,
    }) = request.source
    else {
        panic!("not a template");
    };
    assert_eq!(
        (name.as_str(), variant.as_deref()),
        ("transaction", Some("variant_C"))
    );
    assert_eq!(variables.value("SUM"), Some("1,000,000"));
    assert_eq!(request.client_context["alert.color"], "red");
    assert_eq!(request.remote_ip, "192.0.2.1".parse().ok());
    assert_eq!(request.challenge, Some(strict_base64url::encode([7; 32])));
    assert_eq!(
        read(&json!({"scope": "openid"})).unwrap(),
        TransactionRequest::default()
    );
}

#[test]
fn a_claim_may_be_nested_but_not_be_there_twice() {
    let challenge = strict_base64url::encode([7; 16]);
    for nested in [
        json!({"pi": {"webAuthn": {"challenge": challenge}}}),
        json!({"pi": {"webAuthn.challenge": challenge}}),
        json!({"pi.webAuthn": {"challenge": challenge}}),
    ] {
        let request = read(&nested).unwrap();
        assert_eq!(request.challenge.as_ref(), Some(&challenge), "{nested}");
    }
    let nested = json!({"pi": {"template": {"name": "transaction"}, "remoteIp": "::1"}});
    let request = read(&nested).unwrap();
    assert!(request.source.is_some() && request.remote_ip.is_some());
    let twice = json!({"pi": {"remoteIp": "::1"}, "pi.remoteIp": "::1"});
    assert_eq!(
        read(&twice),
        Err(TransactionRequestError::Twice("pi.remoteIp"))
    );
}

#[test]
fn a_refusal_names_the_claim() {
    for value in [
        json!("transaction"),
        json!({}),
        json!({"name": 1}),
        json!({"name": ""}),
    ] {
        assert_eq!(refused(&template(&value)), "pi.template");
    }
    assert_eq!(
        refused(&template(&json!({"name": "n".repeat(101)}))),
        "pi.template"
    );
    assert_eq!(
        refused(&template(&json!({"name": "t", "variant": 1}))),
        "pi.template.variant"
    );
    for variables in [
        json!([]),
        json!({"a": null}),
        json!({"a": {"b": "c"}}),
        json!({"a": "x".repeat(1025)}),
        json!({"a b": "c"}),
        json!({"a": "1", "A": "2"}),
    ] {
        let claims = template(&json!({"name": "t", "variables": variables}));
        assert_eq!(refused(&claims), "pi.template.variables");
    }
    assert_eq!(
        refused(&json!({"pi.clientContext": "red"})),
        "pi.clientContext"
    );
    let large = json!({"pi.clientContext": {"a": "x".repeat(MAX_CONTEXT)}});
    assert_eq!(refused(&large), "pi.clientContext");
    for address in [
        json!("localhost"),
        json!("1.2.3"),
        json!("192.0.2.1:80"),
        json!(1),
    ] {
        assert_eq!(refused(&json!({"pi.remoteIp": address})), "pi.remoteIp");
    }
    for bytes in [vec![], vec![7; 15], vec![7; 1025]] {
        let challenge = strict_base64url::encode(bytes);
        assert_eq!(refused(&json!({ CHALLENGE: challenge })), CHALLENGE);
    }
    assert_eq!(
        refused(&json!({ CHALLENGE: "not base64url!!!!!!!!!!!!" })),
        CHALLENGE
    );
}

#[test]
fn numbers_are_shown_as_they_are_written() {
    let claims =
        template(&json!({"name": "t", "variables": {"sum": 99.95, "count": 3, "urgent": true}}));
    let Some(TransactionSource::Template { variables, .. }) = read(&claims).unwrap().source else {
        panic!("not a template");
    };
    let values = ["sum", "count", "urgent"].map(|name| variables.value(name).unwrap());
    assert_eq!(values, ["99.95", "3", "true"]);
}

struct Hinting {
    client: Client,
    key: SigningKey,
    keys: VerifyingKeys,
}

impl Hinting {
    fn by_secret() -> Self {
        let jwk = Jwk::from_secret(&[7; 32]);
        let client = Client {
            id: ClientId::new("rp"),
            ..fixture::client()
        };
        let key = SigningKey::new(&jwk, Algorithm::Hs256).unwrap();
        let keys = VerifyingKeys::from(&jwk);
        Self { client, key, keys }
    }

    fn verify(&self, claims: &Value, typ: &str) -> Result<LoginHint, LoginHintError> {
        self.verify_at(claims, typ, true)
    }

    fn verify_at(
        &self,
        claims: &Value,
        typ: &str,
        is_application: bool,
    ) -> Result<LoginHint, LoginHintError> {
        let facts = HintFacts {
            client: &self.client,
            keys: &self.keys,
            algorithms: &[Algorithm::Hs256],
            issuer: ISSUER,
            is_application,
        };
        let header = Header::new().with_typ(typ);
        let token = sign_compact(&self.key, header, claims.to_string().as_bytes()).unwrap();
        verify_login_hint(&token, &facts, NOW)
    }
}

#[test]
fn a_login_hint_token_names_a_user_of_this_server() {
    let hinting = Hinting::by_secret();
    let hint = json!({"iss": "rp", "aud": ISSUER, "sub": "ada"});
    assert_eq!(hinting.verify(&hint, "JWT").unwrap().subject(), "ada");
    let with = |name: &str, value: Value| {
        let mut claims = hint.clone();
        claims[name] = value;
        hinting.verify(&claims, "JWT")
    };
    assert!(with("exp", json!(NOW.seconds() + 60)).is_ok());
    for (name, value) in [
        ("iss", json!("other")),
        ("iss", Value::Null),
        ("aud", json!("https://other.example.com")),
        ("aud", Value::Null),
        ("exp", json!(NOW.seconds() - 61)),
        ("nbf", json!(NOW.seconds() + 61)),
    ] {
        let refused = with(name, value.clone()).unwrap_err();
        assert!(
            matches!(refused, LoginHintError::Refused(_)),
            "{name} {value}: {refused}"
        );
    }
    assert_eq!(with("sub", json!("")), Err(LoginHintError::WithoutSubject));
    assert_eq!(with("sub", json!("rp")), Err(LoginHintError::AboutClient));
    assert!(hinting.verify(&hint, "at+jwt").is_err());
    let other = Hinting {
        key: SigningKey::new(&Jwk::from_secret(&[8; 32]), Algorithm::Hs256).unwrap(),
        ..Hinting::by_secret()
    };
    assert!(other.verify(&hint, "JWT").is_err());
}

#[test]
fn outside_environments_a_login_hint_token_says_until_when_it_is_good() {
    let hinting = Hinting::by_secret();
    let hint = json!({"iss": "rp", "aud": ISSUER, "sub": "ada"});
    let refused = hinting.verify_at(&hint, "JWT", false);
    assert!(matches!(refused, Err(LoginHintError::Refused(_))));
    for (name, value) in [("exp", NOW.seconds() + 60), ("iat", NOW.seconds() - 60)] {
        let mut timed = hint.clone();
        timed[name] = json!(value);
        assert!(hinting.verify_at(&timed, "JWT", false).is_ok(), "{name}");
    }
}

proptest! {
    #[test]
    fn reading_never_panics(name in ".{0,8}", value in ".{0,30}", depth in 0..3_u8) {
        let mut claims = json!({ name: value });
        for outer in ["template", "pi", "pi"].iter().take(usize::from(depth)) {
            claims = json!({ *outer: claims });
        }
        let _ = read(&claims);
    }
}
