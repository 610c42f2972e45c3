//! Devices without a browser (RFC 8628).

use std::time::Duration;

use authn::flow::{Rule, SecondFactor, Verdict};
use domain::ClientId;
use serde_json::{Value, json};
use testkit::{Browser, House, RelyingParty, Reply};

const DEVICE_AUTHORIZATION: &str = "/as/device_authz.oauth2";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

struct Setting {
    house: House,
    tv: RelyingParty,
}

async fn setting_with(fields: Value, settings: Value) -> Setting {
    setting_in(House::open().await, fields, settings).await
}

async fn setting_in(house: House, fields: Value, settings: Value) -> Setting {
    house.set(settings).await;
    let mut all = json!({ "name": "Big TV", "grantTypes": ["DEVICE_CODE", "REFRESH_TOKEN"] });
    for (name, value) in fields.as_object().unwrap() {
        all[name] = value.clone();
    }
    let tv = house.add_client_with("tv", all).await;
    Setting { house, tv }
}

async fn setting() -> Setting {
    setting_with(json!({}), json!({})).await
}

impl Setting {
    /// What a device is told.
    async fn begun(&self, scope: &str) -> Value {
        let asked = self
            .tv
            .call(DEVICE_AUTHORIZATION, &[("scope", scope)])
            .await;
        asked.expect_status(200).json()
    }

    async fn poll(&self, waiting: &Value) -> Reply {
        let code = waiting["device_code"].as_str().unwrap();
        let form = [("grant_type", GRANT), ("device_code", code)];
        self.tv.token(&form).await
    }

    /// Signs on, and comes to what is next.
    async fn signed_on(&self, browser: &mut Browser, address: &str) -> Reply {
        let ada = self.house.add_person("ada").await;
        let page = browser.open(address).await;
        browser.enter_password(&page, &ada).await
    }

    async fn entered(&self, browser: &mut Browser, page: &Reply, code: &str) -> Reply {
        let filled = [("user_code", code)];
        browser.submit(page, "device-code", "submit", &filled).await
    }
}

#[track_caller]
fn refused(reply: &Reply, error: &str) {
    assert_eq!(reply.status, 400, "{}", reply.text());
    assert_eq!(reply.json()["error"], error);
}

/// Setting: Allowed Grant Types: Device Authorization Grant
#[tokio::test]
async fn rfc8628_3_a_person_enters_the_code_and_allows_the_device() {
    let it = setting().await;
    let waiting = it.begun("openid profile").await;
    let page = waiting["verification_uri"].as_str().unwrap();
    assert_eq!(page, format!("{}/as/user_authz.oauth2", it.house.issuer));
    let code = waiting["user_code"].as_str().unwrap();
    let complete = format!("{page}?user_code={code}");
    assert_eq!(waiting["verification_uri_complete"], json!(complete));
    assert_eq!(
        (&waiting["expires_in"], &waiting["interval"]),
        (&json!(600), &json!(5))
    );
    refused(&it.poll(&waiting).await, "authorization_pending");

    let mut browser = it.house.browser();
    let page = it.signed_on(&mut browser, "/as/user_authz.oauth2").await;
    let wrong = it.entered(&mut browser, &page, "BBBB-BBBB").await;
    assert!(wrong.alert().unwrap().contains("No device is waiting"));
    let page = it.entered(&mut browser, &wrong, &code.to_lowercase()).await;
    assert!(
        page.has_form("consent") && page.text().contains("Big TV"),
        "{page:?}"
    );
    let done = browser.submit(&page, "consent", "allow", &[]).await;
    assert!(done.text().contains("device-allowed"), "{done:?}");
    it.house.last_event("device.allowed").await;

    it.house.advance(Duration::from_secs(5));
    let tokens = it.poll(&waiting).await.expect_status(200).json();
    assert!(tokens["access_token"].is_string() && tokens["refresh_token"].is_string());
    assert!(
        tokens.get("id_token").is_none(),
        "an administrator says whether"
    );
    let token = tokens["access_token"].as_str().unwrap();
    let _ = it.tv.userinfo(token).await.expect_status(200);
    refused(&it.poll(&waiting).await, "invalid_grant");
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let _ = it.tv.refresh(refresh).await.expect_status(200);
}

