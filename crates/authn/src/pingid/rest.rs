//! `PingID`'s REST API, version 4: a program posts a JWS that its organisation has signed, and is
//! answered with one.
//!
//! [`verify`] is the only one that makes a [`VerifiedRequest`]. What is not the organisation's
//! ([`super::NotTheirs`]) is told so without a signature; whatever else is wrong is an answer like
//! any other, in the numbers of the one table ([`Outcome::wire`]).

mod described;
mod members;
mod outcome;
mod request;
#[cfg(test)]
mod tests;

pub use described::{UserState, calling_code, device, device_type, is_platform, local_time, user};
pub use members::{Malformed, Members};
pub use outcome::{Outcome, Wire};
pub use request::{Asked, MAX_LENGTH, Unfit, VerifiedRequest, alias_in, answer, verify};
