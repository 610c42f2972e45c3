//! `POST /as/revoke_token.oauth2` (RFC 7009).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{Grant, RevokedToken};
use http::{HeaderMap, StatusCode};
use oauth::Decision;
use oauth::client_auth::ClientAuthError;
use oauth::discovery::paths;
use oauth::introspection::PresentedToken;
use oauth::revocation::{Facts, RevocationError, revoke as decide_about};

use super::caller::{Caller, Issuing};
use super::reply::{Failure, Refusal};
use crate::app::App;
use crate::extract::{Peer, Submitted, SubmittedError};

/// The revocation endpoint.
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    peer: Peer,
    headers: HeaderMap,
    submitted: Result<Submitted, SubmittedError>,
) -> Response {
    match carry_out(&app, &headers, submitted).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(failure) => app.refuse(failure, peer),
    }
}

async fn carry_out(
    app: &App,
    headers: &HeaderMap,
    submitted: Result<Submitted, SubmittedError>,
) -> Result<(), Failure> {
    let Submitted(parameters) = submitted?;
    let caller = Caller::identify(app, paths::REVOCATION, headers, &parameters).await?;
    let caller = caller.map_err(Refusal::from)?;
    let issuing = Issuing::now(app);
    let decide = || async {
        let Decision {
            answer,
            mut changes,
        } = caller.authenticate(app);
        let client = match answer {
            Ok(client) => client,
            Err(error) => return Ok(Decision::refuse_and(error.into(), changes)),
        };
        let issuer = &app.settings.issuer;
        let token = PresentedToken::of(&parameters, issuing.keys(), issuer, app.now());
        let Some(token) = token else {
            return Ok(Decision::refuse_and(RevocationError::TokenMissing, changes));
        };
        let grant = match token.grant() {
            Some(id) => app.records.get::<Grant>(&id).await?,
            None => None,
        };
        let revoked = match token.jti() {
            Some(jti) => app.records.get::<RevokedToken>(jti).await?,
            None => None,
        };
        let facts = Facts {
            grant: grant.as_ref(),
            revoked: revoked.as_ref(),
        };
        let decision = decide_about(&client, &token, &facts, app.now(), app.random());
        changes.and(decision.changes);
        Ok(Decision {
            answer: decision.answer,
            changes,
        })
    };
    let replayed = || RevocationError::Client(ClientAuthError::REPLAYED);
    Ok(app
        .carry_out(decide, replayed)
        .await?
        .map_err(Refusal::from)?)
}
