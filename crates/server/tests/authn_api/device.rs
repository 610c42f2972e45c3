//! The second factor.

use std::time::Duration;

use jose::jws::{Algorithm, SigningKey};
use serde_json::{Value, json};
use testkit::House;

use super::application::{Application, client, house, redirectless, refused};

#[tokio::test]
async fn pingfederate_3_3_the_code_of_an_app_is_asked_for_after_the_password() {
    let house = house().await;
    let ada = house.add_person_with_totp("ada").await;
    let shop = client(&house, "shop", json!({})).await;
    let request = redirectless(&shop);
    let mut app = Application::started(&house, &request).await;
    app.enter_password(&ada).await;
    assert_eq!(app.status(), "OTP_REQUIRED");
    assert_eq!(
        app.offered(),
        [
            "cancelAuthentication",
            "checkOtp",
            "manageDevices",
            "restart"
        ]
    );
    let device = &app.answer["devices"][0];
    assert_eq!(device["type"], "TOTP");
    assert_eq!(app.answer["selectedDeviceRef"]["id"], device["id"]);
    assert_eq!(app.answer["changeDevicePermitted"], false);
    assert_eq!(app.answer["user"], json!({ "username": "ada" }));
    let wrong = app.enter_code("000000").await;
    refused(&wrong, 400, "VALIDATION_ERROR", "INVALID_OTP");
    let _ = app.read().await;
    app.enter_code(&ada.code_at(house.now())).await;
    let code = app.code().to_owned();
    let tokens = shop.exchange(&request, &code).await.expect_status(200);
    let tokens = shop.tokens(&tokens).await;
    assert_eq!(tokens.id_claims["amr"], json!(["pwd", "otp", "mfa"]));
}

#[tokio::test]
async fn pingfederate_3_3_a_code_is_sent_at_once_another_device_can_be_selected_and_it_be_resent() {
    let house = house().await;
    let carol = house.add_person_with_mailbox("carol").await;
    let shop = client(&house, "shop", json!({})).await;
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    app.enter_password(&carol).await;
    assert_eq!(app.status(), "OTP_REQUIRED");
    let offered = [
        "cancelAuthentication",
        "checkOtp",
        "manageDevices",
        "resendOtp",
        "restart",
        "selectDevice",
    ];
    assert_eq!(app.offered(), offered);
    let devices = app.answer["devices"].clone();
    assert_eq!(devices[0]["type"], "Email");
    assert_eq!(devices[0]["target"], "c***@e***.com");
    assert_eq!(devices[1]["type"], "SMS");
    assert!(!app.answer.to_string().contains("carol@example.com"));
    assert_eq!(house.messages().await.len(), 1);
    let early = app.act("resendOtp", json!({})).await;
    refused(&early, 400, "REQUEST_FAILED", "OTP_RESEND_TOO_SOON");
    let unknown = json!({ "deviceRef": { "id": "not-a-device" } });
    let refused_device = app.act("selectDevice", unknown).await;
    refused(&refused_device, 400, "VALIDATION_ERROR", "FIELD_INVALID");
    let sms = json!({ "deviceRef": { "id": devices[1]["id"] } });
    let _ = app.act("selectDevice", sms).await.expect_status(200);
    assert_eq!(app.answer["selectedDeviceRef"]["id"], devices[1]["id"]);
    let first = house.sent_code().await;
    house.advance(Duration::from_secs(30));
    let _ = app.act("resendOtp", json!({})).await.expect_status(200);
    assert_eq!(house.messages().await.len(), 3);
    let stale = app.enter_code(&first).await;
    refused(&stale, 400, "VALIDATION_ERROR", "INVALID_OTP");
    let code = house.sent_code().await;
    app.enter_code(&code).await;
    assert_eq!(app.status(), "COMPLETED");
}

/// Somebody with a mailbox and a telephone who sees to them.
async fn managing(house: &House) -> (Application, Value) {
    let carol = house.add_person_with_mailbox("carol").await;
    let shop = client(house, "shop", json!({})).await;
    let mut app = Application::started(house, &redirectless(&shop)).await;
    app.enter_password(&carol).await;
    let devices = app.answer["devices"].clone();
    let _ = app.act("manageDevices", json!({})).await.expect_status(200);
    assert_eq!(app.status(), "OTP_REQUIRED");
    let code = house.sent_code().await;
    app.enter_code(&code).await;
    assert_eq!(app.status(), "DEVICE_MANAGEMENT");
    (app, devices)
}

fn reference(devices: &Value, index: usize) -> Value {
    json!({ "deviceRef": { "id": devices[index]["id"] } })
}

