//! Failures, and the end of what is kept.

use super::*;

#[test]
fn five_failures_suspend_and_nothing_is_looked_at_meanwhile() {
    let mut world = World::enrolled();
    let session = world.open(&json!({"operation": "authenticate"})).unwrap();
    let begun = world.begin(&session, json!({}), json!({})).unwrap();
    for failure in 1..=5 {
        let ending = world.ending(&session.opened);
        assert_eq!(ending.goes_on(NOW), Ok(()));
        let decision = ending.failed(Fault::NoMatch, 2, NOW, &world.random);
        assert_eq!(decision.answer.is_err(), failure == 5, "{failure}");
        let suspended = events(&decision.changes);
        let suspended = suspended
            .iter()
            .any(|it| it["event"] == "recognize.suspended");
        assert_eq!(suspended, failure == 5);
        world.person = written(decision.changes);
    }
    let ending = world.ending(&session.opened);
    assert_eq!(code(ending.goes_on(NOW)), "SERVER_USER_LOCKED_OUT");
    // Neither right nor wrong counts now.
    let right = ending.authenticated(&begun, NOW, &world.random);
    assert!(right.changes.is_empty());
    assert_eq!(code(right.answer), "SERVER_USER_LOCKED_OUT");
    let wrong = ending.failed(Fault::NoMatch, 2, NOW, &world.random);
    assert!(wrong.changes.is_empty());
    let again = world.open(&json!({"operation": "authenticate"}));
    assert_eq!(code(again), "SERVER_USER_LOCKED_OUT");
}

#[test]
fn success_resets_the_count_of_failures() {
    let mut world = World::enrolled();
    let session = world.open(&json!({"operation": "authenticate"})).unwrap();
    let begun = world.begin(&session, json!({}), json!({})).unwrap();
    let failed = world
        .ending(&session.opened)
        .failed(Fault::NotSeen, 2, NOW, &world.random);
    world.person = written(failed.changes);
    assert_ne!(
        world.person.as_ref().unwrap().suspension,
        Suspension::default()
    );
    let right = world
        .ending(&session.opened)
        .authenticated(&begun, NOW, &world.random);
    let person = written::<Person>(right.changes).unwrap();
    assert_eq!(person.suspension, Suspension::default());
}

#[test]
fn the_last_attempt_ends_the_session() {
    let world = World::enrolled();
    let session = world.open(&json!({"operation": "authenticate"})).unwrap();
    let decision = world
        .ending(&session.opened)
        .failed(Fault::WrongPin, 0, NOW, &world.random);
    assert_eq!(code(decision.answer), "SERVER_NO_ATTEMPTS_LEFT");
    let events = events(&decision.changes);
    assert_eq!(events[0]["detail"]["cause"], "wrong_pin");
}

#[test]
fn whoever_is_deleted_meanwhile_proves_nothing() {
    let mut world = World::enrolled();
    let session = world.open(&json!({"operation": "authenticate"})).unwrap();
    let begun = world.begin(&session, json!({}), json!({})).unwrap();
    world.device = None;
    let decision = world
        .ending(&session.opened)
        .authenticated(&begun, NOW, &world.random);
    assert_eq!(code(decision.answer), "SERVER_USER_NOT_FOUND");
}

#[test]
fn deleting_a_person_deletes_the_templates() {
    let world = World::enrolled();
    let kept = kept(&world, 1);
    let changes = kept.deletion(domain::Actor::System, NOW, &world.random);
    let deleted = changes.of_tenant(Tenant::DEFAULT).into_iter();
    let deleted = deleted.filter_map(|change| match change {
        Change::Delete { kind, .. } => Some(kind),
        _ => None,
    });
    let deleted: Vec<Kind> = deleted.collect();
    assert_eq!(
        deleted,
        [
            Kind::RecognizePerson,
            Kind::RecognizeDevice,
            Kind::RecognizeOperation
        ]
    );
}

/// All that is kept of the person, who has so many devices.
fn kept(world: &World, devices: usize) -> conclusion::Kept {
    let person = world.person.clone().unwrap();
    let devices = (0..devices).map(|number| {
        let mut device = world.device.clone().unwrap();
        device.record.id = encode([u8::try_from(number).unwrap(); 32]);
        device
    });
    let operation = OperationRecord {
        payload: None,
        transaction: None,
        id: "order-4711".to_owned(),
        person: person.id,
        external_user_id: None,
        operation: "authenticate".to_owned(),
        factor: Factor::Face,
        time: NOW,
    };
    let operation = Versioned {
        version: Version(1),
        record: operation,
    };
    conclusion::Kept {
        devices: devices.collect(),
        operations: vec![operation],
        person,
    }
}

