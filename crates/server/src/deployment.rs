//! The start of a server, noted for the processes beside it.

use std::time::Duration;

use domain::port::{Changes, CommitError, Records, StoreError};
use domain::{Deployment, Timestamp};

use crate::config::Tokens;

/// How long the tokens are good that live longest.
pub(crate) fn longest_lifetime(tokens: &Tokens) -> Duration {
    tokens.access_token_lifetime.max(tokens.id_token_lifetime)
}

/// Notes that the server with this issuer starts `now`, with tokens that are good for so long.
pub(crate) async fn note(
    records: &Records,
    issuer: &str,
    token_lifetime: Duration,
    now: Timestamp,
) -> Result<(), StoreError> {
    loop {
        let earlier = records.get::<Deployment>(Deployment::KEY).await?;
        let known = earlier.as_ref().map(|earlier| &earlier.record);
        let started = Deployment::started(issuer, token_lifetime, known, now);
        if known == Some(&started) {
            return Ok(());
        }
        let mut changes = Changes::none();
        changes.upsert(earlier.as_ref(), &started);
        match records.commit(changes).await {
            Ok(()) => return Ok(()),
            // Another server has started on the same records at the same moment.
            Err(CommitError::Conflict | CommitError::Claimed) => {}
            Err(CommitError::Store(error)) => return Err(error),
        }
    }
}
