//! Notifications to authenticators.

pub mod web_push;
