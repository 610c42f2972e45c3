//! `/account/totp`: setting up and removing an authenticator app.

use std::sync::Arc;

use authn::account::{Confirmation, Refusal, activate_totp, enrol_totp, remove_totp};
use authn::factor::password::PasswordVerdict;
use authn::factor::totp;
use axum::extract::State;
use axum::response::Response;
use domain::{Device, DeviceKind, Secret};
use minijinja::{Value, context};
use oauth::Decision;
use qrcode::QrCode;
use qrcode::render::svg;

use super::{Visitor, done, form, problem, refusal_id};
use crate::app::App;
use crate::extract::{Filled, SubmittedError, Visit};
use crate::fault::Fault;
use crate::page::error::PageRefusal;

/// `GET /account/totp`.
pub(super) async fn show(State(app): State<Arc<App>>, visit: Visit) -> Response {
    let shown = async {
        match app.visitor(&visit).await? {
            Some(visitor) => page(&app, &visitor, &visit, Value::from(())).await,
            None => app.sign_on_first(&visit).await,
        }
    };
    shown
        .await
        .unwrap_or_else(|refusal: PageRefusal| refusal.page(&app, &visit.frame))
}

/// `POST /account/totp`.
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    visit: Visit,
    submitted: Result<Filled, SubmittedError>,
) -> Response {
    let answered = act(&app, &visit, submitted).await;
    answered.unwrap_or_else(|refusal| refusal.page(&app, &visit.frame))
}

async fn act(
    app: &App,
    visit: &Visit,
    submitted: Result<Filled, SubmittedError>,
) -> Result<Response, PageRefusal> {
    let Some(visitor) = app.visitor(visit).await? else {
        return app.sign_on_first(visit).await;
    };
    let form = form(submitted, visit)?;
    let presented = Secret::new(form.value("current_password").unwrap_or_default());
    let verdict = verified(app, &visitor, presented).await?;
    let (answer, flash) = match form.value("action") {
        Some("remove") => (remove(app, &visitor, &verdict).await?, "flash-totp-removed"),
        _ => {
            let code = form.value("otp").unwrap_or_default();
            (
                activate(app, &visitor, visit, (code, &verdict)).await?,
                "flash-totp-enabled",
            )
        }
    };
    match answer {
        Ok(()) => Ok(done("/account/totp", flash)),
        Err(refusal) => page(app, &visitor, visit, problem(refusal_id(refusal))).await,
    }
}

/// Whether it is the person's password.
async fn verified(
    app: &App,
    visitor: &Visitor,
    presented: Secret,
) -> Result<PasswordVerdict, Fault> {
    let stored = app.password_of(&visitor.user).await?;
    let stored = stored.map(|password| password.record);
    Ok(app.ports.passwords.verify(stored, presented).await?)
}

async fn activate(
    app: &App,
    visitor: &Visitor,
    visit: &Visit,
    (code, verdict): (&str, &PasswordVerdict),
) -> Result<Result<(), Refusal>, Fault> {
    let decide = || async {
        let owner = visitor.owner(app);
        let devices = app.devices(visitor.user.id).await?;
        let session = app.session(&visit.headers).await?;
        let attempts = app.attempts(&visitor.user).await?;
        let confirmation = Confirmation {
            verdict,
            attempts: attempts.as_ref(),
            policy: app.settings.policy.lockout,
        };
        let decision = activate_totp(owner, &devices, session.as_ref(), code, confirmation);
        Ok(Decision {
            answer: decision.answer,
            changes: decision.changes,
        })
    };
    app.carry_out(decide, || Refusal::CodeNotAccepted).await
}

async fn remove(
    app: &App,
    visitor: &Visitor,
    verdict: &PasswordVerdict,
) -> Result<Result<(), Refusal>, Fault> {
    let decide = || async {
        let devices = app.devices(visitor.user.id).await?;
        let attempts = app.attempts(&visitor.user).await?;
        let confirmation = Confirmation {
            verdict,
            attempts: attempts.as_ref(),
            policy: app.settings.policy.lockout,
        };
        let decision = remove_totp(visitor.owner(app), &devices, confirmation);
        Ok(Decision {
            answer: decision.answer,
            changes: decision.changes,
        })
    };
    app.carry_out(decide, || Refusal::NotRecognised).await
}

/// The page; without an authenticator it shows the secret of one that is being set up.
async fn page(
    app: &App,
    visitor: &Visitor,
    visit: &Visit,
    error: Value,
) -> Result<Response, PageRefusal> {
    let begin = || async {
        let devices = app.devices(visitor.user.id).await?;
        let decision = enrol_totp(visitor.owner(app), &devices);
        Ok(Decision {
            answer: decision.answer,
            changes: decision.changes,
        })
    };
    let begun = app.carry_out(begin, || Refusal::AlreadyEnrolled).await?;
    let enrolment = match &begun {
        Ok(device) => secret_shown(app, visitor, device)?,
        Err(_) => context! {
            totp_enabled => true,
            qr_svg => "",
            secret_grouped => "",
            otpauth_uri => "",
        },
    };
    let contents = context! { form_action => "/account/totp", error => error, ..enrolment };
    Ok(app.account_page("account/totp-setup.html", visitor, visit, contents))
}

fn secret_shown(app: &App, visitor: &Visitor, device: &Device) -> Result<Value, Fault> {
    let DeviceKind::Totp(kept) = &device.kind;
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
