//! What people do to their accounts.

use domain::port::Versioned;
use domain::{
    Authentication, ClientId, Consent, DeviceStatus, Grant, GrantId, Password, RefreshFamily,
    Session, SessionId, User, UserId,
};

use super::*;
use crate::factor::password::{NewPassword, Salt};
use crate::factor::totp::shown_by;
use crate::flow::{Requirement, Step};
use crate::world::{ALICE, BOB, RIGHT, WRONG, World};

const NEW: &str = "staple battery";

/// What is loaded for a deed.
struct Loaded {
    user: User,
    verdict: PasswordVerdict,
    attempts: Option<Versioned<Attempts>>,
}

fn load(world: &World, name: &str, presented: &str) -> Loaded {
    let user = world.user(name).unwrap();
    let stored: Versioned<Password> = world.get(user.id).unwrap();
    Loaded {
        verdict: world.hasher.verify(Some(&stored), presented),
        attempts: world.attempts(name),
        user,
    }
}

impl Loaded {
    fn owner<'a>(&'a self, world: &'a World) -> Owner<'a> {
        Owner {
            user: &self.user,
            now: world.now,
            random: &world.random,
        }
    }

    fn confirmation(&self) -> Confirmation<'_> {
        Confirmation {
            verdict: &self.verdict,
            attempts: self.attempts.as_ref(),
            policy: LockoutPolicy::default(),
        }
    }
}

fn change(world: &mut World, presented: &str) -> Result<(), Refusal> {
    let loaded = load(world, ALICE, presented);
    let new = NewPassword::accept(NEW, ALICE, Some(presented)).unwrap();
    let facts = ChangePassword {
        confirmation: loaded.confirmation(),
        stored: &world.get(loaded.user.id).unwrap(),
        new: new.hash(&world.hasher, &Salt::default()),
        access: Access {
            sessions: &world.all(),
            grants: &world.all(),
        },
        current: world.session().unwrap().authentication.session,
    };
    let decision = change_password(loaded.owner(world), facts);
    world.commit(decision.changes).unwrap();
    decision.answer
}

/// Alice signed on in two browsers, bob in a third; alice's second one acts.
fn busy() -> World {
    let mut world = World::new();
    for name in [BOB, ALICE, ALICE] {
        world.cookie = None;
        world.sign_on_as(name);
        world.wait(1);
    }
    world
}

#[test]
fn a_changed_password_signs_on_and_ends_the_other_sessions() {
    let mut world = busy();
    change(&mut world, RIGHT).unwrap();
    assert_eq!(world.all::<Session>().len(), 2, "alice's current and bob's");
    assert!(world.session().is_some());
    assert_eq!(world.events().last().unwrap(), "password.changed");
    let flow = world.begin(Requirement {
        reauthenticate: true,
        ..Requirement::default()
    });
    world.store(&flow);
    assert!(world.password(&flow, ALICE, RIGHT).rejected.is_some());
    world.password(&flow, ALICE, NEW).outcome();
}

#[test]
fn rts_4_3_b_wrong_current_passwords_count_and_block() {
    let mut world = busy();
    for count in 1..=5 {
        assert_eq!(change(&mut world, WRONG), Err(Refusal::NotRecognised));
        assert_eq!(world.failures(ALICE), count);
    }
    assert_eq!(change(&mut world, RIGHT), Err(Refusal::NotRecognised));
    assert_eq!(world.all::<Session>().len(), 3);
    assert!(world.events().contains(&"sign_on.blocked".to_owned()));
}

