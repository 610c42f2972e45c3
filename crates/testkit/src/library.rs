//! What others publish, in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::port::{Fetch, FetchError, Fetched, Pending, Wanted, ready};

/// The documents that a server under test can fetch; clones are the same.
#[derive(Clone, Default)]
pub struct Library(Arc<Mutex<BTreeMap<String, Shelf>>>);

struct Shelf {
    answer: Result<Fetched, FetchError>,
    asked: usize,
}

impl Library {
    /// Publishes a document at an address, which may be kept for so long.
    pub fn publish(&self, url: &str, body: impl Into<Vec<u8>>, max_age: Option<Duration>) {
        let fetched = Fetched {
            body: body.into(),
            content_type: Some("application/json".to_owned()),
            max_age,
        };
        self.put(url, Ok(fetched));
    }

    /// Has an address answer no more.
    pub fn take_down(&self, url: &str) {
        self.put(url, Err(FetchError::TimedOut));
    }

    /// How often an address was asked.
    pub fn asked(&self, url: &str) -> usize {
        self.with(|shelves| shelves.get(url).map_or(0, |shelf| shelf.asked))
    }

    fn put(&self, url: &str, answer: Result<Fetched, FetchError>) {
        let asked = self.asked(url);
        let shelf = Shelf { answer, asked };
        self.with(|shelves| shelves.insert(url.to_owned(), shelf));
    }

    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Shelf>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Fetch for Library {
    fn get<'a>(&'a self, wanted: Wanted<'a>) -> Pending<'a, Result<Fetched, FetchError>> {
        let answer = self.with(|shelves| {
            let shelf = shelves.get_mut(wanted.url)?;
            shelf.asked += 1;
            Some(shelf.answer.clone())
        });
        let nowhere = || Err(FetchError::HostUnknown(wanted.url.to_owned()));
        ready(answer.unwrap_or_else(nowhere))
    }
}
