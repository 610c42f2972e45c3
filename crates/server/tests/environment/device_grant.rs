//! Devices without a browser (RFC 8628), in an environment.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use testkit::{Browser, Environment, House, RelyingParty, Reply};

use super::flow::{act, post, right};
use super::management::mistakes;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn television(env: &Environment<'_>) -> RelyingParty {
    let fields = json!({ "name": "Big TV", "grantTypes": ["DEVICE_CODE", "REFRESH_TOKEN"] });
    env.add_client_with("tv", fields).await
}

/// What a device is told.
async fn begun(tv: &RelyingParty) -> Value {
    let asked = tv.call("/device_authorization", &[("scope", "openid profile")]);
    asked.await.expect_status(200).json()
}

async fn poll(tv: &RelyingParty, waiting: &Value) -> Reply {
    let code = waiting["device_code"].as_str().unwrap();
    let form = [("grant_type", GRANT), ("device_code", code)];
    tv.token(&form).await
}

#[track_caller]
fn refused(reply: &Reply, error: &str) {
    assert_eq!(reply.status, 400, "{}", reply.text());
    assert_eq!(reply.json()["error"], error);
}

async fn enter(browser: &mut Browser, page: &Reply, code: &str) -> Reply {
    let filled = [("user_code", code)];
    browser.submit(page, "device-code", "submit", &filled).await
}

#[tokio::test]
async fn rfc8628_3_a_person_enters_the_code_on_the_environments_page_and_allows_the_device() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let ada = env.add_person("ada").await;
    let tv = television(&env).await;
    let document = format!("{}/.well-known/openid-configuration", env.issuer);
    let document = house.http.get(document).await.json();
    let endpoint = format!("{}/device_authorization", env.issuer);
    assert_eq!(document["device_authorization_endpoint"], endpoint);
    let waiting = begun(&tv).await;
    assert_eq!(waiting["verification_uri"], env.at("/device"));
    let code = waiting["user_code"].as_str().unwrap();
    let complete = format!("{}?user_code={code}", env.at("/device"));
    assert_eq!(waiting["verification_uri_complete"], complete.as_str());
    refused(&poll(&tv, &waiting).await, "authorization_pending");

    let mut browser = house.browser();
    let page = browser.open(&env.at("/device")).await;
    let page = browser.enter_password(&page, &ada).await;
    let wrong = enter(&mut browser, &page, "BBBB-BBBB").await;
    assert!(wrong.alert().unwrap().contains("No device is waiting"));
    let page = enter(&mut browser, &wrong, &code.to_lowercase()).await;
    assert!(
        page.has_form("consent") && page.text().contains("Big TV"),
        "{page:?}"
    );
    let own = format!("/{}/", env.id);
    assert!(page.url.path().starts_with(&own), "{}", page.url);
    let done = browser.submit(&page, "consent", "allow", &[]).await;
    assert!(done.text().contains("device-allowed"), "{done:?}");
    env.last_event("device.allowed").await;

    house.advance(Duration::from_secs(5));
    let tokens = poll(&tv, &waiting).await.expect_status(200).json();
    let token = tokens["access_token"].as_str().unwrap();
    let told = tv.userinfo(token).await.expect_status(200).json();
    assert_eq!(told["sub"], ada.id.uuid().to_string());
    refused(&poll(&tv, &waiting).await, "invalid_grant");
}

#[tokio::test]
async fn rfc8628_5_4_a_code_that_comes_in_a_link_is_confirmed_on_the_environments_page() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let ada = env.add_person("ada").await;
    let tv = television(&env).await;
    let waiting = begun(&tv).await;
    let complete = waiting["verification_uri_complete"].as_str().unwrap();
    let mut browser = house.browser();
    let page = browser.open(complete).await;
    let page = browser.enter_password(&page, &ada).await;
    let code = waiting["user_code"].as_str().unwrap();
    assert!(page.has_form("device-confirm") && page.text().contains(code));
    let done = browser.submit(&page, "device-confirm", "deny", &[]).await;
    assert!(done.text().contains("device-denied"), "{done:?}");
    refused(&poll(&tv, &waiting).await, "access_denied");
}

