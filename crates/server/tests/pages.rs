//! The pages as people meet them: over HTTP with forms and cookies, with a clock that stands still.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

#[path = "pages/account.rs"]
mod account;
#[path = "pages/authenticator.rs"]
mod authenticator;
#[path = "pages/client.rs"]
mod client;
#[path = "pages/consent.rs"]
mod consent;
#[path = "pages/consent_scope.rs"]
mod consent_scope;
#[path = "pages/device.rs"]
mod device;
#[path = "pages/device_enrolment.rs"]
mod device_enrolment;
#[path = "pages/flow.rs"]
mod flow;
#[path = "pages/header.rs"]
mod header;
#[path = "pages/identify.rs"]
mod identify;
#[path = "pages/language.rs"]
mod language;
#[path = "pages/new_password.rs"]
mod new_password;
#[path = "pages/one_time_code.rs"]
mod one_time_code;
#[path = "pages/recovery.rs"]
mod recovery;
#[path = "pages/registration.rs"]
mod registration;
#[path = "pages/rule.rs"]
mod rule;
#[path = "pages/session.rs"]
mod session;
#[path = "pages/sign_on.rs"]
mod sign_on;
#[path = "pages/trust.rs"]
mod trust;
#[path = "pages/unserved.rs"]
mod unserved;
