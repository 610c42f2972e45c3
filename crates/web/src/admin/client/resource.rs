//! A client as PingFederate's administrative API writes it.

mod read;
mod rules;
mod write;

pub(crate) use read::{Context, read, secret};
pub(crate) use rules::too_short;
pub(crate) use write::{encrypted_secret, write};

use domain::{GrantType, Rolling};
use serde_json::{Value, json};

/// The grant types and their names.
const GRANT_TYPES: &[(&str, Option<GrantType>)] = &[
    ("AUTHORIZATION_CODE", Some(GrantType::AuthorizationCode)),
    ("REFRESH_TOKEN", Some(GrantType::RefreshToken)),
    ("CLIENT_CREDENTIALS", Some(GrantType::ClientCredentials)),
    (
        "ACCESS_TOKEN_VALIDATION",
        Some(GrantType::AccessTokenValidation),
    ),
    ("IMPLICIT", None),
    ("RESOURCE_OWNER_CREDENTIALS", None),
    ("EXTENSION", None),
    ("DEVICE_CODE", None),
    ("CIBA", None),
    ("TOKEN_EXCHANGE", None),
];

/// How refresh tokens change, and its names.
const ROLLING: &[(&str, Rolling)] = &[
    ("SERVER_DEFAULT", Rolling::ServerDefault),
    ("ROLL", Rolling::Roll),
    ("DONT_ROLL", Rolling::DontRoll),
];

/// The fields whose effect is yet to come, with the value that asks for nothing.
///
/// They are accepted and returned with that value, so that a client that states every default is
/// understood; any other value is refused by name.
fn without_effect() -> [(&'static str, Value); 27] {
    [
        ("restrictToDefaultAccessTokenManager", json!(false)),
        ("validateUsingAllEligibleAtms", json!(false)),
        ("refreshTokenRollingIntervalType", json!("SERVER_DEFAULT")),
        ("refreshTokenRollingIntervalTimeUnit", json!("HOURS")),
        ("persistentGrantExpirationType", json!("SERVER_DEFAULT")),
        ("persistentGrantExpirationTime", json!(0)),
        ("persistentGrantExpirationTimeUnit", json!("DAYS")),
        ("persistentGrantIdleTimeoutType", json!("SERVER_DEFAULT")),
        ("persistentGrantIdleTimeout", json!(0)),
        ("persistentGrantIdleTimeoutTimeUnit", json!("DAYS")),
        ("persistentGrantReuseType", json!("SERVER_DEFAULT")),
        ("persistentGrantReuseGrantTypes", json!([])),
        ("allowAuthenticationApiInit", json!(false)),
        ("enableCookielessAuthenticationApi", json!(false)),
        ("authorizationDetailTypes", json!([])),
        ("restrictedResponseTypes", json!([])),
        ("requirePushedAuthorizationRequests", json!(false)),
        ("requireJwtSecuredAuthorizationResponseMode", json!(false)),
        ("requireSignedRequests", json!(false)),
        ("deviceFlowSettingType", json!("SERVER_DEFAULT")),
        (
            "refreshTokenRollingGracePeriodType",
            json!("SERVER_DEFAULT"),
        ),
        ("clientSecretRetentionPeriodType", json!("SERVER_DEFAULT")),
        ("requireDpop", json!(false)),
        (
            "requireOfflineAccessScopeToIssueRefreshTokens",
            json!("SERVER_DEFAULT"),
        ),
        ("offlineAccessRequireConsentPrompt", json!("SERVER_DEFAULT")),
        ("lockoutMaxMaliciousActionsType", json!("SERVER_DEFAULT")),
        ("extendedParameters", json!({})),
    ]
}

/// The same for the fields of `oidcPolicy`.
fn oidc_without_effect() -> [(&'static str, Value); 7] {
    [
        ("grantAccessSessionRevocationApi", json!(false)),
        ("grantAccessSessionSessionManagementApi", json!(false)),
        ("logoutMode", json!("NONE")),
        ("pingAccessLogoutCapable", json!(false)),
        ("logoutUris", json!([])),
        ("pairwiseIdentifierUserType", json!(false)),
        ("policyGroup", json!({})),
    ]
}
