//! Keys that clients publish (RFC 7591 §2, `jwks_uri`).

use std::time::Duration;

use jose::Header;
use jose::jwe::{self, ContentEncryption, DecryptionKey, DecryptionKeys, KeyManagement};
use jose::jwk::{Curve, Jwk, NewKey};
use jose::jws::{Algorithm, SigningKey, sign_compact};
use jose::jwt::decrypt_nested;
use serde_json::{Value, json};
use testkit::{House, RelyingParty, Reply};

const URL: &str = "https://robot.example/keys";
const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256).unwrap()
}

fn set(keys: &[&SigningKey]) -> String {
    let keys = keys.iter().map(|key| key.jwk().to_public_value().unwrap());
    json!({ "keys": keys.collect::<Vec<_>>() }).to_string()
}

async fn robot(house: &House) -> RelyingParty {
    let fields = json!({
        "grantTypes": ["AUTHORIZATION_CODE", "CLIENT_CREDENTIALS"],
        "clientAuth": { "type": "PRIVATE_KEY_JWT", "secret": null },
        "jwksSettings": { "jwksUrl": URL },
    });
    house.add_client_with("robot", fields).await
}

async fn token(robot: &RelyingParty, key: &SigningKey) -> Reply {
    let assertion = robot.assertion().signed(key);
    robot
        .call_with_assertion("/as/token.oauth2", &assertion, &CREDENTIALS)
        .await
}

#[track_caller]
fn refused(reply: Reply) {
    assert_eq!(reply.expect_status(401).json()["error"], "invalid_client");
}

/// Setting: JWKS URL
#[tokio::test]
async fn rfc7591_2_published_keys_are_fetched_once_while_they_are_fresh() {
    let house = House::open().await;
    let (robot, key) = (robot(&house).await, key());
    house.library.publish(URL, set(&[&key]), None);
    assert_eq!(house.library.asked(URL), 0);
    for _ in 0..3 {
        let _ = token(&robot, &key).await.expect_status(200);
    }
    assert_eq!(house.library.asked(URL), 1);
    house.advance(Duration::from_hours(1));
    let _ = token(&robot, &key).await.expect_status(200);
    assert_eq!(house.library.asked(URL), 2);
}

/// Setting: JWKS URL
#[tokio::test]
async fn oidc_core_10_1_1_a_new_key_is_fetched_for_and_never_more_often_than_is_allowed() {
    let house = House::open().await;
    let robot = robot(&house).await;
    let [one, two, forged] = [key(), key(), key()];
    house.library.publish(URL, set(&[&one]), None);
    let _ = token(&robot, &one).await.expect_status(200);
    house.library.publish(URL, set(&[&two]), None);
    // "The signer can begin using a new key at any time and signals the change to the verifier using
    // the kid value"; but anybody can make up another.
    refused(token(&robot, &forged).await);
    assert_eq!(house.library.asked(URL), 1);
    house.advance(Duration::from_secs(30));
    let _ = token(&robot, &two).await.expect_status(200);
    assert_eq!(house.library.asked(URL), 2);
    for _ in 0..20 {
        refused(token(&robot, &forged).await);
    }
    assert_eq!(house.library.asked(URL), 2);
    // The key that was taken back is good no more.
    refused(token(&robot, &one).await);
}

/// Setting: JWKS URL
#[tokio::test]
async fn a_host_that_is_down_stops_nobody_whose_keys_are_known() {
    let house = House::open().await;
    let (robot, key) = (robot(&house).await, key());
    refused(token(&robot, &key).await);
    house.library.publish(URL, set(&[&key]), None);
    // A failure is remembered for a while, too.
    refused(token(&robot, &key).await);
    house.advance(Duration::from_secs(30));
    let _ = token(&robot, &key).await.expect_status(200);
    house.library.take_down(URL);
    for hours in [1, 20] {
        house.advance(Duration::from_hours(hours));
        let _ = token(&robot, &key).await.expect_status(200);
    }
    // Not for ever.
    house.advance(Duration::from_hours(4));
    refused(token(&robot, &key).await);
}

