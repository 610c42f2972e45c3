//! Changing one's password.

use domain::{Handle, Password, Session};

use super::{Acting, access, busy, current, last_event};
use crate::account::{ChangePassword, Decision, Refusal, change_password};
use crate::factor::password::{NewPassword, Salt};
use crate::flow::Requirement;
use crate::world::{ALICE, RIGHT, WRONG, World};

const NEW: &str = "staple battery";

/// What alice's deed leads to, whose password was compared already.
fn decide(world: &World, alice: &Acting) -> Decision<Handle> {
    let new = NewPassword::accept(NEW, ALICE, None).unwrap();
    let facts = ChangePassword {
        confirmation: alice.confirmation(world),
        new: new.hash(&world.hasher, &Salt::default()),
        access: access(world),
    };
    change_password(alice.owner(world), facts)
}

fn change(world: &mut World, presented: &str) -> Result<(), Refusal> {
    let decision = decide(world, &Acting::new(world, ALICE, presented));
    world.commit(decision.changes).unwrap();
    let handle = decision.answer?;
    world.cookie = Some(handle.key());
    Ok(())
}

#[test]
fn a_changed_password_signs_on_and_ends_the_other_sessions() {
    let mut world = busy();
    change(&mut world, RIGHT).unwrap();
    assert_eq!(world.all::<Session>().len(), 2, "alice's current and bob's");
    assert!(world.session().is_some());
    assert_eq!(last_event(&world), "password.changed");
    let flow = world.begin(Requirement {
        reauthenticate: true,
        ..Requirement::default()
    });
    world.store(&flow);
    assert!(world.password(&flow, ALICE, RIGHT).rejected.is_some());
    world.password(&flow, ALICE, NEW).outcome();
}

#[test]
fn a_changed_password_gives_the_session_another_cookie() {
    let mut world = busy();
    let copied = current(&world);
    change(&mut world, RIGHT).unwrap();
    let session = current(&world);
    assert_eq!(session.authentication, copied.authentication);
    assert_eq!(
        (session.created, session.ends),
        (copied.created, copied.ends)
    );
    assert!(world.get::<Session>(copied.handle).is_none());
}

#[test]
fn rts_4_3_b_wrong_current_passwords_count_and_block() {
    let mut world = busy();
    for count in 1..=5 {
        assert_eq!(change(&mut world, WRONG), Err(Refusal::NotRecognised));
        assert_eq!(world.failures(ALICE), count);
    }
    assert_eq!(change(&mut world, RIGHT), Err(Refusal::NotRecognised));
    assert_eq!(world.all::<Session>().len(), 3);
    assert!(world.events().contains(&"sign_on.blocked".to_owned()));
}

#[test]
fn rts_4_3_b_a_right_password_does_not_outrun_the_failures_of_its_moment() {
    let mut world = busy();
    let right = decide(&world, &Acting::new(&world, ALICE, RIGHT));
    let wrong = decide(&world, &Acting::new(&world, ALICE, WRONG));
    world.commit(wrong.changes).unwrap();
    assert!(right.answer.is_ok() && world.commit(right.changes).is_err());
}

#[test]
fn a_password_that_was_changed_since_it_was_compared_confirms_nothing() {
    let mut world = busy();
    let early = Acting::new(&world, ALICE, RIGHT);
    let undecided = decide(&world, &early);
    change(&mut world, RIGHT).unwrap();
    assert!(world.commit(undecided.changes).is_err());
    let late = decide(&world, &early);
    assert_eq!(late.answer.err(), Some(Refusal::NotRecognised));
}

#[test]
fn a_password_that_was_hashed_anew_since_it_was_compared_is_still_right() {
    let mut world = busy();
    let alice = Acting::new(&world, ALICE, RIGHT);
    let stored = world.get::<Password>(alice.user.id).unwrap();
    let renewed = Password {
        hash: world.hasher.hash(RIGHT, &[7; 16]),
        ..stored.record.clone()
    };
    world.commit_one(|changes| changes.replace(&stored, &renewed));
    let decision = decide(&world, &alice);
    assert!(decision.answer.is_ok());
    world.commit(decision.changes).unwrap();
}

#[test]
fn nobody_acts_in_a_session_that_has_ended() {
    let mut world = busy();
    let alice = Acting::new(&world, ALICE, RIGHT);
    let undecided = decide(&world, &alice);
    let session = world.session().unwrap();
    world.commit_one(|changes| changes.delete(&session));
    assert!(world.commit(undecided.changes).is_err());
    let late = decide(&world, &alice);
    assert_eq!(late.answer.err(), Some(Refusal::SignedOut));
    assert!(late.changes.is_empty());

    let bobs = world.all::<Session>().into_iter();
    let bobs = bobs.map(|session| session.record);
    let bobs = bobs.filter(|session| session.user != alice.user.id);
    world.cookie = bobs.map(|session| session.handle).next();
    let foreign = decide(&world, &alice);
    assert_eq!(foreign.answer.err(), Some(Refusal::SignedOut));
}
