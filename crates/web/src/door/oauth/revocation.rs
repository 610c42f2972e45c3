//! `POST /as/revoke_token.oauth2` (RFC 7009).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{Grant, RevokedToken};
use http::StatusCode;
use oauth::client_auth::{AuthenticatedClient, ClientAuthError};
use oauth::introspection::PresentedToken;
use oauth::revocation::{Facts, RevocationError, revoke as decide_about};
use oauth::{Decision, Parameters};

use super::caller::{Caller, Issuing};
use super::reply::{Failure, Refusal};
use super::shown::Shown;
use crate::app::App;
use crate::extract::{Peer, Submitted, SubmittedError};
use crate::fault::Fault;

/// The revocation endpoint.
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    peer: Peer,
    shown: Shown,
    submitted: Result<Submitted, SubmittedError>,
) -> Response {
    match carry_out(&app, &shown, submitted).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(failure) => app.refuse(failure, peer),
    }
}

async fn carry_out(
    app: &App,
    shown: &Shown,
    submitted: Result<Submitted, SubmittedError>,
) -> Result<(), Failure> {
    let Submitted(parameters) = submitted?;
    let caller = Caller::identify(app, app.site.paths.revocation, shown, &parameters).await?;
    let caller = caller.map_err(Refusal::from)?;
    let decide = || async {
        let client = caller.authenticate(app).map_err(RevocationError::from);
        let revoked = client.map(|client| revoke_token(app, client, &parameters));
        revoked.resolve().await
    };
    let replayed = || RevocationError::Client(ClientAuthError::REPLAYED);
    Ok(app
        .carry_out(decide, replayed)
        .await?
        .map_err(Refusal::from)?)
}

async fn revoke_token(
    app: &App,
    client: AuthenticatedClient<'_>,
    parameters: &Parameters,
) -> Result<Decision<(), RevocationError>, Fault> {
    let (issuing, issuer) = (Issuing::now(app), &app.settings.issuer);
    let token = PresentedToken::of(parameters, issuing.keys(), issuer, app.now());
    let Some(token) = token else {
        return Ok(Decision::refuse(RevocationError::TokenMissing));
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
    Ok(decide_about(
        &client,
        &token,
        &facts,
        app.now(),
        app.random(),
    ))
}
