//! A password that is changed while somebody signs on with the old one.

use domain::Password;
use domain::port::Versioned;

use super::started;
use crate::factor::password::{PasswordVerdict, Salt};
use crate::flow::{Action, Flow, Rejection, Requirement, Step};
use crate::world::{ALICE, BOB, RIGHT, World};

const NEW: &str = "staple battery";

fn password_of(world: &World, name: &str) -> Versioned<Password> {
    world.get(world.user(name).unwrap().id).unwrap()
}

/// Sets somebody's password to [`NEW`].
fn change(world: &mut World, name: &str) {
    world.wait(1);
    let stored = password_of(world, name);
    let changed = Password {
        hash: world.hasher.hash(NEW, &Salt::default()),
        changed: world.now,
        ..stored.record.clone()
    };
    world.commit_one(|changes| changes.replace(&stored, &changed));
}

/// Hashes somebody's password anew, which leaves it what it was.
fn rehash(world: &mut World, name: &str) {
    let stored = password_of(world, name);
    let rehashed = Password {
        hash: world.hasher.hash(RIGHT, &[7; 16]),
        ..stored.record.clone()
    };
    world.commit_one(|changes| changes.replace(&stored, &rehashed));
}

/// What alice does whose password was compared already.
const fn compared(verdict: &PasswordVerdict) -> Action<'_> {
    Action::CheckPassword {
        username: ALICE,
        verdict,
    }
}

/// A flow in which bob has proven his password and is asked for a code.
fn asked_for_a_code() -> (World, Flow) {
    let (mut world, flow) = started(Requirement::default());
    let acted = world.password(&flow, BOB, RIGHT);
    assert!(matches!(acted.step, Step::OneTimeCode { .. }));
    (world, flow)
}

#[test]
fn a_password_that_is_changed_while_it_is_compared_is_not_accepted() {
    let (mut world, flow) = started(Requirement::default());
    let verdict = world.verdict(&flow, ALICE, RIGHT);
    change(&mut world, ALICE);
    let acted = world.act(&flow, &compared(&verdict));
    assert_eq!(acted.rejected, Some(Rejection::NotRecognised));
    assert_eq!(world.failures(ALICE), 1);
    assert!(world.session().is_none());
}

#[test]
fn a_password_that_is_changed_while_it_is_accepted_makes_the_acceptance_void() {
    let (mut world, flow) = started(Requirement::default());
    let verdict = world.verdict(&flow, ALICE, RIGHT);
    let decision = world.decide(&flow, &compared(&verdict));
    assert!(matches!(decision.step, Step::Done(_)));
    change(&mut world, ALICE);
    assert!(world.commit(decision.changes).is_err());
}

#[test]
fn a_password_that_was_proven_before_it_was_changed_counts_no_more() {
    let (mut world, flow) = asked_for_a_code();
    change(&mut world, BOB);
    let stored = world.open(&flow).unwrap();
    assert!(matches!(world.step(&stored), Step::SignOn { .. }));
    let code = world.shown();
    let acted = world.code(&flow, &code);
    assert_eq!(acted.rejected, Some(Rejection::NotOffered));
    assert!(world.password(&flow, BOB, RIGHT).rejected.is_some());
    // The new one leads on.
    world.password(&flow, BOB, NEW);
    world.code(&flow, &code).outcome();
}

#[test]
fn a_password_that_is_changed_while_the_code_is_accepted_makes_the_sign_on_void() {
    let (mut world, flow) = asked_for_a_code();
    let code = world.shown();
    let decision = world.decide(&flow, &Action::CheckCode { code: &code });
    assert!(matches!(decision.step, Step::Done(_)));
    change(&mut world, BOB);
    assert!(world.commit(decision.changes).is_err());
}

#[test]
fn a_password_that_is_only_hashed_anew_is_the_same() {
    let (mut world, flow) = asked_for_a_code();
    rehash(&mut world, BOB);
    let code = world.shown();
    world.code(&flow, &code).outcome();

    let (mut world, flow) = started(Requirement::default());
    let verdict = world.verdict(&flow, ALICE, RIGHT);
    rehash(&mut world, ALICE);
    world.act(&flow, &compared(&verdict)).outcome();
}

#[test]
fn a_flow_whose_password_was_changed_can_still_be_left() {
    let (mut world, flow) = asked_for_a_code();
    change(&mut world, BOB);
    let acted = world.act(&flow, &Action::Cancel);
    assert_eq!(acted.step, Step::Canceled);
    assert!(world.open(&flow).is_none());
}
