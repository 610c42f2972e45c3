//! What is to be sent to a person.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::port::{Kind, Random, Record};
use crate::{DeviceKind, MessageId, Secret, Timestamp};

/// A message on its way to a person. It is written in the same commit as whatever makes it necessary,
/// and sent afterwards, at least once; it is deleted when it has arrived or is worth nothing any more.
#[derive(Clone, Serialize, Deserialize)]
pub struct Message {
    /// Identifies it; a gateway that is given it again knows that it has it already.
    pub id: MessageId,
    /// What goes where.
    pub content: MessageContent,
    /// When it was written.
    pub created: Timestamp,
    /// From when on it is worth nothing.
    pub expires: Timestamp,
    /// How often it was tried in vain to send it.
    #[serde(default)]
    pub failures: u32,
    /// When it is to be tried next.
    pub due: Timestamp,
}

/// What goes where. The texts may hold a one-time code: they are never logged.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "channel")]
pub enum MessageContent {
    /// A mail (RFC 5322).
    Email {
        /// The address.
        to: String,
        /// The subject.
        subject: Secret,
        /// The text.
        body: Secret,
        /// Whether the text is HTML.
        #[serde(default)]
        html: bool,
    },
    /// A text message.
    Sms {
        /// The telephone number (E.164).
        to: String,
        /// The text.
        text: Secret,
    },
    /// A call in which a text is read out.
    Voice {
        /// The telephone number (E.164).
        to: String,
        /// The text.
        text: Secret,
        /// The language in which it is read out (BCP 47).
        language: String,
    },
    /// A notification to an authenticator (RFC 8030).
    Push {
        /// Where its push service takes notifications.
        endpoint: String,
        /// The public key for which they are encrypted (RFC 8291 §3.1), base64url.
        key: String,
        /// The secret that goes with it (RFC 8291 §3.2), base64url.
        authentication_secret: Secret,
        /// What it is told.
        payload: Secret,
    },
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// By mail.
    Email,
    /// As a text message.
    Sms,
    /// As a call.
    Voice,
    /// As a notification.
    Push,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 4] = [Self::Email, Self::Sms, Self::Voice, Self::Push];

    /// Its name: lower-case letters, stable for ever.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Push => "push",
        }
    }
}

impl MessageContent {
    /// How it travels.
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Email { .. } => Channel::Email,
            Self::Sms { .. } => Channel::Sms,
            Self::Voice { .. } => Channel::Voice,
            Self::Push { .. } => Channel::Push,
        }
    }

    /// Where it goes, told so that its owner recognises it and nobody else learns it.
    pub fn masked_target(&self) -> String {
        let masked = |kind: DeviceKind| kind.masked_target().unwrap_or_default();
        match self {
            Self::Email { to, .. } => masked(DeviceKind::Email {
                address: to.clone(),
            }),
            Self::Sms { to, .. } | Self::Voice { to, .. } => {
                masked(DeviceKind::Sms { number: to.clone() })
            }
            // The host is that of the browser's maker; what follows it is whose browser it is.
            Self::Push { endpoint, .. } => {
                let host = endpoint.split('/').nth(2);
                host.unwrap_or_default().to_owned()
            }
        }
    }
}

impl Message {
    /// A message that is to be sent at once, and is worth nothing after `lifetime`.
    pub fn new(
        content: MessageContent,
        lifetime: Duration,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        Self {
            id: MessageId::new(now, random),
            content,
            created: now,
            expires: now + lifetime,
            failures: 0,
            due: now,
        }
    }
}

impl Record for Message {
    const KIND: Kind = Kind::Message;

    fn key(&self) -> Vec<u8> {
        self.id.as_bytes().to_vec()
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.expires)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_tells_no_address() {
        let push = MessageContent::Push {
            endpoint: "https://push.example.net/send/secret-of-a-browser".to_owned(),
            key: String::new(),
            authentication_secret: Secret::new(""),
            payload: Secret::new(""),
        };
        assert_eq!(push.masked_target(), "push.example.net");
        let sms = MessageContent::Sms {
            to: "+49301234567".to_owned(),
            text: Secret::new(""),
        };
        assert_eq!(sms.masked_target(), "*******67");
        assert_eq!(sms.channel().name(), "sms");
    }
}
