//! What is refused of a client: by name, with the path of the field.

use serde_json::{Value, json};
use testkit::{Administration, House};

/// A key pair (RFC 8037 appendix A.1), where only the public half belongs.
const PRIVATE_JWKS: &str = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
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
        (json!({ "redirectUris": [7] }), "redirectUris"),
        (json!({ "grantTypes": {} }), "grantTypes"),
        (json!({ "grantTypes": ["DANCE"] }), "grantTypes"),
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

#[tokio::test]
async fn what_has_no_effect_yet_is_refused_by_name() {
    let house = House::open().await;
    let administration = house.administration();
    for (fields, path) in [
        (json!({ "requireDpop": true }), "requireDpop"),
        (
            json!({ "requireSignedRequests": true }),
            "requireSignedRequests",
        ),
        (
            json!({ "requirePushedAuthorizationRequests": true }),
            "requirePushedAuthorizationRequests",
        ),
        (
            json!({ "allowAuthenticationApiInit": true }),
            "allowAuthenticationApiInit",
        ),
        (
            json!({ "persistentGrantExpirationTime": 5 }),
            "persistentGrantExpirationTime",
        ),
        (
            json!({ "restrictedResponseTypes": ["code"] }),
            "restrictedResponseTypes",
        ),
        (
            json!({ "defaultAccessTokenManagerRef": { "id": "x" } }),
            "defaultAccessTokenManagerRef",
        ),
        (json!({ "grantTypes": ["IMPLICIT"] }), "grantTypes"),
        (json!({ "grantTypes": ["CIBA"] }), "grantTypes"),
        (
            json!({ "redirectUris": ["https://*.shop.example/callback"] }),
            "redirectUris",
        ),
        (
            json!({ "clientAuth": { "type": "CERTIFICATE" } }),
            "clientAuth.type",
        ),
        (
            json!({ "oidcPolicy": { "pairwiseIdentifierUserType": true } }),
            "oidcPolicy.pairwiseIdentifierUserType",
        ),
        (
            json!({ "oidcPolicy": { "logoutMode": "OIDC_BACK_CHANNEL" } }),
            "oidcPolicy.logoutMode",
        ),
        (
            json!({ "oidcPolicy": { "policyGroup": { "id": "x" } } }),
            "oidcPolicy.policyGroup",
        ),
    ] {
        let (status, paths) = refused(&administration, fields.clone()).await;
        assert!(matches!(status, 400 | 422), "{fields}");
        assert!(paths.contains(&path.to_owned()), "{fields}: {paths:?}");
    }
}

/// Fields that do not go together, and the path that is complained about.
#[rustfmt::skip]
fn inconsistent() -> Vec<(Value, &'static str)> {
    vec![
        (json!({ "name": "  " }), "name"),
        (json!({ "name": "a\r\nb" }), "name"),
        (json!({ "clientId": "" }), "clientId"),
        (json!({ "clientId": "ü" }), "clientId"),
        (json!({ "grantTypes": [] }), "grantTypes"),
        (json!({ "redirectUris": [] }), "redirectUris"),
        (json!({ "redirectUris": ["/callback"] }), "redirectUris"),
        (json!({ "redirectUris": ["https://shop.example/#fragment"] }), "redirectUris"),
        (json!({ "redirectUris": ["javascript:alert(1)"] }), "redirectUris"),
        (json!({ "redirectUris": ["data:text/html,x"] }), "redirectUris"),
        (json!({ "redirectUris": ["https://user@shop.example/"] }), "redirectUris"),
        (json!({ "redirectUris": ["https://shop.example/a b"] }), "redirectUris"),
        (json!({ "logoUrl": "javascript:alert(1)" }), "logoUrl"),
        (json!({ "grantTypes": ["CLIENT_CREDENTIALS"], "clientAuth": null }), "clientAuth"),
        (json!({ "grantTypes": ["REFRESH_TOKEN"] }), "grantTypes"),
        (json!({ "clientAuth": { "type": "SECRET" } }), "clientAuth.secret"),
        (json!({ "clientAuth": { "type": "SECRET", "secret": "" } }), "clientAuth.secret"),
        (json!({ "clientAuth": { "type": "SECRET", "secret": "a", "encryptedSecret": "b" } }), "clientAuth.secret"),
        (json!({ "clientAuth": { "type": "SECRET", "encryptedSecret": "OBF:JWE:a.b.c.d.e" } }), "clientAuth.encryptedSecret"),
        (json!({ "clientAuth": { "type": "CLIENT_SECRET_JWT", "secret": "short" } }), "clientAuth.secret"),
        (json!({ "clientAuth": { "type": "PRIVATE_KEY_JWT" } }), "jwksSettings.jwks"),
        (json!({ "jwksSettings": { "jwks": "{" } }), "jwksSettings.jwks"),
        (json!({ "jwksSettings": { "jwks": PRIVATE_JWKS } }), "jwksSettings.jwks"),
        (json!({ "restrictedScopes": ["openid"] }), "restrictedScopes"),
        (json!({ "restrictScopes": true, "restrictedScopes": ["unheard-of"] }), "restrictedScopes"),
        (json!({ "exclusiveScopes": ["openid"] }), "exclusiveScopes"),
        (json!({ "oidcPolicy": { "idTokenSigningAlgorithm": "HS512" } }), "oidcPolicy.idTokenSigningAlgorithm"),
    ]
}

#[tokio::test]
async fn pingfederate_1_2_cross_field_rules_are_422() {
    let house = House::open().await;
    let administration = house.administration();
    for (fields, path) in inconsistent() {
        let (status, paths) = refused(&administration, fields.clone()).await;
        assert_eq!(status, 422, "{fields}: {paths:?}");
        assert!(paths.contains(&path.to_owned()), "{fields}: {paths:?}");
    }
}

#[tokio::test]
async fn every_mistake_is_told_at_once() {
    let house = House::open().await;
    let fields =
        json!({ "name": "", "colour": 1, "requireDpop": true, "redirectUris": ["x", "y"] });
    let (_, paths) = refused(&house.administration(), fields).await;
    for path in ["name", "colour", "requireDpop", "redirectUris"] {
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
