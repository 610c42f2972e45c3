//! Request objects that the client's key has signed, whatever they say (RFC 9101).

use std::cell::RefCell;

use http::StatusCode;
use serde_json::{Map, Value, json};
use testkit::House;
use url::form_urlencoded::Serializer;

use super::house::{self, REDIRECT_URI, now};
use super::{signer, two_parts};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "request_object",
    run,
    seeds,
};

const PAR: &str = "/as/par.oauth2";

thread_local! {
    /// The house that has the client already.
    static HOUSE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The header, a line break, the claims; what has no line break is a whole object. The issuer is
/// another for each house, so that the claims say `ISSUER` for it.
fn run(input: &[u8]) -> bool {
    let (status, claims) = house::with(async |house| {
        add_client(house).await;
        let text = String::from_utf8_lossy(input).replace("ISSUER", &house.issuer);
        let (object, claims) = match two_parts(text.as_bytes()) {
            Some((header, claims)) => (signer::signed(header, claims), Some(claims.to_vec())),
            None => (text, None),
        };
        let form = Serializer::new(String::new())
            .append_pair("client_id", "asker")
            .append_pair("request", &object)
            // What would do, if it counted.
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", REDIRECT_URI)
            .finish();
        let answer = house::post(house, PAR, None, form.as_bytes()).await;
        let answer = answer.expect("every form can be posted");
        let claims = claims.map(|claims| (claims, house.issuer.clone()));
        (answer.status, claims)
    });
    if status != StatusCode::CREATED {
        return false;
    }
    let (claims, issuer) = claims.expect("the key has not signed this");
    check(&claims, &issuer);
    true
}

async fn add_client(house: &House) {
    if HOUSE.with_borrow(|known| *known == house.url) {
        return;
    }
    let jwks = json!({ "keys": [signer::public()] }).to_string();
    let client = json!({
        "grantTypes": ["AUTHORIZATION_CODE"],
        "redirectUris": [REDIRECT_URI],
        "clientAuth": { "type": "NONE", "secret": null },
        "requireSignedRequests": true,
        "jwksSettings": { "jwks": jwks },
    });
    house.add_client_with("asker", client).await;
    HOUSE.set(house.url.clone());
}

/// RFC 9101 §4 and §6.3, read by another hand.
fn check(claims: &[u8], issuer: &str) {
    let claims: Map<String, Value> = serde_json::from_slice(claims).expect("claims are an object");
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    assert_eq!(text("iss"), Some("asker"));
    assert_ne!(text("sub"), Some("asker"));
    assert!(claims.get("client_id").is_none_or(|id| id == "asker"));
    let is_own = |aud: &Value| aud == issuer;
    let aud = claims.get("aud").expect("an audience");
    assert!(
        is_own(aud) || aud.as_array().is_some_and(|all| all.iter().any(is_own)),
        "{aud}"
    );
    assert!(!claims.contains_key("request") && !claims.contains_key("request_uri"));
    // Nothing came from beside it.
    assert!(text("response_type").is_some());
    assert!(text("redirect_uri").is_none_or(|uri| uri.is_empty() || uri == REDIRECT_URI));
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of this century are exact"
    )]
    let now = now() as f64;
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    // An hour, and a minute by which clocks may differ.
    match (time("exp"), time("iat")) {
        (Some(exp), _) => assert!((now - 60.0..=now + 3_660.0).contains(&exp), "{exp}"),
        (None, Some(iat)) => assert!((now - 3_661.0..=now + 61.0).contains(&iat), "{iat}"),
        (None, None) => panic!("it is good for ever"),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let now = now();
    let claims = json!({
        "iss": "asker", "aud": "ISSUER", "client_id": "asker", "exp": now + 60, "iat": now, "nbf": now,
        "jti": "1", "response_type": "code", "redirect_uri": REDIRECT_URI, "scope": "openid",
        "state": "af0ifjsldkj", "nonce": "n-0S6_WzA2Mj",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256",
    });
    let mut several = claims.clone();
    several["aud"] = json!(["https://elsewhere.example", "ISSUER"]);
    several["max_age"] = json!(3600);
    several["claims"] = json!({ "id_token": { "acr": { "values": ["mfa"] } } });
    several["resource"] = json!(["https://one.example", "https://two.example"]);
    several["prompt"] = Value::Null;
    let headers = [
        r#"{"alg":"EdDSA"}"#,
        r#"{"alg":"Ed25519","typ":"oauth-authz-req+jwt"}"#,
        r#"{"alg":"EdDSA","typ":"JWT"}"#,
    ];
    let pairs = headers.iter().flat_map(|header| {
        [&claims, &several].map(|claims| format!("{header}\n{claims}").into_bytes())
    });
    pairs.collect()
}
