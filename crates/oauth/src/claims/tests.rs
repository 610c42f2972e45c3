use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::fixture::{NOW, user};

fn request(value: &Value) -> ClaimsRequest {
    ClaimsRequest::parse(&value.to_string()).unwrap()
}

#[test]
fn oidc_core_5_4_tells_what_the_scope_asks_for() {
    let told = |scope: &str| {
        let scope = scope.parse().unwrap();
        Value::Object(for_userinfo(&user(), &scope, &ClaimsRequest::default()))
    };
    assert_eq!(told("openid"), json!({}));
    assert_eq!(
        told("openid profile"),
        json!({
            "name": "Ada Lovelace",
            "given_name": "Ada",
            "preferred_username": "ada",
            "updated_at": NOW.seconds(),
        })
    );
    assert_eq!(
        told("email phone address"),
        json!({ "email": "ada@example.org", "email_verified": true })
    );
    let mut user = user();
    user.profile.preferred_username = Some("countess".to_owned());
    let scope = "profile".parse().unwrap();
    let told = for_userinfo(&user, &scope, &ClaimsRequest::default());
    assert_eq!(told["preferred_username"], "countess");
}

#[test]
fn oidc_core_5_5_tells_each_place_what_it_asks_for() {
    let request = request(&json!({
        "userinfo": { "given_name": { "essential": true }, "nickname": null, "http://x": null },
        "id_token": { "email": null, "acr": { "values": ["a", "b"] }, "sub": null },
    }));
    let told = for_userinfo(&user(), &Scope::empty(), &request);
    assert_eq!(Value::Object(told), json!({ "given_name": "Ada" }));
    // `acr` and `sub` are no claims about the person.
    let told = for_id_token(&user(), &request);
    assert_eq!(Value::Object(told), json!({ "email": "ada@example.org" }));
}

#[test]
fn oidc_core_5_5_1_tells_a_claim_only_with_a_value_that_was_asked_for() {
    let told = |asked: Value| {
        let request = request(&json!({ "id_token": { "given_name": asked } }));
        !for_id_token(&user(), &request).is_empty()
    };
    assert!(told(json!({ "value": "Ada" })));
    assert!(told(json!({ "values": ["Eve", "Ada"] })));
    assert!(!told(json!({ "value": "Eve" })));
    assert!(told(json!({ "purpose": "not understood, ignored" })));
}

#[test]
fn oidc_core_5_5_refuses_what_is_no_request_for_claims() {
    for text in [
        "",
        "[]",
        "null",
        "{",
        r#"{"userinfo":1}"#,
        r#"{"userinfo":{"a":1}}"#,
        r#"{"userinfo":{"a":{"essential":1}}}"#,
        r#"{"userinfo":{"a":{"values":1}}}"#,
        r#"{"userinfo":{"a":null,"a":null}}"#,
        &format!(r#"{{"x":"{}"}}"#, "x".repeat(ClaimsRequest::MAX_LENGTH)),
    ] {
        assert_eq!(ClaimsRequest::parse(text), Err(ClaimsMalformed), "{text}");
    }
    let many: Map<String, Value> = (0..101).map(|n| (format!("c{n}"), Value::Null)).collect();
    let many = json!({ "userinfo": many }).to_string();
    assert_eq!(ClaimsRequest::parse(&many), Err(ClaimsMalformed));
    for text in ["{}", r#"{"userinfo":null,"other":1}"#] {
        assert_eq!(ClaimsRequest::parse(text), Ok(ClaimsRequest::default()));
    }
}

#[test]
fn what_is_kept_says_the_same() {
    let parsed = request(&json!({
        "userinfo": { "a": null, "b": { "essential": true } },
        "id_token": { "acr": { "essential": true, "values": ["x"] }, "c": { "value": 1 } },
    }));
    assert_eq!(
        ClaimsRequest::from_value(&parsed.to_value()),
        Ok(parsed.clone())
    );
    let (_, acr) = parsed.id_token().find(|(name, _)| *name == "acr").unwrap();
    assert!(acr.is_essential());
    assert_eq!(acr.values(), [json!("x")]);
    assert_eq!(ClaimsRequest::kept(None), ClaimsRequest::default());
}

#[test]
fn everything_that_can_be_told_is_announced() {
    for (_, names) in BY_SCOPE {
        assert!(names.iter().all(|name| SUPPORTED.contains(name)));
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(text in r#"[{}\[\]",:a-z0-9 ]{0,60}"#) {
        let _ = ClaimsRequest::parse(&text);
    }
}
