//! From a request to its code without any redirect.

use http::Method;
use serde_json::json;
use testkit::House;

use super::application::{Application, client, house, redirectless, refused};

/// Setting: Allow Authentication API Redirectless Mode
#[tokio::test]
async fn pingfederate_3_1_a_client_gets_its_code_without_a_redirect() {
    let house = house().await;
    let ada = house.add_person("ada").await;
    let none = json!({ "redirectUris": [] });
    let shop = client(&house, "shop", none).await;
    let request = redirectless(&shop);
    let mut app = Application::started(&house, &request).await;
    let href = json!({ "href": format!("{}/pf-ws/authn/flows/{}", house.issuer, app.id) });
    assert_eq!(
        app.answer,
        json!({
            "id": app.id,
            "pluginTypeId": "7RmQNDWaOnBoudTufx2sEw",
            "status": "USERNAME_PASSWORD_REQUIRED",
            "showRememberMyUsername": true,
            "rememberMyUsernameSelected": false,
            "showThisIsMyDevice": false,
            "thisIsMyDeviceSelected": false,
            "showCaptcha": false,
            "allowUsernameEdits": true,
            "_links": {
                "self": href, "checkUsernamePassword": href, "initiatePasswordChange": href,
                "cancel": href,
            },
        })
    );
    let is_plain = |c: char| c.is_ascii_alphanumeric();
    assert!((1..=30).contains(&app.id.len()) && app.id.chars().all(is_plain));
    let _ = app.enter_password(&ada).await.expect_status(200);
    let response = &app.answer["authorizeResponse"];
    assert_eq!(response["state"].as_str(), request.value("state"));
    assert_eq!(response["iss"].as_str(), Some(house.issuer.as_str()));
    let code = app.code().to_owned();
    let tokens = shop.exchange(&request, &code).await.expect_status(200);
    let tokens = shop.tokens(&tokens).await;
    assert_eq!(tokens.id_claims["sub"], json!(ada.id.to_string()));
    assert!(app.browser.cookie("PF").is_some());
    // The flow is over.
    refused(&app.read().await, 404, "RESOURCE_NOT_FOUND", "");
    let again = shop.exchange(&request, &code).await;
    assert_eq!(again.status, 400, "a code is good once");
}

#[tokio::test]
async fn pingfederate_3_1_a_session_that_satisfies_the_request_completes_it_at_once() {
    let house = house().await;
    let ada = house.add_person("ada").await;
    let shop = client(&house, "shop", json!({})).await;
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    app.enter_password(&ada).await;
    let first = app.code().to_owned();
    let request = redirectless(&shop);
    app.start(&request).await;
    assert_ne!(app.code(), first);
    let code = app.code().to_owned();
    let _ = shop.exchange(&request, &code).await.expect_status(200);
    app.start(&request.with("prompt", "login")).await;
    assert_eq!(app.status(), "USERNAME_PASSWORD_REQUIRED");
}

#[tokio::test]
async fn pingfederate_3_1_tokens_come_in_the_answer_where_they_are_asked_for() {
    let house = house().await;
    let ada = house.add_person("ada").await;
    let implicit = json!({ "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT"] });
    let shop = client(&house, "shop", implicit).await;
    let request = redirectless(&shop).with("response_type", "token id_token");
    let mut app = Application::started(&house, &request).await;
    app.enter_password(&ada).await;
    let response = &app.answer["authorizeResponse"];
    for name in ["access_token", "id_token", "token_type"] {
        assert!(response[name].is_string(), "{name}: {response}");
    }
    // RFC 6749 §5.1: "Numerical values are included as JSON numbers."
    assert!(response["expires_in"].is_i64(), "{response}");
    let token = response["access_token"].as_str().unwrap();
    let _ = shop.userinfo(token).await.expect_status(200);
}

