//! Sessions: signed on once, for a while.

use std::time::Duration;

use domain::{Actor, AuditEvent};
use testkit::{Answer, Browser, House, Person, RelyingParty};

async fn signed_on() -> (House, Person, RelyingParty, Browser) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    browser.sign_on(&shop.request(), &alice).await;
    (house, alice, shop, browser)
}

async fn is_signed_on(browser: &mut Browser, shop: &RelyingParty) -> bool {
    let request = shop.request().with("prompt", "none");
    Answer::of(&browser.get(&request.url()).await)
        .value("code")
        .is_some()
}

#[tokio::test]
async fn a_second_client_asks_for_consent_but_not_for_the_password() {
    let (house, alice, shop, mut browser) = signed_on().await;
    let bank = house.add_client("bank").await;
    let request = bank.request();
    let page = browser.go(&request).await;
    assert!(page.has_form("consent"));
    let answer = Answer::of(&browser.submit(&page, "consent", "allow", &[]).await);
    let at_bank = bank.redeem(&request, &answer).await;
    let request = shop.request();
    let answer = Answer::of(&browser.go(&request).await);
    let at_shop = shop.redeem(&request, &answer).await;
    assert_eq!(at_bank.id_claims["sub"], alice.id.to_string());
    // OpenID Connect Front-Channel Logout §3: the sid is that of the one session.
    assert_eq!(at_bank.id_claims["sid"], at_shop.id_claims["sid"]);
    assert_eq!(
        at_bank.id_claims["auth_time"],
        at_shop.id_claims["auth_time"]
    );
}

#[tokio::test]
async fn a_session_ends_after_an_hour_without_use() {
    let (house, _alice, shop, mut browser) = signed_on().await;
    for _ in 0..3 {
        house.advance(Duration::from_mins(59));
        assert!(
            is_signed_on(&mut browser, &shop).await,
            "used again and again"
        );
    }
    house.advance(Duration::from_mins(60));
    assert!(!is_signed_on(&mut browser, &shop).await);
}

#[tokio::test]
async fn a_session_ends_after_eight_hours_however_much_it_is_used() {
    let (house, _alice, shop, mut browser) = signed_on().await;
    for _ in 0..15 {
        house.advance(Duration::from_mins(30));
        assert!(is_signed_on(&mut browser, &shop).await);
    }
    house.advance(Duration::from_mins(30));
    assert!(!is_signed_on(&mut browser, &shop).await);
}

#[tokio::test]
async fn signing_on_again_in_a_session_of_the_same_person_keeps_its_name() {
    let (_house, alice, shop, mut browser) = signed_on().await;
    let request = shop.request();
    let answer = Answer::of(&browser.go(&request).await);
    let before = shop.redeem(&request, &answer).await;
    let request = shop.request().with("prompt", "login");
    let page = browser.go(&request).await;
    let answer = Answer::of(&browser.enter_password(&page, &alice).await);
    let after = shop.redeem(&request, &answer).await;
    assert_eq!(before.id_claims["sid"], after.id_claims["sid"]);
}

#[tokio::test]
async fn who_signs_on_in_the_place_of_another_signs_the_other_out() {
    let (house, _alice, shop, mut browser) = signed_on().await;
    let bob = house.add_person("bob").await;
    let request = shop.request();
    let answer = Answer::of(&browser.go(&request).await);
    let usual = shop.redeem(&request, &answer).await;
    let request = shop.request().with("scope", "openid offline_access");
    let page = browser.go(&request).await;
    let lasting = shop.redeem(&request, &browser.allow(page).await).await;

    let request = shop.request().with("prompt", "select_account");
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &bob).await;
    let bobs = shop.redeem(&request, &browser.allow(page).await).await;
    assert_eq!(bobs.id_claims["sub"], bob.id.to_string());
    for (tokens, status) in [(usual, 401), (lasting, 200), (bobs, 200)] {
        assert_eq!(shop.userinfo(&tokens.access_token).await.status, status);
    }
    let events = house.records().all::<AuditEvent>().await.unwrap();
    let mut ended = events.iter().filter(|it| it.event == "sign_out.succeeded");
    let event = ended.next().unwrap();
    assert_eq!(event.actor, Actor::User("bob".to_owned()));
    assert_eq!(event.detail["grants_ended"], 1);
    assert!(ended.next().is_none());
}

#[tokio::test]
async fn a_person_who_was_switched_off_is_signed_off() {
    let (house, alice, shop, mut browser) = signed_on().await;
    house
        .change_person(&alice, |user| user.enabled = false)
        .await;
    assert!(!is_signed_on(&mut browser, &shop).await);
    let page = browser.open("/account").await;
    assert!(page.has_form("sign-on"));
}
