//! Browsers that people have trusted.

use std::time::Duration;

use domain::{Password, TrustedBrowser};

use super::acr;
use crate::evidence::FactorKind;
use crate::flow::{Action, Cause, Flow, Requirement, SecondFactor, Step};
use crate::world::{ALICE, BOB, RIGHT, World, payment};

const LIFETIME: Duration = Duration::from_hours(24 * 30);

fn begun(world: &mut World, requirement: Requirement) -> Flow {
    let flow = world.begin(requirement);
    world.store(&flow);
    flow
}

/// A browser that bob trusts, without a session.
fn trusted() -> World {
    let mut world = World::new();
    world.policy.identity.trusted_browser = Some(LIFETIME);
    let flow = begun(&mut world, Requirement::default());
    assert!(flow.may_trust(world.policy.identity.trusted_browser));
    world.password(&flow, BOB, RIGHT);
    let code = world.shown();
    let check = Action::CheckCode { code: &code };
    let outcome = world.act(&flow, &Action::Trusting(&check)).outcome();
    assert_eq!(outcome.amr(), ["pwd", "otp", "mfa"]);
    assert_eq!(world.all::<TrustedBrowser>().len(), 1);
    world.cookie = None;
    world.wait(60);
    world
}

fn is_asked(world: &mut World, requirement: Requirement) -> bool {
    let flow = begun(world, requirement);
    let acted = world.password(&flow, BOB, RIGHT);
    match acted.step {
        Step::OneTimeCode { .. } => true,
        Step::Done(outcome) => {
            assert_eq!(outcome.amr(), ["pwd"], "amr tells the truth");
            assert_eq!(outcome.acr(), Some("pwd"));
            world.cookie = None;
            false
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_spares_a_second_factor_that_policy_alone_asks_for() {
    for second_factor in [SecondFactor::WhenEnrolled, SecondFactor::Required] {
        let mut world = trusted();
        let requirement = Requirement {
            second_factor,
            ..Requirement::default()
        };
        assert!(!is_asked(&mut world, requirement));
    }
}

#[test]
fn it_spares_none_that_a_request_asks_for() {
    let requests = [
        Requirement {
            acr: acr(&["mfa"], false),
            ..Requirement::default()
        },
        Requirement {
            reauthenticate: true,
            ..Requirement::default()
        },
        Requirement {
            max_age: Some(Duration::from_hours(1)),
            ..Requirement::default()
        },
        Requirement {
            every_browser: true,
            ..Requirement::default()
        },
    ];
    for requirement in requests {
        let mut world = trusted();
        assert!(is_asked(&mut world, requirement.clone()), "{requirement:?}");
    }
    let mut world = trusted();
    let pays = Requirement {
        transaction: Some(payment("99.95", "Demo Shop GmbH")),
        ..Requirement::default()
    };
    let flow = begun(&mut world, pays);
    let acted = world.password(&flow, BOB, RIGHT);
    assert!(!matches!(acted.step, Step::Done(_)), "{:?}", acted.step);
}

#[test]
fn it_is_void_when_it_is_over_or_not_wanted_any_more() {
    let mut world = trusted();
    world.wait(LIFETIME.as_secs());
    assert!(is_asked(&mut world, Requirement::default()));
    let mut world = trusted();
    world.policy.identity.trusted_browser = None;
    assert!(is_asked(&mut world, Requirement::default()));
    let mut world = trusted();
    world.policy.identity.trusted_browser = Some(Duration::from_secs(60));
    assert!(is_asked(&mut world, Requirement::default()), "shortened");
}

#[test]
fn it_is_void_when_the_password_is_changed_or_a_device_removed() {
    let mut world = trusted();
    let bob = world.user(BOB).unwrap().id;
    let stored = world.get::<Password>(bob).unwrap();
    let changed = Password {
        changed: world.now,
        ..stored.record.clone()
    };
    world.commit_one(|changes| changes.replace(&stored, &changed));
    assert!(is_asked(&mut world, Requirement::default()));

    let mut world = trusted();
    let device = world.devices_of(bob).remove(0);
    let another = domain::Device {
        id: domain::DeviceId::new(world.now, &world.random),
        ..device.record.clone()
    };
    world.commit_one(|changes| changes.insert(&another));
    assert!(!is_asked(&mut world, Requirement::default()), "one more");
    world.commit_one(|changes| changes.delete(&device));
    assert!(is_asked(&mut world, Requirement::default()), "one less");
}

#[test]
fn nobody_else_is_spared_and_a_password_alone_earns_no_trust() {
    let mut world = trusted();
    let flow = begun(&mut world, Requirement::default());
    let verdict = &world.verdict(&flow, ALICE, RIGHT);
    let check = Action::CheckPassword {
        username: ALICE,
        verdict,
    };
    let outcome = world.act(&flow, &Action::Trusting(&check)).outcome();
    assert!(!outcome.trusts_browser());
    let browsers = world.all::<TrustedBrowser>();
    assert_eq!(browsers.len(), 1);
    assert_eq!(browsers[0].user, world.user(BOB).unwrap().id);
}

#[test]
fn a_recovered_password_takes_the_second_factor_here_too() {
    let mut world = trusted();
    world.policy.identity.recovery = true;
    let flow = begun(&mut world, Requirement::default());
    world.act(&flow, &Action::Recover);
    world.recover(&flow, BOB);
    let code = world.mailed_code().unwrap();
    world.mailed(&flow, &code);
    world.set_password(&flow, "staple battery");
    let acted = world.act(&flow, &Action::Continue);
    assert!(matches!(acted.step, Step::OneTimeCode { .. }));
}

#[test]
fn it_spares_nothing_where_the_device_may_not_answer_that_earned_it() {
    let mut world = trusted();
    world.policy.devices.allowed = vec![FactorKind::WebAuthn];
    let flow = begun(&mut world, Requirement::default());
    let acted = world.password(&flow, BOB, RIGHT);
    assert_eq!(acted.step, Step::Failed(Cause::NoSecondFactor));
}
