//! `PingOne`'s flows: the same flows as JSON at the addresses of an environment, for those who draw the
//! pages themselves.
//!
//! With `response_mode=pi.flow` the authorization endpoint answers with a flow in place of a redirect,
//! and the authorization response is in its last answer. A flow that began in a browser comes to
//! `COMPLETED` or `FAILED` here, and is left at its `resumeUrl`. What a step is called and what can be
//! done in it is said in [`state`], what an action brings in [`action`].

mod action;
pub(crate) mod device;
mod refusal;
mod said;
mod state;

use std::sync::Arc;

use authn::flow::{Door, Flow, Origin, PushState, Requirement, Step};
use axum::extract::State;
use axum::middleware::Next as Following;
use axum::response::Response;
use http::header::ORIGIN;
use oauth::authorize::{Refusal, VerifiedRequest};

use self::action::Action;
use self::said::Said;
pub(crate) use self::said::client_of;
use self::state::Status;
pub(crate) use self::state::has_page_only;
use super::passage::{Browser, Holder, Impasse, Next, Passage, Submission};
use crate::app::App;
use crate::bounds::Unserved;
use crate::environment::error::ApiError;
use crate::extract::{Named, Visit};
use crate::fault::Fault;
use crate::header;
use crate::limit::Purpose;

/// The path of a flow within an environment.
pub(crate) const ROUTE: &str = "/flows/{flow}";

/// `GET /{environmentId}/flows/{flowId}`: where the flow is.
pub(crate) async fn read(State(app): State<Arc<App>>, Named(id): Named, visit: Visit) -> Response {
    looked(&app, &id, &visit).await
}

async fn looked(app: &App, id: &str, visit: &Visit) -> Response {
    let said = Said { app, visit };
    let holder = Holder::Browser(Browser::of(visit, app));
    let passage = said.passage(id, &holder);
    let went = async { onward(&passage, passage.look().await?).await };
    match Box::pin(went).await {
        Ok(next) => said.next(next, &holder).await,
        Err(impasse) => ApiError::from(impasse).respond(app),
    }
}

/// Where a flow is whose client is answered without a redirect, for a script that comes to its
/// `resumeUrl`.
pub(super) async fn resumed(app: &App, flow: &Flow, visit: &Visit) -> Response {
    let client = client_of(flow).ok().flatten();
    let mut response = looked(app, &flow.id().to_string(), visit).await;
    let origin = visit.headers.get(ORIGIN);
    header::share_with(app, client.as_ref(), origin, response.headers_mut());
    response
}

/// `POST /{environmentId}/flows/{flowId}`: somebody acts in it.
pub(crate) async fn act(
    State(app): State<Arc<App>>,
    Named(id): Named,
    visit: Visit,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let said = Said {
        app: &app,
        visit: &visit,
    };
    let holder = Holder::Browser(Browser::of(&visit, &app));
    let passage = said.passage(&id, &holder);
    let went = async {
        if let Err(limited) = app.admit(Purpose::SignOn, visit.peer) {
            return Err(Impasse::Limited(limited).into());
        }
        // Whoever does not hold the flow is told nothing else.
        let asked = match onward(&passage, passage.look().await?).await? {
            Next::Ask(asked) => asked,
            over => return Ok(over),
        };
        let action = Action::read(&parts, body).await?;
        let offers = |step: &Step| {
            let status = Status::of(step, &asked.flow, &app);
            status.is_some_and(|status| status.offers(action.id()))
        };
        if !offers(&asked.step) {
            return Err(ApiError::NotOffered);
        }
        action.suits(&asked.step)?;
        let submission = action.submission(&asked.step)?;
        match passage.act(&asked.flow, submission, offers).await? {
            Next::Ask(asked) => match asked.rejected {
                Some(rejected) => Err(refusal::of(rejected, action.id(), &asked, &app).await?),
                None => Ok(onward(&passage, Next::Ask(asked)).await?),
            },
            over => Ok(over),
        }
    };
    // Too large to stand on the stack of every request.
    match Box::pin(went).await {
        Ok(next) => said.next(next, &holder).await,
        Err(error) => error.respond(&app),
    }
}

/// Where a flow goes from what is to be read on a page or was approved elsewhere, and from ways that
/// begin on pages alone: here there is nothing to read, and each way is one action.
async fn onward(passage: &Passage<'_>, mut next: Next) -> Result<Next, Impasse> {
    while let Next::Ask(asked) = &next {
        let submission = match asked.step {
            // Whoever waits for what an authenticator approves does nothing but look.
            Step::PasswordChanged { .. }
            | Step::PasswordExpires { .. }
            | Step::Registered { .. }
            | Step::UsernameSent
            | Step::Push {
                state: PushState::Approved,
                ..
            }
            | Step::Face {
                state: PushState::Approved,
                ..
            } => Submission::Continue,
            Step::RecoverName { .. } | Step::RecoverUsername | Step::Register => Submission::Back,
            _ => break,
        };
        let flow = asked.flow.clone();
        next = passage.act(&flow, submission, |_| true).await?;
    }
    Ok(next)
}

/// Begins a flow whose client is answered without a redirect.
pub(super) async fn start(
    app: &App,
    request: &VerifiedRequest,
    requirement: Requirement,
    visit: &Visit,
) -> Response {
    // Nobody reads the answer, and each would leave the browser with one more cookie.
    if visit.is_foreign_form() {
        return ApiError::Forbidden.respond(app);
    }
    let said = Said { app, visit };
    let holder = Holder::Browser(Browser::of(visit, app));
    let begun = async {
        let request = serde_json::to_value(request);
        let origin = Origin {
            door: Door::Authorize,
            request: request.map_err(|error| Fault::Defect(error.to_string()))?,
        };
        app.begin(origin, requirement, Some(&holder), visit).await
    };
    let mut response = match begun.await {
        Ok(Next::Leave(ended, exit)) => said.left_at_once(&ended, *exit, &holder).await,
        Ok(next) => said.next(next, &holder).await,
        Err(impasse) => ApiError::from(impasse).respond(app),
    };
    let origin = visit.headers.get(ORIGIN);
    header::share_with(app, Some(request.client()), origin, response.headers_mut());
    response
}

/// Tells a client that is answered without a redirect that its request is refused.
pub(super) fn refused(app: &App, refusal: &Refusal, visit: &Visit) -> Response {
    let (code, message) = refusal.error.wire();
    let (code, message) = (code.to_owned(), message.to_owned());
    let mut response = ApiError::Request { code, message }.respond(app);
    header::share(app, visit.headers.get(ORIGIN), response.headers_mut());
    response
}

/// Gives a refusal of the bounds around every request the form of all others here.
pub(crate) async fn formed(
    State(app): State<Arc<App>>,
    request: axum::extract::Request,
    next: Following,
) -> Response {
    let form = |unserved: Unserved| ApiError::from(unserved).respond(&app);
    Unserved::formed(next.run(request).await, form)
}

impl From<Impasse> for ApiError {
    fn from(impasse: Impasse) -> Self {
        match impasse {
            // Whoever does not hold a flow does not learn that there is one.
            Impasse::Gone | Impasse::Client | Impasse::Others => Self::NotFound,
            Impasse::Limited(_) => Self::Limited,
            Impasse::Fault(fault) => fault.into(),
        }
    }
}
