//! `/account/devices/new/{kind}`: beginning to enrol a device, and recovery codes.

use std::sync::Arc;

use authn::account::Refusal;
use authn::account::device::{MAX_NAME, begin, begin_face, pair, renew_recovery_codes};
use authn::factor::recovery;
use axum::extract::State;
use axum::response::Response;
use domain::Secret;
use minijinja::{Value, context};

use super::shown::pairing_shown;
use super::{Choice, PATH, to_device};
use crate::app::App;
use crate::door::account::{GenuineForm, Visitor, problem, refused};
use crate::door::recognize;
use crate::extract::Named;
use crate::page::error::{PageError, PageRefusal};

/// `GET /account/devices/new/{kind}`.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Named(kind): Named,
    visitor: Visitor,
) -> Result<Response, PageRefusal> {
    page(&app, &visitor, offered(&app, &kind)?, Value::default()).await
}

/// `POST /account/devices/new/{kind}`.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    Named(kind): Named,
    visitor: Visitor,
    form: GenuineForm,
) -> Result<Response, PageRefusal> {
    let choice = offered(&app, &kind)?;
    let (target, name) = (form.field("target"), form.field("name").trim());
    let Some(wanted) = choice.wanted(target) else {
        return match choice {
            Choice::Authenticator => pairing(&app, &visitor, &form).await,
            Choice::Face => looking(&app, &visitor, &form).await,
            _ => recovery_codes(&app, &visitor, &form).await,
        };
    };
    let decide = || async {
        let wallet = visitor.wallet(&app).await?;
        Ok(begin(visitor.owner(&app), &wallet, &wanted, name))
    };
    match visitor.carry_out(&app, decide).await? {
        Ok(device) => Ok(to_device(&app, device.id)),
        Err(refusal) => {
            let filled = context! { error => refused(refusal), name => name, target => target };
            page(&app, &visitor, choice, filled).await
        }
    }
}

/// Begins to pair an authenticator, and shows what it takes this once.
async fn pairing(
    app: &App,
    visitor: &Visitor,
    form: &GenuineForm,
) -> Result<Response, PageRefusal> {
    let name = form.field("name").trim();
    let again = |error: Value| {
        let filled = context! { error => error, name => name };
        page(app, visitor, Choice::Authenticator, filled)
    };
    let presented = match visitor.present_or_fresh(app, form).await? {
        Ok(presented) => presented,
        Err(error) => return again(problem(error)).await,
    };
    let decide = || async {
        let wallet = visitor.wallet(app).await?;
        let confirmation = visitor.confirmation(app, presented.as_ref()).await?;
        Ok(pair(visitor.owner(app), &wallet, name, &confirmation))
    };
    match visitor.carry_out(app, decide).await? {
        Ok((device, handle)) => {
            let contents = pairing_shown(app, &device, &handle)?;
            let connecting = crate::page::Page::connecting;
            Ok(visitor.page_with(app, "account/device-pair.html", contents, connecting))
        }
        Err(refusal) => again(refused(refusal)).await,
    }
}

/// Begins to enrol a face, and shows the camera this once.
async fn looking(
    app: &App,
    visitor: &Visitor,
    form: &GenuineForm,
) -> Result<Response, PageRefusal> {
    let name = form.field("name").trim();
    let again = |error: Value| {
        let filled = context! { error => error, name => name };
        page(app, visitor, Choice::Face, filled)
    };
    let presented = match visitor.present_or_fresh(app, form).await? {
        Ok(presented) => presented,
        Err(error) => return again(problem(error)).await,
    };
    let decide = || async {
        let wallet = visitor.wallet(app).await?;
        let confirmation = visitor.confirmation(app, presented.as_ref()).await?;
        let owner = visitor.owner(app);
        Ok(begin_face(owner, &wallet, name, &confirmation))
    };
    match visitor.carry_out(app, decide).await? {
        Ok((_, ticket)) => {
            let contents = context! {
                ticket => ticket.expose(),
                recognize_href => app.site.page(recognize::PATH),
                person => visitor.user.id.to_string(),
                done_href => format!("{}?done=flash-method-added", app.site.page(PATH)),
                again_href => app.site.page(&format!("{PATH}/new/{}", Choice::Face.slug())),
                devices_href => app.site.page(PATH),
            };
            let connecting = crate::page::Page::connecting;
            Ok(visitor.page_with(app, "account/device-face.html", contents, connecting))
        }
        Err(refusal) => again(refused(refusal)).await,
    }
}

/// Makes recovery codes, and shows them this once.
async fn recovery_codes(
    app: &App,
    visitor: &Visitor,
    form: &GenuineForm,
) -> Result<Response, PageRefusal> {
    let presented = match visitor.present_or_fresh(app, form).await? {
        Ok(presented) => presented,
        Err(error) => {
            let error = context! { error => problem(error) };
            return page(app, visitor, Choice::Recovery, error).await;
        }
    };
    let decide = || async {
        let wallet = visitor.wallet(app).await?;
        let confirmation = visitor.confirmation(app, presented.as_ref()).await?;
        let owner = visitor.owner(app);
        Ok(renew_recovery_codes(owner, &wallet, &confirmation))
    };
    let codes: Result<Vec<Secret>, Refusal> = visitor.carry_out(app, decide).await?;
    match codes {
        Ok(codes) => {
            let codes: Value = codes.iter().map(Secret::expose).collect();
            let contents = context! { codes => codes, done => app.site.page(PATH) };
            Ok(visitor.page(app, "account/recovery-codes.html", contents))
        }
        Err(refusal) => {
            let error = context! { error => refused(refusal) };
            page(app, visitor, Choice::Recovery, error).await
        }
    }
}

/// The kind that an address names, if devices of it are used here.
fn offered(app: &App, slug: &str) -> Result<Choice, PageRefusal> {
    let choice = Choice::named(slug);
    let policy = app.enrolment_policy(None);
    let offers = |kind| policy.as_ref().is_some_and(|it| it.devices.offers(kind));
    let choice = choice.filter(|it| offers(it.kind()));
    choice.ok_or_else(|| PageError::NotFound.into())
}

async fn page(
    app: &App,
    visitor: &Visitor,
    choice: Choice,
    filled: Value,
) -> Result<Response, PageRefusal> {
    let devices = app.devices(visitor.user.id).await?;
    let has_codes = devices.iter().any(|it| recovery::left(it).is_some());
    let contents = context! {
        kind => choice.slug(),
        max_name => MAX_NAME,
        has_codes => has_codes,
        confirm => visitor.ways_to_confirm(app).await?,
        form_action => app.site.page(&format!("{PATH}/new/{}", choice.slug())),
        devices_href => app.site.page(PATH),
        name => "",
        target => "",
        error => (),
    };
    let contents = context! { ..filled, ..contents };
    Ok(visitor.page(app, "account/device-new.html", contents))
}
