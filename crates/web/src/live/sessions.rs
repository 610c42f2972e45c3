//! What administrators have said about how long people stay signed on.

use std::time::Duration;

use domain::SessionPolicy;
use domain::port::{DocumentName, Kind, Records, StoreError};
use serde_json::Value;

/// The document of it.
const POLICY: &str = "settings/session/authenticationSessionPolicies/global";

/// How long people stay signed on when they have closed the browser; they do not, if `None`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PersistentSessions(Option<SessionPolicy>);

impl PersistentSessions {
    /// Reads what is stored.
    pub(super) async fn read(records: &Records) -> Result<Self, StoreError> {
        let name = DocumentName::new(Kind::Resource, POLICY);
        let document = records.document(&name).await?;
        Ok(Self(document.as_deref().and_then(policy)))
    }

    /// How long such sessions last.
    pub(crate) const fn policy(self) -> Option<SessionPolicy> {
        self.0
    }
}

fn policy(document: &Value) -> Option<SessionPolicy> {
    let is_set = |name: &str| document.get(name).and_then(Value::as_bool) == Some(true);
    let minutes = |name: &str, default: u64| {
        let minutes = document.get(name).and_then(Value::as_u64);
        Duration::from_secs(minutes.unwrap_or(default).saturating_mul(60))
    };
    (is_set("enableSessions") && is_set("persistentSessions")).then(|| SessionPolicy {
        idle: minutes("idleTimeoutMins", 60),
        absolute: minutes("maxTimeoutMins", 480),
        persistent: true,
    })
}
