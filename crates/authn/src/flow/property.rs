//! What holds of flows whatever people do, in whatever order.

mod answer;
mod browser;
mod claim;
mod deed;
mod device_code;
mod enrolment;
mod face;
mod password;
mod replay;
mod story;

use domain::HandleKey;
use proptest::prelude::*;

use crate::flow::{BoundFlow, Flow, Requirement, Step, next};
use crate::world::{ALICE, BOB, CAROL, DORA, ERIN, NOBODY, RIGHT, WRONG, World};

use self::deed::{moves, requirements};
use self::story::Story;

const NAMES: [&str; 6] = [ALICE, BOB, CAROL, ERIN, DORA, NOBODY];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn no_outcome_without_the_required_evidence_and_no_attempts_forgotten(moves in moves()) {
        let mut story = Story::new();
        for made in &moves {
            story.make(made)?;
        }
    }

    #[test]
    fn rts_4_3_a_known_and_unknown_people_are_refused_alike(
        attempts in prop::collection::vec((1..400_u64, any::<bool>()), 1..20)
    ) {
        // Dora's right password is as wrong as any: she is disabled.
        let mut stories = [ALICE, DORA, NOBODY].map(|name| {
            let mut world = World::new();
            let flow = world.begin(Requirement::default());
            world.store(&flow);
            (name, world, flow)
        });
        for (pause, right) in attempts {
            let mut seen = Vec::new();
            for (name, world, flow) in &mut stories {
                world.wait(pause);
                if world.open(flow).is_none() {
                    *flow = world.begin(Requirement::default());
                    world.store(flow);
                }
                let presented = if right && *name == DORA { RIGHT } else { WRONG };
                let acted = world.password(flow, name, presented);
                let again = matches!(acted.step, Step::SignOn { .. });
                seen.push((acted.rejected, again, world.is_blocked(name), world.failures(name)));
            }
            prop_assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
        }
    }

    #[test]
    fn a_flow_opens_for_its_own_browser_only(cookie in "[ -~]{0,60}") {
        let mut world = World::new();
        let flow = world.begin(Requirement::default());
        world.store(&flow);
        let loaded = world.get::<Flow>(flow.id()).unwrap();
        let presented = HandleKey::of(&cookie);
        prop_assert_eq!(BoundFlow::open(loaded, &presented).is_some(), presented == World::browser());
    }

    #[test]
    fn nobody_is_asked_anything_when_nobody_may_be(requirement in requirements(), bob in any::<bool>()) {
        let mut world = World::new();
        if bob {
            world.sign_on_as(BOB);
        }
        let flow = world.begin(Requirement { passive: true, ..requirement });
        prop_assert!(next(&flow, &world.facts(&flow, None), world.now).is_final());
    }
}
