//! What people do to their accounts.

mod access;
mod device;
mod invitation;
mod password;

use domain::port::Versioned;
use domain::{LockoutPolicy, Password, Session, User};

use super::{Access, Confirmation, Owner};
use crate::factor::password::PasswordVerdict;
use crate::world::{ALICE, BOB, World};

/// A person who is signed on in the world's browser and presents a password.
struct Acting {
    user: User,
    verdict: PasswordVerdict,
}

impl Acting {
    fn new(world: &World, name: &str, presented: &str) -> Self {
        let user = world.user(name).unwrap();
        let stored: Versioned<Password> = world.get(user.id).unwrap();
        let verdict = world.hasher.verify(Some(&stored), presented);
        Self { user, verdict }
    }

    fn owner<'a>(&'a self, world: &'a World) -> Owner<'a> {
        Owner {
            user: &self.user,
            now: world.now,
            random: &world.random,
            administrator: None,
            session: None,
        }
    }

    /// As it is now, some time after the password was compared.
    fn confirmation(&self, world: &World) -> Confirmation<'_> {
        Confirmation {
            verdict: Some(&self.verdict),
            stored: world.get(self.user.id),
            session: world.session(),
            attempts: world.attempts(&self.user.username),
            policy: LockoutPolicy::default(),
        }
    }
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

/// Where everybody is signed on.
fn access(world: &World) -> Access {
    Access {
        sessions: world.all(),
        grants: world.all(),
    }
}

fn last_event(world: &World) -> String {
    world.events().pop().unwrap()
}

/// The session in which somebody acts.
fn current(world: &World) -> Session {
    world.session().unwrap().record
}
