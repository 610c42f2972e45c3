//! The messages of one channel. Each channel goes its own way, so that none waits for another's
//! gateway.

use std::sync::Arc;
use std::time::Duration;

use domain::Channel;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::Outbox;

/// How often what others have written is looked for.
const PERIOD: Duration = Duration::from_secs(1);

/// Messages that are sent at the same time.
const AT_ONCE: usize = 16;

/// Sends what is due on a channel until told to stop, and finishes what is in flight.
pub(super) async fn run(
    outbox: Arc<Outbox>,
    channel: Channel,
    mut news: watch::Receiver<()>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut in_flight = JoinSet::new();
    let (mut more, mut turn) = (false, 0_usize);
    loop {
        let look = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            Some(_) = in_flight.join_next(), if !in_flight.is_empty() => {
                // Not for each one: looking costs more than one message is worth.
                more && in_flight.len() <= AT_ONCE / 2
            }
            () = changed(&mut news) => true,
            _ = ticks.tick() => true,
        };
        if !look {
            continue;
        }
        turn = turn.wrapping_add(1);
        let filled = outbox.fill(channel, (&mut in_flight, AT_ONCE), turn);
        more = filled.await.unwrap_or_else(|error| {
            tracing::error!(%error, channel = channel.name(), "messages cannot be read; they wait");
            false
        });
    }
    while in_flight.join_next().await.is_some() {}
}

/// Waits for news; for ever, when there can be none.
async fn changed(news: &mut watch::Receiver<()>) {
    if news.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
