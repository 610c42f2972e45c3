//! Activation codes: an organisation gives one to somebody, who opens the address that it leads to and
//! connects an authenticator there. What it takes to pair one is made when they do, and not before.

use std::sync::Arc;
use std::time::Duration;

use authn::account::device::{invite, is_stale};
use authn::account::{Owner, Refusal};
use authn::evidence::FactorKind;
use authn::pingid::rest::Outcome;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD};
use domain::port::{Changes, CommitError, Records, Tenant, Versioned};
use domain::{Activation, Actor, AuditEvent, Device, Secret, User, UserId};

use super::Refused;
use super::operation::{Call, Halt};
use crate::app::App;
use crate::extract::Visit;
use crate::fault::Fault;
use crate::limit::Purpose;
use crate::page::error::{PageError, PageRefusal};

/// How often a change is decided anew when others change the same.
const TRIES: usize = 8;
/// How long a code is good unless somebody says otherwise.
const LIFETIME: Duration = Duration::from_hours(48);
/// The longest query that is looked at, in bytes.
const MAX_QUERY: usize = 256;

/// How far somebody is who was given a code.
pub(super) enum Progress {
    /// The code is none, or none any more.
    Unknown,
    /// They have not opened it.
    Unclaimed,
    /// They have, and no authenticator has shown its key yet.
    Opened,
    /// They have connected this authenticator.
    Connected(Box<Device>),
}

