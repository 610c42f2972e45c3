//! A transaction that is approved with a passkey, over a challenge of the application's choosing.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use testkit::soft_authenticator::SoftAuthenticator;

use super::device::{ACTIVATE, Desk, ORIGIN, house, path};
use super::flow::{act, right, without_redirect};

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

#[tokio::test]
async fn pingone_1_4_a_passkey_signs_the_challenge_of_the_application() {
    let house = house().await;
    let env = house.add_environment("bank").await;
    let alice = env.add_person("alice").await;
    let desk = Desk::of(&house, &env, &alice);
    let fido2 = json!({ "type": "FIDO2", "rp": { "id": "id.example.com", "name": "Bank" } });
    let added = desk.add(fido2).await;
    let mut authenticator = SoftAuthenticator::at(ORIGIN);
    let asked = for_browser(&added["publicKeyCredentialCreationOptions"]);
    let made = authenticator.create(&asked).to_string();
    let made = json!({ "origin": ORIGIN, "attestation": made });
    let active = desk.post(&path(&added), ACTIVATE, made).await;
    let _ = active.expect_status(200);

    let shop = env.add_client_with("shop", json!({ "bypassApprovalPage": true }));
    let shop = shop.await;
    let chosen = b"a challenge that the bank has made up";
    let template = json!({
        "name": "transaction",
        "variables": {"sum": "99.95", "currency": "EUR", "recipient": "Demo Shop GmbH"},
    });
    let object = shop.assertion().with("sub", Value::Null);
    let object = object.with("pi.template", template);
    let object = object.with(
        "pi.webAuthn.challenge",
        json!(BASE64URL_NOPAD.encode(chosen)),
    );
    let object = object.signed_with_secret(shop.secret.as_deref().unwrap());
    let request = without_redirect(shop.request().with("request", &object));
    let mut browser = house.browser();
    let flow = browser.go(&request).await.expect_status(200).json();
    let flow = act(
        &mut browser,
        &flow,
        "usernamePassword.check",
        &right(&alice),
    )
    .await;
    let flow = flow.expect_status(200).json();
    assert_eq!(flow["status"], "ASSERTION_REQUIRED", "{flow}");
    let options = for_browser(&flow["publicKeyCredentialRequestOptions"]);
    assert_eq!(challenge(&options), chosen);
    // Over any other challenge nothing is approved.
    let mut other = options.clone();
    other["challenge"] = BASE64URL_NOPAD
        .encode(b"another challenge altogether")
        .into();
    let assertion = |signed: Value| json!({ "origin": ORIGIN, "assertion": signed.to_string() });
    let wrong = assertion(authenticator.sign(&other));
    let wrong = act(&mut browser, &flow, "assertion.check", &wrong).await;
    assert_eq!(
        wrong.expect_status(400).json()["details"][0]["target"],
        "assertion"
    );
    let signed = assertion(authenticator.sign(&options));
    let done = act(&mut browser, &flow, "assertion.check", &signed).await;
    let done = done.expect_status(200).json();
    assert_eq!(done["status"], "COMPLETED", "{done}");
    let code = done["authorizeResponse"]["code"].as_str().unwrap();
    let tokens = shop.exchange(&request, code).await.expect_status(200);
    let receipt = tokens.json()["approval_receipt"].clone();
    let claims = receipt.as_str().unwrap().split('.').nth(1).unwrap();
    let claims = BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let factors = claims["factors"].as_array().unwrap();
    let own = factors
        .iter()
        .find(|it| it["bound"] == "signature")
        .unwrap();
    assert_eq!(own["signature"]["challenge"], "requested");
    assert_eq!(
        claims["transaction"]["challenge"],
        BASE64URL_NOPAD.encode(chosen)
    );
    // What was signed once is accepted no second time, whatever it is asked for.
    let mut again = house.browser();
    let flow = again.go(&request).await;
    if flow.status == 200 {
        let flow = flow.json();
        let flow = act(&mut again, &flow, "usernamePassword.check", &right(&alice)).await;
        let flow = flow.expect_status(200).json();
        let replayed = act(&mut again, &flow, "assertion.check", &signed).await;
        assert_eq!(replayed.status, 400, "{}", replayed.text());
    }
}
