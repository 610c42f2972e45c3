//! Setting up a device on the way, for those whose first factor a door vouches for.
//!
//! Who has a device never comes to this in order to sign on: then another's word alone would put a new
//! device beside it. Only a request for nothing else sets up one more.

use domain::port::Changes;
use domain::{DeviceId, DeviceStatus, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::device::messages_key;
use super::facts::{Facts, Person};
use super::record::Flow;
use super::standing::{Basis, Standing};
use super::step::{Cause, Step};
use crate::account::device::{Proof, Proven};
use crate::account::device::{Wallet, Wanted, begin, is_stale, prove, resend};
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

/// What is set up on the way without a key that is handed out.
const FIRST: [FactorKind; 5] = [
    FactorKind::WebAuthn,
    FactorKind::Totp,
    FactorKind::Sms,
    FactorKind::Voice,
    FactorKind::Email,
];

/// The kinds that people may set up on the way.
pub fn first_kinds(facts: &Facts<'_>) -> impl Iterator<Item = FactorKind> {
    let policy = &facts.policy.devices;
    FIRST.into_iter().filter(|kind| policy.offers(*kind))
}

/// What is to be set up by who stands in this flow, if something is.
pub(super) fn step(
    flow: &Flow,
    facts: &Facts<'_>,
    standing: &Standing<'_>,
    now: Timestamp,
) -> Option<Step> {
    let demand = flow.requirement.enrolment.as_ref()?;
    let person = standing.person;
    let has_proven = standing.basis != Basis::Vouched || !standing.amr.is_empty();
    if has_proven || !person.user.mfa_enabled {
        return None;
    }
    let begun = begun(flow, person, now);
    let only = match demand {
        EnrolmentDemand::First => {
            let has_one = person.devices.iter().any(|device| device.is_active());
            if has_one || first_kinds(facts).next().is_none() {
                return None;
            }
            None
        }
        EnrolmentDemand::Key { roaming, .. } => {
            if !facts.policy.devices.offers(FactorKind::WebAuthn) {
                return Some(Step::Failed(Cause::NoSecondFactor));
            }
            let live = person.devices.iter().filter(|it| !is_stale(it, now));
            if begun.is_none() && live.count() >= facts.policy.devices.most {
                return Some(Step::Failed(Cause::TooManyDevices));
            }
            Some(Wanted::WebAuthn { roaming: *roaming })
        }
    };
    Some(Step::Enrol {
        user: person.user.id,
        username: person.user.username.clone(),
        only,
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
            policy: &self.facts.policy.devices,
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

    /// The same with another code on its way.
    pub(super) fn resend(&self, flow: &Flow) -> Result<Changes, account::Refusal> {
        let id = flow.sponsored.ok_or(account::Refusal::DeviceGone)?;
        let decision = resend(self.owner(), &self.wallet(), id);
        decision.answer.map(|_| decision.changes)
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

/// The flow with what is to be set up begun, where nothing is to be chosen; the changes do not hold it.
pub(super) fn begin_only(
    flow: &Flow,
    facts: &Facts<'_>,
    auditor: Auditor<'_>,
    step: &Step,
) -> Option<(Flow, Changes)> {
    let Step::Enrol {
        user,
        only: Some(wanted),
        device: None,
        ..
    } = step
    else {
        return None;
    };
    let name = match &flow.requirement.enrolment {
        Some(EnrolmentDemand::Key { name, .. }) => name.as_str(),
        Some(EnrolmentDemand::First) | None => "",
    };
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

/// Under which key the codes are counted that are sent to somebody who sets up a device.
pub(super) fn counts(flow: &Flow, user: UserId) -> Option<domain::AttemptsKey> {
    let demand = flow.requirement.enrolment.as_ref();
    demand.map(|_| messages_key(user))
}
