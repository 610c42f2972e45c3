//! The outside, as the rest of the house sees it.

pub(crate) mod clock;
pub(crate) mod faces;
pub(crate) mod fetch;
pub(crate) mod http;
pub(crate) mod key_factory;
pub(crate) mod measured_store;
pub(crate) mod passwords;
pub(crate) mod random;
