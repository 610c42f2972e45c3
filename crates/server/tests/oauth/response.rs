//! How an authorization response reaches the client.

use serde_json::json;
use testkit::{Answer, House, RelyingParty};

async fn setting() -> (House, testkit::Person, RelyingParty) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    (house, alice, shop)
}

#[tokio::test]
async fn multiple_response_types_2_1_query_and_fragment() {
    let (house, alice, shop) = setting().await;
    for mode in ["query", "fragment"] {
        let request = shop.request().with("response_mode", mode);
        let mut browser = house.browser();
        let page = browser.go(&request).await;
        let page = browser.enter_password(&page, &alice).await;
        let reply = match page.has_form("consent") {
            true => browser.submit(&page, "consent", "allow", &[]).await,
            false => page,
        };
        let location = reply.location();
        assert_eq!(location.fragment().is_some(), mode == "fragment");
        assert_eq!(location.query().is_some(), mode == "query");
        shop.redeem(&request, &Answer::of(&reply)).await;
    }
}

#[tokio::test]
async fn form_post_2_the_response_is_posted_by_a_page_that_keeps_nothing() {
    let (house, alice, shop) = setting().await;
    let odd = "\"><script>alert(1)</script>";
    let request = shop
        .request()
        .with("response_mode", "form_post")
        .with("state", odd);
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &alice).await;
    let page = browser.submit(&page, "consent", "allow", &[]).await;
    let page = page.expect_status(200);
    assert!(!page.text().contains("<script>alert"), "it is escaped");
    // OAuth 2.0 Form Post Response Mode §4: it "contains an Authorization Response", so no cache
    // may keep it.
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https:;"));
    let form = page.form("form-post");
    assert_eq!(form.action, shop.redirect_uri);
    let answer = Answer::of(&page);
    assert_eq!(answer.names(), ["code", "iss", "state"]);
    assert_eq!(answer.value("state"), Some(odd));
    shop.redeem(&request, &answer).await;
}

#[tokio::test]
async fn rfc9207_2_iss_can_be_switched_off_as_pingfederate_does() {
    let (house, alice, shop) = setting().await;
    house
        .set(json!({ "includeIssuerInAuthorizationResponse": false }))
        .await;
    let answer = house.browser().sign_on(&shop.request(), &alice).await;
    assert_eq!(answer.names(), ["code", "state"]);
}

#[tokio::test]
async fn without_a_state_there_is_none_in_the_answer() {
    let (house, alice, shop) = setting().await;
    for empty in [
        shop.request().without("state"),
        shop.request().with("state", ""),
    ] {
        let answer = house.browser().sign_on(&empty, &alice).await;
        assert_eq!(answer.names(), ["code", "iss"]);
    }
}

#[tokio::test]
async fn rfc9700_4_12_browsers_are_sent_on_with_303_and_no_referrer() {
    let (house, alice, shop) = setting().await;
    let request = shop.request();
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &alice).await;
    let reply = browser.press(&page, "consent", "allow", &[]).await;
    assert_eq!(reply.status, 303);
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_person_who_cancels_or_denies_is_reported_to_the_client() {
    let (house, alice, shop) = setting().await;
    let request = shop.request();
    let mut browser = house.browser();
    let page = browser.go(&request).await;
    let canceled = Answer::of(&browser.submit(&page, "sign-on", "cancel", &[]).await);
    assert_eq!(canceled.error(), "access_denied");
    assert_eq!(canceled.value("state"), request.value("state"));

    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &alice).await;
    let denied = Answer::of(&browser.submit(&page, "consent", "deny", &[]).await);
    assert_eq!(denied.error(), "access_denied");
    assert_eq!(
        denied.names(),
        ["error", "error_description", "iss", "state"]
    );
}
