//! The account's sign-in methods.

use std::time::Duration;

use authn::factor::webauthn::RelyingParty;
use authn::flow::{SecondFactor, WebAuthnPolicy};
use domain::{Device, MessageContent};
use serde_json::Value;
use testkit::html::unescape;
use testkit::soft_authenticator::SoftAuthenticator;
use testkit::{Browser, House, Person, Reply};

const ORIGIN: &str = "https://id.example.com";

async fn house() -> House {
    House::open_with(|settings| {
        let party = RelyingParty::new("id.example.com", "Example", &[ORIGIN]).unwrap();
        settings.policy.devices.webauthn = Some(WebAuthnPolicy::new(party));
    })
    .await
}

async fn signed_on(house: &House, person: &Person) -> Browser {
    let mut browser = house.browser();
    let page = browser.open("/account").await;
    let page = browser.enter_password(&page, person).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    browser
}

/// Begins to add a method of this kind.
async fn add(browser: &mut Browser, kind: &str, filled: &[(&str, &str)]) -> Reply {
    let page = browser.get(&format!("/account/devices/new/{kind}")).await;
    browser.submit(&page, "device-new", "submit", filled).await
}

/// What the script of a page asks the browser for.
fn asked(page: &Reply) -> Value {
    let text = page.text();
    let (_, rest) = text.split_once("data-webauthn=\"").expect("options");
    let (options, _) = rest.split_once('"').unwrap();
    serde_json::from_str(&unescape(options)).unwrap()
}

/// Sends what an authenticator has answered, as the script of a page does.
async fn send(browser: &mut Browser, page: &Reply, answer: &Value, password: &str) -> Reply {
    let form = page.form("device-activate");
    let answer = answer.to_string();
    let fields = [
        ("csrf_token", form.value("csrf_token").unwrap()),
        ("action", "activate"),
        ("assertion", &answer),
        ("current_password", password),
    ];
    let reply = browser.post(&form.action, &fields).await;
    browser.follow(reply).await
}

async fn stored(house: &House, person: &Person) -> Vec<Device> {
    let found = house.records().find::<Device>(0, &person.id).await;
    found.unwrap().into_iter().map(|it| it.record).collect()
}

fn alert(page: &Reply) -> String {
    page.alert().unwrap_or_else(|| page.text())
}

#[tokio::test]
async fn a_mailbox_is_added_named_preferred_and_removed() {
    let house = house().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice).await;
    let wrong = [("target", "nowhere"), ("name", "Work")];
    let page = add(&mut browser, "email", &wrong).await;
    assert_eq!(alert(&page), "We can’t send codes there. Please check it.");
    let filled = [("target", "work@example.org"), ("name", "Work")];
    let page = browser.submit(&page, "device-new", "submit", &filled).await;
    assert!(page.text().contains("We sent a code to w***@e***.org."));
    let early = browser
        .submit(&page, "device-activate", "resend", &[])
        .await;
    assert!(alert(&early).contains("only a moment ago"));
    house.advance(Duration::from_secs(30));
    let page = browser
        .submit(&page, "device-activate", "resend", &[])
        .await;
    assert!(page.text().contains("We’ve sent a new code."));
    let code = house.sent_code().await;
    let filled = [
        ("otp", code.as_str()),
        ("current_password", alice.password.as_str()),
    ];
    let page = browser
        .submit(&page, "device-activate", "submit", &filled)
        .await;
    assert!(page.text().contains("Your new method is ready."));
    assert!(page.text().contains("<bdi>Work</bdi>"));
    let is_own = |to: &str| to == "alice@example.com";
    let mut messages = house.messages().await.into_iter();
    let told =
        |it: domain::Message| matches!(it.content, MessageContent::Email { to, .. } if is_own(&to));
    assert!(messages.any(told), "the other address is told");

    named_and_removed(&house, &alice, &mut browser).await;
}

