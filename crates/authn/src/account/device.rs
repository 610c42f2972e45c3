//! The devices with which people prove who they are: enrolling, naming, ordering and removing them.
//!
//! A device is begun ([`begin()`]), shows that it works ([`activate()`]), and only then proves anything.
//! Nobody adds or removes one without confirming who they are ([`super::Confirmation`]): whoever has
//! got hold of a session must not bind a device of their own to the account. Of a new one the person is
//! told at their other addresses. An administrator acts by [`register`], [`invite`], [`admit`], [`retract`] and
//! [`discard`],
//! which confirm nothing.

mod activate;
mod begin;
mod face;
mod first;
mod notice;
mod order;
mod pair;
mod recovery;
mod remove;

use std::borrow::Cow;
use std::time::Duration;

use domain::port::Versioned;
use domain::{Attempts, Device, DeviceId, DeviceKind, DeviceStatus, Timestamp};
use serde_json::Value;

pub use activate::{Proof, Proven, activate, admit, prove};
pub use begin::{begin, is_seen_by, options, register, resend};
pub use face::begin_face;
pub(crate) use first::{
    FirstActivated, activate_first, begin_first, first_recovery_codes, paired_first, resend_first,
};
pub use order::{rename, reorder};
pub use pair::{begun_in, invite, pair, pairs_until, retract, subscribe};
pub use recovery::renew_recovery_codes;
pub(crate) use remove::remove_proven;
pub use remove::{discard, remove};

use super::{Owner, Refusal};
use crate::approval::visible;
use crate::evidence::FactorKind;
use crate::flow::{DevicePolicy, SecondFactor, Wording};

/// For how long a device that was begun may still show that it works.
const PATIENCE: Duration = Duration::from_hours(1);

/// The longest name of a device, in characters.
pub const MAX_NAME: usize = 64;

/// The devices of a person, and what is decided about them by.
pub struct Wallet<'a> {
    /// All their devices.
    pub devices: Vec<Versioned<Device>>,
    /// The messages to them that were counted under [`crate::flow::messages_key`].
    pub messages: Option<Versioned<Attempts>>,
    /// Which devices may be used, and how.
    pub policy: Cow<'a, DevicePolicy>,
    /// When a second factor is asked for.
    pub second_factor: SecondFactor,
    /// In which words they are told things.
    pub wording: Wording,
}

/// What is to be enrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An app that shows codes.
    Totp,
    /// A mailbox, by its address.
    Email(String),
    /// A telephone that is sent text messages, by its number.
    Sms(String),
    /// A telephone that is called, by its number.
    Voice(String),
    /// A passkey, or a security key.
    WebAuthn {
        /// Whether it is to roam, as security keys do.
        roaming: bool,
    },
    /// An authenticator that is asked what its person approves.
    Authenticator,
    /// A face.
    Face,
}

impl Wanted {
    /// What it would prove.
    pub const fn kind(&self) -> FactorKind {
        match self {
            Self::Totp => FactorKind::Totp,
            Self::Email(_) => FactorKind::Email,
            Self::Sms(_) => FactorKind::Sms,
            Self::Voice(_) => FactorKind::Voice,
            Self::WebAuthn { .. } => FactorKind::WebAuthn,
            Self::Authenticator => FactorKind::Push,
            Self::Face => FactorKind::Face,
        }
    }
}

/// Whether a device was begun so long ago that it cannot be activated any more: it is as good as gone.
pub fn is_stale(device: &Device, now: Timestamp) -> bool {
    device.status == DeviceStatus::ActivationRequired && now >= device.created + PATIENCE
}

impl Wallet<'_> {
    /// The devices that count: those of the person, apart from the stale ones.
    fn live(&self, owner: Owner<'_>) -> impl Iterator<Item = &Versioned<Device>> {
        let is_theirs = move |device: &&Versioned<Device>| {
            device.user == owner.user.id && !is_stale(device, owner.now)
        };
        self.devices.iter().filter(is_theirs)
    }

    fn find(&self, owner: Owner<'_>, id: DeviceId) -> Result<&Versioned<Device>, Refusal> {
        let mut devices = self.live(owner);
        devices
            .find(|device| device.id == id)
            .ok_or(Refusal::DeviceGone)
    }

    /// A device that has shown that it works.
    fn active(&self, owner: Owner<'_>, id: DeviceId) -> Result<&Versioned<Device>, Refusal> {
        let device = self.find(owner, id)?;
        device
            .is_active()
            .then_some(device)
            .ok_or(Refusal::DeviceGone)
    }

    /// A device that has yet to show that it works.
    fn pending(&self, owner: Owner<'_>, id: DeviceId) -> Result<&Versioned<Device>, Refusal> {
        let device = self.find(owner, id)?;
        (!device.is_active())
            .then_some(device)
            .ok_or(Refusal::DeviceGone)
    }

    /// The place after all others; recovery codes are always last.
    fn next_position(&self, owner: Owner<'_>) -> u32 {
        let placed = self.live(owner).filter(|it| it.is_active());
        let places = placed.map(|device| device.position);
        let last = places.filter(|position| *position != u32::MAX).max();
        last.map_or(0, |last| last.saturating_add(1))
    }
}

/// A name as it may be given to a device: 1 to [`MAX_NAME`] characters, all of which can be seen.
fn name(text: &str) -> Result<String, Refusal> {
    let name = text.trim();
    let fits = (1..=MAX_NAME).contains(&name.chars().count());
    let can_be_seen = visible(name) == name;
    (fits && can_be_seen)
        .then(|| name.to_owned())
        .ok_or(Refusal::NotAName)
}

/// What an event tells of a device: nothing that is secret, and no address in full.
fn told(device: &Device) -> Value {
    serde_json::json!({
        "id": device.id.to_string(),
        "kind": FactorKind::of_device(&device.kind),
        "name": device.name,
        "target": device.kind.masked_target(),
        "status": device.status,
        "position": device.position,
    })
}

/// Whether two devices of a person would be one and the same.
fn is_same(one: &DeviceKind, other: &DeviceKind) -> bool {
    use DeviceKind::{AuthenticatorPending, Email, FacePending, Sms, Totp, Voice, WebAuthnPending};
    match (one, other) {
        (Totp(_), Totp(_))
        | (AuthenticatorPending, AuthenticatorPending)
        | (FacePending, FacePending) => true,
        (Email { address: one }, Email { address: other }) => one.eq_ignore_ascii_case(other),
        (Sms { number: one }, Sms { number: other })
        | (Voice { number: one }, Voice { number: other }) => one == other,
        (WebAuthnPending { roaming: one }, WebAuthnPending { roaming: other }) => one == other,
        _ => false,
    }
}
