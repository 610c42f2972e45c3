//! Recovering what is forgotten, by mail (RTS art. 4(4)).

use std::time::Duration;

use domain::{MessageContent, Password, Session};

use crate::flow::{Action, Cause, Flow, NewPasswordCause, Rejection, Requirement, Step};
use crate::world::{ALICE, BOB, CAROL, DORA, NOBODY, RIGHT, WRONG, World};

const NEW: &str = "staple battery";

fn begun(requirement: Requirement) -> (World, Flow) {
    let mut world = World::new();
    world.policy.identity.recovery = true;
    let flow = world.begin(requirement);
    world.store(&flow);
    (world, flow)
}

/// A flow in which somebody is asked for the code that was mailed to them.
fn asked(name: &str) -> (World, Flow) {
    let (mut world, flow) = begun(Requirement::default());
    let acted = world.act(&flow, &Action::Recover);
    assert!(matches!(acted.step, Step::RecoverName { .. }));
    let acted = world.recover(&flow, name);
    assert!(
        matches!(acted.step, Step::RecoveryCode { .. }),
        "{:?}",
        acted.rejected
    );
    (world, flow)
}

/// One in which they have set a new password.
fn reset(name: &str) -> (World, Flow) {
    let (mut world, flow) = asked(name);
    let code = world.mailed_code().unwrap();
    let acted = world.mailed(&flow, &code);
    let expected = Step::NewPassword {
        username: name.to_owned(),
        cause: NewPasswordCause::Recovery,
    };
    assert_eq!(acted.step, expected);
    let acted = world.set_password(&flow, NEW);
    assert!(
        matches!(acted.step, Step::PasswordChanged { .. }),
        "{:?}",
        acted.rejected
    );
    (world, flow)
}

fn block(world: &mut World, flow: &Flow, name: &str) {
    for _ in 0..5 {
        world.password(flow, name, WRONG);
    }
    assert!(world.is_blocked(name));
}

#[test]
fn a_code_by_mail_and_a_new_password_sign_on_who_has_nothing_more() {
    let (mut world, flow) = reset(ALICE);
    let MessageContent::Email { to, .. } = &world.messages()[0].content else {
        panic!("no mail")
    };
    assert_eq!(to, "alice@example.com");
    assert!(world.session().is_none(), "not before they go on");
    let outcome = world.act(&flow, &Action::Continue).outcome();
    assert_eq!(outcome.amr(), ["pwd"]);
    let mut events = world.events();
    events.sort();
    assert_eq!(
        events,
        ["password.reset", "recovery.requested", "sign_on.succeeded"]
    );
}

#[test]
fn who_has_a_second_factor_needs_it_though_policy_asks_for_none() {
    let (mut world, flow) = reset(BOB);
    let acted = world.act(&flow, &Action::Continue);
    assert!(matches!(acted.step, Step::OneTimeCode { .. }));
    let code = world.shown();
    let outcome = world.code(&flow, &code).outcome();
    assert_eq!(outcome.amr(), ["pwd", "otp", "mfa"]);
    let (mut world, flow) = begun(Requirement {
        second_factor: crate::flow::SecondFactor::Never,
        ..Requirement::default()
    });
    world.act(&flow, &Action::Recover);
    world.recover(&flow, BOB);
    let code = world.mailed_code().unwrap();
    world.mailed(&flow, &code);
    world.set_password(&flow, NEW);
    let acted = world.act(&flow, &Action::Continue);
    assert!(
        matches!(acted.step, Step::OneTimeCode { .. }),
        "{:?}",
        acted.step
    );
}

#[test]
fn who_has_a_second_factor_that_may_not_answer_is_not_signed_on_by_a_mailbox() {
    let (mut world, flow) = reset(BOB);
    world.policy.devices.allowed.clear();
    let acted = world.act(&flow, &Action::Continue);
    assert_eq!(acted.step, Step::Failed(Cause::NoSecondFactor));
}

#[test]
fn who_was_sent_codes_before_is_sent_another_after_recovering() {
    let (mut world, flow) = begun(Requirement::default());
    let acted = world.password(&flow, CAROL, RIGHT);
    assert!(matches!(
        acted.step,
        Step::OneTimeCode { sent: Some(_), .. }
    ));
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    world.act(&flow, &Action::Recover);
    world.recover(&flow, CAROL);
    let code = world.mailed_code().unwrap();
    world.mailed(&flow, &code);
    world.set_password(&flow, NEW);
    let acted = world.act(&flow, &Action::Continue);
    assert!(matches!(
        acted.step,
        Step::OneTimeCode { sent: Some(_), .. }
    ));
    assert_eq!(acted.rejected, None);
}

