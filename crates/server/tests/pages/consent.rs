//! Asking for consent.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Answer, Browser, House, Person, RelyingParty, Reply};

struct Setting {
    house: House,
    alice: Person,
    shop: RelyingParty,
}

async fn setting() -> Setting {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    Setting { house, alice, shop }
}

/// The scopes that a page asks for, in its order.
fn scopes(page: &Reply) -> Vec<String> {
    let fields = page.form("consent").fields.into_iter();
    let scopes = fields.filter(|(name, _)| name == "scope");
    scopes.map(|(_, value)| value).collect()
}

impl Setting {
    async fn asked(&self, browser: &mut Browser, scope: &str) -> Reply {
        let page = browser.go(&self.shop.request().with("scope", scope)).await;
        match page.has_form("sign-on") {
            true => browser.enter_password(&page, &self.alice).await,
            false => page,
        }
    }
}

#[tokio::test]
async fn the_page_says_what_is_asked_in_the_administrators_words() {
    let it = setting().await;
    it.house
        .set(json!({ "scopes": [
            { "name": "openid", "description": "" },
            { "name": "orders", "description": "See your <orders>" },
        ] }))
        .await;
    let page = it.asked(&mut it.house.browser(), "openid orders").await;
    assert!(page.text().contains("See your &lt;orders&gt;"));
    assert!(page.text().contains("The shop"));
    assert_eq!(scopes(&page), ["openid", "orders"]);
}

#[tokio::test]
async fn what_must_be_allowed_is_asked_first_and_the_rest_as_administrators_list_it() {
    let it = setting().await;
    let listed = ["profile", "phone", "openid", "email"]
        .map(|name| json!({ "name": name, "description": "" }));
    let page = it
        .asked(&mut it.house.browser(), "email openid phone profile")
        .await;
    assert_eq!(scopes(&page), ["openid", "profile", "email", "phone"]);
    it.house.set(json!({ "scopes": listed })).await;
    let page = it
        .asked(&mut it.house.browser(), "email openid phone profile")
        .await;
    assert_eq!(scopes(&page), ["openid", "profile", "phone", "email"]);
}

#[tokio::test]
async fn a_person_may_allow_a_part() {
    let it = setting().await;
    let mut browser = it.house.browser();
    let request = it
        .shop
        .request()
        .with("scope", "openid email phone profile");
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &it.alice).await;
    let chosen = [("scope", "openid"), ("scope", "phone")];
    let reply = browser.submit(&page, "consent", "allow", &chosen).await;
    let tokens = it.shop.redeem(&request, &Answer::of(&reply)).await;
    assert_eq!(tokens.scope.as_deref(), Some("openid phone"));
    let told = it.shop.userinfo(&tokens.access_token).await.json();
    assert_eq!((told.get("email"), told.get("name")), (None, None));
    assert!(told["phone_number"].is_string());
}

#[tokio::test]
async fn nothing_more_can_be_allowed_than_was_asked() {
    let it = setting().await;
    let mut browser = it.house.browser();
    let request = it.shop.request().with("scope", "openid email");
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &it.alice).await;
    let chosen = [("scope", "openid"), ("scope", "phone"), ("scope", "email")];
    let reply = browser.submit(&page, "consent", "allow", &chosen).await;
    let tokens = it.shop.redeem(&request, &Answer::of(&reply)).await;
    assert_eq!(tokens.scope.as_deref(), Some("email openid"));
}

#[tokio::test]
async fn allowing_nothing_is_not_allowing() {
    let it = setting().await;
    it.house
        .set(json!({ "scopes": [{ "name": "orders", "description": "" }] }))
        .await;
    let mut browser = it.house.browser();
    let page = it.asked(&mut browser, "orders").await;
    let page = browser
        .submit(&page, "consent", "allow", &[("scope", "")])
        .await;
    let alert = page.expect_status(200).alert();
    assert_eq!(
        alert.as_deref(),
        Some("Please choose what to allow, or select “Don’t allow”.")
    );
}

#[tokio::test]
async fn what_one_person_was_asked_another_does_not_allow() {
    let it = setting().await;
    let bob = it.house.add_person("bob").await;
    let mut browser = it.house.browser();
    browser.sign_on(&it.shop.request(), &it.alice).await;
    let request = it.shop.request().with("scope", "openid email");
    let asked = browser.go(&request).await;
    // In another tab somebody else signs on.
    let other = it.shop.request().with("prompt", "login");
    browser.sign_on(&other, &bob).await;
    let anew = browser.submit(&asked, "consent", "allow", &[]).await;
    assert!(anew.has_form("consent") && anew.alert().is_some());
    let subject = |page: &Reply| page.form("consent").value("subject").map(str::to_owned);
    assert_eq!(subject(&asked), Some(it.alice.id.to_string()));
    assert_eq!(subject(&anew), Some(bob.id.to_string()));
    let reply = browser.submit(&anew, "consent", "allow", &[]).await;
    let tokens = it.shop.redeem(&request, &Answer::of(&reply)).await;
    let told = it.shop.userinfo(&tokens.access_token).await.json();
    assert_eq!(told["sub"], bob.id.to_string());
}

