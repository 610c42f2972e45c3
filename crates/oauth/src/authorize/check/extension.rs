//! Ways to make a request that are not supported, and that must not be mistaken for parameters
//! that are unknown: the client relies on them.

use super::{Checked, ensure};
use crate::authorize::AuthorizeError;
use crate::authorize::draft::Seen;

/// No request object.
pub(in crate::authorize) fn request_object(seen: Seen<'_>) -> Checked {
    // OpenID Connect Core §3.1.2.6: "request_not_supported The OP does not support use of the
    // request parameter defined in Section 6."
    refuse(seen, "request", AuthorizeError::RequestObject)
}

/// No request object by reference.
pub(in crate::authorize) fn request_uri(seen: Seen<'_>) -> Checked {
    // OpenID Connect Core §3.1.2.6: "request_uri_not_supported The OP does not support use of the
    // request_uri parameter defined in Section 6." A pushed request has none in any case (RFC 9126
    // §2.1).
    refuse(seen, "request_uri", AuthorizeError::RequestUri)
}

/// No client that registers itself on the way.
pub(in crate::authorize) fn registration(seen: Seen<'_>) -> Checked {
    // OpenID Connect Core §3.1.2.6: "registration_not_supported The OP does not support use of the
    // registration parameter defined in Section 7.2.1."
    refuse(seen, "registration", AuthorizeError::Registration)
}

fn refuse(seen: Seen<'_>, name: &str, error: AuthorizeError) -> Checked {
    ensure(seen.value(name).is_none(), error)
}
