//! A device whose code somebody enters.

use crate::flow::{Action, DeviceDemand, Flow, Requirement, SecondFactor, Step};
use crate::world::{ALICE, BOB, RIGHT, Waiting, World};

/// A device that waits, and a flow in which its code is entered first.
fn waiting() -> (World, Flow, String) {
    let mut world = World::new();
    let device = world.waits(None, SecondFactor::Never);
    let flow = world.begin(Requirement {
        device_code: Some(DeviceDemand {
            first: true,
            ..DeviceDemand::default()
        }),
        ..Requirement::default()
    });
    world.store(&flow);
    (world, flow, device.user_code)
}

#[test]
fn rfc8628_3_3_who_has_entered_the_code_allows_the_device() {
    let (mut world, flow, code) = waiting();
    let acted = world.enter(&flow, "no code");
    assert_eq!(acted.step, Step::UserCode { failed: true });
    world.enter(&flow, &code);
    let outcome = world.password(&flow, ALICE, RIGHT).outcome();
    let decided = world.all::<Waiting>().remove(0).record.decided;
    assert_eq!(decided, Some((flow.id(), Some(outcome.user()))));
}

#[test]
fn rfc8628_5_4_whoever_comes_after_is_asked_whether_the_device_is_theirs() {
    let (mut world, flow, code) = waiting();
    world.enter(&flow, &code);
    let acted = world.act(&flow, &Action::Restart);
    let shown = Step::ConfirmUserCode {
        user_code: code.clone(),
    };
    assert_eq!(acted.step, shown);
    let acted = world.password(&flow, BOB, RIGHT);
    assert!(acted.rejected.is_some());
    world.act(&flow, &Action::ConfirmUserCode { user_code: &code });
    world.password(&flow, BOB, RIGHT).outcome();
}
