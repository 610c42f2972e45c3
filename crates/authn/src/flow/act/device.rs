//! Asking a device, and taking its answer.

use domain::port::{Changes, Random, Versioned};
use domain::{Device, DeviceId, Message, Secret};

use super::{Decision, Moment, Rejection, shown};
use crate::approval::Binding;
use crate::approval::code::CodeMatched;
use crate::audit::Auditor;
use crate::evidence::{Evidence, FactorKind};
use crate::factor::code::SentCode;
use crate::factor::face::{FaceMatter, FaceTicket};
use crate::factor::push::PushRequest;
use crate::factor::webauthn::Challenge;
use crate::factor::{recovery, totp};
use crate::flow::approval::bind;
use crate::flow::device::{Asked, Prompt, messages_key, to_be_asked};
use crate::flow::face::FaceAsked;
use crate::flow::facts::{Facts, Person};
use crate::flow::message;
use crate::flow::next::next;
use crate::flow::push::{self, PushAsked};
use crate::flow::record::Flow;
use crate::flow::standing::Standing;
use crate::flow::step::{DeviceChoice, Step};

/// A device that is asked: the flow afterwards, and the message that goes to it.
pub(super) struct Prompted {
    pub(super) flow: Flow,
    pub(super) changes: Changes,
}

impl Moment<'_> {
    /// Asks this device, which is one of those that may answer.
    pub(super) fn select(&self, device: DeviceId) -> Decision {
        let now = self.auditor.now;
        let flow = self.flow.progressed(now);
        // What is asked is bound to what is shown; a session may have begun since the last request.
        let flow = shown(&flow, self.facts, now).unwrap_or(flow);
        match self.asking().ask(&flow, device) {
            Ok(asked) => self.settle(asked.flow, asked.changes, None),
            Err(rejection) => self.unchanged(self.step(), rejection),
        }
    }

    /// Takes back what the authenticator was asked: none is asked until one is chosen.
    pub(super) fn choose_device(&self) -> Decision {
        let flow = Flow {
            prompt: None,
            chooses: true,
            ..self.flow.progressed(self.auditor.now)
        };
        self.settle(flow, Changes::none(), None)
    }

    /// Sends another code to the device that was asked.
    pub(super) fn resend(&self) -> Decision {
        match self.flow.prompt.as_ref() {
            Some(prompt) if prompt.is_repeatable() => self.select(prompt.device),
            _ => self.refuse(self.step()),
        }
    }

    const fn asking(&self) -> Asking<'_> {
        Asking {
            facts: self.facts,
            auditor: self.auditor,
        }
    }
}

/// Asking a device, in a flow that need not be stored yet.
pub(super) struct Asking<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) auditor: Auditor<'a>,
}

