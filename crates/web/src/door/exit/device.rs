//! What becomes of a device whose code was entered (RFC 8628 §3.3).

use authn::flow::{Person, WaitingDevice};
use domain::port::Changes;
use domain::{Actor, AuditEvent};
use oauth::device::{DeviceAuthorization, DeviceState};

use super::Answer;
use crate::app::App;
use crate::fault::Fault;
use crate::page::error::PageError;

impl App {
    /// What becomes of a device, if nobody has decided that before.
    pub(super) async fn decide_device(
        &self,
        device: &WaitingDevice,
        person: Option<&Person>,
        state: DeviceState,
    ) -> Result<(Answer, Changes), Fault> {
        let mut changes = Changes::none();
        let found = self
            .records
            .get::<DeviceAuthorization>(device.authorization);
        let found = found.await?;
        let Some(pending) = found.filter(|it| it.is_pending(self.now())) else {
            return Ok((Answer::Page(PageError::Expired), changes));
        };
        let allowed = matches!(state, DeviceState::Allowed { .. });
        let name = match allowed {
            true => "device.allowed",
            false => "device.denied",
        };
        changes.replace(&pending, &pending.decided(state));
        let actor = person.map_or(Actor::Unknown, |it| Actor::User(it.user.username.clone()));
        let event = AuditEvent::new(name, actor, self.now(), self.random());
        changes.insert(&event.with("client_id", device.client.as_str()));
        Ok((Answer::UserCode { allowed }, changes))
    }
}
