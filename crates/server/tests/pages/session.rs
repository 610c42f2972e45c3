//! Sessions: signed on once, for a while.

use std::time::Duration;

use domain::{Actor, AuditEvent};
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

/// Switches on that people stay signed on when the browser is closed.
async fn persistent(house: &House, minutes: (u32, u32)) {
    let policy = json!({
        "enableSessions": true, "persistentSessions": true,
        "idleTimeoutMins": minutes.0, "maxTimeoutMins": minutes.1,
    });
    let administration = house.administration();
    let set = administration.put("/session/authenticationSessionPolicies/global", &policy);
    let _ = set.await.expect_status(200);
}

#[tokio::test]
async fn pingfederate_1_5_a_persistent_session_outlives_the_browser_for_as_long_as_is_set() {
    let house = House::open().await;
    persistent(&house, (120, 2880)).await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    browser.sign_on(&shop.request(), &alice).await;
    let cookie = browser.cookie("PF.PERSISTENT").unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=172800"] {
        let mut attributes = cookie.attributes.iter();
        assert!(attributes.any(|it| it == attribute), "{cookie:?}");
    }
    let secret = cookie.value.clone();
    let kept = house.records().all::<domain::Session>().await.unwrap();
    let stored = serde_json::to_string(&kept[0].record).unwrap();
    assert!(!stored.contains(&secret), "the store has a hash of it");
    browser.forget("PF");
    for _ in 0..20 {
        house.advance(Duration::from_mins(110));
        assert!(is_signed_on(&mut browser, &shop).await);
    }
    // The account is seen, and its forms are good.
    let page = browser.open("/account/password").await.expect_status(200);
    assert!(page.text().contains("csrf_token"));
    house.advance(Duration::from_mins(120));
    assert!(
        !is_signed_on(&mut browser, &shop).await,
        "not used for two hours"
    );
    // From when on it ends whatever it is used.
    browser.sign_on(&shop.request(), &alice).await;
    browser.forget("PF");
    for _ in 0..26 {
        house.advance(Duration::from_mins(110));
        assert!(is_signed_on(&mut browser, &shop).await);
    }
    house.advance(Duration::from_mins(20));
    assert!(!is_signed_on(&mut browser, &shop).await, "two days");
}

#[tokio::test]
async fn pingfederate_1_5_a_persistent_session_ends_by_signing_out_and_when_it_is_switched_off() {
    let (house, alice, shop, mut browser) = signed_on().await;
    assert!(
        browser.cookie("PF.PERSISTENT").is_none(),
        "nobody has asked for it"
    );
    persistent(&house, (120, 2880)).await;
    // A session that was not begun for it does not outlive the browser.
    let own = browser.cookie("PF").unwrap().value.clone();
    let mut thief = house.browser();
    thief.plant("PF.PERSISTENT", &own);
    assert!(!is_signed_on(&mut thief, &shop).await);
    browser.forget("PF");
    browser.sign_on(&shop.request(), &alice).await;
    let copy = browser.cookie("PF.PERSISTENT").unwrap().value.clone();
    browser.forget("PF");
    let page = browser.open("/idp/init_logout.openid").await;
    browser
        .submit(&page, "sign-out", "sign-out-confirm", &[])
        .await;
    assert!(browser.cookie("PF.PERSISTENT").is_none());
    let mut thief = house.browser();
    thief.plant("PF.PERSISTENT", &copy);
    assert!(!is_signed_on(&mut thief, &shop).await);
    browser.sign_on(&shop.request(), &alice).await;
    browser.forget("PF");
    let off = json!({ "enableSessions": true, "persistentSessions": false });
    let administration = house.administration();
    let set = administration.put("/session/authenticationSessionPolicies/global", &off);
    let _ = set.await.expect_status(200);
    assert!(!is_signed_on(&mut browser, &shop).await);
}

#[tokio::test]
async fn pingfederate_1_5_without_sessions_every_application_asks_anew() {
    let (house, alice, shop, mut browser) = signed_on().await;
    let off = json!({ "enableSessions": false });
    let administration = house.administration();
    let set = administration.put("/session/authenticationSessionPolicies/global", &off);
    let _ = set.await.expect_status(200);
    let page = browser.go(&shop.request()).await;
    assert!(page.has_form("sign-on"), "{page:?}");
    let answer = browser.enter_password(&page, &alice).await;
    assert!(answer.location().as_str().contains("code="), "{answer:?}");
    let silent = browser.go(&shop.request().with("prompt", "none")).await;
    assert!(silent.location().as_str().contains("error=login_required"));
    // The person sees to their own account.
    let _ = browser.open("/account").await.expect_status(200);
}

#[tokio::test]
async fn rts_4_3_c_a_session_is_kept_from_scripts_and_other_sites_and_is_another_at_each_sign_on() {
    let (house, alice, shop, mut browser) = signed_on().await;
    let cookie = browser.cookie("PF").unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(
            cookie.attributes.iter().any(|it| it == attribute),
            "{cookie:?}"
        );
    }
    let before = cookie.value.clone();
    let again = shop.request().with("prompt", "login");
    let page = browser.go(&again).await;
    browser.enter_password(&page, &alice).await;
    assert_ne!(browser.cookie("PF").unwrap().value, before);
    let mut thief = house.browser();
    thief.plant("PF", &before);
    assert!(
        !is_signed_on(&mut thief, &shop).await,
        "what was captured is worth nothing"
    );
    let mut forger = house.browser();
    forger.plant("PF", &before.chars().rev().collect::<String>());
    assert!(!is_signed_on(&mut forger, &shop).await);
}

#[tokio::test]
async fn rts_4_3_d_access_to_an_account_ends_after_five_minutes_without_use_where_that_is_set() {
    let house = House::open_with(|settings| {
        settings.policy.session.idle = Duration::from_mins(5);
    })
    .await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    browser.sign_on(&shop.request(), &alice).await;
    house.advance(Duration::from_secs(299));
    let _ = browser.open("/account").await.expect_status(200);
    house.advance(Duration::from_mins(5));
    let page = browser.open("/account").await;
    assert!(page.has_form("sign-on"), "{page:?}");
    assert!(!is_signed_on(&mut browser, &shop).await);
}
