//! `/oauth/authServerSettings`.

use serde_json::{Value, json};
use testkit::House;

const PATH: &str = "/oauth/authServerSettings";

#[tokio::test]
async fn pingfederate_1_3_a_new_server_has_these_settings() {
    let house = House::open().await;
    let settings = house
        .administration()
        .get(PATH)
        .await
        .expect_status(200)
        .json();
    for (name, value) in [
        ("defaultScopeDescription", json!("")),
        ("scopeGroups", json!([])),
        ("exclusiveScopes", json!([])),
        ("exclusiveScopeGroups", json!([])),
        ("authorizationCodeTimeout", json!(60)),
        ("authorizationCodeEntropy", json!(30)),
        ("persistentGrantLifetime", json!(-1)),
        ("persistentGrantLifetimeUnit", json!("DAYS")),
        ("persistentGrantIdleTimeout", json!(30)),
        ("persistentGrantIdleTimeoutTimeUnit", json!("DAYS")),
        ("refreshTokenLength", json!(42)),
        ("refreshRollingInterval", json!(0)),
        ("refreshRollingIntervalTimeUnit", json!("HOURS")),
        ("persistentGrantReuseGrantTypes", json!([])),
        ("allowedOrigins", json!([])),
        ("consentLifetimeDays", json!(-1)),
        ("parReferenceTimeout", json!(60)),
        ("parReferenceLength", json!(24)),
        ("pendingAuthorizationTimeout", json!(600)),
        ("devicePollingInterval", json!(5)),
        ("activationCodeCheckMode", json!("AFTER_AUTHENTICATION")),
        ("userAuthorizationConsentPageSetting", json!("INTERNAL")),
        ("clientSecretRetentionPeriod", json!(0)),
        ("jwtSecuredAuthorizationResponseModeLifetime", json!(600)),
        ("dpopProofRequireNonce", json!(false)),
        ("dpopProofLifetimeSeconds", json!(120)),
    ] {
        assert_eq!(settings[name], value, "{name}");
    }
    assert_eq!(
        settings["persistentGrantContract"]["coreAttributes"],
        json!([{ "name": "USER_KEY" }, { "name": "USER_NAME" }])
    );
}

#[tokio::test]
async fn what_is_read_can_be_written_back_unchanged() {
    let house = House::open().await;
    let administration = house.administration();
    let before = administration.get(PATH).await.json();
    let written = administration
        .put(PATH, &before)
        .await
        .expect_status(200)
        .json();
    assert_eq!(
        (&written, &administration.get(PATH).await.json()),
        (&before, &before)
    );
}

#[tokio::test]
async fn changes_are_kept() {
    let house = House::open().await;
    let changes = json!({
        "defaultScopeDescription": "Basic access",
        "exclusiveScopes": [{ "name": "vault", "description": "Open the vault", "dynamic": false }],
        "authorizationCodeTimeout": 30,
        "authorizationCodeEntropy": 40,
        "disallowPlainPKCE": false,
        "persistentGrantLifetime": 90,
        "persistentGrantLifetimeUnit": "MINUTES",
        "persistentGrantIdleTimeout": -1,
        "persistentGrantIdleTimeoutTimeUnit": "DAYS",
        "refreshRollingInterval": 90,
        "refreshRollingIntervalTimeUnit": "SECONDS",
        "rollRefreshTokenValues": false,
        "consentLifetimeDays": 7,
        "allowedOrigins": ["https://app.example"],
    });
    house.set(changes.clone()).await;
    let settings = house.administration().get(PATH).await.json();
    for (name, value) in changes.as_object().unwrap() {
        assert_eq!(settings[name], *value, "{name}");
    }
}

