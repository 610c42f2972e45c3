//! Seals the audit log: what was noted is chained by hash and signed shortly afterwards
//! (docs/decisions/0013-audit-chain.md).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use domain::port::Key;
use domain::port::{
    Changes, Clock, CommitError, Kind, MAX_FOUND, Page, Random, Records, Store, StoreError, Stored,
    Tenant, Versioned,
};
use domain::{
    AuditCheckpoint, AuditId, AuditLink, AuditMark, KeyFamily, KeyState, LinkContent,
    LinkReference, SealedEntry, SigningKeyRecord, TimeId, Timestamp, entry_digest,
};
use jose::jwk::Jwk;
use jose::jws::{Algorithm, SigningFailed, SigningKey, VerifyingKeys};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::adapter::key_factory::{self, KeyFault};
use crate::sweep::tenants;

/// How often new entries are sealed.
const PERIOD: Duration = Duration::from_secs(1);

/// How far back new entries are looked for each time: an entry has the time of its decision, and is
/// there once its commit is.
const NEAR: Duration = Duration::from_secs(5);

/// How often entries are looked for that came later than that, ...
const FAR_PERIOD: Duration = Duration::from_secs(30);

/// ... and how far back, besides the time that a request may take.
const FAR: Duration = Duration::from_mins(2);

/// How many entries one link has at most.
const BATCH: usize = 500;

/// How often it is logged where the chain stands.
const TOLD: Duration = Duration::from_hours(1);

/// The name of the key by which the log is signed, among those of the whole server.
const KID: &str = "audit-log";

/// Why the log cannot be sealed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealFault {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another process changed where the chains stand; it is tried again.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The key cannot be made.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// The key cannot be used.
    #[error("the key of the audit log cannot be read")]
    UnreadableKey,
    /// The library made no signature.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
}

/// The key by which the log is signed, if the server was ever started.
pub(crate) async fn key(records: &Records) -> Result<Option<SigningKey>, SealFault> {
    let record = records
        .of(Tenant::SYSTEM)
        .get::<SigningKeyRecord>(KID)
        .await?;
    record.map(|record| read(&record)).transpose()
}

/// The keys by which the log is verified, if the server was ever started.
pub(crate) async fn verifying_keys(records: &Records) -> Result<Option<VerifyingKeys>, SealFault> {
    let key = key(records).await?;
    Ok(key.map(|key| VerifyingKeys::from(key.jwk())))
}

fn read(record: &SigningKeyRecord) -> Result<SigningKey, SealFault> {
    let unreadable = || SealFault::UnreadableKey;
    let der = BASE64.decode(record.private_key.expose().as_bytes());
    let der = zeroize::Zeroizing::new(der.map_err(|_| unreadable())?);
    let jwk = Jwk::from_pkcs8(&der).map_err(|_| unreadable())?;
    SigningKey::new(&jwk, Algorithm::EdDsa).map_err(|_| unreadable())
}

/// The key, made if there is none yet. Of processes that start at the same moment one makes it.
async fn ensure_key(
    records: &Records,
    now: Timestamp,
    random: &dyn Random,
) -> Result<SigningKey, SealFault> {
    if let Some(key) = key(records).await? {
        return Ok(key);
    }
    let fresh = key_factory::create(KeyFamily::Ed25519, now, random)?;
    let fresh = SigningKeyRecord {
        kid: KID.to_owned(),
        ..fresh.placed(KeyState::Active, now)
    };
    let mut changes = Changes::none();
    changes.insert(&fresh);
    match records.of(Tenant::SYSTEM).commit(changes).await {
        Ok(()) | Err(CommitError::Conflict) => {}
        Err(error) => return Err(error.into()),
    }
    key(records).await?.ok_or(SealFault::UnreadableKey)
}

/// One run of a server, and its chain.
pub(crate) struct Sealer {
    records: Records,
    clock: Arc<dyn Clock>,
    key: SigningKey,
    node: TimeId,
    /// How far back entries are looked for that came late.
    far: Duration,
    /// The last link.
    previous: Option<LinkReference>,
    /// From when on entries are looked for, the first time.
    begin: Timestamp,
    /// Everything that was noted before this is sealed.
    through: Timestamp,
    /// When it was last looked far back.
    looked_far: Option<Timestamp>,
    told: Option<Timestamp>,
    /// What was sealed lately.
    recent: BTreeSet<(u32, AuditId)>,
}

