//! One key set that a client publishes.

use std::sync::{Arc, Mutex, PoisonError};

use domain::Timestamp;
use domain::port::{Clock, Fetch, FetchError, Fetched, Wanted};
use jose::jwk::MAX_SET_LEN;
use oauth::client_auth::ClientKeys;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use tokio::task::{JoinError, JoinHandle};

use super::{AGAIN, Answer, ClientKeysError, FRESH, FRESH_AT_LEAST, FRESH_AT_MOST, LATE, STALE};

/// RFC 7517 §8.5.1, and what most hosts say.
const ACCEPT: &str = "application/jwk-set+json, application/json";

/// What is known of a key set, and whose turn it is to fetch it.
#[derive(Default)]
pub(super) struct Published {
    known: Mutex<Known>,
    turn: Arc<Turn<()>>,
}

#[derive(Clone, Default)]
struct Known {
    /// The last key set that could be fetched and used.
    good: Option<Good>,
    /// When the last attempt was begun.
    tried: Option<Timestamp>,
    /// Why it brought nothing, if it did not.
    failure: Option<ClientKeysError>,
}

#[derive(Clone)]
struct Good {
    keys: Arc<ClientKeys>,
    fetched: Timestamp,
    fresh_until: Timestamp,
}

/// What to do for somebody who wants a key.
enum Course {
    /// Answer at once.
    Answer(Answer),
    /// Have it fetched, and go on with these meanwhile.
    Renew(Arc<ClientKeys>),
    /// Fetch, or wait for whoever does.
    Fetch,
}

impl Known {
    fn course(&self, wanted: Option<&str>, now: Timestamp) -> Course {
        let may_fetch = self.tried.is_none_or(|tried| now >= tried + AGAIN);
        let good = self.good.as_ref().filter(|good| now < good.fetched + STALE);
        let Some(Good {
            keys, fresh_until, ..
        }) = good
        else {
            let failure = self.failure.clone().filter(|_| !may_fetch);
            return failure.map_or(Course::Fetch, |failure| Course::Answer(Err(failure)));
        };
        let is_known = wanted.is_none_or(|wanted| keys.may_have(wanted));
        let is_fresh = now < *fresh_until;
        match is_known {
            // They will do, or nothing newer is to be had now.
            _ if (is_known && is_fresh) || !may_fetch => Course::Answer(Ok(Arc::clone(keys))),
            // Nobody waits again and again for a host that does not answer. But what has not been
            // asked in long may have been taken back since.
            true if self.has_failed_lately(now) || now < *fresh_until + LATE => {
                Course::Renew(Arc::clone(keys))
            }
            _ => Course::Fetch,
        }
    }

    fn has_failed_lately(&self, now: Timestamp) -> bool {
        self.failure.is_some() && self.tried.is_some_and(|tried| now < tried + LATE)
    }

    fn note(
        &mut self,
        fetched: Result<(Arc<ClientKeys>, Fetched), ClientKeysError>,
        now: Timestamp,
    ) {
        match fetched {
            Ok((keys, fetched)) => {
                let fresh = fetched.max_age.unwrap_or(FRESH);
                let fresh_until = now + fresh.clamp(FRESH_AT_LEAST, FRESH_AT_MOST);
                self.failure = None;
                self.good = Some(Good {
                    keys,
                    fetched: now,
                    fresh_until,
                });
            }
            Err(failure) => self.failure = Some(failure),
        }
    }
}

impl Published {
    /// The keys, among them the wanted one if there is such a one.
    pub(super) async fn keys(
        self: &Arc<Self>,
        fetch: &Arc<dyn Fetch>,
        clock: &Arc<dyn Clock>,
        (url, wanted): (&str, Option<&str>),
    ) -> Answer {
        let course = |known: &mut Known| known.course(wanted, clock.now());
        match self.with(course) {
            Course::Answer(answer) => return answer,
            Course::Renew(keys) => {
                if let Ok(turn) = Arc::clone(&self.turn).try_lock_owned()
                    && let Course::Renew(_) = self.with(course)
                {
                    drop(self.fetching(fetch, (url, clock.now()), turn));
                }
                return Ok(keys);
            }
            Course::Fetch => {}
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        // Whoever had the turn before may have brought what is wanted.
        if let Course::Answer(answer) = self.with(course) {
            return answer;
        }
        let now = clock.now();
        let fetching = self.fetching(fetch, (url, now), turn);
        let broken = |error: JoinError| FetchError::BrokenOff(error.to_string());
        fetching.await.map_err(broken)?;
        self.with(|known| match known.course(wanted, now) {
            Course::Answer(answer) => answer,
            Course::Renew(keys) => Ok(keys),
            Course::Fetch => Err(FetchError::TimedOut.into()),
        })
    }

    /// Fetches on a task of its own: whoever asked may go away, but others wait for the same.
    fn fetching(
        self: &Arc<Self>,
        fetch: &Arc<dyn Fetch>,
        (url, now): (&str, Timestamp),
        turn: OwnedMutexGuard<()>,
    ) -> JoinHandle<()> {
        let (this, fetch, url) = (Arc::clone(self), Arc::clone(fetch), url.to_owned());
        // Before the task begins: until it is there, nobody else shall fetch.
        this.with(|known| known.tried = Some(now));
        tokio::spawn(async move {
            let fetched = get(&*fetch, &url).await;
            if let Err(failure) = &fetched {
                tracing::warn!(url, reason = %failure, "a client's key set cannot be had");
            }
            this.with(|known| known.note(fetched, now));
            drop(turn);
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn get(fetch: &dyn Fetch, url: &str) -> Result<(Arc<ClientKeys>, Fetched), ClientKeysError> {
    let wanted = Wanted {
        url,
        accept: ACCEPT,
        limit: MAX_SET_LEN,
    };
    let fetched = fetch.get(wanted).await?;
    let keys = ClientKeys::parse(&fetched.body)?;
    Ok((Arc::new(keys), fetched))
}
