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
    let person = world.person.as_ref().unwrap();
    let devices = [world.device.clone().unwrap()];
    let changes = conclusion::deletion(person, &devices, domain::Actor::System, NOW, &world.random);
    let deleted = changes.of_tenant(Tenant::DEFAULT).into_iter();
    let deleted = deleted.filter_map(|change| match change {
        Change::Delete { kind, .. } => Some(kind),
        _ => None,
    });
    let deleted: Vec<Kind> = deleted.collect();
    assert_eq!(deleted, [Kind::RecognizePerson, Kind::RecognizeDevice]);
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
