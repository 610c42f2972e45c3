//! Flows of clients that hold their state themselves.

use std::time::Duration;

use http::Method;
use serde_json::json;
use testkit::{House, RelyingParty};

use super::application::{Application, STATE, STATE_HEADER, client, house, redirectless, refused};

async fn setting() -> (House, RelyingParty) {
    let house = house().await;
    let fields = json!({ "enableCookielessAuthenticationApi": true });
    let shop = client(&house, "shop", fields).await;
    (house, shop)
}

/// Forgets everything but the state.
fn without_cookies(house: &House, app: Application) -> Application {
    assert_eq!(app.browser.cookies("").len(), 0, "no cookie was set");
    Application {
        browser: house.browser(),
        ..app
    }
}

/// Setting: Enable Cookieless Authentication API
#[tokio::test]
async fn seed_a_flow_goes_without_cookies_from_its_request_to_its_code() {
    let (house, shop) = setting().await;
    let ada = house.add_person_with_totp("ada").await;
    let request = redirectless(&shop);
    let app = Application::started(&house, &request).await;
    let mut app = without_cookies(&house, app);
    let mut seen = vec![app.state.clone().unwrap()];
    app.enter_password(&ada).await;
    assert_eq!(app.status(), "OTP_REQUIRED");
    seen.push(app.state.clone().unwrap());
    let wrong = app.enter_code("000000").await;
    refused(&wrong, 400, "VALIDATION_ERROR", "INVALID_OTP");
    assert!(wrong.json()[STATE].is_string(), "errors carry one too");
    seen.push(app.state.clone().unwrap());
    let mut app = without_cookies(&house, app);
    app.enter_code(&ada.code_at(house.now())).await;
    let code = app.code().to_owned();
    assert_eq!(app.browser.cookies("").len(), 0);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 3, "each is another");
    let tokens = shop.exchange(&request, &code).await.expect_status(200);
    let tokens = shop.tokens(&tokens).await;
    assert_eq!(tokens.id_claims["sub"], json!(ada.id.to_string()));
    // There is nothing by which the person would be known the next time.
    let app = Application::started(&house, &redirectless(&shop)).await;
    assert_eq!(app.status(), "USERNAME_PASSWORD_REQUIRED");
}

/// Setting: Enable Cookieless Authentication API
#[tokio::test]
async fn pingfederate_3_1_both_names_of_the_header_are_known_and_one_more_can_be_set() {
    let (house, shop) = setting().await;
    let setting = json!({
        "id": "stateHeaderName", "type": "STRING", "stringValue": "X-Our-State",
    });
    let path = "/configStore/authn-api-cookieless-configuration/stateHeaderName";
    let set = house.administration().put(path, &setting).await;
    let _ = set.expect_status(200);
    let app = Application::started(&house, &redirectless(&shop)).await;
    let address = house.at(&format!("/pf-ws/authn/flows/{}", app.id));
    let state = app.state.clone().unwrap();
    let read = |headers: &[&str]| {
        let request = house.http.request(Method::GET, &address);
        let request = request.header("x-xsrf-header", "x");
        let named = headers.iter();
        named
            .fold(request, |request, name| request.header(name, &state))
            .send()
    };
    for name in [
        "X-Pf-Auth-Api-State",
        "X-PF-Authn-API-State",
        "x-pf-authn-api-state",
        "X-Our-State",
    ] {
        let _ = read(&[name]).await.expect_status(200);
    }
    refused(&read(&["X-State"]).await, 404, "RESOURCE_NOT_FOUND", "");
    refused(&read(&[]).await, 404, "RESOURCE_NOT_FOUND", "");
    let both = read(&["X-Pf-Auth-Api-State", "X-PF-Authn-API-State"]).await;
    refused(&both, 404, "RESOURCE_NOT_FOUND", "");
}

#[tokio::test]
async fn seed_a_state_is_good_for_one_action() {
    let (house, shop) = setting().await;
    let ada = house.add_person_with_totp("ada").await;
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    let first = app.state.clone();
    // To read takes nothing away: the widget reads without noting what it is given.
    let _ = app.read().await.expect_status(200);
    app.state.clone_from(&first);
    app.enter_password(&ada).await;
    assert_eq!(app.status(), "OTP_REQUIRED");
    let second = app.state.clone();
    app.state.clone_from(&first);
    let replayed = app.enter_password(&ada).await;
    refused(&replayed, 404, "RESOURCE_NOT_FOUND", "");
    assert!(replayed.json().get(STATE).is_none(), "it is given no other");
    refused(&app.read().await, 404, "RESOURCE_NOT_FOUND", "");
    app.state = second;
    let _ = app.read().await.expect_status(200);
    assert_eq!(app.status(), "OTP_REQUIRED");
}

