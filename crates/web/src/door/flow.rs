//! The pages of a flow: what comes next is shown, and what the person does is carried out.
//!
//! A flow has one address. `GET` shows where it is, `POST` acts and leads back to it; when it is
//! over, the browser leaves by the door that the request came in by. Whoever has the address but
//! not the cookie of the browser in which the flow began can do nothing with it. Another site's form
//! comes without any cookies of ours: such a flow begins in the browser that is led to its address.

mod browser;
mod consent;
mod page;
mod submission;

use std::sync::Arc;
use std::time::Duration;

use authn::flow::{
    Action, BoundFlow, Door, Flow, Origin, Rejection, Requirement, Step, act, begin, next, proceed,
    proceed_bound, spend,
};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::port::{Changes, Versioned};
use domain::{Client, Decision, FlowId};
use http::Uri;
use oauth::Parameters;

use self::browser::Browser;
use self::submission::Submission;
use super::exit::{Exit, request_of};
use crate::app::App;
use crate::csrf;
use crate::extract::{Filled, Named, SubmittedError, Visit};
use crate::fault::Fault;
use crate::limit::Purpose;
use crate::page::error::{PageError, PageRefusal};

impl App {
    /// Begins a flow, and goes as far as it goes without asking the person anything.
    pub(super) async fn begin_flow(
        &self,
        door: Door,
        request: serde_json::Value,
        requirement: Requirement,
        visit: &Visit,
    ) -> Result<Response, PageRefusal> {
        let browser = (!visit.may_lack_cookies).then(|| Browser::of(visit, self));
        let flow = begin(
            Origin { door, request },
            requirement,
            browser.as_ref().map(Browser::key),
            self.now(),
            self.random(),
        );
        let decide = || async {
            let facts = self.facts(&flow, visit, None).await?;
            let step = next(&flow, &facts, self.now());
            // Who is signed on here may not be known yet: the flow's own address will tell.
            if step.is_final() && !visit.may_lack_cookies {
                let (exit, changes) = Exit::of(&step, &flow, &facts, visit, self).await?;
                return Ok(Decision::accept(Some(exit), changes));
            }
            // Anybody can have us keep flows.
            if let Err(limited) = self.admit(Purpose::SignOn, visit.peer) {
                return Ok(Decision::refuse(PageError::Limited(limited).into()));
            }
            let known = !visit.may_lack_cookies;
            let proceeded = known.then(|| proceed(&flow, &facts, self.now(), self.random()));
            let proceeded = proceeded.flatten();
            let (flow, mut changes) = proceeded.unwrap_or_else(|| (flow.clone(), Changes::none()));
            changes.insert(&flow);
            Ok(Decision::<_, PageRefusal>::accept(None, changes))
        };
        if let Some(exit) = self
            .carry_out(decide, || PageError::Expired.into())
            .await??
        {
            return exit.respond(self, visit).await;
        }
        let mut response =
            Redirect::to(&localized(&self.site.flow(flow.id()), visit)).into_response();
        if let Some(browser) = &browser {
            browser.mark(&flow, self, response.headers_mut());
        }
        Ok(response)
    }
}

/// The address of a flow's page in the language in which the request came.
fn localized(address: &str, visit: &Visit) -> String {
    match visit.asks_for_language {
        true => format!("{address}?ui_locales={}", visit.frame.locale.tag()),
        false => address.to_owned(),
    }
}

/// `GET /as/{flow}/resume/as/authorization.ping`: where the flow is.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Named(id): Named,
    visit: Visit,
) -> Result<Response, PageRefusal> {
    resume(&app, &id, &visit).await
}

async fn resume(app: &App, id: &str, visit: &Visit) -> Result<Response, PageRefusal> {
    let browser = Browser::of(visit, app);
    let decide = || async {
        let flow = match load(app, id).await? {
            Ok(flow) => flow,
            Err(error) => return Ok(Decision::refuse(error.into())),
        };
        let Some((flow, cookie, claimed)) = browser.claim(flow) else {
            return Ok(Decision::refuse(PageError::OtherBrowser.into()));
        };
        let facts = app.facts(&flow, visit, None).await?;
        let (flow, claimed) = proceed_bound(flow, claimed, &facts, app.now(), app.random());
        let step = next(&flow, &facts, app.now());
        if !step.is_final() {
            let shown = Shown {
                flow,
                step,
                rejected: None,
                csrf: csrf::token(cookie),
            };
            return Ok(Decision::accept(Next::Page(Box::new(shown)), claimed));
        }
        let (exit, proof) = Exit::of(&step, &flow, &facts, visit, app).await?;
        let mut changes = spend(&flow, &facts);
        changes.and(proof);
        Ok(Decision::<_, PageRefusal>::accept(
            Next::Leave(exit),
            changes,
        ))
    };
    match app
        .carry_out(decide, || PageError::Expired.into())
        .await??
    {
        Next::Leave(exit) => exit.respond(app, visit).await,
        Next::Page(shown) => {
            let mut response = app.flow_page(&shown, visit).await?;
            browser.mark(&shown.flow, app, response.headers_mut());
            Ok(response)
        }
    }
}

