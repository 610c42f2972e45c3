//! `private_key_jwt` and `client_secret_jwt` (RFC 7523, OpenID Connect Core §9).

use std::time::Duration;

use jose::jws::{Algorithm, SigningKey};
use serde_json::{Value, json};
use testkit::{House, RelyingParty, Reply, SignedAssertion};

const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

fn with_keys(keys: &[&SigningKey], auth: &Value) -> Value {
    let keys: Vec<Value> = keys
        .iter()
        .map(|key| Value::Object(key.jwk().to_public_value().unwrap()))
        .collect();
    let mut fields = json!({
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "clientAuth": { "type": "PRIVATE_KEY_JWT", "secret": null },
        "jwksSettings": { "jwks": json!({ "keys": keys }).to_string() },
    });
    for (name, value) in auth.as_object().unwrap() {
        fields["clientAuth"][name] = value.clone();
    }
    fields
}

async fn token(client: &RelyingParty, assertion: &str) -> Reply {
    client
        .call_with_assertion("/as/token.oauth2", assertion, &CREDENTIALS)
        .await
}

#[track_caller]
fn refused(reply: Reply, why: &str) {
    let reply = reply.expect_status(401);
    assert_eq!(reply.json()["error"], "invalid_client", "{why}");
    assert_eq!(reply.header("www-authenticate"), None);
}

/// Settings: Private Key JWT; JWKS
#[tokio::test]
async fn oidc_core_9_every_asymmetric_algorithm_is_believed() {
    let house = House::open().await;
    for algorithm in Algorithm::ALL.iter().filter(|it| !it.is_symmetric()) {
        let key = SigningKey::generate(*algorithm).unwrap();
        let id = format!("robot-{}", algorithm.name().to_lowercase());
        let robot = house
            .add_client_with(&id, with_keys(&[&key], &json!({})))
            .await;
        let assertion = robot.assertion().signed(&key);
        let _ = token(&robot, &assertion).await.expect_status(200);
    }
}

#[tokio::test]
async fn rfc7523_3_item_3_the_audience_is_this_server() {
    let house = House::open().await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let robot = house
        .add_client_with("robot", with_keys(&[&key], &json!({})))
        .await;
    let good = [
        json!(house.issuer),
        json!(house.at("/as/token.oauth2")),
        json!([house.issuer, "https://elsewhere.example"]),
    ];
    for aud in good {
        let assertion = robot.assertion().with("aud", aud.clone()).signed(&key);
        assert_eq!(token(&robot, &assertion).await.status, 200, "{aud}");
    }
    let bad = [
        Value::Null,
        json!("https://elsewhere.example"),
        json!(format!("{}/", house.at("/as/token.oauth2"))),
        json!([]),
        json!(house.at("/as/revoke_token.oauth2")),
        json!(7),
    ];
    for aud in bad {
        let assertion = robot.assertion().with("aud", aud.clone()).signed(&key);
        refused(token(&robot, &assertion).await, &aud.to_string());
    }
    // At another endpoint its own address is an audience too.
    let own = robot
        .assertion()
        .with("aud", json!(house.at("/as/introspect.oauth2")));
    let form = [("token", "x")];
    let reply = robot
        .call_with_assertion("/as/introspect.oauth2", &own.signed(&key), &form)
        .await;
    let _ = reply.expect_status(200);
}

#[tokio::test]
async fn rfc7523_3_issuer_subject_and_times_are_checked() {
    let house = House::open().await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let robot = house
        .add_client_with("robot", with_keys(&[&key], &json!({})))
        .await;
    let now = house.now().seconds();
    for (name, value) in [
        ("iss", Value::Null),
        ("iss", json!("somebody")),
        ("sub", Value::Null),
        ("sub", json!("somebody")),
        ("exp", Value::Null),
        ("exp", json!(now - 120)),
        ("exp", json!("tomorrow")),
        ("exp", json!(now + 7 * 86_400)),
        ("nbf", json!(now + 600)),
        ("iat", json!(now + 600)),
    ] {
        let assertion = robot.assertion().with(name, value.clone()).signed(&key);
        refused(token(&robot, &assertion).await, &format!("{name}={value}"));
    }
    let assertion = robot.assertion().signed(&key);
    house.advance(Duration::from_mins(5));
    refused(token(&robot, &assertion).await, "it has expired");
}

