//! Who signs on, with what.

use super::started;
use crate::flow::{Action, Cause, Offers, Rejection, Requirement, SecondFactor, Step};
use crate::world::{ALICE, BOB, DORA, NOBODY, RIGHT, WRONG, World};

#[test]
fn a_password_signs_on_who_has_no_second_factor() {
    let (mut world, flow) = started(Requirement::default());
    let nobody_named = Step::SignOn {
        username: None,
        locked: false,
        changeable: false,
        offers: Offers::default(),
        passkey: None,
    };
    assert_eq!(world.step(&flow), nobody_named);
    let outcome = world.password(&flow, " Alice ", RIGHT).outcome();
    assert_eq!(outcome.user(), world.user(ALICE).unwrap().id);
    assert_eq!(outcome.amr(), ["pwd"]);
    assert_eq!(outcome.acr(), Some("pwd"));
    assert_eq!(outcome.time(), world.now);
    assert_eq!(outcome.existing_session(), None);
    assert_eq!(world.events(), ["sign_on.succeeded"]);
    assert!(world.open(&flow).is_none(), "the flow is spent");
}

#[test]
fn rfc8176_2_a_second_factor_is_asked_of_who_has_one_and_gives_mfa() {
    let (mut world, flow) = started(Requirement::default());
    let acted = world.password(&flow, BOB, RIGHT);
    let Step::OneTimeCode {
        username, devices, ..
    } = acted.step
    else {
        panic!("{:?}", acted.step)
    };
    assert_eq!((username.as_str(), devices.len()), (BOB, 1));
    let code = world.shown();
    let outcome = world.code(&flow, &code).outcome();
    assert_eq!(outcome.amr(), ["pwd", "otp", "mfa"]);
    assert_eq!(outcome.acr(), Some("mfa"));
    let session = world.session().unwrap();
    assert_eq!(session.authentication.amr, ["pwd", "otp", "mfa"]);
}

#[test]
fn rts_4_1_a_code_is_accepted_once() {
    let (mut world, flow) = started(Requirement::default());
    world.password(&flow, BOB, RIGHT);
    let code = world.shown();
    world.code(&flow, &code).outcome();
    let second = world.begin(Requirement {
        reauthenticate: true,
        ..Requirement::default()
    });
    world.store(&second);
    world.password(&second, BOB, RIGHT);
    let replayed = world.code(&second, &code);
    assert_eq!(replayed.rejected, Some(Rejection::CodeNotAccepted));
    assert_eq!(world.failures(BOB), 1);
}

#[test]
fn rts_4_3_a_every_refusal_of_a_sign_on_is_the_same() {
    for (name, password) in [
        (ALICE, WRONG),
        (BOB, WRONG),
        (DORA, RIGHT),
        (NOBODY, RIGHT),
        ("", ""),
    ] {
        let (mut world, flow) = started(Requirement::default());
        let refused = world.password(&flow, name, password);
        assert_eq!(refused.rejected, Some(Rejection::NotRecognised), "{name}");
        let again = Step::SignOn {
            username: Some(name.to_owned()),
            locked: false,
            changeable: false,
            offers: Offers::default(),
            passkey: None,
        };
        assert_eq!(refused.step, again);
        assert_eq!(world.failures(name), 1);
        assert_eq!(world.events(), ["sign_on.failed"]);
    }
}

#[test]
fn rts_4_3_b_the_sixth_attempt_is_refused_even_if_right() {
    for name in [ALICE, NOBODY] {
        let (mut world, flow) = started(Requirement::default());
        for _ in 0..5 {
            world.password(&flow, name, WRONG);
        }
        assert!(world.is_blocked(name));
        let sixth = world.password(&flow, name, RIGHT);
        assert_eq!(sixth.rejected, Some(Rejection::NotRecognised));
        let blocks = world.events();
        assert_eq!(blocks.iter().filter(|e| *e == "sign_on.blocked").count(), 1);
    }
    let (mut world, flow) = started(Requirement::default());
    for _ in 0..5 {
        world.password(&flow, ALICE, WRONG);
    }
    world.wait(15 * 60);
    let later = world.begin(Requirement::default());
    world.store(&later);
    world.password(&later, ALICE, RIGHT).outcome();
    assert_eq!(world.failures(ALICE), 0);
}

