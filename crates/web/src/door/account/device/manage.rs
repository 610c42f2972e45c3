//! `/account/devices/{device}`: activating a device, naming it, having it asked first, removing it.

use std::sync::Arc;

use authn::account::Refusal;
use authn::account::device::{
    MAX_NAME, Proof, Wallet, activate, is_seen_by, is_stale, options, remove, rename, reorder,
    resend,
};
use authn::factor::webauthn::{BytesAs, RegistrationResponse};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::port::Versioned;
use domain::{Device, DeviceId, Session};
use minijinja::{Value, context};

use super::{PATH, named};
use crate::app::App;
use crate::door::account::{GenuineForm, Visitor, done, problem, refused};
use crate::door::presented::Presented;
use crate::extract::{Named, Visit};
use crate::page::error::PageRefusal;

/// What became of a form: an answer, or why there is none.
type Became = Result<Result<Response, Refusal>, PageRefusal>;

/// `GET /account/devices/{device}`.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Named(id): Named,
    visitor: Visitor,
) -> Result<Response, PageRefusal> {
    page(&app, &visitor, named(&id)?, None).await
}

/// `GET /account/devices/{device}/state`: whether a device that was begun works by now, for the script of
/// the page on which its person waits. As soon as it works they have to give it: nobody is led to do so
/// from here, where a script would not know what to do.
pub(crate) async fn state(
    State(app): State<Arc<App>>,
    Named(id): Named,
    visit: Visit,
) -> Result<Response, PageRefusal> {
    let session = app.session(&visit.headers).await?;
    let live = |it: &Versioned<Session>| it.is_live(app.settings.policy.session, app.now());
    let device = app.records.get::<Device>(named(&id)?).await?;
    let owner = session.filter(live).map(|session| session.user);
    let state = match device.filter(|device| owner == Some(device.user)) {
        Some(device) if device.is_active() => "active",
        Some(_) => "waiting",
        None => "gone",
    };
    Ok(axum::Json(serde_json::json!({ "state": state })).into_response())
}

/// `POST /account/devices/{device}`.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    Named(id): Named,
    visitor: Visitor,
    form: GenuineForm,
) -> Result<Response, PageRefusal> {
    let id = named(&id)?;
    let became = match form.field("action") {
        "rename" => rename_device(&app, &visitor, id, form.field("name")).await?,
        "prefer" => prefer(&app, &visitor, id).await?,
        "resend" => send_again(&app, &visitor, id).await?,
        // What was never set up goes without confirmation.
        "cancel" => remove_device(&app, &visitor, id, None).await?,
        deed => {
            let presented = match visitor.present_or_fresh(&app, &form).await? {
                Ok(presented) => presented,
                Err(error) => return page(&app, &visitor, id, Some(problem(error))).await,
            };
            let became = match deed {
                "remove" => remove_device(&app, &visitor, id, presented.as_ref()).await?,
                _ => activate_device(&app, &visitor, id, (&form, presented.as_ref())).await?,
            };
            if let (true, Some(presented)) = (became.is_ok(), presented) {
                presented.renew_hash(&app).await;
            }
            became
        }
    };
    match became {
        Ok(response) => Ok(response),
        Err(refusal) => page(&app, &visitor, id, Some(refused(refusal))).await,
    }
}

async fn rename_device(app: &App, visitor: &Visitor, id: DeviceId, name: &str) -> Became {
    let decide = || async {
        let wallet = visitor.wallet(app).await?;
        Ok(rename(visitor.owner(app), &wallet, id, name))
    };
    let renamed = visitor.carry_out(app, decide).await?;
    Ok(renamed.map(|_| done(app, PATH, "flash-method-renamed")))
}

async fn prefer(app: &App, visitor: &Visitor, id: DeviceId) -> Became {
    let decide = || async {
        let wallet = visitor.wallet(app).await?;
        Ok(reorder(visitor.owner(app), &wallet, &[id]))
    };
    let preferred = visitor.carry_out(app, decide).await?;
    Ok(preferred.map(|()| done(app, PATH, "flash-method-default")))
}

