//! What an authorization response carries: a code, an ID token, an access token, any of them
//! together, or nothing (OAuth 2.0 Multiple Response Types).

use data_encoding::BASE64URL_NOPAD;
use jose::digest::left_half_hash;
use jose::jws::Algorithm;
use serde_json::{Value, json};
use testkit::{Answer, House, Person, RelyingParty};

/// Every response type, and what comes with it.
const ALL: [(&str, &[&str]); 8] = [
    ("code", &["code"]),
    ("code id_token", &["code", "id_token"]),
    ("code id_token token", &["code", "id_token", "access_token"]),
    ("code token", &["code", "access_token"]),
    ("id_token", &["id_token"]),
    ("id_token token", &["id_token", "access_token"]),
    ("token", &["access_token"]),
    ("none", &[]),
];

async fn setting(fields: Value) -> (House, Person, RelyingParty) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut all = json!({ "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT"] });
    for (name, value) in fields.as_object().unwrap() {
        all[name] = value.clone();
    }
    let shop = house.add_client_with("shop", all).await;
    (house, alice, shop)
}

/// The claims of a token.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
}

/// Setting: Implicit
#[tokio::test]
async fn multiple_response_types_5_each_response_carries_what_it_names() {
    let (house, alice, shop) = setting(json!({})).await;
    for (kind, carried) in ALL {
        let request = shop.request().with("response_type", kind);
        let answer = house.browser().sign_on(&request, &alice).await;
        for name in ["code", "id_token", "access_token"] {
            let is_there = answer.value(name).is_some();
            assert_eq!(is_there, carried.contains(&name), "{kind}: {name}");
        }
        assert_eq!(answer.value("state"), request.value("state"), "{kind}");
        assert_eq!(answer.value("refresh_token"), None, "RFC 6749 §4.2.2");
        if let Some(token) = answer.value("access_token") {
            assert_eq!(answer.value("token_type"), Some("Bearer"));
            let told = shop.userinfo(token).await.expect_status(200);
            assert!(told.json()["sub"].is_string());
        }
        if answer.value("code").is_some() {
            shop.redeem(&request, &answer).await;
        }
    }
}

#[tokio::test]
async fn oidc_core_3_3_2_11_an_id_token_binds_what_comes_with_it() {
    let (house, alice, shop) = setting(json!({})).await;
    for (kind, _) in ALL.iter().filter(|(kind, _)| kind.contains("id_token")) {
        let request = shop.request().with("response_type", kind);
        let answer = house.browser().sign_on(&request, &alice).await;
        let told = claims(answer.value("id_token").unwrap());
        let hash = |value: &str| json!(left_half_hash(Algorithm::Rs256, value));
        let code = answer.value("code").map(hash);
        assert_eq!(told.get("c_hash"), code.as_ref(), "{kind}");
        let token = answer.value("access_token").map(hash);
        assert_eq!(told.get("at_hash"), token.as_ref(), "{kind}");
        let state = request.value("state").map(hash);
        assert_eq!(told.get("s_hash"), state.as_ref(), "{kind}");
        assert_eq!(told["nonce"], request.value("nonce").unwrap());
        assert_eq!(told["iss"], house.issuer);
        assert_eq!(told["aud"], "shop");
    }
}

/// Setting: Restrict Response Types
#[tokio::test]
async fn pingfederate_a_client_may_be_restricted_to_some_response_types() {
    let restricted = json!({ "restrictedResponseTypes": ["code", "token id_token"] });
    let (house, _, shop) = setting(restricted).await;
    for (kind, _) in ALL {
        let request = shop.request().with("response_type", kind);
        let reply = house.browser().go(&request).await;
        if ["code", "id_token token", "none"].contains(&kind) {
            assert!(reply.has_form("sign-on"), "{kind}");
            let _ = shop.push(&request).await.expect_status(201);
        } else {
            let refused = Answer::of(&reply);
            assert_eq!(refused.error(), "unauthorized_client", "{kind}");
            let pushed = shop.push(&request).await.expect_status(400);
            assert_eq!(pushed.json()["error"], "unauthorized_client", "{kind}");
        }
    }
    // The order of its values does not matter.
    let turned = shop.request().with("response_type", "token id_token");
    assert!(house.browser().go(&turned).await.has_form("sign-on"));
}

/// Settings: Authorization Code; Implicit
#[tokio::test]
async fn pingfederate_a_response_type_needs_the_grants_that_belong_to_it() {
    let (house, _, shop) = setting(json!({})).await;
    for (grant, fits) in [
        ("AUTHORIZATION_CODE", &["code", "none"][..]),
        ("IMPLICIT", &["id_token", "id_token token", "token", "none"]),
    ] {
        house
            .change_client("shop", json!({ "grantTypes": [grant] }))
            .await;
        for (kind, _) in ALL {
            let request = shop.request().with("response_type", kind);
            let reply = house.browser().go(&request).await;
            if fits.contains(&kind) {
                assert!(reply.has_form("sign-on"), "{grant}: {kind}");
            } else {
                let refused = Answer::of(&reply);
                assert_eq!(refused.error(), "unauthorized_client", "{grant}: {kind}");
            }
        }
    }
}

#[tokio::test]
async fn oidc_core_3_2_2_1_an_id_token_through_the_browser_needs_a_nonce() {
    let (house, _, shop) = setting(json!({})).await;
    for (kind, carried) in ALL {
        let request = shop.request().with("response_type", kind).without("nonce");
        let reply = house.browser().go(&request).await;
        if carried.contains(&"id_token") {
            assert_eq!(Answer::of(&reply).error(), "invalid_request", "{kind}");
        } else {
            assert!(reply.has_form("sign-on"), "{kind}");
        }
    }
}

#[tokio::test]
async fn multiple_response_types_5_no_token_travels_in_a_query() {
    let (house, alice, shop) = setting(json!({})).await;
    for (kind, carried) in ALL {
        let request = shop
            .request()
            .with("response_type", kind)
            .with("response_mode", "query");
        let reply = house.browser().go(&request).await;
        let is_exposed = carried.iter().any(|it| *it != "code");
        assert_eq!(reply.has_form("sign-on"), !is_exposed, "{kind}");
        let request = request.without("response_mode");
        let mut browser = house.browser();
        let page = browser.go(&request).await;
        let page = browser.enter_password(&page, &alice).await;
        let reply = match page.has_form("consent") {
            true => browser.submit(&page, "consent", "allow", &[]).await,
            false => page,
        };
        assert_eq!(reply.location().fragment().is_some(), is_exposed, "{kind}");
    }
}

/// Setting: Require DPoP
#[tokio::test]
async fn rfc9449_5_no_token_that_nobody_could_be_bound_to_comes_through_the_browser() {
    let (house, _, shop) = setting(json!({ "requireDpop": true })).await;
    for (kind, carried) in ALL {
        let request = shop.request().with("response_type", kind);
        let reply = house.browser().go(&request).await;
        if carried.contains(&"access_token") {
            assert!(!Answer::of(&reply).error().is_empty(), "{kind}");
        } else {
            assert!(reply.has_form("sign-on"), "{kind}");
        }
    }
}
