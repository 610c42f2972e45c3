//! What is refused of a client: by name, with the path of the field.

use serde_json::{Value, json};
use testkit::{Administration, House};

/// A key pair (RFC 8037 appendix A.1), where only the public half belongs.
const PRIVATE_JWKS: &str = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// Its public half.
const PUBLIC_JWKS: &str = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

/// Posts a good client with other fields; the status, and the paths that are complained about.
async fn refused(administration: &Administration, fields: Value) -> (u16, Vec<String>) {
    let mut resource = json!({
        "clientId": "shop",
        "name": "Shop",
        "redirectUris": ["https://shop.example/callback"],
        "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN"],
        "clientAuth": { "type": "SECRET", "secret": "a secret" },
    });
    for (name, value) in fields.as_object().unwrap() {
        resource[name] = value.clone();
    }
    let reply = administration.post("/oauth/clients", &resource).await;
    assert!(reply.status >= 400, "{fields} was accepted");
    let body = reply.json();
    assert_eq!(body["resultId"], "validation_error", "{fields}");
    let errors = body["validationErrors"].as_array().unwrap().iter();
    let paths = errors.map(|error| {
        assert!(!error["errorId"].as_str().unwrap().is_empty());
        assert!(!error["message"].as_str().unwrap().is_empty());
        error["fieldPath"].as_str().unwrap_or_default().to_owned()
    });
    (reply.status, paths.collect())
}

#[tokio::test]
async fn pingfederate_1_1_unknown_fields_and_wrong_types_are_400() {
    let house = House::open().await;
    let administration = house.administration();
    for (fields, path) in [
        (json!({ "colour": "blue" }), "colour"),
        (
            json!({ "oidcPolicy": { "colour": "blue" } }),
            "oidcPolicy.colour",
        ),
        (
            json!({ "clientAuth": { "type": "SECRET", "secret": "a secret", "colour": 1 } }),
            "clientAuth.colour",
        ),
        (
            json!({ "jwksSettings": { "colour": 1 } }),
            "jwksSettings.colour",
        ),
        (json!({ "name": 7 }), "name"),
        (json!({ "enabled": "yes" }), "enabled"),
        (
            json!({ "redirectUris": "https://shop.example" }),
            "redirectUris",
        ),
        (json!({ "redirectUris": [7] }), "redirectUris[0]"),
        (json!({ "grantTypes": {} }), "grantTypes"),
        (json!({ "grantTypes": ["DANCE"] }), "grantTypes[0]"),
        (
            json!({ "defaultAccessTokenManagerRef": "x" }),
            "defaultAccessTokenManagerRef",
        ),
        (
            json!({ "defaultAccessTokenManagerRef": { "id": "x", "name": "y" } }),
            "defaultAccessTokenManagerRef.name",
        ),
        (json!({ "refreshRolling": "SOMETIMES" }), "refreshRolling"),
        (json!({ "clientAuth": [] }), "clientAuth"),
        (
            json!({ "clientAuth": { "type": "FINGERPRINT" } }),
            "clientAuth.type",
        ),
        (
            json!({ "oidcPolicy": { "idTokenSigningAlgorithm": "RS1" } }),
            "oidcPolicy.idTokenSigningAlgorithm",
        ),
    ] {
        let (status, paths) = refused(&administration, fields.clone()).await;
        assert_eq!(status, 400, "{fields}");
        assert!(paths.contains(&path.to_owned()), "{fields}: {paths:?}");
    }
}

