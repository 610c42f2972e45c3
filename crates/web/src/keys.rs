//! Keys that are missing, made before whatever needs them is there.

use std::time::Duration;

use domain::port::{Changes, CommitError, Pending, Records, Versioned};
use domain::{KeyFamily, KeyState, SigningKeyRecord, Timestamp};

use crate::app::KeyFactory;
use crate::fault::Fault;

/// Far longer than it takes to make keys.
const KEY_MAKING: Duration = Duration::from_mins(10);

/// Sees to it that there are keys.
pub trait SigningKeys: Send + Sync {
    /// Makes the keys that a family lacks: one that signs, and the one after it. To be called before
    /// whatever needs them is committed, so that nothing ever refers to keys that there are not.
    fn ensure(&self, family: KeyFamily) -> Pending<'_, Result<(), Fault>>;
}

/// The keys among the records of a tenant.
pub struct StoredKeys<'a> {
    /// The records.
    pub records: &'a Records,
    /// Makes what is missing.
    pub factory: &'a dyn KeyFactory,
    /// The time now.
    pub now: Timestamp,
}

impl SigningKeys for StoredKeys<'_> {
    fn ensure(&self, family: KeyFamily) -> Pending<'_, Result<(), Fault>> {
        Box::pin(self.make_missing(family))
    }
}

impl StoredKeys<'_> {
    async fn make_missing(&self, family: KeyFamily) -> Result<(), Fault> {
        let known = self.records.all::<SigningKeyRecord>().await?;
        let lacking = family.lacks(&known);
        if lacking.is_empty() {
            return Ok(());
        }
        let changes = self.made(family, &known, lacking).await?;
        match self.records.commit(changes).await {
            Ok(()) => {}
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(CommitError::Conflict | CommitError::Claimed) => {
                let known = self.records.all::<SigningKeyRecord>().await?;
                if !family.lacks(&known).is_empty() {
                    return Err(Fault::Contention);
                }
            }
        }
        Ok(())
    }

    /// New keys for a family that has only those of `known`. Of many that find this at the same
    /// moment, in whichever process, one can commit it.
    async fn made(
        &self,
        family: KeyFamily,
        known: &[Versioned<SigningKeyRecord>],
        lacking: Vec<KeyState>,
    ) -> Result<Changes, Fault> {
        let in_use = |key: &&Versioned<SigningKeyRecord>| {
            key.family == family && key.state != KeyState::Retired
        };
        let known = known.iter().filter(in_use);
        let kids = known.map(|key| key.kid.as_bytes());
        let facts: Vec<&[u8]> = std::iter::once(family.name().as_bytes())
            .chain(kids)
            .collect();
        let mut changes = Changes::none();
        changes.claim("missing keys", &facts, self.now + KEY_MAKING);
        // All at the same time, because RSA keys take long.
        let making = lacking
            .into_iter()
            .map(|state| (state, self.factory.create(family, self.now)));
        for (state, key) in making.collect::<Vec<_>>() {
            changes.insert(&key.await.map_err(Fault::Defect)?.placed(state, self.now));
        }
        Ok(changes)
    }
}
