//! Setting up a first device without a page of ours.

use std::time::Duration;

use authn::factor::webauthn::{AttestationPolicy, AttestationRoots, RelyingParty};
use authn::flow::{EnrolmentPolicy, WebAuthnPolicy};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};
use testkit::soft_authenticator::{SoftAttestation, SoftAuthenticator, SoftMaker};
use testkit::{House, Person, RelyingParty as Client, totp_code};
use web::Settings;

use super::application::{Application, allow, client, redirectless, refused};

const ORIGIN: &str = "http://localhost:9031";

struct Setting {
    house: House,
    shop: Client,
    ada: Person,
    app: Application,
}

/// Somebody without a device, who has presented their password.
async fn setting(change: impl FnOnce(&mut Settings)) -> Setting {
    let house = House::open_with(|settings| {
        settings.policy.devices.enrolment = EnrolmentPolicy::Offered;
        change(settings);
    })
    .await;
    allow(&house, json!({})).await;
    let shop = client(&house, "shop", json!({})).await;
    let ada = house.add_person("ada").await;
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    app.enter_password(&ada).await;
    assert_eq!(app.status(), "MFA_SETUP_REQUIRED");
    Setting {
        house,
        shop,
        ada,
        app,
    }
}

async fn come_to(app: &mut Application, action: &str, body: Value, status: &str) {
    let reply = app.act(action, body).await;
    assert_eq!(reply.status, 200, "{}", app.answer);
    assert_eq!(app.status(), status, "{}", app.answer);
}

async fn pair(app: &mut Application, device_type: &str, status: &str) {
    if app.status() == "MFA_SETUP_REQUIRED" {
        come_to(app, "setupMfa", json!({}), "DEVICE_PAIRING_METHOD_REQUIRED").await;
    }
    let method = json!({ "devicePairingMethod": { "deviceType": device_type, "userAgent": "x" } });
    come_to(app, "selectDevicePairingMethod", method, status).await;
}

#[tokio::test]
async fn pingfederate_3_3_an_app_is_set_up_named_and_asked_for_from_then_on() {
    let Setting {
        house,
        shop,
        ada,
        mut app,
    } = setting(|_| {}).await;
    assert_eq!(app.answer["allowSkipMfa"], true);
    let offered = ["cancelAuthentication", "restart", "setupMfa", "skipMfa"];
    assert_eq!(app.offered(), offered);
    come_to(
        &mut app,
        "setupMfa",
        json!({}),
        "DEVICE_PAIRING_METHOD_REQUIRED",
    )
    .await;
    let methods = app.answer["devicePairingMethods"].as_array().unwrap();
    let types: Vec<_> = methods.iter().map(|it| it["deviceType"].clone()).collect();
    assert_eq!(types, ["MOBILE", "TOTP", "SMS", "Voice", "Email"]);
    come_to(
        &mut app,
        "cancelDevicePairing",
        json!({}),
        "MFA_SETUP_REQUIRED",
    )
    .await;
    pair(&mut app, "TOTP", "TOTP_ACTIVATION_REQUIRED").await;
    let uri = app.answer["keyUri"].as_str().unwrap();
    let key = app.answer["pairingKey"].as_str().unwrap().to_owned();
    assert!(uri.starts_with("otpauth://totp/") && uri.contains(&key));
    let wrong = app
        .act("activateTotpDevice", json!({ "otp": "000000" }))
        .await;
    refused(&wrong, 400, "VALIDATION_ERROR", "INVALID_OTP");
    let other = app
        .act("activateSmsDevice", json!({ "otp": "000000" }))
        .await;
    refused(&other, 400, "INVALID_ACTION_ID", "");
    let code = json!({ "otp": totp_code(&key, house.now()) });
    come_to(&mut app, "activateTotpDevice", code, "MFA_COMPLETED").await;
    assert_eq!(app.answer["recoveryCodes"].as_array().unwrap().len(), 10);
    let id = app.answer["device"]["id"].clone();
    let of = |id: &Value| json!({ "id": id, "nickname": "Phone" });
    let reply = app.act("updateDeviceNickname", of(&json!("another"))).await;
    refused(&reply, 400, "VALIDATION_ERROR", "FIELD_INVALID");
    come_to(&mut app, "updateDeviceNickname", of(&id), "COMPLETED").await;
    house.last_event("device.renamed").await;
    house.advance(Duration::from_secs(60));
    let mut again = Application::new(&house);
    again.start(&redirectless(&shop)).await;
    again.enter_password(&ada).await;
    assert_eq!(again.status(), "OTP_REQUIRED");
    assert_eq!(again.answer["devices"][0]["nickname"], "Phone");
}

