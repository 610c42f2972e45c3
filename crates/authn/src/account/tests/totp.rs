//! Setting up and removing an authenticator.

use domain::port::Versioned;
use domain::{Device, DeviceStatus, Handle, Session};

use super::{Acting, busy, current, last_event, signed_on};
use crate::account::{Decision, Refusal, activate_totp, enrol_totp, remove_totp};
use crate::factor::totp::shown_by;
use crate::flow::{Requirement, Step};
use crate::world::{ALICE, BOB, RIGHT, WRONG, World};

/// Opens the page on which an authenticator is set up.
fn begin(world: &mut World, acting: &Acting) -> Device {
    let devices = world.devices_of(acting.user.id);
    let begun = enrol_totp(acting.owner(world), &devices);
    world.commit(begun.changes).unwrap();
    begun.answer.unwrap()
}

/// Presents a code, and the password that was compared already.
fn activate(world: &World, acting: &Acting, code: &str) -> Decision<Handle> {
    let devices = world.devices_of(acting.user.id);
    let confirmation = acting.confirmation(world);
    activate_totp(acting.owner(world), &devices, code, &confirmation)
}

fn remove(world: &World, acting: &Acting) -> Decision {
    let devices = world.devices_of(acting.user.id);
    remove_totp(acting.owner(world), &devices, &acting.confirmation(world))
}

#[test]
fn an_authenticator_is_set_up_by_a_code_of_it() {
    let mut world = signed_on(ALICE);
    let alice = Acting::new(&world, ALICE, RIGHT);
    let begun = begin(&mut world, &alice);
    assert_eq!(begun.status, DeviceStatus::ActivationRequired);

    let devices = world.devices_of(alice.user.id);
    let again = enrol_totp(alice.owner(&world), &devices);
    assert_eq!(
        again.answer.unwrap().id,
        begun.id,
        "the same page, the same secret"
    );
    assert!(again.changes.is_empty());

    let wrong = activate(&world, &alice, "000000");
    assert_eq!(wrong.answer.err(), Some(Refusal::CodeNotAccepted));
    let code = shown_by(&begun, world.now);
    let right = activate(&world, &alice, &code);
    let handle = right.answer.unwrap();
    world.commit(right.changes).unwrap();
    world.cookie = Some(handle.key());

    let devices = world.devices_of(alice.user.id);
    assert_eq!(devices[0].status, DeviceStatus::Active);
    let second = enrol_totp(alice.owner(&world), &devices);
    assert_eq!(second.answer.err(), Some(Refusal::AlreadyEnrolled));
    let replayed = activate(&world, &alice, &code);
    assert_eq!(replayed.answer.err(), Some(Refusal::AlreadyEnrolled));
    assert_eq!(last_event(&world), "totp.enrolled");
}

#[test]
fn an_authenticator_is_set_up_with_the_password_only() {
    let mut world = signed_on(ALICE);
    let wrong = Acting::new(&world, ALICE, WRONG);
    let begun = begin(&mut world, &wrong);
    let code = shown_by(&begun, world.now);
    let refused = activate(&world, &wrong, &code);
    assert_eq!(refused.answer.err(), Some(Refusal::NotRecognised));
    world.commit(refused.changes).unwrap();
    assert_eq!(world.failures(ALICE), 1);
    assert_eq!(last_event(&world), "totp.enrolment_failed");
    let pending = world.devices_of(wrong.user.id);
    assert_eq!(pending[0].status, DeviceStatus::ActivationRequired);
}

#[test]
fn a_wrong_code_says_nothing_about_the_password() {
    let mut world = signed_on(ALICE);
    for presented in [RIGHT, WRONG] {
        let alice = Acting::new(&world, ALICE, presented);
        begin(&mut world, &alice);
        let refused = activate(&world, &alice, "000000");
        assert_eq!(refused.answer.err(), Some(Refusal::CodeNotAccepted));
        assert!(refused.changes.is_empty());
    }
}

