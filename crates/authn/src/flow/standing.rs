//! Who has proven what.

use domain::{DeviceId, Session, SessionId, Timestamp};

use super::device::DevicePolicy;
use super::facts::{Facts, Person, SignedOn};
use super::record::{Flow, Subject};
use crate::evidence::{Evidence, FactorClass, FactorKind};

/// The `amr` value of two different factors (RFC 8176 §2).
const MFA: &str = "mfa";

/// From where proof comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// All of it from an existing session.
    Session(SessionId),
    /// From an existing session and this flow.
    SteppedUp(SessionId),
    /// All of it from this flow.
    Fresh,
    /// The first factor by the client's word, the rest from this flow.
    Vouched,
}

/// A person who has said who they are and proven it, and what they have proven in all.
pub(super) struct Standing<'a> {
    pub(super) person: &'a Person,
    /// When: of what an older session contributes, the session's time.
    pub(super) time: Timestamp,
    pub(super) amr: Vec<String>,
    /// With which of their devices.
    pub(super) devices: Vec<DeviceId>,
    pub(super) basis: Basis,
}

impl<'a> Standing<'a> {
    /// Who stands proven in this flow: by what was proven in it, or else by an existing session
    /// that the requirement admits.
    pub(super) fn of(flow: &Flow, facts: &'a Facts<'_>, now: Timestamp) -> Option<Self> {
        Self::fresh(flow, facts)
            .or_else(|| Self::by_session(flow, facts, now))
            .or_else(|| Self::vouched(flow, facts, now))
    }

    /// Whether two different factors are proven.
    pub(super) fn has_two_factors(&self) -> bool {
        self.amr.iter().any(|value| value == MFA)
    }

    /// Whether the client has vouched for them, and they have given a factor besides: the two that an `acr` may
    /// ask for, and all that is asked of them. What they have not given here is no `amr`.
    pub(super) fn is_vouched_and_proven(&self) -> bool {
        self.basis == Basis::Vouched && !self.amr.is_empty()
    }

    fn fresh(flow: &Flow, facts: &'a Facts<'_>) -> Option<Self> {
        let Some(Subject::Proven(user)) = &flow.subject else {
            return None;
        };
        let person = facts.who_is(*user).filter(|p| is_wanted(flow, p))?;
        let evidence = evidence_of(flow, person, facts);
        let identified = evidence.iter().any(|e| e.identifies());
        let time = evidence.iter().map(|e| e.time()).max()?;
        identified.then(|| Self {
            person,
            time,
            amr: amr(&[], &evidence),
            devices: devices(Vec::new(), &evidence),
            basis: Basis::Fresh,
        })
    }

    /// Who the client says it is, if it may. What they have proven here is all that is told of it.
    fn vouched(flow: &Flow, facts: &'a Facts<'_>, now: Timestamp) -> Option<Self> {
        let person = facts.who_is(flow.requirement.vouched?)?;
        let evidence = evidence_of(flow, person, facts);
        is_wanted(flow, person).then(|| Self {
            person,
            time: evidence.iter().map(|e| e.time()).max().unwrap_or(now),
            amr: amr(&[], &evidence),
            devices: devices(Vec::new(), &evidence),
            basis: Basis::Vouched,
        })
    }

    fn by_session(flow: &Flow, facts: &'a Facts<'_>, now: Timestamp) -> Option<Self> {
        let SignedOn { session, person } = facts.signed_on(now)?;
        let authentication = &session.authentication;
        if !is_wanted(flow, person) || !flow.requirement.admits(authentication.time, now) {
            return None;
        }
        let earlier = Earlier::of(session, person, &facts.policy.devices)?;
        let evidence = evidence_of(flow, person, facts);
        let basis = if evidence.is_empty() {
            Basis::Session(authentication.session)
        } else {
            Basis::SteppedUp(authentication.session)
        };
        Some(Self {
            person,
            time: authentication.time,
            amr: amr(&earlier.amr, &evidence),
            devices: devices(earlier.devices, &evidence),
            basis,
        })
    }
}

/// What of a session counts here.
struct Earlier {
    amr: Vec<String>,
    devices: Vec<DeviceId>,
}

impl Earlier {
    /// All of it if one of the devices may answer here that it comes from. If none may, a password is
    /// all that counts; `None` if there was none.
    fn of(session: &Session, person: &Person, policy: &DevicePolicy) -> Option<Self> {
        let amr = &session.authentication.amr;
        let may_answer = |id: &&DeviceId| {
            let mut known = person.devices.iter();
            known.any(|device| device.id == **id && policy.can_answer(device))
        };
        let devices: Vec<DeviceId> = session.devices.iter().filter(may_answer).copied().collect();
        let is_known = |value: &&String| FactorClass::of_amr(value) == Some(FactorClass::Knowledge);
        let amr: Vec<String> = if devices.is_empty() {
            amr.iter().filter(is_known).cloned().collect()
        } else {
            amr.clone()
        };
        (!amr.is_empty()).then_some(Self { amr, devices })
    }
}

/// The devices of earlier and new proof together.
fn devices(mut earlier: Vec<DeviceId>, evidence: &[&Evidence]) -> Vec<DeviceId> {
    for device in evidence.iter().filter_map(|it| it.device()) {
        if !earlier.contains(&device) {
            earlier.push(device);
        }
    }
    earlier
}

/// Whether this person will do.
pub(super) fn is_wanted(flow: &Flow, person: &Person) -> bool {
    let required = flow.requirement.only();
    required.is_none_or(|required| person.user.id == required)
}

/// What a person has proven in a flow, and is still to be believed and may count: by which policy that is
/// decided may have changed since, where it has become known which device is to be allowed.
fn evidence_of<'f>(flow: &'f Flow, person: &Person, facts: &Facts<'_>) -> Vec<&'f Evidence> {
    let password = facts.password.as_deref();
    let theirs = |evidence: &&Evidence| evidence.user() == person.user.id;
    let all = flow.evidence.iter().filter(theirs);
    let allowed = &facts.policy.devices.allowed;
    let counts = |kind| kind == FactorKind::Password || allowed.contains(&kind);
    // A device that was removed since proves nothing any more; one that is set up right now is not yet
    // among those that were loaded.
    let is_active = |id| {
        person
            .devices
            .iter()
            .any(|it| it.id == id && it.is_active())
    };
    let is_there = |id| is_active(id) || flow.sets_up(id);
    all.filter(|evidence| evidence.holds(password) && counts(evidence.kind()))
        .filter(|evidence| evidence.device().is_none_or(is_there))
        .collect()
}

/// The `amr` values of earlier and new proof together.
pub(crate) fn amr(earlier: &[String], evidence: &[&Evidence]) -> Vec<String> {
    let new = evidence.iter().flat_map(|evidence| evidence.amr());
    let mut values: Vec<String> = Vec::new();
    for value in earlier.iter().map(String::as_str).chain(new.copied()) {
        if value != MFA && !values.iter().any(|known| known == value) {
            values.push(value.to_owned());
        }
    }
    // RFC 8176 §2: "mfa: Multiple-factor authentication [...] When this is present, specific
    // authentication methods used may also be included."
    let is_two = earlier.iter().any(|value| value == MFA)
        || evidence.iter().any(|evidence| evidence.is_two_factors())
        || FactorClass::are_two(values.iter().map(String::as_str));
    if is_two {
        values.push(MFA.to_owned());
    }
    values
}
