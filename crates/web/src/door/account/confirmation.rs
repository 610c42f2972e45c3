//! The current password, presented again before a dangerous deed.

use authn::account::Confirmation;
use authn::lockout;

use super::visitor::Visitor;
use crate::app::App;
use crate::door::presented::Presented;
use crate::fault::Fault;

impl Visitor {
    /// A password that they present, compared with theirs.
    pub(super) async fn present(&self, app: &App, password: &str) -> Result<Presented, Fault> {
        let stored = app.records.get(&self.user.id).await?;
        Presented::compare(app, stored, password).await
    }

    /// What the acceptance of the password that they have presented rests on now.
    pub(super) async fn confirmation<'a>(
        &self,
        app: &App,
        presented: &'a Presented,
    ) -> Result<Confirmation<'a>, Fault> {
        let attempts = lockout::key(&self.user.username);
        Ok(Confirmation {
            verdict: presented.verdict(),
            stored: app.records.get(&self.user.id).await?,
            session: app.session(&self.visit.headers).await?,
            attempts: app.records.get(&attempts).await?,
            policy: app.settings.policy.lockout,
        })
    }
}
