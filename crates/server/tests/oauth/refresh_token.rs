//! Refresh tokens (RFC 6749 §6, RFC 9700 §4.14.2).

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{House, Person, RelyingParty, Reply, Tokens};

const REFUSED: &str = "{\"error_description\":\"unknown, invalid, or expired refresh token\",\"error\":\"invalid_grant\"}\r\n";

#[track_caller]
fn refused(reply: Reply) {
    assert_eq!(reply.expect_status(400).text(), REFUSED);
}

struct Setting {
    house: House,
    alice: Person,
    shop: RelyingParty,
    tokens: Tokens,
}

async fn with_tokens(fields: Value) -> Setting {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client_with("shop", fields).await;
    let request = shop.request().with("scope", "openid email phone");
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    Setting {
        house,
        alice,
        shop,
        tokens,
    }
}

async fn refreshed(shop: &RelyingParty, token: &str) -> Tokens {
    let reply = shop.refresh(token).await.expect_status(200);
    shop.tokens(&reply).await
}

#[tokio::test]
async fn rfc6749_6_a_refresh_token_brings_new_tokens_of_the_same_scope() {
    let it = with_tokens(json!({})).await;
    it.house.advance(Duration::from_mins(90));
    let new = refreshed(&it.shop, it.tokens.refresh()).await;
    assert_eq!(new.scope, it.tokens.scope);
    assert_ne!(new.access_token, it.tokens.access_token);
    assert_ne!(new.refresh_token, it.tokens.refresh_token);
    // OpenID Connect Core §12.2: the same iss, sub and auth_time, a new iat, no nonce.
    for same in ["iss", "sub", "aud", "auth_time"] {
        assert_eq!(new.id_claims[same], it.tokens.id_claims[same], "{same}");
    }
    assert_eq!(new.id_claims["iat"], it.house.now().seconds());
    assert!(
        new.id_claims
            .get("nonce")
            .is_none_or(|n| *n == it.tokens.id_claims["nonce"])
    );
    let _ = it.shop.userinfo(&new.access_token).await.expect_status(200);
}

#[tokio::test]
async fn rfc9700_4_14_2_a_second_use_revokes_the_family() {
    let it = with_tokens(json!({})).await;
    let second = refreshed(&it.shop, it.tokens.refresh()).await;
    let third = refreshed(&it.shop, second.refresh()).await;
    refused(it.shop.refresh(it.tokens.refresh()).await);
    refused(it.shop.refresh(third.refresh()).await);
    for token in [&third.access_token, &it.tokens.access_token] {
        assert_eq!(it.shop.userinfo(token).await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_token_is_spent_once_however_many_try_at_once() {
    let it = with_tokens(json!({})).await;
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let (shop, token) = (it.shop.clone(), it.tokens.refresh().to_owned());
            tokio::spawn(async move { shop.refresh(&token).await.status })
        })
        .collect();
    let mut granted = 0;
    for attempt in tries {
        granted += usize::from(attempt.await.unwrap() == 200);
    }
    assert_eq!(granted, 1);
}

#[tokio::test]
async fn a_grace_period_forgives_a_client_that_lost_an_answer() {
    let it = with_tokens(json!({})).await;
    it.house
        .set(json!({ "refreshTokenRollingGracePeriod": 60 }))
        .await;
    let second = refreshed(&it.shop, it.tokens.refresh()).await;
    it.house.advance(Duration::from_secs(30));
    let again = refreshed(&it.shop, it.tokens.refresh()).await;
    assert!(again.refresh_token.is_some());
    let _ = it
        .shop
        .userinfo(&second.access_token)
        .await
        .expect_status(200);
    it.house.advance(Duration::from_secs(61));
    refused(it.shop.refresh(it.tokens.refresh()).await);
}

/// Setting: Refresh Token Rolling Policy
#[tokio::test]
async fn a_client_that_does_not_roll_keeps_its_token() {
    let it = with_tokens(json!({ "refreshRolling": "DONT_ROLL" })).await;
    for _ in 0..3 {
        let new = refreshed(&it.shop, it.tokens.refresh()).await;
        assert!(new.refresh_token.is_none() || new.refresh_token == it.tokens.refresh_token);
    }
    // RFC 9700 §2.2.2: public clients' tokens roll whatever is configured, or are bound.
    let public = json!({ "clientAuth": Value::Null });
    let it = with_tokens(public).await;
    let new = refreshed(&it.shop, it.tokens.refresh()).await;
    assert_ne!(new.refresh_token, it.tokens.refresh_token);
}

#[tokio::test]
async fn rfc6749_6_the_scope_may_be_narrower_and_not_wider() {
    let it = with_tokens(json!({})).await;
    let refresh = async |scope: &str, token: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("scope", scope),
        ];
        it.shop.token(&form).await
    };
    for (scope, error) in [
        ("openid profile", "invalid_scope"),
        ("openid \"x\"", "invalid_scope"),
    ] {
        let reply = refresh(scope, it.tokens.refresh()).await.expect_status(400);
        assert_eq!(reply.json()["error"], error);
    }
    let reply = refresh("email openid", it.tokens.refresh()).await;
    let narrow = it.shop.tokens(&reply.expect_status(200)).await;
    assert_eq!(narrow.scope.as_deref(), Some("email openid"));
    let told = it.shop.userinfo(&narrow.access_token).await;
    assert_eq!(told.expect_status(200).json().get("phone_number"), None);
    // "the refresh token scope MUST be identical to that of the refresh token included by the
    // client in the request": the next one is as wide as before.
    let wide = refreshed(&it.shop, narrow.refresh()).await;
    assert_eq!(wide.scope, it.tokens.scope);
}

