//! Authenticators that are asked.

use std::time::Duration;

use domain::{Device, MessageContent};

use crate::approval::receipt::{Expected, Receipt};
use crate::approval::template::Method;
use crate::approval::{SignatureMaterial, scene};
use crate::factor::push::{Answered, NotAnswered, PushRequest};
use crate::flow::{Action, Flow, PushState, Rejection, Requirement, Step};
use crate::world::{ALICE, Acted, RIGHT, World, payment};

/// Alice has an authenticator, and has given her password.
fn asked(requirement: Requirement) -> (World, Flow, Step) {
    let mut world = World::new();
    world.equip_with_authenticator(ALICE);
    let flow = world.begin(requirement);
    world.store(&flow);
    let acted = world.password(&flow, ALICE, RIGHT);
    (world, acted.flow, acted.step)
}

fn paying() -> Requirement {
    Requirement {
        transaction: Some(payment("99.95", "Demo Shop GmbH")),
        ..Requirement::default()
    }
}

fn state(step: &Step) -> PushState {
    match step {
        Step::Push { state, .. } => *state,
        other => panic!("not waiting but {other:?}"),
    }
}

fn go_on(world: &mut World, flow: &Flow) -> Acted {
    world.act(flow, &Action::Continue)
}

#[test]
fn an_authenticator_is_asked_and_its_approval_is_a_factor() {
    let (mut world, flow, step) = asked(Requirement::default());
    let Step::Push { number, until, .. } = &step else {
        panic!("{step:?}");
    };
    assert_eq!(state(&step), PushState::Waiting);
    assert_eq!(*until, world.now + Duration::from_secs(40));
    assert!((10..=99).contains(&number.unwrap()));
    // Nothing is answered yet: going on changes nothing.
    let waiting = go_on(&mut world, &flow);
    assert_eq!(
        (state(&waiting.step), waiting.rejected),
        (PushState::Waiting, None)
    );
    assert_eq!(world.decides("approve"), Ok(Answered::Approved));
    assert_eq!(state(&world.step(&flow)), PushState::Approved);
    let outcome = go_on(&mut world, &flow).outcome();
    assert_eq!(outcome.amr(), ["pwd", "swk", "mfa"]);
    assert!(world.all::<PushRequest>().is_empty(), "spent");
    let (app, _) = world.app.as_ref().unwrap();
    let device = world.get::<Device>(*app).unwrap();
    assert_eq!(device.last_used, Some(world.now));
}

#[test]
fn a_transaction_is_approved_by_the_signature_of_the_device_and_the_receipt_holds_it() {
    let (mut world, flow, step) = asked(paying());
    assert_eq!(state(&step), PushState::Waiting);
    let request = world.open_request().unwrap();
    assert!(request.shown.text().contains("99.95"));
    assert_eq!(request.shown.method(), Method::Push);
    assert_eq!(world.decides("approve"), Ok(Answered::Approved));
    let outcome = go_on(&mut world, &flow).outcome();
    let approved = outcome.approved().unwrap();
    assert_eq!(approved.transaction().digest(), request.matter.digest());
    let (_, keys, token) = scene::receipt(approved);
    let expected = Expected {
        issuer: Some(scene::ISSUER),
        audience: Some("shop"),
        digest: Some(request.matter.digest()),
        now: None,
    };
    let receipt = Receipt::verify(&token, &keys, &expected).unwrap();
    let methods: Vec<_> = receipt.shown().iter().map(|it| it.method).collect();
    assert_eq!(methods, [Method::Page, Method::Push]);
    let signature = receipt.factors().iter().find_map(|it| it.signature.clone());
    assert!(matches!(signature, Some(SignatureMaterial::DeviceKey(_))));
}

#[test]
fn a_denial_ends_the_attempt_and_counts() {
    let (mut world, flow, _) = asked(paying());
    let first = world.open_request().unwrap();
    let approval = world.signed_by_app(&world.claims(&first, "approve"));
    assert_eq!(world.decides("deny"), Ok(Answered::Denied));
    assert_eq!(world.failures(ALICE), 1);
    assert!(world.events().contains(&"push.denied".to_owned()));
    assert_eq!(
        world.answer(&first, &approval),
        Err(NotAnswered::Over),
        "denied is denied"
    );
    assert_eq!(state(&world.step(&flow)), PushState::Rejected);
    let refused = go_on(&mut world, &flow);
    assert_eq!(refused.rejected, Some(Rejection::NotOffered));
    // Who has denied by mistake is asked anew, about the same with another number or the same.
    let again = world.act(&flow, &Action::Resend);
    assert_eq!(state(&again.step), PushState::Waiting);
    assert!(world.get::<PushRequest>(first.id).is_none(), "withdrawn");
    assert_eq!(world.answer(&first, &approval), Err(NotAnswered::Over));
    let second = world.open_request().unwrap();
    assert_eq!(
        world.answer(&second, &approval),
        Err(NotAnswered::Signature)
    );
}

#[test]
fn rts_4_3_b_three_wrong_numbers_end_a_request_and_five_failures_block() {
    let (mut world, flow, _) = asked(Requirement::default());
    let wrong = |world: &mut World| {
        let request = world.open_request().unwrap();
        let mut claims = world.claims(&request, "approve");
        claims["number"] = "00".into();
        let jws = world.signed_by_app(&claims);
        world.answer(&request, &jws)
    };
    for left in [2, 1, 0] {
        assert_eq!(wrong(&mut world), Err(NotAnswered::WrongNumber { left }));
    }
    assert!(world.open_request().is_none());
    assert_eq!(state(&world.step(&flow)), PushState::Rejected);
    let again = world.act(&flow, &Action::Resend);
    assert_eq!(state(&again.step), PushState::Waiting);
    for left in [2, 1] {
        assert_eq!(wrong(&mut world), Err(NotAnswered::WrongNumber { left }));
    }
    assert!(world.is_blocked(ALICE));
    assert_eq!(
        world.decides("approve"),
        Err(NotAnswered::Over),
        "right, but blocked"
    );
}

