//! The second factor: which of a person's devices may answer, and which was asked.

use std::time::Duration;

use domain::port::{Changes, Versioned};
use domain::{
    Attempts, AttemptsKey, Device, DeviceId, DeviceKind, LockoutPolicy, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

use super::approval::can_be_bound;
use super::enrolment::{self, EnrolmentPolicy};
use super::face::FaceAsked;
use super::facts::{Facts, Person};
use super::push::PushAsked;
use super::record::Flow;
use super::standing::Standing;
use super::step::{Cause, DeviceChoice, Sent, Step};
use crate::evidence::FactorKind;
use crate::factor::code::{CodePolicy, SentCode};
use crate::factor::face::FacePolicy;
use crate::factor::push::PushPolicy;
use crate::factor::totp;
use crate::factor::webauthn::{
    AttestationPolicy, Challenge, Descriptor, RelyingParty, UserVerification,
};

/// Who chooses among several devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Selection {
    /// The preferred one is asked, and the person may choose another.
    #[default]
    DefaultToFirst,
    /// The person, if there are several.
    PromptToSelect,
    /// The person, even if there is only one.
    AlwaysDisplayDevices,
}

/// With which devices people answer.
#[derive(Clone, Debug)]
pub struct DevicePolicy {
    /// What may answer, the preferred first.
    pub allowed: Vec<FactorKind>,
    /// What comes before everything else, whatever order a person has given their devices.
    pub first: Vec<FactorKind>,
    /// Who chooses among several.
    pub selection: Selection,
    /// How codes that are sent are made and tried.
    pub code: CodePolicy,
    /// How many messages block further ones to the same person, and for how long.
    pub messages: MessageLimit,
    /// How passkeys and security keys are used; not at all, if `None`.
    pub webauthn: Option<WebAuthnPolicy>,
    /// How authenticators are asked.
    pub push: PushPolicy,
    /// How faces are asked for; not at all, if `None`.
    pub face: Option<FacePolicy>,
    /// How many devices one person has at the most.
    pub most: usize,
    /// Who sets up their first device on the way to their sign-on.
    pub enrolment: EnrolmentPolicy,
    /// How many wrong codes of devices block for how long; as many as of anything else, if `None`.
    pub failures: Option<LockoutPolicy>,
}

/// How passkeys and security keys are used.
#[derive(Clone, Debug)]
pub struct WebAuthnPolicy {
    /// Who asks for them, and where.
    pub relying_party: RelyingParty,
    /// Whether a passkey signs people on without a password.
    pub passwordless: bool,
    /// Whether an authenticator must verify who is present when it is the second factor. When it is
    /// the only one it always must.
    pub user_verification: UserVerification,
    /// How long a person may take.
    pub timeout: Duration,
    /// What must be known of an authenticator to register it.
    pub attestation: AttestationPolicy,
}

impl WebAuthnPolicy {
    /// How they are used by a relying party that has set nothing.
    pub fn new(relying_party: RelyingParty) -> Self {
        Self {
            relying_party,
            passwordless: true,
            user_verification: UserVerification::Preferred,
            timeout: Duration::from_mins(2),
            attestation: AttestationPolicy::None,
        }
    }
}

/// How many messages one person is sent before no more are, and for how long then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageLimit {
    /// Messages without a pause as long as the cool-down.
    pub limit: u32,
    /// How long the block lasts.
    pub cool_down: Duration,
}

impl MessageLimit {
    /// The same, as failures are counted.
    const fn as_lockout(self) -> LockoutPolicy {
        LockoutPolicy {
            limit: self.limit,
            cool_down: self.cool_down,
        }
    }
}

impl Default for DevicePolicy {
    fn default() -> Self {
        use FactorKind::{Email, Push, RecoveryCode, Sms, Totp, Voice, WebAuthn};
        Self {
            allowed: vec![WebAuthn, Push, Totp, Sms, Voice, Email, RecoveryCode],
            first: Vec::new(),
            selection: Selection::default(),
            code: CodePolicy::default(),
            messages: MessageLimit {
                limit: 20,
                cool_down: Duration::from_hours(1),
            },
            webauthn: None,
            push: PushPolicy::default(),
            face: None,
            most: 20,
            enrolment: EnrolmentPolicy::default(),
            failures: None,
        }
    }
}

impl DevicePolicy {
    /// How many digits a code of this kind has; `None` for one that is not all digits.
    pub const fn code_length(&self, kind: FactorKind) -> Option<u8> {
        match kind {
            FactorKind::Totp => Some(totp::DIGITS),
            FactorKind::Email | FactorKind::Sms | FactorKind::Voice => Some(self.code.length),
            FactorKind::Password
            | FactorKind::WebAuthn
            | FactorKind::Push
            | FactorKind::Face
            | FactorKind::RecoveryCode => None,
        }
    }