impl Asking<'_> {
    /// Asks the device that is asked when the person has not chosen one, where one is to be chosen.
    pub(super) fn ask_preferred(&self, flow: &Flow) -> Option<Prompted> {
        let now = self.auditor.now;
        if !matches!(next(flow, self.facts, now), Step::SelectDevice { .. }) {
            return None;
        }
        let standing = Standing::of(flow, self.facts, now)?;
        let device = to_be_asked(flow, &self.facts.policy.devices, standing.person)?;
        self.ask(flow, device).ok()
    }

    /// Asks a device of whoever stands proven in `flow`.
    pub(super) fn ask(&self, flow: &Flow, device: DeviceId) -> Result<Prompted, Rejection> {
        let now = self.auditor.now;
        let standing = Standing::of(flow, self.facts, now).ok_or(Rejection::NotOffered)?;
        let person = standing.person;
        let devices = &self.facts.policy.devices;
        let device = devices.usable(person).find(|usable| usable.id == device);
        let device = device.ok_or(Rejection::NotOffered)?;
        let mut changes = Changes::none();
        let kind = FactorKind::of_device(&device.kind);
        let asked = match kind {
            FactorKind::WebAuthn => {
                let challenge = challenge(flow, self.auditor.random);
                Asked::Signature(challenge.ok_or(Rejection::NotOffered)?)
            }
            FactorKind::Push => Asked::Push(self.push(flow, (person, device), &mut changes)?),
            FactorKind::Face => Asked::Face(self.face(flow, person, &mut changes)?),
            kind if kind.is_sent() => {
                Asked::Sent(self.send(flow, (person, device), &mut changes)?)
            }
            _ => Asked::Shown,
        };
        let flow = Flow {
            sends: flow.sends + u32::from(kind.is_disturbed()),
            chooses: false,
            prompt: Some(Prompt {
                user: person.user.id,
                device: device.id,
                asked,
            }),
            ..flow.clone()
        };
        Ok(Prompted { flow, changes })
    }

    /// Asks an authenticator, unless it was asked too often or has yet to answer.
    fn push(
        &self,
        flow: &Flow,
        to: (&Person, &Device),
        changes: &mut Changes,
    ) -> Result<PushAsked, Rejection> {
        let (now, random) = (self.auditor.now, self.auditor.random);
        let open = self.facts.push.as_ref().filter(|it| it.is_open(now));
        let is_same = |it: &&Versioned<PushRequest>| {
            it.device == to.1.id && flow.push_request() == Some(it.id)
        };
        if open.is_some_and(|it| is_same(&it)) {
            return Err(Rejection::TooSoon);
        }
        let key = messages_key(to.0.user.id);
        let limit = self.facts.policy.devices.code.sends;
        if flow.sends >= limit || !self.facts.count_message(key, now, changes) {
            return Err(Rejection::TooManyMessages);
        }
        let asked = push::request(flow, to, self.facts, now, random);
        let (request, message) = asked.ok_or(Rejection::NotOffered)?;
        changes.insert(&request);
        if let Some(message) = &message {
            changes.insert(message);
        }
        Ok(PushAsked::of(&request))
    }

    /// Gives out a ticket. The one before is withdrawn.
    fn face(
        &self,
        flow: &Flow,
        person: &Person,
        changes: &mut Changes,
    ) -> Result<FaceAsked, Rejection> {
        let policy = self.facts.policy.devices.face.as_ref();
        let policy = policy.ok_or(Rejection::NotOffered)?;
        let matter = FaceMatter::Factor {
            flow: flow.id(),
            presented: flow.presented().cloned().map(Box::new),
        };
        let (now, random) = (self.auditor.now, self.auditor.random);
        let (ticket, handle) = FaceTicket::new(person.user.id, matter, policy, now, random);
        changes.insert(&ticket);
        Ok(FaceAsked {
            ticket: Secret::new(handle.expose()),
            until: ticket.until,
        })
    }

    /// Sends a code, unless too many were sent or the last one is too young.
    fn send(
        &self,
        flow: &Flow,
        (person, device): (&Person, &Device),
        changes: &mut Changes,
    ) -> Result<SentCode, Rejection> {
        let (now, random) = (self.auditor.now, self.auditor.random);
        let policy = &self.facts.policy.devices;
        let prompt = flow.prompt.as_ref().filter(|it| it.device == device.id);
        let earlier = prompt.and_then(Prompt::sent);
        if earlier.is_some_and(|sent| now < sent.again_at(policy.code)) {
            return Err(Rejection::TooSoon);
        }
        let key = messages_key(person.user.id);
        if flow.sends >= policy.code.sends || !self.facts.count_message(key, now, changes) {
            return Err(Rejection::TooManyMessages);
        }
        let sent = SentCode::begin(device.id, flow.sends, now, random);
        let code = sent.code(flow.approves().as_ref(), policy.code);
        let to = (&person.user, &device.kind);
        let content = message::one_time_code(flow, to, &code, (&self.facts.wording, now));
        let content = content.ok_or(Rejection::NotOffered)?;
        changes.insert(&Message::new(content, policy.code.lifetime, now, random));
        Ok(sent)
    }
}

