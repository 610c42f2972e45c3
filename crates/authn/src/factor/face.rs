//! The face as a factor: a flow, or somebody's account pages, give out a ticket, and one session of
//! Recognize is opened by it (docs/recognize-protocol.md §6).
//!
//! A [`FaceTicket`] stands for everything that a customer's page would say: who it is, what is to be done,
//! and what is approved by it. The session notes in it what was seen; the flow takes that up when its
//! person goes on, as it does with what an authenticator has answered. docs/decisions/0019 says why.

use std::time::Duration;

use domain::port::{Kind, Lookups, Random, Record};
use domain::{DeviceId, FlowId, Handle, HandleKey, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::approval::Presented;

/// Random bytes in a ticket.
const ENTROPY: usize = 32;

/// How long a session may go on that was opened in time.
const SESSION: Duration = Duration::from_mins(5);

/// For how long what was seen is kept until its flow goes on.
const KEPT: Duration = Duration::from_mins(5);

/// How faces are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacePolicy {
    /// How long a session may be opened by a ticket.
    pub timeout: Duration,
}

impl Default for FacePolicy {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(5),
        }
    }
}

/// Leave to open one session of Recognize, for one person and one purpose. It is written by whoever
/// gives it out, then by the session, and deleted by whoever takes up what was seen.
#[derive(Clone, Serialize, Deserialize)]
pub struct FaceTicket {
    /// What the ticket that was given out opens.
    pub(crate) key: HandleKey,
    /// Who is to be seen.
    pub user: UserId,
    /// What for.
    pub matter: FaceMatter,
    /// Until when a session may be opened by it.
    pub until: Timestamp,
    /// The thumbprint of the device that has opened its session: no other session is opened by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) opened_by: Option<String>,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<FaceAnswer>,
}

/// What a face is shown for.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum FaceMatter {
    /// It is a factor of a flow.
    Factor {
        /// The flow.
        flow: FlowId,
        /// What is approved by it, as it is shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        presented: Option<Box<Presented>>,
    },
    /// It is enrolled.
    Enrolment {
        /// The device that waits for it.
        device: DeviceId,
        /// The session of the person in whose browser that happens.
        session: SessionId,
    },
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum FaceAnswer {
    /// The face of the person.
    Recognised {
        /// With which of their devices.
        device: DeviceId,
        /// What that device has signed: a JWS of the type [`crate::approval::PROOF_TYP`].
        proof: String,
        /// When.
        time: Timestamp,
    },
    /// Not their face, as often as one may try.
    Failed,
}

impl FaceTicket {
    /// A ticket, and what is given out of it.
    pub(crate) fn new(
        user: UserId,
        matter: FaceMatter,
        policy: &FacePolicy,
        now: Timestamp,
        random: &dyn Random,
    ) -> (Self, Handle) {
        let handle = Handle::new(now, ENTROPY, random);
        let ticket = Self {
            key: handle.key(),
            user,
            matter,
            until: now + policy.timeout,
            opened_by: None,
            answer: None,
        };
        (ticket, handle)
    }

    /// Under which key it is kept.
    pub const fn handle_key(&self) -> HandleKey {
        self.key
    }

    /// Whether a session may be opened by it still.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.opened_by.is_none() && now < self.until
    }

    /// What was seen.
    pub const fn answered(&self) -> Option<&FaceAnswer> {
        self.answer.as_ref()
    }

    /// Whether something may be seen still: in the session that it has opened, or will open.
    pub(crate) fn is_awaited(&self, now: Timestamp) -> bool {
        let until = match self.opened_by {
            Some(_) => self.until + SESSION,
            None => self.until,
        };
        self.answer.is_none() && now < until
    }

    /// Whether the session of this device is the one that it has opened, and goes on.
    pub(crate) fn is_held_by(&self, thumbprint: &str, now: Timestamp) -> bool {
        self.opened_by.as_deref() == Some(thumbprint) && self.is_awaited(now)
    }
}

impl Record for FaceTicket {
    const KIND: Kind = Kind::FaceTicket;

    fn key(&self) -> Vec<u8> {
        self.key.as_ref().to_vec()
    }

    fn lookups(&self) -> Lookups {
        [Some(self.user.as_bytes().as_slice().into()), None, None]
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.until + SESSION + KEPT)
    }
}
