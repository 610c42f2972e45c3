//! Proof Key for Code Exchange (RFC 7636).

use serde_json::{Value, json};
use testkit::{AuthorizationRequest, House, Pkce, RelyingParty};

async fn setting() -> (House, testkit::Person, RelyingParty) {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let fields = json!({ "clientAuth": Value::Null });
    let app = house.add_client_with("app", fields).await;
    (house, alice, app)
}

fn with_verifier(request: &AuthorizationRequest, verifier: &str) -> AuthorizationRequest {
    let mut request = request.clone();
    verifier.clone_into(&mut request.pkce.verifier);
    request
}

#[tokio::test]
async fn rfc7636_4_6_refuses_a_wrong_verifier() {
    let (house, alice, app) = setting().await;
    let request = app.request();
    let answer = house.browser().sign_on(&request, &alice).await;
    let other = with_verifier(&request, &Pkce::new(0).verifier);
    let reply = app.exchange(&other, answer.code()).await.expect_status(400);
    assert_eq!(
        reply.text(),
        "{\"error_description\":\"The code_verifier sent does not match code_challenge included in the authorization request using the S256 code_challenge_method.\",\"error\":\"invalid_grant\"}\r\n"
    );
    // The challenge itself is no verifier.
    let challenge = with_verifier(&request, &request.pkce.challenge);
    let _ = app
        .exchange(&challenge, answer.code())
        .await
        .expect_status(400);
    app.redeem(&request, &answer).await;
}

#[tokio::test]
async fn rfc7636_4_5_refuses_a_missing_or_malformed_verifier() {
    let (house, alice, app) = setting().await;
    let request = app.request();
    let answer = house.browser().sign_on(&request, &alice).await;
    let missing = request.clone().without("code_challenge");
    let reply = app
        .exchange(&missing, answer.code())
        .await
        .expect_status(400);
    assert_eq!(reply.json()["error"], "invalid_grant");
    for malformed in ["short", &"x".repeat(129), &"ü".repeat(43)] {
        let request = with_verifier(&request, malformed);
        let reply = app.exchange(&request, answer.code()).await;
        assert_eq!(reply.expect_status(400).json()["error"], "invalid_grant");
    }
}

#[tokio::test]
async fn rfc9700_2_1_1_a_verifier_without_a_challenge_is_a_downgrade() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let without = shop
        .request()
        .without("code_challenge")
        .without("code_challenge_method");
    let answer = house.browser().sign_on(&without, &alice).await;
    let claims_to = without.clone().with("code_challenge", "sent only now");
    let reply = shop.exchange(&claims_to, answer.code()).await;
    let body = reply.expect_status(400).json();
    assert_eq!(body["error"], "invalid_grant");
    shop.redeem(&without, &answer).await;
}

#[tokio::test]
async fn rfc7636_4_2_plain_works_where_the_administrator_allows_it() {
    let (house, alice, app) = setting().await;
    house.set(json!({ "disallowPlainPKCE": false })).await;
    let plain = |request: AuthorizationRequest| {
        let verifier = request.pkce.verifier.clone();
        request.with("code_challenge", &verifier)
    };
    for request in [
        plain(app.request()).with("code_challenge_method", "plain"),
        // RFC 7636 §4.3: "Defaults to "plain" if not present in the request".
        plain(app.request()).without("code_challenge_method"),
    ] {
        let answer = house.browser().sign_on(&request, &alice).await;
        let wrong = with_verifier(&request, &Pkce::new(0).verifier);
        let reply = app.exchange(&wrong, answer.code()).await.expect_status(400);
        assert!(
            reply
                .text()
                .contains("using the plain code_challenge_method.")
        );
        app.redeem(&request, &answer).await;
    }
}
