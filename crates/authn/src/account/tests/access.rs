//! Ending sessions, and taking back grants.

use domain::port::Versioned;
use domain::{
    Authentication, ClientId, Consent, Grant, GrantId, RefreshFamily, Session, SessionId, UserId,
};

use super::{Acting, access, busy, current};
use crate::account::{Refusal, revoke_grant, revoke_other_sessions, revoke_session};
use crate::world::{ALICE, BOB, RIGHT, World};

/// What a person granted the shop in a session; for good, if `scope` says so.
fn grant_in(world: &World, user: UserId, session: SessionId, scope: &str) -> Grant {
    Grant {
        id: GrantId::new(world.now, &world.random),
        user,
        client: ClientId::new("shop"),
        scope: scope.parse().unwrap(),
        authentication: Authentication {
            time: world.now,
            amr: vec!["pwd".to_owned()],
            acr: None,
            session,
        },
        claims: None,
        refresh: Some(RefreshFamily::new(world.now, &world.random)),
        issued: world.now,
        updated: world.now,
        expires: None,
    }
}

#[test]
fn sessions_are_ended_one_by_one_or_all_others_and_only_ones_own() {
    let mut world = busy();
    let alice = Acting::new(&world, ALICE, RIGHT);
    let (access, current) = (access(&world), current(&world).authentication.session);
    let mut bobs = access.sessions.iter().filter(|s| s.user != alice.user.id);
    let bobs = bobs.next().unwrap().authentication.session;
    let foreign = revoke_session(alice.owner(&world), &access, bobs);
    assert_eq!(foreign.answer, Err(Refusal::SessionGone));
    let own = revoke_session(alice.owner(&world), &access, current);
    assert_eq!(own.answer, Ok(()));

    let others = revoke_other_sessions(alice.owner(&world), &access, current);
    assert_eq!(others.answer, Ok(1));
    world.commit(others.changes).unwrap();
    assert_eq!(world.all::<Session>().len(), 2);
    assert!(world.session().is_some());
    let unknown = SessionId::from_bytes([0; 16]);
    let gone = revoke_session(alice.owner(&world), &access, unknown);
    assert_eq!(gone.answer, Err(Refusal::SessionGone));
}

#[test]
fn what_was_granted_in_a_session_ends_with_it_unless_it_was_to_last() {
    for all in [false, true] {
        let mut world = busy();
        let alice = Acting::new(&world, ALICE, RIGHT);
        let current = current(&world).authentication.session;
        let is_other = |s: &&Versioned<Session>| {
            s.user == alice.user.id && s.authentication.session != current
        };
        let sessions = world.all::<Session>();
        let other = sessions.iter().find(is_other).unwrap();
        let other = other.authentication.session;
        let granted = [
            (alice.user.id, other, "openid"),
            (alice.user.id, other, "openid offline_access"),
            (alice.user.id, current, "openid"),
            (world.user(BOB).unwrap().id, other, "openid"),
        ];
        for (user, session, scope) in granted {
            let grant = grant_in(&world, user, session, scope);
            world.commit_one(|changes| changes.insert(&grant));
        }
        let access = access(&world);
        let changes = match all {
            false => revoke_session(alice.owner(&world), &access, other).changes,
            true => revoke_other_sessions(alice.owner(&world), &access, current).changes,
        };
        world.commit(changes).unwrap();
        let left: Vec<Versioned<Grant>> = world.all();
        assert_eq!(left.len(), 3);
        assert!(left.iter().all(|grant| grant.user != alice.user.id
            || grant.authentication.session == current
            || grant.outlives_session()));
    }
}

#[test]
fn a_grant_is_taken_back_together_with_the_consent() {
    let mut world = World::new();
    let [alice, bob] = [ALICE, BOB].map(|name| Acting::new(&world, name, RIGHT));
    let session = SessionId::new(world.now, &world.random);
    let grant = grant_in(&world, alice.user.id, session, "openid");
    let consent = Consent {
        user: alice.user.id,
        client: grant.client.clone(),
        scope: grant.scope.clone(),
        given: world.now,
        expires: None,
    };
    world.commit_one(|changes| {
        changes.insert(&grant);
        changes.insert(&consent);
    });
    let grant: Versioned<Grant> = world.get(grant.id).unwrap();
    let consent: Versioned<Consent> = world.all().remove(0);
    let foreign = revoke_grant(bob.owner(&world), Some(&grant), Some(&consent));
    assert_eq!(foreign.answer, Err(Refusal::GrantGone));
    let own = revoke_grant(alice.owner(&world), Some(&grant), Some(&consent));
    assert_eq!(own.answer, Ok(grant.client.clone()));
    world.commit(own.changes).unwrap();
    assert!(world.all::<Grant>().is_empty() && world.all::<Consent>().is_empty());
    assert_eq!(world.events(), ["grant.revoked"]);
    let gone = revoke_grant(alice.owner(&world), None, None);
    assert_eq!(gone.answer, Err(Refusal::GrantGone));
}
