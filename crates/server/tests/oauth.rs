//! The authorization server as its clients meet it: over HTTP, with a clock that stands still.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

#[path = "oauth/authorize.rs"]
mod authorize;
#[path = "oauth/authorize_refusal.rs"]
mod authorize_refusal;
#[path = "oauth/discovery.rs"]
mod discovery;
