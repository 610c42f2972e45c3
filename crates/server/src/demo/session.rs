//! What the shop remembers of each browser, behind a cookie that only names it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::port::Random;
use http::HeaderMap;
use http::header::COOKIE;
use serde_json::{Map, Value};

use super::relying_party::{Attempt, SignedIn, unguessable};

/// The cookie's name. Cookies do not keep the ports of one host apart, so it says whose it is.
const COOKIE_NAME: &str = "demo_shop";

/// Browsers that are remembered at the same time.
const CAPACITY: usize = 1_000;

/// Sign-ins that one browser may have begun at the same time.
const MAX_ATTEMPTS: usize = 8;

/// What is remembered of one browser.
#[derive(Default)]
pub(super) struct Session {
    /// Sign-ins that were begun and have not come back: each tab may have one.
    pub(super) attempts: Vec<Attempt>,
    /// Who is signed in. Shared, so that nothing is locked while the server is asked.
    pub(super) person: Option<Arc<SignedIn>>,
    /// What userinfo told, if it was asked.
    pub(super) userinfo: Option<Map<String, Value>>,
    /// A sentence for the next page.
    pub(super) notice: Option<String>,
    /// A complaint for the next page.
    pub(super) error: Option<String>,
    /// What our own forms carry, and nobody else's can.
    pub(super) csrf: String,
}

/// The sessions by what their cookie says.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Session>>);

impl Sessions {
    /// Begins a session and returns what its cookie says.
    pub(super) fn begin(&self, random: &dyn Random) -> String {
        let id = unguessable(random);
        let session = Session {
            csrf: unguessable(random),
            ..Session::default()
        };
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= CAPACITY {
            sessions.clear();
        }
        sessions.insert(id.clone(), session);
        id
    }

    /// Begins a session in place of another: whoever knew the cookie before does not know it now.
    /// Only what has not come back yet is kept.
    pub(super) fn renew(&self, old: Option<&str>, random: &dyn Random) -> String {
        let attempts = old
            .and_then(|old| self.end(old))
            .map(|session| session.attempts);
        let id = self.begin(random);
        self.with(&id, |session| {
            session.attempts = attempts.unwrap_or_default();
        });
        id
    }

    /// Takes out the attempt that an answer with this state is to: an attempt is good for one.
    pub(super) fn take_attempt(&self, id: &str, state: &str) -> Option<Attempt> {
        self.with(id, |session| {
            let position = session
                .attempts
                .iter()
                .position(|attempt| attempt.is_of(state))?;
            Some(session.attempts.remove(position))
        })?
    }

    /// Remembers an attempt; of too many, the oldest is forgotten.
    pub(super) fn remember_attempt(&self, id: &str, attempt: Attempt) {
        self.with(id, |session| {
            if session.attempts.len() == MAX_ATTEMPTS {
                session.attempts.remove(0);
            }
            session.attempts.push(attempt);
        });
    }

    /// Looks at a session or changes it.
    pub(super) fn with<T>(&self, id: &str, act: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get_mut(id).map(act)
    }

    /// Ends a session.
    pub(super) fn end(&self, id: &str) -> Option<Session> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(id)
    }
}

/// What our cookie says, if the browser has one.
pub(super) fn id(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter();
    let mut pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE_NAME).then(|| value.to_owned())
    })
}

/// The cookie of a session. The shop is at a plain http address of this machine; anywhere else the
/// name would begin with `__Host-` and the cookie would be `Secure`.
pub(super) fn cookie(id: &str) -> String {
    format!("{COOKIE_NAME}={id}; Path=/; HttpOnly; SameSite=Lax")
}
