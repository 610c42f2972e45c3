use serde_json::{Value, json};

use super::*;
use crate::flow::Requirement;
use crate::world::{ALICE, CAROL, RIGHT, World, payment};

/// Alice's authenticator is asked about a payment.
fn asked() -> (World, PushRequest) {
    let mut world = World::new();
    world.equip_with_authenticator(ALICE);
    let flow = world.begin(Requirement {
        transaction: Some(payment("99.95", "Demo Shop GmbH")),
        ..Requirement::default()
    });
    world.store(&flow);
    let _ = world.password(&flow, ALICE, RIGHT);
    let request = world.open_request().unwrap().record;
    (world, request)
}

fn with(name: &str, value: Value) -> Result<Answered, NotAnswered> {
    let (world, request) = asked();
    let mut claims = world.claims(&request, "approve");
    claims[name] = value;
    world.judged(&request, &world.signed_by_app(&claims)).answer
}

#[test]
fn an_answer_is_about_what_was_asked_here_and_now() {
    let (world, request) = asked();
    let good = world.signed_by_app(&world.claims(&request, "approve"));
    assert_eq!(world.judged(&request, &good).answer, Ok(Answered::Approved));
    let now = world.now.seconds();
    let other = payment("99.96", "Demo Shop GmbH").finish(None, "en".to_owned(), Vec::new());
    for (name, value) in [
        ("aud", json!("https://other.example")),
        (
            "aud",
            json!([crate::approval::scene::ISSUER, "https://other.example"]),
        ),
        ("aud", Value::Null),
        ("iat", json!(now - 301)),
        ("iat", json!(now + 301)),
        ("iat", Value::Null),
        ("request", json!("00000000000000000000000000")),
        ("request", Value::Null),
        ("digest", json!(other.digest().to_string())),
        ("digest", Value::Null),
        ("decision", json!("maybe")),
        ("decision", json!("Approve")),
        ("decision", Value::Null),
    ] {
        assert_eq!(
            with(name, value.clone()),
            Err(NotAnswered::Signature),
            "{name} {value}"
        );
    }
    for number in [json!("00"), json!(""), json!(12), Value::Null] {
        let refused = with("number", number.clone());
        assert_eq!(
            refused,
            Err(NotAnswered::WrongNumber { left: 2 }),
            "{number}"
        );
    }
}

#[test]
fn only_the_key_of_the_device_answers() {
    let (mut world, request) = asked();
    let claims = world.claims(&request, "approve");
    let good = world.signed_by_app(&claims);
    world.equip_with_authenticator(CAROL);
    let others = world.signed_by_app(&claims);
    assert_eq!(
        world.judged(&request, &others).answer,
        Err(NotAnswered::Signature)
    );
    let (header, rest) = good.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    let flipped = format!(
        "{header}.{payload}.{}",
        signature.chars().rev().collect::<String>()
    );
    for jws in [
        "",
        "a.b.c",
        &format!("{header}.{payload}."),
        &flipped,
        &"x".repeat(MAX_JWS + 1),
    ] {
        assert_eq!(
            world.judged(&request, jws).answer,
            Err(NotAnswered::Signature),
            "{jws}"
        );
    }
}

#[test]
fn what_is_answered_once_is_answered() {
    let (mut world, request) = asked();
    let good = world.signed_by_app(&world.claims(&request, "approve"));
    let denial = world.signed_by_app(&world.claims(&request, "deny"));
    // Two answers at the same moment are one.
    let (first, second) = (
        world.judged(&request, &good),
        world.judged(&request, &denial),
    );
    assert!(first.answer.is_ok() && second.answer.is_ok());
    world.commit(first.changes).unwrap();
    assert!(world.commit(second.changes).is_err());
    for jws in [&good, &denial] {
        assert_eq!(world.answer(&request, jws), Err(NotAnswered::Over));
    }
}

#[test]
fn a_device_that_is_removed_or_whose_person_is_disabled_answers_nothing() {
    let (mut world, request) = asked();
    let jws = world.signed_by_app(&world.claims(&request, "approve"));
    let judged = world.judged(&request, &jws);
    assert!(judged.answer.is_ok());
    let device = world.get::<Device>(request.device).unwrap();
    world.commit_one(|changes| changes.delete(&device));
    assert!(
        world.commit(judged.changes).is_err(),
        "removed at that moment"
    );
    assert_eq!(world.answer(&request, &jws), Err(NotAnswered::Over));
    let (mut world, request) = asked();
    let jws = world.signed_by_app(&world.claims(&request, "approve"));
    let user = world.get::<User>(request.user).unwrap();
    let disabled = User {
        enabled: false,
        ..user.record.clone()
    };
    world.commit_one(|changes| changes.replace(&user, &disabled));
    assert_eq!(world.answer(&request, &jws), Err(NotAnswered::Over));
}

#[test]
fn without_number_matching_no_number_is_typed() {
    let mut world = World::new();
    world.policy.devices.push.number_matching = false;
    world.equip_with_authenticator(ALICE);
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    let _ = world.password(&flow, ALICE, RIGHT);
    assert!(!world.open_request().unwrap().wants_number());
    assert_eq!(world.decides("approve"), Ok(Answered::Approved));
}

#[test]
fn rts_4_4_who_is_blocked_by_wrong_answers_is_alerted_where_people_recover() {
    for recovery in [true, false] {
        let (mut world, _) = asked();
        world.policy.identity.recovery = recovery;
        let before = world.messages().len();
        for _ in 0..5 {
            if world.open_request().is_none() {
                let flow = world.begin(Requirement::default());
                world.store(&flow);
                let _ = world.password(&flow, ALICE, RIGHT);
            }
            let request = world.open_request().unwrap().record;
            let mut claims = world.claims(&request, "approve");
            claims["number"] = json!("00");
            let jws = world.signed_by_app(&claims);
            let _ = world.answer(&request, &jws);
        }
        assert!(world.is_blocked(ALICE));
        let told = world.messages();
        let mut mails = told.iter().skip(before);
        let is_mail =
            |it: &domain::Message| matches!(it.content, domain::MessageContent::Email { .. });
        assert_eq!(mails.any(is_mail), recovery);
    }
}
