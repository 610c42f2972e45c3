//! What carries messages to people, and why one may not be taken.

use domain::port::Pending;
use domain::{Message, Timestamp};

/// Hands messages of one channel to whoever delivers them.
pub(crate) trait Carrier: Send + Sync + 'static {
    /// Hands over a message. It has not expired `now`.
    fn carry<'a>(
        &'a self,
        message: &'a Message,
        now: Timestamp,
    ) -> Pending<'a, Result<(), Undelivered>>;
}

/// That a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// It may be taken another time.
    Later(Cause),
    /// It is never taken.
    Never(Cause),
}

/// Why a message was not taken. It holds nothing of the message and not to whom it goes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Cause {
    /// Nobody is set up to take it.
    #[error("the channel is not configured")]
    NotConfigured,
    /// It was not taken before it was worth nothing.
    #[error("it has expired")]
    Expired,
    /// It took too long.
    #[error("it took too long")]
    TimedOut,
    /// Nobody could be reached who takes it; the text is for the log.
    #[error("the gateway cannot be reached: {0}")]
    Unreachable(String),
    /// Whoever takes it answered with this status, of SMTP or HTTP.
    #[error("the gateway answered with the status {0}")]
    Status(u16),
    /// It cannot be written as the channel wants it.
    #[error("the message cannot be written: {0}")]
    Unwritable(&'static str),
    /// Where it goes there is nobody any more (RFC 8030 §7.3).
    #[error("the subscription is gone")]
    Gone,
}

impl Cause {
    /// Its name for auditors, stable for ever.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::Expired => "expired",
            Self::TimedOut => "timed_out",
            Self::Unreachable(_) => "unreachable",
            Self::Status(_) => "refused",
            Self::Unwritable(_) => "unwritable",
            Self::Gone => "gone",
        }
    }

    /// What an HTTP status says of a message that was handed over.
    pub(crate) fn of_http_status(status: u16) -> Result<(), Undelivered> {
        match status {
            200..=299 => Ok(()),
            // RFC 9110 §15.5.9 and RFC 6585 §4: these say to try again.
            408 | 429 => Err(Undelivered::Later(Self::Status(status))),
            400..=499 => Err(Undelivered::Never(Self::Status(status))),
            _ => Err(Undelivered::Later(Self::Status(status))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_to_try_again() {
        let of = Cause::of_http_status;
        for status in [200, 201, 202, 204] {
            assert_eq!(of(status), Ok(()));
        }
        for status in [400, 401, 403, 404, 410, 413, 422] {
            assert!(matches!(of(status), Err(Undelivered::Never(_))), "{status}");
        }
        for status in [302, 408, 429, 500, 502, 503] {
            assert!(matches!(of(status), Err(Undelivered::Later(_))), "{status}");
        }
    }
}
