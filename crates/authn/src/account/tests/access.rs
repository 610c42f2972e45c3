//! Ending sessions, and taking back grants.

use domain::port::Versioned;
use domain::{
    Authentication, AuthorizationDetails, ClientId, Confirmation, Consent, Grant, GrantId,
    RefreshFamily, Session, SessionId, UserId,
};

use super::{Acting, access, busy, current};
use crate::account::{Ended, Ending, Refusal, revoke_grants, revoke_sessions};
use crate::world::{ALICE, BOB, RIGHT, World};

/// What a person granted the shop in a session; for good, if `scope` says so.
fn grant_in(world: &World, user: UserId, session: SessionId, scope: &str) -> Grant {
    Grant {
        id: GrantId::new(world.now, &world.random),
        user,
        client: ClientId::new("shop"),
        scope: scope.parse().unwrap(),
        authorization_details: AuthorizationDetails::none(),
        authentication: Authentication {
            time: world.now,
            amr: vec!["pwd".to_owned()],
            acr: None,
            session,
        },
        claims: None,
        refresh: Some(RefreshFamily::new(world.now, &world.random)),
        bound_to: Confirmation::NONE,
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
    let revoke = |ending| revoke_sessions(alice.owner(&world), &access, ending);
    let foreign = revoke(Ending::One(bobs));
    assert_eq!(foreign.answer, Ok(Ended::NONE));
    assert!(foreign.changes.is_empty());
    let unknown = revoke(Ending::One(SessionId::from_bytes([0; 16])));
    assert_eq!(unknown.answer, Ok(Ended::NONE));
    let one = Ended {
        sessions: 1,
        grants: 0,
    };
    assert_eq!(revoke(Ending::One(current)).answer, Ok(one));

    let others = revoke(Ending::AllBut(current));
    assert_eq!(others.answer, Ok(one));
    world.commit(others.changes).unwrap();
    assert_eq!(world.all::<Session>().len(), 2);
    assert!(world.session().is_some());
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
        let ending = match all {
            false => Ending::One(other),
            true => Ending::AllBut(current),
        };
        let decision = revoke_sessions(alice.owner(&world), &access, ending);
        world.commit(decision.changes).unwrap();
        let left: Vec<Versioned<Grant>> = world.all();
        assert_eq!(left.len(), 3);
        assert!(left.iter().all(|grant| grant.user != alice.user.id
            || grant.authentication.session == current
            || grant.outlives_session()));
    }
}

#[test]
fn what_was_granted_in_a_session_while_it_was_ended_ends_when_it_is_done_again() {
    let mut world = busy();
    let alice = Acting::new(&world, ALICE, RIGHT);
    let others = Ending::AllBut(current(&world).authentication.session);
    let before = access(&world);
    let decision = revoke_sessions(alice.owner(&world), &before, others);
    let is_other =
        |s: &&Versioned<Session>| s.user == alice.user.id && s.handle != current(&world).handle;
    let other = before.sessions.iter().find(is_other).unwrap();
    let late = grant_in(
        &world,
        alice.user.id,
        other.authentication.session,
        "openid",
    );
    world.commit_one(|changes| changes.insert(&late));
    world.commit(decision.changes).unwrap();
    assert_eq!(world.all::<Grant>().len(), 1);

    let again = revoke_sessions(alice.owner(&world), &access(&world), others);
    let ended = Ended {
        sessions: 0,
        grants: 1,
    };
    assert_eq!(again.answer, Ok(ended));
    world.commit(again.changes).unwrap();
    assert!(world.all::<Grant>().is_empty());
    let nothing = revoke_sessions(alice.owner(&world), &access(&world), others);
    assert_eq!(nothing.answer, Ok(Ended::NONE));
}

#[test]
fn all_that_a_client_was_granted_is_taken_back_together_with_the_consent() {
    let mut world = World::new();
    let [alice, bob] = [ALICE, BOB].map(|name| Acting::new(&world, name, RIGHT));
    let session = SessionId::new(world.now, &world.random);
    let grant = |user, client| Grant {
        client: ClientId::new(client),
        ..grant_in(&world, user, session, "openid")
    };
    let grants = [
        grant(alice.user.id, "shop"),
        grant(alice.user.id, "shop"),
        grant(alice.user.id, "bank"),
        grant(bob.user.id, "shop"),
    ];
    let consent = Consent {
        user: alice.user.id,
        client: ClientId::new("shop"),
        scope: "openid".parse().unwrap(),
        given: world.now,
        expires: None,
    };
    world.commit_one(|changes| {
        for grant in &grants {
            changes.insert(grant);
        }
        changes.insert(&consent);
    });
    let revoke = |world: &World, who: &Acting, client| {
        let (grants, consents) = (world.all::<Grant>(), world.all::<Consent>());
        let client = ClientId::new(client);
        revoke_grants(who.owner(world), &client, &grants, consents.first())
    };
    let foreign = revoke(&world, &bob, "bank");
    assert_eq!(foreign.answer, Err(Refusal::GrantGone));
    let own = revoke(&world, &alice, "shop");
    assert_eq!(own.answer, Ok(2));
    world.commit(own.changes).unwrap();
    let left: Vec<Versioned<Grant>> = world.all();
    let is_left = |it: &Grant| left.iter().any(|left| left.id == it.id);
    assert_eq!(grants.map(|it| is_left(&it)), [false, false, true, true]);
    assert!(world.all::<Consent>().is_empty());
    assert_eq!(world.events(), ["grant.revoked"]);
    let gone = revoke(&world, &alice, "shop");
    assert_eq!(gone.answer, Err(Refusal::GrantGone));
}
