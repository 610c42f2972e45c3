//! Sessions as flows begin and keep them.

use std::collections::BTreeSet;

use domain::port::{Changes, Random, Versioned};
use domain::{ClientId, Handle, Session, SessionId, SessionPolicy, Timestamp};

use crate::flow::Outcome;

/// Random bytes in a session's cookie.
const ENTROPY: usize = 32;

/// The most characters of a browser's description of itself that are kept.
const MAX_USER_AGENT: usize = 256;

/// A browser's visit, as a session notes it.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// How long sessions last.
    pub policy: SessionPolicy,
    /// The client that the person is sent back to, if to one: it is told when the session ends.
    pub client: Option<&'a ClientId>,
    /// The browser's own description of itself (`User-Agent`).
    pub user_agent: &'a str,
    /// Where it is.
    pub address: &'a str,
}

/// A session that was begun.
pub struct Begun {
    /// What the browser's cookie holds from now on.
    pub handle: Handle,
    /// The session.
    pub session: Session,
    /// The new session in place of the browser's earlier one.
    pub changes: Changes,
}

/// Begins the session of an outcome in which something was proven anew
/// ([`Outcome::existing_session`] is `None`). `earlier` is the browser's session up to now.
///
/// The cookie is always a new one, so that nobody can have planted it. A session of the same person
/// keeps its name (`sid`) and its clients: to them it is the same session.
pub fn begin(
    outcome: &Outcome,
    earlier: Option<&Versioned<Session>>,
    visit: Visit<'_>,
    now: Timestamp,
    random: &dyn Random,
) -> Begun {
    let handle = Handle::new(now, ENTROPY, random);
    let is_theirs =
        |s: &&Versioned<Session>| s.user == outcome.user() && s.is_live(visit.policy, now);
    let same = earlier.filter(is_theirs);
    let id = same.map_or_else(
        || SessionId::new(now, random),
        |session| session.authentication.session,
    );
    let stepped_up = same.filter(|_| outcome.stepped_up_session() == Some(id));
    let mut clients = same.map_or_else(BTreeSet::new, |session| session.clients.clone());
    clients.extend(visit.client.cloned());
    let session = Session {
        handle: handle.key(),
        user: outcome.user(),
        authentication: outcome.authentication(id),
        created: stepped_up.map_or(now, |session| session.created),
        last_used: now,
        // A second factor does not make an old sign-on last longer.
        ends: stepped_up.map_or(now + visit.policy.absolute, |session| session.ends),
        user_agent: visit.user_agent.chars().take(MAX_USER_AGENT).collect(),
        address: visit.address.to_owned(),
        clients,
    };
    let mut changes = Changes::none();
    if let Some(earlier) = earlier {
        changes.delete(earlier);
    }
    changes.insert(&session);
    Begun {
        handle,
        session,
        changes,
    }
}

/// Keeps an existing session: notes its use, and the client that is now part of it. There are no
/// changes when both are noted already.
pub fn keep(session: &Versioned<Session>, client: Option<&ClientId>, now: Timestamp) -> Changes {
    let mut changes = Changes::none();
    let joins = client.filter(|client| !session.clients.contains(client));
    let used = session.used(now);
    if joins.is_none() && used.is_none() {
        return changes;
    }
    let mut kept = used.unwrap_or_else(|| Session::clone(session));
    kept.clients.extend(joins.cloned());
    changes.replace(session, &kept);
    changes
}