async fn send_again(app: &App, visitor: &Visitor, id: DeviceId) -> Became {
    let decide = || async {
        let wallet = visitor.wallet(app).await?;
        Ok(resend(visitor.owner(app), &wallet, id))
    };
    let sent = visitor.carry_out(app, decide).await?;
    let path = format!("{PATH}/{id}");
    Ok(sent.map(|_| done(app, &path, "flash-code-sent")))
}

async fn remove_device(
    app: &App,
    visitor: &Visitor,
    id: DeviceId,
    presented: Option<&Presented>,
) -> Became {
    let decide = || async {
        let wallet = visitor.wallet(app).await?;
        let confirmation = visitor.confirmation(app, presented).await?;
        Ok(remove(visitor.owner(app), &wallet, id, &confirmation))
    };
    let removed = visitor.carry_out(app, decide).await?;
    Ok(removed.map(|()| done(app, PATH, "flash-method-removed")))
}

async fn activate_device(
    app: &App,
    visitor: &Visitor,
    id: DeviceId,
    (form, presented): (&GenuineForm, Option<&Presented>),
) -> Became {
    let made = match form.field("assertion") {
        "" => None,
        text => match RegistrationResponse::parse(text.as_bytes()) {
            Ok(response) => Some(response),
            Err(_) => return Ok(Err(Refusal::CredentialNotAccepted)),
        },
    };
    let decide = || async {
        let wallet = visitor.wallet(app).await?;
        let confirmation = visitor.confirmation(app, presented).await?;
        let proof = match &made {
            None => Proof::Code(form.field("otp")),
            Some(response) => Proof::Credential {
                response,
                known: app.is_registered(response).await?,
            },
        };
        let owner = visitor.owner(app);
        Ok(activate(owner, &wallet, id, proof, &confirmation))
    };
    let activated = visitor.carry_out(app, decide).await?;
    let added = |handle| app.with_session(&handle, done(app, PATH, "flash-method-added"));
    Ok(activated.map(added))
}

/// The page of a device: what there is to be done with it. Who comes back to one that is gone is led to
/// the others.
async fn page(
    app: &App,
    visitor: &Visitor,
    id: DeviceId,
    error: Option<Value>,
) -> Result<Response, PageRefusal> {
    let wallet = visitor.wallet(app).await?;
    let owner = visitor.owner(app);
    let found = wallet.devices.iter().find(|device| device.id == id);
    let is_here = |device: &&Versioned<Device>| device.is_active() || is_seen_by(device, owner);
    let found = found.filter(is_here);
    let Some(device) = found.filter(|device| !is_stale(device, owner.now)) else {
        return Ok(Redirect::to(&app.site.page(PATH)).into_response());
    };
    let has_password = app.records.get::<domain::Password>(&visitor.user.id);
    let has_password = has_password.await?.is_some();
    let contents = context! {
        device => visitor.device(app, device, wallet.default_device(owner)),
        max_name => MAX_NAME,
        is_needed => wallet.needs(owner, device, has_password),
        confirm => visitor.ways_to_confirm(app).await?,
        form_action => app.site.page(&format!("{PATH}/{id}")),
        devices_href => app.site.page(PATH),
        error => error,
    };
    if device.is_active() {
        return Ok(visitor.page(app, "account/device.html", contents));
    }
    let asked = context! {
        code_length => wallet.policy.code_length(authn::evidence::FactorKind::of_device(&device.kind)),
        passkey_options => creation_options(visitor, &wallet, device),
    };
    let asked = context! { ..asked, ..app.secret_shown(device, &visitor.user.username)? };
    let contents = context! { ..asked, ..contents };
    Ok(visitor.page(app, "account/device-activate.html", contents))
}

/// What a page's script asks the browser for: by the policy by which it is verified.
fn creation_options(visitor: &Visitor, wallet: &Wallet<'_>, device: &Device) -> Option<String> {
    let policy = wallet.policy.webauthn.as_ref()?;
    options(&visitor.user, &wallet.devices, device, policy, |asked| {
        asked.json(BytesAs::Base64Url).to_string()
    })
}
