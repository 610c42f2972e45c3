//! Seeing to one's devices on the way to a sign-on, by whoever has just proven one of them.
//!
//! It takes what the account's pages take to remove a device: two factors that were proven a moment ago.
//! The device that was proven stays, since the sign-on rests on it.

use domain::{DeviceId, Timestamp};

use super::enrolment::wallet;
use super::facts::{Facts, Person};
use super::record::{Door, Flow, Subject};
use super::standing::{Basis, Standing};
use super::step::{DeviceChoice, Step};
use crate::account::FRESH;

impl Flow {
    /// Whether its person may ask to see to their devices: they are signing on, and have proven their first
    /// factor here.
    pub fn may_manage(&self) -> bool {
        self.origin().door == Door::Authorize
            && self.requirement.transaction.is_none()
            && self.requirement.device.is_none()
            && matches!(self.subject, Some(Subject::Proven(_)))
            && !self.manages
    }

    /// Whether its person has asked to see to their devices, and has yet to be let go on.
    pub const fn manages(&self) -> bool {
        self.manages
    }
}

/// Where they see to their devices, if they want to and have just proven two factors here.
pub(super) fn step(
    flow: &Flow,
    facts: &Facts<'_>,
    standing: &Standing<'_>,
    now: Timestamp,
) -> Option<Step> {
    let is_open = flow.manages
        && standing.basis == Basis::Fresh
        && standing.has_two_factors()
        && now.since(standing.time) < FRESH;
    is_open.then(|| Step::ManageDevices {
        username: standing.person.user.username.clone(),
        devices: devices(flow, facts, standing.person),
        kept: standing.devices.clone(),
    })
}

/// What they have, the one that is asked first before the others.
fn devices(flow: &Flow, facts: &Facts<'_>, person: &Person) -> Vec<DeviceChoice> {
    let wallet = wallet(flow, facts, person);
    let mut devices: Vec<_> = wallet.devices.iter().filter(|it| it.is_active()).collect();
    devices.sort_by_key(|device| wallet.policy.place(device));
    devices.into_iter().map(|it| DeviceChoice::of(it)).collect()
}

/// The step with another order of the devices, or fewer of them.
pub(super) fn with_devices(step: Step, change: impl FnOnce(&mut Vec<DeviceChoice>)) -> Step {
    match step {
        Step::ManageDevices {
            username,
            mut devices,
            kept,
        } => {
            change(&mut devices);
            Step::ManageDevices {
                username,
                devices,
                kept,
            }
        }
        step => step,
    }
}

/// Puts a device before the others.
pub(super) fn put_first(devices: &mut [DeviceChoice], first: DeviceId) {
    devices.sort_by_key(|device| device.id != first);
}
