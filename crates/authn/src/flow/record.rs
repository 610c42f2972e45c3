//! A flow as a record.

use std::time::Duration;

use domain::port::{Changes, Kind, Random, Record, Versioned};
use domain::{
    DeviceId, Digest, FlowId, HandleKey, PushRequestId, Scope, Secret, Timestamp, UserId,
};
use jose::digest::constant_time_eq;
use serde::{Deserialize, Serialize};

use super::approval::Approval;
use super::detour::Detour;
use super::device::{Asked, Prompt};
use super::enrolment::Enrolling;
use super::step::BrowserFailure;
use super::{Facts, Requirement, Turn, WaitingDevice, Who};
use crate::account::Ending as AccessEnding;
use crate::approval::Presented;
use crate::evidence::{Evidence, FactorKind};
use crate::factor::webauthn::Challenge;

/// How long a flow waits for its next progress.
const PATIENCE: Duration = Duration::from_mins(15);

/// How long a flow is open at most, whatever its person does in it: what its request was verified by
/// may change meanwhile.
const LONGEST: Duration = Duration::from_hours(1);

/// By which door a request came in, and its proof goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// The authorization endpoint.
    Authorize,
    /// The person's own account pages.
    Account,
    /// The page on which people enter the code of a device (RFC 8628 §3.3).
    UserCode,
    /// An application that knows who somebody is, and wants them to prove it by a device.
    DeviceAuthentication,
    /// A relying party that posts signed requests (PPM).
    Ppm,
    /// A client of an organisation that knows who somebody is (`PingID`'s REST API).
    PingId,
}

/// Where a flow comes from. The engine carries it and never looks inside.
#[derive(Clone, Serialize, Deserialize)]
pub struct Origin {
    /// The door.
    pub door: Door,
    /// The door's own verified request, in a form that it can read back.
    pub request: serde_json::Value,
}

/// Whom a flow is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Subject {
    /// The name that was typed, which proves nothing.
    Claimed(String),
    /// Someone who has proven a factor that says who they are.
    Proven(UserId),
}

/// What a person has allowed in this flow.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Allowed {
    pub(super) user: UserId,
    pub(super) scope: Scope,
}

/// How a person has ended a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ending {
    Canceled,
    Denied,
    /// Their browser cannot go on.
    GaveUp(BrowserFailure),
    /// What is to be approved cannot be shown any more: its template was taken away.
    Unshown,
}

/// One request on its way to its proof.
#[derive(Clone, Serialize, Deserialize)]
pub struct Flow {
    pub(super) id: FlowId,
    /// The browser that may act in it; `None` until one has opened it.
    pub(super) binding: Option<HandleKey>,
    pub(super) created: Timestamp,
    pub(super) expires: Timestamp,
    pub(super) origin: Origin,
    pub(super) requirement: Requirement,
    pub(super) subject: Option<Subject>,
    pub(super) evidence: Vec<Evidence>,
    /// What one of the person's devices was asked.
    #[serde(default)]
    pub(super) prompt: Option<Prompt>,
    /// Whether its person chooses the device that is asked, also where one is preferred.
    #[serde(default)]
    pub(super) chooses: bool,
    /// What a passkey signs that says who somebody is.
    pub(super) passkey: Challenge,
    /// What the person is to approve, as it is shown to them.
    #[serde(default)]
    pub(super) approval: Option<Approval>,
    /// How many messages were sent for it.
    #[serde(default)]
    pub(super) sends: u32,
    pub(super) allowed: Option<Allowed>,
    pub(super) ending: Option<Ending>,
    /// The other way on which the person is.
    #[serde(default)]
    pub(super) detour: Option<Detour>,
    /// The device that its person sets up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) enrolling: Option<Enrolling>,
    /// Whether the name was given on the page that asks for it alone.
    #[serde(default)]
    pub(super) identified: bool,
    /// Whether its person keeps a password for now that will soon be too old.
    #[serde(default)]
    pub(super) put_off: bool,
    /// Whether somebody has recovered their password in it: they need their second factor.
    #[serde(default)]
    pub(super) recovered: bool,
    /// Whether its person wants this browser to be trusted.
    #[serde(default)]
    pub(super) trusts: bool,
    /// Whether its person wants to see to their devices once they have proven one.
    #[serde(default)]
    pub(super) manages: bool,
    /// The device that its person is setting up on a relying party's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sponsored: Option<DeviceId>,
}

