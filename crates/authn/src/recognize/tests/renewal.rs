//! A face is enrolled anew: under another secret, or because what was kept is of no use any more.

use super::*;

const NEW: [u8; 32] = [8; 32];

fn renewing() -> Value {
    json!({"operation": "enrol", "renew": true})
}

/// What is kept after a session of these members has ended with this face.
fn ended(world: &World, members: &Value, beside: Value) -> Changes {
    let session = world.open_as(members, &world.vouched()).answer.unwrap();
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
fn a_template_that_is_of_no_use_counts_as_not_enrolled_for_whom_the_customer_vouches() {
    let mut world = World::enrolled();
    world.is_usable = false;
    for (operation, refusal) in [
        ("authenticate", "SERVER_USER_NOT_FOUND"),
        // Whoever has found the device has no face to be compared with.
        ("auth-or-enrol", "SERVER_USER_NOT_FOUND"),
        ("enrol", "SERVER_USER_ALREADY_ENROLLED"),
    ] {
        let session = world.open(&json!({ "operation": operation }));
        assert_eq!(code(session), refusal, "{operation}");
    }
    for operation in ["enrol", "auth-or-enrol"] {
        let asked = json!({ "operation": operation });
        let session = world.open_as(&asked, &world.vouched()).answer.unwrap();
        assert_eq!(session.told()["renew"], Value::Null);
        let changes = ended(&world, &asked, json!({}));
        let device = written::<EnrolledDevice>(changes.clone()).unwrap();
        assert_eq!(device.person, world.person.as_ref().unwrap().id);
        assert_eq!(&device.template[..], b"new template");
        assert!(written::<Person>(changes).is_none_or(|it| it.id == device.person));
    }
}

#[test]
fn what_was_enrolled_anew_meanwhile_ends_what_was_under_way() {
    let mut world = World::enrolled();
    let renewal = world.open(&renewing()).unwrap();
    let beside = json!({"newSecret": encode(NEW)});
    let begun = world.begin(&renewal, json!({"consent": "1"}), beside);
    let begun = begun.unwrap();
    let session = world.open(&json!({"operation": "authenticate"})).unwrap();
    let authenticating = world.begin(&session, json!({}), json!({})).unwrap();
    // Another session of the same device was faster.
    let other = json!({"newSecret": encode([9; 32])});
    world.device = written(ended(&world, &renewing(), other));
    let ending = world.ending(&renewal.opened);
    let seen = (&begun, b"another template".as_slice());
    let renewed = ending.renewed(seen, NOW, &world.random);
    assert!(renewed.changes.is_empty());
    assert_eq!(code(renewed.answer), "SERVER_USER_NOT_FOUND");
    let ending = world.ending(&session.opened);
    let authenticated = ending.authenticated(&authenticating, NOW, &world.random);
    assert!(authenticated.changes.is_empty());
    assert_eq!(code(authenticated.answer), "SERVER_USER_NOT_FOUND");
}

#[test]
fn a_device_that_was_deleted_does_not_come_back_by_what_was_of_no_use() {
    let mut world = World::enrolled();
    world.is_usable = false;
    let asked = json!({"operation": "enrol"});
    let session = world.open_as(&asked, &world.vouched()).answer.unwrap();
    let begun = world.begin(&session, json!({"consent": "1"}), json!({}));
    let begun = begun.unwrap();
    world.device = None;
    let ending = world.ending(&session.opened);
    let enrolled = ending.enrolled((&begun, b"template"), &new_keys(), NOW, &world.random);
    assert!(enrolled.changes.is_empty());
    assert_eq!(code(enrolled.answer), "SERVER_USER_NOT_FOUND");
}
