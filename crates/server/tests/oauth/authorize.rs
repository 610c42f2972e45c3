//! The authorization endpoint, when all is well.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Answer, House};

/// Setting: Allowed Grant Types: Authorization Code
#[tokio::test]
async fn oidc_core_3_1_a_person_signs_on_allows_and_the_client_gets_tokens() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let request = shop.request().with("scope", "openid profile email");
    let mut browser = house.browser();

    let page = browser.go(&request).await.expect_status(200);
    assert_eq!(page.title(), "Sign in");
    assert!(page.text().contains("The shop"), "says who asks");
    let page = browser.enter_password(&page, &alice).await;
    assert_eq!(page.title(), "Allow The shop to use your account?");
    let answer = Answer::of(&browser.submit(&page, "consent", "allow", &[]).await);

    assert_eq!(answer.redirect_uri, "https://shop.example/callback");
    assert_eq!(answer.names(), ["code", "iss", "state"]);
    assert_eq!(answer.value("state"), request.value("state"));
    // RFC 9207 §2.
    assert_eq!(answer.value("iss"), Some(house.issuer.as_str()));

    let tokens = shop.redeem(&request, &answer).await;
    assert_eq!(tokens.id_claims["sub"], alice.id.to_string());
    assert_eq!(tokens.id_claims["auth_time"], house.now().seconds());
    assert_eq!(tokens.id_claims["acr"], "pwd");
    assert_eq!(tokens.id_claims["amr"], json!(["pwd"]));
    assert_eq!(tokens.scope.as_deref(), Some("email openid profile"));
    assert_eq!(tokens.expires_in, 7200);
    let told = shop.userinfo(&tokens.access_token).await;
    assert_eq!(told.expect_status(200).json()["name"], "alice Example");
}

#[tokio::test]
async fn a_person_with_an_authenticator_app_proves_two_factors() {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let shop = house.add_client("shop").await;
    let request = shop.request();
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &bob).await;
    assert_eq!(page.title(), "Enter your code");
    let code = bob.code_at(house.now());
    let page = browser
        .submit(&page, "one-time-code", "submit", &[("otp", &code)])
        .await;
    let answer = browser.allow(page).await;
    let tokens = shop.redeem(&request, &answer).await;
    assert_eq!(tokens.id_claims["acr"], "mfa");
    // RFC 8176 §2.
    let amr = tokens.id_claims["amr"].as_array().unwrap();
    for method in ["pwd", "otp", "mfa"] {
        assert!(amr.contains(&json!(method)), "{amr:?}");
    }
}

#[tokio::test]
async fn rfc6749_3_1_the_request_may_be_posted() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let request = shop.request();
    let mut browser = house.browser();
    let reply = browser
        .post("/as/authorization.oauth2", &request.form())
        .await;
    // RFC 9700 §4.12: 303, so that no password is posted on.
    assert_eq!(reply.status, 303);
    let page = browser.follow(reply).await;
    let page = browser.enter_password(&page, &alice).await;
    let answer = browser.allow(page).await;
    shop.redeem(&request, &answer).await;
}

#[tokio::test]
async fn oidc_core_3_1_2_1_a_post_from_another_site_brings_no_cookies_and_still_works() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    browser.sign_on(&shop.request(), &alice).await;
    let before = browser.cookie("PF").unwrap().clone();

    let request = shop.request();
    let reply = browser
        .post_cross_site("/as/authorization.oauth2", &request.form())
        .await;
    // The browser keeps the cookies of the answer although it sent none.
    for cookie in reply.headers("set-cookie") {
        assert!(!cookie.starts_with("PF="), "the session is left alone");
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        browser.plant(name, value);
    }
    // The page that follows is a navigation on this site: now the session is seen.
    let reply = browser.follow(reply).await;
    let answer = browser.allow(reply).await;
    assert_eq!(browser.cookie("PF"), Some(&before));
    shop.redeem(&request, &answer).await;
}

/// Setting: Redirection URIs
#[tokio::test]
async fn rfc6749_3_1_2_3_the_redirect_uri_may_be_left_out_by_a_client_that_has_one() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    house
        .set(json!({ "scopes": [{ "name": "orders", "description": "" }] }))
        .await;
    let request = shop
        .request()
        .without("redirect_uri")
        .with("scope", "orders");
    let answer = house.browser().sign_on(&request, &alice).await;
    assert_eq!(answer.redirect_uri, shop.redirect_uri);
    let reply = shop.exchange(&request, answer.code()).await;
    let tokens = reply.expect_status(200).json();
    assert!(tokens.get("id_token").is_none(), "no openid, no ID token");
    assert_eq!(tokens["scope"], "orders");
}