/// A flow that begins now: nothing is proven yet. `binding` is the key of the cookie of the only
/// browser that may act in it; if that is not known, it is the first that opens it.
pub fn begin(
    origin: Origin,
    requirement: Requirement,
    binding: impl Into<Option<HandleKey>>,
    now: Timestamp,
    random: &dyn Random,
) -> Flow {
    Flow {
        id: FlowId::new(now, random),
        binding: binding.into(),
        created: now,
        expires: now + PATIENCE,
        origin,
        requirement,
        subject: None,
        evidence: Vec::new(),
        prompt: None,
        chooses: false,
        passkey: Challenge::random(random),
        approval: None,
        sends: 0,
        allowed: None,
        ending: None,
        detour: None,
        enrolling: None,
        identified: false,
        put_off: false,
        recovered: false,
        trusts: false,
        manages: false,
        sponsored: None,
    }
}

impl Flow {
    /// Identifies it in its pages' addresses.
    pub const fn id(&self) -> FlowId {
        self.id
    }

    /// When it began.
    pub const fn created(&self) -> Timestamp {
        self.created
    }

    /// When it has waited too long.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires
    }

    /// Where it comes from.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Who has proven in it who they are.
    pub const fn proven(&self) -> Option<UserId> {
        match &self.subject {
            Some(Subject::Proven(user)) => Some(*user),
            _ => None,
        }
    }

    /// The factor that was proven last in it, if one was.
    pub fn proven_by(&self) -> Option<FactorKind> {
        self.evidence.last().map(Evidence::kind)
    }

    /// What is asked.
    pub const fn requirement(&self) -> &Requirement {
        &self.requirement
    }

    /// Whether it has waited too long.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires
    }

    /// Whether no browser has opened it yet.
    pub const fn is_unclaimed(&self) -> bool {
        self.binding.is_none()
    }

    /// Whether `presented` is the key of the cookie of the browser that may act in it; takes the
    /// same time wherever they differ.
    pub fn is_bound_to(&self, presented: &HandleKey) -> bool {
        let binding = self.binding.as_ref();
        binding.is_some_and(|binding| constant_time_eq(binding.as_ref(), presented.as_ref()))
    }

    /// The digest of what is to be approved in it.
    pub(super) fn approves(&self) -> Option<Digest> {
        self.approval.as_ref().map(Approval::digest)
    }

    /// What one of the person's authenticators was asked in it, to be loaded as
    /// [`super::Facts::push`].
    pub fn push_request(&self) -> Option<PushRequestId> {
        match &self.prompt.as_ref()?.asked {
            Asked::Push(asked) => Some(asked.request),
            Asked::Shown | Asked::Sent(_) | Asked::Signature(_) | Asked::Face(_) => None,
        }
    }

    /// Who is asked with a device of theirs.
    pub fn asked(&self) -> Option<UserId> {
        self.prompt.as_ref().map(|prompt| prompt.user)
    }

    /// The ticket by which the face of its person may be looked at: whoever has it may open the session.
    pub fn face_ticket(&self) -> Option<&Secret> {
        match &self.prompt.as_ref()?.asked {
            Asked::Face(asked) => Some(&asked.ticket),
            Asked::Shown | Asked::Sent(_) | Asked::Signature(_) | Asked::Push(_) => None,
        }
    }

    /// What that ticket opens, to be loaded as [`super::Facts::face`].
    pub fn face_ticket_key(&self) -> Option<HandleKey> {
        let ticket = self.face_ticket()?;
        Some(HandleKey::of(ticket.expose()))
    }

    /// What is to be approved in it, as it is shown.
    pub fn presented(&self) -> Option<&Presented> {
        self.approval.as_ref().map(|approval| &approval.presented)
    }

    /// Whom [`super::Facts::person`] is to be, when `claimed` is who somebody says that they are, if
    /// they say it: who was proven, or else who is claimed. Besides them, the facts have the session's
    /// person.
    pub fn concerns(&self, claimed: Option<&Who>) -> Option<Who> {
        let recovering = self.detour.as_ref().and_then(Detour::concerns);
        if recovering.is_some() {
            return recovering;
        }
        match &self.subject {
            Some(Subject::Proven(user)) => Some(Who::Id(*user)),
            _ => claimed.cloned().or(self.requirement.vouched.map(Who::Id)),
        }
    }

    /// The device that is to be allowed in it, once its code was entered.
    pub fn device(&self) -> Option<&WaitingDevice> {
        self.requirement.device_code.as_ref()?.device.as_ref()
    }

    /// Whether its person is on another way than to their sign-on: they register, or recover what they
    /// have forgotten.
    pub const fn is_on_detour(&self) -> bool {
        self.detour.is_some() && !self.changes_password()
    }

    /// What ends where its person sets a new password.
    pub const fn ending_of_access(&self) -> AccessEnding {
        match self.detour {
            Some(Detour::RecoveryCode(_) | Detour::NewPassword(_)) => AccessEnding::Everything,
            _ => AccessEnding::All,
        }
    }

    /// Whether nobody is to learn whether anybody is meant: not by how long it takes to look at it either.
    pub const fn is_blind(&self) -> bool {
        matches!(
            self.detour,
            Some(Detour::RecoveryCode(_) | Detour::VerifyEmail(_))
        )
    }

    /// Whether whoever signs on in it wants to change their password.
    pub const fn changes_password(&self) -> bool {
        matches!(self.detour, Some(Detour::ChangePassword))
    }

    /// The flow after progress: it waits anew.
    pub(super) fn progressed(&self, now: Timestamp) -> Self {
        Self {
            expires: (now + PATIENCE).min(self.created + LONGEST),
            ..self.clone()
        }
    }
}

