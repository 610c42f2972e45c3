//! Setting up a device on the way.

use domain::{Device, DeviceKind, UserId};

use super::started_in;
use crate::account::device::Proof;
use crate::flow::{
    Action, BrowserFailure, Cause, EnrolmentDemand, Flow, PairingMethod, Rejection, Requirement,
    SecondFactor, Step,
};
use crate::world::{ALICE, BOB, ERIN, RIGHT, World};

fn vouched(user: UserId, enrolment: EnrolmentDemand) -> Requirement {
    Requirement {
        reauthenticate: true,
        subject: Some(user),
        vouched: Some(user),
        second_factor: SecondFactor::Required,
        enrolment: Some(enrolment),
        ..Requirement::default()
    }
}

fn key(roaming: bool) -> EnrolmentDemand {
    EnrolmentDemand::Key {
        roaming,
        name: "Work".to_owned(),
        display_name: None,
    }
}

/// Somebody who is vouched for, in a world with passkeys.
fn begun(name: &str, enrolment: EnrolmentDemand) -> (World, Flow) {
    let world = World::with_passkeys();
    let user = world.user(name).unwrap().id;
    started_in(world, vouched(user, enrolment))
}

fn active(world: &World) -> usize {
    let devices = world.all::<Device>();
    devices.iter().filter(|device| device.is_active()).count()
}

#[test]
fn who_has_no_device_sets_one_up_and_has_proven_it() {
    let (mut world, flow) = begun(ALICE, EnrolmentDemand::First);
    let before = active(&world);
    assert!(matches!(world.step(&flow), Step::SetUp { .. }));
    let acted = world.pair(&flow, PairingMethod::Totp);
    assert!(matches!(acted.step, Step::Activate { .. }));
    let wrong = world.code(&acted.flow, "000000");
    assert_eq!(wrong.rejected, Some(Rejection::CodeNotAccepted));
    assert_eq!(active(&world), before);
    let code = world.shown_by_new(&wrong.flow).unwrap();
    let acted = world.code(&wrong.flow, &code);
    assert!(matches!(acted.step, Step::Enrolled { .. }));
    let outcome = world.act(&acted.flow, &Action::Continue).outcome();
    assert_eq!(outcome.amr(), ["otp"]);
    assert!(active(&world) > before);
}

#[test]
fn the_secret_of_an_app_is_shown_in_the_flow_in_which_it_was_made_and_nowhere_else() {
    let (mut world, first) = begun(ALICE, EnrolmentDemand::First);
    let alice = world.user(ALICE).unwrap().id;
    let second = world.begin(vouched(alice, EnrolmentDemand::First));
    world.store(&second);
    let secrets = [&first, &second].map(|flow| {
        let acted = world.pair(flow, PairingMethod::Totp);
        let DeviceKind::Totp(app) = &acted.flow.begun_device().unwrap().kind else {
            panic!("an app")
        };
        app.secret.expose().to_owned()
    });
    assert_ne!(secrets[0], secrets[1]);
}

#[test]
fn during_a_block_nothing_is_set_up_on_anybodys_word() {
    for demand in [EnrolmentDemand::First, key(false)] {
        let (mut world, flow) = begun(ALICE, demand);
        for _ in 0..5 {
            let guess = world.begin(Requirement::default());
            world.store(&guess);
            world.password(&guess, ALICE, "wrong");
        }
        let acted = match world.step(&flow) {
            Step::SetUp { .. } => {
                let begun = world.pair(&flow, PairingMethod::Totp);
                let code = world.shown_by_new(&begun.flow).unwrap();
                world.code(&begun.flow, &code)
            }
            _ => world.act(&flow, &Action::Activate(Proof::Code("000000"))),
        };
        assert!(acted.rejected.is_some());
        assert_eq!(world.failures(ALICE), 5, "the block is left alone");
    }
}

#[test]
fn who_has_a_device_is_asked_for_it_and_sets_up_none() {
    let (mut world, flow) = begun(BOB, EnrolmentDemand::First);
    assert!(matches!(world.step(&flow), Step::OneTimeCode { .. }));
    for action in [
        Action::Pair(PairingMethod::Totp),
        Action::Activate(Proof::Code("000000")),
    ] {
        let acted = world.act(&flow, &action);
        assert_eq!(acted.rejected, Some(Rejection::NotOffered));
    }
}

