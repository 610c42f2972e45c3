//! What others publish: the key sets of clients, and whatever else an address is given for.

use std::time::Duration;

use super::Pending;

/// What is to be fetched.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Its address.
    pub url: &'a str,
    /// The media types that will do (the header `Accept`).
    pub accept: &'a str,
    /// The most bytes of it that are read.
    pub limit: usize,
}

/// What was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its content.
    pub body: Vec<u8>,
    /// Its media type, as its publisher says.
    pub content_type: Option<String>,
    /// For how long it may be kept (RFC 9111 §5.2.2.1), if its publisher says so.
    pub max_age: Option<Duration>,
}

/// Why nothing was fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The host's network addresses are not among those that may be reached.
    #[error("the host is in no network that may be reached")]
    AddressForbidden,
    /// The address cannot be read as a URL with a host.
    #[error("the address is not a URL with a host")]
    AddressMalformed,
    /// The answer broke off; the text is for the log.
    #[error("the answer could not be read to its end: {0}")]
    BrokenOff(String),
    /// The address holds a user name or a password.
    #[error("the address has a user name or a password")]
    CredentialsInAddress,
    /// The host has no network address; the text is for the log.
    #[error("the host has no address: {0}")]
    HostUnknown(String),
    /// The address leads elsewhere, where nobody goes.
    #[error("the address leads elsewhere (status {0})")]
    Redirected(u16),
    /// The address does not begin with `https`.
    #[error("the address does not begin with https")]
    SchemeForbidden,
    /// The host answered that it has nothing there.
    #[error("the host answered with the status {0}")]
    Status(u16),
    /// It took too long.
    #[error("the host took too long")]
    TimedOut,
    /// There is more than was to be read.
    #[error("there are more than {limit} bytes")]
    TooLarge {
        /// The most bytes that were to be read.
        limit: usize,
    },
    /// The host could not be reached; the text is for the log.
    #[error("the host cannot be reached: {0}")]
    Unreachable(String),
}

/// Fetches documents from addresses that clients and administrators have given, and that may be
/// meant to reach what only this server can reach: an adapter goes to public addresses alone unless
/// the operator allows more, follows no redirect, and shows no credentials.
pub trait Fetch: Send + Sync + 'static {
    /// Gets a document.
    fn get<'a>(&'a self, wanted: Wanted<'a>) -> Pending<'a, Result<Fetched, FetchError>>;
}