#[tokio::test]
async fn pingfederate_3_3_a_mailbox_is_proven_and_what_is_none_is_refused() {
    let Setting { house, mut app, .. } = setting(|_| {}).await;
    pair(&mut app, "Email", "EMAIL_PAIRING_TARGET_REQUIRED").await;
    let nowhere = app
        .act("submitEmailTarget", json!({ "email": "nowhere" }))
        .await;
    refused(
        &nowhere,
        400,
        "INVALID_DEVICE_TARGET",
        "INVALID_DEVICE_TARGET",
    );
    assert_eq!(nowhere.json()["details"][0]["target"], "email");
    let target = json!({ "email": "ada@home.example" });
    come_to(
        &mut app,
        "submitEmailTarget",
        target,
        "EMAIL_ACTIVATION_REQUIRED",
    )
    .await;
    assert_eq!(app.answer["email"], "a***@h***.example");
    let early = app.act("resendOtp", json!({})).await;
    refused(&early, 400, "REQUEST_FAILED", "OTP_RESEND_TOO_SOON");
    let code = json!({ "otp": house.sent_code().await });
    come_to(&mut app, "activateEmailDevice", code, "MFA_COMPLETED").await;
    come_to(&mut app, "continueAuthentication", json!({}), "COMPLETED").await;
    house.last_event("device.enrolled").await;
}

#[tokio::test]
async fn pingfederate_3_3_a_telephone_is_proven_by_a_message_or_a_call() {
    for (kind, place) in [("SMS", "SMS"), ("Voice", "VOICE")] {
        let Setting { house, mut app, .. } = setting(|_| {}).await;
        pair(&mut app, kind, &format!("{place}_PAIRING_TARGET_REQUIRED")).await;
        let submit = format!("submit{}Target", if kind == "SMS" { "Sms" } else { kind });
        let activate = format!("activate{}Device", if kind == "SMS" { "Sms" } else { kind });
        let nowhere = app.act(&submit, json!({ "phone": "nowhere" })).await;
        refused(
            &nowhere,
            400,
            "INVALID_DEVICE_TARGET",
            "INVALID_DEVICE_TARGET",
        );
        let target = json!({ "phone": "+4930123456" });
        let status = format!("{place}_ACTIVATION_REQUIRED");
        come_to(&mut app, &submit, target, &status).await;
        assert_eq!(app.answer["phone"], "*******56");
        // A call reads the digits out one by one.
        let told = house.last_told().await;
        let digits = told.chars().filter(char::is_ascii_digit);
        let code: String = digits.take(6).collect();
        let wrong = app.act(&activate, json!({ "otp": "000000" })).await;
        refused(&wrong, 400, "VALIDATION_ERROR", "INVALID_OTP");
        come_to(&mut app, &activate, json!({ "otp": code }), "MFA_COMPLETED").await;
        come_to(&mut app, "continueAuthentication", json!({}), "COMPLETED").await;
    }
}

#[tokio::test]
async fn pingfederate_3_3_it_is_put_off_where_it_may_be_and_given_up_elsewhere() {
    let Setting {
        house: _house,
        mut app,
        ..
    } = setting(|_| {}).await;
    come_to(&mut app, "skipMfa", json!({}), "COMPLETED").await;
    let strict = |settings: &mut Settings| {
        settings.second_factor = authn::flow::SecondFactor::Required;
    };
    let Setting {
        house: _house,
        mut app,
        ..
    } = setting(strict).await;
    assert_eq!(app.answer["allowSkipMfa"], false);
    let reply = app.act("skipMfa", json!({})).await;
    refused(&reply, 400, "INVALID_ACTION_ID", "");
    come_to(&mut app, "cancelAuthentication", json!({}), "FAILED").await;
    assert_eq!(app.answer["code"], "access_denied");
}

#[tokio::test]
async fn pingfederate_3_3_an_authenticator_is_waited_for() {
    let Setting {
        house: _house,
        mut app,
        ..
    } = setting(|_| {}).await;
    pair(&mut app, "MOBILE", "MOBILE_ACTIVATION_REQUIRED").await;
    let key = app.answer["pairingKey"].as_str().unwrap();
    assert!(key.contains("/authenticator#pair="), "{key}");
    come_to(&mut app, "poll", json!({}), "MOBILE_ACTIVATION_REQUIRED").await;
    come_to(
        &mut app,
        "cancelDevicePairing",
        json!({}),
        "DEVICE_PAIRING_METHOD_REQUIRED",
    )
    .await;
}

