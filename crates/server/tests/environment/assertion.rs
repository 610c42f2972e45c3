//! A transaction that is approved with a passkey, over a challenge of the application's choosing.

use data_encoding::BASE64URL_NOPAD;
use http::Method;
use serde_json::{Value, json};
use testkit::html::unescape;
use testkit::soft_authenticator::SoftAuthenticator;
use testkit::{AuthorizationRequest, Browser, Environment, House, RelyingParty, Reply};

use super::device::{ACTIVATE, Desk, ORIGIN, house, path};
use super::flow::{act, right, without_redirect};
use super::management::Management;

/// The challenge that is asked for, whether it is text or a list of numbers.
fn challenge(options: &Value) -> Vec<u8> {
    match &options["challenge"] {
        Value::String(text) => BASE64URL_NOPAD.decode(text.as_bytes()).unwrap(),
        numbers => serde_json::from_value(numbers.clone()).unwrap(),
    }
}

/// Options as the scripts of an application hand them to the browser: with the challenge in base64url.
fn for_browser(options: &Value) -> Value {
    let mut options: Value = serde_json::from_str(options.as_str().unwrap()).unwrap();
    options["challenge"] = BASE64URL_NOPAD.encode(&challenge(&options)).into();
    options
}

/// What the person has, who is paired with it.
async fn passkey(desk: &Desk<'_>) -> SoftAuthenticator {
    let fido2 = json!({ "type": "FIDO2", "rp": { "id": "id.example.com", "name": "Bank" } });
    let added = desk.add(fido2).await;
    let mut authenticator = SoftAuthenticator::at(ORIGIN);
    let asked = for_browser(&added["publicKeyCredentialCreationOptions"]);
    let made = authenticator.create(&asked).to_string();
    let made = json!({ "origin": ORIGIN, "attestation": made });
    let active = desk.post(&path(&added), ACTIVATE, made).await;
    let _ = active.expect_status(200);
    authenticator
}

/// A payment to be signed over this challenge.
fn payment(shop: &RelyingParty, challenge: &[u8]) -> AuthorizationRequest {
    let template = json!({
        "name": "transaction",
        "variables": {"sum": "99.95", "currency": "EUR", "recipient": "Demo Shop GmbH"},
    });
    let challenge = json!(BASE64URL_NOPAD.encode(challenge));
    let object = shop.assertion().with("sub", Value::Null);
    let object = object.with("pi.template", template);
    let object = object.with("pi.webAuthn.challenge", challenge);
    let object = object.signed_with_secret(shop.secret.as_deref().unwrap());
    without_redirect(shop.request().with("request", &object))
}

