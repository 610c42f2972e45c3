//! A session, from the upgrade to its result.

use std::time::Duration;

use authn::recognize::{Customer, EnrolledDevice, Person};
use domain::port::{Changes, Tenant};
use jose::jws::SigningKey;
use serde_json::{Value, json};
use testkit::{FaceDevice, FaceSession, House};

use super::authorization::{claims, key, publish, token, vouching};
use super::{DATA, authenticate, connect, enrol, user};

#[tokio::test]
async fn somebody_enrols_and_is_recognised() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    let enrolled = enrol(&house, &device, "alice").await;
    assert_eq!(enrolled["type"], "result", "{enrolled}");
    assert_eq!(enrolled["deviceId"], device.id());
    let recognised = authenticate(&house, &device, "alice", None).await;
    assert_eq!(recognised["type"], "result", "{recognised}");
    assert_eq!(recognised["keylessId"], enrolled["keylessId"]);
    let event = environment.last_event("recognize.authenticated").await;
    assert_eq!(event["detail"]["factor"], "face");
}

#[tokio::test]
async fn another_face_or_another_device_is_not_recognised() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    enrol(&house, &device, "alice").await;
    let other_face = authenticate(&house, &device, "mallory", None).await;
    assert_eq!(
        other_face,
        json!({"type": "failure", "code": "SERVER_FACE_DOES_NOT_MATCH", "attemptsLeft": 2})
    );
    let other_secret = authenticate(&house, &device.with_secret(2), "alice", None).await;
    assert_eq!(other_secret["code"], "SERVER_FACE_DOES_NOT_MATCH");
    let other_key = authenticate(&house, &FaceDevice::new(1), "alice", None).await;
    assert_eq!(other_key["code"], "SERVER_USER_NOT_FOUND");
}

#[tokio::test]
async fn a_session_has_three_attempts() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    enrol(&house, &device, "alice").await;
    let mut session = connect(&house).await;
    session.open(&device, user("authenticate")).await;
    session.agree(&device).await;
    for (left, next) in [(2, 3), (1, 5)] {
        let failure = session.show("mallory").await;
        assert_eq!(failure["attemptsLeft"], left);
        assert_eq!(session.receive().await["type"], "challenge");
        assert_eq!(session.receive().await["number"], next);
    }
    let last = session.show("mallory").await;
    assert_eq!(
        (last["type"].as_str(), last["code"].as_str()),
        (Some("error"), Some("SERVER_NO_ATTEMPTS_LEFT"))
    );
    assert_eq!(session.receive_text().await, None, "closed");
    let recognised = authenticate(&house, &device, "alice", None).await;
    assert_eq!(recognised["type"], "result");
}

#[tokio::test]
async fn five_failures_suspend_for_600_s_and_no_frame_is_looked_at_meanwhile() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    enrol(&house, &device, "alice").await;
    for _ in 0..4 {
        authenticate(&house, &device, "mallory", None).await;
    }
    let fifth = authenticate(&house, &device, "mallory", None).await;
    assert_eq!(fifth["code"], "SERVER_USER_LOCKED_OUT");
    assert_eq!(fifth["retryAfter"], 600);
    let looked = house.faces.looked();
    house.advance(Duration::from_secs(599));
    let right = authenticate(&house, &device, "alice", None).await;
    assert_eq!(
        (right["code"].as_str(), right["retryAfter"].as_u64()),
        (Some("SERVER_USER_LOCKED_OUT"), Some(1))
    );
    assert_eq!(house.faces.looked(), looked);
    house.advance(Duration::from_secs(1));
    let right = authenticate(&house, &device, "alice", None).await;
    assert_eq!(right["type"], "result");
    environment.last_event("recognize.suspended").await;
}

