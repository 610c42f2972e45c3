//! With what people and administrators prove who they are.

mod webauthn;

use serde::{Deserialize, Serialize};

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
}

/// What a device is.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum DeviceKind {
    /// An app that shows time-based one-time codes.
    Totp(Totp),
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

impl Record for Device {
    const KIND: Kind = Kind::Device;

    fn key(&self) -> Vec<u8> {
        self.id.as_bytes().to_vec()
    }

    fn lookups(&self) -> Lookups {
        [Some(self.user.as_bytes().as_slice().into()), None, None]
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
