//! The face as a second factor: enrolled on the account pages, shown at a sign-on, and for an approval.

use std::process::Command;
use std::time::Duration;

use authn::approval::receipt::{Expected, Receipt};
use authn::approval::{DeviceKeyMaterial, SignatureMaterial};
use authn::evidence::FactorKind;
use authn::factor::face::FaceTicket;
use domain::{Device, DeviceKind};
use http::Method;
use jose::jws::VerifyingKeys;
use serde_json::{Value, json};
use testkit::{
    AuthorizationRequest, Browser, Environment, FaceDevice, FaceSession, House, Person,
    RelyingParty, Reply,
};

/// A server whose people may confirm with their face.
pub(super) async fn house() -> House {
    House::open_with(|settings| settings.policy.devices.allowed.push(FactorKind::Face)).await
}

/// What an element of a page has under this name.
pub(super) fn attribute(page: &Reply, name: &str) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once(&format!("{name}=\""))?;
    Some(rest.split('"').next().unwrap().replace("&#x2f;", "/"))
}

pub(super) fn ticket_of(page: &Reply) -> String {
    attribute(page, "data-ticket").unwrap()
}

/// A session at the house at this URL, from this browser.
pub(super) async fn connect(url: &str, browser: &Browser) -> FaceSession {
    let cookies = browser.cookie_header();
    let headers = [("Cookie", cookies.as_str())];
    FaceSession::connect_with(url, &headers).await.unwrap()
}

/// Opens a session by this ticket, agrees to everything, and shows this face; what comes of it.
pub(super) async fn show(
    (url, browser): (&str, &Browser),
    ticket: &str,
    device: &FaceDevice,
    face: &str,
) -> Value {
    let mut session = connect(url, browser).await;
    let opened = session.open(device, json!({ "ticket": ticket })).await;
    if opened["type"] != "opened" {
        return opened;
    }
    let first = session.agree(device).await;
    match first["type"] == "pose" {
        true => session.show(face).await,
        false => first,
    }
}

/// The page on which somebody who is signed on in this browser has their face looked at.
pub(super) async fn enrolment(browser: &mut Browser, prefix: &str, person: &Person) -> Reply {
    let page = browser
        .get(&format!("{prefix}/account/devices/new/face"))
        .await;
    let password = ("current_password", person.password.as_str());
    let filled = [("name", "Laptop"), password];
    browser.submit(&page, "device-new", "submit", &filled).await
}

/// Has somebody enrol this face with this device, on their account pages.
pub(super) async fn enrol(house: &House, prefix: &str, person: &Person, device: &FaceDevice) {
    let mut browser = house.browser();
    let page = browser.open(&format!("{prefix}/account")).await;
    browser.enter_password(&page, person).await;
    let page = enrolment(&mut browser, prefix, person).await;
    let url = house.at(prefix);
    let result = show((&url, &browser), &ticket_of(&page), device, "alice").await;
    assert_eq!(result["type"], "result", "{result}");
}

/// The page that asks somebody for their face who has given their password.
pub(super) async fn asked(
    house: &House,
    request: &AuthorizationRequest,
    person: &Person,
) -> (Browser, Reply) {
    let mut browser = house.browser();
    let page = browser.go(request).await;
    let page = browser.enter_password(&page, person).await;
    (browser, page)
}

/// Goes on from the page on which a face was seen.
pub(super) async fn go_on(browser: &mut Browser, page: &Reply) -> Reply {
    let page = browser.get(page.url.as_str()).await;
    browser.submit(&page, "face", "submit", &[]).await
}

#[tokio::test]
async fn a_face_is_enrolled_on_the_account_pages() {
    let house = house().await;
    let alice = house.add_person("alice").await;
    let device = FaceDevice::new(1);
    let mut browser = house.browser();
    let page = browser.open("/account").await;
    browser.enter_password(&page, &alice).await;
    let page = enrolment(&mut browser, "", &alice).await;
    assert_eq!(
        attribute(&page, "data-recognize").as_deref(),
        Some("/recognize/v2")
    );
    let mut session = connect(&house.url, &browser).await;
    let opened = session
        .open(&device, json!({ "ticket": ticket_of(&page), "lang": "de" }))
        .await;
    assert_eq!(opened["operation"], "enrol", "{opened}");
    assert_eq!(opened["factors"], json!(["face"]));
    assert!(
        opened["consent"]["text"]
            .as_str()
            .unwrap()
            .contains("Gesicht")
    );
    assert!(opened.get("pin").is_none(), "no PIN is offered");
    assert_eq!(session.agree(&device).await["pose"], "center");
    let result = session.show("alice").await;
    let told = json!({
        "type": "result", "operation": "enrol", "factor": "face", "deviceId": device.id(),
    });
    assert_eq!(result, told);
    let devices = house.records().all::<Device>().await.unwrap();
    assert!(devices.len() == 1 && devices[0].name == "Laptop" && devices[0].is_active());
    assert_eq!(
        house.last_event("device.enrolled").await["detail"]["after"]["kind"],
        "face"
    );
    assert!(
        house
            .records()
            .all::<FaceTicket>()
            .await
            .unwrap()
            .is_empty()
    );
    // Who has a second factor now is asked for it also where they are signed on.
    let page = browser.open("/account/devices").await;
    assert!(attribute(&page, "data-ticket").is_some(), "{}", page.text());
}

