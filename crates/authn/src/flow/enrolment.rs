//! Setting up a second factor on the way to a sign-on, by whoever has none.

use std::borrow::Cow;

use domain::{Device, DeviceId, Secret, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::SecondFactor;
use super::approval::can_be_bound;
use super::facts::{Facts, Person};
use super::record::Flow;
use super::sponsored::EnrolmentDemand;
use super::standing::{Basis, Standing};
use super::step::{Cause, DeviceChoice, Offers, Sent, Step};
use crate::account::device::{FirstActivated, Wallet, Wanted, paired_first};
use crate::evidence::FactorKind;
use crate::factor::pairing::Pairing;

/// Who may set up their first device on the way to their sign-on. It takes no more than a password, so
/// that whoever knows that of somebody without a device may be first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EnrolmentPolicy {
    /// Those for whom a door asks it, as a `PingID` organisation may, and nobody else.
    #[default]
    WhereAsked,
    /// Nobody, whoever asks: who needs one and has none is refused.
    Never,
    /// Whoever needs one and has none.
    WhenRequired,
    /// Everybody who has none. They may put it off where none is needed.
    Offered,
}

/// What a person may set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairingMethod {
    /// A key in the device at hand, or one that follows them from device to device.
    Passkey,
    /// A key on a ring.
    SecurityKey,
    /// An app that is asked what its person approves.
    Authenticator,
    /// An app that shows codes.
    Totp,
    /// Codes by text message.
    Sms,
    /// Codes that are read out.
    Voice,
    /// Codes by mail.
    Email,
}

impl PairingMethod {
    /// Every one, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::Passkey,
        Self::SecurityKey,
        Self::Authenticator,
        Self::Totp,
        Self::Sms,
        Self::Voice,
        Self::Email,
    ];

    /// What it would prove.
    pub const fn kind(self) -> FactorKind {
        match self {
            Self::Passkey | Self::SecurityKey => FactorKind::WebAuthn,
            Self::Authenticator => FactorKind::Push,
            Self::Totp => FactorKind::Totp,
            Self::Sms => FactorKind::Sms,
            Self::Voice => FactorKind::Voice,
            Self::Email => FactorKind::Email,
        }
    }

    /// What is to be enrolled; codes are sent to `target`.
    pub(super) fn wanted(self, target: &str) -> Wanted {
        match self {
            Self::Passkey => Wanted::WebAuthn { roaming: false },
            Self::SecurityKey => Wanted::WebAuthn { roaming: true },
            Self::Authenticator => Wanted::Authenticator,
            Self::Totp => Wanted::Totp,
            Self::Sms => Wanted::Sms(target.to_owned()),
            Self::Voice => Wanted::Voice(target.to_owned()),
            Self::Email => Wanted::Email(target.to_owned()),
        }
    }
}

/// Somebody's first device, on its way.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Enrolling {
    /// Who sets it up.
    pub(super) user: UserId,
    /// How far they are.
    pub(super) stage: Stage,
}

/// How far somebody is with their first device.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// They choose a method.
    Choosing,
    /// They are asked where codes are to be sent.
    Target(PairingMethod),
    /// They are asked to show that it works.
    Begun {
        /// What it is.
        method: PairingMethod,
        /// The device.
        device: Box<Device>,
        /// What an authenticator is given to be paired.
        pairing_key: Option<Secret>,
    },
    /// It works.
    Enrolled {
        /// What it is.
        device: DeviceChoice,
        /// The codes that are shown this once.
        recovery_codes: Vec<Secret>,
    },
    /// They do not want to, now.
    Skipped,
}

impl Flow {
    /// The device that is set up in it, until it works.
    pub fn begun_device(&self) -> Option<&Device> {
        match &self.enrolling.as_ref()?.stage {
            Stage::Begun { device, .. } => Some(device),
            _ => None,
        }
    }

    /// What an authenticator is given to be paired: its device and a secret, with a dot between.
    pub fn pairing_key(&self) -> Option<&Secret> {
        match &self.enrolling.as_ref()?.stage {
            Stage::Begun { pairing_key, .. } => pairing_key.as_ref(),
            _ => None,
        }
    }