/// Settings: Private Key JWT; JWKS
#[tokio::test]
async fn rfc7523_3_item_9_another_key_and_a_broken_signature_are_refused() {
    let house = House::open().await;
    let [key, other] = [0, 1].map(|_| SigningKey::generate(Algorithm::Es256).unwrap());
    let robot = house
        .add_client_with("robot", with_keys(&[&key], &json!({})))
        .await;
    refused(
        token(&robot, &robot.assertion().signed(&other)).await,
        "another key",
    );
    let good = robot.assertion().signed(&key);
    let (rest, signature) = good.rsplit_once('.').unwrap();
    for broken in [
        format!("{rest}."),
        format!("{rest}.{}", signature.to_lowercase()),
        rest.to_owned(),
        format!("{good}x"),
        format!("{good}.{signature}"),
        "x".repeat(70_000),
        String::new(),
    ] {
        let reply = token(&robot, &broken).await;
        assert!(matches!(reply.status, 400 | 401 | 413), "{}", reply.status);
    }
    // RFC 8725 §3.1: `none`, and HS256 with the public key as the secret.
    let none = data_encoding::BASE64URL_NOPAD.encode(b"{\"alg\":\"none\"}");
    let payload = good.split('.').nth(1).unwrap();
    refused(token(&robot, &format!("{none}.{payload}.")).await, "none");
    let public = key.jwk().to_public_json().unwrap();
    let confused = robot.assertion().signed_with_secret(&public);
    refused(token(&robot, &confused).await, "key confusion");
    let _ = token(&robot, &good).await.expect_status(200);
}

#[tokio::test]
async fn rfc7521_4_2_the_assertion_type_and_the_client_id_belong_to_it() {
    let house = House::open().await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let robot = house
        .add_client_with("robot", with_keys(&[&key], &json!({})))
        .await;
    let assertion = robot.assertion().signed(&key);
    let url = house.at("/as/token.oauth2");
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_assertion", &assertion),
    ];
    refused(house.http.post(&url, &form).await, "no type");
    form.push((
        "client_assertion_type",
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
    ));
    refused(house.http.post(&url, &form).await, "another type");
    let named = [
        ("grant_type", "client_credentials"),
        ("client_id", "somebody"),
    ];
    let reply = robot
        .call_with_assertion("/as/token.oauth2", &assertion, &named)
        .await;
    assert!(matches!(reply.status, 400 | 401));
    let named = [("grant_type", "client_credentials"), ("client_id", "robot")];
    let reply = robot
        .call_with_assertion("/as/token.oauth2", &assertion, &named)
        .await;
    let _ = reply.expect_status(200);
    let secret = [("grant_type", "client_credentials"), ("client_secret", "x")];
    let reply = robot
        .call_with_assertion("/as/token.oauth2", &assertion, &secret)
        .await;
    assert_eq!(reply.expect_status(400).json()["error"], "invalid_request");
    assert_eq!(SignedAssertion::TYPE.rsplit(':').next(), Some("jwt-bearer"));
}