#[tokio::test]
async fn seed_of_two_requests_with_the_same_state_one_wins() {
    let (house, shop) = setting().await;
    let ada = house.add_person("ada").await;
    for _ in 0..5 {
        let mut app = Application::started(&house, &redirectless(&shop)).await;
        let mut again = Application::new(&house);
        again.id.clone_from(&app.id);
        again.state.clone_from(&app.state);
        let (one, other) = tokio::join!(app.enter_password(&ada), again.enter_password(&ada));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404]);
    }
}

#[tokio::test]
async fn a_stolen_state_opens_no_other_flow_and_nobody_can_make_one() {
    let (house, shop) = setting().await;
    let ada = house.add_person("ada").await;
    let one = Application::started(&house, &redirectless(&shop)).await;
    let mut other = Application::started(&house, &redirectless(&shop)).await;
    let own = other.state.clone();
    let stolen = one.state.clone().unwrap();
    let mut changed = stolen.clone();
    changed.replace_range(changed.len() - 6..changed.len() - 5, "_");
    for state in [
        &*stolen,
        &changed,
        "undefined",
        "",
        "a.b.c.d.e",
        &"x".repeat(5_000),
    ] {
        other.state = Some(state.to_owned());
        refused(
            &other.enter_password(&ada).await,
            404,
            "RESOURCE_NOT_FOUND",
            "",
        );
    }
    assert_eq!(house.passwords_verified(), 0);
    other.state = own;
    other.enter_password(&ada).await;
    assert_eq!(other.status(), "COMPLETED");
}

#[tokio::test]
async fn seed_a_state_lasts_as_long_as_is_set() {
    let (house, shop) = setting().await;
    let administration = house.administration();
    let path = "/configStore/authn-api-cookieless-configuration/stateLifetime";
    for (value, status) in [("60", 200), ("59", 422), ("86401", 422), ("soon", 422)] {
        let setting = json!({ "id": "stateLifetime", "type": "STRING", "stringValue": value });
        let set = administration.put(path, &setting).await;
        assert_eq!(set.status, status, "{value}: {}", set.text());
    }
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    house.advance(Duration::from_secs(59));
    let _ = app.read().await.expect_status(200);
    house.advance(Duration::from_secs(59));
    let _ = app.read().await.expect_status(200);
    house.advance(Duration::from_secs(60));
    refused(&app.read().await, 404, "RESOURCE_NOT_FOUND", "");
}

#[tokio::test]
async fn cookies_count_for_nothing_in_a_flow_without_them() {
    let (house, shop) = setting().await;
    let ada = house.add_person("ada").await;
    let bank = house.add_client("bank").await;
    let mut browser = house.browser();
    browser.sign_on(&bank.request(), &ada).await;
    assert!(browser.cookie("PF").is_some());
    let mut app = Application::new(&house);
    app.browser = browser;
    app.start(&redirectless(&shop)).await;
    assert_eq!(app.status(), "USERNAME_PASSWORD_REQUIRED");
    let state = app.state.take();
    refused(&app.read().await, 404, "RESOURCE_NOT_FOUND", "");
    app.state = state;
    let reply = app.enter_password(&ada).await;
    assert_eq!(app.status(), "COMPLETED");
    assert_eq!(reply.headers("set-cookie").len(), 0);
    // Whoever is signed on in the browser still is.
    let reply = app.browser.get("/account").await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_client_that_may_not_is_given_no_state() {
    let house = house().await;
    let shop = client(&house, "shop", json!({})).await;
    let mut app = Application::started(&house, &redirectless(&shop)).await;
    assert_eq!(app.state, None);
    app.state = Some("x".to_owned());
    let reply = app
        .request(Method::GET)
        .header(STATE_HEADER, "y")
        .send()
        .await;
    refused(&reply, 404, "RESOURCE_NOT_FOUND", "");
}