#[tokio::test]
async fn pingfederate_3_1_nobody_may_be_asked_with_prompt_none() {
    let house = house().await;
    let shop = client(&house, "shop", json!({})).await;
    let request = redirectless(&shop).with("prompt", "none");
    let app = Application::started(&house, &request).await;
    assert_eq!(app.status(), "FAILED");
    assert_eq!(app.answer["code"], "login_required");
    let response = &app.answer["authorizeResponse"];
    assert_eq!(response["error"], "login_required");
    assert_eq!(response["state"].as_str(), request.value("state"));
}

#[tokio::test]
async fn giving_up_fails_the_request() {
    let house = house().await;
    let shop = client(&house, "shop", json!({})).await;
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    let _ = app.act("cancel", json!({})).await.expect_status(200);
    assert_eq!(app.status(), "FAILED");
    assert_eq!(app.answer["code"], "access_denied");
    assert!(app.answer["userMessage"].is_string());
    refused(&app.read().await, 404, "RESOURCE_NOT_FOUND", "");
}

#[tokio::test]
async fn pingfederate_3_1_an_action_may_be_named_beside_its_body() {
    let house = house().await;
    let ada = house.add_person("ada").await;
    let shop = client(&house, "shop", json!({})).await;
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    let body = json!({ "username": "ada", "password": ada.password });
    let address = format!("/pf-ws/authn/flows/{}?action=checkUsernamePassword", app.id);
    let request = app.browser.request(Method::POST, &address);
    let request = request.header("x-xsrf-header", "any").json(&body);
    let reply = app.browser.send(request).await.expect_status(200).json();
    assert_eq!(reply["status"], "COMPLETED");
}

#[tokio::test]
async fn a_pushed_and_a_signed_request_may_ask_for_it_too() {
    let house = house().await;
    let ada = house.add_person("ada").await;
    let shop = client(&house, "shop", json!({})).await;
    let request = redirectless(&shop);
    let pushed = shop.pushed(&request).await;
    let mut app = Application::started(&house, &pushed).await;
    app.enter_password(&ada).await;
    let code = app.code().to_owned();
    let _ = shop.exchange(&request, &code).await.expect_status(200);
    // What was pushed is used up.
    let again = app.browser.get(&pushed.url()).await;
    assert_ne!(again.status, 200);
}

/// Setting: Allow Authentication API Redirectless Mode
#[tokio::test]
async fn pingfederate_3_1_only_a_client_that_may_and_only_while_it_is_switched_on() {
    let house = House::open().await;
    let mut browser = house.browser();
    let shop = client(&house, "shop", json!({})).await;
    let other = house.add_client("other").await;
    let off = browser.get(&redirectless(&shop).url()).await;
    refused(&off, 403, "REQUEST_FAILED", "NOT_ALLOWED");
    super::application::allow(&house, json!({})).await;
    for request in [
        redirectless(&other),
        other.request().with("response_mode", "pi.flow"),
    ] {
        let reply = browser.get(&request.url()).await;
        refused(&reply, 400, "REQUEST_FAILED", "unauthorized_client");
    }
    let unknown = redirectless(&shop).with("client_id", "nobody");
    let reply = browser.get(&unknown.url()).await;
    refused(&reply, 400, "REQUEST_FAILED", "invalid_client");
    let elsewhere = redirectless(&shop).with("redirect_uri", "https://evil.example/");
    let reply = browser.get(&elsewhere.url()).await;
    refused(&reply, 400, "REQUEST_FAILED", "invalid_request");
    let wrong = redirectless(&shop).with("scope", "openid unheard-of");
    let reply = browser.get(&wrong.url()).await.expect_status(200).json();
    assert_eq!(
        (&reply["status"], &reply["code"]),
        (&json!("FAILED"), &json!("invalid_scope"))
    );
    assert_eq!(browser.cookie("PF"), None);
    // A flow is not to be come to any more once it is switched off, or its client is.
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    house
        .change_client("shop", json!({ "enabled": false }))
        .await;
    refused(&app.read().await, 404, "RESOURCE_NOT_FOUND", "");
    house
        .change_client("shop", json!({ "enabled": true }))
        .await;
    super::application::allow(&house, json!({ "apiEnabled": false })).await;
    refused(&app.read().await, 404, "RESOURCE_NOT_FOUND", "");
}
