//! `PingID`'s PPM: a relying party posts a signed request through the browser, the person proves who
//! they are or sets up a key on the pages that they meet at every other door, and a signed answer is
//! posted back.
//!
//! The addresses are the server's; the alias in the request says whose house it is. What is wrong with
//! a request is told to its relying party, once it has been proven to be one's and that its answer may
//! go where it asks; until then the person sees a page with a reference, under which the log says why.

mod begin;
mod demand;
mod exit;
mod unproven;

use std::net::IpAddr;
use std::sync::Arc;

use authn::evidence::FactorKind;
use authn::flow::{Door, Flow, Policy, Selection};
use authn::pingid::ppm::{Channel, VerifiedPpm};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::CONTENT_TYPE;
use serde_json::json;

pub(super) use self::exit::{Answer, answered, broken_off};
use crate::app::App;
use crate::bounds::Unserved;
use crate::fault::Fault;
use crate::page::error::PageRefusal;
use crate::page::{ClientView, Frame};

/// Where people sign on.
const AUTHENTICATION: &str = "/pingid/ppm/auth";
/// Where they set up a key.
const REGISTRATION: &str = "/registration/webauthn";
/// Where they sign on with one that was set up elsewhere.
const HYBRID: &str = "/pingid/ppm/hybrid/webauthn/auth";
/// Where browsers learn at which other origins our passkeys may be used (WebAuthn Level 3 §5.11.1).
const RELATED_ORIGINS: &str = "/.well-known/webauthn";

/// The path of an endpoint.
const fn path(channel: Channel) -> &'static str {
    match channel {
        Channel::Authentication => AUTHENTICATION,
        Channel::Registration => REGISTRATION,
        Channel::Hybrid => HYBRID,
    }
}

/// The routes of PPM. Clients write them with a slash at the end and without.
pub(crate) fn routes() -> Router<Arc<App>> {
    let channels = [
        Channel::Authentication,
        Channel::Registration,
        Channel::Hybrid,
    ];
    channels.into_iter().fold(Router::new(), |routes, channel| {
        let handler = async move |State(server): State<Arc<App>>, request: Request| {
            Box::pin(take(&server, channel, request)).await
        };
        let path = path(channel);
        routes
            .route(path, post(handler))
            .route(&format!("{path}/"), post(handler))
    })
}

/// What browsers read of the server's passkeys.
pub(crate) fn related_origins() -> Router<Arc<App>> {
    Router::new().route(RELATED_ORIGINS, get(show_related_origins))
}

async fn take(
    server: &Arc<App>,
    channel: Channel,
    request: Request,
) -> Result<Response, PageRefusal> {
    begin::Posted::read(server, channel, request)
        .await?
        .begin()
        .await
}

/// `GET /.well-known/webauthn`.
async fn show_related_origins(State(app): State<Arc<App>>) -> Response {
    let policy = app.settings.policy.devices.webauthn.as_ref();
    let origins = policy.map(|policy| policy.relying_party.related_origins());
    match origins.filter(|origins| !origins.is_empty()) {
        Some(origins) => {
            let body = json!({ "origins": origins }).to_string();
            ([(CONTENT_TYPE, "application/json")], body).into_response()
        }
        None => Unserved::NotFound.into_response(),
    }
}

/// The request that a flow of this door carries.
pub(super) fn request_of(flow: &Flow) -> Result<VerifiedPpm, Fault> {
    let request = serde_json::from_value(flow.origin().request.clone());
    request.map_err(|error| Fault::Defect(format!("a flow's request cannot be read: {error}")))
}

/// The request, if the flow is one of this door.
fn request_in(flow: &Flow) -> Option<VerifiedPpm> {
    let is_ours = flow.origin().door == Door::Ppm;
    is_ours.then(|| request_of(flow).ok()).flatten()
}

/// By which endpoint a flow of this door came.
pub(super) fn channel_of(flow: &Flow) -> Option<Channel> {
    request_in(flow).map(|request| request.respondent.channel)
}

/// Where the relying party has seen the person (`pingidIp`).
pub(super) fn address_of(flow: &Flow) -> Option<IpAddr> {
    request_in(flow)?.attributes.address
}

/// In which groups the relying party has the person, if it says so.
pub(super) fn groups_of(flow: &Flow) -> Option<Vec<String>> {
    request_in(flow)?.attributes.groups
}

/// What the application is called for which somebody signs on.
pub(super) fn application_of(flow: &Flow) -> Option<String> {
    let request = request_in(flow)?;
    Some(called(&request))
}

/// Where the icon is of the application for which somebody signs on, if it may be shown.
pub(super) fn icon_of(flow: &Flow) -> Option<String> {
    request_in(flow)?.attributes.icon_url
}

/// What an application is called: by its name, or as the relying party calls itself.
fn called(request: &VerifiedPpm) -> String {
    let name = request.attributes.application.clone();
    name.unwrap_or_else(|| request.issuer().to_owned())
}

/// The application as pages show it.
fn client_of(request: &VerifiedPpm) -> ClientView {
    ClientView {
        name: called(request),
        logo_url: request.attributes.icon_url.clone(),
        description: String::new(),
        extended_parameters: std::collections::BTreeMap::new(),
    }
}

impl App {
    /// The application for which a flow of this door is, as templates have it.
    pub(super) fn ppm_client_shown(
        &self,
        flow: &Flow,
        frame: &Frame,
    ) -> Result<minijinja::Value, Fault> {
        let client = client_of(&request_of(flow)?);
        Ok(client.shown(self.pages.locales(), frame.locale))
    }

    /// What is set for a flow of this door: by the policy that was chosen for its application, else by
    /// that of the environment's devices. Where somebody signs on with a key that was set up elsewhere,
    /// nothing else will do.
    pub(super) fn policy_of_ppm(&self, flow: &Flow) -> Policy {
        let mut policy = self.policy_asked_by_ppm(flow.requirement().sign_on_policy.as_deref());
        if channel_of(flow) == Some(Channel::Hybrid) {
            let devices = &mut policy.devices;
            devices.allowed.retain(|kind| *kind == FactorKind::WebAuthn);
            devices.selection = Selection::DefaultToFirst;
        }
        policy
    }
    fn policy_asked_by_ppm(&self, chosen: Option<&str>) -> Policy {
        let (policies, server) = (self.live.policies(), self.own_policy());
        let applied = chosen.and_then(|id| policies.applied(id, server));
        let applied = applied.or_else(|| policies.of_devices(None, server));
        applied.unwrap_or_else(|| server.clone())
    }
}
