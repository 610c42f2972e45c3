//! Clients that authenticate with an assertion that their key has signed, whatever it says (RFC 7523).

use std::cell::RefCell;

use http::StatusCode;
use serde_json::{Map, Value, json};
use testkit::House;
use url::form_urlencoded::Serializer;

use super::house::{self, now};
use super::{signer, two_parts};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "client_assertion",
    run,
    seeds,
};

const TOKEN: &str = "/as/token.oauth2";

thread_local! {
    /// The house that has the robot already.
    static HOUSE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The header, a line break, the claims; what has no line break is a whole assertion. The issuer is
/// another for each house, so that the claims say `ISSUER` for it.
fn run(input: &[u8]) -> bool {
    let (status, claims) = house::with(async |house| {
        add_robot(house).await;
        let text = String::from_utf8_lossy(input).replace("ISSUER", &house.issuer);
        let (assertion, claims) = match two_parts(text.as_bytes()) {
            Some((header, claims)) => (signer::signed(header, claims), Some(claims.to_vec())),
            None => (text, None),
        };
        let form = Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            )
            .append_pair("client_assertion", &assertion)
            .finish();
        let answer = house::post(house, TOKEN, None, form.as_bytes()).await;
        let answer = answer.expect("every form can be posted");
        let claims = claims.map(|claims| (claims, house.issuer.clone()));
        (answer.status, claims)
    });
    if status != StatusCode::OK {
        return false;
    }
    let (claims, issuer) = claims.expect("the key has not signed this");
    check(&claims, &issuer);
    true
}

async fn add_robot(house: &House) {
    if HOUSE.with_borrow(|known| *known == house.url) {
        return;
    }
    let jwks = json!({ "keys": [signer::public()] }).to_string();
    let robot = json!({
        "grantTypes": ["CLIENT_CREDENTIALS"],
        // What was accepted once is accepted again, so that a finding needs no history.
        "clientAuth": { "type": "PRIVATE_KEY_JWT", "secret": null, "enforceReplayPrevention": false },
        "jwksSettings": { "jwks": jwks },
    });
    house.add_client_with("robot", robot).await;
    HOUSE.set(house.url.clone());
}

/// RFC 7523 §3, read by another hand.
fn check(claims: &[u8], issuer: &str) {
    let claims: Map<String, Value> = serde_json::from_slice(claims).expect("claims are an object");
    let id = Some(&Value::from("robot"));
    assert_eq!((claims.get("iss"), claims.get("sub")), (id, id));
    let is_own = |aud: &Value| aud == issuer || *aud == format!("{issuer}{TOKEN}");
    let aud = claims.get("aud").expect("an audience");
    assert!(
        is_own(aud) || aud.as_array().is_some_and(|all| all.iter().any(is_own)),
        "{aud}"
    );
    let exp = claims.get("exp").and_then(Value::as_f64).expect("an end");
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds of this century are exact"
    )]
    let now = now() as f64;
    // An hour, and a minute by which clocks may differ.
    assert!((now - 60.0..=now + 3_660.0).contains(&exp), "{exp}");
}

fn seeds() -> Vec<Vec<u8>> {
    let now = now();
    let claims = json!({
        "iss": "robot", "sub": "robot", "aud": "ISSUER",
        "exp": now + 60, "iat": now, "nbf": now, "jti": "1",
    });
    let mut several = claims.clone();
    several["aud"] = json!(["https://elsewhere.example", format!("ISSUER{TOKEN}")]);
    several["exp"] = json!(now + 300);
    let headers = [
        r#"{"alg":"EdDSA"}"#,
        r#"{"alg":"Ed25519","typ":"client-authentication+jwt"}"#,
        r#"{"alg":"EdDSA","typ":"JWT"}"#,
    ];
    let pairs = headers.iter().flat_map(|header| {
        [&claims, &several].map(|claims| format!("{header}\n{claims}").into_bytes())
    });
    pairs.collect()
}
