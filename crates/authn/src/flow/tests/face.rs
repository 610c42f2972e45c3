//! Faces that are asked for.

use domain::{Device, DeviceKind, Digest, HandleKey};

use crate::approval::receipt::{Expected, Receipt};
use crate::approval::template::Method;
use crate::approval::{SignatureMaterial, scene};
use crate::factor::face::{FaceAnswer, FaceMatter, FaceTicket};
use crate::flow::{Action, Flow, PushState, Rejection, Requirement, Step};
use crate::recognize::Refusal;
use crate::world::{ALICE, Acted, RIGHT, World, payment};

/// Alice has a face, and has given her password.
fn asked(requirement: Requirement) -> (World, Flow, Step) {
    let mut world = World::new();
    world.equip_with_face(ALICE);
    let (flow, step) = asked_again(&mut world, requirement);
    (world, flow, step)
}

fn asked_again(world: &mut World, requirement: Requirement) -> (Flow, Step) {
    let flow = world.begin(requirement);
    world.store(&flow);
    let acted = world.password(&flow, ALICE, RIGHT);
    (acted.flow, acted.step)
}

fn paying() -> Requirement {
    Requirement {
        transaction: Some(payment("99.95", "Demo Shop GmbH")),
        ..Requirement::default()
    }
}

fn state(step: &Step) -> PushState {
    match step {
        Step::Face { state, .. } => *state,
        other => panic!("not asked for a face but {other:?}"),
    }
}

fn go_on(world: &mut World, flow: &Flow) -> Acted {
    world.act(flow, &Action::Continue)
}

fn ticket_of(flow: &Flow) -> HandleKey {
    flow.face_ticket_key().expect("a ticket")
}

#[test]
fn a_face_that_was_seen_is_possession_and_inherence() {
    let (mut world, flow, step) = asked(Requirement::default());
    assert_eq!(state(&step), PushState::Waiting);
    let waiting = go_on(&mut world, &flow);
    assert_eq!(
        (state(&waiting.step), waiting.rejected),
        (PushState::Waiting, None)
    );
    world.looks(&flow, true).unwrap();
    assert_eq!(state(&world.step(&flow)), PushState::Approved);
    let outcome = go_on(&mut world, &flow).outcome();
    assert_eq!(outcome.amr(), ["pwd", "swk", "face", "mfa"]);
    assert!(world.all::<FaceTicket>().is_empty(), "spent");
    let (device, _) = world.face.as_ref().unwrap();
    let device = world.get::<Device>(*device).unwrap();
    assert_eq!(device.last_used, Some(world.now));
}

#[test]
fn a_transaction_is_approved_by_the_key_beside_the_face_and_the_receipt_holds_it() {
    let (mut world, flow, _) = asked(paying());
    world.looks(&flow, true).unwrap();
    let outcome = go_on(&mut world, &flow).outcome();
    let approved = outcome.approved().unwrap();
    let (_, keys, token) = scene::receipt(approved);
    let receipt = Receipt::verify(&token, &keys, &Expected::default()).unwrap();
    let methods: Vec<_> = receipt.shown().iter().map(|it| it.method).collect();
    assert_eq!(methods, [Method::Page]);
    let factors = receipt.factors().iter();
    let factors: Vec<_> = factors
        .map(|it| (it.kind.as_str(), it.amr.as_str(), it.signature.is_some()))
        .collect();
    assert_eq!(
        factors,
        [
            ("device", "swk", true),
            ("face", "face", false),
            ("password", "pwd", false)
        ]
    );
    let signature = receipt.factors()[0].signature.as_ref().unwrap();
    assert!(matches!(signature, SignatureMaterial::Recognize(_)));
    assert!(signature.verify(receipt.digest(), None).is_ok());
    let other = Digest::from_bytes([0; 32]);
    assert!(signature.verify(&other, None).is_err());
}

