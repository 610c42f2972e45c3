//! `PingOne`'s `deviceAuthentications`: an application that knows who somebody is has them prove it by
//! one of their devices.
//!
//! It is the flow of every other door, whose first factor is vouched for by the application: nobody is
//! signed on by it, and no session counts in it. Whoever calls shows an access token of its own
//! (client credentials) of an application of the type `WORKER` in the same environment; a flow belongs
//! to the application that has begun it, and is over when it has been told that it is `COMPLETED` or
//! `FAILED`.

use std::sync::Arc;

use authn::flow::{Door, Flow, Origin, Policy, Requirement, SecondFactor, Selection, Step};
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use domain::{ClientId, DeviceId, FlowId, HandleKey, RevokedToken, User, UserId, Uuid};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use oauth::introspection::{Facts, is_good};
use oauth::token::VerifiedAccessToken;
use serde_json::{Map, Value, json};

use super::action::Action;
use super::refusal;
use super::said::{base, json_of, present};
use super::state::Status;
use crate::app::App;
use crate::door::exit::Answer;
use crate::door::passage::{Holder, Next, Passage, Submission, Way};
use crate::environment::error::{ApiError, Detail};
use crate::extract::{Named, Visit, bounded};

/// Where device authentications begin.
const PATH: &str = "/deviceAuthentications";
/// The longest body with which one begins, in bytes.
const MAX_BODY: usize = 16 << 10;
/// What can be done in one.
const ACTIONS: [&str; 4] = [
    "device.select",
    "cancel.push.authentication",
    "otp.check",
    "assertion.check",
];

/// The routes of device authentications.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(PATH, post(begin))
        .route(&format!("{PATH}/{{flow}}"), get(read).post(act))
}

/// `POST /{environmentId}/deviceAuthentications`.
async fn begin(
    State(app): State<Arc<App>>,
    visit: Visit,
    request: axum::extract::Request,
) -> Response {
    let went = async {
        let worker = Worker::of(&app, &visit.headers).await?;
        let asked = Asked::read(request).await?;
        let user = app.records.get::<User>(&asked.user).await?;
        let user = user.filter(|user| user.enabled);
        let user = user.ok_or_else(|| invalid("user.id", "There is no such person."))?;
        let policies = app.live.policies();
        let policy = asked.policy.as_deref();
        if policies.of_devices(policy, app.own_policy()).is_none() {
            return Err(invalid("policy.id", "There is no such policy."));
        }
        worker.begin(&app, &visit, (user.id, &asked)).await
    };
    answered(&app, Box::pin(went).await)
}

/// `GET /{environmentId}/deviceAuthentications/{id}`.
async fn read(State(app): State<Arc<App>>, Named(id): Named, visit: Visit) -> Response {
    let went = async {
        let worker = Worker::of(&app, &visit.headers).await?;
        let holder = worker.holder();
        let passage = passage(&app, &id, &holder, &visit);
        let next = super::onward(&passage, passage.look().await?).await?;
        told(&app, next).await
    };
    answered(&app, Box::pin(went).await)
}

/// `POST /{environmentId}/deviceAuthentications/{id}`.
async fn act(
    State(app): State<Arc<App>>,
    Named(id): Named,
    visit: Visit,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let went = async {
        let worker = Worker::of(&app, &visit.headers).await?;
        let holder = worker.holder();
        let passage = passage(&app, &id, &holder, &visit);
        let asked = match super::onward(&passage, passage.look().await?).await? {
            Next::Ask(asked) => asked,
            over => return told(&app, over).await,
        };
        let action = Action::read(&parts, body).await?;
        let offers = |step: &Step| {
            let status = status(step, &asked.flow, &app).filter(|_| ACTIONS.contains(&action.id()));
            status.is_some_and(|status| status.offers(action.id()))
        };
        if !offers(&asked.step) {
            return Err(ApiError::NotOffered);
        }
        let submission = action.submission(&asked.step)?;
        match passage.act(&asked.flow, submission, offers).await? {
            Next::Ask(asked) => match asked.rejected {
                Some(rejected) => Err(refusal::of(rejected, action.id(), &asked, &app).await?),
                None => told(&app, Next::Ask(asked)).await,
            },
            over => told(&app, over).await,
        }
    };
    answered(&app, Box::pin(went).await)
}