#[test]
fn nobody_sets_up_a_device_who_is_not_vouched_for() {
    let world = World::with_passkeys();
    let requirement = Requirement {
        enrolment: Some(EnrolmentDemand::First),
        ..Requirement::default()
    };
    let (mut world, flow) = started_in(world, requirement);
    assert!(matches!(world.step(&flow), Step::SignOn { .. }));
    let acted = world.password(&flow, ALICE, RIGHT);
    assert!(matches!(acted.step, Step::Done(_)));
}

#[test]
fn a_key_is_begun_at_once_and_beside_others() {
    let (mut world, flow) = begun(ERIN, key(true));
    let before = active(&world);
    let (proceeded, changes) = {
        let facts = world.facts(&flow, None);
        crate::flow::proceed(&flow, &facts, world.now, &world.random).unwrap()
    };
    world.commit(changes).unwrap();
    let Step::Enrol {
        device: Some(id), ..
    } = world.step(&proceeded)
    else {
        panic!("no key is begun");
    };
    let begun = world.get::<Device>(id.as_bytes()).unwrap();
    assert_eq!(begun.name, "Work");
    assert!(matches!(
        begun.kind,
        DeviceKind::WebAuthnPending { roaming: true }
    ));
    // Nothing else is offered in its place.
    let acted = world.act(&flow, &Action::Pair(PairingMethod::Totp));
    assert_eq!(acted.rejected, Some(Rejection::NotOffered));
    assert_eq!(active(&world), before);
}

#[test]
fn there_is_a_most_of_devices() {
    let mut world = World::with_passkeys();
    world.policy.devices.most = 1;
    let erin = world.user(ERIN).unwrap().id;
    let (world, flow) = started_in(world, vouched(erin, key(false)));
    assert_eq!(world.step(&flow), Step::Failed(Cause::TooManyDevices));
    let mut world = World::new();
    world.policy.devices.webauthn = None;
    let alice = world.user(ALICE).unwrap().id;
    let (world, flow) = started_in(world, vouched(alice, key(false)));
    assert_eq!(world.step(&flow), Step::Failed(Cause::NoSecondFactor));
}

#[test]
fn a_browser_that_cannot_go_on_ends_the_flow() {
    let (mut world, flow) = begun(ALICE, key(false));
    let failure = BrowserFailure::named("NotSupportedError");
    let acted = world.act(&flow, &Action::GiveUp(failure));
    let unsupported = Cause::Browser(BrowserFailure::Unsupported);
    assert_eq!(acted.step, Step::Failed(unsupported));
    // Where nothing is signed there is nothing to give up.
    let world = World::new();
    let (mut world, flow) = started_in(world, Requirement::default());
    let acted = world.act(&flow, &Action::GiveUp(failure));
    assert_eq!(acted.rejected, Some(Rejection::NotOffered));
}

#[test]
fn of_two_devices_that_are_set_up_at_the_same_moment_one_is_refused() {
    let (mut world, first) = begun(ALICE, EnrolmentDemand::First);
    let alice = world.user(ALICE).unwrap().id;
    let second = world.begin(vouched(alice, EnrolmentDemand::First));
    world.store(&second);
    let before = active(&world);
    let codes = [(&first, "a@example.com"), (&second, "b@example.com")].map(|(flow, address)| {
        let begun = world.pair(flow, PairingMethod::Email);
        let begun = world.pair_at(&begun.flow, address);
        assert!(begun.rejected.is_none());
        (begun.flow, world.sent_code().unwrap())
    });
    let [(first, code), (second, other_code)] = codes;
    let late = world.decide(&second, &Action::CheckCode { code: &other_code });
    assert!(late.rejected.is_none());
    let acted = world.code(&first, &code);
    assert!(matches!(acted.step, Step::Enrolled { .. }));
    assert!(world.commit(late.changes).is_err());
    // Who comes second finds a device.
    assert!(matches!(
        world.step(&second),
        Step::OneTimeCode { .. } | Step::SelectDevice { .. }
    ));
    assert_eq!(active(&world), before + 2, "the device, and recovery codes");
}