    /// The devices with which a person can answer.
    pub(super) fn usable<'a>(&self, person: &'a Person) -> impl Iterator<Item = &'a Device> {
        let devices = person.devices.iter().map(|loaded| &loaded.record);
        let may_be_asked = person.user.mfa_enabled;
        devices.filter(move |device| may_be_asked && self.can_answer(device))
    }

    /// Whether a device can answer when it is asked.
    pub(crate) fn can_answer(&self, device: &Device) -> bool {
        device.is_active() && self.rank(device).is_some() && self.is_in_place(device)
    }

    /// Has people answer with their face, where faces can be looked at: after everything but what stands
    /// in for all else.
    pub fn allow_face(&mut self) {
        let is_allowed = self.allowed.contains(&FactorKind::Face);
        if self.face.is_some() && !is_allowed {
            let paper = |kind: &FactorKind| *kind == FactorKind::RecoveryCode;
            let place = self.allowed.iter().position(paper);
            let place = place.unwrap_or(self.allowed.len());
            self.allowed.insert(place, FactorKind::Face);
        }
    }

    /// Whether people may have devices of this kind.
    pub fn offers(&self, kind: FactorKind) -> bool {
        let is_configured = match kind {
            FactorKind::WebAuthn => self.webauthn.is_some(),
            FactorKind::Face => self.face.is_some(),
            _ => true,
        };
        is_configured && self.allowed.contains(&kind)
    }

    /// Whether passkeys sign people on.
    pub(super) fn takes_passkeys(&self) -> bool {
        let is_allowed = self.allowed.contains(&FactorKind::WebAuthn);
        let passwordless = |policy: &WebAuthnPolicy| policy.passwordless;
        is_allowed && self.webauthn.as_ref().is_some_and(passwordless)
    }

    /// Whether it can be used where we are: a credential belongs to one RP ID.
    fn is_in_place(&self, device: &Device) -> bool {
        match (&device.kind, &self.webauthn) {
            (DeviceKind::WebAuthn(credential), Some(policy)) => {
                credential.rp_id == policy.relying_party.id()
            }
            (DeviceKind::WebAuthn(_), None)
            | (
                DeviceKind::WebAuthnPending { .. }
                | DeviceKind::AuthenticatorPending
                | DeviceKind::FacePending,
                _,
            ) => false,
            (DeviceKind::Face(_), _) => self.face.is_some(),
            _ => true,
        }
    }

    /// The same, the preferred first.
    fn in_order<'a>(&self, person: &'a Person) -> Vec<&'a Device> {
        let mut devices: Vec<&Device> = self.usable(person).collect();
        devices.sort_by_key(|device| self.place(device));
        devices
    }

    /// By what the devices of a person are sorted, the preferred first: by what policy insists on, then
    /// by the person's own order, then by what policy prefers.
    pub fn place(&self, device: &Device) -> impl Ord + use<> {
        let place = |kinds: &[FactorKind]| {
            let kind = FactorKind::of_device(&device.kind);
            let place = kinds.iter().position(|it| *it == kind);
            place.unwrap_or(usize::MAX)
        };
        let (insisted, preferred) = (place(&self.first), place(&self.allowed));
        (insisted, device.position, preferred, device.id)
    }

    /// The devices that may answer in a flow, the preferred first: where something is to be approved,
    /// those alone whose answer fits nothing else.
    fn that_may_answer<'a>(&self, flow: &Flow, person: &'a Person) -> Vec<&'a Device> {
        let mut devices = self.in_order(person);
        if let Some(only) = flow.requirement.device {
            devices.retain(|device| device.id == only);
        }
        if flow.requirement.transaction.is_some() {
            devices.retain(|device| can_be_bound(FactorKind::of_device(&device.kind)));
        }
        devices
    }

    fn rank(&self, device: &Device) -> Option<usize> {
        let kind = FactorKind::of_device(&device.kind);
        self.allowed.iter().position(|allowed| *allowed == kind)
    }

    /// The device that is asked when the person has not chosen one.
    fn preferred<'a>(&self, devices: &[&'a Device]) -> Option<&'a Device> {
        match (self.selection, devices) {
            (Selection::DefaultToFirst, [first, ..]) | (Selection::PromptToSelect, [first]) => {
                Some(first)
            }
            _ => None,
        }
    }
}

/// What a device of a person was asked.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Prompt {
    /// Whose device it is.
    pub(super) user: UserId,
    /// The device.
    pub(super) device: DeviceId,
    /// What it was asked for.
    pub(super) asked: Asked,
}

/// What a device was asked for.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Asked {
    /// A code that it shows itself, or that is on paper.
    Shown,
    /// A code that was sent to it.
    Sent(SentCode),
    /// A signature.
    Signature(Challenge),
    /// What its person decides.
    Push(PushAsked),
    /// A face.
    Face(FaceAsked),
}

impl Prompt {
    /// Whether whoever was asked may be asked the same once more.
    pub(super) const fn is_repeatable(&self) -> bool {
        matches!(self.asked, Asked::Sent(_) | Asked::Push(_) | Asked::Face(_))
    }

    /// The code that was sent, if one was.
    pub(super) const fn sent(&self) -> Option<&SentCode> {
        match &self.asked {
            Asked::Sent(sent) => Some(sent),
            Asked::Shown | Asked::Signature(_) | Asked::Push(_) | Asked::Face(_) => None,
        }
    }
}

