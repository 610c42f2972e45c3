//! Taking up what somebody has decided on their authenticator.

use domain::port::{Changes, Versioned};
use domain::{Device, DeviceKind};

use super::{Decision, Moment};
use crate::approval::template::Method;
use crate::approval::{Binding, DeviceKeyMaterial, SignatureMaterial};
use crate::evidence::{Evidence, FactorKind};
use crate::factor::push::{PushAnswer, PushRequest};
use crate::flow::approval::bind;
use crate::flow::facts::Person;
use crate::flow::record::Flow;
use crate::flow::standing::Standing;
use crate::flow::step::PushState;

/// An approval that was given: what it proves, and the device to be written back with it.
struct Approval<'a> {
    evidence: Evidence,
    binding: Option<Binding>,
    loaded: &'a Versioned<Device>,
}

impl Moment<'_> {
    /// Goes on with what somebody has decided, if they have.
    pub(super) fn go_on_with(&self, state: PushState) -> Decision {
        match state {
            PushState::Approved => self.take_up(),
            PushState::Waiting => self.wait(),
            PushState::Rejected | PushState::TimedOut => self.refuse(self.step()),
        }
    }

    /// Nobody has answered yet: there is nothing to be done.
    pub(super) fn wait(&self) -> Decision {
        let step = self.step();
        Decision {
            flow: Flow::clone(self.flow),
            changes: self.flow.untouched(false, self.facts),
            step,
            rejected: None,
        }
    }

    /// It is approved: that is a factor, bound to what was approved.
    fn take_up(&self) -> Decision {
        let now = self.auditor.now;
        let standing = Standing::of(self.flow, self.facts, now);
        let approval = standing.as_ref().and_then(|it| self.approval(it.person));
        let (Some(standing), Some(approval)) = (standing, approval) else {
            return self.refuse(self.step());
        };
        let person = standing.person;
        if self.lockout(&person.user.username).is_blocked(now) {
            return self.refuse(self.step());
        }
        let mut flow = self.flow.progressed(now);
        let has_text = |it: &crate::approval::Presented| it.shown(Method::Push).is_some();
        let by = match flow.presented().is_none_or(has_text) {
            true => Method::Push,
            false => Method::Page,
        };
        bind(&mut flow, &approval.evidence, approval.binding, by);
        flow.evidence.push(approval.evidence);
        flow.prompt = None;
        let used = Device {
            last_used: Some(now),
            ..approval.loaded.record.clone()
        };
        let mut changes = Changes::none();
        changes.replace(approval.loaded, &used);
        self.accept(flow, person, changes)
    }

    /// The approval of what is to be approved in this flow, if it is this person's.
    fn approval<'p>(&self, person: &'p Person) -> Option<Approval<'p>> {
        let asked = self.flow.push_request();
        let request = self.facts.push.as_ref().filter(|it| asked == Some(it.id))?;
        let Some(PushAnswer::Approved { jws, time }) = request.answered() else {
            return None;
        };
        let devices = &self.facts.policy.devices;
        let usable = |it: &&Versioned<Device>| it.id == request.device && devices.can_answer(it);
        let loaded = person.devices.iter().find(usable)?;
        let is_theirs = request.user == person.user.id && loaded.user == person.user.id;
        if !is_theirs || !self.is_of_this(request) {
            return None;
        }
        let DeviceKind::Authenticator(authenticator) = &loaded.kind else {
            return None;
        };
        let material = DeviceKeyMaterial {
            jwk: authenticator.key.clone(),
            jws: jws.clone(),
        };
        let signature = SignatureMaterial::DeviceKey(material);
        // Checked when it came; what was stored since is not believed unread.
        signature.verify(&request.matter.digest(), None).ok()?;
        let (kind, user) = (FactorKind::Push, loaded.user);
        Some(Approval {
            evidence: Evidence::of_device(kind, user, loaded.id, *time),
            binding: request
                .matter
                .transaction()
                .map(|_| Binding::Signature(signature)),
            loaded,
        })
    }

    /// Whether it was asked about what is to be approved here, and about nothing else.
    fn is_of_this(&self, request: &PushRequest) -> bool {
        let transaction = request.matter.transaction();
        match (transaction, self.flow.approves()) {
            (Some(transaction), Some(digest)) => transaction.digest().matches(&digest),
            (None, None) => true,
            _ => false,
        }
    }
}
