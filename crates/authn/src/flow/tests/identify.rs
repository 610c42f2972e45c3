//! The name first, and the password on a page of its own.

use domain::UserId;

use crate::flow::{Action, Flow, Offers, Rejection, Requirement, Step};
use crate::world::{ALICE, ERIN, NOBODY, RIGHT, WRONG, World};

fn begun(requirement: Requirement) -> (World, Flow) {
    let mut world = World::with_passkeys();
    world.policy.identity.identifier_first = true;
    let flow = world.begin(requirement);
    world.store(&flow);
    (world, flow)
}

fn named(world: &mut World, flow: &Flow, username: &str) -> Step {
    world.act(flow, &Action::Identify { username }).step
}

#[test]
fn the_name_leads_to_the_password_whether_anybody_has_it_or_not() {
    for name in [ALICE, NOBODY] {
        let (mut world, flow) = begun(Requirement::default());
        assert!(matches!(
            world.step(&flow),
            Step::Identify {
                passkey: Some(_),
                ..
            }
        ));
        let step = named(&mut world, &flow, name);
        let Step::SignOn {
            username,
            locked: false,
            changeable: true,
            offers,
            ..
        } = step
        else {
            panic!("{step:?}")
        };
        assert_eq!(username.as_deref(), Some(name));
        assert_eq!(offers, Offers::default());
        let acted = world.password(&flow, name, WRONG);
        assert_eq!(acted.rejected, Some(Rejection::NotRecognised));
        assert!(matches!(
            acted.step,
            Step::SignOn {
                changeable: true,
                ..
            }
        ));
    }
}

#[test]
fn the_password_signs_on_and_comes_not_before_the_name() {
    let (mut world, flow) = begun(Requirement::default());
    let acted = world.password(&flow, ALICE, RIGHT);
    assert_eq!(acted.rejected, Some(Rejection::NotOffered));
    named(&mut world, &flow, ALICE);
    world.password(&flow, ALICE, RIGHT).outcome();
}

#[test]
fn the_name_may_be_taken_back_and_must_not_be_empty() {
    let (mut world, flow) = begun(Requirement::default());
    let acted = world.act(&flow, &Action::Identify { username: "  " });
    assert_eq!(acted.rejected, Some(Rejection::Incomplete));
    named(&mut world, &flow, ALICE);
    let acted = world.act(&flow, &Action::ClearName);
    let Step::Identify { username, .. } = acted.step else {
        panic!("{:?}", acted.step)
    };
    assert_eq!(username, None);
}

#[test]
fn a_passkey_signs_on_at_either_page() {
    let (mut world, flow) = begun(Requirement::default());
    world.touch(&flow).outcome();
    let (mut world, flow) = begun(Requirement::default());
    named(&mut world, &flow, ERIN);
    world.touch(&flow).outcome();
}

#[test]
fn who_is_signed_on_and_wanted_is_not_asked_for_their_name() {
    let (mut world, flow) = begun(Requirement::default());
    named(&mut world, &flow, ALICE);
    world.password(&flow, ALICE, RIGHT).outcome();
    let alice = world.user(ALICE).unwrap().id;
    let again = |subject: UserId| Requirement {
        subject: Some(subject),
        reauthenticate: true,
        ..Requirement::default()
    };
    let flow = world.begin(again(alice));
    assert!(matches!(
        world.step(&flow),
        Step::SignOn { locked: true, .. }
    ));
    let flow = world.begin(again(world.user(ERIN).unwrap().id));
    assert!(matches!(world.step(&flow), Step::Identify { .. }));
}
