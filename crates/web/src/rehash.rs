//! Hashes that were made at an earlier cost, made anew.

use domain::port::{Changes, CommitError, Record, Records, Versioned};
use domain::{Administrator, Password, Secret};

use crate::app::App;

/// A record with the hash of a password.
pub(crate) trait Hashed: Record + Clone {
    /// The hash.
    fn hash(&mut self) -> &mut Secret;
}

impl Hashed for Password {
    fn hash(&mut self) -> &mut Secret {
        &mut self.hash
    }
}

impl Hashed for Administrator {
    fn hash(&mut self) -> &mut Secret {
        &mut self.password_hash
    }
}

impl App {
    /// Hashes a password anew, if the cost of hashing has changed since it was set. It must have been
    /// accepted: hashing takes time in which a guesser could read that it was right.
    ///
    /// `compared` is the record that it was compared with. What it was accepted for is done already
    /// and does not depend on this: when too much is waiting to be hashed, or the record has changed
    /// meanwhile, it waits for the next time.
    pub(crate) async fn renew_hash<R: Hashed>(
        &self,
        records: &Records,
        compared: &Versioned<R>,
        accepted: Secret,
    ) {
        let mut renewed = compared.record.clone();
        if !self.ports.passwords.is_outdated(renewed.hash()) {
            return;
        }
        let Ok(hash) = self.ports.passwords.rehash(accepted).await else {
            return;
        };
        *renewed.hash() = hash;
        let mut changes = Changes::none();
        changes.replace(compared, &renewed);
        if let Err(CommitError::Store(error)) = records.commit(changes).await {
            tracing::warn!(cause = %error, "a password could not be hashed anew");
        }
    }
}
