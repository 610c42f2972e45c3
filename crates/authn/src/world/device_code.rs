//! Devices that wait for their person, as the door keeps them (RFC 8628).

use std::borrow::Cow;

use domain::port::{Changes, Kind, Record, Versioned};
use domain::{ClientId, FlowId, HandleKey, Scope, UserId};
use serde::{Deserialize, Serialize};

use super::{Acted, World};
use crate::flow::{Action, ConsentDemand, Facts, Flow, SecondFactor, Step, WaitingDevice};

/// A device that waits, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) device: WaitingDevice,
    /// In which flow it was decided, and who has allowed it, if somebody has.
    pub(crate) decided: Option<(FlowId, Option<UserId>)>,
}

impl Record for Waiting {
    const KIND: Kind = Kind::DeviceAuthorization;

    fn key(&self) -> Vec<u8> {
        self.device.authorization.as_ref().to_vec()
    }
}

impl World {
    /// A device begins to wait.
    pub(crate) fn waits(
        &mut self,
        consent: Option<ConsentDemand>,
        second_factor: SecondFactor,
    ) -> WaitingDevice {
        // Whatever was seen earlier, no two devices show the same code.
        self.look_up();
        let number = self.all::<Waiting>().len();
        let device = WaitingDevice {
            authorization: HandleKey::of(&format!("device code {number}")),
            user_code: format!("BCDF-{number:04}"),
            client: ClientId::new("shop"),
            scope: Scope::from_iter(["openid", "email"]),
            consent,
            second_factor,
            sign_on_policy: None,
        };
        let waiting = Waiting {
            device: device.clone(),
            decided: None,
        };
        self.commit_one(|changes| changes.insert(&waiting));
        device
    }

    /// Somebody types the code of a device, or of none that waits.
    pub(crate) fn enter(&mut self, flow: &Flow, typed: &str) -> Acted {
        let is_late = self.is_late();
        let Some(stored) = self.open(flow) else {
            return Acted::gone(flow);
        };
        let all = self.all::<Waiting>().into_iter();
        let mut pending = all.filter(|it| it.decided.is_none() && it.device.user_code == typed);
        let device = pending.next().map(|it| it.record.device);
        let named = device.as_ref().map(|device| {
            let facts = self.facts(&stored.with_device(device), None);
            (device, of_its_own(facts))
        });
        let named = named.as_ref().map(|(device, facts)| (*device, facts));
        match self.attempt(flow, &Action::EnterUserCode(named)) {
            Ok(acted) => acted,
            Err(_) if is_late => self.enter(flow, typed),
            Err(conflict) => panic!("{conflict:?}"),
        }
    }

    /// What becomes of the device of a flow that is over, if nobody has decided that before.
    pub(super) fn decide_device(&self, flow: &Flow, step: &Step) -> Changes {
        let mut changes = Changes::none();
        let found: Option<Versioned<Waiting>> = flow
            .device()
            .and_then(|device| self.get(device.authorization));
        let user = match step {
            Step::Done(outcome) => Some(outcome.user()),
            Step::Failed(crate::flow::Cause::Expired) => return changes,
            _ => None,
        };
        if let Some(pending) = found.filter(|it| it.decided.is_none() && step.is_final()) {
            let decided = Some((flow.id(), user));
            let device = pending.device.clone();
            changes.replace(&pending, &Waiting { device, decided });
        }
        changes
    }
}

/// The same facts with a policy of their own.
fn of_its_own(facts: Facts<'_>) -> Facts<'static> {
    Facts {
        policy: Cow::Owned(facts.policy.into_owned()),
        session: facts.session,
        person: facts.person,
        password: facts.password,
        namesakes: facts.namesakes,
        circumstances: facts.circumstances,
        trusted: facts.trusted,
        attempts: facts.attempts,
        messages: facts.messages,
        push: facts.push,
        face: facts.face,
        wording: facts.wording,
    }
}
