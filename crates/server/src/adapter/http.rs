//! Outbound HTTP.

use std::time::Duration;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A client for addresses that the operator has given: it follows no redirects and asks no proxy.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the adapter that makes HTTP clients"
)]
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}
