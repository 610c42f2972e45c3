//! `/account/totp`: setting up and removing an authenticator app.

use std::sync::Arc;

use authn::account::{Refusal, activate_totp, enrol_totp, remove_totp};
use authn::factor::totp;
use axum::extract::State;
use axum::response::Response;
use domain::{Device, Handle};
use minijinja::{Value, context};
use qrcode::QrCode;
use qrcode::render::svg;

use super::{GenuineForm, Visitor, done, problem, refused};
use crate::app::App;
use crate::door::presented::Presented;
use crate::fault::Fault;
use crate::page::error::PageRefusal;

const PATH: &str = "/account/totp";

/// `GET /account/totp`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
) -> Result<Response, PageRefusal> {
    page(&app, &visitor, None).await
}

/// `POST /account/totp`.
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    form: GenuineForm,
) -> Result<Response, PageRefusal> {
    let presented = form.field("current_password");
    if presented.is_empty() {
        return page(&app, &visitor, Some(problem("error-field-missing"))).await;
    }
    let presented = visitor.present(&app, presented).await?;
    let decided = match form.field("action") {
        "remove" => remove(&app, &visitor, &presented).await?,
        _ => activate(&app, &visitor, form.field("otp"), &presented).await?,
    };
    match decided {
        Ok(response) => {
            presented.renew_hash(&app).await;
            Ok(response)
        }
        Err(refusal) => page(&app, &visitor, Some(refused(refusal))).await,
    }
}

async fn activate(
    app: &App,
    visitor: &Visitor,
    code: &str,
    presented: &Presented,
) -> Result<Result<Response, Refusal>, PageRefusal> {
    let decide = || async {
        let devices = app.devices(visitor.user.id).await?;
        let confirmation = visitor.confirmation(app, presented).await?;
        let owner = visitor.owner(app);
        Ok(activate_totp(owner, &devices, code, &confirmation))
    };
    let activated = visitor.carry_out(app, decide).await?;
    let to_page = |handle: Handle| app.with_session(&handle, done(app, PATH, "flash-totp-enabled"));
    Ok(activated.map(to_page))
}

async fn remove(
    app: &App,
    visitor: &Visitor,
    presented: &Presented,
) -> Result<Result<Response, Refusal>, PageRefusal> {
    let decide = || async {
        let devices = app.devices(visitor.user.id).await?;
        let confirmation = visitor.confirmation(app, presented).await?;
        Ok(remove_totp(visitor.owner(app), &devices, &confirmation))
    };
    let removed = visitor.carry_out(app, decide).await?;
    Ok(removed.map(|()| done(app, PATH, "flash-totp-removed")))
}

/// The page; without an authenticator it shows the secret of one that is being set up.
async fn page(app: &App, visitor: &Visitor, error: Option<Value>) -> Result<Response, PageRefusal> {
    let begin = || async {
        let devices = app.devices(visitor.user.id).await?;
        Ok(enrol_totp(visitor.owner(app), &devices))
    };
    let enrolment = match visitor.carry_out(app, begin).await? {
        Ok(device) => secret_shown(app, visitor, &device)?,
        Err(_) => context! { totp_enabled => true },
    };
    let contents = context! { form_action => app.site.page(PATH), error => error, ..enrolment };
    Ok(visitor.page(app, "account/totp-setup.html", contents))
}

fn secret_shown(app: &App, visitor: &Visitor, device: &Device) -> Result<Value, Fault> {
    let kept = totp::of(device);
    let kept = kept.ok_or_else(|| Fault::Defect("an authenticator without a secret".to_owned()))?;
    let uri = totp::otpauth_uri(kept, app.pages.brand_name(), &visitor.user.username);
    let code = QrCode::new(uri.as_bytes()).map_err(|error| Fault::Defect(error.to_string()))?;
    let drawn = code
        .render::<svg::Color<'_>>()
        .min_dimensions(200, 200)
        .build();
    // Within a page the drawing needs no XML declaration of its own.
    let drawn = drawn
        .find("<svg")
        .and_then(|start| drawn.get(start..))
        .unwrap_or_default();
    Ok(context! {
        totp_enabled => false,
        qr_svg => drawn,
        secret_grouped => totp::grouped(&kept.secret).as_str(),
        otpauth_uri => uri.as_str(),
    })
}