impl Record for Flow {
    const KIND: Kind = Kind::Flow;

    fn key(&self) -> Vec<u8> {
        self.id.as_bytes().to_vec()
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.expires)
    }
}

/// A stored flow in the hands of the browser that it is bound to.
pub struct BoundFlow {
    loaded: Versioned<Flow>,
    /// Whether it is bound to another key than it was loaded with.
    is_handed_on: bool,
    /// Whether it is left at another door than this one.
    is_left_elsewhere: bool,
}

impl BoundFlow {
    /// The flow, if `presented` is the key of the cookie of the browser that may act in it.
    pub fn open(loaded: Versioned<Flow>, presented: &HandleKey) -> Option<Self> {
        loaded.is_bound_to(presented).then(|| Self::of(loaded))
    }

    /// The flow in the hands of the browser that has the cookie with the key `browser`, also when no
    /// browser has opened it before: until then it is no more than the request that it began with,
    /// which that browser might have been led to as well. From then on, once the changes are true,
    /// it belongs to this one.
    pub fn claim(loaded: Versioned<Flow>, browser: HandleKey) -> Option<(Self, Changes)> {
        let mut changes = Changes::none();
        if loaded.binding.is_some() {
            return Some((Self::open(loaded, &browser)?, changes));
        }
        let mut claimed = loaded;
        claimed.record.binding = Some(browser);
        changes.update(&claimed);
        Some((Self::of(claimed), changes))
    }

    const fn of(loaded: Versioned<Flow>) -> Self {
        Self {
            loaded,
            is_handed_on: false,
            is_left_elsewhere: false,
        }
    }

    /// The flow in which, once this request has acted, nobody can act but with the key `next`: what
    /// opened it so far opens it no more, so that it is good for one request.
    #[must_use]
    pub fn handed_on(mut self, next: HandleKey) -> Self {
        self.loaded.record.binding = Some(next);
        self.is_handed_on = true;
        self
    }

    /// The flow at a door that is not the one by which it is left: when it is over it stays as it is,
    /// to be spent there.
    #[must_use]
    pub const fn left_elsewhere(mut self) -> Self {
        self.is_left_elsewhere = true;
        self
    }

    /// What becomes of it when a request acts and has no effect, and `is_over` is whether it was over
    /// already.
    pub(super) fn untouched(&self, is_over: bool, facts: &Facts<'_>) -> Changes {
        let mut changes = Changes::none();
        match is_over && !self.is_left_elsewhere {
            true => return spend(self, facts),
            false if self.is_handed_on => changes.update(&self.loaded),
            false => {}
        }
        changes
    }

    /// What becomes of it when it has come to `flow`, and `is_over` is whether that is its end.
    pub(super) fn moved(&self, flow: &Flow, is_over: bool, changes: &mut Changes) {
        match is_over && !self.is_left_elsewhere {
            true => changes.delete(&self.loaded),
            false => changes.replace(&self.loaded, flow),
        }
    }

    /// The same flow after progress, which is still to be stored.
    pub(super) const fn at(&self, record: Flow) -> Self {
        let version = self.loaded.version;
        Self {
            loaded: Versioned { version, record },
            is_handed_on: self.is_handed_on,
            is_left_elsewhere: self.is_left_elsewhere,
        }
    }

    /// The same flow where its person has turned, if they may: still to be stored, with what they do
    /// there.
    pub fn turned(&self, turn: Turn, facts: &Facts<'_>, now: Timestamp) -> Option<Self> {
        Some(self.at(Flow::turned(self, turn, facts, now)?))
    }

    pub(super) const fn loaded(&self) -> &Versioned<Flow> {
        &self.loaded
    }
}

impl std::ops::Deref for BoundFlow {
    type Target = Flow;

    fn deref(&self) -> &Flow {
        &self.loaded.record
    }
}

/// Ends a stored flow: whoever commits this with the proof has made the only proof of it, and of what
/// was still so.
pub fn spend(flow: &BoundFlow, facts: &Facts<'_>) -> Changes {
    let mut changes = Changes::none();
    changes.delete(flow.loaded());
    facts.password_unchanged(flow, &mut changes);
    changes
}