#[tokio::test]
async fn rfc6749_6_a_refresh_brings_only_what_the_client_may_still_have() {
    let it = with_tokens(json!({})).await;
    let restrict = async |scopes: &[&str]| {
        let fields = json!({ "restrictScopes": true, "restrictedScopes": scopes });
        it.house.change_client("shop", fields).await;
    };
    restrict(&["openid", "email"]).await;
    let narrow = refreshed(&it.shop, it.tokens.refresh()).await;
    assert_eq!(narrow.scope.as_deref(), Some("email openid"));
    // What it has from before opens no more either.
    for token in [&narrow.access_token, &it.tokens.access_token] {
        let told = it.shop.userinfo(token).await.expect_status(200).json();
        assert!(told.get("email").is_some() && told.get("phone_number").is_none());
    }
    // What the server has no more, nobody may have; while it is a client's, the server has it.
    let fields = json!({ "restrictScopes": false, "restrictedScopes": [] });
    it.house.change_client("shop", fields).await;
    let settings = it.house.administration();
    let settings = settings.get("/oauth/authServerSettings").await.json();
    let mut scopes = settings["scopes"].as_array().unwrap().clone();
    scopes.retain(|scope| scope["name"] != "openid");
    it.house.set(json!({ "scopes": scopes })).await;
    let narrower = refreshed(&it.shop, narrow.refresh()).await;
    assert_eq!(narrower.scope.as_deref(), Some("email phone"));
    assert_eq!(narrower.id_token, None);
    // When nothing is left there is nothing to renew, until there is again.
    restrict(&["profile"]).await;
    let reply = it.shop.refresh(narrower.refresh()).await.expect_status(400);
    assert_eq!(reply.json()["error"], "invalid_scope");
    it.house.set(json!({ "scopes": settings["scopes"] })).await;
    restrict(&["openid", "email", "phone"]).await;
    let whole = refreshed(&it.shop, narrower.refresh()).await;
    assert_eq!(whole.scope, it.tokens.scope);
}

/// Setting: Refresh Token
#[tokio::test]
async fn rfc6749_5_2_a_client_that_lost_the_grant_type_is_unauthorized() {
    let it = with_tokens(json!({})).await;
    let fields = json!({ "grantTypes": ["AUTHORIZATION_CODE"] });
    it.house.change_client("shop", fields).await;
    let reply = it.shop.refresh(it.tokens.refresh()).await;
    let reply = reply.expect_status(400);
    assert_eq!(reply.json()["error"], "unauthorized_client");
    // It was not spent on that.
    let fields = json!({ "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"] });
    it.house.change_client("shop", fields).await;
    refreshed(&it.shop, it.tokens.refresh()).await;
}

#[tokio::test]
async fn rfc6749_6_a_refresh_token_serves_its_own_client_only() {
    let it = with_tokens(json!({})).await;
    let thief = it.house.add_client("thief").await;
    refused(thief.refresh(it.tokens.refresh()).await);
    refreshed(&it.shop, it.tokens.refresh()).await;
}

#[tokio::test]
async fn texts_that_are_no_refresh_tokens() {
    let it = with_tokens(json!({})).await;
    let token = it.tokens.refresh();
    let mut changed = token.to_owned();
    let last = changed.pop().unwrap();
    changed.push(if last == 'A' { 'B' } else { 'A' });
    for text in [
        "x",
        "ÄÖÜ",
        &token[..token.len() - 1],
        &changed,
        &it.tokens.access_token,
    ] {
        refused(it.shop.refresh(text).await);
    }
    refreshed(&it.shop, token).await;
}

#[tokio::test]
async fn a_grant_ends_when_it_is_idle_and_at_its_end() {
    let it = with_tokens(json!({})).await;
    it.house.advance(Duration::from_hours(24 * 29));
    let second = refreshed(&it.shop, it.tokens.refresh()).await;
    it.house.advance(Duration::from_hours(24 * 31));
    refused(it.shop.refresh(second.refresh()).await);

    it.house
        .set(json!({ "persistentGrantLifetime": 1, "persistentGrantLifetimeUnit": "HOURS" }))
        .await;
    let request = it.shop.request();
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    let tokens = it.shop.redeem(&request, &answer).await;
    assert!(tokens.expires_in <= 3600, "no token outlives its grant");
    it.house.advance(Duration::from_mins(50));
    let second = refreshed(&it.shop, tokens.refresh()).await;
    it.house.advance(Duration::from_mins(11));
    refused(it.shop.refresh(second.refresh()).await);
}

#[tokio::test]
async fn a_person_who_was_switched_off_is_not_refreshed() {
    let it = with_tokens(json!({})).await;
    it.house
        .change_person(&it.alice, |user| user.enabled = false)
        .await;
    refused(it.shop.refresh(it.tokens.refresh()).await);
    assert_eq!(it.shop.userinfo(&it.tokens.access_token).await.status, 401);
}