#[test]
fn what_was_seen_in_one_flow_counts_in_no_other() {
    let (mut world, first, _) = asked(paying());
    let other = Requirement {
        transaction: Some(payment("99.96", "Demo Shop GmbH")),
        ..Requirement::default()
    };
    let (second, _) = asked_again(&mut world, other);
    let (third, _) = asked_again(&mut world, Requirement::default());
    world.looks(&first, true).unwrap();
    let seen = world.get::<FaceTicket>(ticket_of(&first)).unwrap();
    for other in [&second, &third] {
        assert_eq!(state(&world.step(other)), PushState::Waiting);
        // Not even if somebody could write it there.
        world.forge(ticket_of(other), |ticket| {
            ticket.answer = seen.answer.clone();
        });
        let refused = go_on(&mut world, other);
        assert_eq!(refused.rejected, Some(Rejection::NotOffered));
        world.forge(ticket_of(other), |ticket| {
            ticket.matter = seen.matter.clone();
        });
        let refused = go_on(&mut world, other);
        assert_eq!(refused.rejected, Some(Rejection::NotOffered));
    }
    go_on(&mut world, &first).outcome();
}

#[test]
fn a_proof_is_not_believed_unread() {
    let (mut world, flow, _) = asked(paying());
    world.looks(&flow, true).unwrap();
    let key = ticket_of(&flow);
    let answer = world.get::<FaceTicket>(key).unwrap().record.answer;
    let Some(FaceAnswer::Recognised {
        proof,
        device,
        time,
    }) = answer
    else {
        panic!("not seen");
    };
    let other = |proof: String| FaceAnswer::Recognised {
        proof,
        device,
        time,
    };
    let (head, _) = proof.rsplit_once('.').unwrap();
    world.forge(key, |it| it.answer = Some(other(format!("{head}.AAAA"))));
    assert_eq!(
        go_on(&mut world, &flow).rejected,
        Some(Rejection::NotOffered)
    );
    world.forge(key, |it| it.answer = Some(other(proof.clone())));
    // The key in it counts for nothing: that of the device does.
    let (id, _) = world.face.clone().unwrap();
    let stored = world.get::<Device>(id).unwrap();
    let mut changed = stored.record.clone();
    let stranger = jose::jws::SigningKey::generate(jose::jws::Algorithm::Es256).unwrap();
    if let DeviceKind::Face(face) = &mut changed.kind {
        face.key = stranger.jwk().to_public_value().unwrap();
    }
    world.commit_one(|changes| changes.replace(&stored, &changed));
    assert_eq!(
        go_on(&mut world, &flow).rejected,
        Some(Rejection::NotOffered)
    );
}

#[test]
fn a_ticket_opens_one_session_in_time() {
    let (mut world, flow, _) = asked(Requirement::default());
    let ticket = flow.face_ticket().unwrap().expose().to_owned();
    let session = world.opens(&ticket).unwrap();
    assert_eq!(world.opens(&ticket).err(), Some(Refusal::Ticket));
    assert_eq!(world.opens("none").err(), Some(Refusal::Ticket));
    world.leaves(&session);
    assert_eq!(state(&world.step(&flow)), PushState::Rejected);
    assert_eq!(world.sees(&session, true), Err(Refusal::Ticket), "over");
    let again = world.act(&flow, &Action::Resend);
    assert_eq!(state(&again.step), PushState::Waiting);
    assert!(
        world.get::<FaceTicket>(HandleKey::of(&ticket)).is_none(),
        "withdrawn"
    );
    let ticket = again.flow.face_ticket().unwrap().expose().to_owned();
    world.wait(300);
    assert_eq!(state(&world.step(&flow)), PushState::TimedOut);
    assert_eq!(world.opens(&ticket).err(), Some(Refusal::Ticket));
}

#[test]
fn a_session_that_was_opened_in_time_may_come_to_its_end() {
    let (mut world, flow, _) = asked(Requirement::default());
    let ticket = flow.face_ticket().unwrap().expose().to_owned();
    world.wait(299);
    let session = world.opens(&ticket).unwrap();
    world.wait(200);
    assert_eq!(state(&world.step(&flow)), PushState::Waiting);
    world.sees(&session, true).unwrap();
    go_on(&mut world, &flow).outcome();
}

