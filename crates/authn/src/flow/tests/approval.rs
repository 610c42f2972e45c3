//! Approving a transaction: what is shown is what is signed.

use std::sync::Arc;

use domain::{TransactionSource, Variables};

use super::acr;
use crate::approval::receipt::{Expected, Receipt};
use crate::approval::template::Method;
use crate::approval::{ApprovedTransaction, scene};
use crate::evidence::FactorKind;
use crate::flow::{
    Action, Cause, Flow, Rejection, Requirement, SecondFactor, Step, proceed, spend,
};
use crate::world::{ALICE, BOB, CAROL, ERIN, RIGHT, World, payment};

fn paying(sum: &str) -> Requirement {
    Requirement {
        transaction: Some(payment(sum, "Demo Shop GmbH")),
        ..Requirement::default()
    }
}

fn begun(mut world: World, requirement: Requirement) -> (World, Flow) {
    let flow = world.begin(requirement);
    world.store(&flow);
    (world, flow)
}

/// The stored flow after whatever is done of itself when it is opened.
fn opened(world: &mut World, flow: &Flow) -> Flow {
    let bound = world.open(flow).unwrap();
    let facts = world.facts(&bound, None);
    let (now, random) = (world.now, &world.random);
    let Some((proceeded, mut changes)) = proceed(&bound, &facts, now, random) else {
        return Flow::clone(&bound);
    };
    changes.and(spend(&bound, &facts));
    drop(facts);
    world.commit(changes).unwrap();
    world.store(&proceeded);
    proceeded
}

fn verified(approved: &ApprovedTransaction) -> Receipt {
    let (_, keys, token) = scene::receipt(approved);
    let digest = approved.transaction().digest();
    let expected = Expected {
        issuer: Some(scene::ISSUER),
        audience: Some("shop"),
        digest: Some(digest),
        now: None,
    };
    Receipt::verify(&token, &keys, &expected).unwrap()
}

#[test]
fn rts_5_1_a_the_code_comes_with_amount_and_payee_and_approves_them() {
    let (mut world, flow) = begun(World::new(), paying("99.95"));
    let acted = world.password(&flow, CAROL, RIGHT);
    let presented = acted.flow.presented().unwrap();
    let mail = presented.shown(Method::Email).unwrap().text();
    for told in ["99.95", "EUR", "Demo Shop GmbH"] {
        assert!(mail.contains(told), "{mail}");
    }
    let digest = presented.digest();
    let code = world.sent_code().unwrap();
    let outcome = world.code(&flow, &code).outcome();
    let approved = outcome.approved().unwrap();
    assert_eq!(approved.transaction().digest(), digest);
    assert_eq!(outcome.amr(), ["pwd", "otp", "mfa"]);
    let receipt = verified(approved);
    let methods: Vec<_> = receipt.shown().iter().map(|it| it.method).collect();
    assert_eq!(methods, [Method::Page, Method::Email]);
    let told = serde_json::to_string(receipt.factors()).unwrap();
    assert!(!told.contains(&code), "RTS art. 4(2)(a): {told}");
}

#[test]
fn a_passkey_signs_the_transaction_and_the_receipt_holds_its_signature() {
    let (mut world, flow) = begun(World::with_passkeys(), paying("99.95"));
    let acted = world.touch(&flow);
    let Step::Assertion { challenge, .. } = &acted.step else {
        panic!("signing on approves nothing: {:?}", acted.step)
    };
    let digest = acted.flow.presented().unwrap().digest();
    assert!(challenge.is_bound_to(digest.as_bytes()));
    let outcome = world.touch(&flow).outcome();
    let receipt = verified(outcome.approved().unwrap());
    assert!(receipt.factors().iter().any(|it| it.signature.is_some()));
}

#[test]
fn pi_web_authn_challenge_is_what_the_passkey_signs() {
    let wanted = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let draft = payment("5.00", "A").with_challenge(Some(wanted.to_owned()));
    let (mut world, flow) = begun(
        World::with_passkeys(),
        Requirement {
            transaction: Some(draft),
            ..Requirement::default()
        },
    );
    let acted = world.password(&flow, ERIN, RIGHT);
    let Step::Assertion { challenge, .. } = &acted.step else {
        panic!("{:?}", acted.step)
    };
    let asked = jose::strict_base64url::encode(challenge.as_bytes());
    assert_eq!(asked, wanted);
    let outcome = world.touch(&flow).outcome();
    verified(outcome.approved().unwrap());
}

