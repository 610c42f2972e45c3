//! A device is allowed without a page of ours.

use serde_json::{Value, json};
use testkit::{House, RelyingParty, Reply};

use super::application::{Application, house, refused};

const START: &str = "/as/user_authz.oauth2?response_mode=pi.flow";

async fn setting(settings: Value) -> (House, RelyingParty) {
    let house = house().await;
    house.set(settings).await;
    let fields = json!({ "grantTypes": ["DEVICE_CODE"], "bypassApprovalPage": true });
    let tv = house.add_client_with("tv", fields).await;
    (house, tv)
}

async fn begun(tv: &RelyingParty) -> Value {
    let asked = tv
        .call("/as/device_authz.oauth2", &[("scope", "openid")])
        .await;
    asked.expect_status(200).json()
}

async fn poll(tv: &RelyingParty, waiting: &Value) -> Reply {
    let code = waiting["device_code"].as_str().unwrap();
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    tv.token(&[("grant_type", grant), ("device_code", code)])
        .await
}

#[tokio::test]
async fn pingfederate_3_3_a_person_enters_the_code_of_their_device() {
    let (house, tv) = setting(json!({})).await;
    let ada = house.add_person("ada").await;
    let waiting = begun(&tv).await;
    let mut app = Application::new(&house);
    app.start_at(START).await;
    assert_eq!(app.status(), "USERNAME_PASSWORD_REQUIRED");
    let _ = app.enter_password(&ada).await.expect_status(200);
    assert_eq!(app.status(), "OAUTH_DEVICE_USER_CODE_REQUIRED");
    assert_eq!(app.offered(), ["cancel", "submitUserCode"]);
    let wrong = app
        .act("submitUserCode", json!({ "userCode": "BBBB-BBBB" }))
        .await;
    refused(&wrong, 400, "VALIDATION_ERROR", "INVALID_USER_CODE");
    let code = json!({ "userCode": waiting["user_code"] });
    let _ = app.act("submitUserCode", code).await.expect_status(200);
    assert_eq!(app.status(), "OAUTH_DEVICE_COMPLETED", "{}", app.answer);
    assert!(
        app.answer.get("authorizeResponse").is_none(),
        "tokens are the device's"
    );
    assert!(app.browser.cookie("PF").is_some());
    let _ = poll(&tv, &waiting).await.expect_status(200);
}

#[tokio::test]
async fn pingfederate_3_3_a_code_in_the_address_is_confirmed() {
    let (house, tv) = setting(json!({})).await;
    let ada = house.add_person("ada").await;
    let waiting = begun(&tv).await;
    let code = waiting["user_code"].as_str().unwrap();
    let mut app = Application::new(&house);
    app.start_at(&format!("{START}&user_code={code}")).await;
    let _ = app.enter_password(&ada).await.expect_status(200);
    assert_eq!(app.status(), "OAUTH_DEVICE_USER_CODE_CONFIRMATION_REQUIRED");
    assert_eq!(app.answer["userCode"], waiting["user_code"]);
    let other = app
        .act("confirmUserCode", json!({ "userCode": "BBBB-BBBB" }))
        .await;
    refused(&other, 400, "VALIDATION_ERROR", "INVALID_USER_CODE");
    let same = json!({ "userCode": code });
    let _ = app.act("confirmUserCode", same).await.expect_status(200);
    assert_eq!(app.status(), "OAUTH_DEVICE_COMPLETED");
    let _ = poll(&tv, &waiting).await.expect_status(200);
    // A code that no device has is asked for, and it is told why.
    app.start_at(&format!("{START}&user_code=BBBB-BBBB")).await;
    assert_eq!(app.status(), "OAUTH_DEVICE_USER_CODE_REQUIRED");
    assert!(app.answer["authnError"]["details"][0]["userMessage"].is_string());
    // Giving up denies it.
    let waiting = begun(&tv).await;
    let code = waiting["user_code"].as_str().unwrap();
    app.start_at(&format!("{START}&user_code={code}")).await;
    let _ = app.act("cancel", json!({})).await.expect_status(200);
    assert_eq!(app.status(), "FAILED");
    assert_eq!(poll(&tv, &waiting).await.json()["error"], "access_denied");
}

#[tokio::test]
async fn pingfederate_1_3_devices_are_allowed_without_cookies_where_that_is_set() {
    let cookieless = json!({
        "enableCookielessUserAuthorizationAuthenticationApi": true,
        "activationCodeCheckMode": "BEFORE_AUTHENTICATION",
    });
    let (house, tv) = setting(cookieless).await;
    let ada = house.add_person("ada").await;
    let waiting = begun(&tv).await;
    let mut app = Application::new(&house);
    app.start_at(START).await;
    assert_eq!(app.status(), "OAUTH_DEVICE_USER_CODE_REQUIRED");
    let code = json!({ "userCode": waiting["user_code"] });
    let _ = app.act("submitUserCode", code).await.expect_status(200);
    assert_eq!(app.status(), "USERNAME_PASSWORD_REQUIRED");
    let _ = app.enter_password(&ada).await.expect_status(200);
    assert_eq!(app.status(), "OAUTH_DEVICE_COMPLETED");
    assert!(app.browser.cookies("PF").is_empty());
    let _ = poll(&tv, &waiting).await.expect_status(200);
}
