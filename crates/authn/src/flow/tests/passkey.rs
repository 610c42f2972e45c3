//! Signing on with a passkey, and a security key as the second factor.

use domain::DeviceKind;

use crate::evidence::FactorKind;
use crate::factor::webauthn::UserVerification;
use crate::flow::{Action, Cause, Flow, Rejection, Requirement, SecondFactor, Step};
use crate::world::{ALICE, ERIN, RIGHT, World};

fn started(requirement: Requirement) -> (World, Flow) {
    let mut world = World::with_passkeys();
    let flow = world.begin(requirement);
    world.store(&flow);
    (world, flow)
}

#[test]
fn a_passkey_signs_on_by_itself_and_is_two_factors() {
    let (mut world, flow) = started(Requirement {
        second_factor: SecondFactor::Required,
        ..Requirement::default()
    });
    let outcome = world.touch(&flow).outcome();
    assert_eq!(outcome.user(), world.user(ERIN).unwrap().id);
    assert_eq!(outcome.amr(), ["hwk", "mfa"]);
    assert_eq!(outcome.acr(), Some("mfa"));
    assert_eq!(world.events(), ["sign_on.succeeded"]);
}

#[test]
fn what_was_signed_signs_on_once() {
    let (mut world, flow) = started(Requirement::default());
    let step = world.step(&flow);
    let response = world.signed(&step).unwrap();
    world.assert(&flow, &response).outcome();
    let second = world.begin(Requirement {
        reauthenticate: true,
        ..Requirement::default()
    });
    world.store(&second);
    let acted = world.assert(&second, &response);
    assert_eq!(acted.rejected, Some(Rejection::NotRecognised));
}

#[test]
fn webauthn_7_2_17_a_passkey_that_has_not_verified_the_person_signs_nobody_on() {
    let (mut world, flow) = started(Requirement::default());
    world.authenticator.user_verified = false;
    let acted = world.touch(&flow);
    assert_eq!(acted.rejected, Some(Rejection::NotRecognised));
    assert!(matches!(acted.step, Step::SignOn { .. }));
    assert_eq!(world.failures(ERIN), 1);
}

#[test]
fn webauthn_7_2_6_a_passkey_without_a_user_handle_signs_nobody_on() {
    let (mut world, flow) = started(Requirement::default());
    world.authenticator.tells_user = false;
    let acted = world.touch(&flow);
    assert_eq!(acted.rejected, Some(Rejection::NotRecognised));
}

#[test]
fn rts_4_3_b_failures_of_a_passkey_and_of_a_password_are_counted_together() {
    let (mut world, flow) = started(Requirement::default());
    for _ in 0..5 {
        world.password(&flow, ERIN, "wrong");
    }
    let acted = world.touch(&flow);
    assert_eq!(acted.rejected, Some(Rejection::NotRecognised));
    world.wait(15 * 60 - 1);
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    assert!(world.touch(&flow).rejected.is_some());
    world.wait(1);
    world.touch(&flow).outcome();
}

#[test]
fn a_security_key_is_a_second_factor_without_verifying_the_person() {
    let (mut world, flow) = started(Requirement::default());
    world.authenticator.user_verified = false;
    world.authenticator.tells_user = false;
    let acted = world.password(&flow, ERIN, RIGHT);
    let Step::Assertion {
        device, allowed, ..
    } = &acted.step
    else {
        panic!("{:?}", acted.step)
    };
    assert_eq!(device.kind, FactorKind::WebAuthn);
    assert_eq!(allowed.len(), 1);
    let outcome = world.touch(&flow).outcome();
    assert_eq!(outcome.amr(), ["pwd", "hwk", "mfa"]);
    let devices = world.devices_of(outcome.user());
    let DeviceKind::WebAuthn(credential) = &devices[0].kind else {
        panic!("a passkey")
    };
    assert_eq!(credential.sign_count, world.authenticator.sign_count);
}

#[test]
fn policy_may_want_the_person_verified_by_the_second_factor_too() {
    let (mut world, flow) = started(Requirement::default());
    let policy = world.policy.devices.webauthn.as_mut().unwrap();
    policy.user_verification = UserVerification::Required;
    world.authenticator.user_verified = false;
    world.password(&flow, ERIN, RIGHT);
    let acted = world.touch(&flow);
    assert_eq!(acted.rejected, Some(Rejection::AssertionNotAccepted));
}

#[test]
fn webauthn_7_2_12_a_refused_signature_leaves_another_challenge() {
    let (mut world, flow) = started(Requirement::default());
    let acted = world.password(&flow, ERIN, RIGHT);
    let response = world.signed(&acted.step).unwrap();
    world.authenticator.origin = "https://id.example.com.evil.example".to_owned();
    world.touch(&flow);
    let acted = world.assert(&flow, &response);
    assert_eq!(acted.rejected, Some(Rejection::AssertionNotAccepted));
}

#[test]
fn a_passkey_answers_where_passkeys_are_used_only() {
    let (mut world, flow) = started(Requirement::default());
    let step = world.step(&flow);
    let response = world.signed(&step).unwrap();
    let policy = world.policy.devices.webauthn.as_mut().unwrap();
    policy.passwordless = false;
    let passkey = match world.step(&flow) {
        Step::SignOn { passkey, .. } => passkey,
        other => panic!("{other:?}"),
    };
    assert!(passkey.is_none());
    let acted = world.assert(&flow, &response);
    assert_eq!(acted.rejected, Some(Rejection::NotOffered));
    // Where the domain is another there is no second factor to ask for, and a password is not enough.
    world.policy.devices.webauthn = None;
    let acted = world.password(&flow, ERIN, RIGHT);
    assert_eq!(acted.step, Step::Failed(Cause::NoSecondFactor));
}

#[test]
fn a_session_keeps_that_a_passkey_was_two_factors() {
    let (mut world, flow) = started(Requirement::default());
    world.touch(&flow).outcome();
    let again = world.begin(Requirement {
        second_factor: SecondFactor::Required,
        ..Requirement::default()
    });
    assert!(matches!(world.step(&again), Step::Done(_)));
}

#[test]
fn the_passkey_of_another_does_not_prove_who_is_asked() {
    let (mut world, flow) = started(Requirement {
        subject: None,
        ..Requirement::default()
    });
    let alice = world.user(ALICE).unwrap().id;
    let only_alice = world.begin(Requirement {
        subject: Some(alice),
        ..Requirement::default()
    });
    world.store(&only_alice);
    let acted = world.touch(&only_alice);
    assert_eq!(acted.rejected, Some(Rejection::NotRecognised));
    world.act(&flow, &Action::Cancel);
}
