//! Registering, recovering what is forgotten and changing a password, without a page of ours.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{House, RelyingParty};

use super::application::{Application, allow, client, redirectless, refused};

const NEW: &str = "a password that is new";

async fn setting() -> (House, RelyingParty) {
    let house = House::open_with(|settings| {
        let identity = &mut settings.policy.identity;
        identity.recovery = true;
        identity.registration = true;
        identity.trusted_browser = Some(Duration::from_hours(720));
    })
    .await;
    allow(&house, json!({})).await;
    let shop = client(&house, "shop", json!({})).await;
    (house, shop)
}

async fn started() -> (House, RelyingParty, Application) {
    let (house, shop) = setting().await;
    let app = Application::started(&house, &redirectless(&shop)).await;
    (house, shop, app)
}

async fn come_to(app: &mut Application, action: &str, body: Value, status: &str) {
    let _ = app.act(action, body).await.expect_status(200);
    assert_eq!(app.status(), status, "{}", app.answer);
}

/// Who registers, as the widget sends it.
fn newcomer(name: &str, password: &str) -> Value {
    json!({
        "password": password,
        "fieldValues": {
            "username": name, "email": format!("{name}@example.com"),
            "given_name": "New", "family_name": "", "newpassword": password,
        },
    })
}

#[tokio::test]
async fn pingfederate_2_4_an_application_can_begin_with_the_registration() {
    let (house, shop) = setting().await;
    let request = redirectless(&shop).with("PolicyAction", "identity.registration");
    let app = Application::started(&house, &request).await;
    assert_eq!(app.status(), "REGISTRATION_REQUIRED");
    let request = redirectless(&shop).with("prompt", "create");
    let app = Application::started(&house, &request).await;
    assert_eq!(app.status(), "REGISTRATION_REQUIRED");
}