#[tokio::test]
async fn a_set_that_cannot_be_used_is_no_set() {
    let house = House::open().await;
    let (robot, key) = (robot(&house).await, key());
    let private: Value = serde_json::from_str(&key.jwk().to_private_json()).unwrap();
    for unusable in [
        "<html>not found</html>".to_owned(),
        "{}".to_owned(),
        json!({ "keys": [private] }).to_string(),
    ] {
        house.library.publish(URL, unusable, None);
        refused(token(&robot, &key).await);
        house.advance(Duration::from_secs(30));
    }
}

/// Setting: JWKS URL
#[tokio::test]
async fn rfc9101_6_2_request_objects_are_verified_with_published_keys() {
    let house = House::open().await;
    let robot = robot(&house).await;
    let [one, two] = [key(), key()];
    house.library.publish(URL, set(&[&one]), None);
    let signed = |key: &SigningKey| {
        let now = house.now().seconds();
        let request = robot.request();
        let claims = json!({
            "iss": "robot",
            "aud": house.issuer,
            "exp": now + 60,
            "client_id": "robot",
            "response_type": "code",
            "redirect_uri": robot.redirect_uri,
            "scope": "openid",
            "code_challenge": request.value("code_challenge"),
            "code_challenge_method": "S256",
        });
        sign_compact(key, Header::new(), claims.to_string().as_bytes()).unwrap()
    };
    let push = async |object: &str, assertion: &SigningKey| {
        let form = [("client_id", "robot"), ("request", object)];
        let assertion = robot.assertion().signed(assertion);
        let pushed = robot.call_with_assertion("/as/par.oauth2", &assertion, &form);
        pushed.await
    };
    let _ = push(&signed(&one), &one).await.expect_status(201);
    let refused = push(&signed(&two), &one).await.expect_status(400).json();
    assert_eq!(refused["error"], "invalid_request_object");
    // The key of the object is one that has to be fetched anew, here and at the authorization
    // endpoint.
    house.library.publish(URL, set(&[&one, &two]), None);
    house.advance(Duration::from_secs(30));
    let _ = push(&signed(&two), &one).await.expect_status(201);
    assert_eq!(house.library.asked(URL), 2);
    let three = key();
    house.library.publish(URL, set(&[&three]), None);
    house.advance(Duration::from_secs(30));
    let object = signed(&three);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("client_id", "robot")
        .append_pair("request", &object);
    let url = house.at(&format!("/as/authorization.oauth2?{}", query.finish()));
    let shown = house.http.get(url).await.expect_status(303);
    assert!(
        shown
            .location()
            .path()
            .ends_with("/resume/as/authorization.ping")
    );
    assert_eq!(house.library.asked(URL), 3);
}

/// Setting: JWKS URL
#[tokio::test]
async fn jarm_2_2_responses_are_encrypted_to_published_keys() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let encryption = Jwk::generate(NewKey::Curve(Curve::P256)).unwrap();
    let public = json!({ "keys": [encryption.to_public_value().unwrap()] });
    house.library.publish(URL, public.to_string(), None);
    let shop = house
        .add_client_with(
            "shop",
            json!({
                "jwksSettings": { "jwksUrl": URL },
                "jwtSecuredAuthorizationResponseModeEncryptionAlgorithm": "ECDH_ES",
                "jwtSecuredAuthorizationResponseModeContentEncryptionAlgorithm": "AES_128_GCM",
            }),
        )
        .await;
    let request = shop.request().with("response_mode", "jwt");
    let answer = house.browser().sign_on(&request, &alice).await;
    let sealed = answer.value("response").unwrap();
    let policy = jwe::Policy::new(&[KeyManagement::EcdhEs], &[ContentEncryption::A128Gcm]);
    let keys = DecryptionKeys::from(DecryptionKey::new(&encryption).unwrap());
    let response = decrypt_nested(sealed, &keys, &policy).unwrap();
    assert_eq!(response.split('.').count(), 3);
    assert_eq!(house.library.asked(URL), 1);
}
