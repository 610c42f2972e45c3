//! The checks, each a small pure function that looks at one thing.

pub(super) mod authorization_details;
pub(super) mod carriage;
pub(super) mod claims;
pub(super) mod client;
pub(super) mod dpop;
pub(super) mod extension;
pub(super) mod hint;
pub(super) mod pkce;
pub(super) mod prompt;
pub(super) mod redirect_uri;
pub(super) mod repetition;
pub(super) mod response;
pub(super) mod scope;
pub(super) mod transaction;

use super::AuthorizeError;
use super::draft::{Finding, Seen};

/// What every check returns.
type Checked = Result<Finding, AuthorizeError>;

/// Passes when `holds`, and keeps nothing.
fn ensure(holds: bool, otherwise: AuthorizeError) -> Checked {
    holds.then_some(Finding::Nothing).ok_or(otherwise)
}

/// A parameter that is at most `limit` bytes long, if it is there.
fn bounded<'a>(
    seen: Seen<'a>,
    name: &str,
    limit: usize,
    too_long: AuthorizeError,
) -> Result<Option<&'a str>, AuthorizeError> {
    match seen.value(name) {
        Some(value) if value.len() > limit => Err(too_long),
        value => Ok(value),
    }
}
