//! The public keys of clients: those that stand in their record, and those that they publish.
//!
//! Whoever asks for a client's keys gets them from memory as long as they are fresh. They are
//! fetched again when they are not, or when a key is wanted that is not among them: at most once in
//! [`AGAIN`] and by one request at a time for each address, however many ask. Nobody waits for that
//! whose keys are known and were fresh until a short while ago, and a host that does not answer stops
//! nobody: known keys serve on, up to [`STALE`] after they were fetched.

mod published;

use std::sync::Arc;
use std::time::Duration;

use domain::port::{Clock, Fetch, FetchError};
use domain::{Client, ClientId, JwksSettings};
use oauth::client_auth::{ClientKeys, UnusableKeys};
use quick_cache::sync::Cache;

use self::published::Published;

/// The most clients whose keys are kept in memory, of each sort.
const KEPT: usize = 1000;

/// How long a key set is fresh if its publisher does not say.
const FRESH: Duration = Duration::from_secs(720);

/// Less than this is not taken for an answer: a publisher cannot have us ask for every request, ...
const FRESH_AT_LEAST: Duration = Duration::from_mins(1);

/// ... nor have us keep for ever what may have to be taken back.
const FRESH_AT_MOST: Duration = Duration::from_hours(24);

/// How long a key set serves after it was fetched while it cannot be fetched again.
const STALE: Duration = Duration::from_hours(24);

/// How long after they were fresh keys are still handed out at once, while newer ones are fetched.
/// After that it is waited for those: keys that nobody has asked for in long may have been taken back.
const LATE: Duration = FRESH;

/// The least time between two attempts to fetch the same key set.
const AGAIN: Duration = Duration::from_secs(30);

/// Why there are no keys of a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ClientKeysError {
    /// They cannot be fetched.
    #[error("the key set cannot be fetched: {0}")]
    Fetch(#[from] FetchError),
    /// The client has none.
    #[error("the client has no key set")]
    Missing,
    /// They cannot be used.
    #[error("the key set cannot be used: {0}")]
    Unusable(#[from] UnusableKeys),
}

/// A client's keys, or why there are none.
type Answer = Result<Arc<ClientKeys>, ClientKeysError>;

/// The keys of clients, as far as they are known.
pub(crate) struct KnownKeys {
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    /// The text in a client's record, and what was read from it.
    inline: Cache<ClientId, Arc<(String, Answer)>>,
    /// By address: clients may share one.
    published: Cache<String, Arc<Published>>,
}

impl KnownKeys {
    /// No keys yet.
    pub(crate) fn new(fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self {
            fetch,
            clock,
            inline: Cache::new(KEPT),
            published: Cache::new(KEPT),
        }
    }

    /// The keys of `client`, among them the one with the id `wanted` if there is such a one.
    pub(crate) async fn of(&self, client: &Client, wanted: Option<&str>) -> Answer {
        match client.keys.as_ref().ok_or(ClientKeysError::Missing)? {
            JwksSettings::Jwks(text) => self.inline(&client.id, text),
            JwksSettings::JwksUrl(url) => self.published(url, wanted).await,
        }
    }

    fn inline(&self, id: &ClientId, text: &str) -> Answer {
        if let Some(known) = self.inline.get(id)
            && known.0 == text
        {
            return known.1.clone();
        }
        let read = ClientKeys::parse(text).map(Arc::new);
        let read = read.map_err(ClientKeysError::from);
        let known = Arc::new((text.to_owned(), read.clone()));
        self.inline.insert(id.clone(), known);
        read
    }

    /// The keys at an address, among them the one with the id `wanted` if there is such a one.
    pub(crate) async fn published(&self, url: &str, wanted: Option<&str>) -> Answer {
        let entry = || Ok::<_, ClientKeysError>(Arc::default());
        let entry = self.published.get_or_insert_with(url, entry)?;
        entry.keys(&self.fetch, &self.clock, (url, wanted)).await
    }
}

#[cfg(test)]
mod tests;
