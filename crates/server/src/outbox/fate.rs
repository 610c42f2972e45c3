//! What becomes of a message after it was tried to send it: decided from plain values.

use std::time::Duration;

use domain::port::{Changes, Random, Versioned};
use domain::{Actor, AuditEvent, Message, Timestamp};

use super::carrier::{Cause, Undelivered};

/// How long is waited after the first failures; after all others as long as after the last of these.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(2),
    Duration::from_secs(8),
    Duration::from_secs(30),
];

/// What becomes of a message.
pub(super) enum Fate {
    /// It was taken.
    Taken,
    /// It is tried again at this time.
    Again(Timestamp, Cause),
    /// It never arrives.
    Lost(Cause),
}

impl Fate {
    /// What becomes of a message with this result.
    pub(super) fn of(message: &Message, result: Result<(), Undelivered>, now: Timestamp) -> Self {
        match result {
            Ok(()) => Self::Taken,
            Err(Undelivered::Never(cause)) => Self::Lost(cause),
            Err(Undelivered::Later(cause)) => {
                let pause = PAUSES.get(message.failures as usize);
                let pause = pause.or(PAUSES.last()).copied().unwrap_or_default();
                Self::Again((now + pause).min(message.expires), cause)
            }
        }
    }

    /// Its name among the metrics.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Taken => "sent",
            Self::Again(..) => "retried",
            Self::Lost(_) => "failed",
        }
    }

    /// What makes it true.
    pub(super) fn changes(
        self,
        message: &Versioned<Message>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Changes {
        let mut changes = Changes::none();
        match self {
            Self::Taken => changes.delete(message),
            Self::Again(due, _) => {
                let later = Message {
                    failures: message.failures.saturating_add(1),
                    due,
                    ..message.record.clone()
                };
                changes.replace(message, &later);
            }
            Self::Lost(cause) => {
                changes.delete(message);
                let content = &message.content;
                let event = AuditEvent::new("message.undeliverable", Actor::System, now, random);
                let event = event
                    .with("channel", content.channel().name())
                    .with("target", content.masked_target())
                    .with("cause", cause.name());
                let event = match cause {
                    Cause::Status(status) => event.with("status", status),
                    _ => event,
                };
                changes.insert(&event);
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;
    use domain::{MessageContent, Secret};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn message(failures: u32) -> Message {
        let content = MessageContent::Sms {
            to: "+49301234567".to_owned(),
            text: Secret::new("123456"),
        };
        let lifetime = Duration::from_mins(10);
        Message {
            failures,
            ..Message::new(content, lifetime, NOW, &CountingRandom::default())
        }
    }

    #[test]
    fn the_pauses_grow_until_the_message_expires() {
        let again = |failures, now| {
            let result = Err(Undelivered::Later(Cause::TimedOut));
            match Fate::of(&message(failures), result, now) {
                Fate::Again(due, Cause::TimedOut) => due.since(now).as_secs(),
                _ => panic!("it is tried again"),
            }
        };
        assert_eq!(
            [0, 1, 2, 3, 99].map(|it| again(it, NOW)),
            [2, 8, 30, 30, 30]
        );
        let late = NOW + Duration::from_mins(10) - Duration::from_secs(5);
        assert_eq!(again(3, late), 5);
    }

    #[test]
    fn what_is_refused_is_not_tried_again() {
        let result = Err(Undelivered::Never(Cause::Status(550)));
        let fate = Fate::of(&message(0), result, NOW);
        assert!(matches!(fate, Fate::Lost(Cause::Status(550))));
        assert!(matches!(Fate::of(&message(0), Ok(()), NOW), Fate::Taken));
    }
}
