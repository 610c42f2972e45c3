//! Grants, and what is said of each.

use serde_json::json;

use super::{OVERRIDE, Subject};

/// Settings: Device Authorization Grant; CIBA; Token Exchange; Resource Owner Password Credentials;
/// Assertion Grants
#[tokio::test]
async fn pingfederate_a_client_has_grant_types_of_those_there_are() {
    let it = Subject::open(json!({ "redirectUris": ["https://shop.example/"] })).await;
    for grant in [
        "IMPLICIT",
        "AUTHORIZATION_CODE",
        "RESOURCE_OWNER_CREDENTIALS",
        "CLIENT_CREDENTIALS",
        "EXTENSION",
        "DEVICE_CODE",
        "ACCESS_TOKEN_VALIDATION",
        "CIBA",
        "TOKEN_EXCHANGE",
    ] {
        // What there is to refresh is the client's affair: many have the grant and no use for it.
        let alone_and_refreshed = json!([[grant], [grant, "REFRESH_TOKEN"]]);
        it.keeps("grantTypes", alone_and_refreshed, json!([])).await;
    }
    it.keeps("grantTypes", json!([["REFRESH_TOKEN"]]), json!([]))
        .await;
    let refused = json!([[[], 422], [["CIBA", "DANCE"], 400, "[1]"], ["CIBA", 400]]);
    it.keeps("grantTypes", json!([]), refused).await;
}

/// Settings: Persistent Grants Max Lifetime; Persistent Grants Idle Timeout; Reuse Existing Persistent
/// Access for Grant Types
#[tokio::test]
async fn pingfederate_persistent_grants_last_as_long_as_the_client_says() {
    let own = "OVERRIDE_SERVER_DEFAULT";
    let it = Subject::open(json!({
        "persistentGrantExpirationType": own,
        "persistentGrantExpirationTime": 1,
        "persistentGrantIdleTimeoutType": own,
        "persistentGrantIdleTimeout": 1,
    }))
    .await;
    let servers = Subject::open(json!({})).await;
    for member in [
        "persistentGrantExpirationTime",
        "persistentGrantIdleTimeout",
    ] {
        let refused = json!([
            [-2, 422],
            [0, 422],
            [1_000_000_001, 422],
            [1.5, 400],
            ["1", 400]
        ]);
        it.keeps(member, json!([-1, 1, 1_000_000_000]), refused)
            .await;
        servers
            .keeps(member, json!([0]), json!([[1, 422], [-1, 422]]))
            .await;
        let unit = format!("{member}TimeUnit");
        let unit = unit.replace("TimeTimeUnit", "TimeUnit");
        it.keeps(
            &unit,
            json!(["MINUTES", "HOURS", "DAYS"]),
            json!([["SECONDS", 400]]),
        )
        .await;
        let kind = format!("{}Type", member.trim_end_matches("Time"));
        it.keeps(&kind, json!([own]), json!([["NEVER", 400], [7, 400]]))
            .await;
        let kinds = json!(["INDEFINITE_EXPIRY", "SERVER_DEFAULT"]);
        servers.keeps(&kind, kinds, json!([])).await;
    }
    it.keeps(
        "persistentGrantReuseType",
        json!(OVERRIDE),
        json!([["NEVER", 400]]),
    )
    .await;
    let all = json!([
        "IMPLICIT",
        "AUTHORIZATION_CODE",
        "RESOURCE_OWNER_CREDENTIALS"
    ]);
    let refused = json!([[["CLIENT_CREDENTIALS"], 400, "[0]"], ["IMPLICIT", 400]]);
    it.keeps(
        "persistentGrantReuseGrantTypes",
        json!([[], ["IMPLICIT"], all]),
        refused,
    )
    .await;
}

