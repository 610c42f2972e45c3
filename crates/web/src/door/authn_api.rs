//! PingFederate's authentication API: the same flows as JSON, for those who draw the pages themselves.
//!
//! A client that may is answered without any redirect (`response_mode=pi.flow`), and so is its flow
//! left: the authorization response is in the last answer. A flow that began in a browser is left
//! where it began; here it only comes to `RESUME`. What a step is called and what can be done in it is
//! said in [`state`], what an action brings in [`action`], and what can be wrong in [`error`].

mod action;
mod cookieless;
mod error;
pub(crate) mod origin;
mod request;
mod state;

use std::sync::Arc;

use authn::factor::password::{MAX_LENGTH, MIN_LENGTH};
use authn::flow::{Door, Origin, Rejection, Requirement, Step};
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{Client, FlowId, Handle, Secret};
use http::StatusCode;
use http::header::{COOKIE, ORIGIN};
use oauth::authorize::{Refusal, VerifiedRequest};
use serde_json::{Map, Value, json};

use self::action::{Action, Remembering};
pub use self::cookieless::{NotAStateKey, StateKey};
use self::error::ApiError;
pub(crate) use self::error::formed;
use self::request::Asking;
use super::exit::{Answer, Exit};
use super::passage::{Asked, Browser, Held, Holder, Next, Passage, Submission, Way};
use super::transaction;
use crate::app::App;
use crate::extract::{Named, Visit, bounded};
use crate::fault::Fault;
use crate::limit::Purpose;

/// The path of all flows.
pub(crate) const FLOWS: &str = "/pf-ws/authn/flows";

/// The member of an answer that holds the state of a client without cookies.
const STATE: &str = "_pf_authn_api_state";

/// Random bytes in what a client without cookies holds.
const ENTROPY: usize = 32;

/// `GET /pf-ws/authn/flows/{flowId}`: where the flow is.
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Named(id): Named,
    mut visit: Visit,
) -> Response {
    let asking = Asking::take(&mut visit, &app);
    answer(&app, &id, &visit, asking.map(|asking| (asking, None))).await
}

/// `POST /pf-ws/authn/flows/{flowId}`: somebody acts in it.
pub(crate) async fn act(
    State(app): State<Arc<App>>,
    Named(id): Named,
    mut visit: Visit,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    // First of all, so that the connection is good for another request whatever is wrong with this one.
    let body = bounded(body, action::MAX_BODY).await;
    let asking = match Asking::take(&mut visit, &app) {
        Ok(asking) => asking,
        Err(error) => return answer(&app, &id, &visit, Err(error)).await,
    };
    let action = match app.admit(Purpose::SignOn, visit.peer) {
        Ok(()) => Action::read(&parts, body),
        Err(limited) => Err(ApiError::Limited(limited)),
    };
    answer(&app, &id, &visit, Ok((asking, Some(action)))).await
}

/// What somebody does, or what is wrong with how they say it.
type Doing = Result<Action, ApiError>;

/// The answer to a request in a flow: where it is, after what was done if something was.
async fn answer(
    app: &App,
    id: &str,
    visit: &Visit,
    asking: Result<(Asking, Option<Doing>), ApiError>,
) -> Response {
    let said = Said { app, visit };
    let (asking, doing) = match asking {
        Ok(asking) => asking,
        Err(error) => return said.problem(&error, None),
    };
    let holder = match asking.holder(id, app, visit) {
        Ok(holder) => holder,
        Err(error) => return said.problem(&error, None),
    };
    let passage = Passage {
        app,
        way: Way::Api,
        id,
        holder: &holder,
        visit,
    };
    let went = match doing {
        None => looked(&passage).await,
        // Too large to stand on the stack of every request.
        Some(doing) => Box::pin(done(&passage, doing)).await,
    };
    match went {
        Ok(come) => {
            let remembers = come.remembers.clone();
            let mut response = said.next(come, &holder).await;
            if matches!(holder, Holder::Browser(_)) {
                said.remember(&remembers, &mut response);
            }
            response
        }
        // To whoever does not hold the flow nothing is given that might open it.
        Err((ApiError::NoFlow, _)) => said.problem(&ApiError::NoFlow, None),
        Err((error, spent)) => {
            let state = said.sealed(id.parse().ok(), &holder, spent);
            said.problem(&error, state)
        }
    }
}

/// What was come to, and whether what opened the flow opens it no more.
struct Come {
    next: Next,
    /// Whether somebody has acted.
    spent: bool,
    /// What they have given up, if it is not the flow.
    canceled: Option<&'static str>,
    /// Which user name the browser is to remember.
    remembers: Remembering,
}

impl Come {
    const fn to(next: Next) -> Self {
        Self {
            next,
            spent: false,
            canceled: None,
            remembers: Remembering::AsBefore,
        }
    }
}

