//! Clients as administrators describe them in JSON: what is accepted is kept as it was given, and what
//! is not is told.

use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use testkit::House;
use tower::ServiceExt;

use super::house;
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "admin",
    run,
    seeds,
};

fn run(input: &[u8]) -> bool {
    house::with(async |house| {
        let router = web::router::administration(house.app());
        let clients = "/pf-admin-api/v1/oauth/clients";
        let (status, added) = call(house, &router, (Method::POST, clients), input).await;
        if status != StatusCode::CREATED {
            assert!(status.is_client_error(), "{status} {added}");
            assert!(added["resultId"].is_string(), "{added}");
            return false;
        }
        let id = added["clientId"].as_str().expect("a client has an id");
        let path = format!("{clients}/{}", escaped(id));
        let (status, shown) = call(house, &router, (Method::GET, &path), b"").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(without_seal(shown.clone()), without_seal(added.clone()));
        // What a program reads it may write back: nothing changes.
        let text = shown.to_string();
        let (status, kept) = call(house, &router, (Method::PUT, &path), text.as_bytes()).await;
        assert_eq!(status, StatusCode::OK, "{kept}");
        assert_eq!(without_seal(kept), without_seal(shown));
        let (status, _) = call(house, &router, (Method::DELETE, &path), b"").await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        true
    })
}

/// Asks the administration API.
async fn call(
    house: &House,
    router: &Router,
    (method, path): (Method, &str),
    body: &[u8],
) -> (StatusCode, Value) {
    let administrator = house.administration();
    let pair = format!("{}:{}", administrator.name, administrator.password);
    let pair = data_encoding::BASE64.encode(pair.as_bytes());
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Basic {pair}"))
        .header("x-xsrf-header", "PingFederate")
        .header("content-type", "application/json")
        .body(Body::from(body.to_vec()))
        .expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let body = response
        .into_body()
        .collect()
        .await
        .expect("a whole answer");
    let body = body.to_bytes();
    let value = match body.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&body).expect("the API speaks JSON"),
    };
    (status, value)
}

/// A text as a segment of a path.
fn escaped(text: &str) -> String {
    use std::fmt::Write;
    let mut path = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => path.push(char::from(byte)),
            other => write!(path, "%{other:02X}").expect("a text can be written"),
        }
    }
    path
}

/// A secret is sealed anew each time that it is shown.
fn without_seal(mut client: Value) -> Value {
    if let Some(auth) = client.get_mut("clientAuth").and_then(Value::as_object_mut) {
        auth.remove("encryptedSecret");
    }
    client
}

fn seeds() -> Vec<Vec<u8>> {
    let jwks = json!({ "keys": [{
        "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }] });
    [
        json!({
            "clientId": "web", "name": "Web", "description": "d", "enabled": true,
            "redirectUris": ["https://web.example/cb", "http://127.0.0.1/cb"],
            "grantTypes": ["AUTHORIZATION_CODE", "REFRESH_TOKEN", "CLIENT_CREDENTIALS"],
            "clientAuth": { "type": "SECRET", "secret": "a secret that is long enough for HS256" },
            "oidcPolicy": { "idTokenSigningAlgorithm": "HS256" },
        }),
        json!({
            "clientId": "robot", "name": "Robot", "grantTypes": ["CLIENT_CREDENTIALS"],
            "clientAuth": { "type": "PRIVATE_KEY_JWT", "enforceReplayPrevention": true },
            "jwksSettings": { "jwks": jwks.to_string() },
        }),
        json!({
            "clientId": "app", "name": "App", "grantTypes": ["AUTHORIZATION_CODE"],
            "redirectUris": ["com.example.app:/cb"], "requireProofKeyForCodeExchange": true,
            "clientAuth": { "type": "NONE" },
        }),
    ]
    .map(|client| client.to_string().into_bytes())
    .into()
}
