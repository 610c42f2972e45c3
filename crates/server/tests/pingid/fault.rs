//! What a relying party is told when the house fails: `AUTH_001`, and a request that may come again.

use std::time::Duration;

use domain::User;
use domain::port::Kind;
use serde_json::{Value, json};
use testkit::{Browser, Failing, House, Reply};

use super::party::{Party, with_attribute};

/// What somebody's request is answered with.
#[track_caller]
fn expect_system_error(party: &Party<'_>, page: &Reply, code: &str) {
    let answer = party.answer(page);
    assert_eq!(
        (&answer["status"], &answer["errorCode"], &answer["message"]),
        (
            &json!("failure"),
            &json!(code),
            &json!("A system error occurred")
        ),
        "{answer}"
    );
    assert!(!page.text().contains("system error"));
}

async fn ask_again(party: &Party<'_>, request: &Value) -> Reply {
    party.ask(&mut party.house.browser(), request).await
}

#[tokio::test]
async fn a_request_that_cannot_be_dealt_with_is_answered_and_may_come_again() {
    let house = House::open().await;
    house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    for failing in [
        Failing::Writes,
        Failing::ReadsOf(Kind::User),
        Failing::ReadsOf(Kind::Device),
        Failing::ConflictsOf(Kind::Flow),
    ] {
        let request = party.request("bob");
        house.fail(failing);
        let page = ask_again(&party, &request).await;
        expect_system_error(&party, &page, "AUTH_001");
        assert_eq!(party.answer(&page)["nonce"], request["nonce"]);
        house.fail(Failing::Nothing);
        if failing != Failing::Writes {
            let event = house.last_event("ppm.refused").await;
            assert_eq!(event["detail"]["cause"], "a system error occurred");
        }
        // It was not used up, and is now.
        let page = ask_again(&party, &request).await;
        assert!(page.has_form("one-time-code"), "{failing:?}");
        let page = ask_again(&party, &request).await;
        assert_eq!(party.code(&page), "PINGID_002");
    }
}

#[tokio::test]
async fn each_endpoint_has_its_own_code() {
    let house = House::open().await;
    house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    house.fail(Failing::Writes);
    let registration = party.signed(&party.registration("bob", "webauthn"));
    let hybrid = party.signed(&party.request("bob"));
    for (path, request, code) in [
        ("/registration/webauthn", registration, "INVALID_PPM"),
        (
            "/pingid/ppm/hybrid/webauthn/auth",
            hybrid,
            "AUTH_GENERIC_ERROR",
        ),
    ] {
        let page = party.post(&mut house.browser(), path, &request).await;
        expect_system_error(&party, &page, code);
    }
}

#[tokio::test]
async fn nobody_is_added_by_a_request_that_fails() {
    let house = House::open().await;
    let party = Party::of(&house).await;
    let request = party.request("newcomer");
    house.fail(Failing::ConflictsOf(Kind::Flow));
    let page = ask_again(&party, &request).await;
    expect_system_error(&party, &page, "AUTH_001");
    house.fail(Failing::Nothing);
    assert_eq!(newcomers(&house).await, 0);
    // Nor by one that leads nowhere.
    let elsewhere = with_attribute(party.request("newcomer"), "webAuthnDeviceId", json!(7));
    let page = ask_again(&party, &elsewhere).await;
    assert_eq!(party.code(&page), "PINGID_007");
    assert_eq!(newcomers(&house).await, 0);
    let page = ask_again(&party, &request).await;
    assert_eq!(page.title(), "Set up a second step");
    assert_eq!(newcomers(&house).await, 1);
}

async fn newcomers(house: &House) -> usize {
    let users = house.records().all::<User>().await.unwrap();
    let added = users.iter().filter(|user| user.username == "newcomer");
    added.count()
}

#[tokio::test]
async fn who_comes_twice_at_once_is_added_once() {
    let house = House::open().await;
    let party = Party::of(&house).await;
    let (one, other) = (party.request("newcomer"), party.request("NewComer"));
    let pages = tokio::join!(ask_again(&party, &one), ask_again(&party, &other));
    for page in [pages.0, pages.1] {
        assert_eq!(page.title(), "Set up a second step");
    }
    let users = house.records().all::<User>().await.unwrap();
    assert_eq!(users.len(), 1);
}

/// Somebody who is asked for a code.
async fn asked(party: &Party<'_>) -> (Browser, Reply) {
    party.house.advance(Duration::from_mins(1));
    let mut browser = party.house.browser();
    let page = party.ask(&mut browser, &party.request("bob")).await;
    assert!(page.has_form("one-time-code"));
    (browser, page)
}

#[tokio::test]
async fn who_is_being_asked_when_the_house_fails_is_led_back() {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    for failing in [
        Failing::Writes,
        Failing::ReadsOf(Kind::User),
        Failing::ConflictsOf(Kind::Device),
    ] {
        let (mut browser, page) = asked(&party).await;
        let code = bob.code_at(house.now());
        house.fail(failing);
        let filled = [("otp", code.as_str())];
        let told = browser
            .submit(&page, "one-time-code", "submit", &filled)
            .await;
        expect_system_error(&party, &told, "AUTH_001");
        house.fail(Failing::Nothing);
        if failing == Failing::Writes {
            continue;
        }
        let event = house.last_event("ppm.failed").await;
        assert_eq!(event["detail"]["cause"], "a system error occurred");
        // The flow is over.
        let over = browser.get(page.url.as_str()).await;
        assert_eq!(over.status, 410, "{failing:?}");
    }
}

#[tokio::test]
async fn only_the_browser_of_a_flow_is_told_that_it_has_failed() {
    let house = House::open().await;
    house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    let (mut browser, page) = asked(&party).await;
    house.fail(Failing::ReadsOf(Kind::User));
    let stranger = house.browser().get(page.url.as_str()).await;
    assert!(!stranger.has_form("form-post"), "{}", stranger.text());
    let told = browser.get(page.url.as_str()).await;
    expect_system_error(&party, &told, "AUTH_001");
}

#[tokio::test]
async fn a_flow_that_cannot_be_read_waits_for_better_times() {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let party = Party::of(&house).await;
    let (mut browser, page) = asked(&party).await;
    house.fail(Failing::All);
    let down = browser.get(page.url.as_str()).await;
    assert_eq!(down.status, 503);
    assert!(!down.has_form("form-post"));
    house.fail(Failing::Nothing);
    let page = browser.get(page.url.as_str()).await;
    let code = bob.code_at(house.now());
    let filled = [("otp", code.as_str())];
    let page = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    assert_eq!(party.answer(&page)["status"], "success");
}