#[test]
fn rts_4_3_a_nobody_learns_whether_there_is_such_a_person() {
    let seen = [ALICE, DORA, NOBODY].map(|name| {
        let (mut world, flow) = asked(name);
        let mut seen = Vec::new();
        let told = |step: &Step| match step {
            Step::RecoveryCode { sent, .. } => format!("code {sent:?}"),
            other => format!("{other:?}").replace(name, "them"),
        };
        for code in ["", "ABCDEFGH", "x"] {
            let acted = world.mailed(&flow, code);
            seen.push((told(&acted.step), acted.rejected));
        }
        let early = world.act(&flow, &Action::Resend);
        seen.push((told(&early.step), early.rejected));
        world.wait(30);
        let again = world.act(&flow, &Action::Resend);
        seen.push((told(&again.step), again.rejected));
        for _ in 0..6 {
            world.wait(30);
            let more = world.act(&flow, &Action::Resend);
            seen.push((told(&more.step), more.rejected));
        }
        assert_eq!(world.messages().is_empty(), name != ALICE);
        seen
    });
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
}

#[test]
fn so_many_codes_for_one_name_are_enough_whether_anybody_has_it_or_not() {
    for name in [ALICE, NOBODY] {
        let (mut world, _) = begun(Requirement::default());
        let mut sent = 0;
        let refused = loop {
            let flow = world.begin(Requirement::default());
            world.store(&flow);
            world.act(&flow, &Action::Recover);
            if let Some(rejected) = world.recover(&flow, name).rejected {
                break rejected;
            }
            sent += 1;
            assert!(sent < 100);
        };
        assert_eq!(refused, Rejection::TooManyMessages);
        assert_eq!(sent, world.policy.devices.messages.limit, "{name}");
    }
}

#[test]
fn a_code_is_good_for_five_minutes_three_tries_and_once() {
    let (mut world, flow) = asked(ALICE);
    let code = world.mailed_code().unwrap();
    world.wait(300);
    assert!(world.mailed(&flow, &code).rejected.is_some());

    let (mut world, flow) = asked(ALICE);
    let code = world.mailed_code().unwrap();
    for _ in 0..3 {
        world.mailed(&flow, "AAAAAAAA");
    }
    assert!(world.mailed(&flow, &code).rejected.is_some());
    world.wait(30);
    world.act(&flow, &Action::Resend);
    assert!(world.mailed(&flow, &code).rejected.is_some(), "the old one");
    let newest = world.mailed_code().unwrap();
    assert!(world.mailed(&flow, &newest).rejected.is_none());
    assert_eq!(
        world.mailed(&flow, &newest).rejected,
        Some(Rejection::NotOffered)
    );
}

#[test]
fn a_code_is_worth_nothing_in_another_flow() {
    let (mut world, flow) = asked(ALICE);
    let code = world.mailed_code().unwrap();
    let other = world.begin(Requirement::default());
    world.store(&other);
    world.act(&other, &Action::Recover);
    world.recover(&other, ALICE);
    assert!(world.mailed(&other, &code).rejected.is_some());
    assert!(world.mailed(&flow, &code).rejected.is_none());
}

#[test]
fn a_password_that_is_changed_meanwhile_ends_the_recovery() {
    let (mut world, flow) = asked(ALICE);
    let code = world.mailed_code().unwrap();
    world.mailed(&flow, &code);
    world.wait(1);
    let stored = world
        .get::<Password>(world.user(ALICE).unwrap().id)
        .unwrap();
    let changed = Password {
        changed: world.now,
        ..stored.record.clone()
    };
    world.commit_one(|changes| changes.replace(&stored, &changed));
    let acted = world.set_password(&flow, NEW);
    assert_eq!(acted.rejected, Some(Rejection::NotOffered));
    assert!(matches!(acted.step, Step::SignOn { .. }));
}

#[test]
fn rts_4_4_who_is_blocked_recovers_securely() {
    let (mut world, flow) = begun(Requirement::default());
    block(&mut world, &flow, ALICE);
    world.act(&flow, &Action::Recover);
    world.recover(&flow, ALICE);
    let code = world.mailed_code().unwrap();
    world.mailed(&flow, &code);
    assert!(world.is_blocked(ALICE), "a code alone unlocks nothing");
    world.set_password(&flow, NEW);
    assert!(!world.is_blocked(ALICE));
    world.act(&flow, &Action::Continue).outcome();
}

#[test]
fn a_recovery_is_worth_one_guess_at_the_second_factor() {
    let (mut world, flow) = begun(Requirement::default());
    block(&mut world, &flow, BOB);
    world.act(&flow, &Action::Recover);
    world.recover(&flow, BOB);
    let code = world.mailed_code().unwrap();
    world.mailed(&flow, &code);
    world.set_password(&flow, NEW);
    world.act(&flow, &Action::Continue);
    assert!(!world.is_blocked(BOB));
    world.code(&flow, "000000");
    assert!(world.is_blocked(BOB));
}

