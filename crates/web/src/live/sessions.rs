//! What administrators have said about how long people stay signed on.

use std::time::Duration;

use domain::SessionPolicy;
use domain::port::{DocumentName, Kind, Records, StoreError};
use serde_json::Value;

/// The document of it.
const POLICY: &str = "settings/session/authenticationSessionPolicies/global";

/// Whether and how long people stay signed on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRules {
    /// Whether who is signed on is so at the next application.
    pub(crate) enabled: bool,
    /// How long they stay so when they have closed the browser; they do not, if `None`.
    pub(crate) persistent: Option<SessionPolicy>,
}

impl Default for SessionRules {
    fn default() -> Self {
        Self {
            enabled: true,
            persistent: None,
        }
    }
}

impl SessionRules {
    /// Reads what is stored.
    pub(super) async fn read(records: &Records) -> Result<Self, StoreError> {
        let name = DocumentName::new(Kind::Resource, POLICY);
        let document = records.document(&name).await?;
        Ok(document.as_deref().map(rules).unwrap_or_default())
    }
}

fn rules(document: &Value) -> SessionRules {
    let is_set = |name: &str| document.get(name).and_then(Value::as_bool) == Some(true);
    let minutes = |name: &str, default: u64| {
        let minutes = document.get(name).and_then(Value::as_u64);
        Duration::from_secs(minutes.unwrap_or(default).saturating_mul(60))
    };
    let enabled = is_set("enableSessions");
    let persistent = (enabled && is_set("persistentSessions")).then(|| SessionPolicy {
        idle: minutes("idleTimeoutMins", 60),
        absolute: minutes("maxTimeoutMins", 480),
        persistent: true,
    });
    SessionRules {
        enabled,
        persistent,
    }
}
