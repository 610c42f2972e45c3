//! Tickets that are none, and faces that are others'.

use std::time::Duration;

use serde_json::json;
use testkit::{AuthorizationRequest, Browser, FaceDevice, FaceSession, House, Person, Reply};

use super::ticket::{asked, attribute, connect, enrol, enrolment, house, show, ticket_of};

/// Alice has a face; she is asked for it by a shop.
struct Setting {
    house: House,
    alice: Person,
    device: FaceDevice,
    request: AuthorizationRequest,
}

impl Setting {
    async fn new() -> Self {
        let house = house().await;
        let alice = house.add_person("alice").await;
        let shop = house.add_client("shop").await;
        let device = FaceDevice::new(1);
        enrol(&house, "", &alice, &device).await;
        Self {
            request: shop.request(),
            house,
            alice,
            device,
        }
    }

    async fn asked(&self) -> (Browser, Reply) {
        asked(&self.house, &self.request, &self.alice).await
    }

    /// What a session answers that is opened by this ticket.
    async fn open(&self, url: &str, browser: &Browser, ticket: &str) -> String {
        let mut session = connect(url, browser).await;
        let told = session
            .open(&self.device, json!({ "ticket": ticket }))
            .await;
        let told = told.get("code").unwrap_or(&told["type"]);
        told.as_str().unwrap().to_owned()
    }