#[tokio::test]
async fn oidc_core_3_1_2_1_login_hint_fills_in_the_name() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let request = shop.request().with("login_hint", "carol <carol@x.example>");
    let page = house.browser().go(&request).await;
    let form = page.form("sign-on");
    assert_eq!(form.value("username"), Some("carol <carol@x.example>"));
}

#[tokio::test]
async fn oidc_core_3_1_2_1_id_token_hint_admits_only_its_person() {
    let house = House::open().await;
    let (alice, bob) = (
        house.add_person("alice").await,
        house.add_person("bob").await,
    );
    let shop = house.add_client("shop").await;
    let request = shop.request();
    let mut browser = house.browser();
    let answer = browser.sign_on(&request, &alice).await;
    let hint = shop.redeem(&request, &answer).await.id().to_owned();

    // The session is Alice's: nothing is asked, expired hint or not.
    house.advance(Duration::from_mins(30));
    let hinted = shop.request().with("id_token_hint", &hint);
    let answer = Answer::of(&browser.go(&hinted).await);
    shop.redeem(&hinted, &answer).await;

    // In Bob's browser Alice must sign on.
    let mut browser = house.browser();
    browser.sign_on(&shop.request(), &bob).await;
    let passive = hinted.clone().with("prompt", "none");
    let refused = Answer::of(&browser.go(&passive).await);
    assert_eq!(refused.error(), "login_required");
    let page = browser.go(&hinted).await;
    assert!(page.has_form("sign-on"));
    assert!(!page.text().contains("alice"), "Bob is not told who she is");
    let again = browser
        .submit(
            &page,
            "sign-on",
            "submit",
            &[("username", "bob"), ("password", &bob.password)],
        )
        .await;
    assert!(!again.text().contains("callback"), "Bob is not Alice");
    assert_ne!(again.status, 303);
    let page = browser.enter_password(&again, &alice).await;
    let answer = browser.allow(page).await;
    shop.redeem(&hinted, &answer).await;
}

#[tokio::test]
async fn oidc_core_3_1_2_1_ui_locales_chooses_the_language_to_the_end() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let request = shop.request().with("ui_locales", "xx fr-CA de");
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    assert!(page.text().contains("<html lang=\"fr\""));
    let page = browser.enter_password(&page, &alice).await;
    assert!(page.has_form("consent") && page.text().contains("<html lang=\"fr\""));
}

#[tokio::test]
async fn acr_values_ask_for_a_second_factor_and_are_answered() {
    let house = House::open_with(|settings| {
        settings.second_factor = authn::flow::SecondFactor::Never;
    })
    .await;
    let bob = house.add_person_with_totp("bob").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    let answer = browser.sign_on(&shop.request(), &bob).await;
    assert!(answer.value("code").is_some(), "a password is enough");

    // The session is stepped up: only the code is asked for.
    let request = shop.request().with("acr_values", "mfa pwd");
    let page = browser.go(&request).await;
    let code = bob.code_at(house.now());
    let page = browser
        .submit(&page, "one-time-code", "submit", &[("otp", &code)])
        .await;
    let answer = browser.allow(page).await;
    let tokens = shop.redeem(&request, &answer).await;
    assert_eq!(tokens.id_claims["acr"], "mfa");
}

