//! What the server keeps of a client: its dates, and for a while the secrets that were replaced.

use std::time::Duration;

use domain::Timestamp;
use serde_json::{Value, json};

use super::super::Facts;
use super::typed;
use crate::admin::schema::Document;

/// The most replaced secrets that still serve: each is tried at every request.
pub(super) const MOST_RETAINED: usize = 10;

/// Sets the members of a client that the server keeps.
pub(super) fn keep(client: &mut Document, facts: &Facts<'_>) {
    let now = json!(facts.now.to_string());
    client.insert("modificationDate".to_owned(), now.clone());
    client.entry("creationDate").or_insert_with(|| now.clone());
    let (was, is) = (facts.existing.and_then(secret_of), secret_of(client));
    let changed = is != was;
    if is.is_none() {
        client.remove("clientSecretChangedTime");
    } else if changed {
        client.insert("clientSecretChangedTime".to_owned(), now);
    }
    let until = facts.now + retention(client, facts);
    let Some(retained) = retained(client) else {
        return;
    };
    if is.is_none() {
        retained.clear();
    }
    let replaced = was.filter(|_| changed && is.is_some() && until > facts.now);
    if let Some(replaced) = replaced {
        // The newest first, and none twice.
        retained.retain(|it| it.get("secret") != Some(&replaced));
        let newest = json!({ "secret": replaced, "expiryTime": until.to_string() });
        retained.insert(0, newest);
        retained.truncate(MOST_RETAINED);
    }
    retained.retain(|it| it.get("secret") != is.as_ref());
    expire(client, facts.now);
}

/// Takes out the secrets that serve no more.
pub(super) fn expire(client: &mut Document, now: Timestamp) {
    if let Some(retained) = retained(client) {
        retained.retain(|it| expiry(it).is_some_and(|expiry| now < expiry));
    }
}

fn retained(client: &mut Document) -> Option<&mut Vec<Value>> {
    let authentication = client.get_mut("clientAuth")?;
    authentication.get_mut("secondarySecrets")?.as_array_mut()
}

/// When a replaced secret stops serving.
pub(super) fn expiry(retained: &Value) -> Option<Timestamp> {
    retained.get("expiryTime")?.as_str()?.parse().ok()
}

fn secret_of(client: &Document) -> Option<Value> {
    client.get("clientAuth")?.get("secret").cloned()
}

/// For how long a replaced secret still serves.
fn retention(client: &Document, facts: &Facts<'_>) -> Duration {
    let own = typed(client).ok().and_then(|client| {
        let has_own = client.client_secret_retention_period_type.is_own();
        client.client_secret_retention_period.filter(|_| has_own)
    });
    let minutes = own.unwrap_or(facts.settings.client_secret_retention_period);
    Duration::from_secs(u64::from(minutes) * 60)
}