fn answered(app: &App, answer: Result<Map<String, Value>, ApiError>) -> Response {
    answer.map_or_else(|error| error.respond(app), json_of)
}

fn invalid(target: &str, message: &str) -> ApiError {
    ApiError::Invalid(vec![Detail::invalid(target, message)])
}

fn passage<'a>(app: &'a App, id: &'a str, holder: &'a Holder<'a>, visit: &'a Visit) -> Passage<'a> {
    Passage {
        app,
        way: Way::Devices,
        id,
        holder,
        visit,
    }
}

/// The status of a step at which a device is asked; none other is one of this door.
fn status(step: &Step, flow: &Flow, app: &App) -> Option<Status> {
    match step {
        Step::SelectDevice { .. }
        | Step::OneTimeCode { .. }
        | Step::Assertion { .. }
        | Step::Push { .. }
        | Step::Face { .. } => Status::of(step, flow, app),
        _ => None,
    }
}

/// Where a flow has come to.
async fn told(app: &App, next: Next) -> Result<Map<String, Value>, ApiError> {
    match next {
        Next::Leave(ended, exit) => match exit.leave(app).await?.0 {
            Answer::DeviceAuthentication(true) => Ok(body(app, "COMPLETED", &ended.flow)),
            _ => Ok(body(app, "FAILED", &ended.flow)),
        },
        Next::Elsewhere(ended) => Ok(body(app, "FAILED", &ended.flow)),
        Next::Ask(asked) => {
            let flow = &asked.flow;
            let Some(status) = status(&asked.step, flow, app) else {
                return Ok(body(app, "FAILED", flow));
            };
            let mut body = body(app, status.name(), flow);
            body.extend(status.model());
            let address = address(app, flow.id());
            if let Some(links) = body.get_mut("_links").and_then(Value::as_object_mut) {
                let actions = status.actions().filter(|id| ACTIONS.contains(id));
                links.extend(actions.map(|id| (id.to_owned(), json!({ "href": address }))));
            }
            Ok(body)
        }
    }
}

fn body(app: &App, status: &str, flow: &Flow) -> Map<String, Value> {
    let environment = app.site.environment.map(|it| it.env.to_string());
    let body = json!({
        "_links": { "self": { "href": address(app, flow.id()) } },
        "id": flow.id().uuid().to_string(),
        "environment": { "id": environment },
        "status": status,
        "createdAt": flow.created().to_string(),
        "expiresAt": flow.expires_at().to_string(),
    });
    let user = flow.requirement().vouched;
    let user = user.map(|user| json!({ "id": user.uuid().to_string() }));
    let mut body = body.as_object().cloned().unwrap_or_default();
    body.extend(present([("user", user)]));
    body
}

fn address(app: &App, id: FlowId) -> String {
    format!("{}{PATH}/{}", base(app), id.uuid())
}

/// What an application asks for.
struct Asked {
    user: UserId,
    device: Option<DeviceId>,
    policy: Option<String>,
}

impl Asked {
    async fn read(request: axum::extract::Request) -> Result<Self, ApiError> {
        let is_json = crate::extract::is_of_type(request.headers(), "application/json");
        if !is_json {
            return Err(ApiError::Body("The Content-Type must be application/json."));
        }
        let body = bounded(request.into_body(), MAX_BODY).await;
        let body = body.map_err(|_| ApiError::TooLarge)?;
        let members = jose::json::parse_object(&body)
            .map_err(|_| ApiError::Body("The body must be an object of JSON."))?;
        let known = ["user", "selectedDevice", "policy"];
        let odd = members.keys().find(|name| !known.contains(&name.as_str()));
        if let Some(odd) = odd {
            return Err(invalid(odd, "Nothing would come of this."));
        }
        let reference = |name: &str| match members.get(name).filter(|it| !it.is_null()) {
            None => Ok(None),
            Some(object) => match object.get("id").and_then(Value::as_str) {
                Some(id) => Ok(Some(id.to_owned())),
                None => Err(ApiError::Invalid(vec![Detail::required(&format!(
                    "{name}.id"
                ))])),
            },
        };
        let user = reference("user")?;
        let user = user.ok_or_else(|| ApiError::Invalid(vec![Detail::required("user.id")]))?;
        let user = user.parse::<Uuid>().map(UserId::from);
        let device = reference("selectedDevice")?.map(|id| id.parse::<DeviceId>());
        Ok(Self {
            user: user.map_err(|_| invalid("user.id", "There is no such person."))?,
            device: device
                .transpose()
                .map_err(|_| invalid("selectedDevice.id", "There is no such device."))?,
            policy: reference("policy")?,
        })
    }
}

