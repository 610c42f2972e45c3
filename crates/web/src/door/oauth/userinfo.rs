//! `GET|POST /idp/userinfo.openid` (OpenID Connect Core §5.3).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{Grant, RevokedToken, User};
use http::header::AUTHORIZATION;
use http::{HeaderMap, Method, StatusCode};
use oauth::Parameters;
use oauth::token::VerifiedAccessToken;
use oauth::userinfo::{Facts, UserinfoError, bearer, userinfo as decide_about};
use serde_json::{Map, Value};

use super::reply::{Failure, Refusal, json};
use crate::app::App;
use crate::extract::{self, Submitted, SubmittedError};

/// The `UserInfo` endpoint.
pub(crate) async fn userinfo(
    State(app): State<Arc<App>>,
    method: Method,
    headers: HeaderMap,
    submitted: Result<Submitted, SubmittedError>,
) -> Response {
    match tell(&app, &method, &headers, submitted).await {
        Ok(claims) => json(StatusCode::OK, &claims),
        Err(failure) => failure.into_response(),
    }
}

async fn tell(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    submitted: Result<Submitted, SubmittedError>,
) -> Result<Map<String, Value>, Failure> {
    let Submitted(parameters) = submitted.map_err(|error| Refusal::from(unreadable(error)))?;
    // RFC 9700 §4.3.2: access tokens in the query of an address end up in logs.
    let form = if method == Method::POST {
        parameters
    } else {
        Parameters::default()
    };
    let authorization = extract::text(headers, AUTHORIZATION);
    let text = bearer(authorization, &form).map_err(Refusal::from)?;
    let (issuer, now) = (&app.settings.issuer, app.now());
    let token = VerifiedAccessToken::verify(text, &app.live.keys(), issuer, now);
    let token = token.map_err(UserinfoError::from).map_err(Refusal::from)?;
    let grant = match token.grant() {
        Some(id) => app.records.get::<Grant>(&id).await?,
        None => None,
    };
    let user = match &grant {
        Some(grant) => app.records.get::<User>(&grant.user).await?,
        None => None,
    };
    let client = app.live.client(&token.client()).await?;
    let revoked = app.records.get::<RevokedToken>(token.jti()).await?;
    let settings = app.live.settings();
    let facts = Facts {
        settings: &settings,
        client: client.as_deref(),
        grant: grant.as_deref(),
        revoked: revoked.as_deref(),
        user: user.as_deref(),
    };
    Ok(decide_about(&token, issuer, &facts, now).map_err(Refusal::from)?)
}

/// This endpoint tells of a request that it cannot read as of any other that it refuses, with a
/// challenge (RFC 6750 §3).
fn unreadable(error: SubmittedError) -> UserinfoError {
    match error {
        SubmittedError::Parameters(error) => error.into(),
        SubmittedError::MediaType | SubmittedError::Broken => UserinfoError::Unreadable,
    }
}
