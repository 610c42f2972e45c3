//! Setting up a device on the way.

use domain::{Device, UserId};

use super::started_in;
use crate::account::device::{Proof, Wanted};
use crate::factor::totp;
use crate::flow::{
    Action, BrowserFailure, Cause, EnrolmentDemand, Flow, Rejection, Requirement, SecondFactor,
    Step,
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
    assert!(matches!(
        world.step(&flow),
        Step::Enrol {
            only: None,
            device: None,
            ..
        }
    ));
    let wanted = &Wanted::Totp;
    let acted = world.act(&flow, &Action::Enrol { wanted, name: "" });
    let Step::Enrol {
        device: Some(id), ..
    } = acted.step
    else {
        panic!("{:?}", acted.step);
    };
    let device = world.get::<Device>(id.as_bytes()).unwrap();
    let wrong = world.act(&flow, &Action::Activate(Proof::Code("x")));
    assert_eq!(wrong.rejected, Some(Rejection::CodeNotAccepted));
    assert_eq!(active(&world), before);
    let code = totp::shown_by(&device, world.now);
    let outcome = world
        .act(&flow, &Action::Activate(Proof::Code(&code)))
        .outcome();
    assert_eq!(outcome.amr(), ["otp"]);
    assert_eq!(active(&world), before + 1);
}

#[test]
fn another_way_may_be_chosen() {
    let (mut world, flow) = begun(ALICE, EnrolmentDemand::First);
    let wanted = &Wanted::Email("alice@example.com".to_owned());
    let _ = world.act(&flow, &Action::Enrol { wanted, name: "" });
    let sent = world.messages().len();
    let too_soon = world.act(&flow, &Action::Resend);
    assert_eq!(too_soon.rejected, Some(Rejection::TooSoon));
    let back = world.act(&flow, &Action::Back);
    assert!(matches!(back.step, Step::Enrol { device: None, .. }));
    let wanted = &Wanted::Sms("nowhere".to_owned());
    let refused = world.act(&flow, &Action::Enrol { wanted, name: "" });
    assert_eq!(refused.rejected, Some(Rejection::TargetRefused));
    assert_eq!(world.messages().len(), sent);
}

#[test]
fn who_has_a_device_is_asked_for_it_and_sets_up_none() {
    let (mut world, flow) = begun(BOB, EnrolmentDemand::First);
    assert!(matches!(world.step(&flow), Step::OneTimeCode { .. }));
    let wanted = &Wanted::Totp;
    for action in [
        Action::Enrol { wanted, name: "" },
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
    let (
        roaming,
        Step::Enrol {
            only,
            device: Some(id),
            ..
        },
    ) = (true, world.step(&proceeded))
    else {
        panic!("no key is begun");
    };
    assert_eq!(only, Some(Wanted::WebAuthn { roaming }));
    assert_eq!(world.get::<Device>(id.as_bytes()).unwrap().name, "Work");
    // Nothing else is offered in its place.
    let wanted = &Wanted::Totp;
    let acted = world.act(&flow, &Action::Enrol { wanted, name: "" });
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
    let (mut world, flow) = begun(ALICE, EnrolmentDemand::First);
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
        let wanted = &Wanted::Email(address.to_owned());
        let acted = world.act(flow, &Action::Enrol { wanted, name: "" });
        assert!(acted.rejected.is_none());
        world.sent_code().unwrap()
    });
    let late = world.decide(&second, &Action::Activate(Proof::Code(&codes[1])));
    assert!(late.rejected.is_none());
    let _ = world
        .act(&first, &Action::Activate(Proof::Code(&codes[0])))
        .outcome();
    assert!(world.commit(late.changes).is_err());
    // Who comes second finds a device.
    assert!(matches!(
        world.step(&second),
        Step::OneTimeCode { .. } | Step::SelectDevice { .. }
    ));
    assert_eq!(active(&world), before + 1);
}
