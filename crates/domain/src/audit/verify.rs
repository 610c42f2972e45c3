//! Whether the audit log is what was written.

use std::collections::{HashMap, HashSet};

use jose::jws::VerifyingKeys;

use super::{AuditCheckpoint, AuditLink, LinkReference, entry_digest};
use crate::port::Tenant;
use crate::{AuditId, Digest, TimeId, Timestamp};

/// The audit log is not what was written; the sentence says where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditBreach {
    /// An entry is not what it was.
    #[error("the entry {0} was changed after it was written")]
    EntryChanged(AuditId),
    /// An entry is gone before its time.
    #[error("the entry {0} was removed")]
    EntryRemoved(AuditId),
    /// An entry was not written when it says.
    #[error("the entry {0} was added later: no link has it")]
    EntryAdded(AuditId),
    /// A link is not what the server signed, or not in its place.
    #[error("link {number} of the chain {node} was changed")]
    LinkChanged {
        /// Whose chain.
        node: TimeId,
        /// The number of the link.
        number: u64,
    },
    /// A link is gone before its time, or in another's place.
    #[error("link {number} of the chain {node} was removed, or is not in its place")]
    LinkRemoved {
        /// Whose chain.
        node: TimeId,
        /// The number of the link.
        number: u64,
    },
    /// A chain is gone that had followed another.
    #[error("the chain was removed that followed the chain {0}")]
    ChainRemoved(TimeId),
    /// A server has sealed the log, and nothing of that is there.
    #[error("every link was removed: a server has sealed the log, and not one is there")]
    EveryLinkRemoved,
    /// The checkpoint is not what the server signed.
    #[error("the checkpoint, which says what was removed at the end of its time, was changed")]
    CheckpointChanged,
}

/// What was found in a log that is what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditSummary {
    /// How many entries links have.
    pub sealed: usize,
    /// How many entries are newer than the links, and in none yet.
    pub unsealed: usize,
    /// When the first of these was written, if there are any.
    pub unsealed_since: Option<Timestamp>,
    /// Where the chains stand: whoever keeps this elsewhere can tell later that nothing was cut off
    /// at the end.
    pub heads: Vec<LinkReference>,
    /// From when on the log is complete.
    pub complete_from: Option<Timestamp>,
}

/// Verifies an audit log: first every head, then every link in the order of their keys, then every
/// entry, then [`finish`](Self::finish).
pub struct AuditVerifier {
    keys: Option<VerifyingKeys>,
    /// Links that there must be, besides those before others.
    wanted: Vec<LinkReference>,
    /// Links that some chain must have followed.
    led: Vec<LinkReference>,
    followed: HashSet<(TimeId, u64)>,
    links: HashMap<(TimeId, u64), Digest>,
    heads: Vec<LinkReference>,
    entries: HashMap<(u32, AuditId), Digest>,
    through: Timestamp,
    sealed: usize,
    unsealed: usize,
    unsealed_since: Option<AuditId>,
}

impl AuditVerifier {
    /// Begins, with the keys of the log; none, if no server was ever started.
    pub fn new(keys: Option<VerifyingKeys>) -> Self {
        Self {
            keys,
            wanted: Vec::new(),
            led: Vec::new(),
            followed: HashSet::new(),
            links: HashMap::new(),
            heads: Vec::new(),
            entries: HashMap::new(),
            through: Timestamp::EPOCH,
            sealed: 0,
            unsealed: 0,
            unsealed_since: None,
        }
    }

    /// There must be this link: a head, or what somebody has kept elsewhere.
    pub fn want(&mut self, link: LinkReference) {
        self.wanted.push(link);
    }

    /// There must be a chain that has followed this head.
    pub fn want_follower(&mut self, head: LinkReference) {
        self.led.push(head);
    }