    /// Whether the page would go on by now.
    async fn state(&self, browser: &mut Browser, page: &Reply) -> String {
        let request = browser.request("GET".parse().unwrap(), page.url.as_str());
        let request = request.header("accept", "application/json");
        browser.send(request).await.json()["state"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

const FORBIDDEN: &str = "SERVER_FORBIDDEN";

#[tokio::test]
async fn a_ticket_opens_one_session() {
    let setting = Setting::new().await;
    let (mut browser, page) = setting.asked().await;
    let (url, ticket) = (&setting.house.url, ticket_of(&page));
    assert_eq!(setting.open(url, &browser, &ticket).await, "opened");
    for _ in 0..2 {
        assert_eq!(setting.open(url, &browser, &ticket).await, FORBIDDEN);
    }
    // Its session was broken off: another is had by asking for it.
    let page = browser.get(page.url.as_str()).await;
    let again = browser.submit(&page, "face-resend", "resend", &[]).await;
    let another = ticket_of(&again);
    assert_ne!(another, ticket);
    assert_eq!(setting.open(url, &browser, &ticket).await, FORBIDDEN);
    assert_eq!(setting.open(url, &browser, &another).await, "opened");
    assert_eq!(setting.open(url, &browser, "").await, FORBIDDEN);
    assert_eq!(
        setting.open(url, &browser, &"x".repeat(999)).await,
        FORBIDDEN
    );
}

#[tokio::test]
async fn a_ticket_is_good_in_its_own_browser_at_its_own_house_and_from_its_own_pages() {
    let setting = Setting::new().await;
    let env = setting.house.add_environment("other").await;
    let (browser, page) = setting.asked().await;
    let (other, others_page) = setting.asked().await;
    let (url, ticket) = (&setting.house.url, ticket_of(&page));
    assert_ne!(ticket, ticket_of(&others_page));
    assert_eq!(setting.open(url, &other, &ticket).await, FORBIDDEN);
    let none = setting.house.browser();
    assert_eq!(setting.open(url, &none, &ticket).await, FORBIDDEN);
    assert_eq!(
        setting.open(&env.at(""), &browser, &ticket).await,
        FORBIDDEN
    );
    let cookies = browser.cookie_header();
    for (origin, answer) in [("https://evil.example", "error"), (url.as_str(), "opened")] {
        let headers = [("Cookie", cookies.as_str()), ("Origin", origin)];
        let session = FaceSession::connect_with(url, &headers).await;
        let mut session = session.unwrap();
        let opened = session.open(&setting.device, json!({ "ticket": ticket }));
        assert_eq!(opened.await["type"], answer, "{origin}");
    }
}

#[tokio::test]
async fn a_ticket_is_good_as_long_as_its_flow_waits_for_it() {
    let setting = Setting::new().await;
    let (mut browser, page) = setting.asked().await;
    let (url, ticket) = (&setting.house.url, ticket_of(&page));
    setting.house.advance(Duration::from_secs(300));
    assert_eq!(setting.open(url, &browser, &ticket).await, FORBIDDEN);
    let page = browser.get(page.url.as_str()).await;
    assert!(attribute(&page, "data-ticket").is_none(), "{}", page.text());
    let page = browser.submit(&page, "face-resend", "resend", &[]).await;
    let ticket = ticket_of(&page);
    let gone = browser.submit(&page, "cancel-form", "cancel", &[]).await;
    assert_eq!(
        gone.location().query_pairs().next().unwrap().1,
        "access_denied"
    );
    assert_eq!(setting.open(url, &browser, &ticket).await, FORBIDDEN);
}

#[tokio::test]
async fn a_ticket_stands_for_everything_else_and_a_customer_is_none_of_an_environment() {
    let setting = Setting::new().await;
    let env = setting.house.add_environment("shop").await;
    env.add_customer("demo", |_| {}).await;
    let (browser, page) = setting.asked().await;
    let ticket = ticket_of(&page);
    for (name, value) in [
        ("customer", json!("demo")),
        ("username", json!("alice")),
        ("operation", json!("authenticate")),
        ("transaction", json!({"data": super::DATA})),
        ("operationId", json!("1")),
    ] {
        let mut session = connect(&setting.house.url, &browser).await;
        let members = json!({ "ticket": ticket, name: value });
        let told = session.open(&setting.device, members).await;
        assert_eq!(told["code"], "SERVER_VALIDATION_FAILED", "{name}");
    }
    let mut session = connect(&env.at(""), &browser).await;
    let told = session.open(&setting.device, super::user("enrol")).await;
    assert_eq!(told["code"], "SERVER_CUSTOMER_NOT_FOUND");
    let opened = setting.open(&setting.house.url, &browser, &ticket).await;
    assert_eq!(opened, "opened", "none of that has spent it");
}

#[tokio::test]
async fn another_face_another_secret_and_another_key_are_refused() {
    let setting = Setting::new().await;
    let (mut browser, page) = setting.asked().await;
    let place = || (setting.house.url.as_str(), &browser);
    let other_key = show(place(), &ticket_of(&page), &FaceDevice::new(1), "alice").await;
    assert_eq!(other_key["code"], "SERVER_USER_NOT_FOUND");
    assert_eq!(setting.state(&mut browser, &page).await, "rejected");
    let mut page = browser.get(page.url.as_str()).await;
    for (device, face) in [
        (&setting.device, "mallory"),
        (&setting.device.with_secret(2), "alice"),
    ] {
        page = browser.submit(&page, "face-resend", "resend", &[]).await;
        let place = (setting.house.url.as_str(), &browser);
        let told = show(place, &ticket_of(&page), device, face).await;
        assert_eq!(told["code"], "SERVER_FACE_DOES_NOT_MATCH", "{told}");
    }
    let page = browser.submit(&page, "face-resend", "resend", &[]).await;
    // Nobody was seen: to say that one was is no use.
    let form = page.form("face");
    let page = browser.send_form(&page, &form, None, &[]).await;
    let page = browser.follow(page).await;
    assert!(attribute(&page, "data-ticket").is_some(), "{}", page.text());
}

#[tokio::test]
async fn a_face_is_never_the_first_thing_and_who_is_not_asked_shows_none() {
    let setting = Setting::new().await;
    let mut browser = setting.house.browser();
    let page = browser.go(&setting.request).await;
    assert!(attribute(&page, "data-ticket").is_none());
    let wrong = [("username", "alice"), ("password", "not it")];
    let page = browser.submit(&page, "sign-on", "submit", &wrong).await;
    assert!(attribute(&page, "data-ticket").is_none(), "{}", page.text());
    // A ticket of an enrolment opens nothing in the browser of somebody else.
    let mallory = setting.house.add_person("mallory").await;
    let mut hers = setting.house.browser();
    let page = hers.open("/account").await;
    hers.enter_password(&page, &mallory).await;
    let page = enrolment(&mut hers, "", &mallory).await;
    let url = &setting.house.url;
    assert_eq!(
        setting.open(url, &browser, &ticket_of(&page)).await,
        FORBIDDEN
    );
    // The device of one person is none of another's.
    let (alices, page) = setting.asked().await;
    let device = FaceDevice::new(3);
    enrol(
        &setting.house,
        "",
        &setting.house.add_person("bob").await,
        &device,
    )
    .await;
    let told = show((url, &alices), &ticket_of(&page), &device, "alice").await;
    assert_eq!(told["code"], "SERVER_USER_NOT_FOUND");
}

#[tokio::test]
async fn rts_4_3_b_five_failures_block_the_person_and_nothing_of_theirs_is_looked_at() {
    let setting = Setting::new().await;
    let (mut browser, mut page) = setting.asked().await;
    for _ in 0..4 {
        let place = (setting.house.url.as_str(), &browser);
        let told = show(place, &ticket_of(&page), &setting.device, "mallory").await;
        assert_eq!(told["attemptsLeft"], 2, "{told}");
        let again = browser.get(page.url.as_str()).await;
        page = browser.submit(&again, "face-resend", "resend", &[]).await;
    }
    let place = (setting.house.url.as_str(), &browser);
    let fifth = show(place, &ticket_of(&page), &setting.device, "mallory").await;
    assert_eq!(fifth["code"], "SERVER_USER_LOCKED_OUT", "{fifth}");
    let looked = setting.house.faces.looked();
    let page = browser.get(page.url.as_str()).await;
    let page = browser.submit(&page, "face-resend", "resend", &[]).await;
    let place = (setting.house.url.as_str(), &browser);
    let right = show(place, &ticket_of(&page), &setting.device, "alice").await;
    assert_eq!(right["code"], "SERVER_USER_LOCKED_OUT", "{right}");
    assert!(right["retryAfter"].as_u64().unwrap() > 0);
    assert_eq!(setting.house.faces.looked(), looked);
    setting.house.last_event("sign_on.blocked").await;
    // The password is as blocked as the face.
    let mut other = setting.house.browser();
    let page = other.go(&setting.request).await;
    let page = other.enter_password(&page, &setting.alice).await;
    assert!(attribute(&page, "data-ticket").is_none(), "{}", page.text());
}
