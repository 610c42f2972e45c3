//! Passkeys and security keys, as a browser's script hands them on.

use authn::factor::webauthn::RelyingParty;
use authn::flow::WebAuthnPolicy;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};
use testkit::soft_authenticator::SoftAuthenticator;
use testkit::{House, Person};

use super::application::{Application, allow, client, redirectless, refused};

const ORIGIN: &str = "http://localhost:9031";

struct Setting {
    house: House,
    ada: Person,
    authenticator: SoftAuthenticator,
    app: Application,
}

async fn setting(passwordless: bool) -> Setting {
    with_names(passwordless, false).await
}

/// The same, where names may be asked for on a page of their own.
async fn with_names(passwordless: bool, identifier_first: bool) -> Setting {
    let party = RelyingParty::new("localhost", "Countersign", &[ORIGIN]).unwrap();
    let policy = WebAuthnPolicy {
        passwordless,
        ..WebAuthnPolicy::new(party)
    };
    let set = policy.clone();
    let house = House::open_with(|settings| {
        settings.policy.devices.webauthn = Some(set);
        settings.policy.identity.identifier_first = identifier_first;
    })
    .await;
    allow(&house, json!({})).await;
    let ada = house.add_person("ada").await;
    let mut authenticator = SoftAuthenticator::at(ORIGIN);
    house.add_passkey(&ada, &policy, &mut authenticator).await;
    let shop = client(&house, "shop", json!({})).await;
    let app = Application::started(&house, &redirectless(&shop)).await;
    Setting {
        house,
        ada,
        authenticator,
        app,
    }
}

impl Setting {
    /// What a script sends: bytes in base 64 of the usual alphabet, and no members besides.
    fn assertion(&mut self) -> Value {
        let options = &self.app.answer["publicKeyCredentialRequestOptions"];
        let signed = self.authenticator.sign(options);
        let usual = |value: &Value| {
            let text = value.as_str().unwrap_or_default().as_bytes();
            BASE64.encode(&BASE64URL_NOPAD.decode(text).unwrap())
        };
        let response = &signed["response"];
        let credential = json!({
            "id": signed["id"],
            "rawId": usual(&signed["rawId"]),
            "type": "public-key",
            "response": {
                "clientDataJSON": usual(&response["clientDataJSON"]),
                "authenticatorData": usual(&response["authenticatorData"]),
                "signature": usual(&response["signature"]),
                "userHandle": usual(&response["userHandle"]),
            },
        });
        json!({
            "assertion": credential.to_string(),
            "origin": "https://whatever.the.script.says",
            "compatibility": "FULL",
        })
    }
}

#[tokio::test]
async fn pingfederate_3_3_a_passkey_takes_the_place_of_user_name_and_password() {
    let mut it = setting(true).await;
    assert_eq!(
        it.app.offered(),
        [
            "cancel",
            "checkAssertion",
            "checkUsernamePassword",
            "initiatePasswordChange"
        ]
    );
    let options = &it.app.answer["publicKeyCredentialRequestOptions"];
    assert_eq!(options["allowCredentials"], json!([]), "nobody is known");
    assert_eq!(options["userVerification"], "required");
    assert!(options["challenge"][0].is_u64(), "an array of bytes");
    let assertion = it.assertion();
    it.app.act("checkAssertion", assertion).await;
    assert!(!it.app.code().is_empty());
}

#[tokio::test]
async fn pingfederate_3_3_a_security_key_is_the_second_factor() {
    let mut it = setting(false).await;
    assert_eq!(
        it.app.offered(),
        ["cancel", "checkUsernamePassword", "initiatePasswordChange"]
    );
    it.app.enter_password(&it.ada).await;
    if it.app.status() == "DEVICE_SELECTION_REQUIRED" {
        assert_eq!(
            it.app.offered(),
            ["cancelAuthentication", "restart", "selectDevice"]
        );
        let device = it.app.answer["devices"][0]["id"].clone();
        let choice = json!({ "deviceRef": { "id": device } });
        it.app.act("selectDevice", choice).await;
    }
    assert_eq!(it.app.status(), "ASSERTION_REQUIRED");
    let device = &it.app.answer["devices"][0];
    assert_eq!(
        (&device["type"], &device["rpId"]),
        (&json!("FIDO2"), &json!("localhost"))
    );
    let options = &it.app.answer["publicKeyCredentialRequestOptions"];
    assert!(options["allowCredentials"][0]["id"][0].is_u64());
    let assertion = it.assertion();
    it.app.act("checkAssertion", assertion).await;
    assert!(!it.app.code().is_empty());
}

#[tokio::test]
async fn what_was_signed_elsewhere_before_or_not_at_all_is_not_accepted() {
    let mut it = setting(true).await;
    let nonsense = json!({ "assertion": "nonsense", "origin": "", "compatibility": "" });
    let reply = it.app.act("checkAssertion", nonsense).await;
    refused(
        &reply,
        400,
        "VALIDATION_ERROR",
        "CREDENTIAL_VALIDATION_FAILED",
    );
    let _ = it.app.read().await;
    it.authenticator.origin = "https://evil.example".to_owned();
    let elsewhere = it.assertion();
    let reply = it.app.act("checkAssertion", elsewhere).await;
    refused(
        &reply,
        400,
        "VALIDATION_ERROR",
        "CREDENTIAL_VALIDATION_FAILED",
    );
    // A challenge is good once.
    let _ = it.app.read().await;
    it.authenticator.origin = ORIGIN.to_owned();
    let good = it.assertion();
    let options = it.app.answer["publicKeyCredentialRequestOptions"].clone();
    it.authenticator.origin = "https://evil.example".to_owned();
    let bad = it.assertion();
    it.app.act("checkAssertion", bad).await;
    let reply = it.app.act("checkAssertion", good).await;
    refused(
        &reply,
        400,
        "VALIDATION_ERROR",
        "CREDENTIAL_VALIDATION_FAILED",
    );
    let _ = it.app.read().await;
    assert_ne!(it.app.answer["publicKeyCredentialRequestOptions"], options);
    assert!(it.house.passwords_verified() == 0 && it.app.status() == "USERNAME_PASSWORD_REQUIRED");
}

#[tokio::test]
async fn pingfederate_3_3_a_passkey_signs_on_also_where_the_name_comes_first() {
    let mut it = with_names(true, true).await;
    assert_eq!(it.app.status(), "IDENTIFIER_REQUIRED");
    assert!(it.app.offered().contains(&"checkAssertion"));
    let nonsense = json!({ "assertion": "{}", "origin": ORIGIN, "compatibility": "FULL" });
    let reply = it.app.act("checkAssertion", nonsense).await;
    refused(
        &reply,
        400,
        "VALIDATION_ERROR",
        "CREDENTIAL_VALIDATION_FAILED",
    );
    let _ = it.app.read().await;
    let assertion = it.assertion();
    it.app.act("checkAssertion", assertion).await;
    assert!(!it.app.code().is_empty());
    // Who wants to change a password proves that they know it.
    let it = with_names(true, true).await;
    let mut app = it.app;
    app.act("initiatePasswordChange", json!({})).await;
    assert!(!app.offered().contains(&"checkAssertion"));
}
