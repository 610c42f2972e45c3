//! What is asked for in detail (RFC 9396).

use super::Checked;
use crate::authorize::AuthorizeError;
use crate::authorize::draft::{Finding, Seen};

/// Every detail is of a type that the client may use, and is as its type says.
pub(in crate::authorize) fn allowed_for_client(seen: Seen<'_>) -> Checked {
    // RFC 9396 §5: "The AS MUST abort processing and respond with an error
    // invalid_authorization_details to the client if any of the following are true".
    let Some(text) = seen.value("authorization_details") else {
        return Ok(Finding::Nothing);
    };
    let details = seen.facts.detail_types.parse(text, seen.client()?);
    let details = details.map_err(AuthorizeError::AuthorizationDetails)?;
    Ok(Finding::AuthorizationDetails(details))
}

/// None is one that people approve with a factor: where they allow a device, they are asked for none
/// that is bound to it.
pub(in crate::authorize) fn unapproved(seen: Seen<'_>) -> Checked {
    let unapproved = seen.facts.detail_types.check_unapproved(seen.details());
    unapproved.map_err(AuthorizeError::AuthorizationDetails)?;
    Ok(Finding::Nothing)
}
