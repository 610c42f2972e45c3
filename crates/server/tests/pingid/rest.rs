//! The REST API, version 4.

#[path = "rest/approval.rs"]
mod approval;
#[path = "rest/authentication.rs"]
mod authentication;
#[path = "rest/client.rs"]
pub(crate) mod client;
#[path = "rest/fault.rs"]
mod fault;
#[path = "rest/hostile.rs"]
mod hostile;
#[path = "rest/key.rs"]
mod key;
#[path = "rest/one_time.rs"]
mod one_time;
#[path = "rest/pairing.rs"]
mod pairing;
#[path = "rest/report.rs"]
mod report;
#[path = "rest/tenancy.rs"]
mod tenancy;
#[path = "rest/user.rs"]
mod user;
