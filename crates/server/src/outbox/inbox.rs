//! An inbox in memory: the demo's, in which everybody finds everybody's messages.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use domain::port::{Pending, ready};
use domain::{Channel, Message, MessageContent, Timestamp};

use super::carrier::{Carrier, Undelivered};

/// How many messages are kept.
const KEPT: usize = 50;

/// A message that has arrived.
#[derive(Clone)]
pub(crate) struct Arrived {
    pub(crate) channel: Channel,
    pub(crate) to: String,
    pub(crate) subject: Option<String>,
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

/// The last messages, the newest first.
#[derive(Default)]
pub(crate) struct Inbox(Mutex<VecDeque<Arrived>>);

impl Inbox {
    /// What is in it, the newest first.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        let arrived = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        arrived.iter().cloned().collect()
    }

    fn put(&self, message: &Message, now: Timestamp) {
        let (to, subject, text) = match &message.content {
            MessageContent::Email {
                to, subject, body, ..
            } => (to, Some(subject.expose().to_owned()), body),
            MessageContent::Sms { to, text } | MessageContent::Voice { to, text, .. } => {
                (to, None, text)
            }
            MessageContent::Push { .. } => return,
        };
        let arrived = Arrived {
            channel: message.content.channel(),
            to: to.clone(),
            subject,
            text: text.expose().to_owned(),
            at: now,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_front(arrived);
        all.truncate(KEPT);
    }
}

impl Carrier for Inbox {
    fn carry<'a>(
        &'a self,
        message: &'a Message,
        now: Timestamp,
    ) -> Pending<'a, Result<(), Undelivered>> {
        self.put(message, now);
        ready(Ok(()))
    }
}
