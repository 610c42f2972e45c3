//! Flows, one story at a time.

mod approval;
mod changed_password;
mod consent;
mod device;
mod device_code;
mod enrolment;
mod face;
mod identify;
mod management;
mod new_password;
mod passkey;
mod push;
mod record;
mod recovery;
mod registration;
mod rule;
mod session;
mod sign_on;
mod sponsored;
mod trust;

use super::{AcrDemand, Flow, Requirement};
use crate::world::World;

fn started(requirement: Requirement) -> (World, Flow) {
    started_in(World::new(), requirement)
}

fn started_in(mut world: World, requirement: Requirement) -> (World, Flow) {
    let flow = world.begin(requirement);
    world.store(&flow);
    (world, flow)
}

fn acr(values: &[&str], essential: bool) -> AcrDemand {
    AcrDemand {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        essential,
    }
}
