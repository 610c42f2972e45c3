//! Ways to make a request that are not supported, and that must not be mistaken for parameters
//! that are unknown: the client relies on them.

use super::{Checked, ensure};
use crate::authorize::AuthorizeError;
use crate::authorize::draft::Seen;

/// No client that registers itself on the way.
pub(in crate::authorize) fn registration(seen: Seen<'_>) -> Checked {
    // OpenID Connect Core §3.1.2.6: "registration_not_supported The OP does not support use of the
    // registration parameter defined in Section 7.2.1."
    let none = seen.value("registration").is_none();
    ensure(none, AuthorizeError::Registration)
}
