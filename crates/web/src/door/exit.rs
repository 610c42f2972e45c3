//! Leaving a flow by the door by which the request came in.

use std::time::Duration;

use authn::approval::ApprovedTransaction;
use authn::approval::receipt::Drawn;
use authn::flow::{Cause, Door, Facts, Flow, Outcome, Person, Step, WaitingDevice, trust};
use authn::session;
use axum::response::{IntoResponse, Redirect, Response};
use domain::port::{Changes, Versioned};
use domain::{Actor, AuditEvent, Client, ClientId, Handle, Password, Session, SessionId, User};
use minijinja::context;
use oauth::ProtectionError;
use oauth::TokenType;
use oauth::authorize::{
    AuthorizationResponse, Delivery, Failure, Granted, Protection, VerifiedRequest, respond,
};
use oauth::client_auth::ClientKeys;
use oauth::device::{DeviceAuthorization, DeviceState};
use oauth::encryption::Encryption;
use oauth::token::TokenError;

use super::oauth::caller::Issuing;
use crate::app::App;
use crate::extract::Visit;
use crate::fault::Fault;
use crate::page::error::{PageError, PageRefusal};

/// The door's answer to a flow that is over.
pub(super) struct Exit {
    answer: Answer,
    /// The session that was begun, if one was.
    session: Option<Handle>,
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
            Door::Account | Door::UserCode => None,
            // Nobody is signed on by it.
            Door::DeviceAuthentication => {
                let is_done = matches!(step, Step::Done(_));
                return Ok(Self::without(Answer::DeviceAuthentication(is_done)));
            }
        };
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
                ended: None,
                trusted: None,
            },
            Changes::none(),
        )
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
            Answer::DeviceAuthentication(_) => return Err(PageError::Expired.into()),
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

/// The session in which an outcome is to be used.
struct Begun {
    /// The new cookie, when a session was begun.
    handle: Option<Handle>,
    authentication: domain::Authentication,
    /// The session of another person that it has ended.
    ended: Option<SessionId>,
    /// The new cookie of the trust in the browser, when it is trusted from now on.
    trusted: Option<Handle>,
    changes: Changes,
}

impl Begun {
    async fn of(
        outcome: &Outcome,
        facts: &Facts<'_>,
        visit: &Visit,
        client: Option<&ClientId>,
        app: &App,
    ) -> Result<Self, Fault> {
        let now = app.now();
        let earlier = facts.session.as_ref().map(|signed_on| &signed_on.session);
        if let Some(id) = outcome.existing_session() {
            let earlier =
                earlier.ok_or_else(|| Fault::Defect("a session has vanished".to_owned()))?;
            let changes = session::keep(earlier, client, now);
            return Ok(Self {
                handle: None,
                authentication: outcome.authentication(id),
                ended: None,
                trusted: None,
                changes,
            });
        }
        let noted = session::Visit {
            policy: app.session_policy(),
            client,
            user_agent: &visit.user_agent,
            address: &visit.address,
        };
        let is_theirs = |session: &&Versioned<Session>| session.user == outcome.user();
        let own = earlier.filter(is_theirs);
        let begun = session::begin(outcome, own, noted, now, app.random());
        let mut changes = begun.changes;
        // Who signs on in the place of another signs the other out.
        let others = earlier.filter(|session| !is_theirs(session));
        if let Some(others) = others {
            let actor = facts.who_is(outcome.user());
            let actor = actor.map_or(Actor::Unknown, |it| Actor::User(it.user.username.clone()));
            changes.and(app.end_of_session(others, actor).await?);
        }
        let id = begun.session.authentication.session;
        let trusted = app.trust_browser(outcome, facts, (id, noted)).await?;
        let (trusted, trusting) = trusted.unzip();
        changes.and(trusting.unwrap_or_else(Changes::none));
        Ok(Self {
            trusted,
            handle: Some(begun.handle),
            authentication: begun.session.authentication,
            ended: others.map(|session| session.authentication.session),
            changes,
        })
    }
}