async fn named_and_removed(house: &House, alice: &Person, browser: &mut Browser) {
    let [device] = stored(house, alice).await.try_into().ok().unwrap();
    let path = format!("/account/devices/{}", device.id);
    let page = browser.get(&path).await;
    let named = [("name", "a\u{202e}b")];
    let page = browser
        .submit(&page, "device-rename", "rename", &named)
        .await;
    assert_eq!(
        alert(&page),
        "A name has 1 to 64 characters, all of them visible."
    );
    let named = [("name", "Zoë’s mail")];
    let page = browser
        .submit(&page, "device-rename", "rename", &named)
        .await;
    assert!(page.text().contains("<bdi>Zoë’s mail</bdi>"));

    // It was proven just now, so the sign-on is fresh; later it is not.
    house.advance(Duration::from_mins(6));
    let page = browser.get(&path).await;
    let guess = [("current_password", "a guess")];
    let page = browser
        .submit(&page, "device-remove", "remove", &guess)
        .await;
    assert_eq!(alert(&page), "Your current password isn’t right.");
    let right = [("current_password", alice.password.as_str())];
    let page = browser
        .submit(&page, "device-remove", "remove", &right)
        .await;
    assert!(page.text().contains("The method has been removed."));
    assert!(stored(house, alice).await.is_empty());
    let gone = browser.open(&path).await;
    assert_eq!(gone.url.path(), "/account/devices");
}

#[tokio::test]
async fn webauthn_7_1_a_passkey_is_added_and_then_signs_on_without_a_password() {
    let house = house().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice).await;
    let page = add(&mut browser, "passkey", &[("name", "Laptop")]).await;
    let options = asked(&page);
    assert_eq!(options["user"]["name"], "alice");
    assert_eq!(
        options["authenticatorSelection"]["residentKey"],
        "preferred"
    );
    let mut authenticator = SoftAuthenticator::at(ORIGIN);
    let made = authenticator.create(&options);
    let guess = send(&mut browser, &page, &made, "a guess").await;
    assert_eq!(alert(&guess), "Your current password isn’t right.");
    let spent = send(&mut browser, &page, &made, &alice.password).await;
    assert_eq!(
        alert(&spent),
        "That passkey wasn’t accepted. Please try again."
    );
    // One for each person at each relying party, as real ones keep them.
    let mut authenticator = SoftAuthenticator::at(ORIGIN);
    let made = authenticator.create(&asked(&spent));
    let page = send(&mut browser, &spent, &made, &alice.password).await;
    assert!(
        page.text().contains("Your new method is ready."),
        "{}",
        page.text()
    );
    let page = browser.get("/account/devices/new/security-key").await;
    let page = browser.submit(&page, "device-new", "submit", &[]).await;
    let excluded = asked(&page)["excludeCredentials"].clone();
    assert_eq!(excluded.as_array().unwrap().len(), 1);

    let mut elsewhere = house.browser();
    let page = elsewhere.open("/account").await;
    let signed = authenticator.sign(&asked(&page)).to_string();
    let form = page.form("assertion-form");
    let fields = [
        ("csrf_token", form.value("csrf_token").unwrap()),
        ("action", "check-assertion"),
        ("assertion", &signed),
    ];
    let reply = elsewhere.post(&form.action, &fields).await;
    let page = elsewhere.follow(reply).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    // Two factors just now: nothing more is to be confirmed for a while.
    let page = elsewhere.get("/account/devices/new/recovery").await;
    let page = elsewhere
        .submit(&page, "recovery-codes", "submit", &[])
        .await;
    assert_eq!(page.title(), "Your recovery codes");
    assert_eq!(page.text().matches("<li><code>").count(), 10);
    house.advance(Duration::from_mins(5));
    confirmed_by_signing_on_again(&mut elsewhere, &mut authenticator).await;
}

async fn confirmed_by_signing_on_again(
    elsewhere: &mut Browser,
    authenticator: &mut SoftAuthenticator,
) {
    let page = elsewhere.get("/account/devices/new/recovery").await;
    let page = elsewhere
        .submit(&page, "recovery-codes", "submit", &[])
        .await;
    assert!(alert(&page).starts_with("Please confirm it’s you"));
    let again = elsewhere.open("/account/confirm").await;
    assert!(again.has_form("sign-on"), "{}", again.text());
    let signed = authenticator.sign(&asked(&again)).to_string();
    let form = again.form("assertion-form");
    let fields = [
        ("csrf_token", form.value("csrf_token").unwrap()),
        ("action", "check-assertion"),
        ("assertion", &signed),
    ];
    let reply = elsewhere.post(&form.action, &fields).await;
    let page = elsewhere.follow(reply).await;
    assert_eq!(page.url.path(), "/account/devices");
}

