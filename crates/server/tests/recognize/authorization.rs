//! Seed 000: user authorization, as the customer's backend and its pages meet it.

use std::time::Duration;

use authn::recognize::{Customer, UserAuthorization};
use domain::AuditEvent;
use jose::Header;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::{Value, json};
use testkit::{Environment, FaceDevice, FaceSession, House};

use super::{connect, user};

const JWKS: &str = "https://shop.example/jwks.json";

pub(super) fn key(kid: &str) -> SigningKey {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    SigningKey::new(&key.jwk().clone().with_kid(kid), Algorithm::Es256).unwrap()
}

pub(super) fn publish(house: &House, keys: &[&SigningKey]) {
    let keys = keys.iter().map(|key| key.jwk().to_public_value());
    let keys: Vec<_> = keys.collect();
    let set = json!({ "keys": keys }).to_string();
    house.library.publish(JWKS, set, None);
}

pub(super) async fn vouching(house: &House) -> Environment<'_> {
    let environment = house.add_environment("Demo").await;
    let remote = |it: &mut Customer| {
        let jwks_uri = JWKS.to_owned();
        it.user_authorization = UserAuthorization::RemoteJwkSet { jwks_uri };
    };
    environment.add_customer("demo", remote).await;
    environment
}

pub(super) fn claims(house: &House) -> Value {
    let now = house.now().seconds();
    json!({"sub": "user-123", "aud": "authentication-service", "iat": now, "exp": now + 300})
}

pub(super) fn token(key: &SigningKey, claims: &Value) -> String {
    let header = Header::new().with_kid(key.kid().unwrap());
    sign_compact(key, header, claims.to_string().as_bytes()).unwrap()
}

/// What the server says to `open` with this token, and whether it looks at frames afterwards.
async fn opened(house: &House, token: Option<&str>) -> Value {
    let mut asked = user("auth-or-enrol");
    if let Some(token) = token {
        asked["authorization"] = json!({ "token": token });
    }
    let mut session = connect(house).await;
    let told = session.open(&FaceDevice::new(1), asked).await;
    if told["type"] == "error" {
        assert_eq!(session.receive_text().await, None, "the session is over");
    }
    told
}

#[tokio::test]
async fn seed_000_who_is_vouched_for_goes_on() {
    let house = House::open().await;
    let _environment = vouching(&house).await;
    let key = key("one");
    publish(&house, &[&key]);
    let told = opened(&house, Some(&token(&key, &claims(&house)))).await;
    assert_eq!(told["operation"], "enrol", "{told}");
}

#[tokio::test]
async fn seed_000_missing_expired_wrong_subject_replayed_are_server_forbidden_before_any_frame() {
    let house = House::open().await;
    let environment = vouching(&house).await;
    let key = key("one");
    publish(&house, &[&key]);
    let mut expired = claims(&house);
    expired["exp"] = (house.now().seconds() - 300).into();
    let mut other = claims(&house);
    other["sub"] = "user-124".into();
    let spent = token(&key, &claims(&house));
    assert_eq!(opened(&house, Some(&spent)).await["type"], "opened");
    for bad in [
        None,
        Some("nonsense".to_owned()),
        Some(token(&key, &expired)),
        Some(token(&key, &other)),
        Some(spent),
    ] {
        let mut asked = user("auth-or-enrol");
        asked["authorization"] = json!({ "token": bad });
        let mut session = connect(&house).await;
        let device = FaceDevice::new(1);
        let told = session.open(&device, asked).await;
        assert_eq!(told["code"], "SERVER_FORBIDDEN", "{told}");
        assert_eq!(told["message"], "The user authorization is not accepted.");
        assert_eq!(session.receive_text().await, None);
    }
    assert_eq!(house.faces.looked(), 0, "no frame was looked at");
    let events = environment.records.all::<AuditEvent>().await.unwrap();
    let causes = events
        .iter()
        .filter_map(|it| it.detail.get("cause")?.as_str());
    let causes: String = causes.collect::<Vec<_>>().join("\n");
    for cause in [
        "there is none",
        "expired 300 s ago",
        "not the username",
        "it is spent",
    ] {
        assert!(causes.contains(cause), "{causes}");
    }
}

