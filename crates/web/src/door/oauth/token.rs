//! `POST /as/token.oauth2` (RFC 6749 §3.2).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::{ClientId, Grant, GrantId, Session, User, UserId};
use http::{Method, StatusCode};
use oauth::client_auth::AuthenticatedClient;
use oauth::device::{DeviceAuthorization, DeviceState};
use oauth::token::{
    CodeFacts, CodeRequest, DEVICE_CODE, DeviceCodeRequest, DeviceFacts, Issuer, RefreshFacts,
    RefreshRequest, Requester, TokenError, TokenRequest, TokenResponse, authorization_code,
    client_credentials, device_code, refresh_token,
};
use oauth::{Code, CodeState, Decision, Parameters};

use super::caller::{Caller, Issuing};
use super::dpop::{Dpop, Signed};
use super::reply::{Failure, Refusal, json};
use super::shown::Shown;
use crate::app::App;
use crate::extract::{Peer, Submitted, SubmittedError};
use crate::fault::Fault;

/// The token endpoint.
pub(crate) async fn token(
    State(app): State<Arc<App>>,
    peer: Peer,
    shown: Shown,
    submitted: Result<Submitted, SubmittedError>,
) -> Response {
    let signed = Signed {
        method: &Method::POST,
        endpoint: app.site.paths.token,
        headers: &shown.headers,
        access_token: None,
    };
    let dpop = Dpop::of(&app, &signed);
    dpop.supply(match exchange(&app, &shown, &dpop, submitted).await {
        Ok((tokens, issued)) => {
            let mut response = json(StatusCode::OK, &tokens);
            response.extensions_mut().insert(issued);
            response
        }
        Err(failure) => app.refuse(failure, peer),
    })
}

/// Marks a response in which tokens were issued, for whoever counts them and writes the log: that is
/// where it is told, and not the audit log.
#[derive(Clone, Debug)]
pub struct Issued {
    /// By which grant (RFC 6749 §1.3).
    pub grant_type: &'static str,
    /// To which client.
    pub client: Option<ClientId>,
    /// What the person has granted, and who that is, if it was granted by one.
    pub grant: Option<(GrantId, UserId)>,
}

async fn exchange(
    app: &App,
    shown: &Shown,
    dpop: &Dpop,
    submitted: Result<Submitted, SubmittedError>,
) -> Result<(TokenResponse, Issued), Failure> {
    let Submitted(parameters) = submitted?;
    let caller = Caller::identify(app, app.site.paths.token, shown, &parameters).await?;
    let caller = caller.map_err(Refusal::from)?;
    let issuing = Issuing::to(caller.claimed(), app).await;
    let decide = || async {
        let client = caller.authenticate(app).map_err(TokenError::from);
        let requester = client.and_then(|client| requester(client, dpop));
        let issuer = issuing.issuer(app);
        let granted = requester.map(|requester| grant(app, &issuer, requester, &parameters));
        granted.resolve().await
    };
    let replayed = || dpop.replayed(app, &caller);
    let tokens: Result<TokenResponse, TokenError> = app.carry_out_or(decide, replayed).await?;
    let tokens = tokens?;
    let issued = Issued {
        grant_type: grant_name(&parameters),
        client: caller.claimed().map(|client| client.id.clone()),
        grant: tokens.grant,
    };
    Ok((tokens, issued))
}

/// Who asks, and to which key they want it bound.
fn requester<'a>(
    client: AuthenticatedClient<'a>,
    dpop: &'a Dpop,
) -> Decision<Requester<'a>, TokenError> {
    let proof = dpop.proof().map_err(TokenError::from);
    match proof.and_then(|proof| Requester::new(client, proof)) {
        Ok(requester) => Decision::accept(requester, dpop.changes()),
        Err(error) => Decision::refuse(error),
    }
}

/// The name of a grant that was used.
fn grant_name(parameters: &Parameters) -> &'static str {
    match parameters.value("grant_type") {
        Some("client_credentials") => "client_credentials",
        Some("refresh_token") => "refresh_token",
        Some(DEVICE_CODE) => "device_code",
        _ => "authorization_code",
    }
}

async fn grant(
    app: &App,
    issuer: &Issuer<'_>,
    client: Requester<'_>,
    parameters: &Parameters,
) -> Result<Decision<TokenResponse, TokenError>, Fault> {
    let client = &client;
    // What goes to the store is apart: a request without a person need not carry the room for it.
    match TokenRequest::parse(parameters) {
        Err(error) => Ok(Decision::refuse(error)),
        Ok(TokenRequest::AuthorizationCode(request)) => {
            Box::pin(by_code(app, issuer, client, &request)).await
        }
        Ok(TokenRequest::RefreshToken(request)) => {
            Box::pin(by_refresh(app, issuer, client, &request)).await
        }
        Ok(TokenRequest::DeviceCode(request)) => {
            Box::pin(by_device_code(app, issuer, client, &request)).await
        }
        Ok(TokenRequest::ClientCredentials(request)) => {
            Ok(client_credentials(issuer, client, &request, app.now()))
        }
    }
}

async fn by_code(
    app: &App,
    issuer: &Issuer<'_>,
    client: &Requester<'_>,
    request: &CodeRequest<'_>,
) -> Result<Decision<TokenResponse, TokenError>, Fault> {
    let code = app.records.get::<Code>(request.code).await?;
    let grant = match code.as_ref().map(|code| code.state) {
        Some(CodeState::Redeemed(grant)) => app.records.get::<Grant>(&grant).await?,
        _ => None,
    };
    let user = match &code {
        Some(code) => app.records.get::<User>(&code.user).await?,
        None => None,
    };
    let session = match &code {
        Some(code) => {
            let sid = code.authentication.session;
            app.records.find::<Session>(1, &sid).await?
        }
        None => Vec::new(),
    };
    let facts = CodeFacts {
        code: code.as_ref(),
        grant: grant.as_ref(),
        user: user.as_deref(),
        session: session.first(),
    };
    Ok(authorization_code(
        issuer,
        client,
        request,
        &facts,
        app.now(),
    ))
}

async fn by_device_code(
    app: &App,
    issuer: &Issuer<'_>,
    client: &Requester<'_>,
    request: &DeviceCodeRequest,
) -> Result<Decision<TokenResponse, TokenError>, Fault> {
    let found = app.records.get::<DeviceAuthorization>(request.code).await?;
    let allowed = match found.as_ref().map(|it| &it.state) {
        Some(DeviceState::Allowed {
            user,
            authentication,
            ..
        }) => Some((*user, authentication.session)),
        _ => None,
    };
    let (user, session) = match allowed {
        Some((user, session)) => (
            app.records.get::<User>(&user).await?,
            app.records.find::<Session>(1, &session).await?,
        ),
        None => (None, Vec::new()),
    };
    let facts = DeviceFacts {
        authorization: found.as_ref(),
        user: user.as_deref(),
        session: session.first(),
    };
    Ok(device_code(issuer, client, request, &facts, app.now()))
}

async fn by_refresh(
    app: &App,
    issuer: &Issuer<'_>,
    client: &Requester<'_>,
    request: &RefreshRequest,
) -> Result<Decision<TokenResponse, TokenError>, Fault> {
    let grant = app.records.get::<Grant>(&request.token.grant()).await?;
    let user = match &grant {
        Some(grant) => app.records.get::<User>(&grant.user).await?,
        None => None,
    };
    let facts = RefreshFacts {
        grant: grant.as_ref(),
        user: user.as_deref(),
    };
    Ok(refresh_token(issuer, client, request, &facts, app.now()))
}
