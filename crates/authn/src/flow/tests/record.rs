//! How a flow lives and ends.

use std::time::Duration;

use domain::port::Record;
use domain::{HandleKey, Scope};

use super::started;
use crate::flow::{Action, BoundFlow, Cause, Flow, Rejection, Requirement, Step, act, spend};
use crate::world::{ALICE, BOB, RIGHT, WRONG, World, shop};

#[test]
fn what_is_not_offered_is_refused() {
    let (mut world, flow) = started(Requirement::default());
    let all = Scope::from_iter(["openid"]);
    for action in [
        Action::CheckCode { code: "000000" },
        Action::Allow {
            user: world.user(ALICE).unwrap().id,
            scope: all,
        },
        Action::Deny,
    ] {
        let refused = world.act(&flow, &action);
        assert_eq!(refused.rejected, Some(Rejection::NotOffered));
    }
    assert!(world.events().is_empty());
}

#[test]
fn who_has_proven_a_password_is_not_exchanged_for_another() {
    let (mut world, flow) = started(Requirement::default());
    let flow = world.password(&flow, BOB, RIGHT).flow;
    let refused = world.password(&flow, ALICE, RIGHT);
    assert_eq!(refused.rejected, Some(Rejection::NotOffered));
    assert!(matches!(refused.step, Step::OneTimeCode { username, .. } if username == BOB));
}

#[test]
fn who_is_disabled_in_the_middle_has_proven_nothing() {
    let (mut world, flow) = started(Requirement::default());
    let flow = world.password(&flow, BOB, RIGHT).flow;
    let bob = world.user(BOB).unwrap().id;
    let mut bob = world.get::<domain::User>(bob).unwrap();
    bob.record.enabled = false;
    world.commit_one(|changes| changes.update(&bob));
    assert!(matches!(world.step(&flow), Step::SignOn { .. }));
    let code = world.shown();
    assert_eq!(
        world.code(&flow, &code).rejected,
        Some(Rejection::NotOffered)
    );
}

#[test]
fn a_flow_is_open_for_an_hour_whatever_is_done_in_it() {
    let (mut world, flow) = started(Requirement::default());
    world.policy.identity.recovery = true;
    for there_and_back in [Action::Recover, Action::Back, Action::Recover, Action::Back] {
        world.wait(14 * 60);
        let acted = world.act(&flow, &there_and_back);
        assert_eq!(acted.rejected, None);
    }
    let stored = |world: &World| world.open(&flow).unwrap();
    assert!(matches!(world.step(&stored(&world)), Step::SignOn { .. }));
    world.wait(4 * 60);
    let step = world.step(&stored(&world));
    assert_eq!(step, Step::Failed(Cause::Expired), "an hour");
}

#[test]
fn a_flow_waits_fifteen_minutes_from_its_last_progress() {
    let (mut world, flow) = started(Requirement::default());
    world.wait(14 * 60);
    let flow = world.password(&flow, BOB, RIGHT).flow;
    world.wait(14 * 60);
    assert!(matches!(world.step(&flow), Step::OneTimeCode { .. }));
    let code = world.shown();
    world.wait(60);
    assert_eq!(world.step(&flow), Step::Failed(Cause::Expired));
    let late = world.code(&flow, &code);
    assert_eq!(late.rejected, Some(Rejection::NotOffered));
    assert!(world.open(&flow).is_none());
}

#[test]
fn failures_are_no_progress() {
    let (mut world, flow) = started(Requirement::default());
    world.wait(14 * 60);
    let flow = world.password(&flow, ALICE, WRONG).flow;
    world.wait(60);
    assert_eq!(world.step(&flow), Step::Failed(Cause::Expired));
}

#[test]
fn only_its_browser_may_act_in_a_flow() {
    let (world, flow) = started(Requirement::default());
    let loaded = || world.get::<Flow>(flow.id()).unwrap();
    assert!(BoundFlow::open(loaded(), &World::browser()).is_some());
    let other = HandleKey::of("another browser's flow cookie");
    assert!(BoundFlow::open(loaded(), &other).is_none());
    assert!(!flow.is_bound_to(&other));
}

