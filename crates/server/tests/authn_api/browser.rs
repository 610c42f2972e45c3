//! Flows that begin in a browser and whose pages an application shows.

use serde_json::json;
use testkit::{Answer, House, RelyingParty};

use super::application::{Application, allow, client, refused};

const PORTAL: &str = "https://portal.example/sign-on?theme=dark";

/// A server whose pages are an application's, and a client that knows nothing of it.
async fn setting() -> (House, RelyingParty) {
    let house = House::open().await;
    let application = json!({ "name": "Portal", "url": PORTAL });
    let administration = house.administration();
    let added = administration.post("/authenticationApi/applications", &application);
    let added = added.await.expect_status(201).json();
    allow(
        &house,
        json!({ "defaultApplicationRef": { "id": added["id"] } }),
    )
    .await;
    let shop = house.add_client("shop").await;
    (house, shop)
}

#[tokio::test]
async fn pingfederate_3_1_the_browser_is_led_to_the_application_and_comes_back_with_a_code() {
    let (house, shop) = setting().await;
    house
        .change_client("shop", json!({ "bypassApprovalPage": true }))
        .await;
    let ada = house.add_person_with_totp("ada").await;
    let request = shop.request();
    let mut browser = house.browser();
    let led = browser.go(&request).await;
    let to = led.location().to_string();
    assert!(
        to.starts_with("https://portal.example/sign-on?theme=dark&flowId="),
        "{to}"
    );
    let mut app = Application::taking_over(&house, browser, &led);
    let _ = app.read().await.expect_status(200);
    assert_eq!(app.status(), "USERNAME_PASSWORD_REQUIRED");
    app.enter_password(&ada).await;
    app.enter_code(&ada.code_at(house.now())).await;
    assert_eq!(app.status(), "RESUME");
    assert!(
        app.answer.get("authorizeResponse").is_none(),
        "that is not for the application"
    );
    assert!(
        app.browser.cookie("PF").is_none(),
        "nobody is signed on yet"
    );
    assert!(app.offered().is_empty());
    let resume = app.answer["resumeUrl"].as_str().unwrap().to_owned();
    let _ = app.read().await.expect_status(200);
    assert_eq!(app.answer["resumeUrl"], resume.as_str());
    let late = app.act("cancelAuthentication", json!({})).await;
    assert_eq!(late.json()["status"], "RESUME", "it is over already");
    let answer = Answer::of(&app.browser.get(&resume).await);
    let tokens = shop.redeem(&request, &answer).await;
    assert_eq!(tokens.id_claims["amr"], json!(["pwd", "otp", "mfa"]));
    // Once.
    assert_eq!(app.browser.get(&resume).await.status, 410);
    refused(&app.read().await, 404, "RESOURCE_NOT_FOUND", "");
    // Whoever is signed on is not led anywhere.
    let again = app.browser.go(&shop.request()).await;
    assert!(!Answer::of(&again).code().is_empty());
}

#[tokio::test]
async fn pingfederate_3_1_what_has_a_page_only_is_asked_there() {
    let (house, shop) = setting().await;
    let ada = house.add_person("ada").await;
    let mut browser = house.browser();
    let led = browser.go(&shop.request()).await;
    let mut app = Application::taking_over(&house, browser, &led);
    app.enter_password(&ada).await;
    assert_eq!(app.status(), "RESUME", "nobody has been asked for consent");
    refused(
        &app.act("allow", json!({})).await,
        400,
        "INVALID_ACTION_ID",
        "",
    );
    let resume = app.answer["resumeUrl"].as_str().map(str::to_owned);
    let _ = app.read().await;
    let resume = resume.unwrap_or_else(|| app.answer["resumeUrl"].as_str().unwrap().to_owned());
    let page = app.browser.get(&resume).await;
    assert!(page.has_form("consent"));
    let answer = app.browser.allow(page).await;
    assert!(!answer.code().is_empty());
}

#[tokio::test]
async fn giving_up_resumes_to_the_clients_own_error() {
    let (house, shop) = setting().await;
    let mut browser = house.browser();
    let led = browser.go(&shop.request()).await;
    let mut app = Application::taking_over(&house, browser, &led);
    app.act("cancel", json!({})).await;
    assert_eq!(app.status(), "RESUME");
    let resume = app.answer["resumeUrl"].as_str().unwrap().to_owned();
    let answer = Answer::of(&app.browser.get(&resume).await);
    assert_eq!(answer.error(), "access_denied");
}

#[tokio::test]
async fn the_flow_of_one_browser_is_not_to_be_gone_on_with_in_another() {
    let (house, shop) = setting().await;
    let ada = house.add_person("ada").await;
    let mut browser = house.browser();
    let led = browser.go(&shop.request()).await;
    let mut thief = Application::taking_over(&house, house.browser(), &led);
    refused(&thief.read().await, 404, "RESOURCE_NOT_FOUND", "");
    let mut app = Application::taking_over(&house, browser, &led);
    app.enter_password(&ada).await;
    let resume = app.answer["resumeUrl"].as_str().unwrap().to_owned();
    let stolen = thief.browser.get(&resume).await;
    assert_eq!(stolen.status, 403);
}

#[tokio::test]
async fn a_client_without_redirects_beside_it_is_answered_as_ever() {
    let (house, _) = setting().await;
    let ada = house.add_person("ada").await;
    let app_client = client(&house, "app", json!({})).await;
    let request = super::application::redirectless(&app_client);
    let mut app = Application::started(&house, &request).await;
    app.enter_password(&ada).await;
    assert!(!app.code().is_empty());
}
