//! `POST /as/introspect.oauth2` (RFC 7662).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::port::Changes;
use domain::{Grant, RevokedToken, User};
use http::StatusCode;
use oauth::client_auth::{AuthenticatedClient, ClientAuthError};
use oauth::encryption::Encryption;
use oauth::introspection::{
    Facts, IntrospectionError, IntrospectionResponse, PresentedToken, as_token,
    introspect as decide_about,
};
use oauth::{Decision, Parameters};

use super::accept::{self, Form};
use super::caller::{Caller, Issuing};
use super::reply::{Failure, Refusal, json, token};
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
        Ok(Told::Plain(told)) => json(StatusCode::OK, &told),
        Ok(Told::Token(told)) => token(accept::TOKEN_INTROSPECTION, told),
        Err(failure) => app.refuse(failure, peer),
    }
}

/// What is told about a token.
enum Told {
    /// As it is.
    Plain(Box<IntrospectionResponse>),
    /// As a token (RFC 9701).
    Token(String),
}

async fn ask(
    app: &App,
    shown: &Shown,
    submitted: Result<Submitted, SubmittedError>,
) -> Result<Told, Failure> {
    let form = accept::wanted(&shown.headers);
    let form = form.ok_or_else(|| Refusal::from(IntrospectionError::NotAcceptable))?;
    let Submitted(parameters) = submitted?;
    let caller = Caller::identify(app, app.site.paths.introspection, shown, &parameters).await?;
    let caller = caller.map_err(Refusal::from)?;
    // Apart: few requests need keys of the client's.
    let issuing = match form {
        Form::Json => Issuing::now(app),
        Form::Token => {
            let wanted = Encryption::of_introspection;
            Box::pin(Issuing::encrypting(caller.claimed(), wanted, app)).await
        }
    };
    let decide = || async {
        let client = caller.authenticate(app).map_err(IntrospectionError::from);
        // Boxed, as what is around it would be moved with it again and again.
        let told = client.map(|client| Box::pin(tell(app, client, &parameters, (form, &issuing))));
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
    (form, issuing): (Form, &Issuing),
) -> Result<Decision<Told, IntrospectionError>, Fault> {
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
    let told = match form {
        Form::Json => Ok(Told::Plain(Box::new(told))),
        Form::Token => as_token(&told, &client, &issuer, app.now()).map(Told::Token),
    };
    Ok(match told {
        Ok(told) => Decision::accept(told, Changes::none()),
        Err(error) => Decision::refuse(error),
    })
}