fn claims_of(token: &Value) -> Value {
    let claims = token.as_str().unwrap().split('.').nth(1).unwrap();
    let claims = BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

fn assertion(signed: &Value) -> Value {
    json!({ "origin": ORIGIN, "assertion": signed.to_string() })
}

#[tokio::test]
async fn pingone_1_4_a_passkey_signs_the_challenge_of_the_application() {
    let house = house().await;
    let env = house.add_environment("bank").await;
    let alice = env.add_person("alice").await;
    let mut authenticator = passkey(&Desk::of(&house, &env, &alice)).await;
    let shop = env.add_client_with("shop", json!({ "bypassApprovalPage": true }));
    let shop = shop.await;
    let chosen = b"a challenge that the bank has made up";
    let request = payment(&shop, chosen);
    let mut browser = house.browser();
    let asked = async |browser: &mut Browser| {
        let flow = browser.go(&request).await.expect_status(200).json();
        let flow = act(browser, &flow, "usernamePassword.check", &right(&alice)).await;
        flow.expect_status(200).json()
    };
    let flow = asked(&mut browser).await;
    assert_eq!(flow["status"], "ASSERTION_REQUIRED", "{flow}");
    let options = for_browser(&flow["publicKeyCredentialRequestOptions"]);
    assert_eq!(challenge(&options), chosen);
    // Over any other challenge nothing is approved.
    let mut other = options.clone();
    other["challenge"] = BASE64URL_NOPAD
        .encode(b"another challenge altogether")
        .into();
    let wrong = assertion(&authenticator.sign(&other));
    let wrong = act(&mut browser, &flow, "assertion.check", &wrong).await;
    let wrong = wrong.expect_status(400).json();
    assert_eq!(wrong["details"][0]["target"], "assertion");
    let signed = assertion(&authenticator.sign(&options));
    let done = act(&mut browser, &flow, "assertion.check", &signed).await;
    let done = done.expect_status(200).json();
    assert_eq!(done["status"], "COMPLETED", "{done}");
    let code = done["authorizeResponse"]["code"].as_str().unwrap();
    let tokens = shop.exchange(&request, code).await.expect_status(200);
    let claims = claims_of(&tokens.json()["approval_receipt"]);
    let mut factors = claims["factors"].as_array().unwrap().iter();
    let own = factors.find(|it| it["bound"] == "signature").unwrap();
    assert_eq!(own["signature"]["challenge"], "requested");
    let told = &claims["transaction"]["challenge"];
    assert_eq!(*told, BASE64URL_NOPAD.encode(chosen));
    // What was signed once is accepted no second time.
    let mut again = house.browser();
    let flow = asked(&mut again).await;
    let replayed = act(&mut again, &flow, "assertion.check", &signed).await;
    let _ = replayed.expect_status(400);
}

/// What the script of a page asks the browser for.
fn asked_by(page: &Reply) -> Value {
    let text = page.text();
    let (_, rest) = text.split_once("data-webauthn=\"").unwrap();
    serde_json::from_str(&unescape(rest.split_once('"').unwrap().0)).unwrap()
}

/// The environment's people are verified by their keys, and have two minutes to pair an authenticator.
async fn demand(house: &House, env: &Environment<'_>) {
    let add = async |below: &str, body: Value| {
        let path = format!("/environments/{}{below}", env.id);
        let added = Management(house).send(Method::POST, &path, &body).await;
        added.expect_status(201).json()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let minutes = json!({ "duration": 2, "timeUnit": "MINUTES" });
    let devices = json!({
        "name": "Devices", "default": true,
        "fido2": { "enabled": true, "userVerification": "REQUIRED" },
        "mobile": { "enabled": true, "pairingKeyLifetime": minutes },
    });
    let devices = add("/deviceAuthenticationPolicies", devices).await;
    let policy = json!({ "name": "Two_Factors", "default": true });
    let policy = add("/signOnPolicies", policy).await;
    let actions = format!("/signOnPolicies/{policy}/actions");
    add(&actions, json!({ "type": "LOGIN", "priority": 1 })).await;
    let second = json!({
        "type": "MULTI_FACTOR_AUTHENTICATION", "priority": 2, "noDevicesMode": "BYPASS",
        "deviceAuthenticationPolicy": { "id": devices },
    });
    add(&actions, second).await;
}

#[tokio::test]
async fn pingone_1_8_a_browser_is_asked_for_the_verification_that_the_policy_demands() {
    let house = house().await;
    let env = house.add_environment("bank").await;
    let alice = env.add_person("alice").await;
    let _ = passkey(&Desk::of(&house, &env, &alice)).await;
    let shop = env.add_client_with("shop", json!({ "bypassApprovalPage": true }));
    let shop = shop.await;
    let asked = async || {
        let mut browser = house.browser();
        let page = browser.go(&shop.request()).await;
        let page = browser.enter_password(&page, &alice).await;
        let mut browser = house.browser();
        let flow = browser.go(&without_redirect(shop.request())).await.json();
        let flow = act(
            &mut browser,
            &flow,
            "usernamePassword.check",
            &right(&alice),
        )
        .await;
        let options = for_browser(&flow.json()["publicKeyCredentialRequestOptions"]);
        [asked_by(&page), options].map(|it| it["userVerification"].clone())
    };
    assert_eq!(asked().await, ["preferred", "preferred"]);
    demand(&house, &env).await;
    assert_eq!(asked().await, ["required", "required"]);
}

#[tokio::test]
async fn pingone_1_8_the_account_sets_up_devices_as_the_policy_says() {
    let house = house().await;
    let env = house.add_environment("bank").await;
    demand(&house, &env).await;
    let bob = env.add_person("bob").await;
    let mut browser = house.browser();
    let page = browser.open(&env.at("/account")).await;
    let _ = browser.enter_password(&page, &bob).await;
    let password = [("current_password", bob.password.as_str())];
    let mut add = async |kind: &str, filled: &[(&str, &str)]| {
        let page = env.at(&format!("/account/devices/new/{kind}"));
        let page = browser.get(&page).await;
        browser.submit(&page, "device-new", "submit", filled).await
    };
    let options = asked_by(&add("passkey", &[]).await);
    let selection = &options["authenticatorSelection"];
    assert_eq!(selection["userVerification"], "required", "{options}");
    let page = add("authenticator", &password).await;
    assert!(page.text().contains("2 minutes"), "{page:?}");
}
