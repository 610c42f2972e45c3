//! The administration API as PingFederate's clients use it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]
// The largest client is one JSON literal.
#![recursion_limit = "256"]

#[path = "admin/authentication.rs"]
mod authentication;
#[path = "admin/client.rs"]
mod client;
#[path = "admin/client_refusal.rs"]
mod client_refusal;
#[path = "admin/client_secret.rs"]
mod client_secret;
#[path = "admin/client_whole.rs"]
mod client_whole;
#[path = "admin/collection.rs"]
mod collection;
#[path = "admin/openapi.rs"]
mod openapi;
#[path = "admin/role.rs"]
mod role;
#[path = "admin/settings.rs"]
mod settings;
