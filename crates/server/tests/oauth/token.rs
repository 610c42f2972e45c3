//! The token endpoint and the authorization code grant.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Answer, AuthorizationRequest, Browser, House, Person, RelyingParty, Reply};

/// The body that PingFederate's clients look for, to the byte.
#[track_caller]
fn refused(reply: &Reply, status: u16, error: &str, description: &str) {
    let expected = match description {
        "" => format!("{{\"error\":\"{error}\"}}\r\n"),
        _ => format!("{{\"error_description\":\"{description}\",\"error\":\"{error}\"}}\r\n"),
    };
    assert_eq!((reply.status, reply.text()), (status, expected));
    assert_eq!(
        reply.header("content-type"),
        Some("application/json;charset=utf-8")
    );
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

const SPENT: &str = "Authorization code is invalid or expired.";

struct Setting {
    house: House,
    alice: Person,
    browser: Browser,
    shop: RelyingParty,
    request: AuthorizationRequest,
    answer: Answer,
}

async fn with_code(fields: Value) -> Setting {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client_with("shop", fields).await;
    let request = shop.request();
    let mut browser = house.browser();
    let answer = browser.sign_on(&request, &alice).await;
    Setting {
        house,
        alice,
        browser,
        shop,
        request,
        answer,
    }
}

#[tokio::test]
async fn rfc6749_5_1_a_token_response_has_these_members_and_headers() {
    let it = with_code(json!({})).await;
    let reply = it.shop.exchange(&it.request, it.answer.code()).await;
    let reply = reply.expect_status(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("pragma"), Some("no-cache"));
    let body = reply.json();
    let members: Vec<&str> = body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut sorted = members.clone();
    sorted.sort_unstable();
    let expected = [
        "access_token",
        "expires_in",
        "id_token",
        "refresh_token",
        "scope",
        "token_type",
    ];
    assert_eq!(sorted, expected);
    assert_eq!(body["token_type"], "Bearer");
}

/// Setting: Refresh Token
#[tokio::test]
async fn rfc6749_4_1_4_a_client_without_the_refresh_grant_gets_no_refresh_token() {
    let it = with_code(json!({ "grantTypes": ["AUTHORIZATION_CODE"] })).await;
    let tokens = it.shop.redeem(&it.request, &it.answer).await;
    assert_eq!(tokens.refresh_token, None);
}

#[tokio::test]
async fn pingfederate_2_5_errors_are_written_like_this() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let token = async |form: &[(&str, &str)]| shop.token(form).await;
    refused(
        &token(&[]).await,
        400,
        "invalid_request",
        "grant_type is required",
    );
    refused(
        &token(&[("grant_type", "dance")]).await,
        400,
        "unsupported_grant_type",
        "",
    );
    for later in [
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:pingidentity.com:oauth2:grant_type:validate_bearer",
    ] {
        let reply = token(&[("grant_type", later)]).await;
        refused(&reply, 400, "unsupported_grant_type", "");
    }
    refused(
        &token(&[("grant_type", "authorization_code")]).await,
        400,
        "invalid_request",
        "code is required",
    );
    refused(
        &token(&[("grant_type", "refresh_token")]).await,
        400,
        "invalid_request",
        "refresh_token is required",
    );
    refused(
        &token(&[("grant_type", "client_credentials")]).await,
        400,
        "unauthorized_client",
        "The client is not authorized to use this grant type.",
    );
}

#[tokio::test]
async fn pingfederate_2_5_codes_that_are_no_codes() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    for (code, description) in [
        ("no code at all", "Authorization code is malformed."),
        ("abc", "Authorization code is malformed."),
        ("ÄÖÜ", "Authorization code is malformed."),
    ] {
        let reply = shop.exchange(&shop.request(), code).await;
        refused(&reply, 400, "invalid_grant", description);
    }
    // Well-formed, but nobody issued it.
    let code = "AZ3vYb-A".to_owned() + &"x".repeat(40);
    let reply = shop.exchange(&shop.request(), &code).await;
    refused(&reply, 400, "invalid_grant", SPENT);
}

#[tokio::test]
async fn rfc6749_4_1_2_a_code_lives_for_a_minute() {
    let it = with_code(json!({})).await;
    it.house.advance(Duration::from_secs(61));
    let reply = it.shop.exchange(&it.request, it.answer.code()).await;
    refused(&reply, 400, "invalid_grant", SPENT);
}

