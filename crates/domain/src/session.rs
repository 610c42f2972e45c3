//! A person signed on in a browser.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::port::{Kind, Lookups, Record};
use crate::{Authentication, ClientId, DeviceId, HandleKey, Timestamp, UserId};

/// How long a session lasts.
#[derive(Clone, Copy, Debug)]
pub struct SessionPolicy {
    /// Without use.
    pub idle: Duration,
    /// At most.
    pub absolute: Duration,
    /// Whether it outlives the browser: then it lasts as long as it was begun for.
    pub persistent: bool,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self {
            idle: Duration::from_hours(1),
            absolute: Duration::from_hours(8),
            persistent: false,
        }
    }
}

/// A person signed on in a browser, found by the browser's cookie.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    /// The hash of the cookie that opens it.
    pub handle: HandleKey,
    /// Who is signed on.
    pub user: UserId,
    /// How and when they proved who they are; names the session (`sid`).
    pub authentication: Authentication,
    /// With which of their devices they did, where with any: where those may not answer, what they have
    /// proven counts for nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<DeviceId>,
    /// When it began.
    pub created: Timestamp,
    /// When it was last used, to the minute.
    pub last_used: Timestamp,
    /// When it ends, used or not.
    pub ends: Timestamp,
    /// How long it lasts without use, if not as long as all: it outlives the browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<Duration>,
    /// The browser's own description of itself, shortened.
    pub user_agent: String,
    /// From where it was begun.
    pub address: String,
    /// The clients that were given tokens in it, to be told when it ends.
    pub clients: BTreeSet<ClientId>,
}

impl Session {
    /// Whether it is still good.
    pub fn is_live(&self, policy: SessionPolicy, now: Timestamp) -> bool {
        now < self.ends && now < self.last_used + self.idle.unwrap_or(policy.idle)
    }

    /// The session as used now; `None` when its last use was noted less than a minute ago.
    pub fn used(&self, now: Timestamp) -> Option<Self> {
        let stale = now.since(self.last_used) >= Duration::from_mins(1);
        stale.then(|| Self {
            last_used: now,
            ..self.clone()
        })
    }
}

impl Record for Session {
    const KIND: Kind = Kind::Session;

    fn key(&self) -> Vec<u8> {
        self.handle.as_ref().to_vec()
    }

    fn lookups(&self) -> Lookups {
        [
            Some(self.user.as_bytes().as_slice().into()),
            Some(self.authentication.session.as_bytes().as_slice().into()),
            None,
        ]
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.ends)
    }
}