/// The type of each device, whether it is asked first, and whether it can be removed.
fn told(app: &Application) -> Vec<(&str, bool, bool)> {
    let told = app.answer["devices"].as_array().unwrap().iter();
    let flag = |device: &Value, name: &str| device[name].as_bool().unwrap();
    told.map(|it| {
        let kind = it["type"].as_str().unwrap();
        (kind, flag(it, "default"), flag(it, "removable"))
    })
    .collect()
}

#[tokio::test]
async fn pingfederate_3_3_devices_are_managed_on_the_way_by_who_has_just_proven_one() {
    let house = house().await;
    let (mut app, devices) = managing(&house).await;
    let offered = [
        "cancelAuthentication",
        "continueAuthentication",
        "removeDevice",
        "restart",
        "setDefaultDevice",
    ];
    assert_eq!(app.offered(), offered);
    assert_eq!(app.answer["user"], json!({ "username": "carol" }));
    let (mail, sms) = (("Email", true, false), ("SMS", false, true));
    assert_eq!(told(&app), [mail, sms]);
    let first = app.act("setDefaultDevice", reference(&devices, 1)).await;
    let _ = first.expect_status(200);
    let (mail, sms) = (("Email", false, false), ("SMS", true, true));
    assert_eq!(told(&app), [sms, mail]);
    let removed = app.act("removeDevice", reference(&devices, 1)).await;
    let _ = removed.expect_status(200);
    assert_eq!(told(&app), [("Email", true, false)]);
    let _ = app.act("continueAuthentication", json!({})).await;
    assert!(!app.code().is_empty());
}

#[tokio::test]
async fn devices_are_not_managed_before_one_is_proven_and_the_one_that_is_stays() {
    let house = house().await;
    let (mut app, devices) = managing(&house).await;
    let kept = app.act("removeDevice", reference(&devices, 0)).await;
    refused(&kept, 400, "REQUEST_FAILED", "DEVICE_NEEDED");
    let unknown = json!({ "deviceRef": { "id": "not-a-device" } });
    let unknown = app.act("removeDevice", unknown).await;
    refused(&unknown, 400, "VALIDATION_ERROR", "FIELD_INVALID");
    let dan = house.add_person_with_mailbox("dan").await;
    let shop = client(&house, "other", json!({})).await;
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    for early in ["manageDevices", "removeDevice", "setDefaultDevice"] {
        let body = match early {
            "manageDevices" => json!({}),
            _ => reference(&devices, 1),
        };
        refused(&app.act(early, body).await, 400, "INVALID_ACTION_ID", "");
    }
    app.enter_password(&dan).await;
    let early = app.act("removeDevice", reference(&devices, 1)).await;
    refused(&early, 400, "INVALID_ACTION_ID", "");
}

#[tokio::test]
async fn giving_up_at_the_second_factor_fails_the_request() {
    let house = house().await;
    let ada = house.add_person_with_totp("ada").await;
    let shop = client(&house, "shop", json!({})).await;
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    app.enter_password(&ada).await;
    refused(
        &app.act("cancel", json!({})).await,
        400,
        "INVALID_ACTION_ID",
        "",
    );
    app.act("cancelAuthentication", json!({})).await;
    assert_eq!(
        (app.status(), &app.answer["code"]),
        ("FAILED", &json!("access_denied"))
    );
    assert!(app.browser.cookie("PF").is_none());
}

#[tokio::test]
async fn what_is_to_be_approved_is_told_before_the_second_factor_is_given() {
    let house = house().await;
    let ada = house.add_person_with_mailbox("ada").await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let jwks = json!({ "keys": [key.jwk().to_public_value().unwrap()] }).to_string();
    let shop = client(&house, "shop", json!({ "jwksSettings": { "jwks": jwks } })).await;
    let request = redirectless(&shop);
    let payment = json!({
        "name": "transaction",
        "variables": { "sum": "99.95", "currency": "EUR", "recipient": "Demo Shop GmbH" },
    });
    let object = shop.request_object(&request).with("pi.template", payment);
    let object = object.signed(&key);
    let mut app = Application::started(&house, &request.carried("request", &object)).await;
    app.enter_password(&ada).await;
    assert_eq!(app.status(), "OTP_REQUIRED");
    let told = app.answer["transaction"]["text"].as_str().unwrap();
    assert!(
        told.contains("99.95") && told.contains("Demo Shop GmbH"),
        "{told}"
    );
    let code = house.sent_code().await;
    app.enter_code(&code).await;
    assert!(!app.code().is_empty());
}
