//! Certificates, keys and algorithms.

use serde_json::json;

use super::{JWKS, Subject};

/// Settings: Client TLS Certificate; Client TLS Certificate: Issuer; Client TLS Certificate:
/// Subject DN
#[tokio::test]
async fn pingfederate_a_client_certificate_has_an_issuer_and_a_subject() {
    let certificate = json!({
        "type": "CERTIFICATE",
        "clientCertIssuerDn": "TRUST_ANY",
        "clientCertSubjectDn": "CN=shop",
    });
    let it = Subject::open(json!({ "clientAuth": certificate })).await;
    let refused = json!([[null, 422], ["", 422], [7, 400], ["x".repeat(2049), 422]]);
    it.keeps(
        "clientAuth.type",
        json!(["CERTIFICATE"]),
        json!([["TLS", 400]]),
    )
    .await;
    it.keeps(
        "clientAuth.clientCertIssuerDn",
        json!(["TRUST_ANY"]),
        refused.clone(),
    )
    .await;
    let subjects = json!(["CN=shop", "CN=shop,OU=Sales\\, Online,O=Shop,C=DE"]);
    it.keeps("clientAuth.clientCertSubjectDn", subjects, refused)
        .await;
}

/// Settings: JWKS URL
#[tokio::test]
async fn pingfederate_a_set_of_keys_is_here_or_at_an_address() {
    let keys = json!({ "jwksUrl": "https://shop.example/jwks" });
    let it = Subject::open(json!({ "jwksSettings": keys })).await;
    let refused = json!([["ftp://shop.example/jwks", 422], ["/jwks", 422], [7, 400]]);
    it.keeps(
        "jwksSettings.jwksUrl",
        json!(["https://shop.example/jwks?v=2"]),
        refused,
    )
    .await;
    let both = json!({ "jwksUrl": "https://shop.example/jwks", "jwks": JWKS });
    it.keeps("jwksSettings", json!([]), json!([[both, 422]]))
        .await;
}

/// Settings: ID Token Key Management Encryption Algorithm; ID Token Content Encryption Algorithm
#[tokio::test]
async fn pingfederate_id_tokens_have_algorithms() {
    let policy = json!({
        "idTokenEncryptionAlgorithm": "DIR",
        "idTokenContentEncryptionAlgorithm": "AES_128_GCM",
    });
    let it = Subject::open(json!({ "oidcPolicy": policy })).await;
    it.keeps_algorithms([
        "oidcPolicy.idTokenSigningAlgorithm",
        "oidcPolicy.idTokenEncryptionAlgorithm",
        "oidcPolicy.idTokenContentEncryptionAlgorithm",
    ])
    .await;
    // OpenID Connect Core §2: what is encrypted is signed first.
    let member = "oidcPolicy.idTokenSigningAlgorithm";
    it.keeps(member, json!([]), json!([["NONE", 422]])).await;
    let it = Subject::open(json!({ "oidcPolicy": {} })).await;
    it.keeps(member, json!(["NONE"]), json!([])).await;
}

/// Settings: `UserInfo` Response Signing Algorithm; `UserInfo` Response Key Management Encryption
/// Algorithm; `UserInfo` Response Content Encryption Algorithm
#[tokio::test]
async fn pingfederate_answers_about_a_person_have_algorithms() {
    let policy = json!({
        "userInfoResponseEncryptionAlgorithm": "DIR",
        "userInfoResponseContentEncryptionAlgorithm": "AES_128_GCM",
    });
    let it = Subject::open(json!({ "oidcPolicy": policy })).await;
    it.keeps_algorithms([
        "oidcPolicy.userInfoResponseSigningAlgorithm",
        "oidcPolicy.userInfoResponseEncryptionAlgorithm",
        "oidcPolicy.userInfoResponseContentEncryptionAlgorithm",
    ])
    .await;
    it.keeps(
        "oidcPolicy.userInfoResponseSigningAlgorithm",
        json!(["NONE"]),
        json!([]),
    )
    .await;
}

/// Settings: Token Introspection Signing Algorithm; Token Introspection Key Management Encryption
/// Algorithm; Token Introspection Content Encryption Algorithm
#[tokio::test]
async fn pingfederate_introspection_responses_have_algorithms() {
    let it = Subject::open(json!({
        "grantTypes": ["ACCESS_TOKEN_VALIDATION"],
        "tokenIntrospectionEncryptionAlgorithm": "DIR",
        "tokenIntrospectionContentEncryptionAlgorithm": "AES_128_GCM",
    }))
    .await;
    it.keeps_algorithms([
        "tokenIntrospectionSigningAlgorithm",
        "tokenIntrospectionEncryptionAlgorithm",
        "tokenIntrospectionContentEncryptionAlgorithm",
    ])
    .await;
}

/// Settings: JARM Signing Algorithm; JARM Key Management Encryption Algorithm; JARM Content
/// Encryption Algorithm
#[tokio::test]
async fn pingfederate_authorization_responses_have_algorithms() {
    let it = Subject::open(json!({
        "jwtSecuredAuthorizationResponseModeEncryptionAlgorithm": "DIR",
        "jwtSecuredAuthorizationResponseModeContentEncryptionAlgorithm": "AES_128_GCM",
    }))
    .await;
    it.keeps_algorithms([
        "jwtSecuredAuthorizationResponseModeSigningAlgorithm",
        "jwtSecuredAuthorizationResponseModeEncryptionAlgorithm",
        "jwtSecuredAuthorizationResponseModeContentEncryptionAlgorithm",
    ])
    .await;
}
