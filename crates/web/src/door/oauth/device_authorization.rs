//! `POST /as/device_authz.oauth2` (RFC 8628 §3.1).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::Decision;
use http::StatusCode;
use oauth::authorize::Facts as Checks;
use oauth::device::{DeviceAuthorization, DeviceResponse, Facts, authorize, new_user_code};

use super::caller::Caller;
use super::reply::{Failure, Refusal, json};
use super::shown::Shown;
use crate::app::App;
use crate::extract::{Peer, Submitted, SubmittedError};
use crate::limit::Purpose;

/// The device authorization endpoint.
pub(crate) async fn device_authorization(
    State(app): State<Arc<App>>,
    peer: Peer,
    shown: Shown,
    submitted: Result<Submitted, SubmittedError>,
) -> Response {
    match wait(&app, (&shown, peer), submitted).await {
        Ok(waiting) => json(StatusCode::OK, &waiting),
        Err(failure) => app.refuse(failure, peer),
    }
}

async fn wait(
    app: &App,
    (shown, peer): (&Shown, Peer),
    submitted: Result<Submitted, SubmittedError>,
) -> Result<DeviceResponse, Failure> {
    let Submitted(parameters) = submitted?;
    let endpoint = app.site.paths.device_authorization;
    let caller = Caller::identify(app, endpoint, shown, &parameters).await?;
    let caller = caller.map_err(Refusal::from)?;
    // Anybody can have us keep devices in the name of a client that proves nothing.
    if caller.is_public() {
        app.admit(Purpose::SignOn, peer).map_err(Failure::Limited)?;
    }
    let (settings, detail_types) = (app.live.settings(), app.live.detail_types());
    let page = app.user_authorization_url();
    let decide = || async {
        let Decision { answer, changes } = caller.authenticate(app);
        let client = match answer {
            Ok(client) => client,
            Err(error) => return Ok(Decision::refuse_and(error.into(), changes)),
        };
        let user_code = loop {
            let code = new_user_code(app.random());
            let taken = app.records.find::<DeviceAuthorization>(0, code.key());
            if taken.await?.is_empty() {
                break code;
            }
        };
        let checks = Checks {
            client: Some(&client),
            settings: &settings,
            detail_types: &detail_types,
            issuer: &app.settings.issuer,
            id_token_hint: None,
            login_hint: None,
            is_environment: app.is_environment(),
            can_register: app.can_register(),
        };
        let facts = Facts {
            checks: &checks,
            page: &page,
            user_code: &user_code,
        };
        let decision = authorize(&client, &parameters, &facts, (app.now(), app.random()));
        let mut all = changes;
        all.and(decision.changes);
        Ok(Decision {
            answer: decision.answer,
            changes: all,
        })
    };
    let replayed = || oauth::client_auth::ClientAuthError::REPLAYED.into();
    let waiting = app.carry_out(decide, replayed).await?;
    Ok(waiting.map_err(Refusal::from)?)
}

impl App {
    /// Where people enter the code of a device, if no other page is set.
    fn user_authorization_url(&self) -> String {
        let house = self.site.endpoint("");
        let issuer = self.settings.issuer.as_str();
        let public = issuer.strip_suffix(house.as_str()).unwrap_or(issuer);
        let settings = self.live.settings();
        match settings.registered_authorization_path.as_str() {
            "" => format!("{public}{}", self.site.device_page()),
            path => format!("{public}{path}"),
        }
    }
}
