//! Deleting everything that a tenant has.

use super::{Change, CommitError, Kind, Page, Records, StoreError};

/// How many records are deleted in one commit.
const AT_ONCE: usize = 250;

impl Records {
    /// Deletes all records of the tenant but its audit events, some at a time; returns how many.
    ///
    /// What others write or delete at the same time may be left: to be called again, until there is
    /// nothing.
    pub async fn clear(&self) -> Result<usize, StoreError> {
        let mut deleted = 0;
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Audit) {
            deleted += self.clear_kind(kind).await?;
        }
        Ok(deleted)
    }

    async fn clear_kind(&self, kind: Kind) -> Result<usize, StoreError> {
        let (mut deleted, mut after) = (0, None);
        loop {
            let page = Page {
                tenant: self.tenant(),
                after,
                limit: AT_ONCE,
            };
            let found = self.store().page(kind, page).await?;
            let Some(last) = found.last() else {
                return Ok(deleted);
            };
            after = Some(last.key.clone());
            let count = found.len();
            let deletions = found.into_iter().map(|stored| Change::Delete {
                kind,
                key: stored.key,
                version: stored.version,
            });
            match self.store().commit(deletions.collect()).await {
                Ok(()) => deleted += count,
                Err(CommitError::Conflict | CommitError::Claimed) => {}
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
    }
}