#[test]
fn nobody_waits_for_ever_and_a_late_answer_is_none() {
    let (mut world, flow, _) = asked(Requirement::default());
    let request = world.open_request().unwrap();
    let jws = world.signed_by_app(&world.claims(&request, "approve"));
    world.wait(40);
    assert_eq!(state(&world.step(&flow)), PushState::TimedOut);
    assert_eq!(world.answer(&request, &jws), Err(NotAnswered::Over));
    let again = world.act(&flow, &Action::Resend);
    assert_eq!(state(&again.step), PushState::Waiting);
    assert_eq!(world.decides("approve"), Ok(Answered::Approved));
    world.wait(60);
    let outcome = go_on(&mut world, &flow).outcome();
    assert_eq!(outcome.amr(), ["pwd", "swk", "mfa"], "it came in time");
}

#[test]
fn nobody_is_flooded() {
    let (mut world, mut flow, _) = asked(Requirement::default());
    let device = world.app.as_ref().unwrap().0;
    let again = world.act(&flow, &Action::SelectDevice(device));
    assert_eq!(
        again.rejected,
        Some(Rejection::TooSoon),
        "it has yet to answer"
    );
    let sends = world.policy.devices.code.sends;
    for _ in 1..sends {
        world.wait(41);
        let again = world.act(&flow, &Action::Resend);
        assert_eq!(again.rejected, None);
        flow = again.flow;
    }
    world.wait(41);
    let too_many = world.act(&flow, &Action::Resend);
    assert_eq!(too_many.rejected, Some(Rejection::TooManyMessages));
    // Another flow of the same person counts as well.
    world.policy.devices.messages.limit = sends + 1;
    let mut asked = 0;
    loop {
        let flow = world.begin(Requirement::default());
        world.store(&flow);
        let acted = world.password(&flow, ALICE, RIGHT);
        match acted.step {
            Step::Push { .. } => asked += 1,
            Step::SelectDevice { .. } => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(asked <= 1, "{asked}");
}

#[test]
fn a_notification_tells_a_locked_screen_nothing_of_a_payment() {
    let (world, _, _) = asked(paying());
    let message = world.messages().pop().unwrap();
    let MessageContent::Push {
        endpoint, payload, ..
    } = &message.content
    else {
        panic!("no notification");
    };
    assert_eq!(endpoint, "https://push.example.net/of-a-browser");
    let told = payload.expose();
    assert!(told.contains("Approve a payment"), "{told}");
    for secret in ["99.95", "Demo Shop GmbH"] {
        assert!(!told.contains(secret), "{told}");
    }
    assert_eq!(message.expires, world.now + Duration::from_secs(40));
    let (world, _, _) = asked(Requirement::default());
    let number = world.open_request().unwrap().number.unwrap();
    let message = world.messages().pop().unwrap();
    let MessageContent::Push { payload, .. } = &message.content else {
        panic!("no notification");
    };
    let told: serde_json::Value = serde_json::from_str(payload.expose()).unwrap();
    assert_eq!(told["text"], "alice is signing on to Demo Shop.");
    assert!(!told["text"].as_str().unwrap().contains(&number.to_string()));
    assert!(told.get("number").is_none());
}

#[test]
fn an_approval_counts_in_its_own_flow_alone() {
    let (mut world, first, _) = asked(paying());
    world.wait(41);
    let second = world.begin(Requirement {
        transaction: Some(payment("1.00", "Demo Shop GmbH")),
        ..Requirement::default()
    });
    world.store(&second);
    let second = world.password(&second, ALICE, RIGHT).flow;
    assert_eq!(world.decides("approve"), Ok(Answered::Approved));
    assert_eq!(state(&world.step(&first)), PushState::TimedOut);
    assert_eq!(
        go_on(&mut world, &first).rejected,
        Some(Rejection::NotOffered)
    );
    let outcome = go_on(&mut world, &second).outcome();
    let told = outcome.approved().unwrap().transaction().payments();
    assert_eq!(told[0].amount.to_string(), "1.00");
}

#[test]
fn whoever_chooses_another_device_is_not_waited_for() {
    let (mut world, flow, _) = asked(Requirement::default());
    let canceled = world.act(&flow, &Action::Cancel);
    assert_eq!(canceled.step, Step::Canceled);
    assert!(world.all::<PushRequest>().is_empty());
}

#[test]
fn who_wants_another_device_chooses_it_and_the_authenticator_is_asked_no_more() {
    let (mut world, flow, step) = asked(Requirement::default());
    assert_eq!(state(&step), PushState::Waiting);
    let chosen = world.act(&flow, &Action::ChooseDevice);
    let Step::SelectDevice { devices, .. } = &chosen.step else {
        panic!("{:?}", chosen.step);
    };
    assert!(world.all::<PushRequest>().is_empty(), "taken back");
    // Nothing asks it again but who chooses it.
    assert_eq!(world.step(&chosen.flow), chosen.step);
    let again = world.act(&flow, &Action::SelectDevice(devices[0].id));
    assert_eq!(state(&again.step), PushState::Waiting);
    // Elsewhere there is nothing to be taken back.
    let (mut world, flow) = (World::new(), world.begin(Requirement::default()));
    world.store(&flow);
    let refused = world.act(&flow, &Action::ChooseDevice);
    assert_eq!(refused.rejected, Some(Rejection::NotOffered));
}
