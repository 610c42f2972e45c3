//! `PingID`'s PPM requests: a signed request that a browser posts, and the signed answer that it posts
//! back.
//!
//! [`verify`] is the only one that makes a [`VerifiedPpm`]. A request that is not the organisation's, or
//! that wants its answer posted where the organisation allows none, is [`Unproven`]: nobody is
//! answered. Whatever else is wrong with it is told in an answer ([`Refused`]), in the words of the
//! one table ([`PpmError::wire`]).

mod answer;
mod attribute;
mod error;
mod request;
#[cfg(test)]
mod tests;

pub use answer::{Success, authentication_context};
pub use attribute::{Attributes, Enrolment, icon};
pub use error::{Channel, PpmError, Wire};
pub use request::{
    Form, MAX_LENGTH, Refused, Respondent, Unproven, VerifiedPpm, claims, moment, verify,
};
