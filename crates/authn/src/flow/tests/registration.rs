//! People who register themselves.

use domain::{MessageContent, User};

use crate::factor::password::{NewPassword, Proposed, Salt};
use crate::flow::{Action, Flow, Newcomer, Rejection, Requirement, Step};
use crate::world::{ALICE, Acted, World};

const PASSWORD: &str = "a fresh password";

fn begun() -> (World, Flow) {
    let mut world = World::new();
    world.policy.identity.registration = true;
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    let acted = world.act(&flow, &Action::Register);
    assert_eq!(acted.step, Step::Register);
    (world, flow)
}

fn newcomer(username: &str, email: &str) -> Newcomer {
    Newcomer {
        username: username.to_owned(),
        email: email.to_owned(),
        given_name: Some("Frida".to_owned()),
        family_name: None,
    }
}

fn register(world: &mut World, flow: &Flow, newcomer: &Newcomer) -> Acted {
    let accepted = NewPassword::accept(PASSWORD, &newcomer.username, None)
        .ok()
        .unwrap();
    let proposed = &Proposed::Acceptable {
        hash: accepted.hash(&world.hasher, &Salt::default()),
        compared: world.hasher.verify(None, PASSWORD),
    };
    world.act(flow, &Action::RegisterUser { newcomer, proposed })
}

#[test]
fn a_newcomer_proves_their_address_and_is_signed_on() {
    let (mut world, flow) = begun();
    let acted = register(&mut world, &flow, &newcomer("frida", "frida@example.com"));
    assert!(
        matches!(acted.step, Step::VerifyEmail { .. }),
        "{:?}",
        acted.rejected
    );
    assert!(
        world.user("frida").is_none(),
        "not before the address is proven"
    );
    let code = world.mailed_code().unwrap();
    let acted = world.mailed(&flow, &code);
    let welcome = Step::Registered {
        username: "frida".to_owned(),
    };
    assert_eq!(acted.step, welcome);
    let outcome = world.act(&flow, &Action::Continue).outcome();
    let frida = world.user("frida").unwrap();
    assert_eq!(
        (outcome.user(), outcome.amr()),
        (frida.id, &["pwd".to_owned()][..])
    );
    assert_eq!(frida.profile.email_verified, Some(true));
    assert!(world.events().contains(&"user.registered".to_owned()));
    world.cookie = None;
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    world.password(&flow, "Frida", PASSWORD).outcome();
}

#[test]
fn an_address_that_is_known_is_told_to_its_owner_alone() {
    let seen = ["frida@example.com", "alice@example.com"].map(|email| {
        let (mut world, flow) = begun();
        let asked = register(&mut world, &flow, &newcomer("frida", email));
        let wrong = world.mailed(&flow, "AAAAAAAA");
        let early = world.act(&flow, &Action::Resend);
        world.wait(30);
        let again = world.act(&flow, &Action::Resend);
        let told = [asked, wrong, early, again].map(|it| {
            (
                format!("{:?}", it.step).replace(email, "there"),
                it.rejected,
            )
        });
        (told, world)
    });
    assert_eq!(seen[0].0, seen[1].0);
    let messages = seen[1].1.messages();
    let [message] = messages.as_slice() else {
        panic!("{} messages", messages.len())
    };
    let MessageContent::Email { to, body, .. } = &message.content else {
        panic!("no mail")
    };
    assert_eq!(to, "alice@example.com");
    assert!(body.expose().contains(ALICE) && seen[1].1.mailed_code().is_none());
}

#[test]
fn a_name_that_is_taken_is_told_only_after_the_address_is_proven() {
    let (mut world, flow) = begun();
    let acted = register(&mut world, &flow, &newcomer("Alice", "frida@example.com"));
    assert!(matches!(acted.step, Step::VerifyEmail { .. }));
    let code = world.mailed_code().unwrap();
    let acted = world.mailed(&flow, &code);
    assert_eq!(
        (acted.step, acted.rejected),
        (Step::Register, Some(Rejection::NameTaken))
    );
    assert_eq!(world.all::<User>().len(), 5);
}

#[test]
fn nobody_is_mailed_what_a_stranger_wants_to_be_called() {
    let (mut world, flow) = begun();
    let named = Newcomer {
        family_name: Some("You-have-won".to_owned()),
        ..newcomer("Prize.example", "bob@elsewhere.example")
    };
    let acted = register(&mut world, &flow, &named);
    assert!(matches!(acted.step, Step::VerifyEmail { .. }));
    let messages = world.messages();
    let [message] = messages.as_slice() else {
        panic!("{} messages", messages.len())
    };
    let MessageContent::Email { subject, body, .. } = &message.content else {
        panic!("no mail")
    };
    let told = format!("{} {}", subject.expose(), body.expose());
    for chosen in ["Prize", "Frida", "You-have-won"] {
        assert!(!told.contains(chosen), "{told}");
    }
}

#[test]
fn two_who_want_one_name_at_the_same_moment_are_not_both_it() {
    let (mut world, flow) = begun();
    let other = world.begin(Requirement::default());
    world.store(&other);
    world.act(&other, &Action::Register);
    register(&mut world, &flow, &newcomer("frida", "one@example.com"));
    let one = world.mailed_code().unwrap();
    register(&mut world, &other, &newcomer("frida", "two@example.com"));
    let two = world.mailed_code().unwrap();
    assert!(world.mailed(&flow, &one).rejected.is_none());
    assert_eq!(
        world.mailed(&other, &two).rejected,
        Some(Rejection::NameTaken)
    );
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_offered_where_policy_offers_nothing() {
    let (mut world, flow) = begun();
    for (name, email, rejection) in [
        ("", "frida@example.com", Rejection::Incomplete),
        ("frida", "", Rejection::Incomplete),
        ("fri\u{7}da", "frida@example.com", Rejection::NameRefused),
        ("call me", "frida@example.com", Rejection::NameRefused),
        (
            "https://evil.example",
            "frida@example.com",
            Rejection::NameRefused,
        ),
        ("frida", "frida", Rejection::AddressRefused),
        (
            "frida",
            "a@b.example, c@d.example",
            Rejection::AddressRefused,
        ),
        (
            "frida",
            "a@b.example\r\nBcc: c@d.example",
            Rejection::AddressRefused,
        ),
    ] {
        let acted = register(&mut world, &flow, &newcomer(name, email));
        assert_eq!(acted.rejected, Some(rejection), "{name} {email}");
    }
    let mut world = World::new();
    let flow = world.begin(Requirement::default());
    world.store(&flow);
    let acted = world.act(&flow, &Action::Register);
    assert_eq!(acted.rejected, Some(Rejection::NotOffered));
}