#[tokio::test]
async fn seed_000_a_frame_after_a_refused_authorization_is_not_decoded() {
    let house = House::open().await;
    let _environment = vouching(&house).await;
    publish(&house, &[&key("one")]);
    let mut session = connect(&house).await;
    let device = FaceDevice::new(1);
    let told = session.open(&device, user("enrol")).await;
    assert_eq!(told["code"], "SERVER_FORBIDDEN");
    session.send_frame(1, b"alice").await;
    assert_eq!(session.receive_text().await, None);
    assert_eq!(house.faces.looked(), 0);
}

#[tokio::test]
async fn seed_000_tokens_are_single_use_whoever_is_faster() {
    let house = House::open().await;
    let _environment = vouching(&house).await;
    let key = key("one");
    publish(&house, &[&key]);
    let token = token(&key, &claims(&house));
    let sessions = [(); 4].map(|()| opened(&house, Some(&token)));
    let [a, b, c, d] = sessions;
    let (a, b, c, d) = tokio::join!(a, b, c, d);
    let told = [a, b, c, d].map(|told| told["type"] == "opened");
    assert_eq!(told.into_iter().filter(|it| *it).count(), 1);
    // Not in a clock's time either: it is spent as long as it is good.
    house.advance(Duration::from_secs(599));
    assert_eq!(
        opened(&house, Some(&token)).await["code"],
        "SERVER_FORBIDDEN"
    );
}

#[tokio::test]
async fn seed_000_a_token_is_single_use_on_all_servers_of_one_store() {
    let house = House::open().await;
    let _environment = vouching(&house).await;
    let beside = house.beside().await;
    let key = key("one");
    publish(&house, &[&key]);
    for jti in 0..4 {
        let mut claims = claims(&house);
        claims["jti"] = jti.into();
        let token = token(&key, &claims);
        let open = async |url: &str| {
            let mut asked = user("auth-or-enrol");
            asked["authorization"] = json!({ "token": token });
            let mut session = FaceSession::connect(url, None).await.unwrap();
            let told = session.open(&FaceDevice::new(1), asked).await;
            told["type"] == "opened"
        };
        let both = tokio::join!(open(&house.url), open(&beside.url));
        assert!(both.0 != both.1, "one of them: {both:?}");
        assert!(!open(&house.url).await && !open(&beside.url).await);
    }
}

#[tokio::test]
async fn seed_000_the_keys_are_cached_and_fetched_again_for_a_key_that_is_new() {
    let house = House::open().await;
    let _environment = vouching(&house).await;
    let (one, two) = (key("one"), key("two"));
    publish(&house, &[&one]);
    for minute in 0..3 {
        let mut fresh = claims(&house);
        fresh["jti"] = minute.into();
        assert_eq!(
            opened(&house, Some(&token(&one, &fresh))).await["type"],
            "opened"
        );
    }
    assert_eq!(house.library.asked(JWKS), 1);
    publish(&house, &[&one, &two]);
    let new = token(&two, &claims(&house));
    assert_eq!(
        opened(&house, Some(&new)).await["code"],
        "SERVER_FORBIDDEN",
        "too soon"
    );
    assert_eq!(
        house.library.asked(JWKS),
        1,
        "bounded, however many unknown keys are named"
    );
    house.advance(Duration::from_secs(31));
    assert_eq!(opened(&house, Some(&new)).await["type"], "opened");
    assert_eq!(house.library.asked(JWKS), 2);
}

#[tokio::test]
async fn keys_that_cannot_be_had_open_nothing() {
    let house = House::open().await;
    let _environment = vouching(&house).await;
    house.library.take_down(JWKS);
    let token = token(&key("one"), &claims(&house));
    let told = opened(&house, Some(&token)).await;
    assert_eq!(told["code"], "SERVER_UNAVAILABLE_SERVICE");
}

#[tokio::test]
async fn seed_000_the_type_none_verifies_nothing() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    for token in [None, Some("nonsense")] {
        assert_eq!(opened(&house, token).await["type"], "opened");
    }
}
