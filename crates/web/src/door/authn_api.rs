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

use authn::flow::{Door, Origin, Requirement, Step};
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{Client, FlowId, Handle, Secret};
use http::StatusCode;
use http::header::{COOKIE, ORIGIN};
use oauth::authorize::{Refusal, VerifiedRequest};
use serde_json::{Map, Value, json};

use self::action::Action;
pub use self::cookieless::{NotAStateKey, StateKey};
use self::error::ApiError;
pub(crate) use self::error::formed;
use self::request::Asking;
use super::exit::{Answer, Exit};
use super::passage::{Asked, Browser, Held, Holder, Next, Passage, Way};
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
        Ok(next) => said.next(next, &holder).await,
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
}

/// What is wrong, and whether what opened the flow opens it no more.
type Hitch = (ApiError, bool);

async fn looked(passage: &Passage<'_>) -> Result<Come, Hitch> {
    let open = passage.app.live.authn_api().enabled;
    if !open {
        return Err((ApiError::NoFlow, false));
    }
    let next = passage.look().await.map_err(|it| (it.into(), false))?;
    Ok(Come { next, spent: false })
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
    let offers = |step: &Step| action.is_offered(step, passage.app);
    let next = passage.act(&flow, action.submission(), offers).await;
    let next = next.map_err(|it| unspent(it.into()))?;
    match &next {
        Next::Ask(asked) => match asked.rejected {
            None => Ok(Come { next, spent: true }),
            Some(rejected) => Err((action.refused(rejected, asked, passage.app), true)),
        },
        _ => Ok(Come { next, spent: true }),
    }
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
    let mut visit = visit.clone();
    if client.cookieless {
        visit.headers.remove(COOKIE);
    }
    let visit = &visit;
    let said = Said { app, visit };
    let holder = match client.cookieless {
        true => Holder::State(Held {
            now: Secret::new(Handle::new(app.now(), ENTROPY, app.random()).expose()),
            next: Handle::new(app.now(), ENTROPY, app.random()),
        }),
        false => Holder::Browser(Browser::of(visit, app)),
    };
    let begun = async {
        let request = serde_json::to_value(request);
        let origin = Origin {
            door: Door::Authorize,
            request: request.map_err(|error| Fault::Defect(error.to_string()))?,
        };
        app.begin(origin, requirement, Some(&holder), visit).await
    };
    let response = match begun.await {
        Ok(next) => said.next(Come { next, spent: false }, &holder).await,
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
            Next::Ask(asked) => self.asked(&asked, holder, come.spent),
        }
    }

    fn asked(&self, asked: &Asked, holder: &Holder<'_>, spent: bool) -> Response {
        let id = asked.flow.id();
        let Some(state) = state::State::of(&asked.step, self.app) else {
            return self.resume(id, holder, spent);
        };
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
    async fn left(&self, id: FlowId, exit: Exit, holder: &Holder<'_>) -> Response {
        let (answer, session) = match exit.leave(self.app).await {
            Ok(left) => left,
            Err(fault) => return self.problem(&ApiError::from(&fault), None),
        };
        let mut response = match answer {
            Answer::Client { response, .. } => self.over(Some(id), response.parameters()),
            Answer::Page(error) => self.problem(&ApiError::from(error), None),
            Answer::Own(_) => self.problem(&ApiError::NoFlow, None),
        };
        if let (Holder::Browser(_), Some(session)) = (holder, &session) {
            let cookies = self.app.cookies();
            cookies.set_session(response.headers_mut(), session);
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
        locales.text(
            self.visit.frame.locale,
            id,
            &fluent_bundle::FluentArgs::new(),
        )
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
