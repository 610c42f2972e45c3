//! `prompt` and `max_age`: when a person is asked again, and when never.

use std::time::Duration;

use serde_json::json;
use testkit::{Answer, Browser, House, Person, RelyingParty};

async fn signed_on() -> (House, Person, RelyingParty, Browser) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    browser.sign_on(&shop.request(), &alice).await;
    (house, alice, shop, browser)
}

#[tokio::test]
async fn oidc_core_3_1_2_1_prompt_none_answers_without_a_page() {
    let (house, alice, shop, mut browser) = signed_on().await;
    let request = shop.request().with("prompt", "none");
    let answer = Answer::of(&browser.get(&request.url()).await);
    let tokens = shop.redeem(&request, &answer).await;
    assert_eq!(tokens.id_claims["sub"], alice.id.to_string());

    let stranger = Answer::of(&house.browser().get(&request.url()).await);
    assert_eq!(stranger.error(), "login_required");
    assert_eq!(stranger.value("state"), request.value("state"));

    let more = request.with("scope", "openid email");
    let unapproved = Answer::of(&browser.get(&more.url()).await);
    assert_eq!(unapproved.error(), "consent_required");

    let bank = house.add_client("bank").await;
    let other = bank.request().with("prompt", "none");
    let unapproved = Answer::of(&browser.get(&other.url()).await);
    assert_eq!(unapproved.error(), "consent_required");
}

#[tokio::test]
async fn oidc_core_3_1_2_1_prompt_login_asks_again_and_moves_auth_time() {
    let (house, alice, shop, mut browser) = signed_on().await;
    house.advance(Duration::from_mins(10));
    let request = shop.request().with("prompt", "login");
    let page = browser.go(&request).await;
    assert!(page.has_form("sign-on"));
    let before = browser.cookie("PF").unwrap().value.clone();
    let answer = Answer::of(&browser.enter_password(&page, &alice).await);
    assert_ne!(browser.cookie("PF").unwrap().value, before, "a new cookie");
    let tokens = shop.redeem(&request, &answer).await;
    assert_eq!(tokens.id_claims["auth_time"], house.now().seconds());
}

#[tokio::test]
async fn oidc_core_3_1_2_1_prompt_login_is_not_met_by_going_back() {
    let (_house, alice, shop, mut browser) = signed_on().await;
    let request = shop.request().with("prompt", "login");
    let first = browser.get(&request.url()).await;
    let page = browser.follow(first.clone()).await;
    let answer = Answer::of(&browser.enter_password(&page, &alice).await);
    shop.redeem(&request, &answer).await;
    // The flow is over: its address gives no second code.
    let again = browser.follow(first).await;
    assert_eq!(again.status, 410);
}

#[tokio::test]
async fn oidc_core_3_1_2_1_prompt_consent_asks_although_it_was_allowed() {
    let (_house, _alice, shop, mut browser) = signed_on().await;
    let request = shop.request().with("prompt", "consent");
    let page = browser.go(&request).await;
    assert!(page.has_form("consent"));
    let answer = Answer::of(&browser.submit(&page, "consent", "allow", &[]).await);
    shop.redeem(&request, &answer).await;
}

#[tokio::test]
async fn oidc_core_3_1_2_1_prompt_login_consent_asks_both() {
    let (_house, alice, shop, mut browser) = signed_on().await;
    let request = shop.request().with("prompt", "login consent");
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &alice).await;
    assert!(page.has_form("consent"));
    let answer = Answer::of(&browser.submit(&page, "consent", "allow", &[]).await);
    shop.redeem(&request, &answer).await;
}

#[tokio::test]
async fn oidc_core_3_1_2_1_select_account_lets_somebody_else_sign_on() {
    let (house, _alice, shop, mut browser) = signed_on().await;
    let bob = house.add_person("bob").await;
    let request = shop.request().with("prompt", "select_account");
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &bob).await;
    let answer = browser.allow(page).await;
    let tokens = shop.redeem(&request, &answer).await;
    assert_eq!(tokens.id_claims["sub"], bob.id.to_string());
}

#[tokio::test]
async fn oidc_core_3_1_2_1_max_age_bounds_the_time_since_sign_on() {
    let (house, alice, shop, mut browser) = signed_on().await;
    house.advance(Duration::from_secs(60));
    let fresh = shop.request().with("max_age", "60");
    let answer = Answer::of(&browser.go(&fresh).await);
    let tokens = shop.redeem(&fresh, &answer).await;
    assert_eq!(tokens.id_claims["auth_time"], house.now().seconds() - 60);

    house.advance(Duration::from_secs(1));
    let passive = fresh.clone().with("prompt", "none");
    assert_eq!(
        Answer::of(&browser.go(&passive).await).error(),
        "login_required"
    );
    let page = browser.go(&fresh).await;
    let answer = Answer::of(&browser.enter_password(&page, &alice).await);
    let tokens = shop.redeem(&fresh, &answer).await;
    assert_eq!(tokens.id_claims["auth_time"], house.now().seconds());

    // "max_age=0 is equivalent to prompt=login".
    let page = browser.go(&shop.request().with("max_age", "0")).await;
    assert!(page.has_form("sign-on"));
}

#[tokio::test]
async fn oidc_core_3_1_2_1_a_passive_request_cannot_be_made_to_step_up() {
    let (_house, _alice, shop, mut browser) = signed_on().await;
    let claims = json!({ "id_token": { "acr": { "essential": true, "values": ["mfa"] } } });
    let request = shop
        .request()
        .with("claims", &claims.to_string())
        .with("prompt", "none");
    let error = Answer::of(&browser.go(&request).await).error().to_owned();
    assert!(
        [
            "interaction_required",
            "login_required",
            "unmet_authentication_requirements"
        ]
        .contains(&error.as_str()),
        "{error}"
    );
}
