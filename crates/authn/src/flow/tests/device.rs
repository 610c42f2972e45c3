//! Which device is asked, and what is sent to it.

use domain::DeviceId;

use super::started;
use crate::evidence::FactorKind;
use crate::factor::recovery;
use crate::flow::{
    Action, DeviceChoice, Flow, Rejection, Requirement, SecondFactor, Selection, Sent, Step,
    proceed,
};
use crate::world::{Acted, BOB, CAROL, RIGHT, World, shop};

/// Carol, who has presented her password.
fn carol() -> (World, Flow, Acted) {
    let (mut world, flow) = started(Requirement::default());
    let acted = world.password(&flow, CAROL, RIGHT);
    (world, flow, acted)
}

fn asked(step: &Step) -> (&DeviceChoice, &[DeviceChoice], Option<Sent>) {
    match step {
        Step::OneTimeCode {
            device,
            devices,
            sent,
            ..
        } => (device, devices, *sent),
        other => panic!("{other:?}"),
    }
}

fn of_kind(step: &Step, kind: FactorKind) -> DeviceId {
    let (_, devices, _) = asked(step);
    devices.iter().find(|it| it.kind == kind).unwrap().id
}

#[test]
fn the_preferred_device_is_sent_a_code_at_once_and_the_code_signs_on() {
    let (mut world, flow, acted) = carol();
    let (device, devices, sent) = asked(&acted.step);
    assert_eq!(device.kind, FactorKind::Email);
    assert_eq!(device.target.as_deref(), Some("c***@e***.com"));
    let kinds: Vec<_> = devices.iter().map(|device| device.kind).collect();
    let expected = [FactorKind::Email, FactorKind::Sms, FactorKind::RecoveryCode];
    assert_eq!(kinds, expected);
    assert!(sent.unwrap().is_alive);
    assert_eq!(world.messages().len(), 1);
    let code = world.sent_code().unwrap();
    let outcome = world.code(&flow, &code).outcome();
    assert_eq!(outcome.amr(), ["pwd", "otp", "mfa"]);
}

#[test]
fn another_device_may_be_chosen_and_gets_a_code_of_its_own() {
    let (mut world, flow, acted) = carol();
    let mailed = world.sent_code().unwrap();
    let sms = of_kind(&acted.step, FactorKind::Sms);
    let acted = world.act(&flow, &Action::SelectDevice(sms));
    assert_eq!(asked(&acted.step).0.id, sms);
    let texted = world.sent_code().unwrap();
    let acted = world.code(&flow, &mailed);
    assert_eq!(acted.rejected, Some(Rejection::CodeNotAccepted));
    let outcome = world.code(&flow, &texted).outcome();
    assert_eq!(outcome.amr(), ["pwd", "sms", "mfa"]);
}

#[test]
fn a_recovery_code_is_good_once_and_nothing_is_sent_for_it() {
    let (mut world, flow, acted) = carol();
    let paper = of_kind(&acted.step, FactorKind::RecoveryCode);
    let acted = world.act(&flow, &Action::SelectDevice(paper));
    assert!(asked(&acted.step).2.is_none());
    assert_eq!(world.messages().len(), 1);
    let code = world.recovery_codes[3].expose().to_owned();
    world.code(&flow, &code).outcome();
    let devices = world.devices_of(world.user(CAROL).unwrap().id);
    assert_eq!(devices.iter().find_map(|it| recovery::left(it)), Some(9));
    world.cookie = None;
    let again = world.begin(Requirement::default());
    world.store(&again);
    world.wait(60);
    world.password(&again, CAROL, RIGHT);
    world.act(&again, &Action::SelectDevice(paper));
    let acted = world.code(&again, &code);
    assert_eq!(acted.rejected, Some(Rejection::CodeNotAccepted));
}

#[test]
fn after_three_wrong_codes_the_right_one_is_worth_nothing_and_another_may_be_had() {
    let (mut world, flow, _) = carol();
    let code = world.sent_code().unwrap();
    for _ in 0..3 {
        world.code(&flow, "wrong");
    }
    let acted = world.code(&flow, &code);
    assert_eq!(acted.rejected, Some(Rejection::CodeNotAccepted));
    assert!(!asked(&acted.step).2.unwrap().is_alive);
    world.wait(30);
    let acted = world.act(&flow, &Action::Resend);
    assert!(asked(&acted.step).2.unwrap().is_alive);
    let code = world.sent_code().unwrap();
    world.code(&flow, &code).outcome();
}