    /// The recovery codes that its person was given with their first device.
    pub fn new_recovery_codes(&self) -> &[Secret] {
        match self.enrolling.as_ref().map(|it| &it.stage) {
            Some(Stage::Enrolled { recovery_codes, .. }) => recovery_codes,
            _ => &[],
        }
    }

    /// Whether somebody sets up a device in it.
    pub(super) const fn enrols(&self) -> bool {
        self.enrolling.is_some()
    }

    /// Whether this device has just been set up in it.
    pub(super) fn sets_up(&self, id: DeviceId) -> bool {
        let stage = self.enrolling.as_ref().map(|it| &it.stage);
        let is_first = matches!(stage, Some(Stage::Enrolled { device, .. }) if device.id == id);
        is_first || self.sponsored == Some(id)
    }

    /// How far this person is.
    pub(super) fn stage_of(&self, user: UserId) -> Option<&Stage> {
        let enrolling = self.enrolling.as_ref();
        Some(&enrolling.filter(|it| it.user == user)?.stage)
    }
}

/// What may be set up in this flow.
fn methods(flow: &Flow, facts: &Facts<'_>) -> Vec<PairingMethod> {
    let is_bound = flow.requirement.transaction.is_some();
    let policy = &facts.policy.devices;
    let offers =
        |it: &PairingMethod| policy.offers(it.kind()) && (!is_bound || can_be_bound(it.kind()));
    PairingMethod::ALL.into_iter().filter(offers).collect()
}

/// Whether this person may set up a device in this flow once they have proven a first factor in it.
///
/// RTS art. 24(2): what is enrolled is bound to who has proven themselves. Whoever has any device has more
/// than the first factor to prove themselves with, and does so on their account's pages.
fn is_open(flow: &Flow, facts: &Facts<'_>, person: &Person) -> bool {
    let may_enrol = match facts.policy.devices.enrolment {
        EnrolmentPolicy::WhereAsked => flow.requirement.enrolment == Some(EnrolmentDemand::First),
        EnrolmentPolicy::Never => false,
        EnrolmentPolicy::WhenRequired | EnrolmentPolicy::Offered => true,
    };
    may_enrol
        && person.user.mfa_enabled
        && !person.is_enrolled()
        && !methods(flow, facts).is_empty()
}

/// Whether what stands proven confirms who sets up their first device: it was proven here, or a door
/// vouches for them that asks for this very thing.
fn is_first_factor(flow: &Flow, standing: &Standing<'_>) -> bool {
    match standing.basis {
        Basis::Fresh => true,
        Basis::Vouched => flow.requirement.enrolment == Some(EnrolmentDemand::First),
        Basis::Session(_) | Basis::SteppedUp(_) => false,
    }
}

/// Whether a second factor can be had of whoever stands proven though they have none.
pub(super) fn can_be_had(flow: &Flow, facts: &Facts<'_>, standing: &Standing<'_>) -> bool {
    !flow.requirement.passive
        && is_first_factor(flow, standing)
        && is_open(flow, facts, standing.person)
}

/// What comes next for who must have a second factor and has none; nothing where they get none here.
pub(super) fn required(
    flow: &Flow,
    facts: &Facts<'_>,
    standing: &Standing<'_>,
    now: Timestamp,
) -> Option<Step> {
    if !is_open(flow, facts, standing.person) {
        return None;
    }
    match standing.basis {
        _ if flow.requirement.passive => Some(Step::Failed(Cause::InteractionRequired)),
        _ if is_first_factor(flow, standing) => Some(step(flow, facts, standing.person, now)),
        Basis::Vouched => None,
        // A session may be in anybody's hands: they prove their first factor here.
        Basis::Fresh | Basis::Session(_) | Basis::SteppedUp(_) => Some(Step::SignOn {
            username: Some(standing.person.user.username.clone()),
            locked: true,
            changeable: false,
            passkey: None,
            offers: Offers::default(),
        }),
    }
}