#[test]
fn rts_4_3_b_wrong_passwords_and_wrong_codes_count_together() {
    let (mut world, flow) = started(Requirement::default());
    world.password(&flow, BOB, WRONG);
    world.password(&flow, BOB, WRONG);
    world.password(&flow, BOB, RIGHT);
    assert_eq!(world.failures(BOB), 2, "a password alone resets nothing");
    // Nor does it where bob's app may not answer and nobody is asked for it.
    let allowed = std::mem::take(&mut world.policy.devices.allowed);
    let lenient = world.begin(Requirement {
        second_factor: SecondFactor::Never,
        ..Requirement::default()
    });
    world.store(&lenient);
    world.password(&lenient, BOB, RIGHT).outcome();
    assert_eq!(world.failures(BOB), 2, "who has an app has it everywhere");
    world.policy.devices.allowed = allowed;
    for _ in 0..3 {
        world.code(&flow, "000000");
    }
    let code = world.shown();
    let refused = world.code(&flow, &code);
    assert_eq!(refused.rejected, Some(Rejection::CodeNotAccepted));
    assert!(matches!(refused.step, Step::OneTimeCode { .. }));
}

#[test]
fn a_password_does_not_reset_the_count_of_codes_where_no_code_is_asked() {
    let (mut world, flow) = started(Requirement::default());
    world.password(&flow, BOB, RIGHT);
    world.code(&flow, "000000");
    let lax = world.begin(Requirement {
        second_factor: SecondFactor::Never,
        ..Requirement::default()
    });
    world.store(&lax);
    world.password(&lax, BOB, RIGHT).outcome();
    assert_eq!(world.failures(BOB), 1);
}

#[test]
fn policy_can_require_a_second_factor() {
    let (mut world, flow) = started(Requirement {
        second_factor: SecondFactor::Required,
        ..Requirement::default()
    });
    let step = world.password(&flow, ALICE, RIGHT).step;
    assert_eq!(step, Step::Failed(Cause::NoSecondFactor));
}

#[test]
fn oidc_core_3_1_2_1_only_the_hinted_person_will_do() {
    let mut world = World::new();
    world.sign_on_as(ALICE);
    let flow = world.begin(Requirement {
        subject: Some(world.user(BOB).unwrap().id),
        ..Requirement::default()
    });
    world.store(&flow);
    for presented in [WRONG, RIGHT] {
        let refused = world.password(&flow, ALICE, presented);
        assert_eq!(refused.rejected, Some(Rejection::NotRecognised));
    }
    assert_eq!(world.failures(ALICE), 2, "right or wrong, the name counts");
    assert_eq!(world.failures(BOB), 0);
    let step = world.password(&flow, BOB, RIGHT).step;
    assert!(matches!(step, Step::OneTimeCode { .. }));
    let code = world.shown();
    let outcome = world.code(&flow, &code).outcome();
    assert_eq!(outcome.user(), world.user(BOB).unwrap().id);
}

#[test]
fn who_is_asked_for_by_identifier_is_named_to_nobody_else() {
    let mut world = World::new();
    let bob = world.user(BOB).unwrap().id;
    let nobody = domain::UserId::from_bytes([9; 16]);
    let asked = |subject| Requirement {
        subject: Some(subject),
        reauthenticate: true,
        ..Requirement::default()
    };
    let open = Step::SignOn {
        username: None,
        locked: false,
        changeable: false,
        offers: Offers::default(),
        passkey: None,
    };
    for signed_on in [None, Some(ALICE)] {
        signed_on.map(|name| world.sign_on_as(name));
        for subject in [bob, nobody] {
            assert_eq!(world.step(&world.begin(asked(subject))), open);
        }
    }
    world.cookie = None;
    world.sign_on_as(BOB);
    assert_eq!(world.step(&world.begin(asked(nobody))), open);
    let theirs = Step::SignOn {
        username: Some(BOB.to_owned()),
        locked: true,
        changeable: false,
        offers: Offers::default(),
        passkey: None,
    };
    assert_eq!(world.step(&world.begin(asked(bob))), theirs);
}

#[test]
fn a_login_hint_is_a_beginning_and_not_a_bound() {
    let (mut world, flow) = started(Requirement {
        login_hint: Some(BOB.to_owned()),
        ..Requirement::default()
    });
    let hinted = Step::SignOn {
        username: Some(BOB.to_owned()),
        locked: false,
        changeable: false,
        offers: Offers::default(),
        passkey: None,
    };
    assert_eq!(world.step(&flow), hinted);
    world.password(&flow, ALICE, RIGHT).outcome();
}

#[test]
fn rts_4_3_b_a_guess_does_not_slip_past_a_failure_of_the_same_moment() {
    let mut world = World::new();
    let guess = |world: &mut World| {
        let flow = world.begin(Requirement::default());
        world.store(&flow);
        world.password(&flow, BOB, RIGHT);
        flow
    };
    let [wrong, right] = [guess(&mut world), guess(&mut world)];
    let code = world.shown();
    let wrong = world.decide(&wrong, &Action::CheckCode { code: "000000" });
    let right = world.decide(&right, &Action::CheckCode { code: &code });
    assert!(matches!(right.step, Step::Done(_)) && wrong.rejected.is_some());
    world.commit(wrong.changes).unwrap();
    assert!(world.commit(right.changes).is_err());
}
