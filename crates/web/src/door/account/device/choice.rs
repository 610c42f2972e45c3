//! The kinds of devices as people tell them apart.

use authn::account::device::Wanted;
use authn::evidence::FactorKind;
use domain::{Device, DeviceKind};

/// What people choose among.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::door) enum Choice {
    /// A key in the device at hand, or one that follows them from device to device.
    Passkey,
    /// A key on a ring.
    SecurityKey,
    /// An app that is asked what its person approves.
    Authenticator,
    /// An app that shows codes.
    Totp,
    /// Codes by mail.
    Email,
    /// Codes by text message.
    Sms,
    /// Codes that are read out.
    Voice,
    /// A face.
    Face,
    /// Codes on paper.
    Recovery,
}

impl Choice {
    /// Every one, in the order in which they are offered.
    pub(in crate::door) const ALL: [Self; 9] = [
        Self::Passkey,
        Self::SecurityKey,
        Self::Authenticator,
        Self::Totp,
        Self::Sms,
        Self::Voice,
        Self::Email,
        Self::Face,
        Self::Recovery,
    ];

    /// Its name in addresses and in the names of messages.
    pub(in crate::door) const fn slug(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::SecurityKey => "security-key",
            Self::Authenticator => "authenticator",
            Self::Totp => "totp",
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Voice => "voice",
            Self::Face => "face",
            Self::Recovery => "recovery",
        }
    }

    /// The one with this name.
    pub(in crate::door) fn named(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.slug() == slug)
    }

    /// What it proves.
    pub(in crate::door) const fn kind(self) -> FactorKind {
        match self {
            Self::Passkey | Self::SecurityKey => FactorKind::WebAuthn,
            Self::Authenticator => FactorKind::Push,
            Self::Totp => FactorKind::Totp,
            Self::Email => FactorKind::Email,
            Self::Sms => FactorKind::Sms,
            Self::Voice => FactorKind::Voice,
            Self::Face => FactorKind::Face,
            Self::Recovery => FactorKind::RecoveryCode,
        }
    }

    /// What is to be enrolled; recovery codes are made at once, authenticators are paired, and faces
    /// looked at.
    pub(in crate::door) fn wanted(self, target: &str) -> Option<Wanted> {
        Some(match self {
            Self::Passkey => Wanted::WebAuthn { roaming: false },
            Self::SecurityKey => Wanted::WebAuthn { roaming: true },
            Self::Totp => Wanted::Totp,
            Self::Email => Wanted::Email(target.to_owned()),
            Self::Sms => Wanted::Sms(target.to_owned()),
            Self::Voice => Wanted::Voice(target.to_owned()),
            Self::Recovery | Self::Authenticator | Self::Face => return None,
        })
    }

    /// What a device is.
    pub(in crate::door) fn of(device: &Device) -> Self {
        match &device.kind {
            DeviceKind::Totp(_) => Self::Totp,
            DeviceKind::Email { .. } => Self::Email,
            DeviceKind::Sms { .. } => Self::Sms,
            DeviceKind::Voice { .. } => Self::Voice,
            DeviceKind::Authenticator(_) | DeviceKind::AuthenticatorPending => Self::Authenticator,
            DeviceKind::Face(_) | DeviceKind::FacePending => Self::Face,
            DeviceKind::RecoveryCodes(_) => Self::Recovery,
            DeviceKind::WebAuthnPending { roaming: false } => Self::Passkey,
            DeviceKind::WebAuthnPending { roaming: true } => Self::SecurityKey,
            // A phone that is used from another device roams too, but its keys are backed up.
            DeviceKind::WebAuthn(credential) => {
                let roams = credential.attachment.as_deref() == Some("cross-platform");
                match roams && !credential.backup_eligible {
                    true => Self::SecurityKey,
                    false => Self::Passkey,
                }
            }
        }
    }
}