#[tokio::test]
async fn rfc6749_4_1_2_a_second_use_is_refused_and_revokes_what_came_of_the_first() {
    let it = with_code(json!({})).await;
    let tokens = it.shop.redeem(&it.request, &it.answer).await;
    let userinfo = it.shop.userinfo(&tokens.access_token).await;
    let _ = userinfo.expect_status(200);

    let again = it.shop.exchange(&it.request, it.answer.code()).await;
    refused(&again, 400, "invalid_grant", SPENT);

    let userinfo = it.shop.userinfo(&tokens.access_token).await;
    assert_eq!(userinfo.status, 401);
    let introspection = it.shop.introspect(&tokens.access_token).await;
    assert_eq!(
        introspection.expect_status(200).json(),
        json!({ "active": false })
    );
    let refresh = it.shop.refresh(tokens.refresh()).await;
    refused(
        &refresh,
        400,
        "invalid_grant",
        "unknown, invalid, or expired refresh token",
    );
}

#[tokio::test]
async fn rfc6749_4_1_2_a_replay_long_after_still_revokes() {
    let it = with_code(json!({})).await;
    let tokens = it.shop.redeem(&it.request, &it.answer).await;
    it.house.advance(Duration::from_hours(1));
    let again = it.shop.exchange(&it.request, it.answer.code()).await;
    refused(&again, 400, "invalid_grant", SPENT);
    assert_eq!(it.shop.userinfo(&tokens.access_token).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_code_is_redeemed_once_however_many_try_at_once() {
    let it = with_code(json!({})).await;
    let tries = (0..8).map(|_| {
        let (shop, request) = (it.shop.clone(), it.request.clone());
        let code = it.answer.code().to_owned();
        tokio::spawn(async move { shop.exchange(&request, &code).await.status })
    });
    let tries: Vec<_> = tries.collect();
    let mut statuses = Vec::new();
    for attempt in tries {
        statuses.push(attempt.await.unwrap());
    }
    let redeemed = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(redeemed, 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 400)));
}

#[tokio::test]
async fn rfc6749_4_1_3_a_code_serves_its_own_client_only() {
    let it = with_code(json!({})).await;
    let thief = it.house.add_client("thief").await;
    let reply = thief.exchange(&it.request, it.answer.code()).await;
    refused(&reply, 400, "invalid_grant", SPENT);
    // The attempt does not cost the rightful client its code.
    it.shop.redeem(&it.request, &it.answer).await;
}

/// Setting: Redirection URIs
#[tokio::test]
async fn rfc6749_4_1_3_the_redirect_uri_is_repeated_to_the_character() {
    let it = with_code(json!({})).await;
    let code = it.answer.code();
    let without = it.request.clone().without("redirect_uri");
    refused(
        &it.shop.exchange(&without, code).await,
        400,
        "invalid_grant",
        "redirect_uri is required if it was included in the authorization request.",
    );
    for other in [
        "https://shop.example/callback/",
        "https://SHOP.example/callback",
    ] {
        let request = it.request.clone().with("redirect_uri", other);
        refused(
            &it.shop.exchange(&request, code).await,
            400,
            "invalid_grant",
            "redirect_uri does not match the one included in the authorization request.",
        );
    }
    // None of these spent the code.
    it.shop.redeem(&it.request, &it.answer).await;
}

/// Setting: Enabled
#[tokio::test]
async fn the_person_and_the_client_must_still_be_there() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let request = shop.request();
    let answer = house.browser().sign_on(&request, &alice).await;
    house
        .change_person(&alice, |user| user.enabled = false)
        .await;
    let reply = shop.exchange(&request, answer.code()).await;
    refused(&reply, 400, "invalid_grant", SPENT);

    house
        .change_person(&alice, |user| user.enabled = true)
        .await;
    let answer = house.browser().sign_on(&request, &alice).await;
    let administration = house.administration();
    let client = administration.get("/oauth/clients/shop").await;
    let mut client = client.expect_status(200).json();
    client["enabled"] = json!(false);
    let disabled = administration.put("/oauth/clients/shop", &client).await;
    let _ = disabled.expect_status(200);
    let reply = shop.exchange(&request, answer.code()).await;
    refused(
        &reply,
        401,
        "invalid_client",
        "Invalid client or client credentials.",
    );
}