#[test]
fn rts_4_1_a_challenge_that_a_client_has_chosen_is_signed_once() {
    let wanted = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let of = |recipient| Requirement {
        reauthenticate: true,
        transaction: Some(payment("5.00", recipient).with_challenge(Some(wanted.to_owned()))),
        ..Requirement::default()
    };
    let (mut world, first) = begun(World::with_passkeys(), of("A"));
    let second = world.begin(of("B"));
    world.store(&second);
    let signed = [&first, &second].map(|flow| {
        let acted = world.password(flow, ERIN, RIGHT);
        world.signed(&acted.step).unwrap()
    });
    world.assert(&first, &signed[0]).outcome();
    // Neither what was signed there, nor what was signed here.
    for response in &signed {
        let decided = world.decide(&second, &Action::CheckAssertion { response });
        assert!(decided.rejected.is_some() || world.commit(decided.changes).is_err());
    }
    // A challenge that nobody has signed is nobody's loss.
    world.wait(60);
    let third = world.begin(of("C"));
    world.store(&third);
    let acted = world.password(&third, ERIN, RIGHT);
    assert!(matches!(acted.step, Step::Assertion { .. }));
}

#[test]
fn rts_4_1_neither_an_earlier_sign_on_nor_a_code_that_fits_anything_approves() {
    let mut world = World::with_passkeys();
    world.sign_on_as(BOB);
    let (mut world, flow) = begun(world, paying("99.95"));
    assert_eq!(world.step(&flow), Step::Failed(Cause::NoSecondFactor));
    world.cookie = None;
    let (mut world, flow) = begun(world, paying("99.95"));
    let acted = world.password(&flow, ALICE, RIGHT);
    assert_eq!(acted.step, Step::Failed(Cause::NoSecondFactor));
}

#[test]
fn who_is_signed_on_is_shown_it_and_approves_with_one_more_factor() {
    let mut world = World::with_passkeys();
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    world.touch(&flow).outcome();
    let (mut world, flow) = begun(world, paying("12.00"));
    let flow = opened(&mut world, &flow);
    assert!(matches!(world.step(&flow), Step::Assertion { .. }));
    let outcome = world.touch(&flow).outcome();
    let approved = outcome.approved().unwrap();
    assert_eq!(approved.subject(), world.user(ERIN).unwrap().id);
}

#[test]
fn rts_5_1_d_the_code_of_one_payment_approves_no_other() {
    let (mut world, cheap) = begun(World::new(), paying("1.00"));
    world.password(&cheap, CAROL, RIGHT);
    let code = world.sent_code().unwrap();
    let (mut world, dear) = begun(world, paying("1000.00"));
    world.password(&dear, CAROL, RIGHT);
    let acted = world.code(&dear, &code);
    assert_eq!(acted.rejected, Some(Rejection::CodeNotAccepted));
}

#[test]
fn rts_5_1_d_a_signature_over_one_payment_approves_no_other() {
    let (mut world, cheap) = begun(World::with_passkeys(), paying("1.00"));
    let acted = world.password(&cheap, ERIN, RIGHT);
    let signature = world.signed(&acted.step).unwrap();
    let (mut world, dear) = begun(world, paying("1000.00"));
    world.password(&dear, ERIN, RIGHT);
    let acted = world.assert(&dear, &signature);
    assert_eq!(acted.rejected, Some(Rejection::AssertionNotAccepted));
}

#[test]
fn the_client_may_vouch_for_the_first_factor() {
    let mut world = World::new();
    let carol = world.user(CAROL).unwrap().id;
    let requirement = Requirement {
        vouched: Some(carol),
        ..paying("99.95")
    };
    let flow = world.begin(requirement);
    world.store(&flow);
    let flow = opened(&mut world, &flow);
    let Step::OneTimeCode {
        username, device, ..
    } = world.step(&flow)
    else {
        panic!("{:?}", world.step(&flow))
    };
    assert_eq!((username.as_str(), device.kind), (CAROL, FactorKind::Email));
    let code = world.sent_code().unwrap();
    let outcome = world.code(&flow, &code).outcome();
    assert_eq!(
        (outcome.user(), outcome.amr()),
        (carol, &["otp".to_owned()][..])
    );
    assert!(outcome.approved().is_some());
}