impl Sealer {
    /// Begins a chain; no request takes more than `longest`.
    pub(crate) async fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: &dyn Random,
        longest: Duration,
    ) -> Result<Self, SealFault> {
        let far = longest + FAR;
        let records = Records::new(store, Tenant::SYSTEM);
        let now = clock.now();
        let key = ensure_key(&records, now, random).await?;
        // What the run before did not come to seal is sealed now; the first run seals everything.
        let last = heads(&records)
            .await?
            .into_iter()
            .map(|(_, link)| link.at)
            .max();
        let begin = last.map_or(Timestamp::EPOCH, |last| last - far);
        Ok(Self {
            records,
            clock,
            key,
            node: TimeId::new(now, random),
            far,
            previous: None,
            begin,
            through: Timestamp::EPOCH,
            looked_far: None,
            told: None,
            recent: BTreeSet::new(),
        })
    }

    /// The key by which the log is signed.
    pub(crate) const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Seals until told to stop, and then once more.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stopping = false;
        while !stopping {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stop.changed() => stopping = true,
            }
            if let Err(fault) = self.seal().await {
                tracing::warn!(%fault, "the audit log cannot be sealed now");
            }
            self.tell(stopping);
        }
    }

    /// Seals what is new.
    pub(crate) async fn seal(&mut self) -> Result<(), SealFault> {
        let now = self.clock.now();
        let is_far = self
            .looked_far
            .is_none_or(|looked| now.since(looked) >= FAR_PERIOD);
        let from = match (self.looked_far, is_far) {
            (None, _) => self.begin,
            (Some(_), true) => now - self.far,
            (Some(_), false) => now - NEAR,
        };
        let mut new = Vec::new();
        for tenant in tenants(&self.records).await? {
            self.look(tenant, from, &mut new).await?;
        }
        if is_far {
            self.through = now - self.far;
        }
        if !new.is_empty() || self.previous.is_none() {
            self.link(&mut new).await?;
        }
        // Only now: what could not be sealed is looked for again.
        if is_far {
            self.looked_far = Some(now);
            let least = AuditId::least_at(now - self.far * 2);
            self.recent.retain(|(_, id)| *id >= least);
        }
        Ok(())
    }

    /// Collects the new entries of a tenant, and seals them whenever there are enough for a link.
    async fn look(
        &mut self,
        tenant: Tenant,
        from: Timestamp,
        new: &mut Vec<SealedEntry>,
    ) -> Result<(), SealFault> {
        let mut after = Some(Key::new(tenant, AuditId::least_at(from).as_bytes()));
        loop {
            let limit = MAX_FOUND;
            let page = Page {
                tenant,
                after,
                limit,
            };
            let found = self.records.store().page(Kind::Audit, page).await?;
            for stored in &found {
                let entry = sealed(tenant, stored);
                new.extend(entry.filter(|it| !self.recent.contains(&(it.tenant, it.id))));
                if new.len() == BATCH {
                    self.link(new).await?;
                }
            }
            match found.last() {
                Some(last) if found.len() == limit => after = Some(last.key.clone()),
                _ => return Ok(()),
            }
        }
    }

    /// Adds a link with these entries to the chain.
    async fn link(&mut self, new: &mut Vec<SealedEntry>) -> Result<(), SealFault> {
        let mut changes = Changes::none();
        let mut follows = Vec::new();
        if self.previous.is_none() {
            for (head, link) in heads(&self.records).await? {
                follows.push(link);
                let followed = true;
                changes.replace(&head, &AuditMark::Head { link, followed });
            }
        }
        let content = LinkContent {
            node: self.node,
            number: self.previous.map_or(0, |previous| previous.number + 1),
            at: self.clock.now(),
            through: self.through,
            previous: self.previous,
            follows,
            entries: std::mem::take(new),
        };
        let sealed = content.seal(&self.key)?;
        let link = sealed.reference();
        let head = AuditMark::head_key(self.node);
        let head = self.records.get::<AuditMark>(head).await?;
        let followed = false;
        changes.insert(&sealed);
        changes.upsert(head.as_ref(), &AuditMark::Head { link, followed });
        self.records.commit(changes).await?;
        self.previous = Some(link);
        if self.looked_far.is_none() {
            self.tell_of_late(&content.entries);
        }
        let entries = content.entries.iter().map(|entry| (entry.tenant, entry.id));
        self.recent.extend(entries);
        Ok(())
    }

    /// Logs what this run seals that was noted long before it. Some was noted without a server; of the
    /// rest nobody can tell whether it is what was written.
    fn tell_of_late(&self, new: &[SealedEntry]) {
        let before = AuditId::least_at(self.clock.now() - self.far);
        let late = new.iter().filter(|entry| entry.id < before);
        if let Some(first) = late.clone().map(|entry| entry.id.time()).min() {
            let entries = late.count();
            tracing::warn!(entries, %first, "sealed entries of the audit log that no earlier run has sealed");
        }
    }

    /// Logs where the chain stands: a log that is kept elsewhere shows later that nothing was cut off.
    fn tell(&mut self, stopping: bool) {
        let now = self.clock.now();
        let is_time = self.told.is_none_or(|told| now.since(told) >= TOLD);
        if let Some(head) = self.previous.filter(|_| is_time || stopping) {
            let (node, number, digest) = (head.node, head.number, head.digest);
            tracing::info!(%node, number, %digest, "the audit log is sealed up to here");
            self.told = Some(now);
        }
    }
}

