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
mod state;

use std::sync::Arc;

use authn::flow::{Door, Origin, PushState, Requirement, Step};
use axum::extract::State;
use axum::middleware::Next as Following;
use axum::response::{IntoResponse, Response};
use domain::{FlowId, Handle};
use http::StatusCode;
use http::header::{CONTENT_TYPE, ORIGIN};
use oauth::authorize::{Refusal, VerifiedRequest};
use serde_json::{Map, Value, json};

use self::action::Action;
use self::state::Status;
use super::exit::{Answer, Exit};
use super::passage::{Asked, Browser, Holder, Impasse, Next, Passage, Submission, Way};
use super::transaction;
use crate::app::App;
use crate::bounds::Unserved;
use crate::environment::error::ApiError;
use crate::extract::{Named, Visit};
use crate::fault::Fault;
use crate::header;
use crate::limit::Purpose;

/// The path of a flow within an environment.
pub(crate) const ROUTE: &str = "/flows/{flow}";

/// The media type of all answers.
const JSON: &str = "application/hal+json;charset=UTF-8";

/// `GET /{environmentId}/flows/{flowId}`: where the flow is.
pub(crate) async fn read(State(app): State<Arc<App>>, Named(id): Named, visit: Visit) -> Response {
    let said = Said {
        app: &app,
        visit: &visit,
    };
    let holder = Holder::Browser(Browser::of(&visit, &app));
    let passage = said.passage(&id, &holder);
    let went = async { onward(&passage, passage.look().await?).await };
    match Box::pin(went).await {
        Ok(next) => said.next(next, &holder).await,
        Err(impasse) => ApiError::from(impasse).respond(&app),
    }
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
            let status = Status::of(step, &app);
            status.is_some_and(|status| status.offers(action.id()))
        };
        if !offers(&asked.step) {
            return Err(ApiError::NotOffered);
        }
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
        Ok(Next::Leave(id, exit)) => said.left_at_once(id, *exit, &holder).await,
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

/// An authorization response, and what opens the session that was begun, if one was.
type Left = (Map<String, Value>, Option<Handle>);

/// What is said in answer to a request.
struct Said<'a> {
    app: &'a App,
    visit: &'a Visit,
}

impl Said<'_> {
    fn passage<'p>(&'p self, id: &'p str, holder: &'p Holder<'p>) -> Passage<'p> {
        Passage {
            app: self.app,
            way: Way::Api,
            id,
            holder,
            visit: self.visit,
        }
    }

    /// Where a flow has come to.
    async fn next(&self, next: Next, holder: &Holder<'_>) -> Response {
        match next {
            Next::Leave(id, exit) => self.left(id, *exit, holder).await,
            Next::Elsewhere(id) => json_of(self.ended("COMPLETED", id)),
            Next::Ask(asked) => self.asked(&asked, holder),
        }
    }

    fn asked(&self, asked: &Asked, holder: &Holder<'_>) -> Response {
        let flow = &asked.flow;
        let Some(status) = Status::of(&asked.step, self.app) else {
            let status = match asked.step {
                // They have pages, at the `resumeUrl`.
                Step::SetUp { .. }
                | Step::PairingTarget { .. }
                | Step::Activate { .. }
                | Step::Enrolled { .. } => "COMPLETED",
                _ => "FAILED",
            };
            return json_of(self.ended(status, flow.id()));
        };
        let mut body = self.body(status.name(), flow.id());
        body.insert("createdAt".to_owned(), flow.created().to_string().into());
        body.insert("expiresAt".to_owned(), flow.expires_at().to_string().into());
        body.extend(status.model());
        if let Some(presented) = transaction::told(flow) {
            body.insert("transaction".to_owned(), presented);
        }
        let address = self.address(flow.id());
        if let Some(links) = body.get_mut("_links").and_then(Value::as_object_mut) {
            let actions = status.actions();
            links.extend(actions.map(|id| (id.to_owned(), json!({ "href": address }))));
        }
        let mut response = json_of(body);
        if let Holder::Browser(browser) = holder {
            browser.mark(flow, self.app, response.headers_mut());
        }
        response
    }

    /// The flow is left with the authorization response.
    async fn left(&self, id: FlowId, exit: Exit, holder: &Holder<'_>) -> Response {
        match self.leave(exit).await {
            Ok(left) => self.over(id, left, holder),
            Err(error) => error.respond(self.app),
        }
    }

    /// The same before anybody was asked anything: of a request that fails so (`prompt=none`) there
    /// is no flow to be told of, and it is refused as all others are.
    async fn left_at_once(&self, id: FlowId, exit: Exit, holder: &Holder<'_>) -> Response {
        match self.leave(exit).await {
            Ok((answer, _)) if answer.contains_key("error") => {
                let text = |name: &str| answer.get(name).and_then(Value::as_str);
                let [code, message] = ["error", "error_description"]
                    .map(|name| text(name).unwrap_or_default().to_owned());
                ApiError::Request { code, message }.respond(self.app)
            }
            Ok(left) => self.over(id, left, holder),
            Err(error) => error.respond(self.app),
        }
    }

    /// The authorization response, and what opens the session that was begun, if one was.
    async fn leave(&self, exit: Exit) -> Result<Left, ApiError> {
        let (answer, session) = exit.leave(self.app).await?;
        let Answer::Client { response, .. } = answer else {
            return Err(ApiError::NotFound);
        };
        let answer = response.parameters();
        let answer = answer.map(|(name, value)| (name.to_owned(), value.into()));
        Ok((answer.collect(), session))
    }

    fn over(&self, id: FlowId, (answer, session): Left, holder: &Holder<'_>) -> Response {
        let status = match answer.contains_key("error") {
            true => "FAILED",
            false => "COMPLETED",
        };
        let mut body = self.body(status, id);
        body.insert("authorizeResponse".to_owned(), Value::Object(answer));
        let mut response = json_of(body);
        if let (Holder::Browser(_), Some(session)) = (holder, &session) {
            self.app.give_session(response.headers_mut(), session);
        }
        response
    }

    /// A flow in which nothing can be done here: it is left where it began.
    fn ended(&self, status: &str, id: FlowId) -> Map<String, Value> {
        self.body(status, id)
    }

    /// What is said of every flow.
    fn body(&self, status: &str, id: FlowId) -> Map<String, Value> {
        let environment = self.app.site.environment.map(|it| it.env.to_string());
        let issuer = &self.app.settings.issuer;
        let uuid = id.uuid().to_string();
        let body = json!({
            "_links": {
                "self": { "href": self.address(id) },
                "signOnPage": { "href": format!("{}{}", self.base(), signon(id)) },
            },
            "id": uuid,
            "environment": { "id": environment },
            "status": status,
            "resumeUrl": format!("{issuer}/resume?flowId={uuid}"),
        });
        match body {
            Value::Object(body) => body,
            _ => Map::new(),
        }
    }

    /// The public address of the environment.
    fn base(&self) -> &str {
        let issuer = self.app.settings.issuer.as_str();
        issuer.strip_suffix("/as").unwrap_or(issuer)
    }

    fn address(&self, id: FlowId) -> String {
        format!("{}/flows/{}", self.base(), id.uuid())
    }
}

/// The path of the page of a flow within its environment.
fn signon(id: FlowId) -> String {
    format!("/signon/{}", id.uuid())
}

fn json_of(body: Map<String, Value>) -> Response {
    let headers = [(CONTENT_TYPE, JSON)];
    (StatusCode::OK, headers, Value::Object(body).to_string()).into_response()
}