/// What is wrong, and whether what opened the flow opens it no more.
type Hitch = (ApiError, bool);

async fn looked(passage: &Passage<'_>) -> Result<Come, Hitch> {
    let open = passage.app.live.authn_api().enabled;
    if !open {
        return Err((ApiError::NoFlow, false));
    }
    let next = passage.look().await.map_err(|it| (it.into(), false))?;
    Ok(Come::to(next))
}

async fn done(passage: &Passage<'_>, doing: Doing) -> Result<Come, Hitch> {
    let unspent = |error: ApiError| (error, false);
    if !passage.app.live.authn_api().enabled {
        return Err(unspent(ApiError::NoFlow));
    }
    // Whoever does not hold the flow is told nothing else.
    let flow = passage.open().await.map_err(|it| unspent(it.into()))?;
    let action = doing.map_err(unspent)?;
    if action.is_poll() {
        return polled(passage).await;
    }
    let offers = |step: &Step| action.is_offered(step, &flow, passage.app) && action.suits(step);
    let submission = match (passage.holder, action.submission(&flow)) {
        // There is no browser to be trusted.
        (Holder::State(_), Submission::Trusting(submission)) => *submission,
        (_, submission) => submission,
    };
    let next = passage.act(&flow, submission, offers).await;
    let next = next.map_err(|it| unspent(it.into()))?;
    let canceled = match &next {
        Next::Ask(asked) => match asked.rejected {
            None => action.canceled(),
            // They are asked anew who they want to be, and are told there why.
            Some(Rejection::NameTaken) => None,
            Some(rejected) => return Err((action.refused(rejected, asked, passage.app), true)),
        },
        _ => None,
    };
    Ok(Come {
        next,
        spent: true,
        canceled,
        remembers: action.remembers(),
    })
}

/// Whether an authenticator has answered. What opens the flow opens it still: scripts for this interface
/// keep what they had when they asked.
async fn polled(passage: &Passage<'_>) -> Result<Come, Hitch> {
    let come = looked(passage).await?;
    match &come.next {
        Next::Ask(asked) if !matches!(asked.step, Step::Push { .. }) => {
            Err((ApiError::NotOffered, false))
        }
        _ => Ok(come),
    }
}

/// Begins a flow whose client is answered without a redirect.
pub(super) async fn start(
    app: &App,
    request: &VerifiedRequest,
    requirement: Requirement,
    client: &Client,
    visit: &Visit,
) -> Response {
    let request = serde_json::to_value(request);
    let origin = request.map(|request| Origin {
        door: Door::Authorize,
        request,
    });
    let origin = origin.map_err(|error| Fault::Defect(error.to_string()));
    begin(app, origin, requirement, client.cookieless, visit).await
}

/// Begins a flow in which a device is to be allowed, and which is left without a redirect.
pub(super) async fn start_device(app: &App, requirement: Requirement, visit: &Visit) -> Response {
    let origin = Origin {
        door: Door::UserCode,
        request: json!({ "redirectless": true }),
    };
    let cookieless = app.live.settings().cookieless_user_authorization;
    begin(app, Ok(origin), requirement, cookieless, visit).await
}

async fn begin(
    app: &App,
    origin: Result<Origin, Fault>,
    requirement: Requirement,
    cookieless: bool,
    visit: &Visit,
) -> Response {
    let mut visit = visit.clone();
    if cookieless {
        visit.headers.remove(COOKIE);
    }
    let visit = &visit;
    let said = Said { app, visit };
    let holder = match cookieless {
        true => Holder::State(Held {
            now: Secret::new(Handle::new(app.now(), ENTROPY, app.random()).expose()),
            next: Handle::new(app.now(), ENTROPY, app.random()),
        }),
        false => Holder::Browser(Browser::of(visit, app)),
    };
    let begun = async { app.begin(origin?, requirement, Some(&holder), visit).await };
    let response = match begun.await {
        Ok(next) => said.next(Come::to(next), &holder).await,
        Err(impasse) => said.problem(&impasse.into(), None),
    };
    (Extension(origin::Told), response).into_response()
}

/// Whether a flow may be begun without redirects, for this client, by whoever asks.
pub(super) fn may_start(app: &App, client: &Client, visit: &Visit) -> bool {
    let api = app.live.authn_api();
    api.may_ask_for(&client.id, visit.headers.get(ORIGIN))
}

/// Tells a client that may be answered without a redirect that its request is refused.
pub(super) fn refused(app: &App, refusal: Option<&Refusal>, visit: &Visit) -> Response {
    let said = Said { app, visit };
    let told = refusal.and_then(Refusal::response);
    let response = match (told, refusal) {
        (Some(response), _) => said.over(None, response.parameters()),
        (None, Some(refusal)) => said.problem(&ApiError::Request(refusal.error), None),
        (None, None) => said.problem(&ApiError::NotAllowed, None),
    };
    (Extension(origin::Told), response).into_response()
}