#[tokio::test]
async fn pingfederate_3_3_somebody_registers_and_is_signed_on() {
    let (house, _shop, mut app) = started().await;
    assert_eq!(
        app.offered(),
        [
            "cancel",
            "checkUsernamePassword",
            "initiateAccountRecovery",
            "initiatePasswordChange",
            "initiateRegistration",
            "recoverUsername"
        ]
    );
    come_to(
        &mut app,
        "initiateRegistration",
        json!({}),
        "REGISTRATION_REQUIRED",
    )
    .await;
    assert_eq!(app.offered(), ["cancel", "registerUser"]);
    let fields = app.answer["fields"].as_array().unwrap();
    let ids: Vec<_> = fields
        .iter()
        .map(|field| field["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["username", "email", "given_name", "family_name"]);
    assert_eq!(fields[1]["type"], "EMAIL");
    // Who has an account after all signs on.
    come_to(&mut app, "cancel", json!({}), "USERNAME_PASSWORD_REQUIRED").await;
    come_to(
        &mut app,
        "initiateRegistration",
        json!({}),
        "REGISTRATION_REQUIRED",
    )
    .await;
    let body = newcomer("nora", NEW);
    come_to(
        &mut app,
        "registerUser",
        body,
        "EMAIL_VERIFICATION_OTP_REQUIRED",
    )
    .await;
    assert_eq!(app.answer["email"], "nora@example.com");
    assert_eq!(
        app.offered(),
        ["cancel", "checkOtp", "resendOtp"],
        "nobody skips it"
    );
    let wrong = app.act("checkOtp", json!({ "otp": "AAAAAAAA" })).await;
    refused(&wrong, 400, "VALIDATION_ERROR", "INVALID_OTP");
    let early = app.act("resendOtp", json!({})).await;
    refused(&early, 400, "REQUEST_FAILED", "OTP_RESEND_TOO_SOON");
    let otp = json!({ "otp": house.mailed_code().await });
    come_to(&mut app, "checkOtp", otp, "AUTHENTICATION_REQUIRED").await;
    assert_eq!(app.offered(), ["authenticate"]);
    come_to(&mut app, "authenticate", json!({}), "COMPLETED").await;
    assert!(!app.code().is_empty());
    house.last_event("user.registered").await;
}

#[tokio::test]
async fn pingfederate_3_3_what_is_wrong_with_a_registration_is_told_by_its_field() {
    let (house, shop, mut app) = started().await;
    house.add_person("ada").await;
    app.act("initiateRegistration", json!({})).await;
    let mut bad = newcomer("nora", NEW);
    bad["fieldValues"]["shoe_size"] = json!("7");
    let reply = app.act("registerUser", bad).await;
    refused(&reply, 400, "VALIDATION_ERROR", "FIELD_UNKNOWN");
    let mut bad = newcomer("nora", NEW);
    bad["fieldValues"]["email"] = json!("");
    let reply = app.act("registerUser", bad).await;
    refused(&reply, 400, "VALIDATION_ERROR", "FIELD_REQUIRED");
    assert_eq!(reply.json()["details"][0]["target"], "email");
    let mut bad = newcomer("nora", NEW);
    bad["fieldValues"]["email"] = json!("nowhere");
    let reply = app.act("registerUser", bad).await;
    refused(&reply, 400, "VALIDATION_ERROR", "FIELD_INVALID");
    assert_eq!(reply.json()["details"][0]["target"], "email");
    let mut bad = newcomer("nora", NEW);
    bad["fieldValues"]["newpassword"] = json!("another");
    let reply = app.act("registerUser", bad).await;
    refused(
        &reply,
        400,
        "VALIDATION_ERROR",
        "PASSWORD_VALIDATION_FAILED",
    );
    let reply = app.act("registerUser", newcomer("nora", "short")).await;
    refused(
        &reply,
        400,
        "VALIDATION_ERROR",
        "PASSWORD_VALIDATION_FAILED",
    );
    let detail = &reply.json()["details"][0];
    assert_eq!(detail["failedValidators"][0]["code"], "PASSWORD_TOO_SHORT");
    assert_eq!(
        detail["failedValidators"][0]["userMessage"],
        "At least 8 characters"
    );
    assert_eq!(detail["satisfiedValidators"].as_array().unwrap().len(), 3);
    assert!(
        house.messages().await.is_empty(),
        "nobody is mailed to for that"
    );
    // That a name is taken is told to who has proven an address; they are asked for another.
    let mut taken = newcomer("ada", NEW);
    taken["fieldValues"]["email"] = json!("nora@example.com");
    come_to(
        &mut app,
        "registerUser",
        taken,
        "EMAIL_VERIFICATION_OTP_REQUIRED",
    )
    .await;
    let otp = json!({ "otp": house.mailed_code().await });
    come_to(&mut app, "checkOtp", otp, "REGISTRATION_REQUIRED").await;
    let error = &app.answer["authnError"];
    assert_eq!(error["code"], "REGISTRATION_FAILED");
    assert_eq!(error["details"][0]["target"], "username");
    drop(shop);
}

#[tokio::test]
async fn pingfederate_3_3_a_forgotten_password_is_recovered_by_mail() {
    let (house, _shop, mut app) = started().await;
    let ada = house.add_person_with_totp("ada").await;
    let start = "ACCOUNT_RECOVERY_USERNAME_REQUIRED";
    come_to(
        &mut app,
        "initiateAccountRecovery",
        json!({ "usernameHint": "ada" }),
        start,
    )
    .await;
    let name = json!({ "username": "ada" });
    come_to(
        &mut app,
        "checkAccountRecoveryUsername",
        name,
        "RECOVERY_CODE_REQUIRED",
    )
    .await;
    let wrong = app
        .act("checkRecoveryCode", json!({ "recoveryCode": "AAAAAAAA" }))
        .await;
    refused(&wrong, 400, "VALIDATION_ERROR", "INVALID_OTP");
    let code = json!({ "recoveryCode": house.mailed_code().await });
    come_to(
        &mut app,
        "checkRecoveryCode",
        code,
        "PASSWORD_RESET_REQUIRED",
    )
    .await;
    let new = json!({ "newPassword": NEW });
    come_to(
        &mut app,
        "checkPasswordReset",
        new,
        "SUCCESSFUL_PASSWORD_RESET",
    )
    .await;
    // A mailbox alone signs nobody on who has more.
    come_to(
        &mut app,
        "continueAccountRecovery",
        json!({}),
        "OTP_REQUIRED",
    )
    .await;
    let _ = app
        .enter_code(&ada.code_at(house.now()))
        .await
        .expect_status(200);
    assert!(!app.code().is_empty());
    house.last_event("password.reset").await;
}

#[tokio::test]
async fn rts_4_3_a_the_recovery_is_the_same_for_who_is_not_there() {
    let mut seen = Vec::new();
    for name in ["ada", "nobody"] {
        let (house, _shop, mut app) = started().await;
        house.add_person("ada").await;
        app.act("initiateAccountRecovery", json!({})).await;
        let asked = app.act("checkAccountRecoveryUsername", json!({ "username": name }));
        let asked = asked.await.expect_status(200).json()["status"].clone();
        let wrong = app
            .act("checkRecoveryCode", json!({ "recoveryCode": "AAAAAAAA" }))
            .await;
        seen.push((asked, wrong.status, wrong.json()));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn pingfederate_3_1_giving_up_a_recovery_leads_back_to_the_sign_on() {
    let (house, _shop, mut app) = started().await;
    house.add_person("ada").await;
    for (begin, cancel, operation) in [
        (
            "initiateAccountRecovery",
            "cancelAccountRecovery",
            "ACCOUNT_RECOVERY",
        ),
        (
            "recoverUsername",
            "cancelUsernameRecovery",
            "USERNAME_RECOVERY",
        ),
        (
            "initiatePasswordChange",
            "cancelPasswordChange",
            "PASSWORD_CHANGE",
        ),
    ] {
        let _ = app.act(begin, json!({})).await.expect_status(200);
        come_to(&mut app, cancel, json!({}), "CANCELED").await;
        assert_eq!(app.answer["canceledOperation"], operation);
        let _ = app.read().await.expect_status(200);
        assert_eq!(app.status(), "USERNAME_PASSWORD_REQUIRED");
    }
}

#[tokio::test]
async fn pingfederate_3_3_a_user_name_is_mailed() {
    let (house, _shop, mut app) = started().await;
    house.add_person("ada").await;
    for address in ["ada@example.com", "nobody@example.com"] {
        let state = "USERNAME_RECOVERY_EMAIL_REQUIRED";
        come_to(&mut app, "recoverUsername", json!({}), state).await;
        let email = json!({ "email": address });
        let sent = "USERNAME_RECOVERY_EMAIL_SENT";
        come_to(&mut app, "checkUsernameRecoveryEmail", email, sent).await;
        let on = "USERNAME_PASSWORD_REQUIRED";
        come_to(&mut app, "continueAuthentication", json!({}), on).await;
    }
    assert_eq!(house.messages().await.len(), 1);
}

#[tokio::test]
async fn pingfederate_3_3_a_password_is_changed_by_whoever_proves_it_and_their_second_factor() {
    let (house, shop, mut app) = started().await;
    let mut ada = house.add_person_with_totp("ada").await;
    let credentials = json!({ "username": "ada", "password": ada.password });
    let state = "CURRENT_CREDENTIALS_REQUIRED";
    come_to(&mut app, "initiatePasswordChange", json!({}), state).await;
    assert_eq!(
        app.offered(),
        ["cancelPasswordChange", "checkCurrentCredentials"]
    );
    let wrong = json!({ "username": "ada", "password": "wrong" });
    let wrong = app.act("checkCurrentCredentials", wrong).await;
    refused(
        &wrong,
        400,
        "VALIDATION_ERROR",
        "CREDENTIAL_VALIDATION_FAILED",
    );
    come_to(
        &mut app,
        "checkCurrentCredentials",
        credentials,
        "OTP_REQUIRED",
    )
    .await;
    let _ = app
        .enter_code(&ada.code_at(house.now()))
        .await
        .expect_status(200);
    assert_eq!(app.status(), "NEW_PASSWORD_REQUIRED");
    assert_eq!(app.answer["existingPasswordRequired"], false);
    let of = |name: &str| json!({ "username": name, "newPassword": NEW });
    let other = app.act("checkNewPassword", of("bob")).await;
    refused(&other, 400, "VALIDATION_ERROR", "FIELD_INVALID");
    let same = json!({ "username": "ada", "newPassword": ada.password });
    let same = app.act("checkNewPassword", same).await;
    refused(&same, 400, "VALIDATION_ERROR", "PASSWORD_VALIDATION_FAILED");
    come_to(
        &mut app,
        "checkNewPassword",
        of("ada"),
        "SUCCESSFUL_PASSWORD_CHANGE",
    )
    .await;
    come_to(&mut app, "continueAuthentication", json!({}), "COMPLETED").await;
    house.last_event("password.changed").await;
    NEW.clone_into(&mut ada.password);
    house.advance(Duration::from_secs(60));
    let mut again = Application::started(&house, &redirectless(&shop)).await;
    again.enter_password(&ada).await;
    assert_eq!(again.status(), "OTP_REQUIRED");
}

#[tokio::test]
async fn pingfederate_3_1_a_browser_is_trusted_that_its_person_says_is_theirs() {
    let (house, shop, mut app) = started().await;
    let ada = house.add_person_with_totp("ada").await;
    assert_eq!(app.answer["showThisIsMyDevice"], true);
    let credentials = json!({
        "username": "ada", "password": ada.password, "thisIsMyDevice": "true",
    });
    come_to(
        &mut app,
        "checkUsernamePassword",
        credentials.clone(),
        "OTP_REQUIRED",
    )
    .await;
    let _ = app
        .enter_code(&ada.code_at(house.now()))
        .await
        .expect_status(200);
    assert!(!app.code().is_empty());
    assert!(app.browser.cookie("PF.TRUST").is_some());
    app.start(&redirectless(&shop).with("prompt", "select_account"))
        .await;
    app.act("checkUsernamePassword", credentials.clone()).await;
    assert!(!app.code().is_empty(), "no second factor");
    // Who has no browser has none that is trusted.
    let bare = client(
        &house,
        "bare",
        json!({ "enableCookielessAuthenticationApi": true }),
    )
    .await;
    let mut app = Application::started(&house, &redirectless(&bare)).await;
    assert_eq!(app.answer["showThisIsMyDevice"], false);
    assert_eq!(app.answer["showRememberMyUsername"], false);
    app.act("checkUsernamePassword", credentials).await;
    assert_eq!(app.status(), "OTP_REQUIRED");
}

#[tokio::test]
async fn pingfederate_3_1_a_browser_remembers_a_user_name_for_as_long_as_it_is_to() {
    let (house, shop, mut app) = started().await;
    let ada = house.add_person("ada").await;
    assert_eq!(app.answer["showRememberMyUsername"], true);
    assert_eq!(app.answer["rememberMyUsernameSelected"], false);
    let wrong = json!({ "username": "ada", "password": "x", "rememberMyUsername": true });
    app.act("checkUsernamePassword", wrong).await;
    assert!(app.browser.cookie("PF.NAME").is_none());
    let mut credentials = json!({
        "username": "ada", "password": ada.password, "rememberMyUsername": true,
    });
    app.act("checkUsernamePassword", credentials.clone()).await;
    let anew = redirectless(&shop).with("prompt", "login");
    app.browser.forget("PF");
    app.start(&anew).await;
    assert_eq!(app.answer["username"], "ada");
    assert_eq!(app.answer["rememberMyUsernameSelected"], true);
    credentials["rememberMyUsername"] = json!(false);
    app.act("checkUsernamePassword", credentials).await;
    app.browser.forget("PF");
    app.start(&anew).await;
    assert!(app.answer.get("username").is_none(), "{}", app.answer);
}

#[tokio::test]
async fn pingfederate_3_3_who_must_change_their_password_is_told_so_and_shows_it_once_more() {
    let house = House::open_with(|settings| {
        let identity = &mut settings.policy.identity;
        identity.password_lifetime = Some(Duration::from_hours(24));
    })
    .await;
    allow(&house, json!({})).await;
    let shop = client(&house, "shop", json!({})).await;
    let ada = house.add_person("ada").await;
    house.advance(Duration::from_hours(25));
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    app.enter_password(&ada).await;
    assert_eq!(app.status(), "MUST_CHANGE_PASSWORD");
    assert_eq!(app.offered(), ["cancelPasswordChange", "checkNewPassword"]);
    let with = |current: &str| json!({ "username": "ada", "existingPassword": current, "newPassword": NEW });
    let wrong = app.act("checkNewPassword", with("wrong")).await;
    refused(
        &wrong,
        400,
        "VALIDATION_ERROR",
        "CREDENTIAL_VALIDATION_FAILED",
    );
    let body = with(&ada.password);
    come_to(
        &mut app,
        "checkNewPassword",
        body,
        "SUCCESSFUL_PASSWORD_CHANGE",
    )
    .await;
    come_to(&mut app, "continueAuthentication", json!({}), "COMPLETED").await;
}

#[tokio::test]
async fn pingfederate_3_3_a_name_that_was_given_is_taken_back_and_a_flow_begun_anew() {
    let house = House::open_with(|settings| {
        settings.policy.identity.identifier_first = true;
    })
    .await;
    allow(&house, json!({})).await;
    let shop = client(&house, "shop", json!({})).await;
    let ada = house.add_person_with_totp("ada").await;
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    assert_eq!(app.status(), "IDENTIFIER_REQUIRED");
    let offered = [
        "cancelIdentifierSubmission",
        "initiatePasswordChange",
        "submitIdentifier",
    ];
    assert_eq!(app.offered(), offered);
    let named = |name: &str| json!({ "identifier": name });
    come_to(
        &mut app,
        "submitIdentifier",
        named("bob"),
        "USERNAME_PASSWORD_REQUIRED",
    )
    .await;
    assert_eq!(app.answer["username"], "bob");
    come_to(
        &mut app,
        "clearIdentifier",
        named("bob"),
        "IDENTIFIER_REQUIRED",
    )
    .await;
    assert_eq!(app.answer["identifier"], "");
    come_to(
        &mut app,
        "submitIdentifier",
        named("ada"),
        "USERNAME_PASSWORD_REQUIRED",
    )
    .await;
    app.enter_password(&ada).await;
    assert_eq!(app.status(), "OTP_REQUIRED");
    come_to(&mut app, "restart", json!({}), "IDENTIFIER_REQUIRED").await;
    let code = ada.code_at(house.now());
    let reply = app.enter_code(&code).await;
    refused(&reply, 400, "INVALID_ACTION_ID", "");
}

#[tokio::test]
async fn pingfederate_3_3_a_new_password_is_recommended_before_the_old_one_is_too_old() {
    let house = House::open_with(|settings| {
        let identity = &mut settings.policy.identity;
        identity.password_lifetime = Some(Duration::from_hours(240));
        identity.password_warning = Some(Duration::from_hours(72));
    })
    .await;
    allow(&house, json!({})).await;
    let shop = client(&house, "shop", json!({})).await;
    let ada = house.add_person("ada").await;
    house.advance(Duration::from_hours(200));
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    app.enter_password(&ada).await;
    assert_eq!(app.status(), "NEW_PASSWORD_RECOMMENDED");
    assert_eq!(
        app.offered(),
        ["continueAuthentication", "initiatePasswordChange"]
    );
    assert_eq!(app.answer["daysToExpireMsg"], "in 2 days");
    come_to(&mut app, "continueAuthentication", json!({}), "COMPLETED").await;
    app.browser.forget("PF");
    app.start(&redirectless(&shop)).await;
    app.enter_password(&ada).await;
    come_to(
        &mut app,
        "initiatePasswordChange",
        json!({}),
        "NEW_PASSWORD_REQUIRED",
    )
    .await;
    let body = json!({ "username": "ada", "newPassword": NEW });
    come_to(
        &mut app,
        "checkNewPassword",
        body,
        "SUCCESSFUL_PASSWORD_CHANGE",
    )
    .await;
    come_to(&mut app, "continueAuthentication", json!({}), "COMPLETED").await;
}
