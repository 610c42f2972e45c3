//! `PingID`'s REST API, version 4: programs of an organisation look after its people and their devices,
//! and have people prove who they are.
//!
//! The addresses are the server's; the alias in a request says whose house it is, and its people are
//! those who sign on at every other door of that house. What nobody has signed is told so without a
//! signature: an answer has the organisation's token in its header.

mod activation;
mod authentication;
mod choice;
mod device;
mod operation;
mod pairing;
mod passwordless;
mod report;
mod session;
mod user;

use std::sync::Arc;
use std::time::Duration;

use authn::pingid::rest::{self, MAX_LENGTH, Outcome, VerifiedRequest};
use authn::pingid::{NotSigned, NotTheirs};
use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next as Following;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::port::{Changes, CommitError};
use domain::{Actor, AuditEvent, Organization};
use http::header::CONTENT_TYPE;
use http::{StatusCode, request::Parts};
use serde_json::Map;

pub(crate) use self::activation::forgotten;
pub(in crate::door) use self::activation::used_up;
use self::operation::{Call, Halt, Reply, named};
pub(super) use self::session::{
    address_of, answered, application_of, client_of, groups_of, icon_of,
};
use crate::app::App;
use crate::bounds::Unserved;
use crate::extract::{Named, SubmittedError, Visit, bounded};
use crate::fault::Fault;
use crate::limit::Purpose;

/// Where operations are.
const OPERATION: &str = "/pingid/rest/4/{operation}/do";
/// Where activation codes lead.
const ACTIVATION: &str = "/pingid/QRRedirection";
/// How long a body may be on its way.
const BODY: Duration = Duration::from_secs(10);
/// How long answering may take: `authonline` waits for what somebody decides.
pub(crate) const LONGEST: Duration = Duration::from_secs(120);

/// The routes of the operations. Clients write them with a slash at the end and without.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(OPERATION, post(operate))
        .route(&format!("{OPERATION}/"), post(operate))
}

/// What people are led to by the codes that they are given.
pub(crate) fn activations() -> Router<Arc<App>> {
    Router::new().route(ACTIVATION, get(activation::lead))
}