fn sealed(tenant: Tenant, stored: &Stored) -> Option<SealedEntry> {
    let id = AuditId::from_bytes(stored.key.local().try_into().ok()?);
    Some(SealedEntry {
        tenant: tenant.0,
        id,
        digest: entry_digest(tenant, id, &stored.body),
    })
}

/// Where the chains stand that none has followed yet.
async fn heads(
    records: &Records,
) -> Result<Vec<(Versioned<AuditMark>, LinkReference)>, StoreError> {
    let marks = records.of(Tenant::SYSTEM).all::<AuditMark>().await?;
    let heads = marks.into_iter().filter_map(|mark| match mark.record {
        AuditMark::Head {
            link,
            followed: false,
        } => Some((mark, link)),
        _ => None,
    });
    Ok(heads.collect())
}

/// Notes, before they are removed, that entries and links of before a moment may be gone.
pub(crate) async fn note_sweep(
    records: &Records,
    key: &SigningKey,
    before: Timestamp,
) -> Result<(), SealFault> {
    let records = records.of(Tenant::SYSTEM);
    let noted = records.get::<AuditMark>(AuditMark::CHECKPOINT).await?;
    let known = noted.as_deref().and_then(|mark| match mark {
        AuditMark::Checkpoint { token } => {
            AuditCheckpoint::open(token, &VerifyingKeys::from(key.jwk()))
        }
        AuditMark::Head { .. } => None,
    });
    if known.is_some_and(|known| known.swept_before >= before) {
        return Ok(());
    }
    let swept_before = before;
    let mark = AuditCheckpoint { swept_before }.seal(key)?;
    let mut changes = Changes::none();
    changes.upsert(noted.as_ref(), &mark);
    Ok(records.commit(changes).await?)
}

/// Removes the links of before a moment; they are the first of their chains.
pub(crate) async fn remove_links(records: &Records, before: Timestamp) -> Result<usize, SealFault> {
    let records = records.of(Tenant::SYSTEM);
    let mut removed = 0;
    for mark in records.all::<AuditMark>().await? {
        let AuditMark::Head { link, followed } = &mark.record else {
            continue;
        };
        loop {
            let old = old_links(&records, link.node, before).await?;
            let mut changes = Changes::none();
            for link in &old {
                changes.delete(link);
            }
            let is_last = old.len() < BATCH;
            // Of a chain that is over and has been followed nothing needs to stay.
            if is_last && *followed && link.at < before {
                changes.delete(&mark);
            }
            records.commit(changes).await?;
            removed += old.len();
            if is_last {
                break;
            }
        }
    }
    Ok(removed)
}

/// The first links of a node's chain that are from before a moment.
async fn old_links(
    records: &Records,
    node: TimeId,
    before: Timestamp,
) -> Result<Vec<Versioned<AuditLink>>, StoreError> {
    let tenant = Tenant::SYSTEM;
    let page = Page {
        tenant,
        // No key is as short: this is before the first.
        after: Some(Key::new(tenant, node.as_bytes())),
        limit: BATCH,
    };
    let found = records.store().page(Kind::AuditLink, page).await?;
    let mut old = Vec::new();
    for stored in found {
        let Ok(record) = serde_json::from_slice::<AuditLink>(&stored.body) else {
            break;
        };
        if record.node != node || record.at >= before {
            break;
        }
        let version = stored.version;
        old.push(Versioned { version, record });
    }
    Ok(old)
}

#[cfg(test)]
mod tests;