/// Answers the request with what the person granted.
async fn granted(
    request: &VerifiedRequest,
    outcome: &Outcome,
    begun: &Begun,
    (facts, client): (&Facts<'_>, Option<&Client>),
    app: &App,
) -> Result<(Answer, Changes), Fault> {
    let Some(client) = client else {
        return Ok((Answer::Page(PageError::Client), Changes::none()));
    };
    let user = facts.who_is(outcome.user());
    let user = user.ok_or_else(|| Fault::Defect("a flow is done without a person".to_owned()))?;
    // Where approval is assumed, it is assumed for all that is asked for.
    let scope = outcome.scope().cloned();
    let (receipt, noted) = match outcome.approved() {
        Some(approved) => {
            let (receipt, event) = app.receipt(approved, &user.user)?;
            (Some(receipt), Some(event))
        }
        None => (None, None),
    };
    let granted = Granted {
        user: &user.user,
        client,
        authentication: begun.authentication.clone(),
        scope: scope.unwrap_or_else(|| request.consent_scope()),
        approval_receipt: receipt,
    };
    let issuing = Issuing::to(Some(client), app).await;
    match respond(request, &granted, &issuing.issuer(app), app.now()) {
        Ok((response, mut changes)) => {
            if let Some(event) = &noted {
                changes.insert(event);
            }
            Ok((to_client(request, response), changes))
        }
        // Its keys are its own affair: it is told, and gets nothing that others could read.
        Err(TokenError::Encryption(error)) => {
            tracing::warn!(%error, client = %client.id, "an ID token cannot be encrypted");
            Ok((failed(request, Failure::ServerError), Changes::none()))
        }
        Err(error) => Err(Fault::Defect(error.to_string())),
    }
}

fn failed(request: &VerifiedRequest, failure: Failure) -> Answer {
    to_client(request, AuthorizationResponse::failure(request, failure))
}

fn to_client(request: &VerifiedRequest, response: AuthorizationResponse) -> Answer {
    Answer::Client {
        response,
        client: request.client().clone(),
    }
}

/// How the authorization endpoint tells what kept a flow from being done.
const fn failure(cause: Cause) -> Failure {
    match cause {
        Cause::LoginRequired | Cause::Expired => Failure::LoginRequired,
        Cause::AccountSelectionRequired => Failure::AccountSelectionRequired,
        Cause::InteractionRequired => Failure::InteractionRequired,
        Cause::ConsentRequired => Failure::ConsentRequired,
        Cause::UnmetAuthenticationRequirements => Failure::UnmetAuthenticationRequirements,
        Cause::NoSecondFactor | Cause::ConsentDenied | Cause::Denied => Failure::AccessDenied,
        Cause::NotShown => Failure::ServerError,
    }
}

impl App {
    /// What becomes of a device, if nobody has decided that before.
    async fn decide_device(
        &self,
        device: &WaitingDevice,
        person: Option<&Person>,
        state: DeviceState,
    ) -> Result<(Answer, Changes), Fault> {
        let mut changes = Changes::none();
        let found = self
            .records
            .get::<DeviceAuthorization>(device.authorization);
        let found = found.await?;
        let Some(pending) = found.filter(|it| it.is_pending(self.now())) else {
            return Ok((Answer::Page(PageError::Expired), changes));
        };
        let allowed = matches!(state, DeviceState::Allowed { .. });
        let name = match allowed {
            true => "device.allowed",
            false => "device.denied",
        };
        changes.replace(&pending, &pending.decided(state));
        let actor = person.map_or(Actor::Unknown, |it| Actor::User(it.user.username.clone()));
        let event = AuditEvent::new(name, actor, self.now(), self.random());
        changes.insert(&event.with("client_id", device.client.as_str()));
        Ok((Answer::UserCode { allowed }, changes))
    }

    /// The trust in this browser, if whoever has signed on wants it.
    async fn trust_browser(
        &self,
        outcome: &Outcome,
        facts: &Facts<'_>,
        in_session: (SessionId, session::Visit<'_>),
    ) -> Result<Option<(Handle, Changes)>, Fault> {
        if !outcome.trusts_browser() {
            return Ok(None);
        }
        let password = self.records.get::<Password>(&outcome.user()).await?;
        let ground = (facts, password.as_deref());
        let (now, random) = (self.now(), self.random());
        Ok(trust(outcome, ground, in_session, now, random))
    }

    /// The receipt of an approval, signed, and what auditors are told of it.
    fn receipt(
        &self,
        approved: &ApprovedTransaction,
        user: &User,
    ) -> Result<(String, AuditEvent), Fault> {
        let (now, random) = (self.now(), self.random());
        let drawn = Drawn::of(approved, &self.settings.issuer, now, random);
        let algorithm = self.settings.access_token.algorithm;
        let keys = self.live.keys();
        let token = keys.sign(algorithm, TokenType::ApprovalReceipt, &drawn);
        let issued = drawn.signed(token.map_err(|error| Fault::Defect(error.to_string()))?);
        let actor = Actor::User(user.username.clone());
        let event = issued.event(actor, approved.transaction().client(), now, random);
        Ok((issued.token, event))
    }

    /// Sends an authorization response to the client through the browser.
    pub(super) async fn deliver(
        &self,
        response: AuthorizationResponse,
        client: &Client,
        visit: &Visit,
    ) -> Result<Response, PageRefusal> {
        let form_action = response.target().form_action_source();
        let (keys, settings) = (self.live.keys(), self.live.settings());
        let is_protected = response.target().mode().protected;
        let encryption = Encryption::of_responses(client).filter(|_| is_protected);
        let client_keys = match encryption {
            Some(encryption) if encryption.needs_client_key() => self.keys_of(client, None).await,
            _ => None,
        };
        let protection = Protection {
            issuer: &self.settings.issuer,
            client,
            client_keys: client_keys.as_deref().map(ClientKeys::set),
            keys: &keys,
            settings: &settings,
            random: self.random(),
        };
        let delivery = response.delivery(&protection, self.now());
        let delivery = delivery.map_err(|error| match error {
            // What the client wants hidden goes to it hidden or not at all.
            ProtectionError::Encryption(error) => {
                tracing::warn!(%error, client = %client.id, "a response cannot be encrypted");
                PageRefusal::from(PageError::Request)
                    .because(&error)
                    .of_client(Some(client))
            }
            error @ ProtectionError::Signing(_) => Fault::Defect(error.to_string()).into(),
        });
        match delivery? {
            Delivery::Redirect(uri) => Ok(Redirect::to(&uri).into_response()),
            // Whoever is answered so was never led to a page.
            Delivery::Answer(_) => {
                let defect = "a page is left by an answer without a redirect";
                Err(Fault::Defect(defect.to_owned()).into())
            }
            Delivery::FormPost { action, fields } => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, value)| context! { name => *name, value => value.as_str() })
                    .collect();
                let client = self.client_shown(client, &visit.frame);
                let shown = context! { action_url => action, fields => fields, client => client };
                let leading = |page: crate::page::Page| page.leading_to(&form_action);
                Ok(self.show("form-post.html", &visit.frame, shown, leading))
            }
        }
    }
}