#[test]
fn rts_4_3_b_failures_count_with_those_of_codes_and_passwords() {
    let (mut world, flow, _) = asked(Requirement::default());
    let ticket = flow.face_ticket().unwrap().expose().to_owned();
    let session = world.opens(&ticket).unwrap();
    for failures in 1..5 {
        world.sees(&session, false).unwrap();
        assert_eq!(world.failures(ALICE), failures);
    }
    let fifth = world.sees(&session, false);
    assert!(matches!(fifth, Err(Refusal::LockedOut { .. })), "{fifth:?}");
    assert!(world.is_blocked(ALICE));
    let right = world.sees(&session, true);
    assert!(matches!(right, Err(Refusal::LockedOut { .. })), "{right:?}");
    assert!(world.events().contains(&"sign_on.blocked".to_owned()));
}

#[test]
fn an_attempt_that_was_counted_before_it_was_told_may_still_succeed() {
    let (mut world, flow, _) = asked(Requirement::default());
    let ticket = flow.face_ticket().unwrap().expose().to_owned();
    let session = world.opens(&ticket).unwrap();
    for _ in 1..5 {
        world.sees(&session, false).unwrap();
    }
    assert_eq!(world.failures(ALICE), 4);
    world.counts_and_sees(&session).unwrap();
    assert!(!world.is_blocked(ALICE), "it was the fifth, and was right");
    assert_eq!(world.failures(ALICE), 4, "nothing is forgotten yet");
    go_on(&mut world, &flow).outcome();
    assert_eq!(world.failures(ALICE), 0);
}

#[test]
fn a_block_that_begins_afterwards_keeps_a_face_from_counting() {
    let (mut world, flow, _) = asked(Requirement::default());
    world.looks(&flow, true).unwrap();
    let other = world.begin(Requirement::default());
    world.store(&other);
    for _ in 0..5 {
        world.password(&other, ALICE, "wrong");
    }
    assert!(world.is_blocked(ALICE));
    assert_eq!(
        go_on(&mut world, &flow).rejected,
        Some(Rejection::NotOffered)
    );
}

#[test]
fn a_device_that_is_removed_or_a_policy_that_takes_none_ends_it() {
    let (mut world, flow, _) = asked(Requirement::default());
    let ticket = flow.face_ticket().unwrap().expose().to_owned();
    let session = world.opens(&ticket).unwrap();
    let policy = world.policy.devices.face.take();
    assert_eq!(world.sees(&session, true), Err(Refusal::UserUnknown));
    assert!(!matches!(world.step(&flow), Step::Face { .. }));
    world.policy.devices.face = policy;
    let (id, _) = world.face.clone().unwrap();
    let device = world.get::<Device>(id).unwrap();
    let late = world.judged_face(&session, true);
    world.commit_one(|changes| changes.delete(&device));
    assert!(
        world.commit(late.changes).is_err(),
        "removed at that moment"
    );
    assert_eq!(world.sees(&session, true), Err(Refusal::UserUnknown));
}

#[test]
fn what_an_enrolment_is_for_is_no_factor() {
    let (mut world, flow, _) = asked(Requirement::default());
    world.looks(&flow, true).unwrap();
    let (device, _) = world.face.clone().unwrap();
    let session = domain::SessionId::new(world.now, &world.random);
    let matter = FaceMatter::Enrolment { device, session };
    world.forge(ticket_of(&flow), |it| it.matter = matter);
    assert_eq!(
        go_on(&mut world, &flow).rejected,
        Some(Rejection::NotOffered)
    );
}

#[test]
fn who_chooses_another_way_takes_the_ticket_back() {
    let (mut world, flow, _) = asked(Requirement::default());
    assert_eq!(world.all::<FaceTicket>().len(), 1);
    let chosen = world.act(&flow, &Action::ChooseDevice);
    assert!(matches!(chosen.step, Step::SelectDevice { .. }));
    assert!(world.all::<FaceTicket>().is_empty());
    let canceled = asked_again(&mut world, Requirement::default()).0;
    world.act(&canceled, &Action::Cancel);
    assert!(world.all::<FaceTicket>().is_empty());
}
