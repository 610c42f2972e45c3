//! PingID's doors, as clients that were written for PingID meet them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "pingid/organization.rs"]
mod organization;
