//! `GET|POST /idp/userinfo.openid` (OpenID Connect Core §5.3).

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::{Client, Grant, RevokedToken, User};
use http::header::AUTHORIZATION;
use http::{Method, StatusCode};
use oauth::client_auth::CertificateChain;
use oauth::encryption::Encryption;
use oauth::token::VerifiedAccessToken;
use oauth::userinfo::{
    ConfirmedAccessToken, Facts, PresentedAccessToken, Scheme, UserinfoError, UserinfoRefusal,
    as_token, userinfo as decide_about,
};
use oauth::{Parameters, Thumbprint};
use serde_json::{Map, Value};

use super::caller::Issuing;
use super::dpop::{Dpop, Signed};
use super::reply::{Failure, Refusal, json, token};
use super::shown::Shown;
use crate::app::App;
use crate::extract::{Submitted, SubmittedError};
use crate::fault::Fault;

/// The `UserInfo` endpoint.
pub(crate) async fn userinfo(
    State(app): State<Arc<App>>,
    method: Method,
    shown: Shown,
    submitted: Result<Submitted, SubmittedError>,
) -> Response {
    let asked = Asked {
        method: &method,
        shown: &shown,
    };
    let (told, dpop) = tell(&app, asked, submitted).await;
    let response = match told {
        Ok(About::Plain(claims)) => json(StatusCode::OK, &claims),
        // OpenID Connect Core §5.3.2: "the content-type MUST be application/jwt."
        Ok(About::Token(told)) => token("application/jwt", told),
        Err(failure) => failure.into_response(),
    };
    match dpop {
        Some(dpop) => dpop.supply(response),
        None => response,
    }
}

/// The parts of a request that tell whether it may be answered.
#[derive(Clone, Copy)]
struct Asked<'a> {
    method: &'a Method,
    shown: &'a Shown,
}

/// What is told about a person.
enum About {
    /// As it is.
    Plain(Map<String, Value>),
    /// As a token.
    Token(String),
}

/// The answer, and what the client is told by DPoP with it.
type Told = (Result<About, Failure>, Option<Dpop>);

async fn tell(app: &App, asked: Asked<'_>, submitted: Result<Submitted, SubmittedError>) -> Told {
    let refuse = |error: UserinfoError| {
        let refusal = Refusal::from(UserinfoRefusal::from(error));
        (Err(refusal.into()), None)
    };
    let parameters = match submitted {
        Ok(Submitted(parameters)) => parameters,
        Err(error) => return (Err(unreadable(error)), None),
    };
    // RFC 9700 §4.3.2: access tokens in the query of an address end up in logs.
    let form = match *asked.method == Method::POST {
        true => parameters,
        false => Parameters::default(),
    };
    let authorization = asked.shown.headers.get_all(AUTHORIZATION).iter();
    let authorization: Vec<&str> = authorization.filter_map(|it| it.to_str().ok()).collect();
    let token = match PresentedAccessToken::of(&authorization, &form) {
        Ok(token) => token,
        Err(error) => return refuse(error),
    };
    let dpop = (token.scheme == Scheme::Dpop).then(|| {
        let signed = Signed {
            method: asked.method,
            endpoint: app.site.paths.userinfo,
            headers: &asked.shown.headers,
            access_token: Some(token.text),
        };
        Dpop::of(app, &signed)
    });
    let holder = Holder {
        dpop: dpop.as_ref(),
        certificate: asked.shown.certificates().map(CertificateChain::thumbprint),
    };
    let told = match about(app, token, holder).await {
        Ok(told) => told.map_err(|error| {
            let scheme = token.scheme;
            Refusal::from(UserinfoRefusal { error, scheme }).into()
        }),
        Err(fault) => Err(fault.into()),
    };
    (told, dpop)
}

/// What whoever shows an access token proves to hold besides.
#[derive(Clone, Copy)]
struct Holder<'a> {
    dpop: Option<&'a Dpop>,
    certificate: Option<&'a Thumbprint>,
}

/// What is told to whoever shows an access token.
async fn about(
    app: &App,
    shown: PresentedAccessToken<'_>,
    holder: Holder<'_>,
) -> Result<Result<About, UserinfoError>, Fault> {
    let token = match confirmed(app, shown, holder) {
        Ok(token) => token,
        Err(error) => return Ok(Err(error)),
    };
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
    let told = decide_about(&token, &app.settings.issuer, &facts, app.now());
    let told = match holder.dpop {
        Some(dpop) => dpop.spend(app).await?.map_err(Into::into).and(told),
        None => told,
    };
    match (told, client) {
        (Ok(claims), Some(client)) => Ok(formed(app, claims, &client).await),
        (told, _) => Ok(told.map(About::Plain)),
    }
}

/// What is told, in the form that the client wants.
async fn formed(
    app: &App,
    claims: Map<String, Value>,
    client: &Client,
) -> Result<About, UserinfoError> {
    let issuing = Issuing::encrypting(Some(client), Encryption::of_userinfo, app).await;
    let token = as_token(&claims, client, &issuing.issuer(app))?;
    Ok(token.map_or(About::Plain(claims), About::Token))
}

/// The access token, if whoever shows it may.
fn confirmed(
    app: &App,
    shown: PresentedAccessToken<'_>,
    holder: Holder<'_>,
) -> Result<ConfirmedAccessToken, UserinfoError> {
    let (issuer, now) = (&app.settings.issuer, app.now());
    let token = VerifiedAccessToken::verify(shown.text, &app.live.keys(), issuer, now)?;
    let proof = holder.dpop.map_or(Ok(None), Dpop::proof)?;
    ConfirmedAccessToken::new(token, shown.scheme, proof, holder.certificate)
}

/// This endpoint tells of a request that it cannot read as of any other that it refuses, with a
/// challenge (RFC 6750 §3).
fn unreadable(error: SubmittedError) -> Failure {
    let error = match error {
        // This is the same wherever it is sent.
        SubmittedError::TooLarge => return error.into(),
        SubmittedError::Parameters(error) => error.into(),
        SubmittedError::MediaType | SubmittedError::Broken => UserinfoError::Unreadable,
    };
    Refusal::from(UserinfoRefusal::from(error)).into()
}
