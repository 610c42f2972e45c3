//! Leaving a flow by the door by which the request came in.

mod begun;
mod client;
mod device;

use std::time::Duration;

use authn::flow::{Cause, Door, Facts, Flow, Outcome, Step};
use axum::response::{IntoResponse, Redirect, Response};
use domain::port::Changes;
use domain::{Client, ClientId, Handle, SessionId};
use minijinja::context;
use oauth::authorize::{AuthorizationResponse, Failure, VerifiedRequest};
use oauth::device::DeviceState;

use self::begun::Begun;
use self::client::{failed, failure, granted};
use super::{pingid, ppm};
use crate::app::App;
use crate::extract::Visit;
use crate::fault::Fault;
use crate::page::error::{PageError, PageRefusal};

/// The door's answer to a flow that is over.
pub(super) struct Exit {
    answer: Answer,
    /// The session that was begun, if one was.
    session: Option<Handle>,
    /// In which session the person is signed on now, if they are.
    signed_on: Option<SessionId>,
    /// The session of another person in the same browser, which that one has ended.
    ended: Option<SessionId>,
    /// The trust in the browser, if it is trusted from now on, and for how long.
    trusted: Option<(Handle, Duration)>,
}

pub(super) enum Answer {
    /// To the client.
    Client {
        response: AuthorizationResponse,
        client: ClientId,
    },
    /// To one of our own pages.
    Own(&'static str),
    /// To whoever has allowed a device, or has not.
    UserCode {
        /// Whether they have.
        allowed: bool,
    },
    /// To the person.
    Page(PageError),
    /// To the application that asked for a device: whether the person has proven it.
    DeviceAuthentication(bool),
    /// To the relying party that posted a signed request.
    Ppm(Box<ppm::Answer>),
    /// To the organisation's client: why the person has not proven who they are, if they have not.
    PingId(Result<(), Option<Cause>>),
}

/// What a flow of the account's door carries whose person comes back to their devices.
pub(super) const DEVICES: &str = "devices";

/// To which page of the account a flow of its door leads back.
fn own_page(flow: &Flow) -> &'static str {
    match flow.origin().request.as_str() {
        Some(DEVICES) => "/account/devices",
        _ => "/account",
    }
}

/// The verified request that a flow of the authorization endpoint carries.
pub(super) fn request_of(flow: &Flow) -> Result<VerifiedRequest, Fault> {
    let request = serde_json::from_value(flow.origin().request.clone());
    request.map_err(|error| Fault::Defect(format!("a flow's request cannot be read: {error}")))
}

impl Exit {
    /// Leaves with the result of `step`, which is final. The changes are the proof's own: the
    /// session, the code.
    pub(super) async fn of(
        step: &Step,
        flow: &Flow,
        facts: &Facts<'_>,
        visit: &Visit,
        app: &App,
    ) -> Result<(Self, Changes), Fault> {
        let is_device = flow.origin().door == Door::UserCode;
        let request = match flow.origin().door {
            Door::Authorize => Some(request_of(flow)?),
            Door::Account | Door::UserCode | Door::Ppm | Door::PingId => None,
            // Nobody is signed on by it.
            Door::DeviceAuthentication => {
                let is_done = matches!(step, Step::Done(_));
                return Ok(Self::without(Answer::DeviceAuthentication(is_done)));
            }
        };
        if flow.origin().door == Door::Ppm {
            let (answer, changes) = ppm::answered(step, flow, facts, visit, app).await?;
            return Ok((Self::without(answer).0, changes));
        }
        if flow.origin().door == Door::PingId {
            let (answer, changes) = pingid::answered(step, flow, facts, visit, app);
            return Ok((Self::without(answer).0, changes));
        }
        let client = match &request {
            Some(request) => app.live.client(request.client()).await?,
            None => None,
        };
        let pushed = request.as_ref().and_then(VerifiedRequest::pushed);
        let (exit, mut changes) = match (step, request) {
            (Step::Done(outcome), request) => {
                let known = (facts, client.as_deref());
                Self::done(outcome, flow, request.as_ref(), known, (visit, app)).await?
            }
            (Step::Failed(Cause::Expired), _) => Self::without(Answer::Page(PageError::Expired)),
            (Step::Failed(cause), Some(request)) => {
                Self::without(failed(&request, failure(*cause)))
            }
            (_, Some(request)) => Self::without(failed(&request, Failure::AccessDenied)),
            (_, None) if is_device => match flow.device() {
                Some(device) => {
                    let person = flow.proven().and_then(|user| facts.who_is(user));
                    let decided = app.decide_device(device, person, DeviceState::Denied);
                    let (answer, changes) = decided.await?;
                    (Self::without(answer).0, changes)
                }
                None => Self::without(Answer::UserCode { allowed: false }),
            },
            (Step::Failed(_), None) => Self::without(Answer::Page(PageError::Denied)),
            (_, None) => Self::without(Answer::Own(own_page(flow))),
        };
        if let (Answer::Client { .. }, Some(reference)) = (&exit.answer, pushed) {
            changes.and(app.use_up(reference).await?);
        }
        Ok((exit, changes))
    }