#[tokio::test]
async fn a_pin_stands_in_for_the_face_on_its_device() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |it| it.pin = true).await;
    let device = FaceDevice::new(1);
    let mut session = connect(&house).await;
    let opened = session.open(&device, user("enrol")).await;
    assert_eq!(opened["pin"], "optional");
    let consent = json!({"consent": "1"});
    session
        .begin(&device, consent, json!({"newPin": "271828"}))
        .await;
    session.receive().await;
    session.receive().await;
    session.show("alice").await;
    let looked = house.faces.looked();
    let mut session = connect(&house).await;
    let mut asked = user("authenticate");
    asked["transaction"] = json!({"data": DATA});
    let opened = session.open(&device, asked).await;
    assert_eq!(opened["factors"], json!(["face", "pin"]));
    let claims = json!({"factor": "pin", "transaction": opened["transaction"]["digest"]});
    session
        .begin(&device, claims.clone(), json!({"pin": "271829"}))
        .await;
    let wrong = session.receive().await;
    assert_eq!(
        (wrong["code"].as_str(), wrong["attemptsLeft"].as_u64()),
        (Some("SERVER_RECOGNITION_FAILED"), Some(2))
    );
    session
        .begin(&device, claims, json!({"pin": "271828"}))
        .await;
    let right = session.receive().await;
    assert_eq!(right["factor"], "pin", "{right}");
    assert_eq!(house.faces.looked(), looked);
}

#[tokio::test]
async fn what_is_kept_of_a_face_is_none_of_it() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    enrol(&house, &FaceDevice::new(1), "alice").await;
    let devices = environment.records.all::<EnrolledDevice>().await.unwrap();
    let people = environment.records.all::<Person>().await.unwrap();
    assert_eq!((devices.len(), people.len()), (1, 1));
    let kept = serde_json::to_string(&devices[0].record).unwrap();
    assert!(!kept.contains("alice"), "{kept}");
    assert!(authn_is_sealed(), "sealed before an engine sees it");
    assert_eq!(people[0].consent.version, "1");
    assert_eq!(devices[0].consent.as_ref(), Some(&people[0].consent));
}

fn authn_is_sealed() -> bool {
    use domain::port::Kind;
    Kind::RecognizeDevice.is_sealed() && Kind::RecognizePerson.is_sealed()
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    let origin = "https://shop.example";
    let allow = |it: &mut Customer| it.origins = vec![origin.to_owned()];
    environment.add_customer("demo", allow).await;
    for (from, answer) in [(origin, "opened"), ("https://evil.example", "error")] {
        let session = FaceSession::connect(&house.url, Some(from)).await;
        let opened = session
            .unwrap()
            .open(&FaceDevice::new(1), user("enrol"))
            .await;
        assert_eq!(opened["type"], answer, "{opened}");
        assert!(answer == "opened" || opened["code"] == "SERVER_FORBIDDEN");
    }
}

#[tokio::test]
async fn there_is_no_customer_of_another_name_or_of_a_deleted_environment() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    house.delete_environment(environment.id).await;
    for name in ["demo", "other"] {
        let mut asked = user("enrol");
        asked["customer"] = name.into();
        let told = connect(&house).await.open(&FaceDevice::new(1), asked).await;
        assert_eq!(told["code"], "SERVER_CUSTOMER_NOT_FOUND");
    }
}

#[tokio::test]
async fn frames_that_are_none_or_come_too_early_end_the_session() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    let mut early = connect(&house).await;
    early.open(&device, user("enrol")).await;
    early.send_frame(1, b"alice").await;
    assert_eq!(early.receive().await["code"], "SERVER_INVALID_STATE");
    let mut picture = connect(&house).await;
    picture.open(&device, user("enrol")).await;
    picture.agree(&device).await;
    picture.send_frame(1, b"!").await;
    assert_eq!(picture.receive().await["code"], "SERVER_INVALID_REQUEST");
    let mut long = connect(&house).await;
    long.open(&device, user("enrol")).await;
    long.send_binary(vec![1; 300_000]).await;
    assert_eq!(long.receive().await["code"], "SERVER_INVALID_REQUEST");
    let mut unknown = connect(&house).await;
    unknown.send(r#"{"type":"hurry"}"#).await;
    assert_eq!(
        unknown.receive().await["code"],
        "SERVER_UNPROCESSABLE_EVENT"
    );
    assert_eq!(house.faces.looked(), 1);
}

