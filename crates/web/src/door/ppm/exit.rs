//! The answer: a page that posts it back, by itself or by a button.

use authn::flow::{BrowserFailure, Cause, Facts, Flow, Step, spend};
use authn::pingid::NotSigned;
use authn::pingid::ppm::{PpmError, Respondent, Success, VerifiedPpm};
use axum::response::Response;
use domain::Organization;
use domain::port::Changes;
use minijinja::context;

use super::begin::event;
use super::{client_of, request_in, request_of};
use crate::app::App;
use crate::door::exit;
use crate::door::passage::Passage;
use crate::extract::Visit;
use crate::fault::Fault;
use crate::page::ClientView;
use crate::page::error::PageError;

/// A signed answer on its way to the relying party.
pub(in crate::door) struct Answer {
    return_url: String,
    token: String,
    /// The application that the person came from, once it is known.
    client: Option<ClientView>,
}

impl Answer {
    /// The answer of a failure.
    pub(super) fn failed(
        app: &App,
        organization: &Organization,
        (to, client): (&Respondent, Option<ClientView>),
        error: PpmError,
    ) -> Result<Self, Fault> {
        let token = to.failed(organization, error, app.now(), app.random());
        Ok(Self {
            return_url: to.return_url().to_owned(),
            token: token.map_err(unsigned)?,
            client,
        })
    }

    fn succeeded(
        app: &App,
        organization: &Organization,
        request: &VerifiedPpm,
        success: Success,
    ) -> Result<Self, Fault> {
        let token = request.succeeded(organization, success, app.now(), app.random());
        Ok(Self {
            return_url: request.respondent.return_url().to_owned(),
            token: token.map_err(unsigned)?,
            client: Some(client_of(request)),
        })
    }

    /// The page that posts it.
    pub(in crate::door) fn respond(&self, app: &App, visit: &Visit) -> Response {
        let client = self.client.as_ref();
        let locale = visit.frame.locale;
        let client = client.map(|client| client.shown(app.pages.locales(), locale));
        let shown = context! {
            action_url => self.return_url.as_str(),
            fields => [context! { name => "ppm_response", value => self.token.as_str() }],
            client => client,
        };
        // CSP Level 3 §6.4.1: redirects after the form are held to it as well, and the relying party
        // leads on to wherever its application is.
        let leads_to = match self.return_url.starts_with("https:") {
            true => "https:",
            false => "https: http:",
        };
        app.show("form-post.html", &visit.frame, shown, |page| {
            page.leading_to(leads_to)
        })
    }
}

fn unsigned(error: NotSigned) -> Fault {
    Fault::Defect(error.to_string())
}

/// The answer to the request of a flow that is over, and what auditors are told.
pub(in crate::door) async fn answered(
    step: &Step,
    flow: &Flow,
    facts: &Facts<'_>,
    visit: &Visit,
    app: &App,
) -> Result<(exit::Answer, Changes), Fault> {
    let request = request_of(flow)?;
    let Some(organization) = app.organization().await? else {
        return Ok((exit::Answer::Page(PageError::Client), Changes::none()));
    };
    let to = &request.respondent;
    let about = (to, Some(&request.attributes));
    let success = match (step, flow.proven_by()) {
        (Step::Done(_), Some(factor)) => Ok(Success { factor }),
        (Step::Done(_), None) => Err(PpmError::System),
        (Step::Failed(cause), _) => Err(failure(*cause, flow, facts)),
        _ => Err(PpmError::Canceled),
    };
    let mut changes = Changes::none();
    let answer = match success {
        Ok(success) => {
            changes.insert(&event(app, "ppm.succeeded", about, visit));
            Answer::succeeded(app, &organization, &request, success)?
        }
        Err(error) => {
            let event = event(app, "ppm.failed", about, visit);
            changes.insert(&event.with("cause", error.to_string()));
            let client = Some(client_of(&request));
            Answer::failed(app, &organization, (to, client), error)?
        }
    };
    Ok((exit::Answer::Ppm(Box::new(answer)), changes))
}

/// The answer to the request of a flow in which the house has failed, if the flow itself can be read and
/// belongs to who asks. The flow ends with that, as far as it can be ended.
pub(in crate::door) async fn broken_off(passage: &Passage<'_>) -> Option<Response> {
    let (app, visit) = (passage.app, passage.visit);
    let flow = passage.held().await?;
    let request = request_in(&flow)?;
    let organization = app.organization().await.ok()??;
    let (to, error) = (&request.respondent, PpmError::System);
    let reference = visit.frame.request_id.as_str();
    tracing::error!(
        reference,
        "a flow is broken off, and its relying party told so"
    );
    let event = event(app, "ppm.failed", (to, Some(&request.attributes)), visit);
    let mut changes = spend(&flow, &Facts::none(app.own_policy()));
    changes.insert(&event.with("cause", error.to_string()));
    if let Err(error) = app.records.commit(changes).await {
        tracing::error!(%error, reference, "it cannot be noted that a flow is broken off");
    }
    let client = Some(client_of(&request));
    let answer = Answer::failed(app, &organization, (to, client), error).ok()?;
    Some(answer.respond(app, visit))
}

/// What kept a flow from being done.
fn failure(cause: Cause, flow: &Flow, facts: &Facts<'_>) -> PpmError {
    match cause {
        Cause::Expired => PpmError::SessionExpired,
        Cause::NotShown => PpmError::System,
        Cause::TooManyDevices => PpmError::TooManyDevices,
        Cause::NoSecondFactor => {
            let person = flow.requirement().vouched.and_then(|id| facts.who_is(id));
            let mut devices = person.iter().flat_map(|person| &person.devices);
            match devices.any(|device| device.is_active()) {
                true => PpmError::NoDevice,
                false => PpmError::Enrolment,
            }
        }
        Cause::Browser(failure) => match failure {
            BrowserFailure::Unsupported => PpmError::Unsupported,
            BrowserFailure::Aborted => PpmError::Aborted,
            BrowserFailure::InvalidState => PpmError::InvalidState,
            BrowserFailure::NotAllowed => PpmError::NotAllowed,
            BrowserFailure::Insecure => PpmError::Insecure,
            BrowserFailure::Other => PpmError::Browser,
        },
        _ => PpmError::Denied,
    }
}
