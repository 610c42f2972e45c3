//! Signing on and out, and what is told of it.

use serde_json::json;

use super::Subject;

/// Settings: Allow Authentication API Redirectless Mode; Enable Cookieless Authentication API
#[tokio::test]
async fn pingfederate_sign_on_without_redirects_is_allowed_or_not() {
    let it = Subject::open(
        json!({ "grantTypes": ["AUTHORIZATION_CODE"], "redirectUris": ["https://shop.example/"] }),
    )
    .await;
    for member in [
        "allowAuthenticationApiInit",
        "enableCookielessAuthenticationApi",
    ] {
        it.keeps(
            member,
            json!([true, false]),
            json!([["yes", 400], [1, 400]]),
        )
        .await;
    }
    // Redirection URIs are optional then.
    let without =
        json!({ "grantTypes": ["AUTHORIZATION_CODE"], "allowAuthenticationApiInit": true });
    let it = Subject::open(without).await;
    it.keeps("redirectUris", json!([[]]), json!([])).await;
}

/// Settings: Default Access Token Manager; Restrict to Default Access Token Manager; Validate Against
/// All Eligible Access Token Managers
#[tokio::test]
async fn pingfederate_a_client_has_an_access_token_manager_of_those_there_are() {
    let it = Subject::open(json!({})).await;
    let refused = json!([[{ "id": "unheard-of" }, 422], ["jwt", 400], [{ "id": 7 }, 400, ".id"]]);
    it.keeps(
        "defaultAccessTokenManagerRef",
        json!([{ "id": "jwt" }]),
        refused,
    )
    .await;
    for member in [
        "restrictToDefaultAccessTokenManager",
        "validateUsingAllEligibleAtms",
    ] {
        it.keeps(member, json!([true, false]), json!([["yes", 400]]))
            .await;
    }
}

/// Settings: OIDC: Policy; Use Pairwise Identifier; Sector Identifier URI
#[tokio::test]
async fn pingfederate_what_id_tokens_say_is_up_to_a_policy_and_a_sector() {
    let it = Subject::open(json!({ "oidcPolicy": { "pairwiseIdentifierUserType": true } })).await;
    let refused = json!([[{ "id": "unheard-of" }, 422], ["oidc", 400]]);
    it.keeps("oidcPolicy.policyGroup", json!([{ "id": "oidc" }]), refused)
        .await;
    it.keeps(
        "oidcPolicy.pairwiseIdentifierUserType",
        json!([true, false]),
        json!([["yes", 400]]),
    )
    .await;
    let sectors = json!(["https://shop.example/sector.json"]);
    let refused = json!([
        ["http://shop.example/sector.json", 422],
        ["sector.json", 422],
        [7, 400]
    ]);
    it.keeps("oidcPolicy.sectorIdentifierUri", sectors.clone(), refused)
        .await;
    let it = Subject::open(json!({ "oidcPolicy": {} })).await;
    it.keeps(
        "oidcPolicy.sectorIdentifierUri",
        json!([]),
        json!([[sectors[0], 422]]),
    )
    .await;
}

/// Settings: Logout Mode; `PingAccess` Logout Capable; Front-Channel Logout URIs; Back-Channel Logout
/// URI
#[tokio::test]
async fn pingfederate_a_client_says_how_it_is_told_of_a_sign_out() {
    let it = Subject::open(json!({ "oidcPolicy": {} })).await;
    let modes = json!([
        "NONE",
        "PING_FRONT_CHANNEL",
        "OIDC_FRONT_CHANNEL",
        "OIDC_BACK_CHANNEL"
    ]);
    it.keeps(
        "oidcPolicy.logoutMode",
        modes,
        json!([["LOUD", 400], [7, 400]]),
    )
    .await;
    it.keeps(
        "oidcPolicy.pingAccessLogoutCapable",
        json!([true, false]),
        json!([["yes", 400]]),
    )
    .await;
    let uris = json!([
        [],
        ["https://shop.example/logout", "http://shop.example/logout"]
    ]);
    let many = vec!["https://shop.example/logout"; 1001];
    let refused = json!([
        [
            ["https://shop.example/logout", "javascript:alert(1)"],
            422,
            "[1]"
        ],
        [["/logout"], 422, "[0]"],
        [[7], 400, "[0]"],
        ["https://shop.example/logout", 400],
        [many, 422],
    ]);
    it.keeps("oidcPolicy.logoutUris", uris, refused).await;
    let refused = json!([["javascript:alert(1)", 422], ["/logout", 422], [7, 400]]);
    it.keeps(
        "oidcPolicy.backChannelLogoutUri",
        json!(["https://shop.example/logout"]),
        refused,
    )
    .await;
}

/// Settings: Allow Access to Session Revocation API; Allow Access to Session Management API
#[tokio::test]
async fn pingfederate_whoever_acts_on_sessions_proves_who_it_is() {
    let it = Subject::open(json!({ "oidcPolicy": {} })).await;
    let nobody = json!({
        "grantTypes": ["DEVICE_CODE"],
        "clientAuth": { "type": "NONE" },
        "oidcPolicy": {},
    });
    let nobody = Subject::open(nobody).await;
    for member in [
        "oidcPolicy.grantAccessSessionRevocationApi",
        "oidcPolicy.grantAccessSessionSessionManagementApi",
    ] {
        it.keeps(member, json!([true, false]), json!([["yes", 400]]))
            .await;
        nobody
            .keeps(member, json!([false]), json!([[true, 422]]))
            .await;
    }
}
