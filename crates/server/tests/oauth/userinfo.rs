//! The `UserInfo` endpoint (OpenID Connect Core §5.3, RFC 6750).

use http::Method;
use serde_json::json;
use testkit::{House, Person, RelyingParty, Reply, Tokens};

const PATH: &str = "/idp/userinfo.openid";

/// The challenge of the Bearer scheme, which one of the DPoP scheme follows (RFC 9449 §7.2).
fn bearer_challenge(reply: &Reply) -> Option<&str> {
    let (bearer, dpop) = reply.header("www-authenticate")?.split_once(", DPoP ")?;
    assert!(dpop.starts_with("algs=\""), "{dpop}");
    Some(bearer)
}

async fn setting(scope: &str) -> (House, Person, RelyingParty, Tokens) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let request = shop.request().with("scope", scope);
    let answer = house.browser().sign_on(&request, &alice).await;
    let reply = shop.exchange(&request, answer.code()).await;
    let tokens = shop.tokens(&reply.expect_status(200)).await;
    (house, alice, shop, tokens)
}

#[tokio::test]
async fn oidc_core_5_4_each_scope_brings_its_claims() {
    for (scope, expected) in [
        ("openid", vec!["sub"]),
        ("openid email", vec!["email", "email_verified", "sub"]),
        ("openid phone", vec!["phone_number", "sub"]),
        (
            "openid profile",
            vec![
                "given_name",
                "name",
                "preferred_username",
                "sub",
                "updated_at",
            ],
        ),
    ] {
        let (_house, alice, shop, tokens) = setting(scope).await;
        let told = shop.userinfo(&tokens.access_token).await.expect_status(200);
        assert_eq!(
            told.header("content-type"),
            Some("application/json;charset=utf-8")
        );
        assert_eq!(told.header("cache-control"), Some("no-store"));
        let told = told.json();
        let mut names: Vec<&str> = told
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{scope}");
        // OpenID Connect Core §5.3.2: the same sub as in the ID token.
        assert_eq!(told["sub"], alice.id.to_string());
        assert_eq!(told["sub"], tokens.id_claims["sub"]);
    }
}

#[tokio::test]
async fn rfc6750_2_the_token_comes_in_the_header_or_in_a_form_and_not_in_both() {
    let (house, _alice, shop, tokens) = setting("openid").await;
    let (url, token) = (house.at(PATH), tokens.access_token.as_str());
    let _ = shop.userinfo(token).await.expect_status(200);
    let form = [("access_token", token)];
    let _ = house.http.post(&url, &form).await.expect_status(200);
    let post = house.http.request(Method::POST, &url).bearer(token);
    let _ = post.send().await.expect_status(200);
    let lower = house.http.request(Method::GET, &url);
    let lower = lower.header("authorization", &format!("bearer {token}"));
    let _ = lower.send().await.expect_status(200);

    let both = house.http.request(Method::POST, &url);
    let both = both
        .form(&form)
        .bearer(token)
        .send()
        .await
        .expect_status(400);
    assert_eq!(
        bearer_challenge(&both),
        Some("Bearer error=\"invalid_request\"")
    );
    // RFC 9700 §4.3.2: not in the query.
    let query = house.http.get(format!("{url}?access_token={token}")).await;
    assert_eq!(query.status, 401);
}

#[tokio::test]
async fn rfc6750_3_1_errors_are_in_the_challenge() {
    let (house, alice, shop, tokens) = setting("openid").await;
    let none = house.http.get(house.at(PATH)).await.expect_status(401);
    assert_eq!(bearer_challenge(&none), Some("Bearer"));
    assert_eq!(none.text(), "");
    let basic = house.http.request(Method::GET, house.at(PATH));
    let basic = basic.basic("shop", "x").send().await.expect_status(401);
    assert_eq!(bearer_challenge(&basic), Some("Bearer"));

    let invalid = "Bearer error=\"invalid_token\"";
    let id_token = tokens.id();
    for token in ["x", "a.b.c", id_token, tokens.refresh()] {
        let reply = shop.userinfo(token).await.expect_status(401);
        assert_eq!(bearer_challenge(&reply), Some(invalid));
        assert_eq!(reply.json()["error"], "invalid_token");
    }
    let mut forged = tokens.access_token.clone();
    let last = if forged.ends_with('A') { 'B' } else { 'A' };
    forged.pop();
    forged.push(last);
    assert_eq!(shop.userinfo(&forged).await.status, 401);

    house
        .change_person(&alice, |user| user.enabled = false)
        .await;
    assert_eq!(shop.userinfo(&tokens.access_token).await.status, 401);
}

#[tokio::test]
async fn rfc6750_3_a_request_that_cannot_be_read_is_challenged_as_well() {
    let (house, _alice, _shop, tokens) = setting("openid").await;
    let url = house.at(PATH);
    let repeated = house.http.get(format!("{url}?a=1&a=2")).await;
    let encoding = house.http.get(format!("{url}?a=%ff")).await;
    let bearer = |body: &str, media_type: &str| {
        let request = house.http.request(Method::POST, &url);
        let request = request.bearer(&tokens.access_token).body(media_type, body);
        request.send()
    };
    let json = bearer("{}", "application/json").await;
    let control = bearer("a=%00", "application/x-www-form-urlencoded").await;
    for reply in [repeated, encoding, json, control] {
        let reply = reply.expect_status(400);
        let challenge = bearer_challenge(&reply);
        assert_eq!(challenge, Some("Bearer error=\"invalid_request\""));
        assert_eq!(reply.json()["error"], "invalid_request");
    }
}

#[tokio::test]
async fn an_access_token_expires() {
    let (house, _alice, shop, tokens) = setting("openid").await;
    house.advance(std::time::Duration::from_secs(7199));
    let _ = shop.userinfo(&tokens.access_token).await.expect_status(200);
    house.advance(std::time::Duration::from_secs(1));
    assert_eq!(shop.userinfo(&tokens.access_token).await.status, 401);
}

#[tokio::test]
async fn oidc_core_5_3_1_a_token_without_openid_opens_nothing() {
    let (_house, _alice, shop, tokens) = setting("email").await;
    let reply = shop.userinfo(&tokens.access_token).await;
    assert!(matches!(reply.status, 401 | 403));
    let challenge = bearer_challenge(&reply).unwrap();
    assert!(challenge.starts_with("Bearer error=\"in"), "{challenge}");
}

#[tokio::test]
async fn what_is_told_is_what_is_known_now() {
    let (house, alice, shop, tokens) = setting("openid email").await;
    house
        .change_person(&alice, |user| {
            user.profile.email = Some("new@example.com".into());
        })
        .await;
    let told = shop.userinfo(&tokens.access_token).await.expect_status(200);
    assert_eq!(told.json()["email"], json!("new@example.com"));
}
