//! What is kept of an application beside its record.

use domain::port::{Changes, CommitError, Kind, Records, StoreError};
use serde_json::Value;

use super::{Origins, POLICIES};

/// How often it is tried again when somebody changes the same at the same moment.
const TRIES: usize = 8;

/// Deletes it, once the application is gone: another of the same id must not come into it, and no
/// policy be in use by nobody.
pub(crate) async fn forget_application(records: &Records, id: &str) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let mut changes = Changes::none();
        let mut is_clean = true;
        let origins = Origins::of(id);
        if let Some(kept) = records.document(&origins).await? {
            changes.delete_document(&origins, kept.version);
            is_clean = false;
        }
        let policies = records.documents(Kind::Resource, POLICIES.as_bytes());
        for (name, kept) in policies.await? {
            let application = kept.record.get("application").and_then(Value::as_str);
            if application == Some(id) {
                changes.delete_document(&name, kept.version);
                is_clean = false;
            }
        }
        if is_clean {
            return Ok(());
        }
        match records.commit(changes).await {
            Ok(()) => return Ok(()),
            Err(CommitError::Store(error)) => return Err(error),
            Err(CommitError::Conflict | CommitError::Claimed) => {}
        }
    }
    Ok(())
}
