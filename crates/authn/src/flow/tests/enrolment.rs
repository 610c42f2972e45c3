//! Setting up a first device on the way to a sign-on.

use domain::DeviceKind;

use super::{acr, started};
use crate::account::Refusal;
use crate::account::device::Proof;
use crate::evidence::FactorKind;
use crate::flow::{
    Action, Cause, EnrolmentPolicy, Flow, PairingMethod, Rejection, Requirement, SecondFactor, Step,
};
use crate::world::{ALICE, Acted, BOB, CAROL, RIGHT, WRONG, World, payment};

/// A second factor is asked of everybody.
fn strict() -> Requirement {
    Requirement {
        second_factor: SecondFactor::Required,
        ..Requirement::default()
    }
}

/// Alice, who has presented her password where she may set something up.
fn alice(requirement: Requirement, policy: EnrolmentPolicy) -> (World, Flow, Acted) {
    let mut world = World::with_passkeys();
    world.policy.devices.enrolment = policy;
    let flow = world.begin(requirement);
    world.store(&flow);
    let acted = world.password(&flow, ALICE, RIGHT);
    (world, flow, acted)
}

fn required() -> (World, Flow, Acted) {
    alice(strict(), EnrolmentPolicy::WhenRequired)
}

fn devices(world: &World, name: &str) -> usize {
    let devices = world.devices_of(world.user(name).unwrap().id);
    let counts = |kind: &DeviceKind| !matches!(kind, DeviceKind::RecoveryCodes(_));
    devices
        .iter()
        .filter(|it| it.is_active() && counts(&it.kind))
        .count()
}

#[test]
fn who_needs_a_second_factor_and_has_none_sets_one_up() {
    let (mut world, flow, acted) = required();
    let Step::SetUp {
        methods,
        begun: false,
        skippable: false,
        ..
    } = &acted.step
    else {
        panic!("{:?}", acted.step)
    };
    assert_eq!(*methods, PairingMethod::ALL);
    let skipped = world.act(&flow, &Action::Skip);
    assert_eq!(skipped.rejected, Some(Rejection::NotOffered));
    let acted = world.act(&flow, &Action::SetUp);
    assert!(matches!(acted.step, Step::SetUp { begun: true, .. }));
    let acted = world.pair(&flow, PairingMethod::Totp);
    assert!(matches!(acted.step, Step::Activate { .. }));
    assert!(
        world.devices_of(world.user(ALICE).unwrap().id).is_empty(),
        "nobody else is shown its secret"
    );
    let acted = world.code(&flow, "000000");
    assert_eq!(acted.rejected, Some(Rejection::CodeNotAccepted));
    let code = world.shown_by_new(&flow).unwrap();
    let acted = world.code(&flow, &code);
    let Step::Enrolled { device, .. } = &acted.step else {
        panic!("{:?}", acted.step)
    };
    assert_eq!(device.kind, FactorKind::Totp);
    assert_eq!(acted.flow.new_recovery_codes().len(), 10);
    let named = Action::NameDevice { name: "  phone " };
    let outcome = world.act(&flow, &named).outcome();
    assert_eq!(outcome.amr(), ["pwd", "otp", "mfa"]);
    assert_eq!(devices(&world, ALICE), 1);
    let stored = world.devices_of(world.user(ALICE).unwrap().id);
    assert!(stored.iter().any(|it| it.name == "phone"));
    let told = world.events();
    assert_eq!(told.iter().filter(|it| *it == "device.enrolled").count(), 2);
    assert!(told.iter().any(|it| it == "device.renamed"));
}

#[test]
fn a_mailbox_or_a_telephone_is_proven_by_the_code_that_was_sent_to_it() {
    let (mut world, flow, _) = required();
    let acted = world.pair(&flow, PairingMethod::Email);
    assert!(matches!(acted.step, Step::PairingTarget { .. }));
    let acted = world.pair_at(&flow, "not an address");
    assert_eq!(acted.rejected, Some(Rejection::TargetRefused));
    world.pair_at(&flow, "ada@example.org");
    let code = world.sent_code().unwrap();
    let acted = world.act(&flow, &Action::Resend);
    assert_eq!(acted.rejected, Some(Rejection::TooSoon));
    let acted = world.act(&flow, &Action::Back);
    assert!(matches!(acted.step, Step::SetUp { begun: true, .. }));
    world.pair(&flow, PairingMethod::Sms);
    world.pair_at(&flow, "+49 30 123456");
    let acted = world.code(&flow, &code);
    assert_eq!(
        acted.rejected,
        Some(Rejection::CodeNotAccepted),
        "another's"
    );
    world.wait(30);
    let acted = world.act(&flow, &Action::Resend);
    assert_eq!(acted.rejected, None);
    let code = world.sent_code().unwrap();
    world.code(&flow, &code);
    let outcome = world.act(&flow, &Action::Continue).outcome();
    assert_eq!(outcome.amr(), ["pwd", "sms", "mfa"]);
}

