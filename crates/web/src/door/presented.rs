//! A password that a person presents.

use authn::factor::password::PasswordVerdict;
use domain::port::Versioned;
use domain::{Password, Secret};

use crate::app::App;
use crate::fault::Fault;

/// A password that was presented, compared with the one that is kept.
pub(super) struct Presented {
    password: Secret,
    stored: Option<Versioned<Password>>,
    verdict: PasswordVerdict,
}

impl Presented {
    /// Compares a password with the one that is kept. This takes long, and therefore comes before
    /// anything is decided.
    pub(super) async fn compare(
        app: &App,
        stored: Option<Versioned<Password>>,
        presented: &str,
    ) -> Result<Self, Fault> {
        let password = Secret::new(presented);
        let record = stored.as_ref().map(|stored| stored.record.clone());
        let verdict = app.ports.passwords.verify(record, password.clone()).await?;
        Ok(Self {
            password,
            stored,
            verdict,
        })
    }

    /// Whether it was right when it was compared.
    pub(super) const fn verdict(&self) -> &PasswordVerdict {
        &self.verdict
    }

    /// Hashes the password anew, if it is hashed at an earlier cost. It must have been accepted.
    pub(super) async fn renew_hash(self, app: &App) {
        if let Some(stored) = &self.stored {
            app.renew_hash(&app.records, stored, self.password).await;
        }
    }
}
