//! What holds for every flow: its address, its browser, its forms, its end.

use std::time::Duration;

use testkit::{Answer, Browser, House, Person, RelyingParty, Reply};

struct Setting {
    house: House,
    alice: Person,
    shop: RelyingParty,
    browser: Browser,
}

async fn setting() -> Setting {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let browser = house.browser();
    Setting {
        house,
        alice,
        shop,
        browser,
    }
}

fn refused(page: &Reply, status: u16, title: &str) {
    assert_eq!((page.status, page.title().as_str()), (status, title));
    assert!(
        page.text().contains("id=\"reference\">request-"),
        "it can be reported"
    );
}

#[tokio::test]
async fn a_flow_waits_for_a_quarter_of_an_hour() {
    let mut it = setting().await;
    let page = it.browser.go(&it.shop.request()).await;
    it.house
        .advance(Duration::from_mins(15) - Duration::from_secs(1));
    let page = it.browser.get(page.url.as_str()).await;
    assert!(page.has_form("sign-on"));
    it.house.advance(Duration::from_secs(1));
    let late = it.browser.enter_password(&page, &it.alice).await;
    refused(&late, 410, "This page has expired");
    let again = it.browser.get(page.url.as_str()).await;
    refused(&again, 410, "This page has expired");
    assert_eq!(it.browser.cookie("PF"), None);
}

#[tokio::test]
async fn a_flow_belongs_to_the_browser_in_which_it_began() {
    let mut it = setting().await;
    let page = it.browser.go(&it.shop.request()).await;
    let address = page.url.to_string();
    let mut other = it.house.browser();
    refused(
        &other.get(&address).await,
        403,
        "We can’t recognise this browser",
    );
    // Its own flow cookie does not help, nor does the form.
    other.go(&it.shop.request()).await;
    refused(
        &other.get(&address).await,
        403,
        "We can’t recognise this browser",
    );
    let stolen = other.enter_password(&page, &it.alice).await;
    assert_eq!(stolen.status, 403);
    assert_eq!(other.cookie("PF"), None);
}

#[tokio::test]
async fn going_back_after_the_end_gives_no_second_code() {
    let mut it = setting().await;
    let page = it.browser.go(&it.shop.request()).await;
    let consent = it.browser.enter_password(&page, &it.alice).await;
    let reply = it.browser.press(&consent, "consent", "allow", &[]).await;
    assert!(Answer::of(&reply).value("code").is_some());
    let back = it.browser.get(consent.url.as_str()).await;
    refused(&back, 410, "This page has expired");
    for (page, form, button) in [(&consent, "consent", "allow"), (&page, "sign-on", "submit")] {
        let again = it.browser.press(page, form, button, &[]).await;
        refused(&again, 410, "This page has expired");
    }
}

#[tokio::test]
async fn a_password_that_nobody_asked_for_is_not_hashed() {
    let mut it = setting().await;
    let page = it.browser.go(&it.shop.request()).await;
    let consent = it.browser.enter_password(&page, &it.alice).await;
    assert!(consent.has_form("consent"));
    let verified = it.house.passwords_verified();
    let again = it.browser.enter_password(&page, &it.alice).await;
    assert!(again.has_form("consent"));
    assert!(again.alert().is_some(), "that form is of the past");
    assert_eq!(it.house.passwords_verified(), verified);
}

#[tokio::test]
async fn a_form_without_its_token_does_nothing() {
    let mut it = setting().await;
    let page = it.browser.go(&it.shop.request()).await;
    let other = it.house.browser().go(&it.shop.request()).await;
    let foreign = other
        .form("sign-on")
        .value("csrf_token")
        .unwrap()
        .to_owned();
    let action = page.form("sign-on").action;
    for token in [None, Some(""), Some("x"), Some(foreign.as_str())] {
        let mut form = vec![
            ("username", "alice"),
            ("password", it.alice.password.as_str()),
            ("action", "check"),
        ];
        form.extend(token.map(|token| ("csrf_token", token)));
        let reply = it.browser.post(&action, &form).await;
        refused(&reply, 403, "Please try that again");
    }
    assert!(
        it.browser
            .enter_password(&page, &it.alice)
            .await
            .has_form("consent")
    );
}

#[tokio::test]
async fn a_cross_site_post_cannot_act_in_a_flow() {
    let mut it = setting().await;
    let page = it.browser.go(&it.shop.request()).await;
    let form = page.form("sign-on");
    let token = form.value("csrf_token").unwrap();
    let fields = [
        ("username", "alice"),
        ("password", &it.alice.password),
        ("csrf_token", token),
    ];
    let reply = it.browser.post_cross_site(&form.action, &fields).await;
    assert_eq!(reply.status, 403);
}