/// Under which key the messages to a person are counted.
pub fn messages_key(user: UserId) -> AttemptsKey {
    AttemptsKey::new("messages", &user.to_string())
}

/// Counts a message under this key; `false` if there are to be no more for now. `counted` are those that
/// were counted before.
pub(crate) fn count_message(
    key: AttemptsKey,
    counted: Option<&Versioned<Attempts>>,
    limit: MessageLimit,
    now: Timestamp,
    changes: &mut Changes,
) -> bool {
    if counted.is_some_and(|counted| counted.is_blocked(now)) {
        return false;
    }
    let earlier = counted.map(|counted| &counted.record);
    let more = Attempts::after_failure(earlier, key, limit.as_lockout(), now);
    changes.upsert(counted, &more);
    true
}

/// What comes next for who lacks a second factor.
pub(super) fn second_factor(
    flow: &Flow,
    facts: &Facts<'_>,
    standing: &Standing<'_>,
    now: Timestamp,
) -> Step {
    let policy = &facts.policy.devices;
    let devices = policy.that_may_answer(flow, standing.person);
    if devices.is_empty() {
        let enrolment = enrolment::required(flow, facts, standing, now);
        return enrolment.unwrap_or(Step::Failed(Cause::NoSecondFactor));
    }
    if flow.requirement.passive {
        return Step::Failed(Cause::InteractionRequired);
    }
    let username = standing.person.user.username.clone();
    let choices: Vec<DeviceChoice> = devices.iter().copied().map(DeviceChoice::of).collect();
    let Some(device) = asked_device(flow, policy, standing.person, &devices) else {
        return Step::SelectDevice {
            username,
            devices: choices,
        };
    };
    let asked = flow.prompt.as_ref().filter(|it| it.device == device.id);
    let asked = asked.map_or(&Asked::Shown, |prompt| &prompt.asked);
    let credentials = credentials(&devices, device.id);
    let (device, devices) = (DeviceChoice::of(device), choices);
    match asked {
        Asked::Signature(challenge) => Step::Assertion {
            allowed: credentials,
            username,
            device,
            devices,
            challenge: challenge.clone(),
        },
        Asked::Push(asked) => Step::Push {
            username,
            device,
            devices,
            number: asked.number,
            until: asked.until,
            state: asked.state(facts, now),
        },
        Asked::Face(asked) => Step::Face {
            username,
            device,
            devices,
            until: asked.until,
            state: asked.state(facts, now),
        },
        Asked::Sent(sent) => Step::OneTimeCode {
            username,
            device,
            devices,
            sent: Some(shown(flow, sent, policy.code, now)),
        },
        Asked::Shown => Step::OneTimeCode {
            username,
            device,
            devices,
            sent: None,
        },
    }
}

/// The device that was asked. One that shows codes itself need not have been asked to answer.
fn asked_device<'a>(
    flow: &Flow,
    policy: &DevicePolicy,
    person: &Person,
    devices: &[&'a Device],
) -> Option<&'a Device> {
    let prompt = flow.prompt.as_ref();
    let theirs = prompt.filter(|prompt| prompt.user == person.user.id);
    let prompted = theirs.and_then(|it| devices.iter().find(|device| device.id == it.device));
    let shows_codes = |device: &&Device| {
        let kind = FactorKind::of_device(&device.kind);
        matches!(kind, FactorKind::Totp | FactorKind::RecoveryCode)
    };
    prompted
        .copied()
        .or_else(|| preferred(flow, policy, devices).filter(shows_codes))
}

/// The credentials that may sign of the devices that may answer, the chosen one first.
fn credentials(devices: &[&Device], chosen: DeviceId) -> Vec<Descriptor> {
    let mut devices = devices.to_vec();
    devices.sort_by_key(|device| device.id != chosen);
    let credentials = devices.iter().filter_map(|device| match &device.kind {
        DeviceKind::WebAuthn(credential) => Some(Descriptor::from(credential)),
        _ => None,
    });
    credentials.collect()
}

fn shown(flow: &Flow, sent: &SentCode, policy: CodePolicy, now: Timestamp) -> Sent {
    let may_be_again = flow.sends < policy.sends;
    Sent {
        is_alive: sent.is_alive(policy, now),
        again_at: may_be_again.then(|| sent.again_at(policy)),
    }
}

/// The device that is to be sent a code without anybody's asking, when `step` is to choose one.
pub(super) fn to_be_asked(flow: &Flow, policy: &DevicePolicy, person: &Person) -> Option<DeviceId> {
    let devices = policy.that_may_answer(flow, person);
    preferred(flow, policy, &devices).map(|device| device.id)
}

/// The device that is asked in a flow whose person has not chosen one, and has not said that they will.
fn preferred<'a>(flow: &Flow, policy: &DevicePolicy, devices: &[&'a Device]) -> Option<&'a Device> {
    policy.preferred(devices).filter(|_| !flow.chooses)
}
