//! With what people and administrators prove who they are.

mod authenticator;
mod face;
mod webauthn;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use authenticator::{Authenticator, PushSubscription};
pub use face::{ConsentGiven, Face};
pub use webauthn::{Aaguid, AaguidFormat, WebAuthnCredential};

use crate::port::{Kind, Lookups, Record};
use crate::{DeviceId, Secret, Timestamp, UserId};

/// A person's password, hashed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Password {
    /// Whose it is.
    pub user: UserId,
    /// Its Argon2id hash as a PHC string (RFC 9106).
    pub hash: Secret,
    /// When it was set.
    pub changed: Timestamp,
    /// Whether whoever signs on with it must set another: it was set by somebody else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub must_change: bool,
}

impl Password {
    /// Whether whoever signs on with it must set another, where one is good for `lifetime`.
    pub fn is_due(&self, lifetime: Option<Duration>, now: Timestamp) -> bool {
        self.must_change || lifetime.is_some_and(|lifetime| now >= self.changed + lifetime)
    }
}

impl Record for Password {
    const KIND: Kind = Kind::Password;

    fn key(&self) -> Vec<u8> {
        self.user.as_bytes().to_vec()
    }
}

/// Something a person has registered to prove who they are with.
#[derive(Clone, Serialize, Deserialize)]
pub struct Device {
    /// Identifies it.
    pub id: DeviceId,
    /// Whose it is.
    pub user: UserId,
    /// What the person calls it.
    pub name: String,
    /// What it is, and what it is checked with.
    pub kind: DeviceKind,
    /// Whether it may be used already.
    pub status: DeviceStatus,
    /// When it was registered.
    pub created: Timestamp,
    /// When it last proved something.
    pub last_used: Option<Timestamp>,
    /// Its place among the person's devices: the least is the one that they want to be asked for.
    #[serde(default)]
    pub position: u32,
    /// What it takes to show that it works, while it has yet to: what it was asked, in a form that only
    /// its factor reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairing: Option<Secret>,
}

/// What a device is.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum DeviceKind {
    /// An app that shows time-based one-time codes.
    Totp(Totp),
    /// A mailbox to which one-time codes are sent.
    Email {
        /// Its address.
        address: String,
    },
    /// A telephone to which one-time codes are sent as text messages.
    Sms {
        /// Its number (E.164).
        number: String,
    },
    /// A telephone by which one-time codes are read out.
    Voice {
        /// Its number (E.164).
        number: String,
    },
    /// A passkey or a security key.
    #[serde(rename = "webauthn")]
    WebAuthn(WebAuthnCredential),
    /// A passkey or a security key that is still to be made: there is nothing yet that it could be
    /// checked with, so that it can prove nothing whatever its status says.
    #[serde(rename = "webauthn_pending")]
    WebAuthnPending {
        /// Whether it is to roam, as security keys do, and not to be part of the client device.
        roaming: bool,
    },
    /// An app that is asked what its person approves.
    Authenticator(Authenticator),
    /// Such an app that is still to make its key: it can prove nothing.
    AuthenticatorPending,
    /// A face, with the device by which its person shows it.
    Face(Face),
    /// A face that is still to be looked at: it can prove nothing.
    FacePending,
    /// Codes on paper, for when nothing else is at hand.
    RecoveryCodes(RecoveryCodes),
}

impl DeviceKind {
    /// Where codes are sent, told so that its owner recognises it and nobody else learns it.
    pub fn masked_target(&self) -> Option<String> {
        match self {
            Self::Totp(_)
            | Self::WebAuthn(_)
            | Self::WebAuthnPending { .. }
            | Self::Authenticator(_)
            | Self::AuthenticatorPending
            | Self::Face(_)
            | Self::FacePending
            | Self::RecoveryCodes(_) => None,
            Self::Email { address } => Some(masked_address(address)),
            Self::Sms { number } | Self::Voice { number } => Some(masked_number(number)),
        }
    }
}

/// The last two digits, and a fixed number of stars, so that not even the length is told.
fn masked_number(number: &str) -> String {
    let from = number.len().saturating_sub(2);
    let end = number.get(from..).filter(|_| number.len() > 4);
    format!("*******{}", end.unwrap_or_default())
}

/// The first letter of the mailbox and of the domain, and the last label of the domain.
fn masked_address(address: &str) -> String {
    let (mailbox, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    let end = domain.rsplit_once('.').map_or("", |(_, end)| end);
    format!("{}***@{}***.{end}", first(mailbox), first(domain))
}

/// The recovery codes of a person that are not spent yet.
#[derive(Clone, Serialize, Deserialize)]
pub struct RecoveryCodes {
    /// Their SHA-256 hashes in base64url: each has entropy enough that no slower hash is needed.
    pub hashes: Vec<Secret>,
}

/// Whether a device may be used already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeviceStatus {
    /// It has proved that it works.
    Active,
    /// It has yet to prove that it works.
    ActivationRequired,
}

/// The secret and the state of a time-based one-time code (RFC 6238): SHA-1, 6 digits, 30 seconds,
/// which is what every authenticator app speaks.
#[derive(Clone, Serialize, Deserialize)]
pub struct Totp {
    /// The shared secret in base 32 without padding.
    pub secret: Secret,
    /// The last time step whose code was accepted; it and earlier ones are spent.
    pub last_step: Option<u64>,
}

impl Device {
    /// Whether it may be used already.
    pub fn is_active(&self) -> bool {
        self.status == DeviceStatus::Active
    }
}

impl Record for Device {
    const KIND: Kind = Kind::Device;

    fn key(&self) -> Vec<u8> {
        self.id.as_bytes().to_vec()
    }

    fn lookups(&self) -> Lookups {
        let credential = match &self.kind {
            DeviceKind::WebAuthn(credential) => Some(credential.id.to_vec().into()),
            _ => None,
        };
        [
            Some(self.user.as_bytes().as_slice().into()),
            credential,
            None,
        ]
    }
}

/// What an administrator may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdministratorRole {
    /// Everything.
    #[default]
    Full,
    /// Look, and change nothing.
    Auditor,
}

/// Someone who may configure the server.
#[derive(Clone, Serialize, Deserialize)]
pub struct Administrator {
    /// The name with which they sign on.
    pub name: String,
    /// Their password's Argon2id hash as a PHC string (RFC 9106).
    pub password_hash: Secret,
    /// When the password was set.
    pub changed: Timestamp,
    /// What they may do.
    #[serde(default)]
    pub role: AdministratorRole,
}

impl Record for Administrator {
    const KIND: Kind = Kind::Administrator;

    fn key(&self) -> Vec<u8> {
        self.name.as_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_recognised_by_its_owner_and_nobody_else() {
        let masked = |kind: DeviceKind| kind.masked_target().unwrap();
        let mail = |address: &str| {
            masked(DeviceKind::Email {
                address: address.to_owned(),
            })
        };
        assert_eq!(mail("alice@example.com"), "a***@e***.com");
        assert_eq!(mail("ünal@büro.example.co.uk"), "ü***@b***.uk");
        let number = |number: &str| {
            masked(DeviceKind::Sms {
                number: number.to_owned(),
            })
        };
        assert_eq!(number("+49301234567"), "*******67");
        assert_eq!(number("+123"), "*******");
    }
}