#[test]
fn all_sessions_end() {
    let (mut world, _) = begun(Requirement::default());
    for _ in 0..2 {
        world.cookie = None;
        world.sign_on_as(ALICE);
    }
    let flow = world.begin(Requirement {
        reauthenticate: true,
        ..Requirement::default()
    });
    world.store(&flow);
    world.act(&flow, &Action::Recover);
    world.recover(&flow, ALICE);
    let code = world.mailed_code().unwrap();
    world.mailed(&flow, &code);
    assert_eq!(world.all::<Session>().len(), 2);
    world.set_password(&flow, NEW);
    assert!(world.all::<Session>().is_empty());
}

#[test]
fn it_is_offered_where_policy_offers_it_and_one_may_go_back() {
    let mut world = World::new();
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    for action in [Action::Recover, Action::RecoverUsername] {
        let acted = world.act(&flow, &action);
        assert_eq!(acted.rejected, Some(Rejection::NotOffered));
    }
    let (mut world, flow) = asked(ALICE);
    let acted = world.act(&flow, &Action::Back);
    assert!(matches!(acted.step, Step::SignOn { .. }));
    world.password(&flow, ALICE, RIGHT).outcome();
}

#[test]
fn a_user_name_is_mailed_to_its_address_and_nothing_is_told_here() {
    for (address, mails) in [("carol@example.com", 1), ("nobody@example.com", 0)] {
        let (mut world, flow) = begun(Requirement::default());
        let acted = world.act(&flow, &Action::RecoverUsername);
        assert_eq!(acted.step, Step::RecoverUsername);
        let acted = world.act(&flow, &Action::SendUsername { email: address });
        assert_eq!((acted.step, acted.rejected), (Step::UsernameSent, None));
        let messages = world.messages();
        assert_eq!(messages.len(), mails);
        if let Some(MessageContent::Email { body, .. }) = messages.first().map(|it| &it.content) {
            assert!(body.expose().contains(CAROL), "{}", body.expose());
        }
        let acted = world.act(&flow, &Action::Continue);
        assert!(matches!(acted.step, Step::SignOn { .. }));
    }
}

#[test]
fn a_recovery_waits_no_longer_than_any_flow() {
    let (mut world, flow) = asked(ALICE);
    let code = world.mailed_code().unwrap();
    world.mailed(&flow, &code);
    world.wait(Duration::from_mins(15).as_secs());
    let acted = world.set_password(&flow, NEW);
    assert!(acted.step.is_final());
}

#[test]
fn rts_4_4_who_is_blocked_is_told_and_nobody_else() {
    let (mut world, flow) = begun(Requirement::default());
    block(&mut world, &flow, ALICE);
    block(&mut world, &flow, NOBODY);
    for _ in 0..3 {
        world.password(&flow, ALICE, WRONG);
    }
    let messages = world.messages();
    let [message] = messages.as_slice() else {
        panic!("{} messages", messages.len())
    };
    let MessageContent::Email { to, body, .. } = &message.content else {
        panic!("no mail")
    };
    assert_eq!(to, "alice@example.com");
    assert!(body.expose().contains("Forgot your password?"));
}

#[test]
fn pingone_1_3_the_code_and_the_new_password_are_taken_together_or_not_at_all() {
    for name in [ALICE, BOB] {
        let (mut world, flow) = asked(name);
        let code = world.mailed_code().unwrap();
        let acted = world.recover_password(&flow, &code, "short");
        assert!(matches!(
            acted.rejected,
            Some(Rejection::PasswordRefused(_))
        ));
        let acted = world.recover_password(&flow, &code, RIGHT);
        assert!(matches!(
            acted.rejected,
            Some(Rejection::PasswordRefused(_))
        ));
        assert!(matches!(acted.step, Step::RecoveryCode { .. }));
        let wrong = world.recover_password(&flow, "AAAAAAAA", NEW);
        assert_eq!(wrong.rejected, Some(Rejection::CodeNotAccepted));
        let acted = world.recover_password(&flow, &code, NEW);
        assert_eq!(acted.rejected, None);
        assert!(matches!(acted.step, Step::PasswordChanged { .. }));
        let acted = world.act(&flow, &Action::Continue);
        match name {
            ALICE => assert_eq!(acted.outcome().amr(), ["pwd"]),
            _ => assert!(matches!(acted.step, Step::OneTimeCode { .. })),
        }
    }
}

#[test]
fn pingone_1_3_a_code_is_good_three_tries_also_with_a_password() {
    let (mut world, flow) = asked(ALICE);
    let code = world.mailed_code().unwrap();
    for _ in 0..3 {
        world.recover_password(&flow, "AAAAAAAA", NEW);
    }
    let acted = world.recover_password(&flow, &code, NEW);
    assert_eq!(acted.rejected, Some(Rejection::CodeNotAccepted));
}
