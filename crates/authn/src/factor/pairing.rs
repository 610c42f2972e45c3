//! What a device was asked that has yet to show that it works.

use domain::{Actor, Device, HandleKey, Secret, SessionId, Timestamp};
use jose::digest::constant_time_eq;
use serde::{Deserialize, Serialize};

use super::code::SentCode;
use super::webauthn::Challenge;

/// What it was asked for.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pairing {
    /// The code that was sent to it.
    Sent(SentCode),
    /// A new credential.
    Signature(Challenge),
    /// A code of the app to which a secret was shown, in the session in which it may be shown again.
    Shown(SessionId),
    /// A key of its own, by whoever was given what this opens.
    Key {
        /// What opens it.
        opens: HandleKey,
        /// Until when.
        until: Timestamp,
        /// Whether it is to be its person's first device, or none.
        #[serde(default)]
        first: bool,
        /// The session in which it was begun, which has to be open still; none outside of one.
        #[serde(default)]
        session: Option<SessionId>,
        /// Who has invited its person to pair it, if they have not begun it themselves.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inviter: Option<Actor>,
    },
}

impl Pairing {
    /// What this device was asked for.
    pub(crate) fn of(device: &Device) -> Option<Self> {
        let kept = device.pairing.as_ref()?;
        serde_json::from_str(kept.expose()).ok()
    }

    /// The code that was sent to this device.
    pub(crate) fn sent(device: &Device) -> Option<SentCode> {
        match Self::of(device)? {
            Self::Sent(sent) => Some(sent),
            Self::Signature(_) | Self::Shown(_) | Self::Key { .. } => None,
        }
    }

    /// What this device is to sign.
    pub(crate) fn challenge(device: &Device) -> Option<Challenge> {
        match Self::of(device)? {
            Self::Signature(challenge) => Some(challenge),
            Self::Sent(_) | Self::Shown(_) | Self::Key { .. } => None,
        }
    }

    /// Whether what was presented opens the pairing of this device now; takes the same time wherever
    /// they differ.
    pub(crate) fn is_opened(device: &Device, presented: &HandleKey, now: Timestamp) -> bool {
        match Self::of(device) {
            Some(Self::Key { opens, until, .. }) => {
                now < until && constant_time_eq(opens.as_ref(), presented.as_ref())
            }
            _ => false,
        }
    }

    /// In which session the secret of this device may be seen.
    pub(crate) fn shown_in(device: &Device) -> Option<SessionId> {
        match Self::of(device)? {
            Self::Shown(session) => Some(session),
            Self::Sent(_) | Self::Signature(_) | Self::Key { .. } => None,
        }
    }

    /// The session in which its person began to pair this device, which has to be open still when it
    /// brings its key.
    pub(crate) fn begun_in(device: &Device) -> Option<SessionId> {
        match Self::of(device)? {
            Self::Key { session, .. } => session,
            Self::Sent(_) | Self::Signature(_) | Self::Shown(_) => None,
        }
    }

    /// Who has invited the person of this device to pair it, if anybody has.
    pub(crate) fn inviter(device: &Device) -> Option<Actor> {
        match Self::of(device)? {
            Self::Key { inviter, .. } => inviter,
            Self::Sent(_) | Self::Signature(_) | Self::Shown(_) => None,
        }
    }

    /// Until when this device may bring its key.
    pub(crate) fn until(device: &Device) -> Option<Timestamp> {
        match Self::of(device)? {
            Self::Key { until, .. } => Some(until),
            Self::Sent(_) | Self::Signature(_) | Self::Shown(_) => None,
        }
    }

    /// Whether this device is to be its person's first, or none.
    pub(crate) fn is_first(device: &Device) -> bool {
        matches!(Self::of(device), Some(Self::Key { first: true, .. }))
    }

    /// As a device keeps it.
    pub(crate) fn kept(&self) -> Option<Secret> {
        serde_json::to_string(self).ok().map(Secret::new)
    }
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;
    use domain::{DeviceId, Timestamp, UserId};

    use super::*;
    use crate::factor::totp;

    #[test]
    fn a_device_keeps_what_it_was_asked() {
        let random = CountingRandom::default();
        let now = Timestamp::from_seconds(1_700_000_000);
        let secret = totp::generate(&random);
        let mut device = totp::device(UserId::new(now, &random), "", secret, now, &random);
        assert!(Pairing::of(&device).is_none());
        let sent = SentCode::begin(DeviceId::new(now, &random), 2, now, &random);
        device.pairing = Pairing::Sent(sent).kept();
        assert_eq!(Pairing::sent(&device).unwrap().sends(), 3);
        assert!(Pairing::challenge(&device).is_none());
        let challenge = Challenge::random(&random);
        device.pairing = Pairing::Signature(challenge.clone()).kept();
        assert_eq!(Pairing::challenge(&device), Some(challenge));
        device.pairing = Some(Secret::new("{}"));
        assert!(Pairing::of(&device).is_none());
    }
}