#[tokio::test]
async fn rfc6749_3_2_parameters_are_not_repeated_and_not_in_the_query() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let reply = shop
        .token(&[
            ("grant_type", "refresh_token"),
            ("grant_type", "refresh_token"),
        ])
        .await;
    let body = reply.expect_status(400).json();
    assert_eq!(body["error"], "invalid_request");
    // RFC 6749 §3.2: "The client MUST use the HTTP "POST" method".
    let get = house.http.get(house.at("/as/token.oauth2")).await;
    assert_eq!((get.status, get.header("allow")), (405, Some("POST")));
    // RFC 6749 §2.3.1: credentials "MUST NOT be included in the request URI".
    let secret = shop.secret.clone().unwrap();
    let url = house.at(&format!(
        "/as/token.oauth2?grant_type=client_credentials&client_id=shop&client_secret={}",
        secret.replace(' ', "%20")
    ));
    assert_eq!(house.http.post(url, &[]).await.status, 401);
}

#[tokio::test]
async fn a_narrower_scope_that_the_person_chose_is_what_the_tokens_have() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let request = shop.request().with("scope", "openid email phone");
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &alice).await;
    let page = browser
        .submit(&page, "consent", "allow", &[("scope", "phone")])
        .await;
    let tokens = shop.redeem(&request, &Answer::of(&page)).await;
    // `openid` is in a hidden field of the same name, which the kit replaces like a browser that
    // never showed it; the server adds what is required.
    assert!(tokens.scope.as_deref().unwrap().contains("phone"));
    assert!(!tokens.scope.as_deref().unwrap().contains("email"));
}

#[tokio::test]
async fn rfc6749_5_2_a_code_is_refused_once_its_person_has_signed_out() {
    let mut it = with_code(json!({})).await;
    let page = it.browser.open("/account/sign-out").await;
    let form = page.form("sign-out");
    let (_, confirm) = form.buttons[0].clone();
    it.browser
        .send_form(&page, &form, Some(&confirm), &[])
        .await;
    let reply = it.shop.exchange(&it.request, it.answer.code()).await;
    refused(&reply, 400, "invalid_grant", SPENT);
    // Also when the client was to go on without the person: it has not begun yet.
    let request = it.shop.request().with("scope", "openid offline_access");
    let answer = it.browser.sign_on(&request, &it.alice).await;
    let page = it.browser.open("/account/sign-out").await;
    it.browser
        .submit(&page, "sign-out", "sign-out-confirm", &[])
        .await;
    let reply = it.shop.exchange(&request, answer.code()).await;
    refused(&reply, 400, "invalid_grant", SPENT);
}

#[tokio::test]
async fn rfc6749_5_2_a_code_is_refused_once_its_session_was_ended_elsewhere() {
    let it = with_code(json!({})).await;
    let mut elsewhere = it.house.browser();
    let page = elsewhere.open("/account").await;
    elsewhere.enter_password(&page, &it.alice).await;
    let page = elsewhere.get("/account/sessions").await;
    elsewhere
        .submit(
            &page,
            "sign-out-elsewhere",
            "sign-out-elsewhere-submit",
            &[],
        )
        .await;
    let reply = it.shop.exchange(&it.request, it.answer.code()).await;
    refused(&reply, 400, "invalid_grant", SPENT);
}

#[tokio::test]
async fn a_code_is_good_though_its_person_proved_themselves_anew_meanwhile() {
    let mut it = with_code(json!({})).await;
    let again = it.shop.request().with("prompt", "login");
    let page = it.browser.go(&again).await;
    let answer = Answer::of(&it.browser.enter_password(&page, &it.alice).await);
    it.shop.redeem(&it.request, &it.answer).await;
    it.shop.redeem(&again, &answer).await;
}

#[tokio::test]
async fn rfc6749_5_2_foreign_text_in_a_description_is_made_fit_for_it() {
    let it = with_code(json!({})).await;
    let names = ["a\\b", "a\"b", "ü€", "a\u{1}b"];
    for (name, shown) in names.iter().zip(["a?b", "a?b", "??", "a?b"]) {
        let form = [(*name, "1"), (*name, "2")];
        let reply = it.shop.token(&form).await;
        let description = format!("the parameter {shown} is repeated");
        refused(&reply, 400, "invalid_request", &description);
    }
}