#[test]
fn an_acr_of_two_factors_is_reached_by_the_word_of_the_client_and_a_factor() {
    for wished in [&["mfa"][..], &[]] {
        let mut world = World::new();
        let flow = world.begin(Requirement {
            vouched: Some(world.user(CAROL).unwrap().id),
            acr: acr(wished, !wished.is_empty()),
            ..Requirement::default()
        });
        world.store(&flow);
        let flow = opened(&mut world, &flow);
        let code = world.sent_code().unwrap();
        let outcome = world.code(&flow, &code).outcome();
        assert_eq!(outcome.acr(), Some("mfa"));
        assert_eq!(outcome.amr(), ["otp"], "what was given here");
    }
}

#[test]
fn a_factor_of_who_is_vouched_for_ends_a_run_of_failures() {
    let mut world = World::new();
    let vouched = |world: &mut World| {
        let flow = world.begin(Requirement {
            vouched: Some(world.user(CAROL).unwrap().id),
            ..Requirement::default()
        });
        world.store(&flow);
        opened(world, &flow)
    };
    let flow = vouched(&mut world);
    world.code(&flow, "000000");
    assert_eq!(world.failures(CAROL), 1);
    let code = world.sent_code().unwrap();
    assert_eq!(world.code(&flow, &code).outcome().amr(), ["otp"]);
    assert_eq!(world.failures(CAROL), 0);
}

#[test]
fn vouching_alone_signs_nobody_on() {
    let mut world = World::new();
    let alice = world.user(ALICE).unwrap().id;
    let flow = world.begin(Requirement {
        vouched: Some(alice),
        ..Requirement::default()
    });
    world.store(&flow);
    let step = world.step(&flow);
    assert_eq!(step, Step::Failed(Cause::NoSecondFactor));
}

#[test]
fn whoever_is_shown_it_is_who_approves_it() {
    let (mut world, flow) = begun(World::with_passkeys(), paying("99.95"));
    let first = world.password(&flow, CAROL, RIGHT);
    let carols = first.flow.presented().unwrap().digest();
    // Erin signs on in the same browser, in another flow, which does not make carol's hers.
    let outcome = {
        let code = world.sent_code().unwrap();
        world.code(&flow, &code).outcome()
    };
    let approved = outcome.approved().unwrap();
    assert_eq!(approved.subject(), world.user(CAROL).unwrap().id);
    assert_eq!(approved.transaction().digest(), carols);
}

#[test]
fn what_cannot_be_shown_cannot_be_approved() {
    let unknown = TransactionSource::template("transaction", None, Variables::default()).unwrap();
    let mut draft = payment("1", "A");
    draft.source = unknown;
    let (mut world, flow) = begun(
        World::new(),
        Requirement {
            transaction: Some(draft),
            ..Requirement::default()
        },
    );
    world.wording.templates = Arc::default();
    let acted = world.password(&flow, CAROL, RIGHT);
    assert_eq!(acted.step, Step::Failed(Cause::NotShown));
    assert!(world.messages().is_empty());
}

#[test]
fn what_was_not_shown_yet_is_shown_before_a_device_is_asked() {
    let (mut world, flow) = begun(World::new(), paying("99.95"));
    // They sign on beside the flow, without a second factor.
    let beside = world.begin(Requirement {
        second_factor: SecondFactor::Never,
        ..Requirement::default()
    });
    world.store(&beside);
    world.password(&beside, CAROL, RIGHT).outcome();
    let Step::SelectDevice { devices, .. } = world.step(&flow) else {
        panic!("{:?}", world.step(&flow))
    };
    let device = devices[0].id;
    let acted = world.act(&flow, &Action::SelectDevice(device));
    assert!(matches!(acted.step, Step::OneTimeCode { .. }));
    assert!(acted.flow.presented().is_some());
    let code = world.sent_code().unwrap();
    assert!(world.code(&flow, &code).outcome().approved().is_some());
}
