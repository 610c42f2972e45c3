//! What an existing session is worth to a request.

use std::time::Duration;

use domain::Session;

use super::{acr, started};
use crate::evidence::FactorKind;
use crate::flow::{Cause, Offers, Requirement, SecondFactor, Step};
use crate::world::{ALICE, BOB, RIGHT, World, shop};

#[test]
fn an_adequate_session_is_done_at_once() {
    let mut world = World::new();
    let first = world.sign_on_as(BOB);
    world.wait(120);
    let outcome = match world.step(&world.begin(Requirement::default())) {
        Step::Done(outcome) => outcome,
        other => panic!("{other:?}"),
    };
    let session = world.session().unwrap();
    assert_eq!(
        outcome.existing_session(),
        Some(session.authentication.session)
    );
    assert_eq!(
        outcome.time(),
        first.time(),
        "auth_time is that of the session"
    );
    assert_eq!(outcome.amr(), ["pwd", "otp", "mfa"]);
}

#[test]
fn a_session_that_is_over_or_whose_person_is_disabled_counts_for_nothing() {
    let mut world = World::new();
    world.sign_on_as(ALICE);
    let flow = world.begin(Requirement::default());
    let mut alice = world
        .get::<domain::User>(world.user(ALICE).unwrap().id)
        .unwrap();
    alice.record.enabled = false;
    world.commit_one(|changes| changes.update(&alice));
    assert!(matches!(world.step(&flow), Step::SignOn { .. }));
    let mut world = World::new();
    world.sign_on_as(ALICE);
    world.wait(60 * 60);
    let flow = world.begin(Requirement::default());
    assert!(matches!(world.step(&flow), Step::SignOn { .. }));
}

#[test]
fn oidc_core_3_1_2_1_prompt_login_and_max_age_ask_again() {
    let mut world = World::new();
    world.sign_on_as(ALICE);
    world.wait(120);
    let again = |requirement| world.step(&world.begin(requirement));
    let asked = Step::SignOn {
        username: Some(ALICE.to_owned()),
        locked: false,
        changeable: false,
        offers: Offers::default(),
        passkey: None,
    };
    let login = Requirement {
        reauthenticate: true,
        ..Requirement::default()
    };
    assert_eq!(again(login), asked);
    let max_age = |seconds| Requirement {
        max_age: Some(Duration::from_secs(seconds)),
        ..Requirement::default()
    };
    assert_eq!(again(max_age(119)), asked);
    assert!(matches!(again(max_age(120)), Step::Done(_)));
}

#[test]
fn oidc_core_3_1_2_1_prompt_none_asks_nothing_and_says_what_was_missing() {
    let mut world = World::new();
    let passive = Requirement {
        passive: true,
        ..Requirement::default()
    };
    let step =
        |world: &World, requirement: &Requirement| world.step(&world.begin(requirement.clone()));
    assert_eq!(step(&world, &passive), Step::Failed(Cause::LoginRequired));
    let selecting = Requirement {
        select_account: true,
        ..passive.clone()
    };
    assert_eq!(
        step(&world, &selecting),
        Step::Failed(Cause::AccountSelectionRequired)
    );
    world.sign_on_as(ALICE);
    let consenting = Requirement {
        consent: Some(shop()),
        ..passive.clone()
    };
    assert_eq!(
        step(&world, &consenting),
        Step::Failed(Cause::ConsentRequired)
    );
    let voluntary = Requirement {
        acr: acr(&["mfa"], false),
        ..passive.clone()
    };
    assert!(matches!(step(&world, &voluntary), Step::Done(_)));
    let someone_else = Requirement {
        subject: Some(world.user(BOB).unwrap().id),
        ..passive
    };
    assert_eq!(
        step(&world, &someone_else),
        Step::Failed(Cause::LoginRequired)
    );
}

#[test]
fn prompt_none_with_a_second_factor_missing_is_interaction_required() {
    let mut world = World::new();
    let flow = world.begin(Requirement {
        second_factor: SecondFactor::Never,
        ..Requirement::default()
    });
    world.store(&flow);
    world.password(&flow, BOB, RIGHT).outcome();
    let passive = |acr, second_factor| Requirement {
        passive: true,
        acr,
        second_factor,
        ..Requirement::default()
    };
    let step = |requirement| world.step(&world.begin(requirement));
    let missing = Step::Failed(Cause::InteractionRequired);
    let none = acr(&[], false);
    assert_eq!(step(passive(none, SecondFactor::WhenEnrolled)), missing);
    let essential = acr(&["mfa"], true);
    assert_eq!(step(passive(essential, SecondFactor::Never)), missing);
    let voluntary = step(passive(acr(&["mfa"], false), SecondFactor::Never));
    let Step::Done(outcome) = voluntary else {
        panic!("{voluntary:?}")
    };
    assert_eq!(outcome.acr(), Some("pwd"), "a voluntary acr falls back");
}

