//! Background jobs.

use std::sync::Arc;
use std::time::Duration;

use domain::port::{
    Change, Changes, Clock, CommitError, Kind, Page, Records, Store, StoreError, Tenant,
};
use domain::{AuditId, Environment, Timestamp};
use jose::jws::SigningKey;
use tokio::time::MissedTickBehavior;

use crate::seal::{self, SealFault};

/// How often what is over is removed.
const PERIOD: Duration = Duration::from_mins(1);

/// How many records are removed in one go, so that no commit waits long behind them.
const BATCH: usize = 500;

/// For how long what is over is kept besides: what was looked at before its end may be claimed after it,
/// behind a writer that is slow, and clocks are set back.
const MARGIN: Duration = Duration::from_mins(1);

/// The tenants that every server has.
const TENANTS: [Tenant; 2] = [Tenant::SYSTEM, Tenant::DEFAULT];

/// Whose audit events are kept, sealed and verified: the tenants that every server has, and the
/// environments, deleted or not.
pub(crate) async fn tenants(records: &Records) -> Result<Vec<Tenant>, StoreError> {
    let environments = records.of(Tenant::SYSTEM).all::<Environment>().await?;
    let environments = environments.iter().map(|it| it.id.tenant());
    Ok(TENANTS.into_iter().chain(environments).collect())
}

/// Removes for ever the records that have expired and the audit events that were kept for as long as
/// they are to be.
///
/// `key` signs from when on the audit log is complete.
pub(crate) async fn sweep(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    retention: Duration,
    key: SigningKey,
) {
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now = clock.now();
        note("expired records", remove_expired(&*store, now).await);
        if let Err(fault) = sweep_audit(&store, now - retention, &key).await {
            tracing::warn!(%fault, "old audit events cannot be removed");
        }
        let records = Records::new(Arc::clone(&store), Tenant::SYSTEM);
        note(
            "what environments had",
            sweep_environments(&records, now - retention).await,
        );
    }
}

/// Removes the audit events of before a moment, and the links that have no others; that they may be
/// gone is noted first, so that nobody misses them.
pub(crate) async fn sweep_audit(
    store: &Arc<dyn Store>,
    before: Timestamp,
    key: &SigningKey,
) -> Result<(), SealFault> {
    let records = Records::new(Arc::clone(store), Tenant::SYSTEM);
    for tenant in tenants(&records).await? {
        if has_events(&**store, tenant, before).await? {
            seal::note_sweep(&records, key, before).await?;
        }
        let removed = remove_events(&**store, tenant, before).await;
        note("old audit events", removed);
    }
    let removed = seal::remove_links(&records, before).await?;
    note("old links of the audit log", Ok(removed));
    Ok(())
}

/// Whether there are events of before a moment.
async fn has_events(
    store: &dyn Store,
    tenant: Tenant,
    before: Timestamp,
) -> Result<bool, StoreError> {
    let oldest = Page {
        tenant,
        after: None,
        limit: 1,
    };
    let end = AuditId::least_at(before);
    let oldest = store.page(Kind::Audit, oldest).await?;
    let mut oldest = oldest.iter().map(|event| event.key.local());
    Ok(oldest.any(|key| key < end.as_bytes().as_slice()))
}