/// `GET|POST /as/resume?flowId=` of an environment: to where the flow is.
pub(crate) async fn lead(State(app): State<Arc<App>>, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    let flow = parameters.find(|(name, _)| name == "flowId");
    match flow.and_then(|(_, flow)| flow.parse().ok()) {
        Some(flow) => Redirect::to(&app.site.flow(flow)).into_response(),
        None => PageRefusal::from(PageError::Expired).into_response(),
    }
}

/// `POST /as/{flow}/resume/as/authorization.ping`: the person acts.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    Named(id): Named,
    visit: Visit,
    submitted: Result<Filled, SubmittedError>,
) -> Result<Response, PageRefusal> {
    let Filled(form) = submitted?;
    if Submission::read(&form).is_costly() {
        // Anybody can have us hash passwords and mail codes to others.
        let admitted = app.count_failure(Purpose::SignOn, visit.peer);
        admitted.map_err(PageError::Limited)?;
    }
    if Submission::read(&form).is_blind() {
        let carried = Box::pin(carry_forward(&app, &id, &visit, &form));
        return tokio::join!(carried, tokio::time::sleep(BLIND)).0;
    }
    carry_forward(&app, &id, &visit, &form).await
}

/// How long an answer takes at the least that must not tell by its time whether there is such a person.
const BLIND: Duration = Duration::from_millis(250);

async fn carry_forward(
    app: &App,
    id: &str,
    visit: &Visit,
    form: &Parameters,
) -> Result<Response, PageRefusal> {
    let browser = Browser::of(visit, app);
    let loaded = load(app, id).await??;
    let (begun, cookie) = browser.open(loaded).ok_or(PageError::OtherBrowser)?;
    if !csrf::is_genuine(cookie, form.value(csrf::FIELD)) {
        return Err(PageError::Forgery.into());
    }
    let trusts = form.value("trust") == Some("yes");
    let submission = Submission::read(form);
    let attempt = submission.compared(app, &begun, visit).await?;
    let decide = || async {
        let flow = match load(app, id).await? {
            Ok(flow) => flow,
            Err(error) => return Ok(Decision::refuse(error.into())),
        };
        let Some((flow, cookie)) = browser.open(flow) else {
            return Ok(Decision::refuse(PageError::OtherBrowser.into()));
        };
        let facts = app.facts(&flow, visit, attempt.claimed()).await?;
        let access = attempt.access(app, &flow).await?;
        let action = attempt.action(&access);
        let trusting = Action::Trusting(&action);
        let action = if trusts { &trusting } else { &action };
        let decided = act(&flow, action, &facts, app.now(), app.random());
        let mut changes = decided.changes;
        if decided.step.is_final() {
            let (exit, proof) = Exit::of(&decided.step, &decided.flow, &facts, visit, app).await?;
            changes.and(proof);
            let answer = (Next::Leave(exit), decided.rejected);
            return Ok(Decision::accept(answer, changes));
        }
        let shown = Shown {
            flow,
            step: decided.step,
            rejected: decided.rejected,
            csrf: csrf::token(cookie),
        };
        let answer = (Next::Page(Box::new(shown)), decided.rejected);
        Ok(Decision::<_, PageRefusal>::accept(answer, changes))
    };
    let expired = || PageError::Expired.into();
    let (next, rejected) = app.carry_out(decide, expired).await??;
    if rejected.is_none() {
        attempt.end_late_access(app, &begun).await?;
        attempt.renew_hash(app).await;
    }
    match next {
        Next::Leave(exit) => exit.respond(app, visit).await,
        Next::Page(shown) if shown.rejected.is_some() => {
            app.note_failure(Purpose::SignOn, visit.peer);
            app.flow_page(&shown, visit).await
        }
        Next::Page(shown) => {
            Ok(Redirect::to(&localized(&app.site.flow(shown.flow.id()), visit)).into_response())
        }
    }
}

/// What a request in a flow leads to.
enum Next {
    Leave(Exit),
    Page(Box<Shown>),
}

/// What a page of a flow shows.
struct Shown {
    flow: BoundFlow,
    step: Step,
    rejected: Option<Rejection>,
    /// The token for the page's forms.
    csrf: String,
}

/// The flow with this id, if it is not in vain: the client that it is for may have been deleted or
/// disabled since it began, and another may have been made of the same id.
async fn load(app: &App, id: &str) -> Result<Result<Versioned<Flow>, PageError>, Fault> {
    let Ok(id) = id.parse::<FlowId>() else {
        return Ok(Err(PageError::Expired));
    };
    let Some(flow) = app.records.get::<Flow>(&id).await? else {
        return Ok(Err(PageError::Expired));
    };
    if flow.origin().door == Door::Authorize {
        let client = app.live.client(request_of(&flow)?.client()).await?;
        let is_its = |client: &Arc<Client>| client.enabled && client.created <= flow.created();
        if !client.as_ref().is_some_and(is_its) {
            return Ok(Err(PageError::Client));
        }
    }
    Ok(Ok(flow))
}