/// Setting: Replay Prevention
#[tokio::test]
async fn rfc7523_3_item_7_with_replay_prevention_an_assertion_is_good_once() {
    let house = House::open().await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let strict = with_keys(&[&key], &json!({ "enforceReplayPrevention": true }));
    let strict = house.add_client_with("strict", strict).await;
    let assertion = strict.assertion().signed(&key);
    let _ = token(&strict, &assertion).await.expect_status(200);
    refused(token(&strict, &assertion).await, "replayed");
    // Not at another endpoint either.
    let reply = strict
        .call_with_assertion("/as/introspect.oauth2", &assertion, &[("token", "x")])
        .await;
    refused(reply, "replayed elsewhere");
    let without = strict.assertion().with("jti", Value::Null).signed(&key);
    refused(token(&strict, &without).await, "no jti");
    // Another client may choose the same jti.
    let other = with_keys(&[&key], &json!({ "enforceReplayPrevention": true }));
    let other = house.add_client_with("other", other).await;
    for client in [&strict, &other] {
        let assertion = client.assertion().with("jti", json!("chosen by both"));
        let _ = token(client, &assertion.signed(&key))
            .await
            .expect_status(200);
    }
    let lax = house
        .add_client_with("lax", with_keys(&[&key], &json!({})))
        .await;
    let assertion = lax.assertion().signed(&key);
    for _ in 0..2 {
        let _ = token(&lax, &assertion).await.expect_status(200);
    }
}

/// Setting: Signing Algorithm
#[tokio::test]
async fn one_algorithm_can_be_demanded() {
    let house = House::open().await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let other = SigningKey::generate(Algorithm::Es384).unwrap();
    let fields = json!({ "tokenEndpointAuthSigningAlgorithm": "ES384" });
    let fields = with_keys(&[&key, &other], &fields);
    let robot = house.add_client_with("robot", fields).await;
    refused(
        token(&robot, &robot.assertion().signed(&key)).await,
        "ES256",
    );
    let good = robot.assertion().signed(&other);
    let _ = token(&robot, &good).await.expect_status(200);
}

/// Setting: Client Secret JWT
#[tokio::test]
async fn oidc_core_9_client_secret_jwt_takes_the_secret_as_its_key() {
    let house = House::open().await;
    let fields = json!({
        "grantTypes": ["CLIENT_CREDENTIALS"],
        "clientAuth": { "type": "CLIENT_SECRET_JWT" },
    });
    let robot = house.add_client_with("robot", fields).await;
    let secret = robot.secret.clone().unwrap();
    let good = robot.assertion().signed_with_secret(&secret);
    let _ = token(&robot, &good).await.expect_status(200);
    let wrong = robot
        .assertion()
        .signed_with_secret(&secret.replace('t', "T"));
    refused(token(&robot, &wrong).await, "another secret");
    // The secret itself is not accepted in its place.
    let reply = robot.token(&CREDENTIALS).await.expect_status(401);
    assert_eq!(reply.json()["error"], "invalid_client");
}

/// Setting: Private Key JWT
#[tokio::test]
async fn pingfederate_2_2_the_rule_that_the_issuer_is_the_client_can_be_turned_off() {
    let house = House::open().await;
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let robot = house
        .add_client_with("robot", with_keys(&[&key], &json!({})))
        .await;
    let by = |issuer: Value| robot.assertion().with("iss", issuer).signed(&key);
    refused(token(&robot, &by(json!("a hub"))).await, "the rule is on");
    let administration = house.administration();
    let path = "/configStore/oauth-credentials-validator/issuerMustBeEqualToClientId";
    let switch = |value: &str| json!({ "type": "STRING", "stringValue": value });
    let set = administration.put(path, &switch("false")).await;
    let _ = set.expect_status(200);
    let _ = token(&robot, &by(json!("a hub"))).await.expect_status(200);
    // RFC 7523 §3 item 1: "The JWT MUST contain an "iss" (issuer) claim", and the subject is still
    // the client.
    for issuer in [Value::Null, json!(""), json!(["robot"])] {
        refused(
            token(&robot, &by(issuer.clone())).await,
            &issuer.to_string(),
        );
    }
    let about = robot
        .assertion()
        .with("sub", json!("somebody"))
        .signed(&key);
    refused(token(&robot, &about).await, "about somebody else");
    let set = administration.put(path, &switch("true")).await;
    let _ = set.expect_status(200);
    refused(
        token(&robot, &by(json!("a hub"))).await,
        "the rule is on again",
    );
}