#[tokio::test]
async fn rfc8628_5_4_a_code_that_comes_in_a_link_is_confirmed() {
    let it = setting().await;
    let waiting = it.begun("openid").await;
    let complete = waiting["verification_uri_complete"].as_str().unwrap();
    let mut browser = it.house.browser();
    let page = it.signed_on(&mut browser, complete).await;
    let code = waiting["user_code"].as_str().unwrap();
    assert!(
        page.has_form("device-confirm") && page.text().contains(code),
        "{page:?}"
    );
    let page = browser
        .submit(&page, "device-confirm", "confirm", &[])
        .await;
    let done = browser.submit(&page, "consent", "allow", &[]).await;
    assert!(done.text().contains("device-allowed"));
    let _ = it.poll(&waiting).await.expect_status(200);
    // Whoever got a link from somebody else refuses.
    let other = it.begun("openid").await;
    let complete = other["verification_uri_complete"].as_str().unwrap();
    let page = browser.open(complete).await;
    let done = browser.submit(&page, "device-confirm", "deny", &[]).await;
    assert!(done.text().contains("device-denied"), "{done:?}");
    refused(&it.poll(&other).await, "access_denied");
}

#[tokio::test]
async fn rfc8628_3_5_a_device_that_polls_too_fast_has_to_slow_down() {
    let it = setting().await;
    let waiting = it.begun("openid").await;
    refused(&it.poll(&waiting).await, "authorization_pending");
    it.house.advance(Duration::from_secs(4));
    refused(&it.poll(&waiting).await, "slow_down");
    it.house.advance(Duration::from_secs(9));
    refused(&it.poll(&waiting).await, "slow_down");
    it.house.advance(Duration::from_secs(15));
    refused(&it.poll(&waiting).await, "authorization_pending");
}

#[tokio::test]
async fn rfc8628_3_5_codes_expire_and_belong_to_their_client() {
    let it = setting().await;
    let waiting = it.begun("openid").await;
    let other = json!({ "grantTypes": ["DEVICE_CODE"] });
    let other = it.house.add_client_with("other", other).await;
    let code = waiting["device_code"].as_str().unwrap();
    let form = [("grant_type", GRANT), ("device_code", code)];
    refused(&other.token(&form).await, "invalid_grant");
    let unknown = [("grant_type", GRANT), ("device_code", "x")];
    refused(&it.tv.token(&unknown).await, "invalid_grant");
    refused(
        &it.tv.token(&[("grant_type", GRANT)]).await,
        "invalid_request",
    );
    let shop = it.house.add_client("shop").await;
    refused(&shop.token(&form).await, "unauthorized_client");
    refused(
        &shop.call(DEVICE_AUTHORIZATION, &[]).await,
        "unauthorized_client",
    );
    let greedy = it
        .tv
        .call(DEVICE_AUTHORIZATION, &[("scope", "unknown")])
        .await;
    refused(&greedy, "invalid_scope");
    it.house.advance(Duration::from_secs(600));
    let reply = it.poll(&waiting).await;
    assert!(["expired_token", "invalid_grant"].contains(&reply.json()["error"].as_str().unwrap()));
    let mut browser = it.house.browser();
    let page = it.signed_on(&mut browser, "/as/user_authz.oauth2").await;
    let code = waiting["user_code"].as_str().unwrap();
    let late = it.entered(&mut browser, &page, code).await;
    assert!(late.alert().is_some());
}

#[tokio::test]
async fn rfc8628_5_1_nobody_guesses_at_codes() {
    let it = setting().await;
    let mut browser = it.house.browser();
    let mut page = it.signed_on(&mut browser, "/as/user_authz.oauth2").await;
    for _ in 0..4 {
        page = it.entered(&mut browser, &page, "BCDF-GHJK").await;
        assert!(page.has_form("device-code"));
    }
    let over = it.entered(&mut browser, &page, "BCDF-GHJK").await;
    assert_eq!(over.status, 410, "{over:?}");
}

/// A person who knows a password types the code of a client for which more is asked.
#[tokio::test]
async fn rules_for_a_client_hold_for_whoever_types_the_code_of_its_device() {
    for verdict in [Verdict::Deny, Verdict::SecondFactor(SecondFactor::Required)] {
        let house = House::open_with(|settings| {
            settings.policy.rules = vec![Rule {
                clients: vec![ClientId::new("tv")],
                ..Rule::always(verdict)
            }];
        });
        let trusted = json!({ "bypassApprovalPage": true });
        let it = setting_in(house.await, trusted, json!({})).await;
        let waiting = it.begun("openid").await;
        let code = waiting["user_code"].as_str().unwrap();
        let mut browser = it.house.browser();
        let page = it.signed_on(&mut browser, "/as/user_authz.oauth2").await;
        let done = it.entered(&mut browser, &page, code).await;
        assert!(
            done.text().contains("device-denied"),
            "{verdict:?} {done:?}"
        );
        it.house.advance(Duration::from_secs(5));
        refused(&it.poll(&waiting).await, "access_denied");
    }
}