impl Call<'_> {
    /// Whether people can be given codes at all.
    pub(super) fn may_be_activated(&self) -> Result<(), Halt> {
        let devices = &self.house.settings.policy.devices;
        match devices.offers(FactorKind::Push) {
            true => Ok(()),
            false => Err(Outcome::NotActivated.into()),
        }
    }

    /// A code for somebody, good for so long; those that they were given before are good no more.
    pub(super) async fn activation_code(
        &self,
        user: &User,
        lifetime: Option<Duration>,
    ) -> Result<Secret, Halt> {
        let house = self.house;
        let event = self.event("pingid.activation_code_made");
        let event = event.with("username", user.username.clone());
        self.note(&event).await?;
        let expires = house.now() + lifetime.unwrap_or(LIFETIME);
        let environment = house.site.environment.map(|it| it.env);
        let (activation, code) = Activation::new(environment, user.id, expires, house.random());
        for _ in 0..TRIES {
            let mut changes = Changes::none();
            let codes = self.codes_of(user.id).await?;
            for earlier in &codes {
                changes.delete(earlier);
            }
            changes.insert(&activation);
            match system(house).commit(changes).await {
                Ok(()) => {
                    self.withdraw(&codes).await?;
                    return Ok(code);
                }
                Err(CommitError::Store(error)) => return Err(error.into()),
                Err(_) => {}
            }
        }
        Err(Fault::Contention.into())
    }

    /// Whether a code waits to be used by somebody.
    pub(super) async fn is_invited(&self, user: UserId) -> Result<bool, Halt> {
        let now = self.house.now();
        let codes = self.codes_of(user).await?;
        Ok(codes.iter().any(|code| now < code.expires))
    }

    /// The codes of somebody who is to have none any more.
    pub(super) async fn forget_codes(&self, user: UserId) -> Result<(), Halt> {
        let codes = self.codes_of(user).await?;
        system(self.house)
            .delete_found::<Activation>(0, user)
            .await?;
        self.withdraw(&codes).await
    }

    /// Takes back what was begun with codes that are good no more, unless it has been connected.
    async fn withdraw(&self, codes: &[Versioned<Activation>]) -> Result<(), Halt> {
        let records = &self.house.records;
        for id in codes.iter().filter_map(|code| code.device) {
            let begun = records.get::<Device>(id).await?;
            let Some(begun) = begun.filter(|device| !device.is_active()) else {
                continue;
            };
            let mut changes = Changes::none();
            changes.delete(&begun);
            // Unless it has been connected at that very moment.
            if let Err(CommitError::Store(error)) = records.commit(changes).await {
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// How far somebody is who was given this code by this organisation. That they have connected an
    /// authenticator is told once: then the code is forgotten.
    pub(super) async fn progress(&self, code: &str) -> Result<Progress, Halt> {
        let house = self.house;
        let own = house.site.environment.map(|it| it.env);
        let known = find(house, code).await?;
        let known = known.filter(|known| known.environment == own);
        let Some(known) = known else {
            return Ok(Progress::Unknown);
        };
        let Some(id) = known.device else {
            return Ok(Progress::Unclaimed);
        };
        let device = house.records.get::<Device>(id).await?;
        let device = device.filter(|it| it.user == known.user && !is_stale(it, house.now()));
        match device {
            None if known.used => Ok(Progress::Unknown),
            None => Ok(Progress::Unclaimed),
            Some(device) if !device.is_active() => Ok(Progress::Opened),
            Some(device) => {
                let mut changes = Changes::none();
                changes.delete(&known);
                match system(house).commit(changes).await {
                    Ok(()) => Ok(Progress::Connected(Box::new(device.record))),
                    Err(CommitError::Store(error)) => Err(error.into()),
                    // Another request was told.
                    Err(_) => Ok(Progress::Unknown),
                }
            }
        }
    }

    async fn codes_of(&self, user: UserId) -> Result<Vec<Versioned<Activation>>, Halt> {
        Ok(system(self.house).find::<Activation>(0, user).await?)
    }
}

/// `GET /pingid/QRRedirection?{base64 of act_code=…}`: begins to pair an authenticator, and leads to
/// ours, which brings its key.
pub(super) async fn lead(
    State(server): State<Arc<App>>,
    RawQuery(query): RawQuery,
    visit: Visit,
) -> Result<Response, PageRefusal> {
    let admitted = server.admit(Purpose::SignOn, visit.peer);
    admitted.map_err(PageError::Limited)?;
    let code = query.as_deref().and_then(code_in);
    let opened = match &code {
        Some(code) => open(&server, code, &visit).await?,
        None => None,
    };
    match opened {
        Some(link) => Ok(Redirect::to(&link).into_response()),
        None => {
            server.note_failure(Purpose::SignOn, visit.peer);
            let refused = Refused {
                operation: "qrredirection",
                cause: "the activation code is good for nothing".to_owned(),
                id: Outcome::Malformed.wire().id,
            };
            refused.note(&server, Actor::Unknown, &visit).await?;
            Err(PageError::NotFound.into())
        }
    }
}

/// The link by which whoever shows a code pairs an authenticator; `None` if the code is good for nothing.
async fn open(server: &Arc<App>, code: &Secret, visit: &Visit) -> Result<Option<String>, Fault> {
    for _ in 0..TRIES {
        let Some(mut known) = find(server, code.expose()).await? else {
            return Ok(None);
        };
        let house = match known.environment {
            None => Some(Arc::clone(server)),
            Some(id) => server.environment(id).await?,
        };
        let Some(house) = house else { return Ok(None) };
        let user = house.records.get::<User>(&known.user).await?;
        let Some(user) = user.filter(|user| user.enabled) else {
            return Ok(None);
        };
        if is_used_up(&house, &known).await? {
            return Ok(None);
        }
        let attempt = || async {
            let wallet = house.wallet(user.id, visit.frame.locale.tag()).await?;
            let owner = Owner {
                user: &user,
                now: house.now(),
                random: house.random(),
                administrator: Some(&Actor::System),
                session: None,
            };
            let mut invited = invite(owner, &wallet, "");
            if invited.answer.is_ok() {
                let (now, random) = (house.now(), house.random());
                let name = "pingid.activation_code_opened";
                let event = AuditEvent::new(name, Actor::Unknown, now, random)
                    .with("username", user.username.clone())
                    .with("address", visit.address.clone());
                invited.changes.insert(&event);
            }
            Ok(invited)
        };
        let invited = house.carry_out(attempt, || Refusal::DeviceGone).await?;
        let Ok((device, handle)) = invited else {
            return Ok(None);
        };
        known.record.device = Some(device.id);
        let mut changes = Changes::none();
        changes.update(&known);
        match system(server).commit(changes).await {
            Ok(()) => {
                let key = format!("{}.{}", device.id, handle.expose());
                return Ok(Some(house.pairing_link(&key)));
            }
            Err(CommitError::Store(error)) => return Err(error.into()),
            // It was opened twice at a time, and the later one counts.
            Err(_) => {}
        }
    }
    Err(Fault::Contention)
}

/// Whether somebody has connected an authenticator with a code, whether the organisation has looked or not,
/// and whatever has become of it.
async fn is_used_up(house: &App, known: &Activation) -> Result<bool, Fault> {
    let Some(id) = known.device.filter(|_| !known.used) else {
        return Ok(known.used);
    };
    let device = house.records.get::<Device>(id).await?;
    Ok(device.is_some_and(|device| device.is_active()))
}

/// Notes that an authenticator was connected, with a code if it was begun with one: that is used up.
pub(in crate::door) async fn used_up(house: &App, device: &Device) -> Result<(), Fault> {
    for _ in 0..TRIES {
        let codes = system(house).find::<Activation>(0, device.user).await?;
        let of_device = |code: &Versioned<Activation>| code.device == Some(device.id) && !code.used;
        let Some(mut code) = codes.into_iter().find(of_device) else {
            return Ok(());
        };
        code.record.used = true;
        let mut changes = Changes::none();
        changes.update(&code);
        match system(house).commit(changes).await {
            Ok(()) => return Ok(()),
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    Err(Fault::Contention)
}

/// Forgets the codes of somebody who is deleted.
pub(crate) async fn forgotten(house: &App, user: UserId) -> Result<(), Fault> {
    system(house).delete_found::<Activation>(0, user).await?;
    Ok(())
}

/// The activation with this code, as long as it is good.
async fn find(app: &App, code: &str) -> Result<Option<Versioned<Activation>>, Fault> {
    let Some(key) = Activation::key_of(code) else {
        return Ok(None);
    };
    let known = system(app).get::<Activation>(key).await?;
    Ok(known.filter(|known| app.now() < known.expires))
}

/// The code that a client has written into the address.
fn code_in(query: &str) -> Option<Secret> {
    let query = query.get(..MAX_QUERY).unwrap_or(query);
    // The padding may be encoded for an address.
    let text = query.replace("%3D", "=").replace("%3d", "=");
    let forms = [&BASE64, &BASE64_NOPAD, &BASE64URL, &BASE64URL_NOPAD];
    let decoded = forms
        .iter()
        .find_map(|form| form.decode(text.as_bytes()).ok())?;
    let text = String::from_utf8(decoded).ok()?;
    text.trim().strip_prefix("act_code=").map(Secret::new)
}

fn system(app: &App) -> Records {
    app.records.of(Tenant::SYSTEM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_from_whatever_a_client_makes_of_it() {
        let code = |query: &str| code_in(query).map(|code| code.expose().to_owned());
        let expected = Some("436348609435".to_owned());
        assert_eq!(code("YWN0X2NvZGU9NDM2MzQ4NjA5NDM1"), expected);
        let padded = BASE64.encode(b"act_code=4363486094351");
        assert_eq!(code(&padded), Some("4363486094351".to_owned()));
        assert_eq!(
            code(&padded.replace('=', "%3D")),
            Some("4363486094351".to_owned())
        );
        for bad in ["", "x", "act_code=436348609435", &"A".repeat(1000)] {
            assert_eq!(code(bad), None, "{bad}");
        }
    }
}