#[test]
fn an_authenticator_is_set_up_by_a_code_of_it() {
    let mut world = World::new();
    let loaded = load(&world, ALICE, RIGHT);
    let decision = enrol_totp(loaded.owner(&world), &[]);
    let begun = decision.answer.unwrap();
    world.commit(decision.changes).unwrap();
    assert_eq!(begun.status, DeviceStatus::ActivationRequired);

    let devices = world.devices_of(loaded.user.id);
    let again = enrol_totp(loaded.owner(&world), &devices);
    assert_eq!(
        again.answer.unwrap().id,
        begun.id,
        "the same page, the same secret"
    );
    assert!(again.changes.is_empty());

    let wrong = activate_totp(
        loaded.owner(&world),
        &devices,
        None,
        "000000",
        loaded.confirmation(),
    );
    assert_eq!(wrong.answer, Err(Refusal::CodeNotAccepted));
    let code = shown_by(&begun, world.now);
    let right = activate_totp(
        loaded.owner(&world),
        &devices,
        None,
        &code,
        loaded.confirmation(),
    );
    assert_eq!(right.answer, Ok(()));
    world.commit(right.changes).unwrap();

    let devices = world.devices_of(loaded.user.id);
    assert_eq!(devices[0].status, DeviceStatus::Active);
    let second = enrol_totp(loaded.owner(&world), &devices);
    assert_eq!(second.answer.err(), Some(Refusal::AlreadyEnrolled));
    let replayed = activate_totp(
        loaded.owner(&world),
        &devices,
        None,
        &code,
        loaded.confirmation(),
    );
    assert_eq!(replayed.answer, Err(Refusal::DeviceGone));
    assert_eq!(world.events(), ["totp.enrolled"]);
}

#[test]
fn an_authenticator_is_set_up_with_the_password_only() {
    let mut world = World::new();
    let wrong = load(&world, ALICE, WRONG);
    let begun = enrol_totp(wrong.owner(&world), &[]);
    world.commit(begun.changes).unwrap();
    let code = shown_by(&begun.answer.unwrap(), world.now);
    let devices = world.devices_of(wrong.user.id);
    let refused = activate_totp(
        wrong.owner(&world),
        &devices,
        None,
        &code,
        wrong.confirmation(),
    );
    assert_eq!(refused.answer, Err(Refusal::NotRecognised));
    world.commit(refused.changes).unwrap();
    assert_eq!(world.failures(ALICE), 1);
    assert_eq!(world.events(), ["totp.enrolment_failed"]);
    let pending = world.devices_of(wrong.user.id);
    assert_eq!(pending[0].status, DeviceStatus::ActivationRequired);
}

#[test]
fn a_secret_that_was_shown_long_ago_is_replaced() {
    let mut world = World::new();
    let loaded = load(&world, ALICE, RIGHT);
    let decision = enrol_totp(loaded.owner(&world), &[]);
    world.commit(decision.changes).unwrap();
    let old = decision.answer.unwrap();
    world.wait(60 * 60);
    let devices = world.devices_of(loaded.user.id);
    let code = shown_by(&old, world.now);
    let late = activate_totp(
        loaded.owner(&world),
        &devices,
        None,
        &code,
        loaded.confirmation(),
    );
    assert_eq!(late.answer, Err(Refusal::DeviceGone));
    let decision = enrol_totp(loaded.owner(&world), &devices);
    world.commit(decision.changes).unwrap();
    let devices = world.devices_of(loaded.user.id);
    assert_eq!(devices.len(), 1);
    assert_ne!(devices[0].id, old.id);
}

#[test]
fn an_authenticator_is_removed_with_the_password_only() {
    let mut world = World::new();
    let wrong = load(&world, BOB, WRONG);
    let devices = world.devices_of(wrong.user.id);
    let refused = remove_totp(wrong.owner(&world), &devices, wrong.confirmation());
    assert_eq!(refused.answer, Err(Refusal::NotRecognised));
    world.commit(refused.changes).unwrap();
    assert_eq!(world.failures(BOB), 1);

    let right = load(&world, BOB, RIGHT);
    let removed = remove_totp(right.owner(&world), &devices, right.confirmation());
    assert_eq!(removed.answer, Ok(()));
    world.commit(removed.changes).unwrap();
    assert!(world.devices_of(right.user.id).is_empty());
    let again = remove_totp(right.owner(&world), &[], right.confirmation());
    assert_eq!(again.answer, Err(Refusal::DeviceGone));

    let alice = load(&world, ALICE, RIGHT);
    let others = remove_totp(alice.owner(&world), &devices, alice.confirmation());
    assert_eq!(others.answer, Err(Refusal::DeviceGone), "bob's is not hers");
}

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
    let loaded = load(&world, ALICE, RIGHT);
    let sessions: Vec<Versioned<Session>> = world.all();
    let access = Access {
        sessions: &sessions,
        grants: &[],
    };
    let current = world.session().unwrap().authentication.session;
    let bobs = sessions.iter().find(|s| s.user != loaded.user.id).unwrap();
    let bobs = bobs.authentication.session;
    let foreign = revoke_session(loaded.owner(&world), access, bobs);
    assert_eq!(foreign.answer, Err(Refusal::SessionGone));
    let own = revoke_session(loaded.owner(&world), access, current);
    assert_eq!(own.answer, Ok(()));

    let others = revoke_other_sessions(loaded.owner(&world), access, current);
    assert_eq!(others.answer, Ok(1));
    world.commit(others.changes).unwrap();
    assert_eq!(world.all::<Session>().len(), 2);
    assert!(world.session().is_some());
    let unknown = SessionId::from_bytes([0; 16]);
    let gone = revoke_session(loaded.owner(&world), access, unknown);
    assert_eq!(gone.answer, Err(Refusal::SessionGone));
}

