//! To which key the code will be bound (RFC 9449 §10).

use super::Checked;
use crate::authorize::AuthorizeError;
use crate::authorize::draft::{Finding, Seen};

/// `dpop_jkt` is the thumbprint of a key.
pub(in crate::authorize) fn key(seen: Seen<'_>) -> Checked {
    // RFC 9449 §10: "The value of the dpop_jkt authorization request parameter is the JWK Thumbprint
    // [RFC7638] of the proof-of-possession public key using the SHA-256 hash function". No key could
    // ever match anything else.
    let Some(jkt) = seen.value("dpop_jkt") else {
        return Ok(Finding::Nothing);
    };
    let jkt = jkt.parse().map_err(|_| AuthorizeError::DpopJktMalformed)?;
    Ok(Finding::DpopKey(jkt))
}