#[test]
fn an_acr_steps_a_session_up() {
    let mut world = World::new();
    let lax = Requirement {
        second_factor: SecondFactor::Never,
        ..Requirement::default()
    };
    let flow = world.begin(lax.clone());
    world.store(&flow);
    let first = world.password(&flow, BOB, RIGHT).outcome();
    let before = world.session().unwrap();
    world.wait(120);
    let flow = world.begin(Requirement {
        acr: acr(&["mfa"], false),
        ..lax
    });
    world.store(&flow);
    assert!(matches!(world.step(&flow), Step::OneTimeCode { .. }));
    let code = world.shown();
    let outcome = world.code(&flow, &code).outcome();
    assert_eq!(outcome.acr(), Some("mfa"));
    assert_eq!(outcome.time(), first.time(), "the password is no newer");
    let after = world.session().unwrap();
    assert_eq!(
        after.authentication.session, before.authentication.session,
        "the same sid"
    );
    assert_ne!(after.handle, before.handle, "a new cookie");
    assert_eq!(after.ends, before.ends);
    assert_eq!(world.all::<Session>().len(), 1);
}

#[test]
fn a_code_alone_is_nobody() {
    let mut world = World::new();
    let lax = Requirement {
        second_factor: SecondFactor::Never,
        ..Requirement::default()
    };
    let flow = world.begin(lax.clone());
    world.store(&flow);
    world.password(&flow, BOB, RIGHT).outcome();
    let flow = world.begin(Requirement {
        acr: acr(&["mfa"], true),
        consent: Some(shop()),
        ..lax
    });
    world.store(&flow);
    world.wait(60);
    let code = world.shown();
    let acted = world.code(&flow, &code);
    assert!(matches!(acted.step, Step::Consent { .. }));
    world.cookie = None;
    assert!(
        matches!(world.step(&acted.flow), Step::SignOn { .. }),
        "signed out meanwhile"
    );
}

#[test]
fn oidc_core_5_5_1_1_an_essential_acr_out_of_reach_fails() {
    let demand = |values: &[&str]| Requirement {
        acr: acr(values, true),
        ..Requirement::default()
    };
    let unmet = Step::Failed(Cause::UnmetAuthenticationRequirements);
    let (world, flow) = started(demand(&["unheard-of"]));
    assert_eq!(world.step(&flow), unmet);
    let (mut world, flow) = started(demand(&["mfa"]));
    assert_eq!(world.password(&flow, ALICE, RIGHT).step, unmet);
    assert!(world.open(&flow).is_none() && world.session().is_none());
    let (mut world, flow) = started(demand(&["mfa", "pwd"]));
    let outcome = world.password(&flow, ALICE, RIGHT).outcome();
    assert_eq!(outcome.acr(), Some("pwd"));
}

/// Bob, who has signed on with a code of his app, where none but this kind of device may answer.
fn where_only(kind: FactorKind) -> World {
    let mut world = World::new();
    world.sign_on_as(BOB);
    world.policy.devices.allowed = vec![kind];
    world
}

#[test]
fn what_a_device_has_proven_counts_where_it_may_answer() {
    let demanded = || Requirement {
        second_factor: SecondFactor::Required,
        ..Requirement::default()
    };
    let world = where_only(FactorKind::Totp);
    let step = world.step(&world.begin(demanded()));
    assert!(matches!(step, Step::Done(_)), "{step:?}");
    // An application that takes passkeys alone is not content with a code that another has asked for.
    let world = where_only(FactorKind::WebAuthn);
    let step = world.step(&world.begin(demanded()));
    assert_eq!(step, Step::Failed(Cause::NoSecondFactor));
    let undemanding = Requirement {
        second_factor: SecondFactor::Never,
        ..Requirement::default()
    };
    let outcome = match world.step(&world.begin(undemanding)) {
        Step::Done(outcome) => outcome,
        other => panic!("{other:?}"),
    };
    assert_eq!(outcome.amr(), ["pwd"], "what counts is what is told");
}

#[test]
fn what_a_device_has_proven_counts_no_more_once_it_is_removed() {
    let mut world = World::new();
    world.sign_on_as(BOB);
    let bob = world.user(BOB).unwrap().id;
    let app = world.devices_of(bob).remove(0);
    world.commit_one(|changes| changes.delete(&app));
    let step = world.step(&world.begin(Requirement {
        second_factor: SecondFactor::Required,
        ..Requirement::default()
    }));
    assert_eq!(step, Step::Failed(Cause::NoSecondFactor));
}

#[test]
fn who_was_signed_on_by_a_passkey_alone_signs_on_anew_where_it_may_not_answer() {
    let mut world = World::with_passkeys();
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    world.touch(&flow).outcome();
    world.policy.devices.allowed = vec![FactorKind::Totp];
    let step = world.step(&world.begin(Requirement::default()));
    assert!(matches!(step, Step::SignOn { .. }), "{step:?}");
}
