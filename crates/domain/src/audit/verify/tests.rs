use std::time::Duration;

use jose::jws::{Algorithm, SigningKey};

use super::*;
use crate::audit::{LinkContent, SealedEntry};
use crate::port::fixed::CountingRandom;
use crate::port::{Random, Record};
use crate::{Actor, AuditEvent};

const BEGIN: Timestamp = Timestamp::from_seconds(1_800_000_000);

type Entry = (Tenant, AuditId, Vec<u8>);

/// A log of two runs of a server: one link for each minute, each with two entries.
#[derive(Clone)]
struct Log {
    key: SigningKey,
    links: Vec<AuditLink>,
    entries: Vec<Entry>,
    checkpoint: Option<String>,
}

fn entry(at: Timestamp, random: &dyn Random) -> Entry {
    let event = AuditEvent::new(
        "sign_on.succeeded",
        Actor::User("ada".to_owned()),
        at,
        random,
    );
    (Tenant::DEFAULT, event.id, event.body())
}

fn sealed((tenant, id, body): &Entry) -> SealedEntry {
    SealedEntry {
        tenant: tenant.0,
        id: *id,
        digest: entry_digest(*tenant, *id, body),
    }
}

impl Log {
    fn new() -> Self {
        let mut log = Self {
            key: SigningKey::generate(Algorithm::EdDsa).unwrap(),
            links: Vec::new(),
            entries: Vec::new(),
            checkpoint: None,
        };
        let random = CountingRandom::default();
        log.run(BEGIN, 4, &random);
        log.run(BEGIN + Duration::from_mins(10), 3, &random);
        log
    }

    fn run(&mut self, begin: Timestamp, links: u64, random: &dyn Random) {
        let node = TimeId::new(begin, random);
        let mut previous = None;
        let mut follows: Vec<LinkReference> = self
            .links
            .last()
            .map(AuditLink::reference)
            .into_iter()
            .collect();
        for number in 0..links {
            let at = begin + Duration::from_mins(number);
            let new = [entry(at, random), entry(at, random)];
            let content = LinkContent {
                node,
                number,
                at,
                through: at,
                previous,
                follows: std::mem::take(&mut follows),
                entries: new.iter().map(sealed).collect(),
            };
            let link = content.seal(&self.key).unwrap();
            previous = Some(link.reference());
            self.links.push(link);
            self.entries.extend(new);
        }
    }

    fn verify(&self) -> Result<AuditSummary, AuditBreach> {
        let mut verifier = AuditVerifier::new(Some(VerifyingKeys::from(self.key.jwk())));
        for link in &self.links {
            verifier.link(link)?;
        }
        for (tenant, id, body) in &self.entries {
            verifier.entry(*tenant, *id, body)?;
        }
        verifier.finish(self.checkpoint.as_deref())
    }

    fn after(&self, change: impl FnOnce(&mut Self)) -> Result<AuditSummary, AuditBreach> {
        let mut changed = self.clone();
        change(&mut changed);
        changed.verify()
    }

    /// Removes what is older, as the sweep does.
    fn sweep(&mut self, before: Timestamp) {
        let checkpoint = AuditCheckpoint {
            swept_before: before,
        };
        let sealed = checkpoint.seal(&self.key).unwrap();
        let crate::AuditMark::Checkpoint { token } = sealed else {
            panic!("a checkpoint");
        };
        self.checkpoint = Some(token);
        self.links.retain(|link| link.at >= before);
        self.entries
            .retain(|(_, id, _)| *id >= AuditId::least_at(before));
    }
}

#[test]
fn a_log_that_is_what_was_written_is_found_to_be() {
    let log = Log::new();
    let summary = log.verify().unwrap();
    assert_eq!((summary.sealed, summary.unsealed), (14, 0));
    assert_eq!(summary.heads.len(), 2);
    let random = CountingRandom::default();
    let new = entry(BEGIN + Duration::from_mins(20), &random);
    let since = new.1.time();
    let summary = log.after(|log| log.entries.push(new)).unwrap();
    assert_eq!((summary.unsealed, summary.unsealed_since), (1, Some(since)));
    let nothing = AuditVerifier::new(None);
    assert_eq!(nothing.finish(None).unwrap().heads, []);
}

#[test]
fn a_log_without_the_last_chain_or_without_any_is_not_what_was_written() {
    let log = Log::new();
    let first = log.links[3].reference();
    let without_last = |follower: bool| {
        let mut verifier = AuditVerifier::new(Some(VerifyingKeys::from(log.key.jwk())));
        verifier.want(first);
        verifier.want_follower(first);
        for link in log.links.iter().take(if follower { 7 } else { 4 }) {
            verifier.link(link).unwrap();
        }
        for (tenant, id, body) in log.entries.iter().take(if follower { 14 } else { 8 }) {
            verifier.entry(*tenant, *id, body).unwrap();
        }
        verifier.finish(None).map(|summary| summary.sealed)
    };
    assert_eq!(without_last(true), Ok(14));
    let lost = Err(AuditBreach::ChainRemoved(first.node));
    assert_eq!(without_last(false), lost);
    let none = log.after(|log| log.links.clear());
    assert_eq!(none, Err(AuditBreach::EveryLinkRemoved));
}