    /// Leaves with what a person has proven and allowed.
    async fn done(
        outcome: &Outcome,
        flow: &Flow,
        request: Option<&VerifiedRequest>,
        (facts, client): (&Facts<'_>, Option<&Client>),
        (visit, app): (&Visit, &App),
    ) -> Result<(Self, Changes), Fault> {
        let id = request.map(VerifiedRequest::client);
        let id = id.or(flow.device().map(|device| &device.client));
        let begun = Begun::of(outcome, facts, visit, id, app).await?;
        let (answer, proof) = match (request, flow.device()) {
            (Some(request), _) => granted(request, outcome, &begun, (facts, client), app).await?,
            (None, Some(device)) => {
                let allowed = DeviceState::Allowed {
                    user: outcome.user(),
                    authentication: begun.authentication.clone(),
                    // Where approval is assumed, it is assumed for all that is asked for.
                    scope: outcome.scope().unwrap_or(&device.scope).clone(),
                };
                app.decide_device(device, facts.who_is(outcome.user()), allowed)
                    .await?
            }
            (None, None) => (Answer::Own(own_page(flow)), Changes::none()),
        };
        let mut changes = begun.changes;
        changes.and(proof);
        let exit = Self {
            answer,
            session: begun.handle,
            signed_on: Some(begun.authentication.session),
            ended: begun.ended,
            trusted: begun.trusted.zip(facts.policy.identity.trusted_browser),
        };
        Ok((exit, changes))
    }

    const fn without(answer: Answer) -> (Self, Changes) {
        (
            Self {
                answer,
                session: None,
                signed_on: None,
                ended: None,
                trusted: None,
            },
            Changes::none(),
        )
    }

    /// In which session the person is signed on now, if they are.
    pub(super) const fn signed_on(&self) -> Option<SessionId> {
        self.signed_on
    }

    /// The trust in the browser, for whoever answers it.
    pub(super) const fn take_trusted(&mut self) -> Option<(Handle, Duration)> {
        self.trusted.take()
    }

    /// The answer, and what opens the session that was begun, if one was.
    pub(super) async fn leave(self, app: &App) -> Result<(Answer, Option<Handle>), Fault> {
        if let Some(ended) = self.ended {
            app.end_late_grants(ended).await?;
        }
        Ok((self.answer, self.session))
    }

    /// The answer as it goes to the browser.
    pub(super) async fn respond(
        mut self,
        app: &App,
        visit: &Visit,
    ) -> Result<Response, PageRefusal> {
        let trusted = self.trusted.take();
        let (answer, session) = self.leave(app).await?;
        let mut response = match answer {
            Answer::Own(path) => Redirect::to(&app.site.page(path)).into_response(),
            Answer::Page(error) => return Err(error.into()),
            Answer::UserCode { allowed } => {
                let shown = context! { allowed => allowed };
                app.show("device-done.html", &visit.frame, shown, |page| page)
            }
            Answer::DeviceAuthentication(_) | Answer::PingId(_) => {
                return Err(PageError::Expired.into());
            }
            Answer::Ppm(answer) => answer.respond(app, visit),
            Answer::Client { response, client } => {
                let client = app.live.client(&client).await?;
                let client = client.ok_or(PageError::Client)?;
                app.deliver(response, &client, visit).await?
            }
        };
        if let Some(handle) = &session {
            app.give_session(response.headers_mut(), handle);
        }
        if let Some((handle, lifetime)) = &trusted {
            let headers = response.headers_mut();
            app.cookies().set_trust(headers, handle, *lifetime);
        }
        Ok(response)
    }
}