#[tokio::test]
async fn a_face_is_a_second_factor_after_the_password() {
    let house = house().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let device = FaceDevice::new(1);
    enrol(&house, "", &alice, &device).await;
    let request = shop.request();
    let (mut browser, page) = asked(&house, &request, &alice).await;
    let ticket = ticket_of(&page);
    let mut session = connect(&house.url, &browser).await;
    let opened = session.open(&device, json!({ "ticket": ticket })).await;
    let told = json!({
        "type": "opened", "operation": "authenticate", "factors": ["face"], "attempts": 3,
    });
    assert_eq!(opened, told);
    session.agree(&device).await;
    let result = session.show("alice").await;
    assert_eq!(result["operation"], "authenticate", "{result}");
    let state = browser.request(Method::GET, page.url.as_str());
    let state = browser
        .send(state.header("accept", "application/json"))
        .await;
    assert_eq!(state.json()["state"], "approved");
    let page = go_on(&mut browser, &page).await;
    let answer = browser.allow(page).await;
    let tokens = shop.exchange(&request, answer.code()).await;
    let tokens = shop.tokens(&tokens.expect_status(200)).await;
    assert_eq!(
        tokens.id_claims["amr"],
        json!(["pwd", "swk", "face", "mfa"])
    );
    assert!(
        house
            .records()
            .all::<FaceTicket>()
            .await
            .unwrap()
            .is_empty()
    );
}

/// RFC 8628 §3.3: where somebody enters the code that another device shows.
#[tokio::test]
async fn a_face_is_a_second_factor_where_a_device_is_allowed() {
    let house = house().await;
    let alice = house.add_person("alice").await;
    let grants = json!({ "grantTypes": ["DEVICE_CODE"] });
    let tv = house.add_client_with("tv", grants).await;
    let device = FaceDevice::new(1);
    enrol(&house, "", &alice, &device).await;
    let begun = tv.call("/as/device_authz.oauth2", &[("scope", "openid")]);
    let waiting = begun.await.expect_status(200).json();
    let mut browser = house.browser();
    let address = waiting["verification_uri_complete"].as_str().unwrap();
    let page = browser.open(address).await;
    let page = browser.enter_password(&page, &alice).await;
    let poll = async || {
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let code = waiting["device_code"].as_str().unwrap();
        tv.token(&[("grant_type", grant), ("device_code", code)])
            .await
    };
    assert_eq!(poll().await.json()["error"], "authorization_pending");
    let shown = (house.url.as_str(), &browser);
    let result = show(shown, &ticket_of(&page), &device, "alice").await;
    assert_eq!(result["operation"], "authenticate", "{result}");
    let page = go_on(&mut browser, &page).await;
    let confirmed = browser.submit(&page, "device-confirm", "confirm", &[]);
    let page = confirmed.await;
    let done = browser.submit(&page, "consent", "allow", &[]).await;
    assert!(done.text().contains("device-allowed"), "{done:?}");
    house.advance(Duration::from_secs(5));
    let tokens = poll().await.expect_status(200).json();
    assert!(tokens["access_token"].is_string());
}

/// What a shop has somebody approve (as the documentation of such environments has it).
pub(super) fn paying(shop: &RelyingParty, env: &Environment<'_>) -> AuthorizationRequest {
    let template = json!({
        "name": "transaction",
        "variables": {"sum": "99.95", "currency": "EUR", "recipient": "Demo Shop GmbH"},
    });
    let mut assertion = shop.assertion();
    for (name, value) in [
        ("aud", json!(env.issuer)),
        ("iss", json!(shop.id)),
        ("pi.template", template),
    ] {
        assertion = assertion.with(name, value);
    }
    for name in ["sub", "jti", "iat", "exp"] {
        assertion = assertion.with(name, Value::Null);
    }
    let signed = assertion.signed_with_secret(shop.secret.as_deref().unwrap());
    shop.request().with("request", &signed)
}