#[test]
fn every_changed_removed_swapped_or_added_entry_is_found() {
    let log = Log::new();
    for place in 0..log.entries.len() {
        let id = log.entries[place].1;
        let at = |byte: usize| log.after(|log| log.entries[place].2[byte] ^= 1);
        for byte in [0, 50, log.entries[place].2.len() - 1] {
            assert_eq!(at(byte), Err(AuditBreach::EntryChanged(id)));
        }
        let removed = log.after(|log| drop(log.entries.remove(place)));
        assert_eq!(removed, Err(AuditBreach::EntryRemoved(id)));
        let moved = log.after(|log| log.entries[place].0 = Tenant::SYSTEM);
        assert!(moved.is_err());
        let swapped = log.after(|log| {
            let other = (place + 1) % log.entries.len();
            let body = log.entries[place].2.clone();
            log.entries[place].2 = std::mem::replace(&mut log.entries[other].2, body);
        });
        assert!(matches!(swapped, Err(AuditBreach::EntryChanged(_))));
    }
    let late = entry(BEGIN + Duration::from_secs(30), &CountingRandom::default());
    let added = log.after(|log| log.entries.push(late.clone()));
    assert_eq!(added, Err(AuditBreach::EntryAdded(late.1)));
}

#[test]
fn every_changed_removed_or_moved_link_is_found() {
    let log = Log::new();
    for place in 0..log.links.len() {
        let link = &log.links[place];
        let (node, number) = (link.node, link.number);
        let changed = log.after(|log| log.links[place].token.insert(10, 'x'));
        assert_eq!(changed, Err(AuditBreach::LinkChanged { node, number }));
        let renumbered = log.after(|log| log.links[place].number += 1);
        assert!(renumbered.is_err());
        let removed = log.after(|log| drop(log.links.remove(place)));
        // The last of all is gone without a trace but for its entries, unless its head is kept.
        let is_last = place + 1 == log.links.len();
        assert_eq!(removed.is_ok(), is_last, "{place}");
    }
    let swapped = log.after(|log| {
        let token = log.links[1].token.clone();
        log.links[1].token = std::mem::replace(&mut log.links[2].token, token);
    });
    assert!(matches!(swapped, Err(AuditBreach::LinkChanged { .. })));
    // Signed anew by another key, or with entries left out by whoever has none.
    let other = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let keys = VerifyingKeys::from(log.key.jwk());
    let content = log.links[0].open(&keys).unwrap();
    let forged = log.after(|log| log.links[0] = content.seal(&other).unwrap());
    assert!(matches!(
        forged,
        Err(AuditBreach::LinkChanged { number: 0, .. })
    ));
    // Whoever has the key can forge a link, but not that others refer to it.
    let content = LinkContent {
        entries: Vec::new(),
        ..content
    };
    let forged = log.after(|log| log.links[0] = content.seal(&log.key.clone()).unwrap());
    assert!(forged.is_err());
}

#[test]
fn a_whole_chain_that_is_gone_is_missed() {
    let log = Log::new();
    let first = log.links[0].node;
    let gone = log.after(|log| {
        log.links.retain(|link| link.node != first);
        log.entries.drain(..8);
    });
    assert_eq!(
        gone,
        Err(AuditBreach::LinkRemoved {
            node: first,
            number: 3
        })
    );
}

#[test]
fn what_is_cut_off_at_the_end_is_found_by_what_was_kept_elsewhere() {
    let log = Log::new();
    let head = log.links.last().unwrap().reference();
    let mut cut = log.clone();
    cut.links.pop();
    cut.entries.truncate(12);
    assert!(cut.verify().is_ok());
    let mut verifier = AuditVerifier::new(Some(VerifyingKeys::from(cut.key.jwk())));
    verifier.want(head);
    for link in &cut.links {
        verifier.link(link).unwrap();
    }
    for (tenant, id, body) in &cut.entries {
        verifier.entry(*tenant, *id, body).unwrap();
    }
    let (node, number) = (head.node, head.number);
    assert_eq!(
        verifier.finish(None),
        Err(AuditBreach::LinkRemoved { node, number })
    );
}

#[test]
fn what_was_swept_is_not_missed_and_only_that() {
    let log = Log::new();
    for minutes in [0, 1, 2, 5, 11, 30] {
        let before = BEGIN + Duration::from_mins(minutes);
        let mut swept = log.clone();
        swept.sweep(before);
        assert_eq!(
            swept.verify().unwrap().complete_from,
            Some(before),
            "{minutes}"
        );
        if let Some((_, id, _)) = swept.entries.first().cloned() {
            let removed = swept.after(|log| drop(log.entries.remove(0)));
            assert_eq!(removed, Err(AuditBreach::EntryRemoved(id)));
        }
        if minutes == 2 {
            let unmarked = swept.after(|log| log.checkpoint = None);
            assert!(matches!(
                unmarked,
                Err(AuditBreach::LinkRemoved { number: 1, .. })
            ));
        }
        let other = SigningKey::generate(Algorithm::EdDsa).unwrap();
        let forged = swept.after(|log| {
            log.key = other;
            log.sweep(before);
            log.key = swept.key.clone();
        });
        assert!(forged.is_err());
    }
}
