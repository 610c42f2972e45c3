//! The chain over the audit log.
//!
//! Entries are written by the commits that they tell of, and wait for nobody. Shortly afterwards each
//! node seals those that are new into a link: their digests and the digest of the link before, signed.
//! A node's first link also has the digests of the chains that were there when it began, so that a
//! chain that is no more is missed.

use jose::Header;
use jose::jws::{Algorithm, Policy, SigningFailed, SigningKey, Typ, VerifyingKeys, sign_compact};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::port::{Kind, Record, Tenant};
use crate::{AuditId, Digest, TimeId, Timestamp};

const ENTRY: &[u8] = b"countersign audit entry v1\0";
const LINK: &[u8] = b"countersign audit link v1\0";

const LINK_TYP: &str = "audit-link+jwt";
const CHECKPOINT_TYP: &str = "audit-checkpoint+jwt";

/// The longest link that is read, in bytes.
const MAX_LENGTH: usize = 1024 * 1024;

/// The digest of an entry as it is stored: whose it is, its key and every byte of it.
pub fn entry_digest(tenant: Tenant, id: AuditId, body: &[u8]) -> Digest {
    let content = [&tenant.0.to_be_bytes()[..], id.as_bytes(), body].concat();
    Digest::of(ENTRY, &content)
}

/// An entry, as a link has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedEntry {
    /// Whose entry it is.
    pub tenant: u32,
    /// Which entry it is.
    pub id: AuditId,
    /// [`entry_digest`]
    pub digest: Digest,
}

/// Where a chain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkReference {
    /// Whose chain it is.
    pub node: TimeId,
    /// The number of the link in it, from 0.
    pub number: u64,
    /// The digest of the link.
    pub digest: Digest,
    /// When the link was made.
    pub at: Timestamp,
}

/// What a link says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkContent {
    /// Whose chain it is in: one run of a server.
    pub node: TimeId,
    /// Its number in the chain, from 0.
    pub number: u64,
    /// When it was made.
    pub at: Timestamp,
    /// Every entry of before this is in a link by now; one that is in none was added since.
    pub through: Timestamp,
    /// The link before it in its chain.
    pub previous: Option<LinkReference>,
    /// Where other chains stood when this one began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follows: Vec<LinkReference>,
    /// The entries that were new.
    pub entries: Vec<SealedEntry>,
}

impl LinkContent {
    /// The link, signed.
    pub fn seal(&self, key: &SigningKey) -> Result<AuditLink, SigningFailed> {
        Ok(AuditLink {
            node: self.node,
            number: self.number,
            at: self.at,
            token: signed(self, LINK_TYP, key)?,
        })
    }
}

/// A link of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLink {
    /// Whose chain it is in.
    pub node: TimeId,
    /// Its number in the chain.
    pub number: u64,
    /// When it was made.
    pub at: Timestamp,
    /// What it says, signed (RFC 7515).
    pub token: String,
}

impl AuditLink {
    /// Its digest, by which others refer to it.
    pub fn digest(&self) -> Digest {
        Digest::of(LINK, self.token.as_bytes())
    }

    /// Where its chain stands with it.
    pub fn reference(&self) -> LinkReference {
        LinkReference {
            node: self.node,
            number: self.number,
            digest: self.digest(),
            at: self.at,
        }
    }

    /// What it says, if it is signed by one of these keys and is where it belongs.
    pub fn open(&self, keys: &VerifyingKeys) -> Option<LinkContent> {
        let content: LinkContent = opened(&self.token, LINK_TYP, keys)?;
        let stored = (self.node, self.number, self.at);
        (stored == (content.node, content.number, content.at)).then_some(content)
    }
}

impl Record for AuditLink {
    const KIND: Kind = Kind::AuditLink;

    fn key(&self) -> Vec<u8> {
        [self.node.as_bytes().as_slice(), &self.number.to_be_bytes()].concat()
    }
}

/// From when on the log is complete: what came before was kept as long as it was to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditCheckpoint {
    /// What happened before this may be gone.
    pub swept_before: Timestamp,
}

impl AuditCheckpoint {
    /// The checkpoint, signed.
    pub fn seal(&self, key: &SigningKey) -> Result<AuditMark, SigningFailed> {
        let token = signed(self, CHECKPOINT_TYP, key)?;
        Ok(AuditMark::Checkpoint { token })
    }

    /// What a signed checkpoint says.
    pub fn open(token: &str, keys: &VerifyingKeys) -> Option<Self> {
        opened(token, CHECKPOINT_TYP, keys)
    }
}

/// Where chains stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum AuditMark {
    /// The last link of a chain.
    Head {
        /// The link.
        link: LinkReference,
        /// Whether a chain that began later has it.
        followed: bool,
    },
    /// From when on the log is complete.
    Checkpoint {
        /// An [`AuditCheckpoint`], signed (RFC 7515).
        token: String,
    },
}

impl AuditMark {
    /// The key of the checkpoint.
    pub const CHECKPOINT: &'static [u8] = b"checkpoint";

    /// The key of the head of a node's chain.
    pub fn head_key(node: TimeId) -> Vec<u8> {
        [b"head".as_slice(), node.as_bytes()].concat()
    }
}

impl Record for AuditMark {
    const KIND: Kind = Kind::AuditMark;

    fn key(&self) -> Vec<u8> {
        match self {
            Self::Head { link, .. } => Self::head_key(link.node),
            Self::Checkpoint { .. } => Self::CHECKPOINT.to_vec(),
        }
    }
}

fn signed(content: &impl Serialize, typ: &str, key: &SigningKey) -> Result<String, SigningFailed> {
    let payload = serde_json::to_vec(content).map_err(|_| SigningFailed)?;
    sign_compact(key, Header::new().with_typ(typ), &payload)
}

fn opened<T: DeserializeOwned>(token: &str, typ: &str, keys: &VerifyingKeys) -> Option<T> {
    let policy = Policy::new(&[Algorithm::EdDsa])
        .with_typ(Typ::Required(typ))
        .with_max_len(MAX_LENGTH);
    let verified = jose::jws::verify_compact(token, keys, &policy).ok()?;
    serde_json::from_slice(verified.payload()).ok()
}