/// An application that has shown an access token of its own.
struct Worker(ClientId);

impl Worker {
    async fn of(app: &App, headers: &HeaderMap) -> Result<Self, ApiError> {
        let shown = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
        let (scheme, token) = shown.and_then(|it| it.split_once(' ')).unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("Bearer") {
            return Err(ApiError::Token);
        }
        let (now, issuer) = (app.now(), &app.settings.issuer);
        let token = VerifiedAccessToken::verify(token.trim(), &app.live.keys(), issuer, now);
        let token = token.map_err(|_| ApiError::Token)?;
        let client = app.live.client(&token.client()).await?;
        let revoked = app.records.get::<RevokedToken>(token.jti()).await?;
        let facts = Facts {
            client: client.as_deref(),
            user: None,
            grant: None,
            revoked: revoked.as_deref(),
        };
        // What somebody was given for another resource opens nothing here, and a token that is bound to
        // a key is not one that a bearer may show.
        let own = token.user().is_none() && token.is_for(issuer);
        let own = own && token.confirmation().is_none();
        if !own || !is_good(&token, &facts, now) {
            return Err(ApiError::Token);
        }
        match client.is_some_and(|client| client.is_worker()) {
            true => Ok(Self(token.client())),
            false => Err(ApiError::Forbidden),
        }
    }

    /// A flow is held by the application that has begun it.
    fn holder(&self) -> Holder<'static> {
        Holder::Application(HandleKey::of(&format!("application {}", self.0)))
    }

    async fn begin(
        &self,
        app: &App,
        visit: &Visit,
        (user, asked): (UserId, &Asked),
    ) -> Result<Map<String, Value>, ApiError> {
        let holder = self.holder();
        let origin = Origin {
            door: Door::DeviceAuthentication,
            request: json!({
                "client": self.0.as_str(),
                "policy": asked.policy,
                "selected": asked.device.is_some(),
            }),
        };
        let requirement = Requirement {
            reauthenticate: true,
            subject: Some(user),
            vouched: Some(user),
            second_factor: SecondFactor::Required,
            ..Requirement::default()
        };
        let next = app.begin(origin, requirement, Some(&holder), visit).await?;
        let (Next::Ask(begun), Some(device)) = (&next, asked.device) else {
            return told(app, next).await;
        };
        let id = begun.flow.id().to_string();
        let chosen = passage(app, &id, &holder, visit)
            .act(&begun.flow, Submission::Device(device), |_| true)
            .await?;
        match chosen {
            Next::Ask(asked) if asked.rejected.is_some() => {
                Err(invalid("selectedDevice.id", "There is no such device."))
            }
            chosen => told(app, chosen).await,
        }
    }
}

impl App {
    /// What is set for a flow in which a device alone is asked. Where one is named no other is asked
    /// before it.
    pub(in crate::door) fn policy_of_devices(&self, flow: &Flow) -> Policy {
        let (request, server) = (&flow.origin().request, self.own_policy());
        let named = request.get("policy").and_then(Value::as_str);
        let applied = self.live.policies().of_devices(named, server);
        let mut policy = applied.unwrap_or_else(|| server.clone());
        if request.get("selected") == Some(&Value::Bool(true)) {
            policy.devices.selection = Selection::AlwaysDisplayDevices;
        }
        policy
    }
}

/// Which application asks in a flow.
pub(in crate::door) fn asking_application(flow: &Flow) -> Option<ClientId> {
    let client = flow.origin().request.get("client")?.as_str()?;
    Some(ClientId::new(client))
}