/// Why a request proves nothing.
#[derive(Debug, thiserror::Error)]
enum Unproven {
    /// It names no organisation.
    #[error("the request names no organisation")]
    Nameless,
    /// No organisation has the alias.
    #[error("no organisation has this alias")]
    OrganizationUnknown,
    /// It is too long, or broke off.
    #[error(transparent)]
    Body(#[from] SubmittedError),
    /// It is no text.
    #[error("the request is no text")]
    Text,
    /// The organisation has not signed it.
    #[error("the request is not the organisation's: {0}")]
    NotTheirs(#[from] NotTheirs),
    /// The house cannot answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// `POST /pingid/rest/4/{operation}/do`.
async fn operate(
    State(server): State<Arc<App>>,
    Named(operation): Named,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let taken = async {
        // An approval may take its time, but not a body of which nobody knows whose it is.
        let body = tokio::time::timeout(BODY, bounded(body, MAX_LENGTH)).await;
        let body = body.map_err(|_| SubmittedError::Broken)??;
        let jws = std::str::from_utf8(&body).map_err(|_| Unproven::Text)?;
        let (organization, house) = whose(&server, jws).await?;
        let verified = rest::verify(&organization, jws, house.now())?;
        Ok(Box::pin(served(
            &house,
            (&verified, &organization),
            &operation,
            &mut parts,
        ))
        .await)
    };
    match Box::pin(taken).await {
        Ok(response) => response,
        Err(unproven) => {
            let Ok(visit) = Visit::from_request_parts(&mut parts, &server).await;
            untaken(&server, &unproven, &operation, &visit).await
        }
    }
}

/// Whose request it says that it is.
async fn whose(server: &Arc<App>, jws: &str) -> Result<(Organization, Arc<App>), Unproven> {
    let read = authn::pingid::read(jws, MAX_LENGTH)?;
    let named = rest::alias_in(&read.payload);
    let alias = read.alias.or(named).ok_or(Unproven::Nameless)?;
    let found = server.organization_named(&alias).await?;
    found.ok_or(Unproven::OrganizationUnknown)
}

/// Does what an organisation asks, and answers it.
async fn served(
    house: &Arc<App>,
    (verified, organization): (&VerifiedRequest<'_>, &Organization),
    operation: &str,
    parts: &mut Parts,
) -> Response {
    let Ok(mut visit) = Visit::from_request_parts(parts, house).await;
    if let Ok(asked) = &verified.asked {
        visit.prefers(asked.locale.as_deref());
    }
    let reply = match done(house, (verified, organization), operation, &visit).await {
        Ok(reply) => reply,
        Err(Halt::Outcome(outcome)) => Reply::of(outcome),
        Err(Halt::Fault(fault)) => {
            tracing::error!(%fault, operation, "an operation of an organisation cannot be done");
            Reply::of(Outcome::System)
        }
    };
    if !reply.outcome.is_good() {
        let actor = Actor::Client(organization.alias.clone());
        let refused = Refused {
            operation,
            cause: reply.outcome.to_string(),
            id: reply.outcome.wire().id,
        };
        if let Err(fault) = refused.note(house, actor, &visit).await {
            tracing::error!(%fault, "a refusal cannot be noted");
        }
    }
    if let Some(report) = reply.report {
        return ([(CONTENT_TYPE, "application/octet-stream")], report).into_response();
    }
    let answer = verified.answer(reply.outcome, reply.members, house.random());
    signed(reply.outcome, answer)
}

async fn done(
    house: &Arc<App>,
    (verified, organization): (&VerifiedRequest<'_>, &Organization),
    operation: &str,
    visit: &Visit,
) -> Result<Reply, Halt> {
    let asked = match &verified.asked {
        Ok(asked) => asked,
        Err(unfit) => return Err(Outcome::from(unfit.clone()).into()),
    };
    let operation = named(operation).ok_or(Outcome::OperationUnknown)?;
    match house.records.commit(asked.claims()).await {
        Ok(()) => {}
        Err(CommitError::Claimed) => return Err(Outcome::Replayed.into()),
        Err(CommitError::Conflict) => return Err(Fault::Contention.into()),
        Err(CommitError::Store(error)) => return Err(error.into()),
    }
    let call = Call {
        house,
        organization,
        body: &asked.body,
        locale: asked.locale.as_deref().unwrap_or("en"),
        actor: Actor::Client(organization.alias.clone()),
        visit,
    };
    operation.run(&call).await
}

fn signed(outcome: Outcome, answer: Result<String, NotSigned>) -> Response {
    match answer {
        // RFC 7519 §10.3.1: "application/jwt"
        Ok(jws) => (status(outcome), [(CONTENT_TYPE, "application/jwt")], jws).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer is not signed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn status(outcome: Outcome) -> StatusCode {
    StatusCode::from_u16(outcome.wire().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Tells whoever has proven nothing that much and no more.
async fn untaken(server: &App, unproven: &Unproven, operation: &str, visit: &Visit) -> Response {
    if let Unproven::Fault(fault) = unproven {
        tracing::error!(%fault, "a request cannot be read");
        return unsigned(server, Outcome::System);
    }
    // Whoever has signed a request is not counted.
    if let Err(limited) = server.count_failure(Purpose::ClientAuthentication, visit.peer) {
        return limited.mark(unsigned(server, Outcome::Limited));
    }
    let outcome = Outcome::Malformed;
    tracing::warn!(cause = %unproven, operation, "a request of the REST API proves nothing");
    let refused = Refused {
        operation,
        cause: unproven.to_string(),
        id: outcome.wire().id,
    };
    match refused.note(server, Actor::Unknown, visit).await {
        Ok(()) => {}
        Err(fault) => tracing::error!(%fault, "a refusal cannot be noted"),
    }
    let mut response = unsigned(server, outcome);
    if matches!(unproven, Unproven::Body(SubmittedError::TooLarge)) {
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    }
    response
}

/// An answer that nobody has signed.
fn unsigned(app: &App, outcome: Outcome) -> Response {
    let answer = rest::answer(outcome, None, Map::new(), app.random());
    (status(outcome), axum::Json(answer)).into_response()
}

/// Gives a refusal of the bounds around every request the form of all others here.
pub(crate) async fn formed(
    State(app): State<Arc<App>>,
    request: Request,
    next: Following,
) -> Response {
    let form = |unserved: Unserved| {
        let mut response = unsigned(&app, Outcome::System);
        *response.status_mut() = unserved.status();
        response
    };
    Unserved::formed(next.run(request).await, form)
}

/// A refusal, as auditors read it.
struct Refused<'a> {
    operation: &'a str,
    cause: String,
    id: i64,
}

impl Refused<'_> {
    async fn note(self, app: &App, actor: Actor, visit: &Visit) -> Result<(), Fault> {
        let operation: String = self.operation.chars().take(64).collect();
        let event = AuditEvent::new("pingid.refused", actor, app.now(), app.random())
            .with("operation", operation)
            .with("cause", self.cause)
            .with("errorId", self.id)
            .with("address", visit.address.clone())
            .with("reference", visit.frame.request_id.clone());
        let mut changes = Changes::none();
        changes.insert(&event);
        match app.records.commit(changes).await {
            Ok(()) => Ok(()),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(_) => Err(Fault::Contention),
        }
    }
}
