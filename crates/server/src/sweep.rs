//! Background jobs.

use std::sync::Arc;
use std::time::Duration;

use domain::port::{Clock, Store};
use tokio::time::MissedTickBehavior;

/// How often expired records are removed.
const PERIOD: Duration = Duration::from_mins(1);

/// How many are removed in one go, so that no commit waits long behind them.
const BATCH: usize = 500;

/// Removes expired records for ever.
pub(crate) async fn sweep(store: Arc<dyn Store>, clock: Arc<dyn Clock>) {
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let mut removed = 0;
        loop {
            match store.sweep(clock.now(), BATCH).await {
                Ok(count) => removed += count,
                Err(error) => {
                    tracing::warn!(%error, "expired records cannot be removed");
                    break;
                }
            }
            if removed == 0 || !removed.is_multiple_of(BATCH) {
                break;
            }
            tokio::task::yield_now().await;
        }
        if removed > 0 {
            tracing::debug!(removed, "removed expired records");
        }
    }
}