/// The answer.
impl Moment<'_> {
    pub(super) fn check_code(&self, asked: &DeviceChoice, code: &str) -> Decision {
        let now = self.auditor.now;
        let Some(standing) = Standing::of(self.flow, self.facts, now) else {
            return self.refuse(next(self.flow, self.facts, now));
        };
        let person = standing.person;
        let lockout = self.device_lockout(&person.user.username);
        let accepted = self.accepted(person, asked, code);
        let Some(accepted) = accepted.filter(|_| !lockout.is_blocked(now)) else {
            let blocked = lockout.is_blocked(now);
            let cause = if blocked { "blocked" } else { "wrong_code" };
            let failure = (Some(&person.user), cause);
            let flow = self.after_wrong_code();
            return self.fail(flow, lockout, failure, Rejection::CodeNotAccepted);
        };
        let mut flow = self.flow.progressed(now);
        if let Some(method) = message::method_of(asked.kind) {
            bind(&mut flow, &accepted.evidence, accepted.binding, method);
        }
        flow.evidence.push(accepted.evidence);
        flow.prompt = None;
        let mut changes = Changes::none();
        if !self.flow.requirement.is_one_time(asked.id) {
            changes.replace(accepted.loaded, &accepted.device);
        }
        self.accept(flow, person, changes)
    }

    /// What a code proves, and the device after it, if it is right.
    fn accepted<'p>(
        &self,
        person: &'p Person,
        asked: &DeviceChoice,
        code: &str,
    ) -> Option<Accepted<'p>> {
        let now = self.auditor.now;
        // Apps are not told apart, unless one alone will do: a person has the code and need not know of which.
        let any_app = asked.kind == FactorKind::Totp && self.flow.requirement.device.is_none();
        let may_answer = |loaded: &&Versioned<Device>| {
            loaded.id == asked.id || (any_app && totp::is_usable(loaded))
        };
        let mut devices = person.devices.iter().filter(may_answer);
        devices.find_map(|loaded| {
            let (device, binding) = match asked.kind {
                FactorKind::Password
                | FactorKind::WebAuthn
                | FactorKind::Push
                | FactorKind::Face => return None,
                FactorKind::Totp => (totp::accept(loaded, code, now)?, None),
                FactorKind::RecoveryCode => (recovery::accept(loaded, code, now)?, None),
                FactorKind::Email | FactorKind::Sms | FactorKind::Voice => {
                    let matched = self.sent_code(loaded.id, code)?;
                    let used = Device {
                        last_used: Some(now),
                        ..loaded.record.clone()
                    };
                    (used, Some(Binding::Code(matched)))
                }
            };
            Some(Accepted {
                evidence: Evidence::of_device(asked.kind, device.user, device.id, now),
                binding,
                loaded,
                device,
            })
        })
    }

    /// For what the code is good that was sent to this device, if it is this one.
    fn sent_code(&self, device: DeviceId, code: &str) -> Option<CodeMatched> {
        let prompt = self.flow.prompt.as_ref().filter(|it| it.device == device);
        let sent = prompt.and_then(Prompt::sent)?;
        let policy = self.facts.policy.devices.code;
        let approves = self.flow.approves();
        sent.check(code, approves.as_ref(), policy, self.auditor.now)
    }

    /// The flow after a wrong code: the one that was sent may be tried less often.
    fn after_wrong_code(&self) -> Flow {
        let mut flow = Flow::clone(self.flow);
        if let Some(Prompt {
            asked: Asked::Sent(sent),
            ..
        }) = &mut flow.prompt
        {
            *sent = sent.failed();
        }
        flow
    }
}

/// What a passkey is to sign: something that holds what it approves, if it approves something.
pub(super) fn challenge(flow: &Flow, random: &dyn Random) -> Option<Challenge> {
    let Some(presented) = flow.presented() else {
        return Some(Challenge::random(random));
    };
    match presented.transaction().challenge() {
        Some(requested) => Challenge::of_caller(requested).ok(),
        None => Some(Challenge::bound(presented.digest().as_bytes(), random)),
    }
}

/// A code that was accepted: what it proves, and the device to be written back with it.
struct Accepted<'a> {
    evidence: Evidence,
    binding: Option<Binding>,
    loaded: &'a Versioned<Device>,
    device: Device,
}