/// What is said in answer to a request.
struct Said<'a> {
    app: &'a App,
    visit: &'a Visit,
}

impl Said<'_> {
    /// Where a flow has come to.
    async fn next(&self, come: Come, holder: &Holder<'_>) -> Response {
        match come.next {
            Next::Leave(id, exit) => self.left(id, *exit, holder).await,
            Next::Elsewhere(id) => self.resume(id, holder, come.spent),
            Next::Ask(asked) => match come.canceled {
                Some(operation) => self.canceled(asked.flow.id(), operation, holder),
                None => self.asked(&asked, holder, come.spent),
            },
        }
    }

    fn asked(&self, asked: &Asked, holder: &Holder<'_>, spent: bool) -> Response {
        let id = asked.flow.id();
        let Some(mut state) = state::State::of(&asked.step, &asked.flow, self.app) else {
            return self.resume(id, holder, spent);
        };
        if matches!(holder, Holder::Browser(_)) {
            self.tell_of_browser(asked, &mut state);
        }
        if matches!(asked.step, Step::Register) {
            state.tell("fields", self.fields());
        }
        if matches!(asked.step, Step::UserCode { failed: true }) {
            let (_, error) = ApiError::UserCodeNotAccepted.body(|id| self.words(id));
            state.tell("authnError", error);
        }
        if asked.rejected == Some(Rejection::NameTaken) {
            let (_, error) = ApiError::NameTaken.body(|id| self.words(id));
            // The second is what PingFederate's widget shows of a state.
            let told = error.get("userMessage").cloned();
            state.tell("authnError", error);
            state.tell("userMessages", json!([told]));
        }
        let mut body = state.body(id, &self.address(id));
        // Nobody gives a factor for what they were not shown.
        if let Some(told) = transaction::told(&asked.flow) {
            body.insert("transaction".to_owned(), told);
        }
        let mut response = json_with(body, self.sealed(Some(id), holder, spent));
        if let Holder::Browser(browser) = holder {
            browser.mark(&asked.flow, self.app, response.headers_mut());
        }
        response
    }

    /// Has the browser remember a user name, or none any more.
    fn remember(&self, what: &Remembering, response: &mut Response) {
        let name = match what {
            Remembering::AsBefore => return,
            Remembering::Nothing => None,
            Remembering::Name(name) => Some(name.as_str()),
        };
        let cookies = self.app.cookies();
        cookies.remember_name(&self.visit.headers, response.headers_mut(), name);
    }

    /// What a browser may be asked to keep, and keeps already.
    fn tell_of_browser(&self, asked: &Asked, state: &mut state::State) {
        let Step::SignOn { username, .. } = &asked.step else {
            return;
        };
        if asked.flow.changes_password() {
            return;
        }
        let lifetime = self.app.settings.policy.identity.trusted_browser;
        state.tell("showThisIsMyDevice", asked.flow.may_trust(lifetime));
        state.tell("showRememberMyUsername", true);
        let remembered = self.app.cookies().remembered_name(&self.visit.headers);
        state.tell("rememberMyUsernameSelected", remembered.is_some());
        if let (None, Some(name)) = (username, remembered) {
            state.tell("username", name);
        }
    }

    /// What somebody who registers is asked.
    fn fields(&self) -> Value {
        let told = action::FIELDS.iter().map(|field| {
            json!({
                "id": field.name,
                "label": self.words(field.words),
                "type": field.kind,
                "required": field.is_required,
                "readonly": false,
            })
        });
        told.collect()
    }

    /// Somebody has given something up. The flow is where they can sign on; this is told once.
    fn canceled(&self, id: FlowId, operation: &str, holder: &Holder<'_>) -> Response {
        let mut body = self.ended("CANCELED", Some(id));
        body.insert("canceledOperation".to_owned(), operation.into());
        json_with(body, self.sealed(Some(id), holder, true))
    }

    /// The flow goes on, or is left, where it began.
    fn resume(&self, id: FlowId, holder: &Holder<'_>, spent: bool) -> Response {
        // Nobody who has no browser began there.
        if matches!(holder, Holder::State(_)) {
            let state = self.sealed(Some(id), holder, spent);
            return self.problem(&ApiError::PagesOnly, state);
        }
        let url = format!("{}{}", self.app.settings.issuer, self.app.site.flow(id));
        let mut body = self.ended("RESUME", Some(id));
        body.insert("resumeUrl".to_owned(), url.into());
        json_with(body, None)
    }

    /// The flow is left with the authorization response.
    async fn left(&self, id: FlowId, mut exit: Exit, holder: &Holder<'_>) -> Response {
        let trusted = exit.take_trusted();
        let (answer, session) = match exit.leave(self.app).await {
            Ok(left) => left,
            Err(fault) => return self.problem(&ApiError::from(&fault), None),
        };
        let mut response = match answer {
            Answer::Client { response, .. } => self.over(Some(id), response.parameters()),
            Answer::Page(error) => self.problem(&ApiError::from(error), None),
            Answer::UserCode { allowed: true } => {
                json_with(self.ended("OAUTH_DEVICE_COMPLETED", Some(id)), None)
            }
            Answer::UserCode { allowed: false } => {
                let denied = [("error", "access_denied")];
                self.over(Some(id), denied.into_iter())
            }
            Answer::Own(_) | Answer::DeviceAuthentication(_) => {
                self.problem(&ApiError::NoFlow, None)
            }
        };
        if let (Holder::Browser(_), Some(session)) = (holder, &session) {
            self.app.give_session(response.headers_mut(), session);
        }
        if let (Holder::Browser(_), Some((handle, lifetime))) = (holder, &trusted) {
            let cookies = self.app.cookies();
            cookies.set_trust(response.headers_mut(), handle, *lifetime);
        }
        response
    }

    /// An authorization response, or the error that is in its place.
    fn over<'p>(
        &self,
        id: Option<FlowId>,
        parameters: impl Iterator<Item = (&'p str, &'p str)>,
    ) -> Response {
        let answer: Map<String, Value> = parameters
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let error = answer.get("error").and_then(Value::as_str);
        let mut body = match error {
            None => self.ended("COMPLETED", id),
            Some(error) => {
                let mut body = self.ended("FAILED", id);
                body.insert("code".to_owned(), error.into());
                let words = error::words_of_failure(error);
                body.insert("userMessage".to_owned(), self.words(words).into());
                body
            }
        };
        body.insert("authorizeResponse".to_owned(), Value::Object(answer));
        json_with(body, None)
    }

    /// A state in which nothing can be done here.
    fn ended(&self, status: &str, id: Option<FlowId>) -> Map<String, Value> {
        let mut body = Map::new();
        if let Some(id) = id {
            body.insert("id".to_owned(), id.to_string().into());
        }
        body.insert("status".to_owned(), status.into());
        let links = match id {
            Some(id) => json!({ "self": { "href": self.address(id) } }),
            None => json!({}),
        };
        body.insert("_links".to_owned(), links);
        body
    }

    fn problem(&self, error: &ApiError, state: Option<String>) -> Response {
        tracing::info!(?error, "refused a request to the authentication API");
        let (status, mut body) = error.body(|id| self.words(id));
        if let Some(state) = state {
            body.insert(STATE.to_owned(), state.into());
        }
        error.mark((status, axum::Json(Value::Object(body))).into_response())
    }

    /// What a client without cookies holds from now on, if this is one.
    fn sealed(&self, flow: Option<FlowId>, holder: &Holder<'_>, spent: bool) -> Option<String> {
        let Holder::State(held) = holder else {
            return None;
        };
        let secret = match spent {
            true => held.next.expose(),
            false => held.now.expose(),
        };
        let lifetime = self.app.live.authn_api().state_lifetime();
        let expires = self.app.now() + lifetime;
        let random = self.app.random();
        Some(self.app.state_key.seal(flow?, secret, expires, random))
    }

    fn address(&self, id: FlowId) -> String {
        format!("{}{FLOWS}/{id}", self.app.settings.issuer)
    }

    /// Words for the person, in their language.
    fn words(&self, id: &str) -> String {
        let locales = self.app.pages.locales();
        // Those who say how long a password is need them.
        let mut words = fluent_bundle::FluentArgs::new();
        words.set("min", MIN_LENGTH);
        words.set("max", MAX_LENGTH);
        locales.text(self.visit.frame.locale, id, &words)
    }
}

/// A state, with what a client without cookies holds from now on.
fn json_with(mut body: Map<String, Value>, state: Option<String>) -> Response {
    if let Some(state) = state {
        body.insert(STATE.to_owned(), state.into());
    }
    (StatusCode::OK, axum::Json(Value::Object(body))).into_response()
}

impl Asking {
    fn holder<'v>(self, id: &str, app: &App, visit: &'v Visit) -> Result<Holder<'v>, ApiError> {
        let Self::WithState(sealed) = self else {
            return Ok(Holder::Browser(Browser::of(visit, app)));
        };
        let flow: FlowId = id.parse().map_err(|_| ApiError::NoFlow)?;
        let now = app.state_key.open(&sealed, flow, app.now());
        Ok(Holder::State(Held {
            now: now.ok_or(ApiError::NoFlow)?,
            next: Handle::new(app.now(), ENTROPY, app.random()),
        }))
    }
}
