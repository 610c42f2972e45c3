//! Signing on by PPM with an app that is asked, by a call, and by a face.

use std::time::Duration;

use authn::evidence::FactorKind;
use serde_json::{Value, json};
use testkit::{Browser, FaceDevice, FaceSession, House, Reply};

use super::party::{Party, with_attribute};
use super::rest::client::{Client, Phone};

/// What stands in the element with this id.
fn text_of(page: &Reply, id: &str) -> String {
    let text = page.text();
    let (_, rest) = text
        .split_once(&format!("id=\"{id}\""))
        .unwrap_or_else(|| panic!("no {id} in {text}"));
    let (_, rest) = rest.split_once('>').unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

/// What an element has under this name.
fn attribute(page: &Reply, name: &str) -> String {
    let text = page.text();
    let (_, rest) = text
        .split_once(&format!("{name}=\""))
        .unwrap_or_else(|| panic!("no {name} in {text}"));
    testkit::html::unescape(rest.split_once('"').unwrap().0)
}

#[track_caller]
fn expect_context(answer: &Value, context: &str, level: u8) {
    assert_eq!(answer["status"], "success", "{answer}");
    let context = format!("urn:oasis:names:tc:SAML:2.0:ac:classes:{context}");
    assert_eq!(answer["authnContext"], context);
    assert_eq!(answer["assuranceLevel"], level);
}

async fn with_phone(house: &House) -> (Client<'_>, Phone<'_>) {
    let client = Client::of(house).await;
    let body = json!({ "username": "jdoe", "activateUser": true });
    let code = client.done("adduser", body).await["activationCode"].clone();
    let phone = Phone::activated(house, &house.issuer, code.as_str().unwrap()).await;
    (client, phone)
}

async fn go_on(browser: &mut Browser, page: &Reply) -> Reply {
    browser.submit(page, "push", "submit", &[]).await
}

#[tokio::test]
async fn an_app_approves_with_the_number_that_the_page_shows() {
    let house = House::open().await;
    let (client, phone) = with_phone(&house).await;
    let party = &client.party;
    let mut request = party.request("jdoe");
    request["attributes"] = json!([
        { "name": "isUserAuthenticated", "value": "true" },
        { "name": "appName", "value": "Expenses" },
        { "name": "appIconUrl", "value": "https://apps.example/expenses.png" },
        { "name": "pingidIp", "value": "192.0.2.7" },
    ]);
    let mut browser = house.browser();
    let page = party.ask(&mut browser, &request).await;
    assert!(page.has_form("push"), "{}", page.text());
    let number = text_of(&page, "number");
    let asked = phone.decide("approve", &number).await;
    // What the app shows is what the relying party has said.
    let asked: Value = serde_json::from_str(&asked).unwrap();
    let circumstance = &asked["circumstance"];
    assert_eq!(circumstance["application"], "Expenses");
    assert_eq!(
        circumstance["icon_url"],
        "https://apps.example/expenses.png"
    );
    assert_eq!(circumstance["address"], "192.0.2.7");
    // And is signed.
    assert_eq!(asked["record"]["icon_url"], circumstance["icon_url"]);
    let page = go_on(&mut browser, &page).await;
    expect_context(&party.answer(&page), "MobileTwoFactorContract", 2);
}

#[tokio::test]
async fn who_denies_it_in_the_app_is_not_signed_on() {
    let house = House::open().await;
    let (client, phone) = with_phone(&house).await;
    let party = &client.party;
    let mut browser = house.browser();
    let request = party.request("jdoe");
    let insecure = json!("http://apps.example/expenses.png");
    let request = with_attribute(request, "appIconUrl", insecure);
    let page = party.ask(&mut browser, &request).await;
    let asked = phone.decide("deny", "").await;
    assert!(!asked.contains("icon_url"), "{asked}");
    let page = go_on(&mut browser, &page).await;
    assert!(!page.has_form("form-post"), "{}", page.text());
    assert!(page.alert().is_some());
    let page = browser.submit(&page, "cancel-form", "cancel", &[]).await;
    assert_eq!(party.code(&page), "PINGID_001");
}

#[tokio::test]
async fn a_code_is_read_out() {
    let house = House::open().await;
    let client = Client::of(&house).await;
    client.add("jdoe").await;
    let paired = json!({ "username": "jdoe", "type": "VOICE", "pairingData": "13035551234" });
    client.done("offlinepairing", paired).await;
    house.advance(Duration::from_mins(2));
    let party = &client.party;
    let mut browser = house.browser();
    let page = party.ask(&mut browser, &party.request("jdoe")).await;
    // Figure by figure.
    let code = testkit::code_in(&house.last_told().await.replace(", ", ""));
    let filled = [("otp", code.as_str())];
    let page = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    expect_context(&party.answer(&page), "Telephony", 1);
}

/// Opens a session by the ticket of a page, agrees to everything, and shows a face.
async fn show(house: &House, (browser, page): (&Browser, &Reply), device: &FaceDevice) -> Value {
    let ticket = attribute(page, "data-ticket");
    let cookies = browser.cookie_header();
    let headers = [("Cookie", cookies.as_str())];
    let session = FaceSession::connect_with(&house.url, &headers).await;
    let mut session = session.unwrap();
    let opened = session.open(device, json!({ "ticket": ticket })).await;
    assert_eq!(opened["type"], "opened", "{opened}");
    session.agree(device).await;
    session.show("alice").await
}

#[tokio::test]
async fn a_face_is_looked_at() {
    let house =
        House::open_with(|settings| settings.policy.devices.allowed.push(FactorKind::Face)).await;
    let alice = house.add_person("alice").await;
    let mut browser = house.browser();
    let page = browser.open("/account").await;
    browser.enter_password(&page, &alice).await;
    let page = browser.get("/account/devices/new/face").await;
    let password = ("current_password", alice.password.as_str());
    let filled = [("name", "Laptop"), password];
    let page = browser.submit(&page, "device-new", "submit", &filled).await;
    let device = FaceDevice::new(1);
    let enrolled = show(&house, (&browser, &page), &device).await;
    assert_eq!(enrolled["type"], "result", "{enrolled}");
    let party = Party::of(&house).await;
    let mut browser = house.browser();
    let page = party.ask(&mut browser, &party.request("alice")).await;
    let shown = show(&house, (&browser, &page), &device).await;
    assert_eq!(shown["operation"], "authenticate", "{shown}");
    let page = browser.get(page.url.as_str()).await;
    let page = browser.submit(&page, "face", "submit", &[]).await;
    expect_context(&party.answer(&page), "unspecified", 2);
}
