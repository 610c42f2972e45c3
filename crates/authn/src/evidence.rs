//! What has been proven.

use std::collections::BTreeSet;

use domain::{DeviceId, DeviceKind, Password, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// A class of factor (RTS art. 4(1)): strong authentication takes two different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactorClass {
    /// Something only the person knows.
    Knowledge,
    /// Something only the person has.
    Possession,
    /// Something the person is.
    Inherence,
}

impl FactorClass {
    /// The class of an `amr` value (RFC 8176 §2); `None` for values that name no factor.
    pub fn of_amr(value: &str) -> Option<Self> {
        match value {
            "pwd" | "pin" | "kba" => Some(Self::Knowledge),
            "otp" | "hwk" | "swk" | "sms" | "tel" | "sc" => Some(Self::Possession),
            "face" | "fpt" | "iris" | "retina" | "vbm" => Some(Self::Inherence),
            _ => None,
        }
    }

    /// Whether `amr` has values of two different classes.
    pub fn are_two<'a>(amr: impl IntoIterator<Item = &'a str>) -> bool {
        let classes: BTreeSet<Self> = amr.into_iter().filter_map(Self::of_amr).collect();
        classes.len() >= 2
    }
}

/// A kind of factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// A password together with a user name.
    Password,
    /// A time-based one-time code (RFC 6238).
    Totp,
    /// A one-time code sent by mail.
    Email,
    /// A one-time code sent as a text message.
    Sms,
    /// A one-time code read out by telephone.
    Voice,
    /// A passkey or a security key.
    #[serde(rename = "webauthn")]
    WebAuthn,
    /// An app that was asked, and has signed its person's approval.
    Push,
    /// A face, shown with the device on which it was enrolled.
    Face,
    /// A recovery code.
    RecoveryCode,
}

impl FactorKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Password,
        Self::Totp,
        Self::Email,
        Self::Sms,
        Self::Voice,
        Self::WebAuthn,
        Self::Push,
        Self::Face,
        Self::RecoveryCode,
    ];

    /// What a device proves.
    pub const fn of_device(kind: &DeviceKind) -> Self {
        match kind {
            DeviceKind::Totp(_) => Self::Totp,
            DeviceKind::Email { .. } => Self::Email,
            DeviceKind::Sms { .. } => Self::Sms,
            DeviceKind::Voice { .. } => Self::Voice,
            DeviceKind::WebAuthn(_) | DeviceKind::WebAuthnPending { .. } => Self::WebAuthn,
            DeviceKind::Authenticator(_) | DeviceKind::AuthenticatorPending => Self::Push,
            DeviceKind::Face(_) | DeviceKind::FacePending => Self::Face,
            DeviceKind::RecoveryCodes(_) => Self::RecoveryCode,
        }
    }

    /// The `amr` values that it stands for (RFC 8176 §2): more than one where several factors are proven
    /// at once.
    pub const fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["pwd"],
            Self::Totp | Self::Email | Self::RecoveryCode => &["otp"],
            Self::Sms => &["sms"],
            Self::Voice => &["tel"],
            Self::WebAuthn => &["hwk"],
            // Nothing says that its key is in hardware.
            Self::Push => &["swk"],
            // A face never counts without the key of its device.
            Self::Face => &["swk", "face"],
        }
    }

    /// Whether something goes to it whenever it is asked: of that there may be too much.
    pub const fn is_disturbed(self) -> bool {
        self.is_sent() || matches!(self, Self::Push)
    }

    /// Whether a code must be sent before it can be asked for.
    pub const fn is_sent(self) -> bool {
        matches!(self, Self::Email | Self::Sms | Self::Voice)
    }
}

/// That a person has proven one factor. Only a factor's check makes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    user: UserId,
    kind: FactorKind,
    device: Option<DeviceId>,
    /// When the password was set that was proven, if a password was.
    password_set: Option<Timestamp>,
    /// What is known of the key that signed, if a passkey or a security key did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<KeyProof>,
    time: Timestamp,
}

/// What a signature of a passkey or a security key says besides that it is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyProof {
    /// Whether the authenticator has verified who was present, by PIN, finger or face: then it is two
    /// factors in one.
    pub(crate) user_verified: bool,
    /// Whether the key may be on other devices as well.
    pub(crate) backup_eligible: bool,
}

impl Evidence {
    /// The evidence of this password.
    pub(crate) const fn of_password(password: &Password, time: Timestamp) -> Self {
        Self {
            user: password.user,
            kind: FactorKind::Password,
            device: None,
            password_set: Some(password.changed),
            key: None,
            time,
        }
    }

    /// The evidence of a registered device.
    pub(crate) const fn of_device(
        kind: FactorKind,
        user: UserId,
        device: DeviceId,
        time: Timestamp,
    ) -> Self {
        Self {
            user,
            kind,
            device: Some(device),
            password_set: None,
            key: None,
            time,
        }
    }

    /// The evidence of a passkey or a security key.
    pub(crate) const fn of_key(
        key: KeyProof,
        user: UserId,
        device: DeviceId,
        time: Timestamp,
    ) -> Self {
        Self {
            key: Some(key),
            ..Self::of_device(FactorKind::WebAuthn, user, device, time)
        }
    }

    /// The `amr` values that it stands for (RFC 8176 §2): for a key in hardware `hwk`,
    /// for one that may be copied `swk`.
    pub const fn amr(&self) -> &'static [&'static str] {
        match self.key {
            Some(KeyProof {
                backup_eligible: true,
                ..
            }) => &["swk"],
            _ => self.kind.amr(),
        }
    }

    /// Whether it is two factors in one.
    pub(crate) const fn is_two_factors(&self) -> bool {
        matches!(self.key, Some(key) if key.user_verified)
    }

    /// Whether it says by itself who the person is, so that it can come first.
    pub(crate) const fn identifies(&self) -> bool {
        matches!(self.kind, FactorKind::Password) || self.is_two_factors()
    }

    /// Who proved it.
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// What was proven.
    pub const fn kind(&self) -> FactorKind {
        self.kind
    }

    /// With which registered device, if with one.
    pub const fn device(&self) -> Option<DeviceId> {
        self.device
    }

    /// Whether what was proven would still prove anything, where `password` is the password of whoever
    /// proved it: one that was changed since does not.
    pub(crate) fn holds(&self, password: Option<&Password>) -> bool {
        let is_it = |password: &Password| {
            password.user == self.user && self.password_set == Some(password.changed)
        };
        self.kind != FactorKind::Password || password.is_some_and(is_it)
    }

    /// When it was proven.
    pub const fn time(&self) -> Timestamp {
        self.time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rts_4_1_two_factors_are_of_different_classes() {
        assert!(FactorClass::are_two(["pwd", "otp"]));
        assert!(!FactorClass::are_two(["pwd", "pin"]));
        assert!(!FactorClass::are_two(["otp", "mfa"]));
        assert!(!FactorClass::are_two([]));
    }

    #[test]
    fn every_kind_of_factor_has_a_class() {
        for kind in FactorKind::ALL {
            let mut values = kind.amr().iter();
            assert!(values.all(|it| FactorClass::of_amr(it).is_some()));
        }
    }
}