#[test]
fn what_was_granted_in_a_session_ends_with_it_unless_it_was_to_last() {
    for all in [false, true] {
        let mut world = busy();
        let loaded = load(&world, ALICE, RIGHT);
        let sessions: Vec<Versioned<Session>> = world.all();
        let current = world.session().unwrap().authentication.session;
        let is_other = |s: &&Versioned<Session>| {
            s.user == loaded.user.id && s.authentication.session != current
        };
        let other = sessions.iter().find(is_other).unwrap();
        let other = other.authentication.session;
        let granted = [
            (loaded.user.id, other, "openid"),
            (loaded.user.id, other, "openid offline_access"),
            (loaded.user.id, current, "openid"),
            (world.user(BOB).unwrap().id, other, "openid"),
        ];
        for (user, session, scope) in granted {
            let grant = grant_in(&world, user, session, scope);
            world.commit_one(|changes| changes.insert(&grant));
        }
        let grants: Vec<Versioned<Grant>> = world.all();
        let access = Access {
            sessions: &sessions,
            grants: &grants,
        };
        let changes = match all {
            false => revoke_session(loaded.owner(&world), access, other).changes,
            true => revoke_other_sessions(loaded.owner(&world), access, current).changes,
        };
        world.commit(changes).unwrap();
        let left: Vec<Versioned<Grant>> = world.all();
        assert_eq!(left.len(), 3);
        assert!(left.iter().all(|grant| grant.user != loaded.user.id
            || grant.authentication.session == current
            || grant.outlives_session()));
    }
}

#[test]
fn a_new_authenticator_is_proven_in_the_session_that_set_it_up() {
    let mut world = busy();
    let loaded = load(&world, ALICE, RIGHT);
    let begun = enrol_totp(loaded.owner(&world), &[]);
    world.commit(begun.changes).unwrap();
    let code = shown_by(&begun.answer.unwrap(), world.now);
    let devices = world.devices_of(loaded.user.id);
    let session = world.session();
    let active = activate_totp(
        loaded.owner(&world),
        &devices,
        session.as_ref(),
        &code,
        loaded.confirmation(),
    );
    world.commit(active.changes).unwrap();
    let amr = world.session().unwrap().record.authentication.amr;
    assert_eq!(amr, ["pwd", "otp", "mfa"]);
    // The session in the other browser is not enough any more.
    let step = |world: &World| world.step(&world.begin(Requirement::default()));
    assert!(matches!(step(&world), Step::Done(_)));
    let is_other =
        |s: &Versioned<Session>| s.user == loaded.user.id && s.authentication.amr == ["pwd"];
    let other = world.all::<Session>().into_iter().find(is_other).unwrap();
    world.cookie = Some(other.record.handle);
    assert!(matches!(step(&world), Step::OneTimeCode { .. }));
}

#[test]
fn a_grant_is_taken_back_together_with_the_consent() {
    let mut world = World::new();
    let (alice, bob) = (load(&world, ALICE, RIGHT), load(&world, BOB, RIGHT));
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
    assert_eq!(own.answer, Ok(()));
    world.commit(own.changes).unwrap();
    assert!(world.all::<Grant>().is_empty() && world.all::<Consent>().is_empty());
    assert_eq!(world.events(), ["grant.revoked"]);
    let gone = revoke_grant(alice.owner(&world), None, None);
    assert_eq!(gone.answer, Err(Refusal::GrantGone));
}