#[tokio::test]
async fn who_cancels_has_not_failed() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    let mut session = connect(&house).await;
    session.open(&device, user("enrol")).await;
    session.agree(&device).await;
    session.send(r#"{"type":"cancel"}"#).await;
    assert_eq!(session.receive_text().await, None, "closed without a word");
    assert!(
        environment
            .records
            .all::<Person>()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn nobody_enrols_with_a_customer_that_is_deleted_meanwhile() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    let mut session = connect(&house).await;
    session.open(&device, user("enrol")).await;
    session.agree(&device).await;
    let system = environment.records.of(Tenant::SYSTEM);
    let found = system.get::<Customer>(Customer::key_of("demo")).await;
    let mut customer = found.unwrap().unwrap();
    customer.record.deleted = Some(house.now());
    let mut changes = Changes::none();
    changes.update(&customer);
    system.commit(changes).await.unwrap();
    let refused = session.show("alice").await;
    assert_eq!(refused["code"], "SERVER_CUSTOMER_NOT_FOUND", "{refused}");
    let people = environment.records.all::<Person>().await.unwrap();
    assert!(people.is_empty());
    let asked = user("enrol");
    let opened = connect(&house).await.open(&device, asked).await;
    assert_eq!(opened["code"], "SERVER_CUSTOMER_NOT_FOUND");
}

/// Whoever sees which pose comes next, and would rather have had another one.
#[tokio::test]
async fn who_breaks_off_after_a_face_was_compared_has_failed() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    enrol(&house, &device, "alice").await;
    let begin = async || {
        let mut session = connect(&house).await;
        let opened = session.open(&device, user("authenticate")).await;
        if opened["type"] == "opened" {
            session.agree(&device).await;
        }
        (session, opened)
    };
    for _ in 0..3 {
        let (mut session, _) = begin().await;
        session.send(r#"{"type":"cancel"}"#).await;
        assert_eq!(session.receive_text().await, None, "nothing was seen yet");
    }
    let (mut canceled, _) = begin().await;
    canceled.send_frame(1, b"alice").await;
    canceled.receive().await;
    canceled.send(r#"{"type":"cancel"}"#).await;
    assert_eq!(canceled.receive_text().await, None);
    let event = environment.last_event("recognize.failed").await;
    assert_eq!(event["detail"]["cause"], "broken_off");
    let (mut gone, _) = begin().await;
    gone.send_frame(1, b"alice").await;
    gone.receive().await;
    drop(gone);
    let (mut no_picture, _) = begin().await;
    no_picture.send_frame(1, b"alice").await;
    no_picture.receive().await;
    no_picture.send_frame(1, b"!").await;
    assert_eq!(no_picture.receive().await["code"], "SERVER_INVALID_REQUEST");
    let (mut silent, _) = begin().await;
    silent.send_frame(1, b"alice").await;
    silent.receive().await;
    // The fifth counts while it goes on.
    let (mut last, _) = begin().await;
    last.send_frame(1, b"alice").await;
    last.receive().await;
    let (_, sixth) = begin().await;
    assert_eq!(sixth["code"], "SERVER_USER_LOCKED_OUT", "{sixth}");
    let result = last.show("alice").await;
    assert_eq!(result["type"], "result", "one of the five: {result}");
}

#[tokio::test]
async fn wrong_pins_and_faces_share_the_attempts_of_a_session() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |it| it.pin = true).await;
    let device = FaceDevice::new(1);
    let mut session = connect(&house).await;
    session.open(&device, user("enrol")).await;
    let consent = json!({"consent": "1"});
    session
        .begin(&device, consent, json!({"newPin": "271828"}))
        .await;
    session.receive().await;
    session.receive().await;
    session.show("alice").await;
    let mut session = connect(&house).await;
    session.open(&device, user("authenticate")).await;
    for left in [2, 1] {
        let wrong = json!({"pin": "271829"});
        session
            .begin(&device, json!({"factor": "pin"}), wrong)
            .await;
        assert_eq!(session.receive().await["attemptsLeft"], left);
    }
    session.agree(&device).await;
    let last = session.show("mallory").await;
    assert_eq!(last["code"], "SERVER_NO_ATTEMPTS_LEFT", "{last}");
}

