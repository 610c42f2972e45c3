//! Assertions of clients (RFC 7521 §8, RFC 7523 §6).

use jose::jwk::Jwk;
use jose::jws::{Algorithm, SigningKey};
use serde_json::{Value, json};
use testkit::{House, RelyingParty, Reply};

use super::{key_pair, refused, unsigned};

const TOKEN: &str = "/as/token.oauth2";

struct Setting {
    house: House,
    robot: RelyingParty,
    key: SigningKey,
    other: RelyingParty,
    others: SigningKey,
}

impl Setting {
    async fn open() -> Self {
        let house = House::open().await;
        let [(robot, key), (other, others)] =
            [add(&house, "robot").await, add(&house, "other").await];
        Self {
            house,
            robot,
            key,
            other,
            others,
        }
    }
}

async fn add(house: &House, id: &str) -> (RelyingParty, SigningKey) {
    let (key, mut fields) = key_pair();
    fields["grantTypes"] = json!(["CLIENT_CREDENTIALS"]);
    fields["clientAuth"] =
        json!({ "type": "PRIVATE_KEY_JWT", "secret": null, "enforceReplayPrevention": true });
    (house.add_client_with(id, fields).await, key)
}

async fn shown(client: &RelyingParty, assertion: &str, named: Option<&str>) -> Reply {
    let mut form = vec![("grant_type", "client_credentials")];
    form.extend(named.map(|id| ("client_id", id)));
    client.call_with_assertion(TOKEN, assertion, &form).await
}

#[tokio::test]
async fn rfc7521_8_1_an_assertion_cannot_be_forged() {
    let it = Setting::open().await;
    let assertion = it.robot.assertion();
    let hmac = |secret: &str| {
        let secret = Jwk::from_secret(secret.as_bytes());
        assertion.signed(&SigningKey::new(&secret, Algorithm::Hs256).unwrap())
    };
    for forged in [
        assertion.signed(&it.others),
        unsigned(&json!({ "alg": "none" }), assertion.claims()),
        unsigned(&json!({ "alg": "ES256" }), assertion.claims()),
        hmac(&it.key.jwk().to_public_json().unwrap()),
        hmac(&"\0".repeat(64)),
    ] {
        refused(shown(&it.robot, &forged, None).await, 401, "invalid_client");
    }
    let _ = shown(&it.robot, &assertion.signed(&it.key), None)
        .await
        .expect_status(200);
}

#[tokio::test]
async fn rfc7521_8_2_a_stolen_assertion_is_good_here_alone_once_and_for_a_moment() {
    let it = Setting::open().await;
    for elsewhere in [
        json!("https://other.example"),
        json!(["https://other.example"]),
        json!("https://other.example/as/token.oauth2"),
        json!(it.house.at("/as/revoke_token.oauth2")),
        json!("robot"),
        Value::Null,
    ] {
        let assertion = it.robot.assertion().with("aud", elsewhere).signed(&it.key);
        refused(
            shown(&it.robot, &assertion, None).await,
            401,
            "invalid_client",
        );
    }
    let assertion = it.robot.assertion().signed(&it.key);
    let _ = shown(&it.robot, &assertion, None).await.expect_status(200);
    for path in [
        TOKEN,
        "/as/introspect.oauth2",
        "/as/revoke_token.oauth2",
        "/as/par.oauth2",
    ] {
        let form = [("grant_type", "client_credentials"), ("token", "x")];
        let replayed = it.robot.call_with_assertion(path, &assertion, &form).await;
        refused(replayed, 401, "invalid_client");
    }
    let late = it.robot.assertion().signed(&it.key);
    it.house.advance(std::time::Duration::from_mins(3));
    refused(shown(&it.robot, &late, None).await, 401, "invalid_client");
}

#[tokio::test]
async fn rfc7523_6_an_assertion_is_of_one_client_and_no_others() {
    let it = Setting::open().await;
    let own = || it.robot.assertion();
    // What the one has signed does not authenticate the other, whatever it says.
    for (iss, sub) in [("other", "other"), ("robot", "other"), ("other", "robot")] {
        let assertion = own().with("iss", json!(iss)).with("sub", json!(sub));
        let reply = shown(&it.robot, &assertion.signed(&it.key), None).await;
        refused(reply, 401, "invalid_client");
    }
    // Nor does an assertion of the one beside the name of the other.
    let reply = shown(&it.robot, &own().signed(&it.key), Some("other")).await;
    assert!(matches!(reply.status, 400 | 401), "{}", reply.text());
    // An id that one has used is still the other's to use.
    let same = |client: &RelyingParty, key: &SigningKey| {
        let assertion = client.assertion().with("jti", json!("the same"));
        assertion.signed(key)
    };
    for (client, key) in [(&it.robot, &it.key), (&it.other, &it.others)] {
        let reply = shown(client, &same(client, key), None).await;
        let _ = reply.expect_status(200);
        refused(
            shown(client, &same(client, key), None).await,
            401,
            "invalid_client",
        );
    }
}

#[tokio::test]
async fn rfc7523_6_a_token_that_this_server_has_signed_is_no_assertion() {
    let it = Setting::open().await;
    let alice = it.house.add_person("alice").await;
    let shop = it.house.add_client("shop").await;
    let request = shop.request();
    let answer = it.house.browser().sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    for token in [tokens.id(), &tokens.access_token] {
        for named in [None, Some("shop"), Some("robot")] {
            let reply = shown(&it.robot, token, named).await;
            assert!(matches!(reply.status, 400 | 401), "{}", reply.text());
        }
    }
}
