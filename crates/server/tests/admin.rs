//! The administration API as PingFederate's clients use it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "admin/authentication.rs"]
mod authentication;
#[path = "admin/client.rs"]
mod client;
#[path = "admin/client_refusal.rs"]
mod client_refusal;
#[path = "admin/client_secret.rs"]
mod client_secret;
#[path = "admin/collection.rs"]
mod collection;
#[path = "admin/settings.rs"]
mod settings;