/// Settings: Refresh Token Rolling Interval; Refresh Token Rolling Grace Period (seconds)
#[tokio::test]
async fn pingfederate_refresh_tokens_roll_as_often_as_the_client_says() {
    for (unit, most) in [
        ("HOURS", 8760),
        ("MINUTES", 525_600),
        ("SECONDS", 31_536_000),
    ] {
        let it = Subject::open(json!({
            "refreshTokenRollingIntervalType": "OVERRIDE_SERVER_DEFAULT",
            "refreshTokenRollingInterval": 1,
            "refreshTokenRollingIntervalTimeUnit": unit,
        }))
        .await;
        let refused = json!([[-1, 422], [most + 1, 422], ["1", 400], [null, 422]]);
        it.keeps("refreshTokenRollingInterval", json!([0, most]), refused)
            .await;
        it.keeps(
            "refreshTokenRollingIntervalTimeUnit",
            json!([unit]),
            json!([["DAYS", 400]]),
        )
        .await;
        it.keeps(
            "refreshTokenRollingIntervalType",
            json!(OVERRIDE[1..]),
            json!([["NEVER", 400]]),
        )
        .await;
    }
    let it = Subject::open(json!({
        "refreshTokenRollingGracePeriodType": "OVERRIDE_SERVER_DEFAULT",
        "refreshTokenRollingGracePeriod": 1,
    }))
    .await;
    let refused = json!([[-1, 422], [86_401, 422], ["1", 400], [null, 422]]);
    it.keeps(
        "refreshTokenRollingGracePeriod",
        json!([0, 86_400]),
        refused,
    )
    .await;
    it.keeps(
        "refreshTokenRollingGracePeriodType",
        json!(OVERRIDE[1..]),
        json!([["NEVER", 400]]),
    )
    .await;
    // A value of its own is one only if the client says so.
    let servers = Subject::open(json!({})).await;
    for member in [
        "refreshTokenRollingInterval",
        "refreshTokenRollingGracePeriod",
    ] {
        servers.keeps(member, json!([]), json!([[1, 422]])).await;
        let kind = format!("{member}Type");
        servers.keeps(&kind, json!(OVERRIDE[..1]), json!([])).await;
    }
}

/// Settings: Refresh Token Rolling Policy
#[tokio::test]
async fn pingfederate_refresh_tokens_roll_or_not() {
    let it = Subject::open(json!({})).await;
    let all = json!(["SERVER_DEFAULT", "DONT_ROLL", "ROLL"]);
    it.keeps(
        "refreshRolling",
        all,
        json!([["SOMETIMES", 400], [true, 400]]),
    )
    .await;
}

/// Settings: Device Authorization Grant: Override; User Authorization URL; Pending Authorization
/// Timeout (seconds); Device Polling Interval (seconds); Bypass Activation Code Confirmation
#[tokio::test]
async fn pingfederate_devices_wait_as_the_client_says() {
    let it = Subject::open(json!({ "grantTypes": ["DEVICE_CODE"] })).await;
    it.keeps(
        "deviceFlowSettingType",
        json!(OVERRIDE),
        json!([["NEVER", 400], [7, 400]]),
    )
    .await;
    let refused = json!([["javascript:alert(1)", 422], ["/welcome", 422], [7, 400]]);
    it.keeps(
        "userAuthorizationUrlOverride",
        json!(["https://www.example.org/welcome"]),
        refused,
    )
    .await;
    let refused = json!([[0, 422], [604_801, 422], ["60", 400]]);
    it.keeps(
        "pendingAuthorizationTimeoutOverride",
        json!([1, 604_800]),
        refused,
    )
    .await;
    let refused = json!([[0, 422], [3601, 422], [1.5, 400]]);
    it.keeps("devicePollingIntervalOverride", json!([1, 3600]), refused)
        .await;
    let refused = json!([["yes", 400]]);
    it.keeps(
        "bypassActivationCodeConfirmationOverride",
        json!([true, false]),
        refused,
    )
    .await;
}