/// What a script sends of a new passkey.
fn made(app: &Application, authenticator: &mut SoftAuthenticator) -> Value {
    let options = app.answer["publicKeyCredentialCreationOptions"]
        .as_str()
        .unwrap();
    let mut options: Value = serde_json::from_str(options).unwrap();
    // Scripts make bytes of the numbers.
    for path in ["/challenge", "/user/id"] {
        let numbers = options.pointer_mut(path).unwrap();
        let bytes: Vec<u8> = serde_json::from_value(numbers.take()).unwrap();
        *numbers = BASE64URL_NOPAD.encode(&bytes).into();
    }
    let created = authenticator.create(&options);
    let usual = |value: &Value| {
        let text = value.as_str().unwrap_or_default().as_bytes();
        BASE64.encode(&BASE64URL_NOPAD.decode(text).unwrap())
    };
    let response = &created["response"];
    let credential = json!({
        "id": created["id"],
        "rawId": usual(&created["rawId"]),
        "type": "public-key",
        "response": {
            "clientDataJSON": usual(&response["clientDataJSON"]),
            "attestationObject": usual(&response["attestationObject"]),
        },
    });
    json!({ "attestation": credential.to_string(), "origin": ORIGIN })
}

fn with_policy(attestation: AttestationPolicy) -> impl FnOnce(&mut Settings) {
    |settings| {
        let party = RelyingParty::new("localhost", "Countersign", &[ORIGIN]).unwrap();
        settings.policy.devices.webauthn = Some(WebAuthnPolicy {
            attestation,
            ..WebAuthnPolicy::new(party)
        });
    }
}

#[tokio::test]
async fn pingfederate_3_3_a_passkey_is_made() {
    for activate in ["activateFido2Device", "activatePlatformDevice"] {
        makes_a_passkey(activate).await;
    }
}

async fn makes_a_passkey(activate: &str) {
    let Setting {
        house: _house,
        mut app,
        ..
    } = setting(with_policy(AttestationPolicy::None)).await;
    pair(&mut app, "FIDO2", "FIDO2_ACTIVATION_REQUIRED").await;
    let mut authenticator = SoftAuthenticator::at(ORIGIN);
    let nonsense = json!({ "attestation": "{}", "origin": ORIGIN });
    let reply = app.act(activate, nonsense).await;
    refused(&reply, 400, "VALIDATION_ERROR", "FIELD_INVALID");
    let _ = app.read().await;
    let credential = made(&app, &mut authenticator);
    come_to(&mut app, activate, credential, "MFA_COMPLETED").await;
    come_to(&mut app, "continueAuthentication", json!({}), "COMPLETED").await;
}

#[tokio::test]
async fn webauthn_7_1_24_an_authenticator_must_be_vouched_for_where_that_is_set() {
    let (maker, stranger) = (SoftMaker::new(), SoftMaker::new());
    let (model, other) = ([7; 16], [8; 16]);
    let root = maker.root();
    let roots = AttestationRoots::new([root.as_slice()]).unwrap();
    let models = vec![domain::Aaguid::from_bytes(model)];
    let policy = AttestationPolicy::Trusted { roots, models };
    let Setting {
        house: _house,
        mut app,
        ..
    } = setting(with_policy(policy)).await;
    pair(&mut app, "SECURITY_KEY", "SECURITY_KEY_ACTIVATION_REQUIRED").await;
    let asked = app.answer["publicKeyCredentialCreationOptions"].as_str();
    assert!(asked.unwrap().contains(r#""attestation":"direct""#));
    let key = |maker: &SoftMaker, model: [u8; 16]| {
        let mut authenticator = SoftAuthenticator::at(ORIGIN);
        authenticator.attestation = SoftAttestation::Packed;
        authenticator.attestation_key = Some(maker.attestation_key(model));
        authenticator.aaguid = model;
        authenticator
    };
    let mut plain = SoftAuthenticator::at(ORIGIN);
    plain.aaguid = model;
    for mut refused_key in [plain, key(&stranger, model), key(&maker, other)] {
        let credential = made(&app, &mut refused_key);
        let reply = app.act("activateSecurityKeyDevice", credential).await;
        refused(&reply, 400, "VALIDATION_ERROR", "INVALID_ATTESTATION");
        let _ = app.read().await;
    }
    let credential = made(&app, &mut key(&maker, model));
    come_to(
        &mut app,
        "activateSecurityKeyDevice",
        credential,
        "MFA_COMPLETED",
    )
    .await;
}
