//! What is refused, and what it says.

use std::time::Duration;

use http::Method;
use serde_json::json;
use testkit::{House, RelyingParty};

use super::application::{Application, client, house, redirectless, refused};

async fn started() -> (House, RelyingParty, Application) {
    let house = house().await;
    let shop = client(&house, "shop", json!({})).await;
    let app = Application::started(&house, &redirectless(&shop)).await;
    (house, shop, app)
}

#[tokio::test]
async fn pingfederate_3_1_a_wrong_password_is_told_in_the_persons_language_and_not_which_part() {
    let (house, shop, _) = started().await;
    let ada = house.add_person("ada").await;
    let mut errors = Vec::new();
    for (name, password) in [
        ("ada", "wrong"),
        ("nobody", "wrong"),
        ("nobody", &*ada.password),
    ] {
        let mut app = Application::started(&house, &redirectless(&shop)).await;
        app.browser = app
            .browser
            .with_header("accept-language", "de-AT, en;q=0.5");
        let body = json!({ "username": name, "password": password });
        let reply = app.act("checkUsernamePassword", body).await;
        refused(
            &reply,
            400,
            "VALIDATION_ERROR",
            "CREDENTIAL_VALIDATION_FAILED",
        );
        errors.push(reply.json());
        // The flow goes on.
        let _ = app.read().await.expect_status(200);
        assert_eq!(app.status(), "USERNAME_PASSWORD_REQUIRED");
    }
    assert!(errors.windows(2).all(|pair| pair[0] == pair[1]));
    let told = errors[0]["userMessage"].as_str().unwrap();
    assert!(told.contains("Passwort"), "{told}");
    assert_eq!(errors[0]["details"][0]["userMessage"], told);
}

#[tokio::test]
async fn rts_4_3_b_a_block_looks_like_a_wrong_password() {
    let (house, shop, mut app) = started().await;
    let ada = house.add_person("ada").await;
    let wrong = json!({ "username": "ada", "password": "wrong" });
    for _ in 0..5 {
        app.act("checkUsernamePassword", wrong.clone()).await;
    }
    let before = app.answer.clone();
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    let blocked = app.enter_password(&ada).await;
    refused(
        &blocked,
        400,
        "VALIDATION_ERROR",
        "CREDENTIAL_VALIDATION_FAILED",
    );
    assert_eq!(app.answer, before);
    house.advance(Duration::from_mins(15));
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    app.enter_password(&ada).await;
    assert_eq!(app.status(), "COMPLETED");
}

#[tokio::test]
async fn pingfederate_3_1_every_request_needs_the_header_that_no_foreign_page_can_send() {
    let (house, _, mut app) = started().await;
    let address = format!("/pf-ws/authn/flows/{}", app.id);
    for method in [Method::GET, Method::POST] {
        let request = app.browser.request(method, &address).json(&json!({}));
        let reply = app.browser.send(request).await;
        refused(&reply, 403, "REQUEST_FAILED", "MISSING_XSRF_HEADER");
    }
    assert_eq!(house.passwords_verified(), 0);
}

