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
/// ([`Outcome::existing_session`] is `None`). `earlier` is the browser's session up to now, which it
/// replaces; whoever signs another person out in this way ends what that one was granted as well.
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
        devices: outcome.devices().to_vec(),
        created: stepped_up.map_or(now, |session| session.created),
        last_used: now,
        // A second factor does not make an old sign-on last longer.
        ends: stepped_up.map_or(now + visit.policy.absolute, |session| session.ends),
        idle: visit.policy.persistent.then_some(visit.policy.idle),
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

/// Keeps an existing session in which something is granted: as [`keep`], but nothing is granted in a
/// session that has ended since it was loaded.
pub fn keep_for_grant(
    session: &Versioned<Session>,
    client: Option<&ClientId>,
    now: Timestamp,
) -> Changes {
    let mut changes = keep(session, client, now);
    if changes.is_empty() {
        changes.check(session.handle, Some(session));
    }
    changes
}

/// Puts `changed` in place of a session, under a new cookie: whoever has a copy of the old one is out.
pub(crate) fn reopen(
    session: &Versioned<Session>,
    changed: Session,
    now: Timestamp,
    random: &dyn Random,
) -> (Handle, Changes) {
    let handle = Handle::new(now, ENTROPY, random);
    let reopened = Session {
        handle: handle.key(),
        ..changed
    };
    let mut changes = Changes::none();
    changes.delete(session);
    changes.insert(&reopened);
    (handle, changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Requirement, Step};
    use crate::world::{ALICE, BOB, RIGHT, World};

    #[test]
    fn signing_on_anew_replaces_the_cookie_and_keeps_the_name_of_the_session() {
        let mut world = World::new();
        world.sign_on_as(ALICE);
        let shop = ClientId::new("shop");
        let changes = keep(&world.session().unwrap(), Some(&shop), world.now);
        world.commit(changes).unwrap();
        let before = world.session().unwrap();
        world.wait(600);
        let flow = world.begin(Requirement {
            reauthenticate: true,
            ..Requirement::default()
        });
        world.store(&flow);
        world.password(&flow, ALICE, RIGHT).outcome();
        let after = world.session().unwrap();
        assert_eq!(after.authentication.session, before.authentication.session);
        assert_ne!(after.handle, before.handle);
        assert!(after.clients.contains(&shop));
        assert_eq!(after.authentication.time, world.now);
        assert_eq!(after.ends, world.now + world.policy.session.absolute);
        assert_eq!(world.all::<Session>().len(), 1);
    }

    #[test]
    fn another_person_in_the_same_browser_has_another_session() {
        let mut world = World::new();
        world.sign_on_as(ALICE);
        let alices = world.session().unwrap();
        let flow = world.begin(Requirement {
            select_account: true,
            ..Requirement::default()
        });
        world.store(&flow);
        world.password(&flow, BOB, RIGHT);
        let code = world.shown();
        world.code(&flow, &code).outcome();
        let bobs = world.session().unwrap();
        assert_ne!(bobs.user, alices.user);
        assert_ne!(bobs.authentication.session, alices.authentication.session);
        assert!(bobs.clients.is_empty());
        assert_eq!(world.all::<Session>().len(), 1, "alice's is gone");
    }

    #[test]
    fn a_session_that_is_used_lives_on_and_what_is_known_is_not_written_again() {
        let mut world = World::new();
        world.sign_on_as(ALICE);
        let session = world.session().unwrap();
        assert!(keep(&session, None, world.now).is_empty());
        for _ in 0..3 {
            world.wait(50 * 60);
            let outcome = match world.step(&world.begin(Requirement::default())) {
                Step::Done(outcome) => outcome,
                other => panic!("{other:?}"),
            };
            let changes = world.sign_on(&outcome);
            assert!(!changes.is_empty());
            world.commit(changes).unwrap();
        }
        assert_eq!(world.session().unwrap().last_used, world.now);
    }

    #[test]
    fn what_a_browser_says_of_itself_is_kept_short() {
        let mut world = World::new();
        let outcome = world.sign_on_as(ALICE);
        let long = "x".repeat(10_000);
        let visit = Visit {
            user_agent: &long,
            ..world.visit()
        };
        let begun = begin(&outcome, None, visit, world.now, &world.random);
        assert_eq!(begun.session.user_agent.len(), MAX_USER_AGENT);
        assert_eq!(begun.session.handle, begun.handle.key());
    }
}
