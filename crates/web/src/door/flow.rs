//! The pages of a flow: what comes next is shown, and what the person does is carried out.
//!
//! A flow has one address. `GET` shows where it is, `POST` acts and leads back to it; when it is
//! over, the browser leaves by the door that the request came in by. Whoever has the address but
//! not the cookie of the browser in which the flow began can do nothing with it. Another site's form
//! comes without any cookies of ours: such a flow begins in the browser that is led to its address.

mod consent;
mod form;
mod page;

pub(super) use self::page::days_until;

use std::sync::Arc;

use authn::flow::{Door, Flow, Origin, PushState, Requirement, Step, next};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::FlowId;
use domain::port::Changes;
use http::Uri;
use http::header::ACCEPT;
use oauth::Parameters;
use serde_json::json;

use super::passage::{Browser, Holder, Impasse, Next, Passage, Way, is_redirectless};
use super::{pingone, ppm};
use crate::app::App;
use crate::csrf;
use crate::extract::{Filled, Named, SubmittedError, Visit};
use crate::fault::Fault;
use crate::page::error::{PageError, PageRefusal};

impl From<Impasse> for PageRefusal {
    fn from(impasse: Impasse) -> Self {
        match impasse {
            Impasse::Gone => PageError::Expired.into(),
            Impasse::Client => PageError::Client.into(),
            Impasse::Others => PageError::OtherBrowser.into(),
            Impasse::Limited(limited) => PageError::Limited(limited).into(),
            Impasse::Fault(fault) => fault.into(),
        }
    }
}

impl App {
    /// Begins a flow, and leads the browser to where its person is asked: to our own pages, or to
    /// those of an authentication application.
    pub(super) async fn begin_flow(
        &self,
        door: Door,
        request: serde_json::Value,
        requirement: Requirement,
        visit: &Visit,
    ) -> Result<Response, PageRefusal> {
        let origin = Origin { door, request };
        let demand = (requirement, &Changes::none());
        // Boxed, as what is around it would be moved with it again and again.
        Box::pin(self.begin_flow_with(origin, demand, visit)).await?
    }