#[test]
fn of_two_that_were_begun_at_the_same_moment_either_can_be_set_up() {
    for chosen in [0, 1] {
        let mut world = signed_on(ALICE);
        let alice = Acting::new(&world, ALICE, RIGHT);
        let pages = [(); 2].map(|()| enrol_totp(alice.owner(&world), &[]));
        for page in pages {
            world.commit(page.changes).unwrap();
        }
        let begun = world.devices_of(alice.user.id)[chosen].record.clone();
        let code = shown_by(&begun, world.now);
        let decision = activate(&world, &alice, &code);
        world.commit(decision.changes).unwrap();
        let left = world.devices_of(alice.user.id);
        assert_eq!((left.len(), left[0].id), (1, begun.id));
        assert_eq!(left[0].status, DeviceStatus::Active);
    }
}

#[test]
fn a_secret_that_was_shown_long_ago_is_replaced() {
    let mut world = signed_on(ALICE);
    let alice = Acting::new(&world, ALICE, RIGHT);
    let old = begin(&mut world, &alice);
    world.wait(60 * 60);
    let late = activate(&world, &alice, &shown_by(&old, world.now));
    assert_eq!(late.answer.err(), Some(Refusal::DeviceGone));
    let new = begin(&mut world, &alice);
    assert_eq!(world.devices_of(alice.user.id).len(), 1);
    assert_ne!(new.id, old.id);
}

#[test]
fn a_new_authenticator_is_proven_in_the_session_that_set_it_up() {
    let mut world = busy();
    let alice = Acting::new(&world, ALICE, RIGHT);
    let begun = begin(&mut world, &alice);
    let before = current(&world);
    let active = activate(&world, &alice, &shown_by(&begun, world.now));
    world.commit(active.changes).unwrap();
    world.cookie = Some(active.answer.unwrap().key());
    let after = current(&world);
    assert_eq!(after.authentication.amr, ["pwd", "otp", "mfa"]);
    assert_eq!(after.authentication.session, before.authentication.session);
    assert!(
        world.get::<Session>(before.handle).is_none(),
        "what the session is worth now, no copy of the old cookie is worth"
    );
    // The session in the other browser is not enough any more.
    let step = |world: &World| world.step(&world.begin(Requirement::default()));
    assert!(matches!(step(&world), Step::Done(_)));
    let is_other =
        |s: &Versioned<Session>| s.user == alice.user.id && s.authentication.amr == ["pwd"];
    let other = world.all::<Session>().into_iter().find(is_other).unwrap();
    world.cookie = Some(other.record.handle);
    assert!(matches!(step(&world), Step::OneTimeCode { .. }));
}

#[test]
fn an_authenticator_is_removed_with_the_password_only() {
    let mut world = signed_on(BOB);
    let wrong = Acting::new(&world, BOB, WRONG);
    let refused = remove(&world, &wrong);
    assert_eq!(refused.answer, Err(Refusal::NotRecognised));
    world.commit(refused.changes).unwrap();
    assert_eq!(world.failures(BOB), 1);
    assert_eq!(last_event(&world), "totp.removal_failed");

    let right = Acting::new(&world, BOB, RIGHT);
    let devices = world.devices_of(right.user.id);
    world.wait(1);
    let removed = remove(&world, &right);
    assert_eq!(removed.answer, Ok(()));
    world.commit(removed.changes).unwrap();
    assert!(world.devices_of(right.user.id).is_empty());
    assert_eq!(last_event(&world), "totp.removed");
    let again = remove(&world, &right);
    assert_eq!(again.answer, Err(Refusal::DeviceGone));

    let world = signed_on(ALICE);
    let alice = Acting::new(&world, ALICE, RIGHT);
    let confirmation = alice.confirmation(&world);
    let others = remove_totp(alice.owner(&world), &devices, &confirmation);
    assert_eq!(others.answer, Err(Refusal::DeviceGone), "bob's is not hers");
}

#[test]
fn an_authenticator_that_was_never_set_up_is_not_removed() {
    let mut world = signed_on(ALICE);
    let alice = Acting::new(&world, ALICE, RIGHT);
    begin(&mut world, &alice);
    let refused = remove(&world, &alice);
    assert_eq!(refused.answer, Err(Refusal::DeviceGone));
}