#[tokio::test]
async fn pingfederate_1_3_four_fields_are_required_and_the_rest_has_defaults() {
    let house = House::open().await;
    let administration = house.administration();
    let reply = administration
        .put(PATH, &json!({}))
        .await
        .expect_status(422);
    let body = reply.json();
    let errors = body["validationErrors"].as_array().unwrap();
    let paths: Vec<&str> = errors
        .iter()
        .map(|e| e["fieldPath"].as_str().unwrap())
        .collect();
    let required = [
        "authorizationCodeEntropy",
        "authorizationCodeTimeout",
        "refreshRollingInterval",
        "refreshTokenLength",
    ];
    assert_eq!(paths, required);
    let least: Value = json!({
        "authorizationCodeEntropy": 30,
        "authorizationCodeTimeout": 60,
        "refreshRollingInterval": 0,
        "refreshTokenLength": 42,
    });
    let written = administration
        .put(PATH, &least)
        .await
        .expect_status(200)
        .json();
    assert_eq!(written["scopes"], json!([]));
    assert_eq!(written["includeIssuerInAuthorizationResponse"], false);
}

/// A field, a value that it may not have, the status and the path of the answer.
#[rustfmt::skip]
fn mistakes() -> Vec<(&'static str, Value, u16, &'static str)> {
    vec![
        ("authorizationCodeTimeout", json!(0), 422, "authorizationCodeTimeout"),
        ("authorizationCodeTimeout", json!("60"), 400, "authorizationCodeTimeout"),
        ("authorizationCodeEntropy", json!(1), 422, "authorizationCodeEntropy"),
        ("refreshTokenLength", json!(1000), 422, "refreshTokenLength"),
        ("allowedOrigins", json!(["https://app.example/path"]), 422, "allowedOrigins[0]"),
        ("allowedOrigins", json!(["null"]), 422, "allowedOrigins[0]"),
        ("persistentGrantLifetimeUnit", json!("YEARS"), 400, "persistentGrantLifetimeUnit"),
        ("scopes", json!([{ "name": "a b", "description": "" }]), 422, "scopes[0].name"),
        ("scopes", json!(["openid"]), 400, "scopes[0]"),
        ("scopes", json!([{ "name": "a", "description": "", "colour": 1 }]), 400, "scopes[0].colour"),
        ("scopes", json!([{ "name": "a", "description": "", "dynamic": true }]), 422, "scopes[0].name"),
        ("scopes", json!([{ "name": "a" }]), 422, "scopes[0].description"),
        ("exclusiveScopes", json!([{ "name": "email", "description": "" }]), 422, "exclusiveScopes[0].name"),
        ("scopeGroups", json!([{ "name": "g", "description": "" }]), 422, "scopeGroups[0].scopes"),
        ("scopeGroups", json!([{ "name": "g", "description": "", "scopes": ["email", "unheard-of"] }]), 422, "scopeGroups[0].scopes[1]"),
        ("refreshRollingInterval", json!(8761), 422, "refreshRollingInterval"),
        ("clientSecretRetentionPeriod", json!(43_801), 422, "clientSecretRetentionPeriod"),
        ("parStatus", json!("SOMETIMES"), 400, "parStatus"),
        ("atmIdForOAuthGrantManagement", json!("unheard-of"), 422, "atmIdForOAuthGrantManagement"),
        ("colour", json!("blue"), 400, "colour"),
    ]
}

#[tokio::test]
async fn mistakes_are_named_by_path() {
    let house = House::open().await;
    let administration = house.administration();
    let good = administration.get(PATH).await.json();
    for (name, value, status, path) in mistakes() {
        let mut settings = good.clone();
        settings[name] = value.clone();
        let reply = administration.put(PATH, &settings).await;
        let body = reply.expect_status(status).json();
        assert_eq!(
            body["validationErrors"][0]["fieldPath"], path,
            "{name}={value}"
        );
    }
    let twice = json!([{ "name": "a", "description": "" }, { "name": "a", "description": "" }]);
    let mut settings = good.clone();
    settings["scopes"] = twice;
    let body = administration
        .put(PATH, &settings)
        .await
        .expect_status(422)
        .json();
    assert_eq!(body["validationErrors"][0]["errorId"], "not_unique");
    assert_eq!(
        administration.get(PATH).await.json(),
        good,
        "nothing was changed"
    );
}