#[test]
fn rfc9700_4_7_a_flow_without_a_browser_belongs_to_the_first_that_opens_it() {
    let mut world = World::new();
    let flow = world.begin_unbound(Requirement::default());
    world.store(&flow);
    let loaded = |world: &World| world.get::<Flow>(flow.id()).unwrap();
    let other = HandleKey::of("another browser's flow cookie");
    assert!(BoundFlow::open(loaded(&world), &World::browser()).is_none());
    let (_, first) = BoundFlow::claim(loaded(&world), World::browser()).unwrap();
    let (_, second) = BoundFlow::claim(loaded(&world), other).unwrap();
    world.commit(first).unwrap();
    assert!(world.commit(second).is_err(), "one of them was faster");
    assert!(BoundFlow::claim(loaded(&world), other).is_none());
    let (_, again) = BoundFlow::claim(loaded(&world), World::browser()).unwrap();
    assert!(again.is_empty());
    assert!(BoundFlow::open(loaded(&world), &World::browser()).is_some());
    assert!(BoundFlow::open(loaded(&world), &other).is_none());
}

#[test]
fn a_flow_is_spent_once() {
    let (mut world, flow) = started(Requirement::default());
    let (first, second) = (world.open(&flow).unwrap(), world.open(&flow).unwrap());
    let facts = world.facts(&flow, None);
    let [first, second] = [first, second].map(|opened| spend(&opened, &facts));
    world.commit(first).unwrap();
    assert!(world.commit(second).is_err());
}

#[test]
fn a_flow_that_is_handed_on_is_good_for_one_request() {
    let (mut world, flow) = started(Requirement::default());
    let keys = ["first", "second", "third"].map(HandleKey::of);
    let mut current = World::browser();
    // Neither an action that is not offered nor a failure leaves it as it was.
    let wrong = world.verdict(&flow, ALICE, WRONG);
    let password = Action::CheckPassword {
        username: ALICE,
        verdict: &wrong,
    };
    for (key, action) in keys
        .into_iter()
        .zip([Action::Resend, password, Action::Deny])
    {
        let decide = |world: &World| {
            let loaded = world.get::<Flow>(flow.id()).unwrap();
            let opened = BoundFlow::open(loaded, &current).unwrap().handed_on(key);
            let facts = world.facts(&opened, Some(ALICE));
            act(&opened, &action, &facts, world.now, &world.random).changes
        };
        let (first, second) = (decide(&world), decide(&world));
        world.commit(first).unwrap();
        assert!(world.commit(second).is_err(), "one of two wins");
        let loaded = || world.get::<Flow>(flow.id()).unwrap();
        assert!(BoundFlow::open(loaded(), &current).is_none());
        assert!(BoundFlow::open(loaded(), &key).is_some());
        current = key;
    }
}

#[test]
fn a_flow_that_is_left_elsewhere_waits_there_and_is_spent_once() {
    let (mut world, flow) = started(Requirement::default());
    world.password(&flow, BOB, RIGHT);
    let code = &world.shown();
    let opened = world.open(&flow).unwrap().left_elsewhere();
    let facts = world.facts(&opened, None);
    let decided = act(
        &opened,
        &Action::CheckCode { code },
        &facts,
        world.now,
        &world.random,
    );
    assert!(matches!(decided.step, Step::Done(_)));
    let changes = decided.changes;
    world.commit(changes).unwrap();
    let again = world.open(&flow).unwrap().left_elsewhere();
    assert!(matches!(world.step(&again), Step::Done(_)));
    let facts = world.facts(&again, None);
    let late = act(&again, &Action::Cancel, &facts, world.now, &world.random);
    assert_eq!(late.rejected, Some(Rejection::NotOffered));
    assert!(late.changes.is_empty(), "what is over stays as it is");
    let facts = world.facts(&again, None);
    let [first, second] = [&again, &world.open(&flow).unwrap()].map(|it| spend(it, &facts));
    world.commit(first).unwrap();
    assert!(world.commit(second).is_err());
}

#[test]
fn a_decision_on_old_facts_does_not_commit() {
    let (mut world, flow) = started(Requirement::default());
    world.password(&flow, BOB, RIGHT);
    let code = &world.shown();
    let first = world.decide(&flow, &Action::CheckCode { code });
    let second = world.decide(&flow, &Action::CheckCode { code });
    assert!(matches!(second.step, Step::Done(_)));
    world.commit(first.changes).unwrap();
    assert!(world.commit(second.changes).is_err());
}

#[test]
fn a_flow_survives_the_store() {
    let (mut world, flow) = started(Requirement {
        consent: Some(shop()),
        max_age: Some(Duration::from_mins(5)),
        ..Requirement::default()
    });
    let flow = world.password(&flow, ALICE, RIGHT).flow;
    let read: Flow = serde_json::from_slice(&flow.body()).unwrap();
    assert_eq!(read.body(), flow.body());
    assert_eq!(world.step(&read), world.step(&flow));
    assert_eq!(read.origin().request["client_id"], "shop");
    assert_eq!(read.expires(), Some(world.now + Duration::from_mins(15)));
}