/// Values that a field may not have, and the path that is complained about.
#[rustfmt::skip]
fn invalid() -> Vec<(Value, &'static str)> {
    vec![
        (json!({ "name": "  " }), "name"),
        (json!({ "name": "a\r\nb" }), "name"),
        (json!({ "clientId": "" }), "clientId"),
        (json!({ "clientId": "ü" }), "clientId"),
        (json!({ "clientId": "x".repeat(257) }), "clientId"),
        (json!({ "description": "x".repeat(3000) }), "description"),
        (json!({ "redirectUris": ["/callback"] }), "redirectUris[0]"),
        (json!({ "redirectUris": ["https://shop.example/#fragment"] }), "redirectUris[0]"),
        (json!({ "redirectUris": ["https://shop.example/", "javascript:alert(1)"] }), "redirectUris[1]"),
        (json!({ "redirectUris": ["data:text/html,x"] }), "redirectUris[0]"),
        (json!({ "redirectUris": ["https://user@shop.example/"] }), "redirectUris[0]"),
        (json!({ "redirectUris": ["https://shop.example/a b"] }), "redirectUris[0]"),
        (json!({ "redirectUris": ["https://*"] }), "redirectUris[0]"),
        (json!({ "redirectUris": ["https://*.com/callback"] }), "redirectUris[0]"),
        (json!({ "redirectUris": ["https://shop.example*"] }), "redirectUris[0]"),
        (json!({ "redirectUris": ["https://shop.example:*/"] }), "redirectUris[0]"),
        (json!({ "redirectUris": vec!["https://shop.example/"; 1001] }), "redirectUris"),
        (json!({ "logoUrl": "javascript:alert(1)" }), "logoUrl"),
        (json!({ "clientAuth": { "type": "SECRET", "secret": "" } }), "clientAuth.secret"),
        (json!({ "clientAuth": { "type": "SECRET", "secret": "a", "encryptedSecret": "b" } }), "clientAuth.secret"),
        (json!({ "clientAuth": { "type": "SECRET", "encryptedSecret": "OBF:JWE:a.b.c.d.e" } }), "clientAuth.encryptedSecret"),
        (json!({ "clientAuth": { "type": "SECRET", "secret": "a", "secondarySecrets": [{ "expiryTime": "2026-11-23T00:00:00Z" }] } }), "clientAuth.secondarySecrets[0].secret"),
        (json!({ "clientAuth": { "type": "SECRET", "secret": "a", "secondarySecrets": [{ "secret": "b", "expiryTime": "soon" }] } }), "clientAuth.secondarySecrets[0].expiryTime"),
        (json!({ "clientAuth": { "type": "SECRET", "secret": "a", "secondarySecrets": [{ "secret": "b", "expiryTime": "2027-11-23T00:00:00Z" }] } }), "clientAuth.secondarySecrets[0].expiryTime"),
        (json!({ "jwksSettings": { "jwks": "{" } }), "jwksSettings.jwks"),
        (json!({ "jwksSettings": { "jwks": PRIVATE_JWKS } }), "jwksSettings.jwks"),
        (json!({ "jwksSettings": { "jwksUrl": "ftp://shop.example/jwks" } }), "jwksSettings.jwksUrl"),
        (json!({ "restrictedResponseTypes": ["code code"] }), "restrictedResponseTypes[0]"),
        (json!({ "restrictedResponseTypes": ["none"] }), "restrictedResponseTypes[0]"),
        (json!({ "refreshTokenRollingGracePeriod": 86_401 }), "refreshTokenRollingGracePeriod"),
        (json!({ "clientSecretRetentionPeriod": 43_801 }), "clientSecretRetentionPeriod"),
        (json!({ "clientSecretRetentionPeriod": -1 }), "clientSecretRetentionPeriod"),
        (json!({ "refreshTokenRollingInterval": 31_536_001 }), "refreshTokenRollingInterval"),
        (json!({ "persistentGrantExpirationTime": -2 }), "persistentGrantExpirationTime"),
        (json!({ "oidcPolicy": { "sectorIdentifierUri": "http://shop.example/s", "pairwiseIdentifierUserType": true } }), "oidcPolicy.sectorIdentifierUri"),
    ]
}

/// Members of CIBA, for a client that may use it.
fn ciba(fields: &Value) -> Value {
    let mut client = json!({ "grantTypes": ["CIBA"], "redirectUris": [] });
    for (name, value) in fields.as_object().unwrap() {
        client[name] = value.clone();
    }
    client
}

/// A secret that is long enough for everything, beside a method.
fn long_secret(method: &str) -> Value {
    json!({ "type": method, "secret": "s".repeat(64) })
}

