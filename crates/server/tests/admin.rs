//! The administration API as PingFederate's clients use it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]
#[path = "admin/agreement.rs"]
mod agreement;
#[path = "admin/audit.rs"]
mod audit;
#[path = "admin/authentication.rs"]
mod authentication;
#[path = "admin/bound.rs"]
mod bound;
#[path = "admin/certificate.rs"]
mod certificate;
#[path = "admin/client.rs"]
mod client;
#[path = "admin/client_refusal.rs"]
mod client_refusal;
#[path = "admin/client_secret.rs"]
mod client_secret;
#[path = "admin/client_setting.rs"]
mod client_setting;
#[path = "admin/client_whole.rs"]
mod client_whole;
#[path = "admin/collection.rs"]
mod collection;
#[path = "admin/file.rs"]
mod file;
#[path = "admin/openapi.rs"]
mod openapi;
#[path = "admin/role.rs"]
mod role;
#[path = "admin/scope.rs"]
mod scope;
#[path = "admin/secret_retention.rs"]
mod secret_retention;
#[path = "admin/settings.rs"]
mod settings;
