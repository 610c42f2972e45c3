//! Environments as their clients and people meet them, and what keeps one from another.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "environment/application.rs"]
mod application;
#[path = "environment/approval.rs"]
mod approval;
#[path = "environment/assertion.rs"]
mod assertion;
#[path = "environment/contract.rs"]
mod contract;
#[path = "environment/device.rs"]
mod device;
#[path = "environment/device_authentication.rs"]
mod device_authentication;
#[path = "environment/device_grant.rs"]
mod device_grant;
#[path = "environment/flow.rs"]
mod flow;
#[path = "environment/journey.rs"]
mod journey;
#[path = "environment/lifetime.rs"]
mod lifetime;
#[path = "environment/management.rs"]
mod management;
#[path = "environment/pairing_key.rs"]
mod pairing_key;
#[path = "environment/policy.rs"]
mod policy;
#[path = "environment/property.rs"]
mod property;
#[path = "environment/recovery.rs"]
mod recovery;
#[path = "environment/template.rs"]
mod template;
#[path = "environment/tenancy.rs"]
mod tenancy;
