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