#[tokio::test]
async fn a_server_that_stops_ends_sessions_that_wait_for_somebody() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    let mut waiting = connect(&house).await;
    let mut busy = connect(&house).await;
    busy.open(&device, user("enrol")).await;
    busy.agree(&device).await;
    let app = house.app().clone();
    let draining = tokio::spawn(async move { app.drain(Duration::from_secs(30)).await });
    assert_eq!(
        waiting.receive().await["code"],
        "SERVER_UNAVAILABLE_SERVICE"
    );
    let refused = FaceSession::connect(&house.url, None).await;
    assert_eq!(refused.err(), Some(503));
    let result = busy.show("alice").await;
    assert_eq!(
        result["type"], "result",
        "an attempt comes to its end: {result}"
    );
    drop((waiting, busy));
    draining.await.unwrap();
}

#[tokio::test]
async fn iso_24745_a_face_is_enrolled_anew_under_a_new_secret() {
    let house = House::open().await;
    let environment = house.add_environment("Demo").await;
    environment.add_customer("demo", |_| {}).await;
    let device = FaceDevice::new(1);
    let enrolled = enrol(&house, &device, "alice").await;
    let twice = connect(&house).await.open(&device, user("enrol")).await;
    assert_eq!(twice["code"], "SERVER_USER_ALREADY_ENROLLED");
    let renew = async |device: &FaceDevice, face| {
        let mut asked = user("enrol");
        asked["renew"] = true.into();
        let mut session = connect(&house).await;
        let opened = session.open(device, asked).await;
        assert_eq!(opened["renew"], true, "{opened}");
        let new = json!({"newSecret": jose::strict_base64url::encode([2; 32])});
        session.begin(device, json!({"consent": "1"}), new).await;
        assert_eq!(session.receive().await["type"], "challenge");
        session.receive().await;
        session.show(face).await
    };
    for (device, face) in [(&device, "mallory"), (&device.with_secret(3), "alice")] {
        let refused = renew(device, face).await;
        assert_eq!(refused["code"], "SERVER_FACE_DOES_NOT_MATCH", "{refused}");
    }
    let renewed = renew(&device, "alice").await;
    assert_eq!(renewed["keylessId"], enrolled["keylessId"], "{renewed}");
    let old = authenticate(&house, &device, "alice", None).await;
    assert_eq!(old["code"], "SERVER_FACE_DOES_NOT_MATCH");
    let new = authenticate(&house, &device.with_secret(2), "alice", None).await;
    assert_eq!(new["type"], "result", "{new}");
}

/// What somebody asks for whom the customer vouches.
fn vouched(house: &House, key: &SigningKey, operation: &str) -> Value {
    // Each token is good for one session.
    house.advance(Duration::from_secs(1));
    let mut asked = user(operation);
    asked["authorization"] = json!({ "token": token(key, &claims(house)) });
    asked
}

#[tokio::test]
async fn a_template_of_another_version_is_enrolled_again() {
    let house = House::open().await;
    let environment = vouching(&house).await;
    let key = key("one");
    publish(&house, &[&key]);
    let device = FaceDevice::new(1);
    let mut session = connect(&house).await;
    session.open(&device, vouched(&house, &key, "enrol")).await;
    session.agree(&device).await;
    let enrolled = session.show("alice").await;
    let kept = environment.records.all::<EnrolledDevice>().await.unwrap();
    let mut old = kept[0].record.clone();
    old.template = domain::ByteString::from(&b"of another version"[..]);
    let mut changes = Changes::none();
    changes.replace(&kept[0], &old);
    environment.records.commit(changes).await.unwrap();
    let looked = house.faces.looked();
    let mut session = connect(&house).await;
    let asked = vouched(&house, &key, "authenticate");
    let told = session.open(&device, asked).await;
    assert_eq!(told["code"], "SERVER_USER_NOT_FOUND");
    assert_eq!(house.faces.looked(), looked);
    let device = device.with_secret(2);
    let mut session = connect(&house).await;
    let asked = vouched(&house, &key, "auth-or-enrol");
    let opened = session.open(&device, asked).await;
    assert_eq!(opened["operation"], "enrol", "{opened}");
    session.agree(&device).await;
    let again = session.show("alice").await;
    assert_eq!(again["keylessId"], enrolled["keylessId"], "{again}");
    let mut session = connect(&house).await;
    let asked = vouched(&house, &key, "auth-or-enrol");
    let opened = session.open(&device, asked).await;
    assert_eq!(opened["operation"], "authenticate", "{opened}");
}
