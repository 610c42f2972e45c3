//! Taking up that somebody's face was seen.

use domain::port::{Changes, Versioned};
use domain::{Device, DeviceKind};

use super::{Decision, Moment};
use crate::approval::template::Method;
use crate::approval::{Binding, DeviceKeyMaterial, SignatureMaterial};
use crate::evidence::{Evidence, FactorKind};
use crate::factor::face::{FaceAnswer, FaceMatter, FaceTicket};
use crate::flow::approval::bind;
use crate::flow::facts::Person;
use crate::flow::standing::Standing;
use crate::flow::step::PushState;

/// A face that was seen: what it proves, and the device to be written back with it.
struct Seen<'a> {
    evidence: Evidence,
    binding: Option<Binding>,
    loaded: &'a Versioned<Device>,
}

impl Moment<'_> {
    /// Goes on with what was seen, if anything was.
    pub(super) fn go_on_with_face(&self, state: PushState) -> Decision {
        match state {
            PushState::Approved => self.take_up_face(),
            PushState::Waiting => self.wait(),
            PushState::Rejected | PushState::TimedOut => self.refuse(self.step()),
        }
    }

    /// It was seen: that is a factor, bound to what was approved.
    fn take_up_face(&self) -> Decision {
        let now = self.auditor.now;
        let standing = Standing::of(self.flow, self.facts, now);
        let seen = standing.as_ref().and_then(|it| self.seen(it.person));
        let (Some(standing), Some(seen)) = (standing, seen) else {
            return self.refuse(self.step());
        };
        let person = standing.person;
        if self.lockout(&person.user.username).is_blocked(now) {
            return self.refuse(self.step());
        }
        let mut flow = self.flow.progressed(now);
        bind(&mut flow, &seen.evidence, seen.binding, Method::Page);
        flow.evidence.push(seen.evidence);
        flow.prompt = None;
        let used = Device {
            last_used: Some(now),
            ..seen.loaded.record.clone()
        };
        let mut changes = Changes::none();
        changes.replace(seen.loaded, &used);
        self.accept(flow, person, changes)
    }

    /// What was seen by the ticket of this flow, if it is this person's face with a device of theirs.
    fn seen<'p>(&self, person: &'p Person) -> Option<Seen<'p>> {
        let asked = self.flow.face_ticket_key();
        let ticket = self.facts.face.as_ref();
        let ticket = ticket.filter(|it| asked == Some(it.handle_key()))?;
        let Some(FaceAnswer::Recognised {
            device,
            proof,
            time,
        }) = ticket.answered()
        else {
            return None;
        };
        let devices = &self.facts.policy.devices;
        let only = self.flow.requirement.device;
        let usable = |it: &&Versioned<Device>| {
            it.id == *device && devices.can_answer(it) && only.is_none_or(|only| only == it.id)
        };
        let loaded = person.devices.iter().find(usable)?;
        let is_theirs = ticket.user == person.user.id && loaded.user == person.user.id;
        if !is_theirs || !self.is_for_this(ticket) {
            return None;
        }
        let DeviceKind::Face(face) = &loaded.kind else {
            return None;
        };
        let material = DeviceKeyMaterial {
            jwk: face.key.clone(),
            jws: proof.clone(),
        };
        // Checked when it came; what was stored since is not believed unread.
        material.verify_proof(self.flow.approves().as_ref()).ok()?;
        let (kind, user) = (FactorKind::Face, loaded.user);
        Some(Seen {
            evidence: Evidence::of_device(kind, user, loaded.id, *time),
            binding: self
                .flow
                .presented()
                .map(|_| Binding::Signature(SignatureMaterial::Recognize(material))),
            loaded,
        })
    }

    /// Whether it was given out in this flow, for what is to be approved here and for nothing else.
    fn is_for_this(&self, ticket: &FaceTicket) -> bool {
        let FaceMatter::Factor { flow, presented } = &ticket.matter else {
            return false;
        };
        let is_same = match (presented, self.flow.approves()) {
            (Some(presented), Some(digest)) => presented.digest().matches(&digest),
            (None, None) => true,
            _ => false,
        };
        *flow == self.flow.id() && is_same
    }
}
