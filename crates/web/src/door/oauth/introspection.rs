//! `POST /as/introspect.oauth2` (RFC 7662).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::port::Changes;
use domain::{Grant, RevokedToken, User};
use http::StatusCode;
use oauth::client_auth::{AuthenticatedClient, ClientAuthError};
use oauth::introspection::{
    Facts, IntrospectionError, IntrospectionResponse, PresentedToken, introspect as decide_about,
};
use oauth::{Decision, Parameters};

use super::accept;
use super::caller::{Caller, Issuing};
use super::reply::{Failure, Refusal, json};
use super::shown::Shown;
use crate::app::App;
use crate::extract::{Peer, Submitted, SubmittedError};
use crate::fault::Fault;

/// The introspection endpoint.
pub(crate) async fn introspect(
    State(app): State<Arc<App>>,
    peer: Peer,
    shown: Shown,
    submitted: Result<Submitted, SubmittedError>,
) -> Response {
    match ask(&app, &shown, submitted).await {
        Ok(told) => json(StatusCode::OK, &told),
        Err(failure) => app.refuse(failure, peer),
    }
}

async fn ask(
    app: &App,
    shown: &Shown,
    submitted: Result<Submitted, SubmittedError>,
) -> Result<IntrospectionResponse, Failure> {
    // RFC 9701 §4: a JWT is asked for with an "Accept HTTP header field set to
    // "application/token-introspection+jwt"". There is none to be had, and who wants the answer
    // signed is told so rather than given it unsigned.
    if !accept::admits_json(&shown.headers) {
        return Err(Refusal::from(IntrospectionError::NotAcceptable).into());
    }
    let Submitted(parameters) = submitted?;
    let caller = Caller::identify(app, app.site.paths.introspection, shown, &parameters).await?;
    let caller = caller.map_err(Refusal::from)?;
    let decide = || async {
        let client = caller.authenticate(app).map_err(IntrospectionError::from);
        let told = client.map(|client| tell(app, client, &parameters));
        told.resolve().await
    };
    let replayed = || IntrospectionError::Client(ClientAuthError::REPLAYED);
    Ok(app
        .carry_out(decide, replayed)
        .await?
        .map_err(Refusal::from)?)
}

async fn tell(
    app: &App,
    client: AuthenticatedClient<'_>,
    parameters: &Parameters,
) -> Result<Decision<IntrospectionResponse, IntrospectionError>, Fault> {
    let issuing = Issuing::now(app);
    let issuer = issuing.issuer(app);
    let token = PresentedToken::of(parameters, issuing.keys(), issuer.url, app.now());
    let Some(token) = token else {
        return Ok(Decision::refuse(IntrospectionError::TokenMissing));
    };
    let grant = match token.grant() {
        Some(id) => app.records.get::<Grant>(&id).await?,
        None => None,
    };
    let revoked = match token.jti() {
        Some(jti) => app.records.get::<RevokedToken>(jti).await?,
        None => None,
    };
    let user = match &grant {
        Some(grant) => app.records.get::<User>(&grant.user).await?,
        None => None,
    };
    let owner = match token.client(grant.as_deref()) {
        Some(id) => app.live.client(&id).await?,
        None => None,
    };
    let facts = Facts {
        client: owner.as_deref(),
        user: user.as_deref(),
        grant: grant.as_deref(),
        revoked: revoked.as_deref(),
    };
    let told = decide_about(&issuer, &client, &token, &facts, app.now());
    Ok(Decision::accept(told, Changes::none()))
}
