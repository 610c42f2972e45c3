//! PingID's doors, as clients that were written for PingID meet them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "pingid/authentication.rs"]
mod authentication;
#[path = "pingid/example.rs"]
mod example;
#[path = "pingid/factor.rs"]
mod factor;
#[path = "pingid/fault.rs"]
mod fault;
#[path = "pingid/hostile.rs"]
mod hostile;
#[path = "pingid/member.rs"]
mod member;
#[path = "pingid/organization.rs"]
mod organization;
#[path = "pingid/party.rs"]
mod party;
#[path = "pingid/policy.rs"]
mod policy;
#[path = "pingid/registration.rs"]
mod registration;
#[path = "pingid/rest.rs"]
mod rest;
