//! A browser that a person has trusted.

use serde::{Deserialize, Serialize};

use crate::port::{Kind, Lookups, Record};
use crate::{DeviceId, HandleKey, SessionId, Timestamp, UserId};

/// A browser in which a person is not asked for a second factor that policy alone asks for, found by
/// the browser's cookie.
#[derive(Clone, Serialize, Deserialize)]
pub struct TrustedBrowser {
    /// The hash of the cookie that it brings.
    pub handle: HandleKey,
    /// The session in which it was trusted; by its name the person takes the trust back.
    pub session: SessionId,
    /// Who trusts it.
    pub user: UserId,
    /// When they did.
    pub created: Timestamp,
    /// When it is over.
    pub expires: Timestamp,
    /// When their password was set; another voids the trust.
    pub password_set: Option<Timestamp>,
    /// What they could prove who they are with at that time; when one of these is removed, the trust
    /// is void.
    pub devices: Vec<DeviceId>,
    /// With which of these they did: the trust is worth nothing where none of them may answer.
    #[serde(default)]
    pub proven: Vec<DeviceId>,
    /// The browser's own description of itself, shortened.
    pub user_agent: String,
    /// From where it was trusted.
    pub address: String,
}

impl Record for TrustedBrowser {
    const KIND: Kind = Kind::TrustedBrowser;

    fn key(&self) -> Vec<u8> {
        self.handle.as_ref().to_vec()
    }

    fn lookups(&self) -> Lookups {
        [
            Some(self.user.as_bytes().as_slice().into()),
            Some(self.session.as_bytes().as_slice().into()),
            None,
        ]
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.expires)
    }
}
