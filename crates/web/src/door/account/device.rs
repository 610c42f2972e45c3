//! `/account/devices`: with what people prove who they are.

mod choice;
mod enrol;
mod manage;
mod shown;

use std::sync::Arc;

use authn::account::device::is_stale;
use authn::factor::recovery;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Device, DeviceId};
use minijinja::{Value, context};

pub(in crate::door) use self::choice::Choice;
use super::Visitor;
use crate::app::App;
use crate::page::error::{PageError, PageRefusal};

pub(super) use enrol::{show as show_new, submit as submit_new};
pub(super) use manage::{show as show_one, state, submit as submit_one};

const PATH: &str = "/account/devices";

/// `GET /account/devices`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    visitor: Visitor,
) -> Result<Response, PageRefusal> {
    let wallet = visitor.wallet(&app).await?;
    let owner = visitor.owner(&app);
    let mut devices: Vec<&Device> = wallet.devices.iter().map(|it| &it.record).collect();
    devices.retain(|device| !is_stale(device, owner.now));
    devices.sort_by_key(|device| (!device.is_active(), wallet.policy.place(device)));
    let default = wallet.default_device(owner);
    let choices = Choice::ALL.into_iter();
    let choices = choices.filter(|choice| {
        let has_codes = devices.iter().any(|it| recovery::left(it).is_some());
        // They stand in for something else.
        let is_timely = *choice != Choice::Recovery || default.is_some() && !has_codes;
        wallet.policy.offers(choice.kind()) && is_timely
    });
    let choices: Vec<Value> = choices
        .map(|choice| {
            let href = app.site.page(&format!("{PATH}/new/{}", choice.slug()));
            context! { kind => choice.slug(), href => href }
        })
        .collect();
    let contents = context! {
        is_full => devices.len() >= wallet.policy.most,
        devices => devices
            .into_iter()
            .map(|device| visitor.device(&app, device, default))
            .collect::<Vec<_>>(),
        choices => choices,
    };
    Ok(visitor.page(&app, "account/devices.html", contents))
}

/// `GET /account/totp`: where authenticator apps were set up before there were other devices.
pub(super) async fn moved(State(app): State<Arc<App>>) -> Redirect {
    Redirect::permanent(&app.site.page(PATH))
}

/// `GET /account/confirm`: has the person sign on once more, and leads back here.
pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    visitor: Visitor,
) -> Result<Response, PageRefusal> {
    visitor.sign_on_again(&app).await
}

/// To the page of a device, without a message.
fn to_device(app: &App, id: DeviceId) -> Response {
    let path = app.site.page(&format!("{PATH}/{id}"));
    Redirect::to(&path).into_response()
}

/// The device that an address names, if its form is right.
fn named(id: &str) -> Result<DeviceId, PageRefusal> {
    id.parse().map_err(|_| PageError::NotFound.into())
}
