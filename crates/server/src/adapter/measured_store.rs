//! A store that is watched: how long commits take, how often they collide, what is noted for
//! auditors, and whether there is something to be sent.

use std::sync::Arc;
use std::time::Instant;

use domain::port::{
    Change, CommitError, Expectation, Key, Kind, Lookup, Page, Pending, Store, StoreError, Stored,
};
use domain::{AuditEvent, Timestamp};
use tokio::sync::watch;

use crate::telemetry::metrics::Metrics;

/// A store that is watched.
pub(crate) struct MeasuredStore {
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
    messages: watch::Sender<()>,
}

impl MeasuredStore {
    /// Watches `store`.
    pub(crate) fn new(store: Arc<dyn Store>, metrics: Arc<Metrics>) -> Self {
        Self {
            store,
            metrics,
            messages: watch::Sender::new(()),
        }
    }

    /// Changes whenever a message was written here that is to be sent.
    pub(crate) fn messages(&self) -> watch::Receiver<()> {
        self.messages.subscribe()
    }
}

/// Whether a new message is among the changes.
fn has_message(changes: &[Change]) -> bool {
    changes.iter().any(|change| {
        matches!(
            change,
            Change::Put {
                kind: Kind::Message,
                expect: Expectation::Absent,
                ..
            }
        )
    })
}

/// The names of the audit events that are among the changes.
fn events(changes: &[Change]) -> Vec<String> {
    let event = |change: &Change| match change {
        Change::Put {
            kind: Kind::Audit,
            body,
            ..
        } => serde_json::from_slice::<AuditEvent>(body).ok(),
        _ => None,
    };
    changes
        .iter()
        .filter_map(event)
        .map(|it| it.event)
        .collect()
}

impl Store for MeasuredStore {
    fn get(&self, kind: Kind, key: Key) -> Pending<'_, Result<Option<Stored>, StoreError>> {
        self.store.get(kind, key)
    }

    fn find(&self, kind: Kind, lookup: Lookup) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
        self.store.find(kind, lookup)
    }

    fn page(&self, kind: Kind, page: Page) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
        self.store.page(kind, page)
    }

    fn commit(&self, changes: Vec<Change>) -> Pending<'_, Result<(), CommitError>> {
        Box::pin(async move {
            let events = events(&changes);
            let has_message = has_message(&changes);
            let began = Instant::now();
            let result = self.store.commit(changes).await;
            let conflict = matches!(result, Err(CommitError::Conflict));
            self.metrics.commit(began.elapsed(), conflict);
            if result.is_ok() {
                for event in &events {
                    self.metrics.event(event);
                }
                if has_message {
                    self.messages.send_replace(());
                }
            }
            result
        })
    }

    fn configuration_revision(&self) -> Pending<'_, Result<u64, StoreError>> {
        self.store.configuration_revision()
    }

    fn sweep(&self, now: Timestamp, limit: usize) -> Pending<'_, Result<usize, StoreError>> {
        self.store.sweep(now, limit)
    }
}

#[cfg(test)]
mod tests {
    use domain::Actor;
    use domain::port::fixed::CountingRandom;
    use domain::port::{Changes, Records, Tenant};

    use super::*;

    #[tokio::test]
    async fn events_count_once_they_are_committed() {
        let random = Arc::new(CountingRandom::default());
        let metrics = Arc::new(Metrics::new());
        let store = MeasuredStore::new(store::memory(random.clone()), Arc::clone(&metrics));
        let records = Records::new(Arc::new(store), Tenant::DEFAULT);
        let now = Timestamp::from_seconds(1_700_000_000);
        let event = AuditEvent::new("sign_on.succeeded", Actor::System, now, &*random);
        let mut changes = Changes::none();
        changes.insert(&event);
        records.commit(changes.clone()).await.unwrap();
        let again = records.commit(changes).await;
        assert!(matches!(again, Err(CommitError::Conflict)));
        let text = metrics.text().unwrap();
        assert!(text.contains("countersign_sign_ons_total{result=\"succeeded\"} 1\n"));
        assert!(text.contains("countersign_store_conflicts_total 1\n"));
        assert!(text.contains("countersign_store_commit_duration_seconds_count 2\n"));
    }
}
