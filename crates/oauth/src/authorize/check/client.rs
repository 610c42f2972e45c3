//! Who asks.

use super::{Checked, ensure};
use crate::authorize::AuthorizeError;
use crate::authorize::draft::{Finding, Seen};

/// The request says who asks.
pub(in crate::authorize) fn named(seen: Seen<'_>) -> Checked {
    // RFC 6749 §4.1.1: "client_id REQUIRED."
    let named = seen
        .value("client_id")
        .ok_or(AuthorizeError::ClientMissing)?;
    // The caller loaded the client by this very parameter; that it did costs nothing to see.
    let is_the_one = seen
        .facts
        .client
        .is_none_or(|client| client.id.as_str() == named);
    ensure(is_the_one, AuthorizeError::ClientUnknown)
}

/// The client exists.
pub(in crate::authorize) fn known(seen: Seen<'_>) -> Checked {
    seen.client()
        .map(|client| Finding::Client(client.id.clone()))
}

/// Nobody has switched it off.
pub(in crate::authorize) fn enabled(seen: Seen<'_>) -> Checked {
    ensure(seen.client()?.enabled, AuthorizeError::ClientDisabled)
}
