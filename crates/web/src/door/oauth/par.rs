//! `POST /as/par.oauth2` (RFC 9126).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::port::{Changes, CommitError};
use domain::{Decision, HandleKey};
use http::header::CACHE_CONTROL;
use http::{HeaderValue, Method, StatusCode};
use oauth::Parameters;
use oauth::authorize::{AuthorizeError, Facts, UnverifiedRequest};
use oauth::client_auth::{AuthenticatedClient, ClientAuthError, ClientKeys};
use oauth::dpop::DpopError;
use oauth::pushed::{self, PushError, PushedRequest, PushedResponse};
use oauth::request_object::{self, Opened};

use super::authorize::transaction;
use super::caller::Caller;
use super::dpop::{Dpop, Signed};
use super::reply::{Failure, Refusal, json};
use super::shown::Shown;
use crate::app::App;
use crate::extract::{Peer, Submitted, SubmittedError};
use crate::fault::Fault;
use crate::limit::Purpose;

/// The pushed authorization request endpoint.
pub(crate) async fn push(
    State(app): State<Arc<App>>,
    peer: Peer,
    shown: Shown,
    submitted: Result<Submitted, SubmittedError>,
) -> Response {
    let signed = Signed {
        method: &Method::POST,
        endpoint: app.site.paths.pushed_authorization_request,
        headers: &shown.headers,
        access_token: None,
    };
    let dpop = Dpop::of(&app, &signed);
    let mut response = match keep(&app, (&shown, peer), &dpop, submitted).await {
        // RFC 9126 §2.2: "the server MUST generate a request URI and provide it in the response with
        // a 201 HTTP status code."
        Ok(pushed) => json(StatusCode::CREATED, &pushed),
        Err(failure) => app.refuse(failure, peer),
    };
    let never = HeaderValue::from_static("no-cache, no-store");
    response.headers_mut().insert(CACHE_CONTROL, never);
    dpop.supply(response)
}

async fn keep(
    app: &App,
    (shown, peer): (&Shown, Peer),
    dpop: &Dpop,
    submitted: Result<Submitted, SubmittedError>,
) -> Result<PushedResponse, Failure> {
    let Submitted(parameters) = submitted?;
    let endpoint = app.site.paths.pushed_authorization_request;
    let caller = Caller::identify(app, endpoint, shown, &parameters).await?;
    let caller = caller.map_err(Refusal::from)?;
    // Anybody can have us keep what they push in the name of a client that proves nothing.
    if caller.is_public() {
        app.admit(Purpose::SignOn, peer).map_err(Failure::Limited)?;
    }
    let client = caller.claimed();
    let object = client.and_then(|client| {
        Opened::sent(client, app.is_environment(), &parameters, &app.live.keys())
    });
    let client_keys = match client.zip(object.as_ref()) {
        Some((client, object)) => app.keys_for_request(client, object).await,
        // What says who is meant may be signed with them even if the request is not.
        None => match client.filter(|client| client.keys.is_some()) {
            Some(client) if parameters.value("login_hint_token").is_some() => {
                app.keys_of(client, None).await
            }
            _ => None,
        },
    };
    let sent = Sent {
        parameters: &parameters,
        object: object.as_ref(),
        client_keys: client_keys.as_deref(),
    };
    let decide = || async {
        let Decision { answer, changes } = caller.authenticate(app);
        let client = match answer {
            Ok(client) => client,
            Err(error) => return Ok(Decision::refuse_and(error.into(), changes)),
        };
        let decision = decide_on(app, &client, sent, dpop);
        let mut all = changes;
        all.and(dpop.changes());
        all.and(decision.changes);
        Ok(Decision {
            answer: decision.answer,
            changes: all,
        })
    };
    let replayed = || replayed(app, &caller, dpop);
    let kept = app.carry_out_or(decide, replayed).await?;
    Ok(kept.map_err(Refusal::from)?)
}

/// What a client pushes, the request object in it, and the keys with which it may have signed that.
#[derive(Clone, Copy)]
struct Sent<'a> {
    parameters: &'a Parameters,
    object: Option<&'a Opened<'a>>,
    client_keys: Option<&'a ClientKeys>,
}

fn decide_on(
    app: &App,
    client: &AuthenticatedClient<'_>,
    sent: Sent<'_>,
    dpop: &Dpop,
) -> Decision<PushedResponse, PushError> {
    let proof = match dpop.proof() {
        Ok(proof) => proof,
        Err(error) => return Decision::refuse(error.into()),
    };
    let settings = app.live.settings();
    let detail_types = app.live.detail_types();
    let object = request_object::Facts {
        client,
        client_keys: sent.client_keys,
        object: sent.object,
        is_application: app.is_environment(),
        issuer: &app.settings.issuer,
    };
    let request = UnverifiedRequest::pushed(sent.parameters, &object, app.now());
    if let Some(cause) = request.refused() {
        tracing::info!(%cause, client = client.id.as_str(), "refused a request object");
    }
    let hint = app.id_token_hint(request.value("id_token_hint"), Some(client));
    let login_hint = app.login_hint(request.value("login_hint_token"), &object);
    let facts = Facts {
        client: Some(client),
        settings: &settings,
        detail_types: &detail_types,
        issuer: &app.settings.issuer,
        id_token_hint: hint.as_ref(),
        login_hint: login_hint.as_ref(),
        is_environment: app.is_environment(),
        can_register: app.can_register(),
    };
    let verified = match pushed::verified(&request, proof, &facts) {
        Ok(verified) => verified,
        Err(error) => return Decision::refuse(error.into()),
    };
    // RFC 9126 §2.3: "The authorization server returns an error response with the same format as is
    // specified for error responses from the token endpoint in Section 5.2 of [RFC6749]": what could
    // never be shown to anybody is told to the client, which can still mend it, and not kept.
    if let Err(error) = transaction(&verified, app) {
        return Decision::refuse(error.into());
    }
    let at = (app.now(), app.random());
    pushed::keep(client, &request, &verified, &settings, at)
}

/// What was used before, when the store says only that something was: the client's assertion, the
/// DPoP proof, or else the request object. The request is refused in any case; so what was not, is
/// spent now.
async fn replayed(app: &App, caller: &Caller<'_>, dpop: &Dpop) -> Result<PushError, Fault> {
    let replayed = [
        (
            caller.authenticate(app).changes,
            PushError::Client(ClientAuthError::REPLAYED),
        ),
        (dpop.changes(), PushError::Dpop(DpopError::Replayed)),
    ];
    for (changes, error) in replayed {
        match app.records.commit(changes).await {
            Ok(()) => {}
            Err(CommitError::Claimed) => return Ok(error),
            Err(CommitError::Conflict) => return Err(Fault::Contention),
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
    }
    Ok(AuthorizeError::RequestObjectReplayed.into())
}

impl App {
    /// What uses up a pushed request, to be committed with its answer.
    pub(in crate::door) async fn use_up(&self, reference: HandleKey) -> Result<Changes, Fault> {
        let loaded = self.records.get::<PushedRequest>(reference).await?;
        Ok(pushed::use_up(reference, loaded.as_ref(), self.now()))
    }
}
