//! Argon2id at the lowest cost there is, in place.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use authn::factor::password::{Cost, Hasher, NewPassword, NewPasswordHash, PasswordVerdict, salt};
use domain::port::{Pending, Random, ready};
use domain::{Password, Secret};
use web::Busy;

/// Hashes and checks passwords on the spot.
#[derive(Clone)]
pub(crate) struct Passwords {
    hasher: Hasher,
    random: Arc<dyn Random>,
    verified: Arc<AtomicUsize>,
}

impl Passwords {
    pub(crate) fn new(random: Arc<dyn Random>) -> Self {
        let cost = Cost {
            memory: 8,
            passes: 1,
            lanes: 1,
        };
        let hasher = Hasher::new(cost).unwrap();
        Self {
            hasher,
            random,
            verified: Arc::default(),
        }
    }

    /// How many passwords were verified, right or wrong.
    pub(crate) fn verified(&self) -> usize {
        self.verified.load(Ordering::Relaxed)
    }

    /// The hash of any text at another cost.
    pub(crate) fn outdated_hash_of(text: &str) -> Secret {
        let cost = Cost {
            memory: 16,
            passes: 1,
            lanes: 1,
        };
        Hasher::new(cost).unwrap().hash(text, &[7; 16])
    }

    /// The hash of any text, by the rules for passwords or not.
    pub(crate) fn hash_of(&self, text: &str) -> Secret {
        self.hasher.hash(text, &salt(&*self.random))
    }
}

impl web::Passwords for Passwords {
    fn verify(
        &self,
        stored: Option<Password>,
        presented: Secret,
    ) -> Pending<'_, Result<PasswordVerdict, Busy>> {
        self.verified.fetch_add(1, Ordering::Relaxed);
        ready(Ok(self.hasher.verify(stored.as_ref(), presented.expose())))
    }

    fn matches(
        &self,
        stored: Option<Secret>,
        presented: Secret,
    ) -> Pending<'_, Result<bool, Busy>> {
        ready(Ok(self.hasher.matches(stored.as_ref(), presented.expose())))
    }

    fn is_outdated(&self, stored: &Secret) -> bool {
        self.hasher.needs_rehash(stored)
    }

    fn rehash(&self, accepted: Secret) -> Pending<'_, Result<Secret, Busy>> {
        ready(Ok(self.hash_of(accepted.expose())))
    }

    fn hash(&self, password: NewPassword) -> Pending<'_, Result<NewPasswordHash, Busy>> {
        ready(Ok(password.hash(&self.hasher, &salt(&*self.random))))
    }
}
