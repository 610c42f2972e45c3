//! Request objects that the client's key has signed, whatever they say (RFC 9101).

use axum::body::Body;
use http::Request;
use serde_json::{Map, Value, json};
use url::form_urlencoded::Serializer;

use super::authorize::check;
use super::house::{self, REDIRECT_URI, now};
use super::{signer, two_parts};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "request_object",
    run,
    seeds,
};

/// The header, a line break, the claims, in which `ISSUER` is that of the house; what has no line
/// break is a whole request object.
fn run(input: &[u8]) -> bool {
    let (accepted, claims, issuer) = house::with(async |house| {
        let text = String::from_utf8_lossy(input).replace("ISSUER", &house.issuer);
        let (object, claims) = match two_parts(text.as_bytes()) {
            Some((header, claims)) => (signer::signed(header, claims), Some(claims.to_vec())),
            None => (text, None),
        };
        let query = Serializer::new(String::new())
            .append_pair("client_id", "robot")
            .append_pair("request", &object)
            .finish();
        let request = Request::get(format!("/as/authorization.oauth2?{query}"));
        let request = request.body(Body::empty());
        let accepted = match request {
            Ok(request) => check(&house::ask(house, request).await, &house.url),
            // The path is too long for a request.
            Err(_) => false,
        };
        (accepted, claims, house.issuer.clone())
    });
    if accepted {
        look(&claims.expect("the key has not signed this"), &issuer);
    }
    accepted
}

/// The checks of RFC 9101, made by another hand.
fn look(claims: &[u8], issuer: &str) {
    let claims: Map<String, Value> = serde_json::from_slice(claims).expect("claims are an object");
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    assert_eq!(text("iss"), Some("robot"));
    assert_ne!(text("sub"), Some("robot"));
    assert!(text("client_id").is_none_or(|id| id == "robot"));
    let aud = claims.get("aud").expect("an audience");
    assert!(
        aud == issuer
            || aud
                .as_array()
                .is_some_and(|all| all.iter().any(|it| it == issuer))
    );
    assert_eq!(text("redirect_uri").unwrap_or(REDIRECT_URI), REDIRECT_URI);
    assert!(!claims.contains_key("request") && !claims.contains_key("request_uri"));
}

fn seeds() -> Vec<Vec<u8>> {
    let now = now();
    let whole = json!({
        "iss": "robot", "aud": "ISSUER", "client_id": "robot", "exp": now + 60, "iat": now,
        "response_type": "code", "redirect_uri": REDIRECT_URI, "scope": "openid", "state": "s",
        "nonce": "n", "max_age": 60, "prompt": "login",
        "claims": { "id_token": { "acr": { "values": ["mfa"] } } },
    });
    let small = json!({
        "iss": "robot", "aud": ["ISSUER"], "iat": now, "response_type": "code", "scope": "openid",
        "redirect_uri": REDIRECT_URI, "response_mode": "form_post",
    });
    [
        format!(
            "{}\n{whole}",
            r#"{"alg":"EdDSA","typ":"oauth-authz-req+jwt"}"#
        ),
        format!("{}\n{small}", r#"{"alg":"Ed25519"}"#),
    ]
    .map(String::into_bytes)
    .into()
}