/// The receipt is good by what the environment publishes, as `countersign receipt verify` reads it out.
async fn is_read_out(house: &House, env: &Environment<'_>, token: &str) {
    let files = tempfile::tempdir().unwrap();
    let [kept, keys] = ["receipt.jwt", "jwks.json"].map(|name| files.path().join(name));
    std::fs::write(&kept, token).unwrap();
    let published = house.http.get(format!("{}/jwks", env.issuer)).await;
    std::fs::write(&keys, published.text()).unwrap();
    let verified = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .args(["receipt", "verify"])
        .args([&kept, std::path::Path::new("--jwks"), &keys])
        .output()
        .unwrap();
    let told = String::from_utf8(verified.stdout).unwrap();
    assert!(
        verified.status.success() && told.contains("The receipt is good."),
        "{told}"
    );
    assert!(
        told.contains("the person's own signature over this"),
        "{told}"
    );
}

#[tokio::test]
async fn a_payment_is_approved_with_a_face_and_the_receipt_can_be_checked() {
    let house = house().await;
    let env = house.add_environment("bank").await;
    let alice = env.add_person("alice").await;
    let shop = env.add_client("shop").await;
    let device = FaceDevice::new(1);
    let (prefix, url) = (format!("/{}", env.id), env.at(""));
    enrol(&house, &prefix, &alice, &device).await;
    let request = paying(&shop, &env);
    let (mut browser, page) = asked(&house, &request, &alice).await;
    assert!(page.text().contains("99.95"));
    let mut session = connect(&url, &browser).await;
    let ticket = json!({ "ticket": ticket_of(&page) });
    let opened = session.open(&device, ticket).await;
    let pairs = opened["transaction"]["pairs"].to_string();
    assert!(
        pairs.contains("99.95") && pairs.contains("Demo Shop GmbH"),
        "{opened}"
    );
    session.agree(&device).await;
    let result = session.show("alice").await;
    assert_eq!(result["type"], "result", "{result}");
    let page = go_on(&mut browser, &page).await;
    let answer = browser.allow(page).await;
    let tokens = shop.exchange(&request, answer.code()).await;
    let tokens = tokens.expect_status(200).json();
    let token = tokens["approval_receipt"].as_str().unwrap();
    let jwks = env.jwks().await;
    let receipt = Receipt::verify(token, &VerifyingKeys::new(&jwks), &Expected::default()).unwrap();
    assert_eq!(receipt.subject().id(), alice.id);
    assert_eq!(
        receipt.digest().to_string(),
        opened["transaction"]["digest"]
    );
    let amr: Vec<&str> = receipt.factors().iter().map(|it| it.amr.as_str()).collect();
    assert_eq!(amr, ["swk", "face", "pwd"]);
    let signature = receipt.factors()[0].signature.as_ref();
    let Some(SignatureMaterial::Recognize(DeviceKeyMaterial { jwk, .. })) = signature else {
        panic!("{signature:?}");
    };
    let devices = env.records.all::<Device>().await.unwrap();
    let DeviceKind::Face(face) = &devices[0].kind else {
        panic!("no face");
    };
    assert_eq!(*jwk, face.key);
    is_read_out(&house, &env, token).await;
}

#[tokio::test]
async fn a_removed_device_leaves_nothing_of_a_face() {
    let house = house().await;
    let alice = house.add_person("alice").await;
    let device = FaceDevice::new(1);
    enrol(&house, "", &alice, &device).await;
    let faces = async || {
        let devices = house.records().all::<Device>().await.unwrap();
        devices
            .iter()
            .filter(|it| matches!(it.kind, DeviceKind::Face(_)))
            .count()
    };
    assert_eq!(faces().await, 1);
    let mut browser = house.browser();
    let page = browser.open("/account").await;
    let page = browser.enter_password(&page, &alice).await;
    // Who has a face is asked for it.
    let shown = show((&house.url, &browser), &ticket_of(&page), &device, "alice").await;
    assert_eq!(shown["type"], "result");
    go_on(&mut browser, &page).await;
    let id = house.records().all::<Device>().await.unwrap()[0].id;
    let page = browser.get(&format!("/account/devices/{id}")).await;
    let removed = browser.submit(&page, "device-remove", "remove", &[]).await;
    assert_eq!(removed.status, 200, "{}", removed.text());
    assert_eq!(faces().await, 0);
}
