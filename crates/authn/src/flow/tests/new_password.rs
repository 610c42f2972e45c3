//! A password that must be changed before anything comes of it.

use std::time::Duration;

use domain::port::Versioned;
use domain::{Password, Session};

use super::started;
use crate::factor::password::PasswordRule;
use crate::flow::{Action, Flow, NewPasswordCause, Rejection, Requirement, Step};
use crate::world::{ALICE, BOB, ERIN, RIGHT, WRONG, World, shop};

const NEW: &str = "staple battery";

fn password_of(world: &World, name: &str) -> Versioned<Password> {
    world.get(world.user(name).unwrap().id).unwrap()
}

/// A flow in which somebody must change the password that somebody else has set for them.
fn must_change(name: &str, requirement: Requirement) -> (World, Flow) {
    let (mut world, flow) = started(requirement);
    let stored = password_of(&world, name);
    let set_by_another = Password {
        must_change: true,
        ..stored.record.clone()
    };
    world.commit_one(|changes| changes.replace(&stored, &set_by_another));
    (world, flow)
}

fn asks(step: &Step) -> Option<NewPasswordCause> {
    match step {
        Step::NewPassword { cause, .. } => Some(*cause),
        _ => None,
    }
}

#[test]
fn a_password_that_somebody_else_has_set_is_changed_before_there_is_an_outcome() {
    let (mut world, flow) = must_change(ALICE, Requirement::default());
    let acted = world.password(&flow, ALICE, RIGHT);
    assert_eq!(asks(&acted.step), Some(NewPasswordCause::MustChange));
    assert!(world.session().is_none());
    let acted = world.set_password(&flow, NEW);
    assert!(
        matches!(acted.step, Step::PasswordChanged { .. }),
        "{:?}",
        acted.step
    );
    let mut events = world.events();
    events.sort();
    assert_eq!(events, ["password.changed", "sign_on.succeeded"]);
    let outcome = world.act(&flow, &Action::Continue).outcome();
    assert_eq!(outcome.amr(), ["pwd"]);
    let again = world.begin(Requirement::default());
    world.cookie = None;
    world.store(&again);
    assert!(world.password(&again, ALICE, RIGHT).rejected.is_some());
    world.password(&again, ALICE, NEW).outcome();
}

#[test]
fn all_else_is_proven_first_and_consent_comes_after() {
    let requirement = Requirement {
        consent: Some(shop()),
        ..Requirement::default()
    };
    let (mut world, flow) = must_change(BOB, requirement);
    let acted = world.password(&flow, BOB, RIGHT);
    assert!(matches!(acted.step, Step::OneTimeCode { .. }));
    let acted = world.set_password(&flow, NEW);
    assert_eq!(acted.rejected, Some(Rejection::NotOffered));
    let code = world.shown();
    assert!(asks(&world.code(&flow, &code).step).is_some());
    world.set_password(&flow, NEW);
    let acted = world.act(&flow, &Action::Continue);
    assert!(
        matches!(acted.step, Step::Consent { .. }),
        "{:?}",
        acted.step
    );
    let outcome = world.allow(&flow, shop().scope).outcome();
    assert_eq!(outcome.amr(), ["pwd", "otp", "mfa"]);
}

#[test]
fn a_new_password_obeys_the_rules_and_is_not_the_old_one() {
    let (mut world, flow) = must_change(ALICE, Requirement::default());
    world.password(&flow, ALICE, RIGHT);
    for (text, rule) in [
        (RIGHT, PasswordRule::Unchanged),
        ("short", PasswordRule::TooShort),
        ("password1", PasswordRule::Common),
    ] {
        let acted = world.set_password(&flow, text);
        assert_eq!(acted.rejected, Some(Rejection::PasswordRefused(rule)));
        assert!(asks(&acted.step).is_some());
    }
    assert!(password_of(&world, ALICE).must_change);
}

#[test]
fn whoever_is_signed_on_elsewhere_is_out_and_so_is_a_copy_of_this_session() {
    let (mut world, _) = started(Requirement::default());
    for _ in 0..2 {
        world.cookie = None;
        world.sign_on_as(ALICE);
    }
    assert_eq!(world.all::<Session>().len(), 2);
    let stored = password_of(&world, ALICE);
    let due = Password {
        must_change: true,
        ..stored.record.clone()
    };
    world.commit_one(|changes| changes.replace(&stored, &due));
    let flow = world.begin(Requirement {
        reauthenticate: true,
        ..Requirement::default()
    });
    world.store(&flow);
    world.password(&flow, ALICE, RIGHT);
    world.set_password(&flow, NEW);
    assert!(world.all::<Session>().is_empty());
    world.act(&flow, &Action::Continue).outcome();
    assert_eq!(world.all::<Session>().len(), 1);
}