#[tokio::test]
async fn recovery_codes_are_shown_once_and_one_of_them_signs_on() {
    let house = house().await;
    let bob = house.add_person_with_totp("bob").await;
    let mut browser = house.browser();
    let page = browser.open("/account").await;
    let page = browser.enter_password(&page, &bob).await;
    let code = bob.code_at(house.now());
    let filled = [("otp", code.as_str())];
    browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    let page = browser.get("/account/devices/new/recovery").await;
    let page = browser
        .submit(&page, "recovery-codes", "submit", &[])
        .await
        .expect_status(200);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let text = page.text();
    let (_, rest) = text.split_once("<li><code>").unwrap();
    let (code, _) = rest.split_once("</code>").unwrap();
    let list = browser.get("/account/devices").await;
    assert!(list.text().contains("10 codes left"));
    assert!(!list.text().contains(code));

    let mut elsewhere = house.browser();
    let page = elsewhere.open("/account").await;
    let page = elsewhere.enter_password(&page, &bob).await;
    let other = page.text();
    let (before, _) = other.split_once("One of your recovery codes").unwrap();
    let id = &before[before.rfind("id=\"device-").unwrap() + 4..];
    let id = id.split('"').next().unwrap();
    let page = elsewhere.submit(&page, "select-device", id, &[]).await;
    let page = elsewhere
        .submit(&page, "one-time-code", "submit", &[("otp", code)])
        .await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    let list = elsewhere.get("/account/devices").await;
    assert!(list.text().contains("9 codes left"));
}

#[tokio::test]
async fn the_last_second_factor_stays_where_one_is_required() {
    let house = House::open_with(|settings| settings.second_factor = SecondFactor::Required).await;
    let bob = house.add_person_with_totp("bob").await;
    let mut browser = house.browser();
    let page = browser.open("/account").await;
    let page = browser.enter_password(&page, &bob).await;
    let code = bob.code_at(house.now());
    let filled = [("otp", code.as_str())];
    browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    let [device] = stored(&house, &bob).await.try_into().ok().unwrap();
    let path = format!("/account/devices/{}", device.id);
    let page = browser.get(&path).await;
    assert!(!page.has_form("device-remove"));
    assert!(page.text().contains("You need this one to sign in."));
    let token = page.form("device-rename");
    let token = token.value("csrf_token").unwrap();
    let form = [("csrf_token", token), ("action", "remove")];
    let refused = browser.post(&path, &form).await.expect_status(200);
    assert_eq!(
        alert(&refused),
        "You need this one to sign in. Add another before you remove it."
    );
}

#[tokio::test]
async fn only_what_is_used_here_can_be_added_and_anothers_device_is_not_there() {
    let house = House::open_with(|settings| {
        settings.policy.devices.allowed = vec![authn::evidence::FactorKind::Totp];
    })
    .await;
    let alice = house.add_person("alice").await;
    let bob = house.add_person_with_totp("bob").await;
    let mut browser = signed_on(&house, &alice).await;
    let page = browser.get("/account/devices").await;
    assert_eq!(page.text().matches("id=\"add-").count(), 1);
    for kind in ["passkey", "email", "nonsense"] {
        let page = browser.get(&format!("/account/devices/new/{kind}")).await;
        assert_eq!(page.status, 404, "{kind}");
    }
    let [others] = stored(&house, &bob).await.try_into().ok().unwrap();
    let path = format!("/account/devices/{}", others.id);
    let own = browser.get("/account/devices/new/totp").await;
    let own = own.form("device-new");
    let token = own.value("csrf_token").unwrap();
    for action in ["rename", "prefer", "resend", "cancel", "remove", "activate"] {
        let form = [
            ("csrf_token", token),
            ("action", action),
            ("name", "mine"),
            ("current_password", &alice.password),
        ];
        let reply = browser.post(&path, &form).await;
        assert_eq!(reply.status, 303, "{action}");
    }
    let [same] = stored(&house, &bob).await.try_into().ok().unwrap();
    assert_eq!((same.name.as_str(), same.position), ("phone", 0));
    let old = browser.get("/account/totp").await;
    assert_eq!(old.location().path(), "/account/devices");
}