/// What comes next for who needs no second factor and is invited to set one up.
pub(super) fn offered(
    flow: &Flow,
    facts: &Facts<'_>,
    standing: &Standing<'_>,
    now: Timestamp,
) -> Option<Step> {
    let (person, requirement) = (standing.person, &flow.requirement);
    let is_invited = facts.policy.devices.enrolment == EnrolmentPolicy::Offered
        && standing.basis == Basis::Fresh
        && !standing.has_two_factors()
        && requirement.second_factor != SecondFactor::Never
        // On their account's pages they find it by themselves.
        && !requirement.every_browser
        && is_open(flow, facts, person)
        && !matches!(flow.stage_of(person.user.id), Some(Stage::Skipped));
    is_invited.then(|| match step(flow, facts, person, now) {
        Step::SetUp {
            username,
            methods,
            begun,
            ..
        } => Step::SetUp {
            username,
            methods,
            begun,
            skippable: true,
        },
        step => step,
    })
}

/// Where somebody is who sets up their first device.
fn step(flow: &Flow, facts: &Facts<'_>, person: &Person, now: Timestamp) -> Step {
    let user = &person.user;
    let username = user.username.clone();
    match flow.stage_of(user.id) {
        Some(Stage::Target(method)) => Step::PairingTarget {
            username,
            method: *method,
        },
        Some(Stage::Begun { method, device, .. }) => Step::Activate {
            user: user.id,
            username,
            method: *method,
            device: DeviceChoice::of(device),
            sent: sent(flow, device, facts, now),
            is_paired: false,
        },
        stage => Step::SetUp {
            username,
            methods: methods(flow, facts),
            begun: matches!(stage, Some(Stage::Choosing)),
            skippable: false,
        },
    }
}

/// Where somebody is whose first device works, before they go on.
pub(super) fn settled(flow: &Flow, facts: &Facts<'_>, now: Timestamp) -> Option<Step> {
    if !flow.enrols() {
        return None;
    }
    let standing = Standing::of(flow, facts, now)?;
    let person = standing.person;
    let username = person.user.username.clone();
    match flow.stage_of(person.user.id)? {
        Stage::Enrolled { device, .. } => Some(Step::Enrolled {
            username,
            device: device.clone(),
        }),
        Stage::Begun { method, .. } => {
            paired(flow, facts, &standing).map(|paired| Step::Activate {
                user: person.user.id,
                username,
                method: *method,
                device: DeviceChoice::of(&paired.device),
                sent: None,
                is_paired: true,
            })
        }
        _ => None,
    }
}

/// The authenticator that was begun in this flow, if it has been paired since by whoever has proven their
/// first factor here.
pub(super) fn paired(
    flow: &Flow,
    facts: &Facts<'_>,
    standing: &Standing<'_>,
) -> Option<FirstActivated> {
    let person = standing.person;
    let Stage::Begun {
        device,
        pairing_key: Some(_),
        ..
    } = flow.stage_of(person.user.id)?
    else {
        return None;
    };
    let paired = paired_first(&wallet(flow, facts, person), device.id);
    paired.filter(|_| is_first_factor(flow, standing))
}

/// The devices of a person, and what is decided about them by.
pub(super) fn wallet<'w>(flow: &Flow, facts: &'w Facts<'_>, person: &Person) -> Wallet<'w> {
    let key = super::messages_key(person.user.id);
    let mut messages = facts.messages.iter();
    Wallet {
        devices: person.devices.clone(),
        messages: messages.find(|counted| counted.key == key).cloned(),
        policy: Cow::Borrowed(&facts.policy.devices),
        second_factor: flow.requirement.second_factor,
        wording: facts.wording.clone(),
    }
}

/// The code that was sent to a device which has yet to show that it works.
fn sent(flow: &Flow, device: &Device, facts: &Facts<'_>, now: Timestamp) -> Option<Sent> {
    let (sent, policy) = (Pairing::sent(device)?, facts.policy.devices.code);
    let may_be_again = flow.sends < policy.sends && sent.sends() < policy.sends;
    Some(Sent {
        is_alive: sent.is_alive(policy, now),
        again_at: may_be_again.then(|| sent.again_at(policy)),
    })
}