/// Fields that do not go together, and the path that is complained about.
#[rustfmt::skip]
fn inconsistent() -> Vec<(Value, &'static str)> {
    vec![
        (json!({ "grantTypes": [] }), "grantTypes"),
        (json!({ "redirectUris": [] }), "redirectUris"),
        (json!({ "grantTypes": ["IMPLICIT"], "redirectUris": [] }), "redirectUris"),
        (json!({ "grantTypes": ["CLIENT_CREDENTIALS"], "clientAuth": null }), "clientAuth"),
        (json!({ "clientAuth": { "type": "SECRET" } }), "clientAuth.secret"),
        (json!({ "clientAuth": { "type": "CLIENT_SECRET_JWT" } }), "clientAuth.secret"),
        (json!({ "clientAuth": { "type": "CLIENT_SECRET_JWT", "secret": "short" } }), "clientAuth.secret"),
        (json!({ "clientAuth": { "type": "PRIVATE_KEY_JWT" } }), "jwksSettings"),
        (json!({ "clientAuth": { "type": "PRIVATE_KEY_JWT", "tokenEndpointAuthSigningAlgorithm": "HS256" }, "jwksSettings": { "jwks": PUBLIC_JWKS } }), "clientAuth.tokenEndpointAuthSigningAlgorithm"),
        (json!({ "clientAuth": { "type": "CERTIFICATE", "clientCertSubjectDn": "CN=shop" } }), "clientAuth.clientCertIssuerDn"),
        (json!({ "clientAuth": { "type": "CERTIFICATE", "clientCertIssuerDn": "TRUST_ANY" } }), "clientAuth.clientCertSubjectDn"),
        (json!({ "jwksSettings": { "jwks": PUBLIC_JWKS, "jwksUrl": "https://shop.example/jwks" } }), "jwksSettings"),
        (json!({ "restrictedScopes": ["openid"] }), "restrictedScopes"),
        (json!({ "restrictScopes": true, "restrictedScopes": ["openid", "unheard-of"] }), "restrictedScopes[1]"),
        (json!({ "exclusiveScopes": ["openid"] }), "exclusiveScopes[0]"),
        (json!({ "authorizationDetailTypes": ["unheard-of"] }), "authorizationDetailTypes[0]"),
        (json!({ "defaultAccessTokenManagerRef": { "id": "unheard-of" } }), "defaultAccessTokenManagerRef"),
        (json!({ "oidcPolicy": { "policyGroup": { "id": "unheard-of" } } }), "oidcPolicy.policyGroup"),
        (json!({ "tokenExchangeProcessorPolicyRef": { "id": "unheard-of" } }), "tokenExchangeProcessorPolicyRef"),
        (json!({ "extendedParameters": { "unheard-of": { "values": ["x"] } } }), "extendedParameters.unheard-of"),
        (json!({ "oidcPolicy": { "idTokenSigningAlgorithm": "HS512" } }), "oidcPolicy.idTokenSigningAlgorithm"),
        (json!({ "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT"], "oidcPolicy": { "idTokenSigningAlgorithm": "NONE" } }), "oidcPolicy.idTokenSigningAlgorithm"),
        (json!({ "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT"], "restrictedResponseTypes": ["code", "code id_token"], "oidcPolicy": { "idTokenSigningAlgorithm": "NONE" } }), "oidcPolicy.idTokenSigningAlgorithm"),
        (json!({ "clientAuth": { "type": "SECRET", "secret": "a secret that is long enough for it" }, "oidcPolicy": { "idTokenSigningAlgorithm": "NONE", "idTokenEncryptionAlgorithm": "DIR", "idTokenContentEncryptionAlgorithm": "AES_128_GCM" } }), "oidcPolicy.idTokenSigningAlgorithm"),
        (json!({ "oidcPolicy": { "userInfoResponseSigningAlgorithm": "HS256" } }), "oidcPolicy.userInfoResponseSigningAlgorithm"),
        (json!({ "tokenIntrospectionSigningAlgorithm": "HS256" }), "tokenIntrospectionSigningAlgorithm"),
        (json!({ "jwtSecuredAuthorizationResponseModeSigningAlgorithm": "HS384" }), "jwtSecuredAuthorizationResponseModeSigningAlgorithm"),
        (json!({ "clientAuth": long_secret("NONE"), "oidcPolicy": { "idTokenSigningAlgorithm": "HS256" } }), "oidcPolicy.idTokenSigningAlgorithm"),
        (json!({ "clientAuth": long_secret("NONE"), "oidcPolicy": { "userInfoResponseSigningAlgorithm": "HS256" } }), "oidcPolicy.userInfoResponseSigningAlgorithm"),
        (json!({ "clientAuth": long_secret("NONE"), "tokenIntrospectionSigningAlgorithm": "HS384" }), "tokenIntrospectionSigningAlgorithm"),
        (json!({ "clientAuth": long_secret("NONE"), "jwtSecuredAuthorizationResponseModeSigningAlgorithm": "HS512" }), "jwtSecuredAuthorizationResponseModeSigningAlgorithm"),
        (json!({ "oidcPolicy": { "idTokenEncryptionAlgorithm": "A128KW" } }), "oidcPolicy.idTokenContentEncryptionAlgorithm"),
        (json!({ "oidcPolicy": { "idTokenContentEncryptionAlgorithm": "AES_128_GCM" } }), "oidcPolicy.idTokenContentEncryptionAlgorithm"),
        (json!({ "oidcPolicy": { "idTokenEncryptionAlgorithm": "RSA_OAEP", "idTokenContentEncryptionAlgorithm": "AES_128_GCM" } }), "oidcPolicy.idTokenEncryptionAlgorithm"),
        (json!({ "clientAuth": null, "oidcPolicy": { "userInfoResponseEncryptionAlgorithm": "DIR", "userInfoResponseContentEncryptionAlgorithm": "AES_128_GCM" } }), "oidcPolicy.userInfoResponseEncryptionAlgorithm"),
        (json!({ "tokenIntrospectionEncryptionAlgorithm": "ECDH_ES", "tokenIntrospectionContentEncryptionAlgorithm": "AES_128_GCM" }), "tokenIntrospectionEncryptionAlgorithm"),
        (json!({ "clientAuth": null, "tokenIntrospectionEncryptionAlgorithm": "ECDH_ES", "tokenIntrospectionContentEncryptionAlgorithm": "AES_128_GCM", "jwksSettings": { "jwks": PUBLIC_JWKS } }), "clientAuth"),
        (json!({ "jwtSecuredAuthorizationResponseModeEncryptionAlgorithm": "ECDH_ES_A128KW", "jwtSecuredAuthorizationResponseModeContentEncryptionAlgorithm": "AES_128_GCM" }), "jwtSecuredAuthorizationResponseModeEncryptionAlgorithm"),
        (json!({ "requireSignedRequests": true }), "requireSignedRequests"),
        (json!({ "requireSignedRequests": true, "jwksSettings": { "jwks": r#"{"keys":[]}"# } }), "requireSignedRequests"),
        (json!({ "jwksSettings": { "jwksUrl": "http://shop.example/jwks" } }), "jwksSettings.jwksUrl"),
        (json!({ "jwksSettings": { "jwksUrl": "http://127.0.0.1/jwks" } }), "jwksSettings.jwksUrl"),
        (json!({ "clientAuth": { "type": "CERTIFICATE", "clientCertIssuerDn": "CN=CA", "clientCertSubjectDn": "CN=shop" } }), "clientAuth.clientCertIssuerDn"),
        (json!({ "restrictedResponseTypes": ["code id_token"] }), "restrictedResponseTypes[0]"),
        (json!({ "restrictedResponseTypes": ["token"], "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT"] }), "restrictedResponseTypes"),
        (json!({ "restrictedResponseTypes": ["code"], "grantTypes": ["AUTHORIZATION_CODE", "IMPLICIT"] }), "restrictedResponseTypes"),
        (json!({ "offlineAccessRequireConsentPrompt": "YES" }), "offlineAccessRequireConsentPrompt"),
        (json!({ "oidcPolicy": { "sectorIdentifierUri": "https://shop.example/s" } }), "oidcPolicy.sectorIdentifierUri"),
        (json!({ "clientAuth": null, "oidcPolicy": { "grantAccessSessionRevocationApi": true } }), "oidcPolicy.grantAccessSessionRevocationApi"),
        (json!({ "cibaDeliveryMode": "POLL" }), "cibaDeliveryMode"),
        (json!({ "cibaPollingInterval": 3 }), "cibaPollingInterval"),
        (json!({ "cibaUserCodeSupported": true }), "cibaUserCodeSupported"),
        (json!({ "cibaNotificationEndpoint": "https://shop.example/ciba" }), "cibaNotificationEndpoint"),
        (json!({ "cibaRequestObjectSigningAlgorithm": "RS256" }), "cibaRequestObjectSigningAlgorithm"),
        (ciba(&json!({ "cibaDeliveryMode": "PING" })), "cibaNotificationEndpoint"),
        (ciba(&json!({ "cibaRequireSignedRequests": true })), "cibaRequireSignedRequests"),
        (ciba(&json!({ "cibaUserCodeSupported": true })), "cibaUserCodeSupported"),
        (ciba(&json!({ "requestPolicyRef": { "id": "unheard-of" } })), "requestPolicyRef"),
    ]
}

/// Values without the type that has them count, and types without a value.
#[rustfmt::skip]
fn overridden() -> Vec<(Value, &'static str)> {
    vec![
        (json!({ "refreshTokenRollingIntervalType": "OVERRIDE_SERVER_DEFAULT" }), "refreshTokenRollingInterval"),
        (json!({ "refreshTokenRollingIntervalType": "OVERRIDE_SERVER_DEFAULT", "refreshTokenRollingInterval": 8761 }), "refreshTokenRollingInterval"),
        (json!({ "refreshTokenRollingIntervalType": "OVERRIDE_SERVER_DEFAULT", "refreshTokenRollingInterval": 525_601, "refreshTokenRollingIntervalTimeUnit": "MINUTES" }), "refreshTokenRollingInterval"),
        (json!({ "refreshTokenRollingGracePeriodType": "OVERRIDE_SERVER_DEFAULT" }), "refreshTokenRollingGracePeriod"),
        (json!({ "clientSecretRetentionPeriodType": "OVERRIDE_SERVER_DEFAULT" }), "clientSecretRetentionPeriod"),
        (json!({ "lockoutMaxMaliciousActionsType": "OVERRIDE_SERVER_DEFAULT" }), "lockoutMaxMaliciousActions"),
        (json!({ "refreshTokenRollingInterval": 1 }), "refreshTokenRollingInterval"),
        (json!({ "refreshTokenRollingGracePeriod": 0 }), "refreshTokenRollingGracePeriod"),
        (json!({ "clientSecretRetentionPeriod": 1 }), "clientSecretRetentionPeriod"),
        (json!({ "lockoutMaxMaliciousActions": 5, "lockoutMaxMaliciousActionsType": "DO_NOT_LOCKOUT" }), "lockoutMaxMaliciousActions"),
        (json!({ "persistentGrantExpirationType": "OVERRIDE_SERVER_DEFAULT" }), "persistentGrantExpirationTime"),
        (json!({ "persistentGrantIdleTimeoutType": "OVERRIDE_SERVER_DEFAULT" }), "persistentGrantIdleTimeout"),
        (json!({ "persistentGrantExpirationTime": 5 }), "persistentGrantExpirationTime"),
        (json!({ "persistentGrantIdleTimeout": 5, "persistentGrantIdleTimeoutType": "INDEFINITE_EXPIRY" }), "persistentGrantIdleTimeout"),
    ]
}

#[tokio::test]
async fn pingfederate_1_2_bounds_and_cross_field_rules_are_422_by_path() {
    let house = House::open().await;
    let administration = house.administration();
    for (fields, path) in [invalid(), inconsistent(), overridden()].concat() {
        let answer = refused(&administration, fields.clone()).await;
        assert_eq!(answer, (422, vec![path.to_owned()]), "{fields}");
    }
    let list = administration.get("/oauth/clients").await.json();
    assert_eq!(list, json!({ "items": [] }), "nothing was created");
}

#[tokio::test]
async fn every_mistake_is_told_at_once() {
    let house = House::open().await;
    let fields =
        json!({ "name": "", "colour": 1, "requireDpop": "yes", "redirectUris": ["x", "y"] });
    let (_, paths) = refused(&house.administration(), fields).await;
    for path in ["name", "colour", "requireDpop", "redirectUris[1]"] {
        assert!(paths.contains(&path.to_owned()), "{path}: {paths:?}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_resources() {
    let house = House::open().await;
    let administration = house.administration();
    for body in [
        "",
        "{",
        "[]",
        "null",
        "\"x\"",
        "{\"name\":\"a\",\"name\":\"b\"}",
        "{\"name\":\"a\"} x",
    ] {
        let request = administration.request(http::Method::POST, "/oauth/clients");
        let reply = request.body("application/json", body).send().await;
        let reply = reply.expect_status(400);
        assert!(reply.json()["resultId"].is_string(), "{body}");
    }
    let request = administration.request(http::Method::POST, "/oauth/clients");
    let reply = request.body("text/plain", "{}").send().await;
    let _ = reply.expect_status(400);
    let list = administration.get("/oauth/clients").await.json();
    assert_eq!(list, json!({ "items": [] }), "nothing was created");
}