#[tokio::test]
async fn a_code_is_good_in_its_own_environment_alone() {
    let house = House::open().await;
    let [a, b] = [
        house.add_environment("a").await,
        house.add_environment("b").await,
    ];
    let ada = b.add_person("ada").await;
    let _ = house.add_person("ada").await;
    let (tv, other) = (television(&a).await, television(&b).await);
    let waiting = begun(&tv).await;
    let code = waiting["user_code"].as_str().unwrap();
    let mut browser = house.browser();
    let page = browser.open(&b.at("/device")).await;
    let page = browser.enter_password(&page, &ada).await;
    let wrong = enter(&mut browser, &page, code).await;
    assert!(wrong.alert().unwrap().contains("No device is waiting"));
    refused(&poll(&other, &waiting).await, "invalid_grant");
    refused(&poll(&tv, &waiting).await, "authorization_pending");
    // Nor for another's client of the environment, or one that may not.
    let shop = a.add_client_with("shop", json!({ "grantTypes": ["AUTHORIZATION_CODE"] }));
    let shop = shop.await;
    let asked = shop
        .call("/device_authorization", &[("scope", "openid")])
        .await;
    refused(&asked, "unauthorized_client");
    let unknown = house
        .http
        .request(Method::POST, format!("{}/device_authorization", a.issuer));
    let unknown = unknown.form(&[("client_id", "nobody")]).send().await;
    assert_eq!(unknown.json()["error"], "invalid_client");
}

#[tokio::test]
async fn pingone_1_3_an_application_that_shows_the_pages_itself_allows_a_device() {
    let house = House::open().await;
    let env = house.add_environment("a").await;
    let ada = env.add_person("ada").await;
    let tv = television(&env).await;
    let waiting = begun(&tv).await;
    let code = waiting["user_code"].as_str().unwrap();
    let verify = "deviceAuthGrant.userCode.verify";
    let flow_at = async |browser: &mut Browser, address: &str| {
        let page = browser.open(address).await;
        let id = page.url.path().rsplit('/').next().unwrap().to_owned();
        let flow = browser.get(&env.at(&format!("/flows/{id}"))).await;
        flow.expect_status(200).json()
    };
    let mut browser = house.browser();
    let flow = flow_at(&mut browser, &env.at("/device")).await;
    let flow = act(&mut browser, &flow, "usernamePassword.check", &right(&ada)).await;
    let flow = flow.expect_status(200).json();
    assert_eq!(flow["status"], "DAG_USER_CODE_REQUIRED", "{flow}");
    let wrong = json!({ "userCode": "BBBB-BBBB" });
    let wrong = mistakes(act(&mut browser, &flow, verify, &wrong).await);
    assert_eq!(wrong, [("INVALID_VALUE".to_owned(), "userCode".to_owned())]);
    let right = json!({ "userCode": code.to_lowercase() });
    let flow = act(&mut browser, &flow, verify, &right).await;
    let flow = flow.expect_status(200).json();
    assert_eq!(flow["status"], "DAG_CONSENT_REQUIRED", "{flow}");
    assert_eq!(flow["_embedded"]["application"]["name"], "Big TV");
    // What is asked of a device is not what an application asks.
    let href = flow["_links"]["self"]["href"].as_str().unwrap();
    let yes = json!({ "accept": true });
    let other = post(&mut browser, href, "user.consent", &yes).await;
    let _ = other.expect_status(400);
    let done = act(&mut browser, &flow, "deviceAuthGrant.consent", &yes).await;
    let done = done.expect_status(200).json();
    assert_eq!(done["status"], "COMPLETED");
    refused(&poll(&tv, &waiting).await, "authorization_pending");
    let page = browser.open(done["resumeUrl"].as_str().unwrap()).await;
    assert!(page.text().contains("device-allowed"), "{page:?}");
    house.advance(Duration::from_secs(5));
    let _ = poll(&tv, &waiting).await.expect_status(200);

    // A code that came in a link is confirmed, however it is written.
    let waiting = begun(&tv).await;
    let complete = waiting["verification_uri_complete"].as_str().unwrap();
    let flow = flow_at(&mut browser, complete).await;
    assert_eq!(flow["status"], "DAG_USER_CODE_REQUIRED");
    let code = waiting["user_code"].as_str().unwrap();
    assert_eq!(flow["userCode"], code);
    let wrong = json!({ "userCode": "BBBB-BBBB" });
    assert_eq!(
        mistakes(act(&mut browser, &flow, verify, &wrong).await)[0].1,
        "userCode"
    );
    let same = json!({ "userCode": code.to_lowercase().replace('-', "") });
    let flow = act(&mut browser, &flow, verify, &same).await.json();
    assert_eq!(flow["status"], "DAG_CONSENT_REQUIRED", "{flow}");
}