/// Removes what is left of environments that are deleted: what was still being written while they were,
/// and in the end the record of each that has no events any more.
async fn sweep_environments(records: &Records, before: Timestamp) -> Result<usize, StoreError> {
    let mut removed = 0;
    for environment in records.all::<Environment>().await? {
        let tenant = environment.id.tenant();
        let Some(deleted) = environment.deleted else {
            continue;
        };
        removed += records.of(tenant).clear().await?;
        let events = Page {
            tenant,
            after: None,
            limit: 1,
        };
        let is_empty = records.store().page(Kind::Audit, events).await?.is_empty();
        if is_empty && deleted < before {
            let mut changes = Changes::none();
            changes.delete(&environment);
            match records.commit(changes).await {
                Ok(()) => removed += 1,
                // Another process removes it too.
                Err(CommitError::Conflict | CommitError::Claimed) => {}
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
    }
    Ok(removed)
}

fn note(what: &'static str, removed: Result<usize, StoreError>) {
    match removed {
        Ok(0) => {}
        Ok(removed) => tracing::debug!(what, removed, "removed what is over"),
        Err(error) => tracing::warn!(what, %error, "what is over cannot be removed"),
    }
}

async fn remove_expired(store: &dyn Store, now: Timestamp) -> Result<usize, StoreError> {
    let mut removed = 0;
    loop {
        let count = store.sweep(now - MARGIN, BATCH).await?;
        removed += count;
        if count < BATCH {
            return Ok(removed);
        }
        tokio::task::yield_now().await;
    }
}

/// Removes the events of before a moment. Events do not expire each by itself, so that a retention
/// that was changed is that of all; and as their keys begin with their time, the oldest come first.
async fn remove_events(
    store: &dyn Store,
    tenant: Tenant,
    before: Timestamp,
) -> Result<usize, StoreError> {
    let end = AuditId::least_at(before);
    let oldest = || Page {
        tenant,
        after: None,
        limit: BATCH,
    };
    let mut removed = 0;
    loop {
        let events = store.page(Kind::Audit, oldest()).await?.into_iter();
        let old = events.take_while(|event| event.key.local() < end.as_bytes().as_slice());
        let deletions: Vec<Change> = old
            .map(|event| Change::Delete {
                kind: Kind::Audit,
                key: event.key,
                version: event.version,
            })
            .collect();
        let count = deletions.len();
        match store.commit(deletions).await {
            Ok(()) => removed += count,
            // Another process removes them too.
            Err(CommitError::Conflict | CommitError::Claimed) => return Ok(removed),
            Err(CommitError::Store(error)) => return Err(error),
        }
        if count < BATCH {
            return Ok(removed);
        }
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use domain::port::Changes;
    use domain::port::fixed::{CountingRandom, FixedClock};
    use domain::{Actor, Attempts, AttemptsKey, AuditEvent, EnvironmentId, LockoutPolicy, Uuid};
    use jose::jws::Algorithm;

    use super::*;

    const BEGIN: Timestamp = Timestamp::from_seconds(1_795_348_800);

    const DAY: Duration = Duration::from_hours(24);

    struct House {
        store: Arc<dyn Store>,
        records: Records,
        random: Arc<CountingRandom>,
    }

    impl House {
        fn new() -> Self {
            let random = Arc::new(CountingRandom::default());
            let store: Arc<dyn Store> = store::memory(random.clone());
            let records = Records::new(Arc::clone(&store), Tenant::DEFAULT);
            Self {
                store,
                records,
                random,
            }
        }

        async fn note(&self, tenant: Tenant, at: Timestamp) {
            let event = AuditEvent::new("sign_on.failed", Actor::Unknown, at, &*self.random);
            let mut changes = Changes::none();
            changes.insert(&event);
            self.records.of(tenant).commit(changes).await.unwrap();
        }

        async fn kept(&self, tenant: Tenant) -> Vec<Timestamp> {
            let events = self.records.of(tenant).all::<AuditEvent>().await.unwrap();
            events.iter().map(|event| event.at).collect()
        }
    }

    #[tokio::test]
    async fn events_are_kept_as_long_as_they_are_to_be_and_no_longer() {
        let house = House::new();
        for day in 0..5 {
            house.note(Tenant::DEFAULT, BEGIN + DAY * day).await;
        }
        house.note(Tenant::SYSTEM, BEGIN).await;
        let removed = remove_events(&*house.store, Tenant::DEFAULT, BEGIN + DAY * 2).await;
        assert_eq!(removed.unwrap(), 2);
        let kept = [2, 3, 4].map(|day| BEGIN + DAY * day);
        assert_eq!(house.kept(Tenant::DEFAULT).await, kept);
        assert_eq!(house.kept(Tenant::SYSTEM).await, [BEGIN]);
    }

    #[tokio::test]
    async fn more_events_than_go_in_one_go_are_removed() {
        let house = House::new();
        for second in 0..=BATCH * 2 {
            let at = BEGIN + Duration::from_secs(second as u64);
            house.note(Tenant::DEFAULT, at).await;
        }
        let removed = remove_events(&*house.store, Tenant::DEFAULT, BEGIN + DAY).await;
        assert_eq!(removed.unwrap(), BATCH * 2 + 1);
        assert_eq!(house.kept(Tenant::DEFAULT).await, []);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_runs_removes_what_is_over() {
        let house = House::new();
        let policy = LockoutPolicy::default();
        let key = AttemptsKey::new("sign-on", "alice");
        let attempts = Attempts::after_failure(None, key.clone(), policy, BEGIN);
        let mut changes = Changes::none();
        changes.insert(&attempts);
        house.records.commit(changes).await.unwrap();
        for tenant in TENANTS {
            house.note(tenant, BEGIN).await;
        }
        let clock = Arc::new(FixedClock::at(BEGIN));
        let sealing = SigningKey::generate(Algorithm::EdDsa).unwrap();
        let sweeping = sweep(Arc::clone(&house.store), clock.clone(), DAY * 400, sealing);
        let sweeping = tokio::spawn(sweeping);
        clock.advance(DAY * 400);
        tokio::time::sleep(PERIOD * 2).await;
        assert!(house.records.get::<Attempts>(&key).await.unwrap().is_none());
        assert_eq!(house.kept(Tenant::DEFAULT).await, [BEGIN]);
        clock.advance(Duration::from_millis(1));
        tokio::time::sleep(PERIOD * 2).await;
        for tenant in TENANTS {
            assert_eq!(house.kept(tenant).await, []);
        }
        sweeping.abort();
    }

    #[tokio::test]
    async fn what_a_deleted_environment_leaves_goes_and_its_number_once_its_events_are_old() {
        let house = House::new();
        let system = house.records.of(Tenant::SYSTEM);
        let environment = |deleted| Environment {
            id: EnvironmentId::new(&*house.random),
            organization: Uuid::new(&*house.random),
            name: "shop".to_owned(),
            description: String::new(),
            created: BEGIN,
            modified: BEGIN,
            deleted,
        };
        let [live, deleted] = [None, Some(BEGIN + DAY)].map(environment);
        let policy = LockoutPolicy::default();
        let key = AttemptsKey::new("sign-on", "alice");
        let attempts = Attempts::after_failure(None, key.clone(), policy, BEGIN);
        for environment in [&live, &deleted] {
            let tenant = environment.id.tenant();
            let mut changes = Changes::none();
            changes.insert(environment);
            system.commit(changes).await.unwrap();
            let mut changes = Changes::none();
            changes.insert(&attempts);
            house.records.of(tenant).commit(changes).await.unwrap();
            house.note(tenant, BEGIN).await;
        }
        let tried = async |tenant| house.records.of(tenant).get::<Attempts>(&key).await;
        let left = async || {
            let all = system.all::<Environment>().await.unwrap();
            all.iter().map(|it| it.id).collect::<Vec<_>>()
        };
        let [live, deleted] = [live.id, deleted.id];
        sweep_environments(&system, BEGIN).await.unwrap();
        assert!(tried(deleted.tenant()).await.unwrap().is_none());
        assert!(tried(live.tenant()).await.unwrap().is_some());
        assert_eq!(house.kept(deleted.tenant()).await, [BEGIN]);
        assert_eq!(left().await.len(), 2);
        let sealing = SigningKey::generate(Algorithm::EdDsa).unwrap();
        let late = BEGIN + DAY * 2;
        sweep_audit(&house.store, late, &sealing).await.unwrap();
        sweep_environments(&system, late).await.unwrap();
        for tenant in [live, deleted].map(EnvironmentId::tenant) {
            assert_eq!(house.kept(tenant).await, []);
        }
        assert!(tried(live.tenant()).await.unwrap().is_some());
        assert_eq!(left().await, [live]);
    }
}
