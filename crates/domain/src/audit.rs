//! What happened, for those who must be able to tell afterwards, and the chain that tells whether
//! somebody changed it since (docs/decisions/0013-audit-chain.md).

mod chain;
mod verify;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::port::{Kind, Random, Record};
use crate::{AuditId, Timestamp};

pub use chain::{
    AuditCheckpoint, AuditLink, AuditMark, LinkContent, LinkReference, SealedEntry, entry_digest,
};
pub use verify::{AuditBreach, AuditSummary, AuditVerifier};

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", content = "name")]
pub enum Actor {
    /// A person, by user name.
    User(String),
    /// A client, by its id.
    Client(String),
    /// An administrator, by name.
    Administrator(String),
    /// Whoever has the data directory: the command line.
    Operator,
    /// The server itself.
    System,
    /// Someone who has not proved who they are.
    Unknown,
}

/// Something that happened which security or an auditor cares about. It holds no secret and no
/// token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Identifies the event; begins with its time.
    pub id: AuditId,
    /// When it happened.
    pub at: Timestamp,
    /// What happened, as a stable name: `sign_on.succeeded`, `refresh_token.reused`.
    pub event: String,
    /// Who did it.
    pub actor: Actor,
    /// What more is known.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub detail: Map<String, Value>,
}

impl AuditEvent {
    /// The event `event` by `actor`, now.
    pub fn new(event: &str, actor: Actor, now: Timestamp, random: &dyn Random) -> Self {
        let id = AuditId::new(now, random);
        Self {
            id,
            at: now,
            event: event.to_owned(),
            actor,
            detail: Map::new(),
        }
    }

    /// The event with one more detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }
}

impl Record for AuditEvent {
    const KIND: Kind = Kind::Audit;

    fn key(&self) -> Vec<u8> {
        self.id.as_bytes().to_vec()
    }
}