#[tokio::test]
async fn oidc_core_3_1_2_1_the_answered_acr_is_the_first_wish_that_came_true() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let bob = house.add_person_with_totp("bob").await;
    let shop = house.add_client("shop").await;
    for (wishes, of_alice, of_bob) in [
        ("", "pwd", "mfa"),
        ("mfa pwd", "pwd", "mfa"),
        ("pwd mfa", "pwd", "pwd"),
        ("unheard-of mfa", "pwd", "mfa"),
        ("unheard-of", "pwd", "mfa"),
    ] {
        let request = shop.request().with("acr_values", wishes);
        let answer = house.browser().sign_on(&request, &alice).await;
        let tokens = shop.redeem(&request, &answer).await;
        assert_eq!(tokens.id_claims["acr"], of_alice, "{wishes:?}");

        let mut browser = house.browser();
        let page = browser.go(&request).await;
        let page = browser.enter_password(&page, &bob).await;
        let code = bob.code_at(house.now());
        let page = browser
            .submit(&page, "one-time-code", "submit", &[("otp", &code)])
            .await;
        let answer = browser.allow(page).await;
        let tokens = shop.redeem(&request, &answer).await;
        assert_eq!(tokens.id_claims["acr"], of_bob, "{wishes:?}");
        assert_eq!(tokens.id_claims["amr"], json!(["pwd", "otp", "mfa"]));
        house.advance(Duration::from_secs(60));
    }
}

#[tokio::test]
async fn oidc_core_5_5_1_1_an_essential_acr_that_cannot_be_reached_is_refused() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let claims = json!({ "id_token": { "acr": { "essential": true, "values": ["unheard-of"] } } });
    let request = shop.request().with("claims", &claims.to_string());
    let answer = Answer::of(&house.browser().go(&request).await);
    assert_eq!(answer.error(), "unmet_authentication_requirements");
    // A voluntary one is merely not met.
    let request = shop.request().with("acr_values", "unheard-of");
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    assert_eq!(tokens.id_claims["acr"], "pwd");
}

#[tokio::test]
async fn rfc6749_3_1_unknown_parameters_are_ignored() {
    let house = House::open().await;
    let shop = house.add_client("shop").await;
    let request = shop
        .request()
        .with("display", "popup")
        .with("claims_locales", "de")
        .with("resource", "https://api.example")
        .with("no-such-parameter", "1");
    let page = house.browser().go(&request).await.expect_status(200);
    assert!(page.has_form("sign-on"));
}

#[tokio::test]
async fn state_and_nonce_come_back_to_the_character() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let odd = "a b+c%20&=?#/ü€😀\"'<script>\\";
    let request = shop.request().with("state", odd).with("nonce", odd);
    let answer = house.browser().sign_on(&request, &alice).await;
    assert_eq!(answer.value("state"), Some(odd));
    let tokens = shop.redeem(&request, &answer).await;
    assert_eq!(tokens.id_claims["nonce"], odd);
}

/// Setting: Redirection URIs
#[tokio::test]
async fn a_registered_uri_keeps_its_query_and_its_path() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let uri = "https://shop.example/a%2Fb/callback?tenant=7&x=%C3%BC";
    let fields = json!({ "redirectUris": [uri] });
    let shop = house.add_client_with("shop", fields).await;
    let request = shop.request();
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &alice).await;
    let reply = browser.submit(&page, "consent", "allow", &[]).await;
    let location = reply.header("location").unwrap();
    assert!(location.starts_with(&format!("{uri}&code=")), "{location}");
}

#[tokio::test]
async fn rfc8252_7_native_apps_have_their_own_schemes_and_loopback_ports() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let fields = json!({
        "redirectUris": ["com.example.app:/oauth2redirect", "http://127.0.0.1/callback"],
        "clientAuth": Value::Null,
        "requireProofKeyForCodeExchange": true,
    });
    let app = house.add_client_with("app", fields).await;
    let request = app.request();
    let mut browser = house.browser();
    let answer = browser.sign_on(&request, &alice).await;
    assert_eq!(answer.redirect_uri, "com.example.app:/oauth2redirect");
    app.redeem(&request, &answer).await;
    // RFC 8252 §7.3: "The authorization server MUST allow any port to be specified at the time of
    // the request for loopback IP redirect URIs".
    let request = app
        .request()
        .with("redirect_uri", "http://127.0.0.1:51004/callback");
    let page = browser.go(&request).await;
    let answer = browser.allow(page).await;
    assert_eq!(answer.redirect_uri, "http://127.0.0.1:51004/callback");
    app.redeem(&request, &answer).await;
}

/// Setting: Bypass Authorization Approval
#[tokio::test]
async fn bypass_approval_page_asks_nobody() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let fields = json!({ "bypassApprovalPage": true });
    let shop = house.add_client_with("shop", fields).await;
    let request = shop.request();
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    let answer = Answer::of(&browser.enter_password(&page, &alice).await);
    shop.redeem(&request, &answer).await;
}