    /// Takes the next link.
    pub fn link(&mut self, link: &AuditLink) -> Result<(), AuditBreach> {
        let (node, number) = (link.node, link.number);
        let content = self.keys.as_ref().and_then(|keys| link.open(keys));
        let content = content.ok_or(AuditBreach::LinkChanged { node, number })?;
        // The one before it is there too, unless it was swept: that is known at the end.
        self.wanted.extend(content.previous);
        let expected = content.previous.map_or(0, |previous| previous.number + 1);
        if number != expected || content.previous.is_some_and(|it| it.node != node) {
            return Err(AuditBreach::LinkChanged { node, number });
        }
        let followed = content.follows.iter().map(|it| (it.node, it.number));
        self.followed.extend(followed);
        self.wanted.extend(content.follows);
        self.through = self.through.max(content.through);
        for entry in content.entries {
            let known = self.entries.insert((entry.tenant, entry.id), entry.digest);
            // Two nodes may have sealed the same entry, but not as something else.
            if known.is_some_and(|known| !known.matches(&entry.digest)) {
                return Err(AuditBreach::EntryChanged(entry.id));
            }
        }
        let reference = link.reference();
        self.links.insert((node, number), reference.digest);
        self.heads.retain(|head| head.node != node);
        self.heads.push(reference);
        Ok(())
    }

    /// Takes the next entry, as it is stored.
    pub fn entry(&mut self, tenant: Tenant, id: AuditId, body: &[u8]) -> Result<(), AuditBreach> {
        match self.entries.remove(&(tenant.0, id)) {
            Some(digest) if digest.matches(&entry_digest(tenant, id, body)) => self.sealed += 1,
            Some(_) => return Err(AuditBreach::EntryChanged(id)),
            None if id < AuditId::least_at(self.through) => {
                return Err(AuditBreach::EntryAdded(id));
            }
            None => {
                self.unsealed += 1;
                self.unsealed_since = Some(self.unsealed_since.map_or(id, |since| since.min(id)));
            }
        }
        Ok(())
    }

    /// The end: what is missing is missing because its time was over, or the log is not what was
    /// written. `checkpoint` is the signed one, read last, if there is one.
    pub fn finish(self, checkpoint: Option<&str>) -> Result<AuditSummary, AuditBreach> {
        let checkpoint = checkpoint.map(|token| {
            let keys = self.keys.as_ref();
            let opened = keys.and_then(|keys| AuditCheckpoint::open(token, keys));
            opened.ok_or(AuditBreach::CheckpointChanged)
        });
        let complete_from = checkpoint.transpose()?.map(|it| it.swept_before);
        let is_over = |at: Timestamp| complete_from.is_some_and(|from| at < from);
        for link in &self.wanted {
            let (node, number) = (link.node, link.number);
            match self.links.get(&(node, number)) {
                Some(digest) if digest.matches(&link.digest) => {}
                Some(_) => return Err(AuditBreach::LinkChanged { node, number }),
                None if is_over(link.at) => {}
                None => return Err(AuditBreach::LinkRemoved { node, number }),
            }
        }
        let is_lost = |head: &&LinkReference| {
            !self.followed.contains(&(head.node, head.number)) && !is_over(head.at)
        };
        if let Some(head) = self.led.iter().find(is_lost) {
            return Err(AuditBreach::ChainRemoved(head.node));
        }
        // Every run of a server begins with a link, which stays until its time is over.
        if self.keys.is_some() && self.links.is_empty() && complete_from.is_none() {
            return Err(AuditBreach::EveryLinkRemoved);
        }
        let least = complete_from.map(AuditId::least_at);
        let removed = self.entries.into_keys().map(|(_, id)| id);
        let removed = removed.filter(|id| least.is_none_or(|least| *id >= least));
        match removed.min() {
            Some(id) => Err(AuditBreach::EntryRemoved(id)),
            None => Ok(AuditSummary {
                sealed: self.sealed,
                unsealed: self.unsealed,
                unsealed_since: self.unsealed_since.map(AuditId::time),
                heads: self.heads,
                complete_from,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
