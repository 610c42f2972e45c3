//! Token introspection (RFC 7662).

use http::Method;
use serde_json::{Value, json};
use testkit::{House, RelyingParty, Tokens};

async fn setting() -> (House, RelyingParty, Tokens) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let request = shop.request().with("scope", "openid email");
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    (house, shop, tokens)
}

async fn told(client: &RelyingParty, token: &str) -> Value {
    client.introspect(token).await.expect_status(200).json()
}

#[tokio::test]
async fn rfc7662_2_2_tells_about_an_access_token() {
    let (house, shop, tokens) = setting().await;
    let told = told(&shop, &tokens.access_token).await;
    assert_eq!(told["active"], true);
    assert_eq!(told["client_id"], "shop");
    assert_eq!(told["scope"], "email openid");
    assert_eq!(told["token_type"], "Bearer");
    assert_eq!(told["sub"], tokens.id_claims["sub"]);
    assert_eq!(told["iss"], house.issuer.as_str());
    assert_eq!(told["iat"], house.now().seconds());
    assert_eq!(told["exp"], house.now().seconds() + 7200);
    assert!(told["jti"].is_string());
}

#[tokio::test]
async fn pingfederate_2_6_tells_only_that_a_refresh_token_is_active() {
    let (_house, shop, tokens) = setting().await;
    assert_eq!(
        told(&shop, tokens.refresh()).await,
        json!({ "active": true })
    );
    let form = [
        ("token", tokens.refresh()),
        ("token_type_hint", "access_token"),
    ];
    let reply = shop.call("/as/introspect.oauth2", &form).await;
    assert_eq!(reply.expect_status(200).json(), json!({ "active": true }));
}

/// Setting: Access Token Validation (Client is a Resource Server)
#[tokio::test]
async fn rfc7662_2_2_tells_nothing_about_anything_else() {
    let (house, shop, tokens) = setting().await;
    let inactive = json!({ "active": false });
    for text in ["x", "a.b.c", tokens.id(), "ü€"] {
        assert_eq!(told(&shop, text).await, inactive, "{text}");
    }
    // RFC 7662 §4: a client learns nothing about others' tokens.
    let bank = house.add_client("bank").await;
    for token in [&tokens.access_token, tokens.refresh()] {
        assert_eq!(told(&bank, token).await, inactive);
    }
    // A resource server may ask about every token.
    let fields = json!({ "grantTypes": ["ACCESS_TOKEN_VALIDATION"] });
    let api = house.add_client_with("api", fields).await;
    assert_eq!(told(&api, &tokens.access_token).await["active"], true);
    assert_eq!(
        told(&api, tokens.refresh()).await,
        json!({ "active": true })
    );

    house.advance(std::time::Duration::from_hours(2));
    assert_eq!(told(&shop, &tokens.access_token).await, inactive);
}

#[tokio::test]
async fn rfc7662_2_1_the_token_is_required() {
    let (_house, shop, _tokens) = setting().await;
    let reply = shop.call("/as/introspect.oauth2", &[]).await;
    assert_eq!(
        reply.expect_status(400).text(),
        "{\"error_description\":\"token is required\",\"error\":\"invalid_request\"}\r\n"
    );
}

/// Setting: None
#[tokio::test]
async fn a_public_client_may_ask_about_its_own_tokens() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let fields = json!({ "clientAuth": Value::Null });
    let app = house.add_client_with("app", fields).await;
    let request = app.request();
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = app.redeem(&request, &answer).await;
    assert_eq!(told(&app, &tokens.access_token).await["active"], true);
}

#[tokio::test]
async fn rfc9110_12_5_1_the_answer_is_plain_unless_a_signed_one_is_wanted_as_much() {
    let (house, shop, tokens) = setting().await;
    let ask = async |accept: &str| {
        let url = house.at("/as/introspect.oauth2");
        let request = house.http.request(Method::POST, url);
        let request = request.basic(&shop.id, shop.secret.as_deref().unwrap());
        let request = request.form(&[("token", &tokens.access_token)]);
        request.header("accept", accept).send().await
    };
    for accept in [
        "application/json",
        "*/*",
        "application/token-introspection+jwt;q=0.1, application/json",
    ] {
        let reply = ask(accept).await.expect_status(200);
        let media_type = reply.header("content-type");
        assert_eq!(media_type, Some("application/json;charset=utf-8"));
        assert_eq!(reply.json()["active"], true, "{accept}");
    }
    // RFC 9110 §15.5.7
    for accept in ["application/jwt", "text/html"] {
        let reply = ask(accept).await.expect_status(406);
        assert_eq!(reply.json()["error"], "invalid_request", "{accept}");
        assert_eq!(reply.json().get("active"), None);
    }
}

/// Setting: Refresh Token
#[tokio::test]
async fn rfc7662_2_2_a_refresh_token_that_its_client_may_not_use_is_not_active() {
    let (house, shop, tokens) = setting().await;
    let fields = json!({ "grantTypes": ["AUTHORIZATION_CODE"] });
    house.change_client("shop", fields).await;
    assert_eq!(
        told(&shop, tokens.refresh()).await,
        json!({ "active": false })
    );
}