/// Whether changes fail when somebody else has changed or deleted the person meanwhile, and make those of
/// somebody else fail.
fn excludes_others(changes: Changes) -> bool {
    let changes = changes.of_tenant(Tenant::DEFAULT).into_iter();
    let mut of_person = changes.filter(|change| {
        matches!(
            change,
            Change::Put { kind, .. } | Change::Delete { kind, .. } if *kind == Kind::RecognizePerson
        )
    });
    of_person.next().is_some()
}

#[test]
fn of_two_who_change_the_devices_of_a_person_one_looks_again() {
    let mut world = World::enrolled();
    for devices in [1, 2] {
        let kept = kept(&world, devices);
        let first = kept.devices[0].id.clone();
        let changes = kept.device_deletion(&first, domain::Actor::System, NOW, &world.random);
        assert!(excludes_others(changes.unwrap()), "{devices}");
    }
    let (further, begun) = further_device(&mut world);
    let ending = world.ending(&further.opened);
    let enrolled = ending.enrolled((&begun, b"template"), &new_keys(), NOW, &world.random);
    assert!(enrolled.answer.is_ok());
    assert!(excludes_others(enrolled.changes));
}

#[test]
fn who_is_deleted_while_a_further_device_is_enrolled_does_not_come_back() {
    let mut world = World::enrolled();
    let (further, begun) = further_device(&mut world);
    world.person = None;
    let ending = world.ending(&further.opened);
    let enrolled = ending.enrolled((&begun, b"template"), &new_keys(), NOW, &world.random);
    assert!(enrolled.changes.is_empty());
    assert_eq!(code(enrolled.answer), "SERVER_USER_NOT_FOUND");
}

/// A session in which somebody enrols with a further device.
fn further_device(world: &mut World) -> (Session, Begun) {
    let jwks_uri = "https://shop.example/jwks".to_owned();
    world.customer.user_authorization = UserAuthorization::RemoteJwkSet { jwks_uri };
    world.customer.further_devices = true;
    world.device = None;
    world.key = SigningKey::generate(Algorithm::Es256).unwrap();
    let user = world.vouched();
    let session = world.open_as(&json!({"operation": "enrol"}), &user);
    let session = session.answer.unwrap();
    let begun = world.begin(&session, json!({"consent": "1"}), json!({}));
    (session, begun.unwrap())
}

/// Whoever begins until the poses suit a recording has five attempts as everybody.
#[test]
fn an_attempt_counts_from_when_something_can_be_learned_from_it() {
    let mut world = World::enrolled();
    let session = world.open(&json!({"operation": "authenticate"})).unwrap();
    let begun = world.begin(&session, json!({}), json!({})).unwrap();
    let mut counted = None;
    for _ in 0..5 {
        let decision = world.ending(&session.opened).count(NOW);
        counted = decision.answer.ok();
        assert!(counted.is_some());
        world.person = written(decision.changes);
    }
    let sixth = world.ending(&session.opened).count(NOW);
    assert!(sixth.changes.is_empty());
    assert_eq!(sixth.answer.err().unwrap().code(), "SERVER_USER_LOCKED_OUT");
    // The fifth comes to its end, whatever that is; it does not count again.
    let mut fifth = world.ending(&session.opened);
    fifth.counted = counted;
    let failed = fifth.failed(Fault::BrokenOff, 2, NOW, &world.random);
    assert_eq!(code(failed.answer), "SERVER_USER_LOCKED_OUT");
    let events = events(&failed.changes);
    let names: Vec<_> = events.iter().map(|it| it["event"].as_str()).collect();
    assert_eq!(
        names,
        [Some("recognize.suspended"), Some("recognize.failed")]
    );
    assert_eq!(events[1]["detail"]["cause"], "broken_off");
    assert!(written::<Person>(failed.changes).is_none());
    let right = fifth.authenticated(&begun, NOW, &world.random);
    let person = written::<Person>(right.changes).unwrap();
    assert_eq!(person.suspension, Suspension::default());
}