#[test]
fn a_passkey_is_made_and_signs_what_is_to_be_approved_besides() {
    let pays = Requirement {
        transaction: Some(payment("99.95", "Demo Shop GmbH")),
        ..strict()
    };
    let (mut world, flow, acted) = alice(pays, EnrolmentPolicy::WhenRequired);
    let Step::SetUp { methods, .. } = &acted.step else {
        panic!("{:?}", acted.step)
    };
    assert!(!methods.contains(&PairingMethod::Totp), "fits anything");
    world.pair(&flow, PairingMethod::Passkey);
    let stale = world.made(&flow, ALICE);
    let acted = world.code(&flow, "000000");
    assert_eq!(acted.rejected, Some(Rejection::CodeNotAccepted));
    let action = Action::Activate(Proof::Credential {
        response: &stale,
        known: false,
    });
    let acted = world.act(&flow, &action);
    assert_eq!(
        acted.rejected,
        Some(Rejection::CredentialNotAccepted),
        "each challenge is for one answer"
    );
    let acted = world.make(&flow, ALICE);
    assert!(matches!(acted.step, Step::Enrolled { .. }));
    let acted = world.act(&flow, &Action::Continue);
    assert!(!matches!(acted.step, Step::Done(_)), "nothing is approved");
    world.act(&flow, &Action::SelectDevice(only(&world, ALICE)));
    let outcome = world.touch(&flow).outcome();
    assert!(outcome.approved().is_some());
}

fn only(world: &World, name: &str) -> domain::DeviceId {
    let mut devices = world.devices_of(world.user(name).unwrap().id);
    devices.retain(|it| !matches!(it.kind, DeviceKind::RecoveryCodes(_)));
    assert_eq!(devices.len(), 1);
    devices[0].id
}

#[test]
fn an_authenticator_is_paired_with_the_key_that_the_flow_gives_out() {
    let (mut world, flow, _) = required();
    let acted = world.pair(&flow, PairingMethod::Authenticator);
    let key = acted.flow.pairing_key().unwrap().expose().to_owned();
    let acted = world.act(&flow, &Action::Continue);
    assert!(acted.rejected.is_none(), "there is nothing yet");
    assert_eq!(devices(&world, ALICE), 0);
    world.bring_key(&key).unwrap();
    let step = world.step(&world.open(&flow).unwrap());
    assert!(matches!(
        step,
        Step::Activate {
            is_paired: true,
            ..
        }
    ));
    let acted = world.act(&flow, &Action::Continue);
    assert!(matches!(acted.step, Step::Enrolled { .. }));
    let outcome = world.act(&flow, &Action::Continue).outcome();
    assert_eq!(outcome.amr(), ["pwd", "swk", "mfa"]);
    assert_eq!(world.bring_key(&key).err(), Some(Refusal::DeviceGone));
}

#[test]
fn an_authenticator_that_was_given_up_is_paired_with_nothing() {
    let (mut world, flow, _) = required();
    let acted = world.pair(&flow, PairingMethod::Authenticator);
    let key = acted.flow.pairing_key().unwrap().expose().to_owned();
    world.act(&flow, &Action::Back);
    assert!(world.bring_key(&key).is_err());
}

#[test]
fn rts_24_2_who_has_any_device_sets_up_no_other_with_a_password_alone() {
    for (name, policy) in [
        (BOB, EnrolmentPolicy::WhenRequired),
        (CAROL, EnrolmentPolicy::Offered),
    ] {
        let (mut world, flow) = started(strict());
        world.policy.devices.enrolment = policy;
        world.policy.devices.allowed = vec![FactorKind::Voice];
        let acted = world.password(&flow, name, RIGHT);
        assert_eq!(acted.step, Step::Failed(Cause::NoSecondFactor), "{name}");
    }
}

#[test]
fn rts_24_2_a_first_factor_is_proven_in_the_flow_itself() {
    let (mut world, flow) = started(Requirement::default());
    world.policy.devices.enrolment = EnrolmentPolicy::WhenRequired;
    world.password(&flow, ALICE, RIGHT).outcome();
    let flow = world.begin(strict());
    world.store(&flow);
    let Step::SignOn {
        username, locked, ..
    } = world.step(&flow)
    else {
        panic!("a session may be in anybody's hands")
    };
    assert_eq!((username.as_deref(), locked), (Some(ALICE), true));
    let acted = world.pair(&flow, PairingMethod::Totp);
    assert_eq!(acted.rejected, Some(Rejection::NotOffered));
    world.password(&flow, ALICE, WRONG);
    let acted = world.password(&flow, ALICE, RIGHT);
    assert!(matches!(acted.step, Step::SetUp { .. }));
    let vouched = Requirement {
        vouched: Some(world.user(ALICE).unwrap().id),
        ..strict()
    };
    world.cookie = None;
    let flow = world.begin(vouched);
    assert_eq!(world.step(&flow), Step::Failed(Cause::NoSecondFactor));
}

