//! Token revocation (RFC 7009).

use serde_json::json;
use testkit::{House, RelyingParty, Tokens};

async fn setting() -> (House, RelyingParty, Tokens) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let request = shop.request();
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    (house, shop, tokens)
}

#[tokio::test]
async fn rfc7009_2_1_a_refresh_token_takes_its_access_tokens_with_it() {
    let (_house, shop, tokens) = setting().await;
    let reply = shop.revoke(tokens.refresh()).await.expect_status(200);
    assert_eq!(reply.text(), "");
    assert_eq!(shop.refresh(tokens.refresh()).await.status, 400);
    assert_eq!(shop.userinfo(&tokens.access_token).await.status, 401);
    let told = shop.introspect(&tokens.access_token).await;
    assert_eq!(told.json(), json!({ "active": false }));
    // Again is no error.
    let _ = shop.revoke(tokens.refresh()).await.expect_status(200);
}

#[tokio::test]
async fn rfc7009_2_1_an_access_token_goes_alone() {
    let (_house, shop, tokens) = setting().await;
    let _ = shop.revoke(&tokens.access_token).await.expect_status(200);
    assert_eq!(shop.userinfo(&tokens.access_token).await.status, 401);
    let told = shop.introspect(&tokens.access_token).await;
    assert_eq!(told.json(), json!({ "active": false }));
    let reply = shop.refresh(tokens.refresh()).await.expect_status(200);
    let new = shop.tokens(&reply).await;
    let _ = shop.userinfo(&new.access_token).await.expect_status(200);
}

#[tokio::test]
async fn rfc7009_2_2_an_unknown_token_is_no_error_and_a_hint_is_only_a_hint() {
    let (_house, shop, tokens) = setting().await;
    for text in ["x", "a.b.c", "ü"] {
        let _ = shop.revoke(text).await.expect_status(200);
    }
    let form = [
        ("token", tokens.refresh()),
        ("token_type_hint", "access_token"),
    ];
    let _ = shop
        .call("/as/revoke_token.oauth2", &form)
        .await
        .expect_status(200);
    assert_eq!(shop.refresh(tokens.refresh()).await.status, 400);
    let missing = shop.call("/as/revoke_token.oauth2", &[]).await;
    assert_eq!(
        missing.expect_status(400).text(),
        "{\"error_description\":\"token is required\",\"error\":\"invalid_request\"}\r\n"
    );
}

#[tokio::test]
async fn rfc7009_2_1_another_clients_token_is_left_alone() {
    let (house, shop, tokens) = setting().await;
    let bank = house.add_client("bank").await;
    for token in [&tokens.access_token, tokens.refresh()] {
        let reply = bank.revoke(token).await;
        assert!(matches!(reply.status, 200 | 400));
    }
    let _ = shop.userinfo(&tokens.access_token).await.expect_status(200);
    let _ = shop.refresh(tokens.refresh()).await.expect_status(200);
}
