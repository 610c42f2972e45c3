//! Devices that people see to on the way.

use domain::DeviceId;

use super::started;
use crate::evidence::FactorKind;
use crate::flow::{Action, Flow, Rejection, Requirement, SecondFactor, Step};
use crate::world::{ALICE, Acted, BOB, CAROL, RIGHT, World, payment};

/// Carol, who has said that she wants to see to her devices.
fn carol(requirement: Requirement) -> (World, Flow, Acted) {
    let (mut world, flow) = started(requirement);
    world.password(&flow, CAROL, RIGHT);
    let acted = world.act(&flow, &Action::ManageDevices);
    assert_eq!(acted.rejected, None);
    assert!(matches!(acted.step, Step::OneTimeCode { .. }));
    let code = world.sent_code().unwrap();
    let acted = world.code(&flow, &code);
    (world, flow, acted)
}

fn managed(step: &Step) -> Vec<(FactorKind, DeviceId, bool)> {
    let Step::ManageDevices { devices, kept, .. } = step else {
        panic!("{step:?}")
    };
    let told = devices.iter();
    told.map(|it| (it.kind, it.id, kept.contains(&it.id)))
        .collect()
}

fn of_kind(step: &Step, kind: FactorKind) -> DeviceId {
    let managed = managed(step);
    managed.iter().find(|(it, ..)| *it == kind).unwrap().1
}

#[test]
fn it_comes_after_the_second_factor_and_before_the_sign_on() {
    let (mut world, flow, acted) = carol(Requirement::default());
    let kinds: Vec<_> = managed(&acted.step)
        .iter()
        .map(|(kind, _, kept)| (*kind, *kept))
        .collect();
    let expected = [
        (FactorKind::Email, true),
        (FactorKind::Sms, false),
        (FactorKind::RecoveryCode, false),
    ];
    assert_eq!(kinds, expected);
    let outcome = world.act(&flow, &Action::Continue).outcome();
    assert_eq!(outcome.amr(), ["pwd", "otp", "mfa"]);
}

#[test]
fn another_device_is_asked_first_from_then_on() {
    let (mut world, flow, acted) = carol(Requirement::default());
    let sms = of_kind(&acted.step, FactorKind::Sms);
    let acted = world.act(&flow, &Action::MakeDefault(sms));
    assert_eq!(acted.rejected, None);
    assert_eq!(managed(&acted.step)[0].1, sms);
    assert_eq!(acted.step, world.step(&acted.flow), "as it was told");
    world.act(&flow, &Action::Continue).outcome();
    world.cookie = None;
    world.wait(60);
    let again = world.begin(Requirement::default());
    world.store(&again);
    let acted = world.password(&again, CAROL, RIGHT);
    let Step::OneTimeCode { device, .. } = acted.step else {
        panic!("{:?}", acted.step)
    };
    assert_eq!(device.id, sms);
}

#[test]
fn a_device_is_removed_but_not_the_one_that_the_sign_on_rests_on() {
    let (mut world, flow, acted) = carol(Requirement::default());
    let (mail, sms) = (
        of_kind(&acted.step, FactorKind::Email),
        of_kind(&acted.step, FactorKind::Sms),
    );
    let kept = world.act(&flow, &Action::RemoveDevice(mail));
    assert_eq!(kept.rejected, Some(Rejection::DeviceNeeded));
    let acted = world.act(&flow, &Action::RemoveDevice(sms));
    assert_eq!(acted.rejected, None);
    assert!(managed(&acted.step).iter().all(|it| it.1 != sms));
    assert_eq!(acted.step, world.step(&acted.flow), "as it was told");
    assert!(world.events().iter().any(|it| it == "device.removed"));
    let gone = world.act(&flow, &Action::RemoveDevice(sms));
    assert_eq!(gone.rejected, Some(Rejection::NotOffered));
    let outcome = world.act(&flow, &Action::Continue).outcome();
    let left = world.devices_of(outcome.user());
    assert!(left.iter().all(|device| device.id != sms));
}

