//! Apps on people's own devices: RFC 8252 §8.

use serde_json::{Value, json};
use testkit::{Answer, RelyingParty};

use super::{Setting, refused};

/// An app that many have, at its own scheme and on the device itself.
async fn app(it: &Setting) -> RelyingParty {
    let fields = json!({
        "redirectUris": ["com.example.app:/oauth2redirect", "http://127.0.0.1/callback"],
        "clientAuth": Value::Null,
        "requireProofKeyForCodeExchange": true,
    });
    it.house.add_client_with("app", fields).await
}

#[tokio::test]
async fn rfc8252_8_1_a_code_that_another_app_intercepts_is_worth_nothing() {
    let it = Setting::open().await;
    let app = app(&it).await;
    // "Authorization servers SHOULD reject authorization requests from native apps that don't use
    // PKCE by returning an error message".
    let bare = app.request().without("code_challenge");
    let reply = it.house.browser().go(&bare).await;
    assert_eq!(Answer::of(&reply).error(), "invalid_request");
    // Who has only the code has not the verifier.
    let request = app.request();
    let code = it.code(&request).await;
    let stolen = [
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("redirect_uri", app.redirect_uri.as_str()),
        ("code", code.as_str()),
    ];
    let url = it.house.at("/as/token.oauth2");
    refused(it.house.http.post(url, &stolen).await, 400, "invalid_grant");
}

#[tokio::test]
async fn rfc8252_8_4_an_app_is_answered_at_the_whole_address_that_it_has() {
    let it = Setting::open().await;
    let app = app(&it).await;
    // "reject authorization requests that specify a redirect URI that doesn't exactly match the one
    // that was registered; the exception is loopback redirects, where an exact match is required
    // except for the port URI component".
    for elsewhere in [
        "com.example.app:/oauth2redirect/more",
        "com.example.app:/",
        "com.example.other:/oauth2redirect",
        "http://127.0.0.1:51004/other",
        "http://localhost:51004/callback",
        "https://127.0.0.1:51004/callback",
    ] {
        let request = app.request().with("redirect_uri", elsewhere);
        let reply = it.house.browser().go(&request).await;
        assert_eq!(reply.status, 400, "{elsewhere}");
        assert_eq!(reply.header("location"), None, "{elsewhere}");
    }
}

#[tokio::test]
async fn rfc8252_8_5_a_secret_that_every_copy_of_an_app_has_proves_nothing() {
    let it = Setting::open().await;
    let app = app(&it).await;
    // A client that does not authenticate stays one, whatever it sends: "treat the client as a public
    // client [...] and not accept the secret as proof of the client's identity".
    let mut copied = app.clone();
    copied.secret = Some("a secret in every copy of the app".to_owned());
    let form = [("grant_type", "client_credentials")];
    let reply = copied.token(&form).await;
    assert!(reply.status >= 400, "{}", reply.text());
    let signed = copied.introspect("unknown").await;
    assert_ne!(
        signed.header("content-type"),
        Some("application/token-introspection+jwt")
    );
    // Nor can it become one that needs proof.
    let mut client = it
        .house
        .administration()
        .get("/oauth/clients/app")
        .await
        .json();
    client["grantTypes"] = json!(["CLIENT_CREDENTIALS"]);
    client["clientAuth"] = json!({ "type": "NONE", "secret": "a secret in every copy of the app" });
    let reply = it
        .house
        .administration()
        .put("/oauth/clients/app", &client)
        .await;
    let _ = reply.expect_status(422);
}

#[tokio::test]
async fn rfc8252_8_10_an_app_can_tell_which_server_has_answered() {
    let it = Setting::open().await;
    let app = app(&it).await;
    let request = app.request();
    let answer = it.house.browser().sign_on(&request, &it.alice).await;
    assert_eq!(answer.value("iss"), Some(it.house.issuer.as_str()));
}