#[test]
fn rts_24_2_of_two_that_are_set_up_at_once_one_is_refused() {
    let (mut world, one, _) = required();
    let other = world.begin(strict());
    world.store(&other);
    world.password(&other, ALICE, RIGHT);
    for flow in [&one, &other] {
        world.pair(flow, PairingMethod::Totp);
    }
    let [first, second] = [&one, &other].map(|flow| world.shown_by_new(flow).unwrap());
    let of = |code| Action::CheckCode { code };
    let decided = [
        world.decide(&one, &of(&first)),
        world.decide(&other, &of(&second)),
    ];
    let came_true = decided.map(|decided| world.commit(decided.changes).is_ok());
    assert_eq!(came_true, [true, false]);
    // The second looks again, and is asked for what the first has set up.
    let acted = world.code(&other, &second);
    assert_eq!(acted.rejected, Some(Rejection::CodeNotAccepted));
    assert!(matches!(acted.step, Step::OneTimeCode { .. }));
    assert_eq!(devices(&world, ALICE), 1);
}

#[test]
fn rts_24_2_an_authenticator_that_waits_is_not_paired_as_the_second_device() {
    let (mut world, stolen, _) = required();
    let acted = world.pair(&stolen, PairingMethod::Authenticator);
    let key = acted.flow.pairing_key().unwrap().expose().to_owned();
    let own = world.begin(strict());
    world.store(&own);
    world.password(&own, ALICE, RIGHT);
    world.pair(&own, PairingMethod::Totp);
    let code = world.shown_by_new(&own).unwrap();
    world.code(&own, &code);
    assert_eq!(world.bring_key(&key).err(), Some(Refusal::AlreadyEnrolled));
    assert_eq!(devices(&world, ALICE), 1);
}

#[test]
fn where_nobody_may_whoever_has_none_is_refused() {
    let (_, _, acted) = alice(strict(), EnrolmentPolicy::Never);
    assert_eq!(acted.step, Step::Failed(Cause::NoSecondFactor));
    let (_, _, acted) = alice(Requirement::default(), EnrolmentPolicy::WhenRequired);
    acted.outcome();
}

#[test]
fn who_needs_none_is_invited_and_may_put_it_off() {
    let (mut world, flow, acted) = alice(Requirement::default(), EnrolmentPolicy::Offered);
    assert!(matches!(
        acted.step,
        Step::SetUp {
            skippable: true,
            ..
        }
    ));
    world.pair(&flow, PairingMethod::Voice);
    world.act(&flow, &Action::Back);
    let outcome = world.act(&flow, &Action::Skip).outcome();
    assert_eq!(outcome.amr(), ["pwd"]);
    let next = world.begin(Requirement::default());
    assert!(
        matches!(world.step(&next), Step::Done(_)),
        "who is signed on is left alone"
    );
    let (mut world, flow, _) = alice(Requirement::default(), EnrolmentPolicy::Offered);
    world.pair(&flow, PairingMethod::Totp);
    let code = world.shown_by_new(&flow).unwrap();
    world.code(&flow, &code);
    let outcome = world.act(&flow, &Action::Continue).outcome();
    assert_eq!(outcome.amr(), ["pwd", "otp", "mfa"]);
    let never = Requirement {
        second_factor: SecondFactor::Never,
        ..Requirement::default()
    };
    let (_, _, acted) = alice(never, EnrolmentPolicy::Offered);
    acted.outcome();
}

#[test]
fn oidc_core_5_5_1_1_an_essential_class_is_reached_by_setting_up_what_it_takes() {
    let essential = Requirement {
        acr: acr(&["mfa"], true),
        ..Requirement::default()
    };
    let (_, _, acted) = alice(essential.clone(), EnrolmentPolicy::WhenRequired);
    assert!(matches!(acted.step, Step::SetUp { .. }));
    let (_, _, acted) = alice(essential, EnrolmentPolicy::Never);
    let unmet = Step::Failed(Cause::UnmetAuthenticationRequirements);
    assert_eq!(acted.step, unmet);
    let wished = Requirement {
        acr: acr(&["mfa"], false),
        ..Requirement::default()
    };
    let (_, _, acted) = alice(wished, EnrolmentPolicy::WhenRequired);
    acted.outcome();
}

#[test]
fn during_a_block_nothing_is_set_up() {
    let (mut world, flow, _) = required();
    world.pair(&flow, PairingMethod::Totp);
    let guess = world.begin(Requirement::default());
    world.store(&guess);
    for _ in 0..5 {
        world.password(&guess, ALICE, WRONG);
    }
    let code = world.shown_by_new(&flow).unwrap();
    let acted = world.code(&flow, &code);
    assert_eq!(acted.rejected, Some(Rejection::CodeNotAccepted));
    assert_eq!(devices(&world, ALICE), 0);
}

#[test]
fn what_somebody_else_has_begun_in_a_flow_is_nobodys() {
    let (mut world, flow, _) = required();
    world.pair(&flow, PairingMethod::Totp);
    world.act(&flow, &Action::Restart);
    let acted = world.password(&flow, ALICE, RIGHT);
    assert!(matches!(acted.step, Step::SetUp { begun: false, .. }));
    assert!(acted.flow.begun_device().is_none());
}