#[tokio::test]
async fn denying_gives_nothing_and_is_not_remembered() {
    let it = setting().await;
    let mut browser = it.house.browser();
    for _ in 0..2 {
        let page = it.asked(&mut browser, "openid").await;
        assert!(page.has_form("consent"));
        let answer = Answer::of(&browser.submit(&page, "consent", "deny", &[]).await);
        assert_eq!(answer.error(), "access_denied");
        assert_eq!(answer.value("code"), None);
    }
}

#[tokio::test]
async fn what_was_allowed_is_not_asked_again_but_more_is() {
    let it = setting().await;
    let mut browser = it.house.browser();
    let page = it.asked(&mut browser, "openid email").await;
    browser.submit(&page, "consent", "allow", &[]).await;
    for scope in ["openid email", "openid"] {
        let reply = it.asked(&mut browser, scope).await;
        assert!(Answer::of(&reply).value("code").is_some(), "{scope}");
    }
    let page = it.asked(&mut browser, "openid email phone").await;
    assert!(page.has_form("consent"));
    // It is remembered for the person, not for the browser.
    let reply = it.asked(&mut it.house.browser(), "openid email").await;
    assert!(Answer::of(&reply).value("code").is_some());
}

#[tokio::test]
async fn rfc8252_8_6_a_client_that_anybody_could_be_is_allowed_anew_each_time() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    for (id, uri, anew) in [
        ("port", "http://127.0.0.1/callback", true),
        ("scheme", "com.example.shop:/callback", true),
        ("claimed", "https://shop.example/callback", false),
    ] {
        let public = json!({ "clientAuth": Value::Null, "redirectUris": [uri] });
        let app = house.add_client_with(id, public).await;
        let mut browser = house.browser();
        browser.sign_on(&app.request(), &alice).await;
        let page = browser.go(&app.request()).await;
        assert_eq!(page.has_form("consent"), anew, "{uri}");
        let silent = app.request().with("prompt", "none");
        let answer = Answer::of(&browser.go(&silent).await);
        assert_eq!(
            answer.value("error"),
            anew.then_some("consent_required"),
            "{uri}"
        );
    }
}

#[tokio::test]
async fn remembering_can_be_switched_off_and_limited() {
    let it = setting().await;
    it.house.set(json!({ "consentLifetimeDays": 1 })).await;
    let mut browser = it.house.browser();
    let page = it.asked(&mut browser, "openid").await;
    browser.submit(&page, "consent", "allow", &[]).await;
    let mut later = it.house.browser();
    let reply = it.asked(&mut later, "openid").await;
    assert!(Answer::of(&reply).value("code").is_some());
    it.house.advance(Duration::from_hours(25));
    let page = it.asked(&mut it.house.browser(), "openid").await;
    assert!(page.has_form("consent"), "a day is over");

    it.house
        .set(json!({ "bypassAuthorizationForApprovedConsents": false, "consentLifetimeDays": -1 }))
        .await;
    let mut browser = it.house.browser();
    for _ in 0..2 {
        let page = it.asked(&mut browser, "openid").await;
        assert!(page.has_form("consent"), "every time");
        browser.submit(&page, "consent", "allow", &[]).await;
    }
}

#[tokio::test]
async fn what_was_withdrawn_in_the_account_is_asked_again() {
    let it = setting().await;
    let mut browser = it.house.browser();
    let request = it.shop.request();
    let answer = browser.sign_on(&request, &it.alice).await;
    let tokens = it.shop.redeem(&request, &answer).await;
    let page = browser.open("/account/grants").await.expect_status(200);
    let forms = testkit::html::Form::ids(&page.text());
    let id = forms
        .iter()
        .find(|id| id.starts_with("revoke-grant-"))
        .unwrap();
    let form = page.form(id);
    let (_, button) = form.buttons[0].clone();
    let page = browser.send_form(&page, &form, Some(&button), &[]).await;
    assert!(
        page.text()
            .contains("The shop no longer has access to your account.")
    );
    assert_eq!(it.shop.userinfo(&tokens.access_token).await.status, 401);
    assert_eq!(it.shop.refresh(tokens.refresh()).await.status, 400);
    let page = it.asked(&mut browser, "openid").await;
    assert!(page.has_form("consent"));
}