#[test]
fn rts_24_2_a_password_alone_manages_nothing() {
    let (mut world, flow) = started(Requirement::default());
    let acted = world.password(&flow, CAROL, RIGHT);
    let Step::OneTimeCode { devices, .. } = &acted.step else {
        panic!("{:?}", acted.step)
    };
    let sms = devices[1].id;
    world.act(&flow, &Action::ManageDevices);
    for action in [Action::RemoveDevice(sms), Action::MakeDefault(sms)] {
        let acted = world.act(&flow, &action);
        assert_eq!(acted.rejected, Some(Rejection::NotOffered));
    }
    // Who has no device, or is not asked for it, is not asked what becomes of them.
    let (mut world, flow) = started(Requirement::default());
    let refused = world.act(&flow, &Action::ManageDevices);
    assert_eq!(refused.rejected, Some(Rejection::NotOffered));
    world.password(&flow, ALICE, RIGHT).outcome();
}

#[test]
fn a_session_and_a_device_are_not_enough() {
    let (mut world, flow) = started(Requirement {
        second_factor: SecondFactor::Never,
        ..Requirement::default()
    });
    world.password(&flow, BOB, RIGHT).outcome();
    let next = world.begin(Requirement {
        second_factor: SecondFactor::Required,
        ..Requirement::default()
    });
    world.store(&next);
    let refused = world.act(&next, &Action::ManageDevices);
    assert_eq!(refused.rejected, Some(Rejection::NotOffered));
}

#[test]
fn it_closes_when_the_proof_is_older_than_a_moment() {
    let (mut world, flow, acted) = carol(Requirement::default());
    let sms = of_kind(&acted.step, FactorKind::Sms);
    world.wait(5 * 60);
    let late = world.act(&flow, &Action::RemoveDevice(sms));
    assert_eq!(late.rejected, Some(Rejection::NotOffered));
    assert_eq!(late.outcome().amr(), ["pwd", "otp", "mfa"]);
}

#[test]
fn nobody_manages_devices_while_they_pay() {
    let (mut world, flow) = started(Requirement {
        transaction: Some(payment("99.95", "Demo Shop GmbH")),
        ..Requirement::default()
    });
    world.password(&flow, CAROL, RIGHT);
    let refused = world.act(&flow, &Action::ManageDevices);
    assert_eq!(refused.rejected, Some(Rejection::NotOffered));
}

#[test]
fn a_device_that_was_removed_meanwhile_removes_no_other_and_signs_nobody_on() {
    let (mut world, flow, acted) = carol(Requirement::default());
    let (mail, sms) = (
        of_kind(&acted.step, FactorKind::Email),
        of_kind(&acted.step, FactorKind::Sms),
    );
    // Its owner has noticed that it is in other hands.
    let lost = world.get::<domain::Device>(mail).unwrap();
    world.commit_one(|changes| changes.delete(&lost));
    let refused = world.act(&flow, &Action::RemoveDevice(sms));
    assert_eq!(refused.rejected, Some(Rejection::NotOffered));
    assert!(!refused.step.is_final(), "{:?}", refused.step);
    assert!(world.get::<domain::Device>(sms).is_some());
}

#[test]
fn recovery_codes_that_the_sign_on_rests_on_do_not_go_with_the_last_device() {
    let (mut world, flow) = started(Requirement::default());
    let acted = world.password(&flow, CAROL, RIGHT);
    let Step::OneTimeCode { devices, .. } = &acted.step else {
        panic!("{:?}", acted.step)
    };
    let paper = devices
        .iter()
        .find(|it| it.kind == FactorKind::RecoveryCode);
    world.act(&flow, &Action::SelectDevice(paper.unwrap().id));
    world.act(&flow, &Action::ManageDevices);
    let code = world.recovery_codes[0].expose().to_owned();
    let acted = world.code(&flow, &code);
    let (mail, sms) = (
        of_kind(&acted.step, FactorKind::Email),
        of_kind(&acted.step, FactorKind::Sms),
    );
    assert_eq!(world.act(&flow, &Action::RemoveDevice(mail)).rejected, None);
    let last = world.act(&flow, &Action::RemoveDevice(sms));
    assert_eq!(last.rejected, Some(Rejection::DeviceNeeded));
}
