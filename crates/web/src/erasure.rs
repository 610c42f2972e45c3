//! Deleting people.

use domain::port::{Changes, CommitError};
use domain::{
    Actor, AuditEvent, Bypass, Consent, Device, Grant, Password, Session, TrustedBrowser, User,
    UserId,
};

use crate::app::App;
use crate::door::pingid::forgotten;
use crate::fault::Fault;

/// How often it is tried anew when others change the same person.
const TRIES: usize = 8;

impl App {
    /// Deletes a person with what they sign on with, what they have begun and what they have granted;
    /// once more at the end, for what they began meanwhile. `false` if there is none.
    pub(crate) async fn erase(&self, id: UserId, actor: &Actor) -> Result<bool, Fault> {
        let mut ended = self.erase_granted(id).await?;
        for _ in 0..TRIES {
            let Some(user) = self.records.get::<User>(id).await? else {
                return Ok(false);
            };
            let mut changes = Changes::none();
            for device in &self.records.find::<Device>(0, id).await? {
                changes.delete(device);
            }
            if let Some(password) = self.records.get::<Password>(id).await? {
                changes.delete(&password);
            }
            if let Some(bypass) = self.records.get::<Bypass>(id).await? {
                changes.delete(&bypass);
            }
            changes.delete(&user);
            let event = AuditEvent::new("user.deleted", actor.clone(), self.now(), self.random());
            let event = event.with("username", user.username.clone());
            changes.insert(&event.with("grants_ended", ended));
            match self.records.commit(changes).await {
                Ok(()) => {
                    self.records.delete_found::<Device>(0, id).await?;
                    forgotten(self, id).await?;
                    self.erase_granted(id).await?;
                    return Ok(true);
                }
                Err(CommitError::Store(error)) => return Err(error.into()),
                Err(_) => ended += self.erase_granted(id).await?,
            }
        }
        Err(Fault::Contention)
    }

    /// Deletes the sessions of someone and what they have granted; returns how many grants.
    async fn erase_granted(&self, id: UserId) -> Result<usize, Fault> {
        self.records.delete_found::<Session>(0, id).await?;
        self.records.delete_found::<Consent>(0, id).await?;
        self.records.delete_found::<TrustedBrowser>(0, id).await?;
        Ok(self.records.delete_found::<Grant>(0, id).await?)
    }
}
