//! A face is enrolled anew: under another secret, or because what was kept is of no use any more.

use super::*;

const NEW: [u8; 32] = [8; 32];

fn renewing() -> Value {
    json!({"operation": "enrol", "renew": true})
}

/// What is kept after a session of these members has ended with this face.
fn ended(world: &World, members: &Value, beside: Value) -> Changes {
    let session = world.open(members).unwrap();
    let begun = world.begin(&session, json!({"consent": "1"}), beside);
    let begun = begun.unwrap();
    let ending = world.ending(&session.opened);
    let seen = (&begun, b"new template".as_slice());
    let decision = match session.opened.purpose() {
        Purpose::Renew => ending.renewed(seen, NOW, &world.random),
        _ => ending.enrolled(seen, &new_keys(), NOW, &world.random),
    };
    assert!(decision.answer.is_ok());
    decision.changes
}

#[test]
fn iso_24745_a_template_is_renewed_under_a_new_secret() {
    let world = World::enrolled();
    let session = world.open(&renewing()).unwrap();
    let told = session.told();
    assert_eq!(told["operation"], "enrol");
    assert_eq!(
        (&told["renew"], &told["consent"]["version"]),
        (&json!(true), &json!("1"))
    );
    let changes = ended(&world, &renewing(), json!({"newSecret": encode(NEW)}));
    let event = &events(&changes)[0];
    assert_eq!(
        (&event["event"], &event["detail"]["renewed"]),
        (&json!("recognize.enrolled"), &json!("true"))
    );
    let before = world.device.as_ref().unwrap();
    let device = written::<EnrolledDevice>(changes).unwrap();
    assert_eq!((&device.id, &device.key), (&before.id, &before.key));
    assert_eq!(&device.template[..], b"new template");
    assert_eq!(device.pin, None, "it was kept by the old secret");
}

#[test]
fn a_pin_is_set_anew_by_the_new_secret() {
    let mut world = World::enrolled();
    let beside = json!({"newSecret": encode(NEW), "newPin": "314159"});
    world.device = written(ended(&world, &renewing(), beside));
    world.secret = NEW;
    let session = world.open(&json!({"operation": "authenticate"})).unwrap();
    let begun = world.begin(&session, json!({"factor": "pin"}), json!({"pin": "314159"}));
    assert!(world.ending(&session.opened).is_pin(&begun.unwrap()));
}

#[test]
fn a_new_secret_is_new_and_there_when_it_should_be() {
    let world = World::enrolled();
    let session = world.open(&renewing()).unwrap();
    let consent = json!({"consent": "1"});
    for beside in [
        json!({}),
        json!({"newSecret": encode(world.secret)}),
        json!({"newSecret": encode([8; 31])}),
    ] {
        let refused = world.begin(&session, consent.clone(), beside);
        assert_eq!(refused.err(), Some(Refusal::Invalid("newSecret")));
    }
    let authenticating = world.open(&json!({"operation": "authenticate"})).unwrap();
    let refused = world.begin(
        &authenticating,
        json!({}),
        json!({"newSecret": encode(NEW)}),
    );
    assert_eq!(refused.err(), Some(Refusal::Invalid("newSecret")));
    let mut text: Value = serde_json::from_str(&world.begin_text(
        &session,
        consent,
        json!({"newSecret": encode(NEW)}),
    ))
    .unwrap();
    text["newSecret"] = encode([9; 32]).into();
    let refused = session.opened.begin(&text.to_string(), NOW);
    assert_eq!(code(refused), "SERVER_FORBIDDEN", "another than was signed");
}

#[test]
fn the_old_face_must_match_and_failures_count() {
    let mut world = World::enrolled();
    let session = world.open(&renewing()).unwrap();
    for _ in 0..5 {
        let ending = world.ending(&session.opened);
        assert_eq!(ending.goes_on(NOW), Ok(()));
        let failed = ending.failed(Fault::NoMatch, 2, NOW, &world.random);
        world.person = written(failed.changes);
    }
    assert_eq!(code(world.open(&renewing())), "SERVER_USER_LOCKED_OUT");
    let ending = world.ending(&session.opened);
    assert_eq!(code(ending.goes_on(NOW)), "SERVER_USER_LOCKED_OUT");
}

#[test]
fn a_template_that_is_of_no_use_counts_as_not_enrolled() {
    let mut world = World::enrolled();
    world.is_usable = false;
    let authenticate = world.open(&json!({"operation": "authenticate"}));
    assert_eq!(code(authenticate), "SERVER_USER_NOT_FOUND");
    for operation in ["enrol", "auth-or-enrol"] {
        let asked = json!({ "operation": operation });
        assert_eq!(world.open(&asked).unwrap().told()["renew"], Value::Null);
        let changes = ended(&world, &asked, json!({}));
        let device = written::<EnrolledDevice>(changes.clone()).unwrap();
        assert_eq!(device.person, world.person.as_ref().unwrap().id);
        assert_eq!(&device.template[..], b"new template");
        assert!(written::<Person>(changes).is_none_or(|it| it.id == device.person));
    }
}
