//! Who they are, shown again before a dangerous deed.

use authn::account::Confirmation;
use authn::lockout;

use super::visitor::{GenuineForm, Visitor};
use crate::app::App;
use crate::door::presented::Presented;
use crate::fault::Fault;

impl Visitor {
    /// A password that they present, compared with theirs.
    pub(super) async fn present(&self, app: &App, password: &str) -> Result<Presented, Fault> {
        let stored = app.records.get(&self.user.id).await?;
        Presented::compare(app, stored, password).await
    }

    /// The password of a form, compared with theirs; nothing, if there is none and their sign-on is
    /// fresh enough to stand for it. Otherwise the id of the error.
    pub(super) async fn present_or_fresh(
        &self,
        app: &App,
        form: &GenuineForm,
    ) -> Result<Result<Option<Presented>, &'static str>, Fault> {
        match form.field("current_password") {
            "" if self.is_fresh => Ok(Ok(None)),
            "" => Ok(Err("error-confirm-needed")),
            password => Ok(Ok(Some(self.present(app, password).await?))),
        }
    }

    /// What the acceptance of the password that they have presented, or of a fresh sign-on if they have
    /// presented none, rests on now.
    pub(super) async fn confirmation<'a>(
        &self,
        app: &App,
        presented: Option<&'a Presented>,
    ) -> Result<Confirmation<'a>, Fault> {
        let attempts = lockout::key(&self.user.username);
        Ok(Confirmation {
            verdict: presented.map(Presented::verdict),
            stored: app.records.get(&self.user.id).await?,
            session: app.session(&self.visit.headers).await?,
            attempts: app.records.get(&attempts).await?,
            policy: app.settings.policy.lockout,
        })
    }
}
