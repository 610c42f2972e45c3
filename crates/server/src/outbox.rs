//! Messages on their way to people: each is written in the commit that makes it necessary, and sent
//! from here, at least once.
//!
//! A message is claimed before it is sent, by moving the time when it is due into the future on the
//! condition that nobody else did, so that of several processes on the same records one sends it. It
//! is deleted when it was taken. When this process ends in between, it is due again after a while.

mod carrier;
mod channels;
mod fate;
mod inbox;
mod lane;
mod mail;
mod push;
#[cfg(test)]
mod tests;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use domain::port::{
    Changes, Clock, CommitError, Random, Record, Records, StoreError, Tenant, Versioned,
};
use domain::{Channel, Environment, Message, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::telemetry::metrics::Metrics;
use carrier::{Cause, Undelivered};
pub(crate) use channels::{ChannelFault, Channels};
use fate::Fate;
pub(crate) use inbox::{Arrived, Inbox};
pub(crate) use webhook::{Template, header};

/// How long sending one message may take, ...
const SENDING: Duration = Duration::from_secs(30);

/// ... and after how long somebody else may try, because whoever claimed it is gone.
const CLAIM: Duration = Duration::from_secs(60);

/// Messages that are looked at in one go.
const PAGE: usize = 100;

/// What sends messages.
pub(crate) struct Outbox {
    pub(crate) records: Records,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) channels: Channels,
}

/// Whose messages are sent. It is asked each time, because environments come and go; what is left of
/// one that is deleted is not sent any more.
async fn tenants(records: &Records) -> Result<Vec<Tenant>, StoreError> {
    let environments = records.of(Tenant::SYSTEM).all::<Environment>().await?;
    let there = environments.iter().filter(|it| it.deleted.is_none());
    let there = there.map(|environment| environment.id.tenant());
    Ok([Tenant::SYSTEM, Tenant::DEFAULT]
        .into_iter()
        .chain(there)
        .collect())
}

impl Outbox {
    /// Sends messages until told to stop, and then finishes those in flight. `news` changes whenever
    /// this process has written a message; those of others are found within a second.
    pub(crate) async fn run(self, news: watch::Receiver<()>, stopped: watch::Receiver<bool>) {
        let outbox = Arc::new(self);
        let mut lanes = JoinSet::new();
        for channel in Channel::ALL {
            let outbox = Arc::clone(&outbox);
            lanes.spawn(lane::run(outbox, channel, news.clone(), stopped.clone()));
        }
        let _ = lanes.join_all().await;
    }

    /// Begins to send what is due on a channel, the oldest first, up to `most` at the same time.
    /// Returns whether more is due. `turn` says which tenant comes first, so that each does.
    async fn fill(
        self: &Arc<Self>,
        channel: Channel,
        (in_flight, most): (&mut JoinSet<()>, usize),
        turn: usize,
    ) -> Result<bool, StoreError> {
        let mut tenants = tenants(&self.records).await?;
        let first = turn.checked_rem(tenants.len()).unwrap_or_default();
        tenants.rotate_left(first);
        let mut oldest = None;
        for tenant in tenants {
            let records = self.records.of(tenant);
            let mut waiting = Waiting::of(&records, channel);
            while let Some(message) = waiting.next().await? {
                oldest = [oldest, Some(message.created)].into_iter().flatten().min();
                if message.due > self.clock.now() {
                    continue;
                }
                if in_flight.len() >= most {
                    self.note_oldest(channel, oldest);
                    return Ok(true);
                }
                if let Some(claimed) = self.claim(&records, &message).await? {
                    in_flight.spawn(Arc::clone(self).send(records.clone(), claimed));
                }
            }
        }
        self.note_oldest(channel, oldest);
        Ok(false)
    }

    fn note_oldest(&self, channel: Channel, oldest: Option<Timestamp>) {
        let age = oldest.map(|created| self.clock.now().since(created));
        self.metrics
            .oldest_message(channel, age.unwrap_or_default());
    }

    /// Makes a message ours for a while, unless somebody else did.
    async fn claim(
        &self,
        records: &Records,
        message: &Versioned<Message>,
    ) -> Result<Option<Versioned<Message>>, StoreError> {
        let claimed = Message {
            due: self.clock.now() + CLAIM,
            ..message.record.clone()
        };
        let mut changes = Changes::none();
        changes.replace(message, &claimed);
        match records.commit(changes).await {
            Ok(()) => {}
            Err(CommitError::Conflict | CommitError::Claimed) => return Ok(None),
            Err(CommitError::Store(error)) => return Err(error),
        }
        // The version that it has now is known only to the store.
        let stored = records.get::<Message>(claimed.key()).await?;
        Ok(stored.filter(|stored| stored.due == claimed.due))
    }

    /// Sends a message that is ours, and settles what becomes of it.
    async fn send(self: Arc<Self>, records: Records, message: Versioned<Message>) {
        let result = self.try_to_send(&message).await;
        let now = self.clock.now();
        let (id, channel) = (message.id, message.content.channel());
        let fate = Fate::of(&message, result, now);
        self.metrics.message(channel, fate.name());
        if let Fate::Taken = fate {
            self.metrics
                .message_delay(channel, now.since(message.created));
        }
        match &fate {
            Fate::Taken => tracing::debug!(%id, channel = channel.name(), "a message was sent"),
            Fate::Again(_, cause) => {
                tracing::warn!(%id, channel = channel.name(), %cause, "a message was not taken and is tried again");
            }
            Fate::Lost(cause) => {
                tracing::warn!(%id, channel = channel.name(), %cause, "a message cannot be delivered");
            }
        }
        let changes = fate.changes(&message, now, &*self.random);
        match records.commit(changes).await {
            // On a conflict it took so long that somebody else has claimed it.
            Ok(()) | Err(CommitError::Conflict | CommitError::Claimed) => {}
            Err(CommitError::Store(error)) => {
                tracing::error!(%id, %error, "what became of a message cannot be noted; it may be sent again");
            }
        }
    }

    async fn try_to_send(&self, message: &Message) -> Result<(), Undelivered> {
        let now = self.clock.now();
        if message.expires <= now {
            return Err(Undelivered::Never(Cause::Expired));
        }
        let carrier = self.channels.of(message.content.channel());
        let carrier = carrier.ok_or(Undelivered::Later(Cause::NotConfigured))?;
        let carried = tokio::time::timeout(SENDING, carrier.carry(message, now)).await;
        carried.unwrap_or(Err(Undelivered::Later(Cause::TimedOut)))
    }
}

/// The messages of a tenant on a channel, the oldest first, read some at a time.
struct Waiting<'a> {
    records: &'a Records,
    channel: Channel,
    read: std::vec::IntoIter<Versioned<Message>>,
    after: Option<Vec<u8>>,
    is_over: bool,
}

impl<'a> Waiting<'a> {
    fn of(records: &'a Records, channel: Channel) -> Self {
        Self {
            records,
            channel,
            read: Vec::new().into_iter(),
            after: None,
            is_over: false,
        }
    }

    async fn next(&mut self) -> Result<Option<Versioned<Message>>, StoreError> {
        loop {
            let is_ours = |it: &Versioned<Message>| it.content.channel() == self.channel;
            if let Some(message) = self.read.find(is_ours) {
                return Ok(Some(message));
            }
            if self.is_over {
                return Ok(None);
            }
            let page = self.records.page::<Message>(self.after.as_deref(), PAGE);
            let page = page.await?;
            self.is_over = page.len() < PAGE;
            self.after = page.last().map(|last| last.key());
            self.read = page.into_iter();
        }
    }
}
