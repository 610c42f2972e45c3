//! The current password, presented again before a dangerous deed.

use authn::account::Confirmation;
use authn::factor::password::PasswordVerdict;
use authn::lockout;
use domain::port::Versioned;
use domain::{Password, Secret};

use super::visitor::Visitor;
use crate::app::App;
use crate::fault::Fault;

/// A password that a visitor has presented, compared with theirs.
pub(super) struct Presented {
    password: Secret,
    stored: Option<Versioned<Password>>,
    verdict: PasswordVerdict,
}

impl Presented {
    /// Compares a password with the visitor's. This takes long, and therefore comes before anything
    /// is decided.
    pub(super) async fn compare(
        app: &App,
        visitor: &Visitor,
        presented: &str,
    ) -> Result<Self, Fault> {
        let password = Secret::new(presented);
        let stored = app.records.get::<Password>(&visitor.user.id).await?;
        let record = stored.as_ref().map(|stored| stored.record.clone());
        let verdict = app.ports.passwords.verify(record, password.clone()).await?;
        Ok(Self {
            password,
            stored,
            verdict,
        })
    }

    /// What the acceptance of the password rests on now.
    pub(super) async fn confirmation(
        &self,
        app: &App,
        visitor: &Visitor,
    ) -> Result<Confirmation<'_>, Fault> {
        let attempts = lockout::key(&visitor.user.username);
        Ok(Confirmation {
            verdict: &self.verdict,
            stored: app.records.get(&visitor.user.id).await?,
            session: app.session(&visitor.visit.headers).await?,
            attempts: app.records.get(&attempts).await?,
            policy: app.settings.policy.lockout,
        })
    }

    /// Hashes the password anew, if it is hashed at an earlier cost. It must have been accepted.
    pub(super) async fn renew_hash(self, app: &App) {
        if let Some(stored) = &self.stored {
            app.renew_hash(&app.records, stored, self.password).await;
        }
    }
}
