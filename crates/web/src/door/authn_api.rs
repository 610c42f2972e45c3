//! PingFederate's authentication API: the same flows as JSON, for those who draw the pages themselves.
//!
//! A client that may is answered without any redirect (`response_mode=pi.flow`), and so is its flow
//! left: the authorization response is in the last answer. A flow that began in a browser is left
//! where it began; here it only comes to `RESUME`. What a step is called and what can be done in it is
//! said in [`state`], what an action brings in [`action`], and what can be wrong in [`error`].

mod action;
mod cookieless;
mod describe;
mod error;
pub(crate) mod origin;
mod request;
mod said;
mod state;

use std::sync::Arc;

use authn::flow::{Door, Origin, Rejection, Requirement, Step};
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{Client, FlowId, Handle, Secret};
use http::header::{COOKIE, ORIGIN};
use oauth::authorize::{Refusal, VerifiedRequest};
use serde_json::json;

use self::action::{Action, Remembering};
pub use self::cookieless::{NotAStateKey, StateKey};
pub(crate) use self::describe::{EXPLORER, describe};
use self::error::ApiError;
pub(crate) use self::error::formed;
use self::request::Asking;
use self::said::Said;
use super::passage::{Browser, Held, Holder, Next, Passage, Submission, Way};
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
        Next::Ask(asked)
            if !matches!(
                asked.step,
                Step::Push { .. } | Step::Face { .. } | Step::Activate { .. }
            ) =>
        {
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
    // Nobody reads the answer, and each would leave the browser with one more cookie.
    if !cookieless && visit.is_foreign_form() {
        return said.problem(&ApiError::NotAllowed, None);
    }
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