#[tokio::test]
async fn pingfederate_3_1_what_cannot_be_understood_changes_nothing() {
    let (house, _, mut app) = started().await;
    let action = "application/vnd.pingidentity.checkUsernamePassword+json";
    let deep = format!(r#"{{"username":{}"#, "[".repeat(5_000));
    let long = format!(r#"{{"username":"{}","password":"x"}}"#, "x".repeat(200_000));
    let oversize = " ".repeat(300_000);
    for (media_type, body, status, code, detail) in [
        (
            "text/plain",
            "{}",
            415,
            "REQUEST_FAILED",
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (action, "{", 400, "VALIDATION_ERROR", "INVALID_REQUEST"),
        (action, "[]", 400, "VALIDATION_ERROR", "INVALID_REQUEST"),
        (action, &deep, 400, "VALIDATION_ERROR", "INVALID_REQUEST"),
        (action, &long, 400, "VALIDATION_ERROR", "REQUEST_TOO_LARGE"),
        (
            action,
            &oversize,
            400,
            "VALIDATION_ERROR",
            "REQUEST_TOO_LARGE",
        ),
        (action, "", 400, "VALIDATION_ERROR", "FIELD_REQUIRED"),
        (
            action,
            r#"{"username":"a","password":"b","x":1}"#,
            400,
            "VALIDATION_ERROR",
            "FIELD_UNKNOWN",
        ),
        (
            action,
            r#"{"username":"a","username":"b","password":"c"}"#,
            400,
            "VALIDATION_ERROR",
            "INVALID_REQUEST",
        ),
        (
            action,
            r#"{"username":["a"],"password":"b"}"#,
            400,
            "VALIDATION_ERROR",
            "FIELD_INVALID",
        ),
    ] {
        let request = app.request(Method::POST).body(media_type, body);
        let reply = app.browser.send(request).await;
        refused(&reply, status, code, detail);
    }
    assert_eq!(house.passwords_verified(), 0);
    let _ = app.read().await.expect_status(200);
    assert_eq!(app.status(), "USERNAME_PASSWORD_REQUIRED");
}

#[tokio::test]
async fn pingfederate_3_1_an_action_that_is_not_offered_is_refused() {
    let (_house, _shop, mut app) = started().await;
    for (action, body) in [
        ("checkOtp", json!({ "otp": "123456" })),
        ("resendOtp", json!({})),
        ("selectDevice", json!({ "deviceRef": { "id": "x" } })),
        ("checkusernamepassword", json!({})),
        ("checkChallengeResponse", json!({})),
        ("initiateRegistration", json!({})),
        ("allow", json!({})),
        ("", json!({})),
    ] {
        let reply = app.act(action, body).await;
        refused(&reply, 400, "INVALID_ACTION_ID", "");
    }
}

#[tokio::test]
async fn a_flow_is_nobodys_but_its_own_and_waits_a_quarter_of_an_hour() {
    let (house, shop, mut app) = started().await;
    let ada = house.add_person("ada").await;
    // Another browser, with a flow of its own or without.
    let mut other = Application::started(&house, &redirectless(&shop)).await;
    other.id.clone_from(&app.id);
    refused(&other.read().await, 404, "RESOURCE_NOT_FOUND", "");
    refused(
        &other.enter_password(&ada).await,
        404,
        "RESOURCE_NOT_FOUND",
        "",
    );
    let mut bare = Application::new(&house);
    bare.id.clone_from(&app.id);
    refused(&bare.read().await, 404, "RESOURCE_NOT_FOUND", "");
    for id in ["nothing", "0000000000000000000000000z", "%00"] {
        bare.id = id.to_owned();
        let reply = bare.read().await;
        assert_eq!(reply.status, 404, "{id}");
    }
    assert_eq!(house.passwords_verified(), 0);
    house.advance(Duration::from_mins(15));
    refused(
        &app.enter_password(&ada).await,
        404,
        "RESOURCE_NOT_FOUND",
        "",
    );
}

#[tokio::test]
async fn pages_and_the_api_do_not_lead_into_each_others_flows() {
    let (house, shop, mut app) = started().await;
    let page = format!("/as/{}/resume/as/authorization.ping", app.id);
    let reply = app.browser.get(&page).await;
    assert_eq!(
        (reply.status, reply.title().as_str()),
        (410, "This page has expired")
    );
    // The sign-on of a person's own account has pages only.
    let account = app.browser.get("/account").await.location();
    let id = account.path_segments().unwrap().nth(1).unwrap();
    app.id = id.to_owned();
    refused(&app.read().await, 404, "RESOURCE_NOT_FOUND", "");
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    assert!(page.has_form("sign-on"), "other requests are as they were");
}

#[tokio::test]
async fn methods_and_paths_that_there_are_not_are_told_in_the_same_form() {
    let (house, ..) = started().await;
    let put = house
        .http
        .request(Method::PUT, house.at("/pf-ws/authn/flows/x"));
    refused(
        &put.send().await,
        405,
        "REQUEST_FAILED",
        "METHOD_NOT_ALLOWED",
    );
}