#[test]
fn a_password_grows_too_old_and_is_good_again_when_it_is_changed() {
    let (mut world, _) = started(Requirement::default());
    let lifetime = Duration::from_hours(24);
    world.policy.identity.password_lifetime = Some(lifetime);
    world.sign_on_as(ALICE);
    world.cookie = None;
    world.wait(lifetime.as_secs());
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    let acted = world.password(&flow, ALICE, RIGHT);
    assert_eq!(asks(&acted.step), Some(NewPasswordCause::Expired));
    world.set_password(&flow, NEW);
    world.act(&flow, &Action::Continue).outcome();
}

#[test]
fn who_signs_on_without_the_password_is_left_alone() {
    let mut world = World::with_passkeys();
    let stored = password_of(&world, ERIN);
    let due = Password {
        must_change: true,
        ..stored.record.clone()
    };
    world.commit_one(|changes| changes.replace(&stored, &due));
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    world.touch(&flow).outcome();
}

#[test]
fn two_passwords_that_are_set_at_the_same_moment_are_one() {
    let (mut world, flow) = must_change(ALICE, Requirement::default());
    world.password(&flow, ALICE, RIGHT);
    let stored = world.open(&flow).unwrap();
    let access = &world.access_of(world.user(ALICE).unwrap().id);
    let proposed = &world.proposed(&stored, NEW);
    let set = Action::SetPassword { proposed, access };
    let (one, two) = (world.decide(&flow, &set), world.decide(&flow, &set));
    world.commit(one.changes).unwrap();
    assert!(world.commit(two.changes).is_err());
}

#[test]
fn it_may_be_refused_by_leaving() {
    let (mut world, flow) = must_change(ALICE, Requirement::default());
    world.password(&flow, ALICE, RIGHT);
    assert_eq!(world.act(&flow, &Action::Cancel).step, Step::Canceled);
    assert!(password_of(&world, ALICE).must_change);
}

#[test]
fn rts_4_3_b_the_password_before_is_not_guessed_where_a_new_one_is_set() {
    let (mut world, flow) = must_change(ALICE, Requirement::default());
    world.password(&flow, ALICE, RIGHT);
    for _ in 0..5 {
        let acted = world.change_password(&flow, WRONG, NEW);
        assert_eq!(acted.rejected, Some(Rejection::NotRecognised));
    }
    assert!(world.is_blocked(ALICE));
    let acted = world.change_password(&flow, RIGHT, NEW);
    assert_eq!(acted.rejected, Some(Rejection::NotRecognised));
    assert!(password_of(&world, ALICE).must_change);
    world.wait(16 * 60);
    let (mut world, flow) = must_change(ALICE, Requirement::default());
    world.password(&flow, ALICE, RIGHT);
    let acted = world.change_password(&flow, RIGHT, NEW);
    assert!(matches!(acted.step, Step::PasswordChanged { .. }));
}

#[test]
fn who_begins_anew_has_proven_nothing() {
    let (mut world, flow) = started(Requirement::default());
    let acted = world.password(&flow, BOB, RIGHT);
    assert!(matches!(acted.step, Step::OneTimeCode { .. }));
    let acted = world.act(&flow, &Action::Restart);
    assert!(matches!(acted.step, Step::SignOn { .. }));
    let code = world.shown();
    let acted = world.code(&flow, &code);
    assert_eq!(acted.rejected, Some(Rejection::NotOffered));
}

#[test]
fn whose_password_will_soon_be_too_old_is_advised_and_may_put_it_off() {
    let (mut world, flow) = started(Requirement::default());
    world.policy.identity.password_lifetime = Some(Duration::from_hours(240));
    world.policy.identity.password_warning = Some(Duration::from_hours(48));
    let until = world.now + Duration::from_hours(240);
    let acted = world.password(&flow, ALICE, RIGHT);
    acted.outcome();
    world.cookie = None;
    world.wait(192 * 3600);
    let soon = world.begin(Requirement::default());
    world.store(&soon);
    let acted = world.password(&soon, ALICE, RIGHT);
    let username = ALICE.to_owned();
    assert_eq!(acted.step, Step::PasswordExpires { username, until });
    world.act(&soon, &Action::Continue).outcome();
    let again = world.begin(Requirement::default());
    assert!(
        matches!(world.step(&again), Step::Done(_)),
        "by the session"
    );
    world.cookie = None;
    let again = world.begin(Requirement::default());
    world.store(&again);
    world.password(&again, ALICE, RIGHT);
    let acted = world.act(&again, &Action::InitiatePasswordChange);
    assert!(matches!(
        acted.step,
        Step::NewPassword {
            cause: NewPasswordCause::Requested,
            ..
        }
    ));
    let acted = world.set_password(&again, "another password");
    assert!(matches!(acted.step, Step::PasswordChanged { .. }));
    world.act(&again, &Action::Continue).outcome();
}