#[test]
fn a_code_is_sent_again_after_a_pause_and_so_often_only() {
    let (mut world, flow, _) = carol();
    let acted = world.act(&flow, &Action::Resend);
    assert_eq!(acted.rejected, Some(Rejection::TooSoon));
    for sends in 2..=5 {
        world.wait(30);
        world.act(&flow, &Action::Resend);
        assert_eq!(world.messages().len(), sends);
    }
    world.wait(30);
    let acted = world.act(&flow, &Action::Resend);
    assert_eq!(acted.rejected, Some(Rejection::TooManyMessages));
    assert_eq!(asked(&acted.step).2.unwrap().again_at, None);
    assert_eq!(world.messages().len(), 5);
}

#[test]
fn nobody_is_flooded_with_messages_by_many_requests() {
    let mut world = World::new();
    for _ in 0..30 {
        let flow = world.begin(Requirement::default());
        world.store(&flow);
        world.password(&flow, CAROL, RIGHT);
    }
    let limit = world.policy.devices.messages;
    assert_eq!(world.messages().len(), limit.limit as usize);
    world.wait(limit.cool_down.as_secs());
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    world.password(&flow, CAROL, RIGHT);
    assert_eq!(world.messages().len(), limit.limit as usize + 1);
}

#[test]
fn policy_may_have_people_choose() {
    let (mut world, flow) = started(Requirement::default());
    world.policy.devices.selection = Selection::AlwaysDisplayDevices;
    let acted = world.password(&flow, BOB, RIGHT);
    let Step::SelectDevice { devices, .. } = acted.step else {
        panic!("{:?}", acted.step)
    };
    let acted = world.act(&flow, &Action::SelectDevice(devices[0].id));
    assert_eq!(asked(&acted.step).0.kind, FactorKind::Totp);
    let (mut world, flow) = started(Requirement::default());
    world.policy.devices.selection = Selection::PromptToSelect;
    let acted = world.password(&flow, CAROL, RIGHT);
    assert!(matches!(acted.step, Step::SelectDevice { .. }));
    assert!(world.messages().is_empty());
}

#[test]
fn policy_says_which_devices_may_answer() {
    let (mut world, flow) = started(Requirement::default());
    world.policy.devices.allowed = vec![FactorKind::Sms];
    let acted = world.password(&flow, CAROL, RIGHT);
    let (device, devices, _) = asked(&acted.step);
    assert_eq!((device.kind, devices.len()), (FactorKind::Sms, 1));
    let email = world.devices_of(world.user(CAROL).unwrap().id);
    let email = email.iter().find(|it| it.position == 0).unwrap().id;
    let acted = world.act(&flow, &Action::SelectDevice(email));
    assert_eq!(acted.rejected, Some(Rejection::NotOffered));
}

#[test]
fn who_is_signed_on_and_must_do_more_is_sent_a_code_without_asking() {
    let mut world = World::new();
    let flow = world.begin(Requirement {
        second_factor: SecondFactor::Never,
        ..Requirement::default()
    });
    world.store(&flow);
    world.password(&flow, CAROL, RIGHT).outcome();
    let flow = world.begin(Requirement::default());
    assert!(matches!(world.step(&flow), Step::SelectDevice { .. }));
    let facts = world.facts(&flow, None);
    let (flow, changes) = proceed(&flow, &facts, world.now, &world.random).unwrap();
    assert!(proceed(&flow, &facts, world.now, &world.random).is_none());
    drop(facts);
    world.commit(changes).unwrap();
    world.store(&flow);
    assert_eq!(asked(&world.step(&flow)).0.kind, FactorKind::Email);
    let code = world.sent_code().unwrap();
    let outcome = world.code(&flow, &code).outcome();
    assert_eq!(outcome.amr(), ["pwd", "otp", "mfa"]);
}

#[test]
fn what_was_proven_counts_as_far_as_the_policy_lets_it_that_is_known_now() {
    let (mut world, flow) = started(Requirement {
        consent: Some(shop()),
        ..Requirement::default()
    });
    world.password(&flow, CAROL, RIGHT);
    let code = world.sent_code().unwrap();
    let acted = world.code(&flow, &code);
    assert!(matches!(acted.step, Step::Consent { .. }));
    // It has become known that the client takes no codes by mail.
    world.policy.devices.allowed = vec![FactorKind::Sms];
    let step = world.step(&acted.flow);
    let Step::SelectDevice { devices, .. } = &step else {
        panic!("{step:?}")
    };
    assert_eq!(devices[0].kind, FactorKind::Sms);
}