    /// The same, together with changes that are to be true if it is begun and not otherwise.
    pub(super) async fn begin_flow_with(
        &self,
        origin: Origin,
        demand: (Requirement, &Changes),
        visit: &Visit,
    ) -> Result<Result<Response, PageRefusal>, Impasse> {
        let known = !visit.may_lack_cookies;
        let holder = known.then(|| Holder::Browser(Browser::of(visit, self)));
        let door = origin.door;
        let begun = self.begin_with(origin, demand, holder.as_ref(), visit);
        let asked = match begun.await? {
            Next::Leave(_, exit) => return Ok(exit.respond(self, visit).await),
            // Nothing has been committed of it: a flow that is begun is left where it began.
            Next::Elsewhere(_) => return Ok(Err(PageError::Expired.into())),
            Next::Ask(asked) => asked,
        };
        let own = || localized(&self.site.flow(asked.flow.id()), visit);
        let elsewhere = match door {
            // Whoever has no cookie of it yet gets one at its own address.
            Door::Authorize if self.is_environment() && holder.is_some() => {
                Box::pin(self.login_page(&asked.flow, &asked.step)).await?
            }
            Door::Authorize => self.live.authn_api().page_of(asked.flow.id()),
            // Its pages are where its address is.
            Door::Account
            | Door::UserCode
            | Door::DeviceAuthentication
            | Door::Ppm
            | Door::PingId => None,
        };
        let mut response = Redirect::to(&elsewhere.unwrap_or_else(own)).into_response();
        if let Some(Holder::Browser(browser)) = &holder {
            browser.mark(&asked.flow, self, response.headers_mut());
        }
        Ok(Ok(response))
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
    match wants_json(&visit) {
        true => state(&app, &id, &visit).await,
        false => at_page(&app, &id, &visit, None).await,
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
    at_page(&app, &id, &visit, Some(&form)).await
}

/// `GET|POST /as/resume?flowId=` of an environment: to where the flow is. One that is left without a
/// redirect has no page: what is asked in it is answered.
pub(crate) async fn lead(
    State(app): State<Arc<App>>,
    visit: Visit,
    uri: Uri,
) -> Result<Response, PageRefusal> {
    let query = uri.query().unwrap_or_default();
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    let named = parameters.find(|(name, _)| name == "flowId");
    let id = named.and_then(|(_, flow)| flow.parse::<FlowId>().ok());
    let id = id.ok_or(PageError::Expired)?;
    let flow = app.records.get::<Flow>(&id).await.map_err(Fault::from)?;
    match flow {
        Some(flow) if is_redirectless(&flow)? => Ok(pingone::resumed(&app, &flow, &visit).await),
        _ => Ok(Redirect::to(&app.site.flow(id)).into_response()),
    }
}

/// What a person sees of a flow, and does in it if they have sent a form.
async fn at_page(
    app: &App,
    id: &str,
    visit: &Visit,
    form: Option<&Parameters>,
) -> Result<Response, PageRefusal> {
    let holder = Holder::Browser(Browser::of(visit, app));
    let passage = Passage {
        app,
        way: Way::Pages,
        id,
        holder: &holder,
        visit,
    };
    match passed(&passage, form).await {
        // Whoever waits for an answer gets one, whatever has failed here.
        Err(refusal) if refusal.is_fault() => {
            let answer = Box::pin(ppm::broken_off(&passage)).await;
            answer.ok_or(refusal)
        }
        passed => passed,
    }
}

async fn passed(passage: &Passage<'_>, form: Option<&Parameters>) -> Result<Response, PageRefusal> {
    let (app, holder, visit) = (passage.app, passage.holder, passage.visit);
    let next = match form {
        Some(form) => submitted(passage, form).await?,
        None => passage.look().await?,
    };
    let asked = match next {
        Next::Leave(_, exit) => return exit.respond(app, visit).await,
        Next::Elsewhere(_) => return Err(PageError::Expired.into()),
        Next::Ask(asked) => asked,
    };
    // What was done is seen at an address that can be loaded again.
    if form.is_some() && asked.rejected.is_none() {
        return Ok(
            Redirect::to(&localized(&app.site.flow(asked.flow.id()), visit)).into_response(),
        );
    }
    let Holder::Browser(browser) = holder else {
        return Err(PageError::OtherBrowser.into());
    };
    let own_page = Box::pin(app.login_page(&asked.flow, &asked.step)).await?;
    if let (None, Some(page)) = (form, own_page) {
        let mut response = Redirect::to(&page).into_response();
        browser.mark(&asked.flow, app, response.headers_mut());
        return Ok(response);
    }
    let secret = browser.secret_of(&asked.flow);
    let csrf = csrf::token(secret.ok_or(PageError::OtherBrowser)?);
    let mut response = app.flow_page(&asked, &csrf, visit).await?;
    if form.is_none() {
        browser.mark(&asked.flow, app, response.headers_mut());
    }
    Ok(response)
}

/// Whether it is a script of ours that asks, and not somebody who wants to see a page.
fn wants_json(visit: &Visit) -> bool {
    let accepted = visit.headers.get(ACCEPT);
    accepted.is_some_and(|accepted| accepted == "application/json")
}

/// Whether an authenticator has answered that the flow waits for. Nothing is done in it: whoever asks this
/// is a script that would not know where to go.
async fn state(app: &App, id: &str, visit: &Visit) -> Result<Response, PageRefusal> {
    let holder = Holder::Browser(Browser::of(visit, app));
    let passage = Passage {
        app,
        way: Way::Pages,
        id,
        holder: &holder,
        visit,
    };
    let flow = passage.open().await?;
    let facts = app.facts_to_look(&flow, visit).await;
    let facts = facts.map_err(Fault::from)?;
    let state = match next(&flow, &facts, app.now()) {
        Step::Push { state, .. } | Step::Face { state, .. } => page::state_shown(state),
        Step::Activate {
            is_paired: true, ..
        } => page::state_shown(PushState::Approved),
        Step::Activate { .. } => page::state_shown(PushState::Waiting),
        _ => "other",
    };
    Ok(axum::Json(json!({ "state": state })).into_response())
}

/// What a form does, if it is ours.
async fn submitted(passage: &Passage<'_>, form: &Parameters) -> Result<Next, PageRefusal> {
    let flow = passage.open().await?;
    let secret = match passage.holder {
        Holder::Browser(browser) => browser.secret_of(&flow),
        Holder::State(_) | Holder::Application(_) => None,
    };
    if !secret.is_some_and(|secret| csrf::is_genuine(secret, form.value(csrf::FIELD))) {
        return Err(PageError::Forgery.into());
    }
    Ok(passage.act(&flow, form::read(form), |_| true).await?)
}
