//! What holds for every flow: its address, its browser, its forms, its end.

use std::time::Duration;

use http::Method;
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
            ("action", "check-password"),
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
async fn a_post_from_another_site_leaves_the_flows_of_other_tabs_alone() {
    let mut it = setting().await;
    let bank = it.house.add_client("bank").await;
    let (one, two) = (it.shop.request(), bank.request());
    let first = it.browser.go(&one).await;
    let endpoint = it.house.at("/as/authorization.oauth2");
    let reply = it.browser.post_cross_site(&endpoint, &two.form()).await;
    // Browsers send no cookies with it, so nobody knows here whether there are any to be kept.
    assert_eq!(reply.header("set-cookie"), None);
    let second = it.browser.follow(reply).await;
    assert!(second.text().contains("The bank"));
    let first = it.browser.enter_password(&first, &it.alice).await;
    let reply = it.browser.submit(&first, "consent", "allow", &[]).await;
    it.shop.redeem(&one, &Answer::of(&reply)).await;
    let second = it.browser.open(second.url.as_str()).await;
    let reply = it.browser.submit(&second, "consent", "allow", &[]).await;
    bank.redeem(&two, &Answer::of(&reply)).await;
    assert_eq!(it.browser.cookies("PF.FLOW.").len(), 1);
}

#[tokio::test]
async fn pages_opened_at_the_same_moment_do_not_take_each_others_cookies_away() {
    let mut it = setting().await;
    let tabs = [(); 5].map(|()| it.shop.request());
    // All of them are sent before any is answered, by a browser that has no cookies yet.
    let sent: Vec<_> = tabs
        .iter()
        .map(|tab| it.browser.request(Method::GET, &tab.url()))
        .collect();
    let mut pages = Vec::new();
    for request in sent {
        let reply = it.browser.send(request).await;
        pages.push(reply.location());
    }
    assert_eq!(it.browser.cookies("PF.FLOW.").len(), 5);
    for (tab, address) in tabs.iter().zip(&pages) {
        let mut page = it.browser.get(address.as_str()).await;
        if page.has_form("sign-on") {
            page = it.browser.enter_password(&page, &it.alice).await;
        }
        let answer = it.browser.allow(page).await;
        it.shop.redeem(tab, &answer).await;
    }
    // What comes later is bound to a cookie that there is.
    it.browser.go(&it.shop.request()).await;
    assert_eq!(it.browser.cookies("PF.FLOW.").len(), 5);
}

#[tokio::test]
async fn rfc9700_4_7_a_flow_of_another_sites_form_belongs_to_the_first_browser_that_opens_it() {
    let mut it = setting().await;
    let endpoint = it.house.at("/as/authorization.oauth2");
    let request = it.shop.request();
    let reply = it.browser.post_cross_site(&endpoint, &request.form()).await;
    let address = reply.location();
    let early = [("action", "cancel"), ("csrf_token", "x")];
    let unopened = it.browser.post(address.as_str(), &early).await;
    refused(&unopened, 403, "We can’t recognise this browser");
    let page = it.browser.get(address.as_str()).await;
    assert!(page.has_form("sign-on"));
    let mut other = it.house.browser();
    let late = other.get(address.as_str()).await;
    refused(&late, 403, "We can’t recognise this browser");
    assert_eq!(late.header("set-cookie"), None);
    let stolen = other.enter_password(&page, &it.alice).await;
    assert_eq!(stolen.status, 403);
    let page = it.browser.enter_password(&page, &it.alice).await;
    let answer = it.browser.allow(page).await;
    it.shop.redeem(&request, &answer).await;
}

#[tokio::test]
async fn no_page_can_fill_a_browser_with_cookies() {
    let mut it = setting().await;
    let endpoint = it.house.at("/as/authorization.oauth2");
    for _ in 0..30 {
        let request = it.shop.request();
        let reply = it.browser.post_cross_site(&endpoint, &request.form()).await;
        it.browser.follow(reply).await;
        it.browser.go(&it.shop.request()).await;
    }
    assert_eq!(it.browser.cookies("PF.FLOW.").len(), 1);
    // Not even one that opens many at the same moment.
    let mut browser = it.house.browser();
    let requests: Vec<_> = (0..40)
        .map(|_| browser.request(Method::GET, &it.shop.request().url()))
        .collect();
    let mut first = None;
    for request in requests {
        let reply = browser.send(request).await;
        first.get_or_insert(reply.location());
    }
    assert_eq!(browser.cookies("PF.FLOW.").len(), 40);
    let page = browser.get(first.unwrap().as_str()).await;
    assert!((16..=17).contains(&browser.cookies("PF.FLOW.").len()));
    let page = browser.enter_password(&page, &it.alice).await;
    assert!(page.has_form("consent"), "the one that was opened is left");
}

#[tokio::test]
async fn rfc6749_4_1_2_1_a_flow_is_in_vain_once_its_client_is_gone() {
    let mut it = setting().await;
    let administration = it.house.administration();
    let page = it.browser.go(&it.shop.request()).await;
    let title = "We don’t know this application";
    let disabled = serde_json::json!({ "enabled": false });
    it.house.change_client("shop", disabled).await;
    let late = it.browser.enter_password(&page, &it.alice).await;
    refused(&late, 400, title);
    let enabled = serde_json::json!({ "enabled": true });
    it.house.change_client("shop", enabled).await;
    let page = it.browser.enter_password(&page, &it.alice).await;
    assert!(page.has_form("consent"));

    let deleted = administration.delete("/oauth/clients/shop").await;
    let _ = deleted.expect_status(204);
    let late = it.browser.press(&page, "consent", "allow", &[]).await;
    refused(&late, 400, title);
    // Nor does it serve another of the same id.
    it.house.advance(Duration::from_millis(1));
    it.house.add_client("shop").await;
    let late = it.browser.press(&page, "consent", "allow", &[]).await;
    refused(&late, 400, title);
    refused(&it.browser.get(page.url.as_str()).await, 400, title);
    let consents = it.house.records().all::<domain::Consent>().await.unwrap();
    assert!(consents.is_empty());
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
        vec![("action", "check-code"), ("otp", code.as_str())],
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
    let names = ["PF", "PF.FLOW."].map(|name| it.browser.cookies(name));
    assert_eq!(names.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    for (name, cookie) in names.concat() {
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
    assert!(cookie.starts_with("__Host-PF.FLOW."), "{cookie}");
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
