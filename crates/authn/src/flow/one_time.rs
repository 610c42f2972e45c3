//! A device for once: an address or a number to which a code is sent on the word of whoever asks. It is
//! no record, so that nobody has it afterwards, and it is among the devices of its person in its own
//! flow alone.

use domain::port::{Random, Version, Versioned};
use domain::{Device, DeviceId, DeviceKind, DeviceStatus, Timestamp};
use serde::{Deserialize, Serialize};

use super::facts::Person;
use super::record::Flow;
use super::requirement::Requirement;

/// To where a code is sent once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OneTimeTarget {
    /// The address of a mailbox.
    Email(String),
    /// A telephone number (E.164) that is sent a text message.
    Sms(String),
    /// A telephone number (E.164) that is called.
    Voice(String),
}

impl OneTimeTarget {
    /// What it would be as somebody's device.
    pub fn kind(&self) -> DeviceKind {
        match self.clone() {
            Self::Email(address) => DeviceKind::Email { address },
            Self::Sms(number) => DeviceKind::Sms { number },
            Self::Voice(number) => DeviceKind::Voice { number },
        }
    }
}

/// A device for once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTimeDevice {
    id: DeviceId,
    target: OneTimeTarget,
}

impl OneTimeDevice {
    /// One to which codes are sent there.
    pub fn new(target: OneTimeTarget, now: Timestamp, random: &dyn Random) -> Self {
        Self {
            id: DeviceId::new(now, random),
            target,
        }
    }

    /// By what it is chosen in its flow.
    pub const fn id(&self) -> DeviceId {
        self.id
    }

    /// To where codes are sent.
    pub const fn target(&self) -> &OneTimeTarget {
        &self.target
    }
}

impl Requirement {
    /// The same, where nothing else will do than a code that is sent there.
    #[must_use]
    pub fn with_one_time(self, device: OneTimeDevice) -> Self {
        Self {
            device: Some(device.id),
            one_time: Some(Box::new(device)),
            ..self
        }
    }

    /// Whether this is its device for once, of which nothing is ever stored.
    pub(super) fn is_one_time(&self, device: DeviceId) -> bool {
        self.one_time.as_ref().is_some_and(|it| it.id == device)
    }
}

impl Person {
    /// The person with the device that is theirs in this flow alone, if it is about them and has one.
    #[must_use]
    pub fn within(mut self, flow: &Flow) -> Self {
        let requirement = &flow.requirement;
        let once = requirement.one_time.as_ref();
        let is_about_them = requirement.vouched == Some(self.user.id);
        if let Some(once) = once.filter(|_| is_about_them) {
            self.devices.push(Versioned {
                // No record ever has it: what would write this one fails.
                version: Version(0),
                record: Device {
                    id: once.id,
                    user: self.user.id,
                    name: String::new(),
                    kind: once.target.kind(),
                    status: DeviceStatus::Active,
                    created: flow.created,
                    last_used: None,
                    position: u32::MAX,
                    pairing: None,
                },
            });
        }
        self
    }
}
