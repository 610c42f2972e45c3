//! Secrets that were replaced and still serve for a while.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{House, RelyingParty, Reply};

const NEW: &str = "the new secret of the shop, which is long enough for HS512 and for all others";

/// Everything at which a client with a secret may prove who it is, with parameters that are refused
/// for nothing else.
const ENDPOINTS: [(&str, &[(&str, &str)]); 4] = [
    ("/as/token.oauth2", &[("grant_type", "client_credentials")]),
    ("/as/introspect.oauth2", &[("token", "x")]),
    ("/as/revoke_token.oauth2", &[("token", "x")]),
    ("/as/par.oauth2", &[("response_type", "code")]),
];

async fn shop(house: &House, method: &str) -> RelyingParty {
    house
        .set(json!({ "clientSecretRetentionPeriod": 60 }))
        .await;
    let fields = json!({
        "grantTypes": ["AUTHORIZATION_CODE", "CLIENT_CREDENTIALS"],
        "clientAuth": { "type": method },
    });
    house.add_client_with("shop", fields).await
}

async fn replace_secret(house: &House) {
    let path = "/oauth/clients/shop/clientAuth/clientSecret";
    let replaced = house.administration();
    let replaced = replaced.put(path, &json!({ "secret": NEW })).await;
    let _ = replaced.expect_status(200);
}

/// The same client with another secret.
fn with(shop: &RelyingParty, secret: &str) -> RelyingParty {
    let mut other = shop.clone();
    other.secret = Some(secret.to_owned());
    other
}

async fn in_the_body(house: &House, path: &str, form: &[(&str, &str)], secret: &str) -> Reply {
    let mut form = form.to_vec();
    form.extend([("client_id", "shop"), ("client_secret", secret)]);
    house.http.post(house.at(path), &form).await
}

async fn asserted(shop: &RelyingParty, path: &str, form: &[(&str, &str)], secret: &str) -> Reply {
    let assertion = shop.assertion().signed_with_secret(secret);
    shop.call_with_assertion(path, &assertion, form).await
}

/// Fails unless the client is believed, or is not.
#[track_caller]
fn believed(reply: &Reply, expected: bool, why: &str) {
    let is_believed = reply.status != 401;
    assert_eq!(
        is_believed,
        expected,
        "{why}: {} {}",
        reply.status,
        reply.text()
    );
    if !expected {
        assert_eq!(reply.json()["error"], "invalid_client", "{why}");
    }
}

/// Setting: Client Secret Retention Period
#[tokio::test]
async fn a_replaced_secret_serves_at_every_endpoint_until_its_time_is_over() {
    let house = House::open().await;
    let shop = shop(&house, "SECRET").await;
    let old = shop.secret.clone().unwrap();
    let check = async |serves: bool| {
        for (path, form) in ENDPOINTS {
            for (secret, expected) in [(old.as_str(), serves), (NEW, true), ("a third", false)] {
                let reply = with(&shop, secret).call(path, form).await;
                believed(&reply, expected, &format!("basic {path}"));
                let reply = in_the_body(&house, path, form, secret).await;
                believed(&reply, expected, &format!("post {path}"));
            }
        }
    };
    replace_secret(&house).await;
    check(true).await;
    house.advance(Duration::from_millis(60 * 60 * 1000 - 1));
    check(true).await;
    house.advance(Duration::from_millis(1));
    check(false).await;
}

/// Setting: Client Secret Retention Period
#[tokio::test]
async fn oidc_core_9_an_assertion_may_be_signed_with_a_replaced_secret_while_it_serves() {
    let house = House::open().await;
    let shop = shop(&house, "CLIENT_SECRET_JWT").await;
    let old = shop.secret.clone().unwrap();
    let check = async |serves: bool| {
        for (path, form) in ENDPOINTS {
            for (secret, expected) in [(old.as_str(), serves), (NEW, true)] {
                let reply = asserted(&shop, path, form, secret).await;
                believed(&reply, expected, path);
            }
        }
    };
    replace_secret(&house).await;
    check(true).await;
    house.advance(Duration::from_hours(1));
    check(false).await;
}

#[tokio::test]
async fn a_replaced_secret_that_an_administrator_takes_out_serves_no_more() {
    let house = House::open().await;
    let shop = shop(&house, "SECRET").await;
    replace_secret(&house).await;
    let _ = shop.introspect("x").await.expect_status(200);
    let none = json!({ "clientAuth": { "secondarySecrets": Value::Array(Vec::new()) } });
    house.change_client("shop", none).await;
    believed(&shop.introspect("x").await, false, "taken out");
    let _ = with(&shop, NEW).introspect("x").await.expect_status(200);
}

/// Setting: Enabled
#[tokio::test]
async fn no_secret_serves_for_a_client_that_is_switched_off() {
    let house = House::open().await;
    let shop = shop(&house, "SECRET").await;
    replace_secret(&house).await;
    house
        .change_client("shop", json!({ "enabled": false }))
        .await;
    believed(&shop.introspect("x").await, false, "old");
    believed(&with(&shop, NEW).introspect("x").await, false, "new");
}
