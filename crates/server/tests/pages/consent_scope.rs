//! What scopes mean to whom they are asked of.

use serde_json::json;
use testkit::{Answer, House, Person, RelyingParty};

async fn setting() -> (House, Person, RelyingParty) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    (house, alice, shop)
}

async fn with_groups_and_patterns(house: &House) {
    let scope = |name: &str, description: &str| json!({ "name": name, "description": description, "dynamic": name.contains('*') });
    let scopes = ["openid", "profile", "email", "phone"].map(|name| scope(name, name));
    let mut scopes = scopes.to_vec();
    scopes.push(scope("payment:*", "Pay from the account"));
    let contact = json!({
        "name": "contact",
        "description": "Get in touch with you",
        "scopes": ["email", "phone"],
    });
    house
        .set(json!({ "scopes": scopes, "scopeGroups": [contact] }))
        .await;
}

#[tokio::test]
async fn seed_groups_and_dynamic_scopes_are_told_in_the_administrators_words() {
    let (house, alice, shop) = setting().await;
    with_groups_and_patterns(&house).await;
    let mut browser = house.browser();
    let request = shop
        .request()
        .with("scope", "openid contact payment:<i>1234");
    let page = browser.go(&request).await;
    let page = browser.enter_password(&page, &alice).await;
    let text = page.text();
    assert!(text.contains("Get in touch with you"));
    assert!(!text.contains(">phone<"), "a group is one thing");
    let words = r#"Pay from the account <bdi class="value">&lt;i&gt;1234</bdi>"#;
    assert!(text.contains(words), "{text}");
    let answer = Answer::of(&browser.submit(&page, "consent", "allow", &[]).await);
    let tokens = shop.redeem(&request, &answer).await;
    // The group is told by its name, and is worth what is in it.
    let granted = "contact openid payment:<i>1234";
    assert_eq!(tokens.scope.as_deref(), Some(granted));
    let told = shop.userinfo(&tokens.access_token).await.json();
    assert_eq!(told["email"], "alice@example.com");
    assert!(told["phone_number"].is_string() && told.get("name").is_none());
    let page = browser.open("/account/grants").await.expect_status(200);
    assert!(page.text().contains("Pay from the account: &lt;i&gt;1234"));
    // Another value is another thing to allow.
    let other = shop.request().with("scope", "openid payment:5678");
    assert!(browser.go(&other).await.has_form("consent"));
}

/// Setting: Restrict Common Scopes
#[tokio::test]
async fn seed_scopes_that_the_client_may_not_have_are_invalid() {
    let (house, _, shop) = setting().await;
    with_groups_and_patterns(&house).await;
    let some = json!({ "restrictScopes": true, "restrictedScopes": ["openid", "payment:*"] });
    house.change_client("shop", some).await;
    for (scope, error) in [
        ("openid payment:1", None),
        ("openid email", Some("invalid_scope")),
        ("openid contact", Some("invalid_scope")),
        ("openid payment:*", Some("invalid_scope")),
        ("", None),
    ] {
        let reply = house
            .browser()
            .go(&shop.request().with("scope", scope))
            .await;
        match error {
            Some(error) => assert_eq!(Answer::of(&reply).error(), error, "{scope}"),
            None => assert!(reply.has_form("sign-on"), "{scope}"),
        }
    }
    let document = house
        .http
        .get(house.at("/.well-known/openid-configuration"));
    let supported = document.await.json()["scopes_supported"].clone();
    let supported: Vec<String> = serde_json::from_value(supported).unwrap();
    assert!(supported.contains(&"contact".to_owned()));
    assert!(!supported.iter().any(|it| it.contains('*')));
}