/// Whoever has more than they were asked for gives it once it is known for which device.
#[tokio::test]
async fn a_second_factor_that_the_client_of_a_device_asks_for_is_given_after_its_code() {
    let house = House::open_with(|settings| {
        settings.second_factor = SecondFactor::Never;
        settings.policy.rules = vec![Rule {
            clients: vec![ClientId::new("tv")],
            ..Rule::always(Verdict::SecondFactor(SecondFactor::Required))
        }];
    });
    let trusted = json!({ "bypassApprovalPage": true });
    let it = setting_in(house.await, trusted, json!({})).await;
    let bob = it.house.add_person_with_totp("bob").await;
    let waiting = it.begun("openid").await;
    let mut browser = it.house.browser();
    let page = browser.open("/as/user_authz.oauth2").await;
    let page = browser.enter_password(&page, &bob).await;
    let code = waiting["user_code"].as_str().unwrap();
    let page = it.entered(&mut browser, &page, code).await;
    assert!(page.has_form("one-time-code"), "{page:?}");
    let code = bob.code_at(it.house.now());
    let filled = [("otp", code.as_str())];
    let done = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    assert!(done.text().contains("device-allowed"), "{done:?}");
    it.house.advance(Duration::from_secs(5));
    let _ = it.poll(&waiting).await.expect_status(200);
}

/// Settings: Device Authorization Grant: Override; User Authorization URL; Pending Authorization
/// Timeout (seconds); Device Polling Interval (seconds); Bypass Activation Code Confirmation
#[tokio::test]
async fn pingfederate_a_device_waits_as_its_client_says() {
    let own = json!({
        "deviceFlowSettingType": "OVERRIDE_SERVER_DEFAULT",
        "userAuthorizationUrlOverride": "https://tv.example/go",
        "pendingAuthorizationTimeoutOverride": 60,
        "devicePollingIntervalOverride": 11,
        "bypassActivationCodeConfirmationOverride": true,
    });
    let it = setting_with(own, json!({})).await;
    let waiting = it.begun("openid").await;
    assert_eq!(waiting["verification_uri"], "https://tv.example/go");
    assert_eq!(
        (&waiting["expires_in"], &waiting["interval"]),
        (&json!(60), &json!(11))
    );
    let code = waiting["user_code"].as_str().unwrap();
    let mut browser = it.house.browser();
    let address = format!("/as/user_authz.oauth2?user_code={code}");
    let page = it.signed_on(&mut browser, &address).await;
    browser.submit(&page, "consent", "allow", &[]).await;
    // Where nobody would be asked for consent either, the code is to be confirmed all the same.
    it.house
        .change_client("tv", json!({ "bypassApprovalPage": true }))
        .await;
    let waiting = it.begun("openid").await;
    let code = waiting["user_code"].as_str().unwrap();
    let page = browser
        .open(&format!("/as/user_authz.oauth2?user_code={code}"))
        .await;
    let done = browser
        .submit(&page, "device-confirm", "confirm", &[])
        .await;
    assert!(done.text().contains("device-allowed"));
    let _ = it.poll(&waiting).await.expect_status(200);
}

#[tokio::test]
async fn pingfederate_1_3_the_server_says_when_and_where_codes_are_entered() {
    let settings = json!({
        "registeredAuthorizationPath": "/activate",
        "pendingAuthorizationTimeout": 120,
        "activationCodeCheckMode": "BEFORE_AUTHENTICATION",
        "returnIdTokenOnOpenIdWithDeviceAuthzGrant": true,
    });
    let it = setting_with(json!({}), settings).await;
    let waiting = it.begun("openid").await;
    assert_eq!(waiting["expires_in"], 120);
    let page = waiting["verification_uri"].as_str().unwrap();
    assert_eq!(page, format!("{}/activate", it.house.issuer));
    let ada = it.house.add_person("ada").await;
    let mut browser = it.house.browser();
    let page = browser.open(page).await;
    let code = waiting["user_code"].as_str().unwrap();
    let page = it.entered(&mut browser, &page, code).await;
    let page = browser.enter_password(&page, &ada).await;
    let done = browser.submit(&page, "consent", "allow", &[]).await;
    assert!(done.text().contains("device-allowed"));
    let tokens = it.poll(&waiting).await.expect_status(200).json();
    assert!(tokens["id_token"].is_string(), "{tokens}");
}

#[tokio::test]
async fn rfc8628_4_the_endpoint_is_in_the_metadata() {
    let it = setting().await;
    let metadata = it
        .house
        .browser()
        .get("/.well-known/openid-configuration")
        .await
        .json();
    let endpoint = format!("{}{DEVICE_AUTHORIZATION}", it.house.issuer);
    assert_eq!(metadata["device_authorization_endpoint"], json!(endpoint));
    let grants = metadata["grant_types_supported"].as_array().unwrap();
    assert!(grants.contains(&json!(GRANT)));
}