#[tokio::test]
async fn two_flows_of_one_browser_do_not_get_in_each_others_way() {
    let mut it = setting().await;
    let bank = it.house.add_client("bank").await;
    let (one, two) = (it.shop.request(), bank.request());
    let first = it.browser.go(&one).await;
    let second = it.browser.go(&two).await;
    let first = it.browser.enter_password(&first, &it.alice).await;
    let reply = it.browser.submit(&first, "consent", "allow", &[]).await;
    it.shop.redeem(&one, &Answer::of(&reply)).await;
    // The second goes on with the session of the first, or with its own sign-on.
    let mut second = it.browser.open(second.url.as_str()).await;
    if second.has_form("sign-on") {
        second = it.browser.enter_password(&second, &it.alice).await;
    }
    assert!(second.text().contains("The bank"));
    let reply = it.browser.submit(&second, "consent", "allow", &[]).await;
    bank.redeem(&two, &Answer::of(&reply)).await;
}

#[tokio::test]
async fn steps_cannot_be_skipped() {
    let it = setting().await;
    let bob = it.house.add_person_with_totp("bob").await;
    let mut browser = it.house.browser();
    let page = browser.go(&it.shop.request()).await;
    let form = page.form("sign-on");
    let token = form.value("csrf_token").unwrap().to_owned();
    let code = bob.code_at(it.house.now());
    for early in [
        vec![("action", "allow"), ("scope", "openid")],
        vec![("action", "check"), ("otp", code.as_str())],
    ] {
        let mut fields = early;
        fields.push(("csrf_token", &token));
        let reply = browser.post(&form.action, &fields).await;
        let reply = browser.follow(reply).await;
        assert!(reply.has_form("sign-on"), "{}", reply.status);
    }
    let page = browser.enter_password(&page, &bob).await;
    let fields = [
        ("action", "allow"),
        ("scope", "openid"),
        ("csrf_token", &token),
    ];
    let reply = browser.post(&form.action, &fields).await;
    let reply = browser.follow(reply).await;
    assert!(reply.has_form("one-time-code") && page.has_form("one-time-code"));
    assert_eq!(browser.cookie("PF"), None);
}

#[tokio::test]
async fn addresses_of_no_flow() {
    let mut it = setting().await;
    for id in ["x", "00000000000000000000000000", "%00", "%FF"] {
        let page = it
            .browser
            .get(&format!("/as/{id}/resume/as/authorization.ping"))
            .await;
        refused(&page, 410, "This page has expired");
    }
}

#[tokio::test]
async fn cookies_are_kept_from_scripts_and_other_sites() {
    let mut it = setting().await;
    it.browser.sign_on(&it.shop.request(), &it.alice).await;
    for name in ["PF", "PF.FLOW"] {
        let cookie = it.browser.cookie(name).unwrap();
        assert_eq!(
            cookie.attributes,
            ["Path=/", "HttpOnly", "SameSite=Lax"],
            "{name}"
        );
        assert!(cookie.value.len() >= 43, "at least 256 bits");
    }
    // Behind TLS they are sent over TLS only.
    let house = House::open_with(|settings| {
        settings.issuer = "https://sso.example.com".to_owned();
    })
    .await;
    let shop = house.add_client("shop").await;
    let reply = house.browser().get(&shop.request().url()).await;
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-PF.FLOW="), "{cookie}");
    assert!(cookie.contains("; Secure"), "{cookie}");
    assert_eq!(
        reply.header("strict-transport-security"),
        Some("max-age=31536000")
    );
}

#[tokio::test]
async fn rfc9700_4_7_a_planted_cookie_is_not_the_one_of_the_session() {
    let mut it = setting().await;
    let planted = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    it.browser.plant("PF", planted);
    it.browser.sign_on(&it.shop.request(), &it.alice).await;
    let own = it.browser.cookie("PF").unwrap().value.clone();
    assert_ne!(own, planted);
    // Also when there was a session before.
    let page = it
        .browser
        .go(&it.shop.request().with("prompt", "login"))
        .await;
    it.browser.enter_password(&page, &it.alice).await;
    let renewed = it.browser.cookie("PF").unwrap().value.clone();
    assert_ne!(renewed, own);
    let mut thief = it.house.browser();
    thief.plant("PF", &own);
    assert!(thief.go(&it.shop.request()).await.has_form("sign-on"));
}
