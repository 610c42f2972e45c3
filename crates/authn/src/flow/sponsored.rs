//! Setting up a key for those whose first factor a door vouches for, by a request for nothing else.
//!
//! Who has a device never comes to this in order to sign on: then another's word alone would put a new
//! device beside it. Whoever has none sets up their first as everybody does ([`super::enrolment`]).

use std::borrow::Cow;

use domain::port::Changes;
use domain::{DeviceId, DeviceStatus, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::device::messages_key;
use super::facts::{Facts, Person};
use super::record::Flow;
use super::standing::{Basis, Standing};
use super::step::{Cause, Step};
use crate::account::device::{Proof, Proven};
use crate::account::device::{Wallet, Wanted, begin, is_stale, prove};
use crate::account::{self, Owner};
use crate::audit::Auditor;
use crate::evidence::FactorKind;

/// What is to be set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrolmentDemand {
    /// A device of any kind, by who has none.
    First,
    /// A passkey or a security key, by everybody.
    Key {
        /// Whether it is to roam, as security keys do.
        roaming: bool,
        /// What it is to be called; may be empty.
        name: String,
        /// What its person is called where keys are chosen, if not as they are here.
        display_name: Option<String>,
    },
}

/// What is to be set up by who stands in this flow, if something is.
pub(super) fn step(
    flow: &Flow,
    facts: &Facts<'_>,
    standing: &Standing<'_>,
    now: Timestamp,
) -> Option<Step> {
    let Some(EnrolmentDemand::Key { .. }) = flow.requirement.enrolment else {
        return None;
    };
    let person = standing.person;
    let has_proven = standing.basis != Basis::Vouched || !standing.amr.is_empty();
    if has_proven || !person.user.mfa_enabled {
        return None;
    }
    if !facts.policy.devices.offers(FactorKind::WebAuthn) {
        return Some(Step::Failed(Cause::NoSecondFactor));
    }
    let begun = begun(flow, person, now);
    let live = person.devices.iter().filter(|it| !is_stale(it, now));
    if begun.is_none() && live.count() >= facts.policy.devices.most {
        return Some(Step::Failed(Cause::TooManyDevices));
    }
    Some(Step::Enrol {
        user: person.user.id,
        username: person.user.username.clone(),
        device: begun,
    })
}

/// The device that is being set up. One that is not among the person's was begun by this very request,
/// after they were loaded.
fn begun(flow: &Flow, person: &Person, now: Timestamp) -> Option<DeviceId> {
    let id = flow.sponsored?;
    let found = person.devices.iter().find(|device| device.id == id);
    let is_pending = found.is_none_or(|found| {
        found.status == DeviceStatus::ActivationRequired && !is_stale(found, now)
    });
    is_pending.then_some(id)
}

/// Setting up a device in one request.
pub(super) struct Enrolling<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) person: &'a Person,
    pub(super) auditor: Auditor<'a>,
}

impl Enrolling<'_> {
    const fn owner(&self) -> Owner<'_> {
        Owner {
            user: &self.person.user,
            now: self.auditor.now,
            random: self.auditor.random,
            administrator: None,
            session: None,
        }
    }

    fn wallet(&self) -> Wallet<'_> {
        let key = messages_key(self.person.user.id);
        let counted = self
            .facts
            .messages
            .iter()
            .find(|counted| counted.key == key);
        Wallet {
            devices: self.person.devices.clone(),
            messages: counted.cloned(),
            policy: Cow::Borrowed(&self.facts.policy.devices),
            second_factor: super::SecondFactor::default(),
            wording: self.facts.wording.clone(),
        }
    }

    /// The flow in which this is being set up, and the changes without it.
    pub(super) fn begin(
        &self,
        flow: &Flow,
        (wanted, name): (&Wanted, &str),
    ) -> Result<(Flow, Changes), account::Refusal> {
        let decision = begin(self.owner(), &self.wallet(), wanted, name);
        let device = decision.answer?;
        Ok((enrolling(flow, device.id), decision.changes))
    }

    /// Whether the device works.
    pub(super) fn prove(&self, device: DeviceId, proof: Proof<'_>) -> account::Decision<Proven> {
        prove(self.owner(), &self.wallet(), device, proof)
    }
}

fn enrolling(flow: &Flow, device: DeviceId) -> Flow {
    Flow {
        sponsored: Some(device),
        ..flow.clone()
    }
}

/// The flow with the key begun that is to be set up in it; the changes do not hold it.
pub(super) fn begin_only(
    flow: &Flow,
    facts: &Facts<'_>,
    auditor: Auditor<'_>,
    step: &Step,
) -> Option<(Flow, Changes)> {
    let Step::Enrol {
        user, device: None, ..
    } = step
    else {
        return None;
    };
    let Some(EnrolmentDemand::Key { roaming, name, .. }) = &flow.requirement.enrolment else {
        return None;
    };
    let wanted = &Wanted::WebAuthn { roaming: *roaming };
    let person = facts.who_is(*user)?;
    let enrolling = Enrolling {
        facts,
        person,
        auditor,
    };
    // A name that will do for nothing here is none.
    let named = enrolling.begin(flow, (wanted, name));
    named.or_else(|_| enrolling.begin(flow, (wanted, ""))).ok()
}

/// Under which key it is counted that somebody sets up a device, as codes are.
pub(super) fn counts(flow: &Flow, user: UserId) -> Option<domain::AttemptsKey> {
    let demand = flow.requirement.enrolment.as_ref();
    demand.map(|_| messages_key(user))
}
