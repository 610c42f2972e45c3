//! What the answer is to be like.

use super::{Checked, bounded, ensure};
use crate::authorize::draft::{Finding, Seen};
use crate::authorize::{AuthorizeError, ResponseMode};

/// The longest `state` in bytes; it has to fit into an address.
const MAX_STATE: usize = 4096;
/// The longest `nonce` in bytes; it has to fit into every ID token.
const MAX_NONCE: usize = 1024;

/// `state` can be returned.
pub(in crate::authorize) fn state(seen: Seen<'_>) -> Checked {
    bounded(seen, "state", MAX_STATE, AuthorizeError::StateTooLong).map(|_| Finding::Nothing)
}

/// `state`, unless it is too long, which [`state`] refuses.
pub(super) fn returnable_state(seen: Seen<'_>) -> Option<&str> {
    seen.value("state").filter(|state| state.len() <= MAX_STATE)
}

/// `response_mode` is supported and can reach the redirect URI.
pub(in crate::authorize) fn mode(seen: Seen<'_>) -> Checked {
    let Some(name) = seen.value("response_mode") else {
        return Ok(Finding::Nothing);
    };
    let mode = ResponseMode::from_name(name).ok_or(AuthorizeError::ResponseModeUnknown)?;
    let fits = seen
        .target()
        .is_none_or(|target| mode.reaches(target.redirect_uri()));
    ensure(fits, AuthorizeError::ResponseModeUnfit)
}

/// `response_type` is supported.
pub(in crate::authorize) fn kind(seen: Seen<'_>) -> Checked {
    // RFC 6749 §3.1.1: "If an authorization request is missing the "response_type" parameter, or
    // if the response type is not understood, the authorization server MUST return an error
    // response as described in Section 4.1.2.1."
    match seen.value("response_type") {
        None => Err(AuthorizeError::ResponseTypeMissing),
        Some("code") => Ok(Finding::Nothing),
        Some(_) => Err(AuthorizeError::ResponseTypeUnsupported),
    }
}

/// `nonce` can be repeated in an ID token.
pub(in crate::authorize) fn nonce(seen: Seen<'_>) -> Checked {
    let nonce = bounded(seen, "nonce", MAX_NONCE, AuthorizeError::NonceTooLong)?;
    Ok(nonce.map_or(Finding::Nothing, |nonce| Finding::Nonce(nonce.to_owned())))
}
