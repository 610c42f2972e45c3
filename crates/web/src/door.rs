//! The doors: each parses its own wire form, asks the pure crates, and writes its own wire form.

pub(crate) mod account;
mod assertion;
pub(crate) mod authenticator;
pub(crate) mod authn_api;
mod enrolment;
mod exit;
mod face;
pub(crate) mod flow;
pub(crate) mod oauth;
mod passage;
mod person;
pub(crate) mod pingid;
pub(crate) mod pingone;
pub(crate) mod ppm;
mod presented;
pub(crate) mod recognize;
mod transaction;

use serde_json::{Map, Value};

/// The members of an authorization response, for a client that is answered in JSON.
///
/// RFC 6749 §5.1: "Numerical values are included as JSON numbers."
fn members<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Map<String, Value> {
    let members = parameters.map(|(name, value)| {
        let number = value.parse::<i64>().ok().filter(|_| name == "expires_in");
        let value = number.map_or_else(|| value.into(), Value::from);
        (name.to_owned(), value)
    });
    members.collect()
}