#[tokio::test]
async fn seed_the_default_scope_is_described_too() {
    let (house, alice, shop) = setting().await;
    let request = shop.request().with("scope", "");
    let asked = async |request| {
        let mut browser = house.browser();
        let page = browser.go(request).await;
        let page = browser.enter_password(&page, &alice).await;
        (browser, page)
    };
    let (_, page) = asked(&request).await;
    assert!(page.text().contains("Have basic access to your account"));
    house
        .set(json!({ "defaultScopeDescription": "See public offers" }))
        .await;
    let openid = shop.request().with("scope", "openid");
    let (_, page) = asked(&openid).await;
    assert!(page.text().contains("See public offers"));
    let (mut browser, page) = asked(&request).await;
    assert!(page.text().contains("See public offers"));
    let answer = Answer::of(&browser.submit(&page, "consent", "allow", &[]).await);
    let reply = shop.exchange(&request, answer.code()).await;
    let tokens = reply.expect_status(200).json();
    assert_eq!(tokens.get("scope"), None, "it has no name");
}

#[tokio::test]
async fn oidc_core_11_refresh_tokens_come_with_offline_access_that_was_asked_and_granted() {
    let (house, alice, shop) = setting().await;
    house
        .set(json!({
            "requireOfflineAccessScopeToIssueRefreshTokens": true,
            "offlineAccessRequireConsentPrompt": true,
        }))
        .await;
    let mut browser = house.browser();
    browser.sign_on(&shop.request(), &alice).await;
    let asked = "openid offline_access";
    let all = [("scope", "openid"), ("scope", "offline_access")];
    let part = [("scope", "openid")];
    for (scope, prompt, chosen, refreshable) in [
        // What signing on needs is not to be chosen.
        ("openid", "consent", &[][..], false),
        (asked, "", &all, false),
        (asked, "consent", &part, false),
        (asked, "consent", &all, true),
    ] {
        let request = shop.request().with("scope", scope).with("prompt", prompt);
        let mut reply = browser.go(&request).await;
        if reply.has_form("consent") {
            reply = browser.submit(&reply, "consent", "allow", chosen).await;
        }
        let tokens = shop.redeem(&request, &Answer::of(&reply)).await;
        let case = format!("{scope}, {prompt}, {chosen:?}");
        assert_eq!(tokens.refresh_token.is_some(), refreshable, "{case}");
        let granted = tokens.scope.unwrap();
        assert_eq!(granted.contains("offline_access"), refreshable, "{case}");
    }
}

/// Settings: Require `Offline_Access` Scope to Issue Refresh Tokens; `Offline_Access` Requires Consent
/// Prompt
#[tokio::test]
async fn pingfederate_a_client_has_rules_of_its_own_for_offline_access() {
    let (house, alice, shop) = setting().await;
    let [scope, offline] = ["openid", "openid offline_access"];
    for (required, prompted, scope, prompt, refreshable) in [
        ("SERVER_DEFAULT", "SERVER_DEFAULT", scope, "", true),
        ("NO", "NO", scope, "", true),
        ("YES", "NO", scope, "", false),
        ("YES", "NO", offline, "", true),
        ("YES", "YES", offline, "", false),
        ("YES", "YES", offline, "consent", true),
    ] {
        let own = json!({
            "requireOfflineAccessScopeToIssueRefreshTokens": required,
            "offlineAccessRequireConsentPrompt": prompted,
        });
        house.change_client("shop", own).await;
        let request = shop.request().with("scope", scope).with("prompt", prompt);
        let answer = house.browser().sign_on(&request, &alice).await;
        let tokens = shop.redeem(&request, &answer).await;
        let is_refreshable = tokens.refresh_token.is_some();
        let case = format!("{required}, {prompted}, {scope}, {prompt:?}");
        assert_eq!(is_refreshable, refreshable, "{case}");
    }
    // A client may do without what the server demands of the others.
    house
        .set(json!({ "requireOfflineAccessScopeToIssueRefreshTokens": true }))
        .await;
    for (own, refreshable) in [("SERVER_DEFAULT", false), ("NO", true)] {
        let own = json!({
            "requireOfflineAccessScopeToIssueRefreshTokens": own,
            "offlineAccessRequireConsentPrompt": "SERVER_DEFAULT",
        });
        house.change_client("shop", own).await;
        let request = shop.request();
        let answer = house.browser().sign_on(&request, &alice).await;
        let tokens = shop.redeem(&request, &answer).await;
        assert_eq!(tokens.refresh_token.is_some(), refreshable);
    }
}
