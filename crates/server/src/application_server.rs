//! Who the server is to push services: its key, made when it is first needed.

use authn::factor::push::web_push::{ApplicationServer, PushFault};
use domain::port::{Changes, CommitError, Records, StoreError, Tenant};
use domain::{ApplicationServerKey, Secret, Timestamp};
use jose::jwk::Jwk;
use jose::jws::{Algorithm, SigningKey};

/// Why the server is nobody to push services.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplicationServerFault {
    /// The records cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] PushFault),
}

/// Who the server is, whom push services may ask at `subject`.
pub(crate) async fn of(
    records: &Records,
    subject: &str,
    now: Timestamp,
) -> Result<ApplicationServer, ApplicationServerFault> {
    let records = records.of(Tenant::SYSTEM);
    loop {
        let kept = records
            .get::<ApplicationServerKey>(ApplicationServerKey::KEY)
            .await?;
        if let Some(kept) = kept {
            let key = Jwk::parse(kept.private_key.expose()).map_err(|_| PushFault::Key)?;
            return Ok(ApplicationServer::new(&key, subject)?);
        }
        let key = SigningKey::generate(Algorithm::Es256).map_err(|_| PushFault::Key)?;
        let mut changes = Changes::none();
        changes.insert(&ApplicationServerKey {
            private_key: Secret::new(key.jwk().to_private_json().as_str()),
            created: now,
        });
        match records.commit(changes).await {
            // On a conflict another process was first; its key is the one.
            Ok(()) | Err(CommitError::Conflict | CommitError::Claimed) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::port::fixed::CountingRandom;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    #[tokio::test]
    async fn the_key_is_made_once() {
        let store = store::memory(Arc::new(CountingRandom::default()));
        let records = Records::new(store, Tenant::DEFAULT);
        let subject = "mailto:ops@example.com";
        let first = of(&records, subject, NOW).await.unwrap();
        let second = of(&records, subject, NOW).await.unwrap();
        assert_eq!(first.public_key(), second.public_key());
    }
}
