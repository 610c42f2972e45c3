//! The doors: each parses its own wire form, asks the pure crates, and writes its own wire form.

pub(crate) mod account;
mod exit;
pub(crate) mod flow;
pub(crate) mod oauth;
mod person;
mod presented;
