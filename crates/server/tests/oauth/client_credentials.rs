//! The client credentials grant (RFC 6749 §4.4).

use serde_json::{Value, json};
use testkit::{House, RelyingParty};

async fn robot(house: &House) -> RelyingParty {
    house
        .set(json!({ "scopes": [
            { "name": "orders", "description": "" },
            { "name": "prices", "description": "" },
        ] }))
        .await;
    let fields = json!({ "grantTypes": ["CLIENT_CREDENTIALS"], "redirectUris": Value::Null });
    house.add_client_with("robot", fields).await
}

/// Setting: Client Credentials
#[tokio::test]
async fn rfc6749_4_4_a_client_gets_a_token_of_its_own_and_nothing_else() {
    let house = House::open().await;
    let robot = robot(&house).await;
    let form = [("grant_type", "client_credentials"), ("scope", "orders")];
    let reply = robot.token(&form).await.expect_status(200);
    let body = reply.json();
    // RFC 6749 §4.4.3: "A refresh token SHOULD NOT be included."
    assert_eq!(
        (body.get("refresh_token"), body.get("id_token")),
        (None, None)
    );
    assert_eq!(body["scope"], "orders");
    let token = body["access_token"].as_str().unwrap();
    let told = robot.introspect(token).await.expect_status(200).json();
    assert_eq!(told["active"], true);
    assert_eq!(told["client_id"], "robot");
    // RFC 9068 §2.2: sub identifies the client when there is no person.
    assert_eq!(told["sub"], "robot");
    let userinfo = robot.userinfo(token).await;
    assert!(matches!(userinfo.status, 401 | 403), "it is about nobody");
}

/// Settings: Restrict Common Scopes; Exclusive Scopes
#[tokio::test]
async fn rfc6749_3_3_scopes_that_the_client_may_not_have_are_refused() {
    let house = House::open().await;
    let robot = robot(&house).await;
    for scope in ["orders vault", "openid \\"] {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        let body = robot.token(&form).await.expect_status(400).json();
        assert_eq!(body["error"], "invalid_scope");
    }
}

#[tokio::test]
async fn without_a_scope_the_token_has_the_default_scope() {
    let house = House::open().await;
    let robot = robot(&house).await;
    let reply = robot.token(&[("grant_type", "client_credentials")]).await;
    let body = reply.expect_status(200).json();
    assert_eq!(body.get("scope"), None);
    let token = body["access_token"].as_str().unwrap();
    let told = robot.introspect(token).await.expect_status(200).json();
    assert_eq!((&told["active"], told.get("scope")), (&json!(true), None));
}
