//! The second factor: which of a person's devices may answer, and which was asked.

use std::time::Duration;

use domain::{AttemptsKey, Device, DeviceId, LockoutPolicy, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::facts::{Person, Policy};
use super::record::Flow;
use super::standing::Standing;
use super::step::{Cause, DeviceChoice, Sent, Step};
use crate::evidence::FactorKind;
use crate::factor::code::{CodePolicy, SentCode};
use crate::factor::totp;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicePolicy {
    /// What may answer, the preferred first.
    pub allowed: Vec<FactorKind>,
    /// Who chooses among several.
    pub selection: Selection,
    /// How codes that are sent are made and tried.
    pub code: CodePolicy,
    /// How many messages block further ones to the same person, and for how long.
    pub messages: MessageLimit,
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
    pub(super) const fn as_lockout(self) -> LockoutPolicy {
        LockoutPolicy {
            limit: self.limit,
            cool_down: self.cool_down,
        }
    }
}

impl Default for DevicePolicy {
    fn default() -> Self {
        use FactorKind::{Email, RecoveryCode, Sms, Totp, Voice};
        Self {
            allowed: vec![Totp, Sms, Voice, Email, RecoveryCode],
            selection: Selection::default(),
            code: CodePolicy::default(),
            messages: MessageLimit {
                limit: 20,
                cool_down: Duration::from_hours(1),
            },
        }
    }
}

impl DevicePolicy {
    /// How many digits a code of this kind has; `None` for one that is not all digits.
    pub const fn code_length(&self, kind: FactorKind) -> Option<u32> {
        match kind {
            FactorKind::Totp => Some(totp::DIGITS),
            FactorKind::Email | FactorKind::Sms | FactorKind::Voice => Some(self.code.length),
            FactorKind::Password | FactorKind::RecoveryCode => None,
        }
    }

    /// The devices with which a person can answer.
    pub(super) fn usable<'a>(&self, person: &'a Person) -> impl Iterator<Item = &'a Device> {
        let devices = person.devices.iter().map(|loaded| &loaded.record);
        devices.filter(|device| device.is_active() && self.rank(device).is_some())
    }

    /// The same, the preferred first: by the person's own order, then by policy's.
    fn in_order<'a>(&self, person: &'a Person) -> Vec<&'a Device> {
        let mut devices: Vec<&Device> = self.usable(person).collect();
        devices.sort_by_key(|device| (device.position, self.rank(device), device.id));
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
    /// The code that was sent to it, if it is one to which codes are sent.
    pub(super) sent: Option<SentCode>,
}

/// Under which key the messages to a person are counted.
pub(super) fn messages_key(user: UserId) -> AttemptsKey {
    AttemptsKey::new("messages", &user.to_string())
}

/// What comes next for who lacks a second factor.
pub(super) fn second_factor(
    flow: &Flow,
    policy: &Policy,
    standing: &Standing<'_>,
    now: Timestamp,
) -> Step {
    let policy = &policy.devices;
    let devices = policy.in_order(standing.person);
    if devices.is_empty() {
        return Step::Failed(Cause::NoSecondFactor);
    }
    if flow.requirement.passive {
        return Step::Failed(Cause::InteractionRequired);
    }
    let username = standing.person.user.username.clone();
    let choices: Vec<DeviceChoice> = devices.iter().copied().map(DeviceChoice::of).collect();
    let asked = asked(flow, policy, standing.person, &devices);
    match asked {
        Some((device, sent)) => Step::OneTimeCode {
            username,
            device: DeviceChoice::of(device),
            devices: choices,
            sent: sent.map(|sent| shown(flow, sent, policy.code, now)),
        },
        None => Step::SelectDevice {
            username,
            devices: choices,
        },
    }
}

/// The device that was asked, and the code that was sent to it. One that shows codes itself need not
/// have been asked to answer.
fn asked<'a>(
    flow: &'a Flow,
    policy: &DevicePolicy,
    person: &Person,
    devices: &[&'a Device],
) -> Option<(&'a Device, Option<&'a SentCode>)> {
    let prompt = flow.prompt.as_ref();
    let theirs = prompt.filter(|prompt| prompt.user == person.user.id);
    if let Some(prompt) = theirs
        && let Some(device) = devices.iter().find(|device| device.id == prompt.device)
    {
        return Some((device, prompt.sent.as_ref()));
    }
    let preferred = policy.preferred(devices)?;
    let is_sent = FactorKind::of_device(&preferred.kind).is_sent();
    (!is_sent).then_some((preferred, None))
}

fn shown(flow: &Flow, sent: &SentCode, policy: CodePolicy, now: Timestamp) -> Sent {
    let may_be_again = flow.sends < policy.sends;
    Sent {
        is_alive: sent.is_alive(policy, now),
        again_at: may_be_again.then(|| sent.again_at(policy)),
    }
}

/// The device that is to be sent a code without anybody's asking, when `step` is to choose one.
pub(super) fn to_be_asked(policy: &DevicePolicy, person: &Person) -> Option<DeviceId> {
    let devices = policy.in_order(person);
    policy.preferred(&devices).map(|device| device.id)
}
