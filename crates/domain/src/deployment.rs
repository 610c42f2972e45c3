//! How the server on these records runs, for the processes beside it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::port::{Kind, Record};

/// What processes that work on the same records must know of the server and cannot learn from a
/// configuration of their own, which may be another one. The server notes it at each start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// The issuer identifier, without a trailing slash.
    pub issuer: String,
    /// Seconds for which the tokens that it signs are good at most.
    token_lifetime: u64,
    /// When the last token is over that it signed while they were good for longer, if they were.
    longer_tokens_end: Option<Timestamp>,
}

impl Deployment {
    /// The key of the one record.
    pub const KEY: &'static [u8] = b"server";

    /// The server that starts `now`, with tokens that are good for `token_lifetime` at most, and
    /// that ran before as `earlier` says.
    pub fn started(
        issuer: &str,
        token_lifetime: Duration,
        earlier: Option<&Self>,
        now: Timestamp,
    ) -> Self {
        let token_lifetime = token_lifetime.as_secs();
        let longer = earlier.filter(|earlier| earlier.token_lifetime > token_lifetime);
        let longer_tokens_end = match longer {
            Some(longer) => Some(longer.tokens_end(now)),
            None => earlier.and_then(|earlier| earlier.longer_tokens_end),
        };
        Self {
            issuer: issuer.to_owned(),
            token_lifetime,
            longer_tokens_end,
        }
    }

    /// When the last token is over that the server has signed until `now`.
    pub fn tokens_end(&self, now: Timestamp) -> Timestamp {
        let end = now + Duration::from_secs(self.token_lifetime);
        self.longer_tokens_end.map_or(end, |longer| longer.max(end))
    }
}

impl Record for Deployment {
    const KIND: Kind = Kind::Deployment;

    fn key(&self) -> Vec<u8> {
        Self::KEY.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
    const HOUR: Duration = Duration::from_hours(1);

    fn hours(count: u32) -> Timestamp {
        NOW + HOUR * count
    }

    #[test]
    fn what_was_signed_before_a_shorter_lifetime_counts_until_it_is_over() {
        let issuer = "https://id.example.com";
        let first = Deployment::started(issuer, HOUR * 24, None, NOW);
        assert_eq!(first.tokens_end(hours(5)), hours(29));
        let shorter = Deployment::started(issuer, HOUR, Some(&first), hours(10));
        assert_eq!(shorter.tokens_end(hours(11)), hours(34));
        assert_eq!(shorter.tokens_end(hours(34)), hours(35));
        // A restart that changes nothing is none.
        let again = Deployment::started(issuer, HOUR, Some(&shorter), hours(12));
        assert_eq!(again, shorter);
        let shortest = Deployment::started(issuer, HOUR / 2, Some(&again), hours(13));
        assert_eq!(shortest.tokens_end(hours(13)), hours(34));
        let longer = Deployment::started(issuer, HOUR * 48, Some(&shortest), hours(14));
        assert_eq!(longer.tokens_end(hours(14)), hours(62));
    }
}
