//! The authentication API as applications meet it that show their own pages: over HTTP, with a clock
//! that stands still.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "authn_api/administration.rs"]
mod administration;
#[path = "authn_api/application.rs"]
mod application;
#[path = "authn_api/browser.rs"]
mod browser;
#[path = "authn_api/cookieless.rs"]
mod cookieless;
#[path = "authn_api/description.rs"]
mod description;
#[path = "authn_api/device.rs"]
mod device;
#[path = "authn_api/device_code.rs"]
mod device_code;
#[path = "authn_api/enrolment.rs"]
mod enrolment;
#[path = "authn_api/identity.rs"]
mod identity;
#[path = "authn_api/origin.rs"]
mod origin;
#[path = "authn_api/passkey.rs"]
mod passkey;
#[path = "authn_api/property.rs"]
mod property;
#[path = "authn_api/redirectless.rs"]
mod redirectless;
#[path = "authn_api/refusal.rs"]
mod refusal;
