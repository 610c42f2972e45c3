//! Parameters that come more than once (RFC 6749 §3.1: "Request and response parameters MUST NOT be
//! included more than once.").

use super::{Checked, ensure};
use crate::authorize::AuthorizeError;
use crate::authorize::draft::Seen;

/// What decides where the answer goes and what it carries, once it is wrong: as long as any of it
/// has two meanings, there is nobody to tell but the person.
const TARGET: [&str; 4] = ["client_id", "redirect_uri", "response_mode", "state"];

/// Where the answer goes is said once.
pub(in crate::authorize) fn of_target(seen: Seen<'_>) -> Checked {
    let repeated = TARGET
        .iter()
        .any(|name| seen.parameters().is_repeated(name));
    ensure(!repeated, AuthorizeError::ParameterRepeated)
}

/// So is everything else.
pub(in crate::authorize) fn of_any(seen: Seen<'_>) -> Checked {
    // RFC 6749 §4.1.2.1: "invalid_request The request is missing a required parameter, includes an
    // invalid parameter value, includes a parameter more than once, or is otherwise malformed."
    let repeated = seen.parameters().has_repeated();
    ensure(!repeated, AuthorizeError::ParameterRepeated)
}