/// Settings: Token Delivery Method; Notification Endpoint; Polling Interval (seconds); CIBA: Policy;
/// User Code Support; Require CIBA Signed Requests; CIBA Request Object Signing Algorithm
#[tokio::test]
async fn pingfederate_back_channel_authentication_is_as_the_client_says() {
    let it = Subject::open(json!({
        "grantTypes": ["CIBA"],
        "cibaDeliveryMode": "PING",
        "cibaNotificationEndpoint": "https://shop.example/ciba",
        "requestPolicyRef": { "id": "ciba" },
    }))
    .await;
    it.keeps(
        "cibaDeliveryMode",
        json!(["POLL", "PING"]),
        json!([["PUSH", 400], [7, 400]]),
    )
    .await;
    let refused = json!([
        ["javascript:alert(1)", 422],
        ["/ciba", 422],
        [null, 422],
        [7, 400]
    ]);
    it.keeps(
        "cibaNotificationEndpoint",
        json!(["https://shop.example/ciba"]),
        refused,
    )
    .await;
    let refused = json!([[-1, 422], [3601, 422], ["3", 400]]);
    it.keeps("cibaPollingInterval", json!([1, 3600]), refused)
        .await;
    let refused = json!([[{ "id": "unheard-of" }, 422], ["ciba", 400]]);
    it.keeps("requestPolicyRef", json!([{ "id": "ciba" }]), refused)
        .await;
    for member in ["cibaUserCodeSupported", "cibaRequireSignedRequests"] {
        it.keeps(member, json!([true, false]), json!([["yes", 400]]))
            .await;
    }
    let refused = json!([["HS256", 400], ["none", 400]]);
    it.keeps(
        "cibaRequestObjectSigningAlgorithm",
        json!(["RS256", "ES384", "PS512"]),
        refused,
    )
    .await;
    // Signed requests need keys.
    let without = json!({ "grantTypes": ["CIBA"], "jwksSettings": null });
    let without = Subject::open(without).await;
    without
        .keeps(
            "cibaRequireSignedRequests",
            json!([false]),
            json!([[true, 422]]),
        )
        .await;
}

#[tokio::test]
async fn pingfederate_1_2_nothing_of_ciba_is_for_a_client_that_may_not_use_it() {
    let other = Subject::open(json!({})).await;
    for (member, value) in [
        ("cibaDeliveryMode", json!("POLL")),
        (
            "cibaNotificationEndpoint",
            json!("https://shop.example/ciba"),
        ),
        ("cibaPollingInterval", json!(3)),
        ("requestPolicyRef", json!({ "id": "ciba" })),
        ("cibaUserCodeSupported", json!(true)),
        ("cibaRequireSignedRequests", json!(true)),
        ("cibaRequestObjectSigningAlgorithm", json!("RS256")),
    ] {
        other.keeps(member, json!([]), json!([[value, 422]])).await;
    }
}

/// Settings: Processor Policy
#[tokio::test]
async fn pingfederate_a_client_has_a_token_exchange_policy_of_those_there_are() {
    let it = Subject::open(json!({ "grantTypes": ["TOKEN_EXCHANGE"] })).await;
    let refused = json!([[{ "id": "unheard-of" }, 422], ["exchange", 400]]);
    it.keeps(
        "tokenExchangeProcessorPolicyRef",
        json!([{ "id": "exchange" }]),
        refused,
    )
    .await;
}

/// Settings: Lockout: Max Malicious Actions
#[tokio::test]
async fn pingfederate_1_2_a_client_is_locked_out_as_it_says() {
    let own = "OVERRIDE_SERVER_DEFAULT";
    let it = Subject::open(json!({
        "lockoutMaxMaliciousActionsType": own,
        "lockoutMaxMaliciousActions": 3,
    }))
    .await;
    let kind = "lockoutMaxMaliciousActionsType";
    it.keeps(kind, json!([own]), json!([["NEVER", 400]])).await;
    let servers = Subject::open(json!({})).await;
    let kinds = json!(["DO_NOT_LOCKOUT", "SERVER_DEFAULT"]);
    servers.keeps(kind, kinds, json!([])).await;
    servers
        .keeps("lockoutMaxMaliciousActions", json!([]), json!([[3, 422]]))
        .await;
    let refused = json!([[-1, 422], [1_000_001, 422], ["3", 400]]);
    it.keeps("lockoutMaxMaliciousActions", json!([0, 1_000_000]), refused)
        .await;
}
