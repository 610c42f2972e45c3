//! `GET|POST /as/user_authz.oauth2`: where people enter the code of a device (RFC 8628 §3.3).

use std::sync::Arc;

use authn::flow::{ConsentDemand, DeviceDemand, Door, Requirement, WaitingDevice};
use axum::extract::State;
use axum::response::Response;
use domain::port::StoreError;
use domain::{ActivationCodeCheckMode, Client, GrantType, Scope, ServerSettings};
use http::HeaderMap;
use http::header::ORIGIN;
use oauth::authorize::REDIRECTLESS;
use oauth::device::{DeviceAuthorization, UserCode};
use serde_json::json;

use crate::app::App;
use crate::door::authn_api;
use crate::extract::{Requested, SubmittedError, Visit};
use crate::limit::Purpose;
use crate::page::error::{PageError, PageRefusal};

/// The page on which people enter the code of a device.
pub(crate) async fn user_authorization(
    State(app): State<Arc<App>>,
    mut visit: Visit,
    requested: Result<Requested, SubmittedError>,
) -> Result<Response, PageRefusal> {
    let Requested(parameters) = requested?;
    visit.prefers(parameters.value("ui_locales"));
    let given = parameters.value("user_code").filter(|it| !it.is_empty());
    let redirectless = parameters.value("response_mode") == Some(REDIRECTLESS);
    let begun = begin(&app, given, redirectless, &visit).await;
    begun.map_err(|refusal| refusal.in_language(visit.frame.locale))
}

async fn begin(
    app: &App,
    given: Option<&str>,
    redirectless: bool,
    visit: &Visit,
) -> Result<Response, PageRefusal> {
    if redirectless && !may_start(app, &visit.headers) {
        return Ok(authn_api::refused(app, None, visit));
    }
    let device = match given {
        Some(typed) => {
            // RFC 8628 §5.1: "the authorization server SHOULD rate-limit user code attempts."
            let counted = app.count_failure(Purpose::SignOn, visit.peer);
            counted.map_err(PageError::Limited)?;
            app.waiting_device(typed).await?
        }
        None => None,
    };
    let requirement = requirement(app, given.is_some(), device).await?;
    if redirectless {
        return Ok(authn_api::start_device(app, requirement, visit).await);
    }
    let request = json!({});
    app.begin_flow(Door::UserCode, request, requirement, visit)
        .await
}

/// Whether a flow may be begun without redirects by whoever asks: no script of a stranger may.
fn may_start(app: &App, headers: &HeaderMap) -> bool {
    let api = app.live.authn_api();
    let is_known = headers.get(ORIGIN).is_none_or(|origin| api.allows(origin));
    api.enabled && is_known && !app.is_environment()
}

async fn requirement(
    app: &App,
    is_given: bool,
    device: Option<WaitingDevice>,
) -> Result<Requirement, StoreError> {
    let settings = app.live.settings();
    let client = match &device {
        Some(device) => app.live.client(&device.client).await?,
        None => None,
    };
    let bypass = settings.bypass_activation_code_confirmation;
    let bypass = client.is_some_and(|it| it.device_flow.bypasses_confirmation_or(bypass));
    let requirement = Requirement {
        reauthenticate: !app.live.session_rules().enabled,
        second_factor: app.settings.second_factor,
        device_code: Some(DeviceDemand {
            first: settings.activation_code_check_mode
                == ActivationCodeCheckMode::BeforeAuthentication,
            // RFC 8628 §5.4: whoever is led here by another's link allows another's device. Somebody
            // has to be asked something.
            confirmed: bypass && device.as_ref().is_some_and(|it| it.consent.is_some()),
            failures: u32::from(is_given && device.is_none()),
            device: None,
        }),
        ..Requirement::default()
    };
    Ok(match &device {
        Some(device) => requirement.with_device(device),
        None => requirement,
    })
}

impl App {
    /// The device that waits with this code.
    pub(in crate::door) async fn waiting_device(
        &self,
        typed: &str,
    ) -> Result<Option<WaitingDevice>, StoreError> {
        let Some(code) = UserCode::typed(typed) else {
            return Ok(None);
        };
        let found = self
            .records
            .find::<DeviceAuthorization>(0, code.key())
            .await?;
        let now = self.now();
        let waiting = found.into_iter().find(|it| it.is_pending(now));
        let Some(waiting) = waiting.map(|it| it.record) else {
            return Ok(None);
        };
        let client = self.live.client(&waiting.client).await?;
        let may = |client: &Client| {
            client.enabled && waiting.is_of(client) && client.may_use(GrantType::DeviceCode)
        };
        let Some(client) = client.filter(|client| may(client)) else {
            return Ok(None);
        };
        let policies = self.live.policies();
        let chosen = policies.chosen(&waiting.client, &[]);
        Ok(Some(WaitingDevice {
            authorization: waiting.handle,
            user_code: waiting.user_code.shown(),
            scope: waiting.scope.clone(),
            consent: consent(&client, &waiting, &self.live.settings()),
            second_factor: chosen.map_or(self.settings.second_factor, |it| it.1),
            sign_on_policy: chosen.map(|it| it.0.to_owned()),
            client: waiting.client,
        }))
    }
}

/// What is to be allowed. It is asked for whatever was allowed before: it is another device.
fn consent(
    client: &Client,
    waiting: &DeviceAuthorization,
    settings: &ServerSettings,
) -> Option<ConsentDemand> {
    (!client.bypass_approval).then(|| ConsentDemand {
        client: client.id.clone(),
        since: client.created,
        scope: waiting.scope.clone(),
        details: waiting.authorization_details.clone(),
        required: Scope::from_iter(["openid"]).common_with(&waiting.scope),
        always: true,
        lifetime: settings.consent_lifetime(),
    })
}
