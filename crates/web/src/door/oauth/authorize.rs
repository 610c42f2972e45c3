//! `GET|POST /as/authorization.oauth2` (RFC 6749 §3.1, OpenID Connect Core §3.1.2).

use std::sync::Arc;

use authn::approval::check;
use authn::approval::template::Method;
use authn::flow::{AcrDemand, ConsentDemand, Door, Requirement};
use axum::extract::State;
use axum::response::Response;
use domain::{
    Client, ClientId, Decision, Scope, ServerSettings, TransactionDraft, TransactionSource, User,
    UserId,
};
use oauth::Parameters;
use oauth::authorization_details::{DetailTypes, DetailsError};
use oauth::authorize::{
    AuthorizeError, Facts, IdTokenHint, Prompt, REDIRECTLESS, Refusal, Sources, UnverifiedRequest,
    VerifiedRequest, verify,
};
use oauth::pushed::{self, PushedRequest};
use oauth::request_object::{self, Opened};
use oauth::transaction_request::{LoginHint, login_hint};

use crate::app::App;
use crate::door::{authn_api, pingone};
use crate::extract::{Requested, SubmittedError, Visit};
use crate::fault::Fault;
use crate::page::error::{PageError, PageRefusal};

/// The authorization endpoint.
pub(crate) async fn authorize(
    State(app): State<Arc<App>>,
    mut visit: Visit,
    requested: Result<Requested, SubmittedError>,
) -> Result<Response, PageRefusal> {
    let Requested(parameters) = requested?;
    let begun = Box::pin(begin(&app, &parameters, &mut visit)).await;
    begun.map_err(|refusal| refusal.in_language(visit.frame.locale))
}

async fn begin(
    app: &App,
    parameters: &Parameters,
    visit: &mut Visit,
) -> Result<Response, PageRefusal> {
    let client = match parameters.value("client_id") {
        Some(id) => app.live.client(&ClientId::new(id)).await?,
        None => None,
    };
    let client = client.as_deref();
    let pushed = match pushed::reference(parameters) {
        Some(reference) => app.records.get::<PushedRequest>(reference).await?,
        None => None,
    };
    let received = app.received(parameters, client, pushed.as_deref()).await;
    visit.prefers(received.value("ui_locales"));
    let redirectless = received.value("response_mode") == Some(REDIRECTLESS);
    if redirectless && !app.is_environment() && !app.live.authn_api().enabled {
        return Ok(authn_api::refused(app, None, visit));
    }
    let hint = app.id_token_hint(received.value("id_token_hint"), client);
    let login_hint = app.login_hint_of(&received, client).await;
    let settings = app.live.settings();
    let detail_types = app.live.detail_types();
    let facts = Facts {
        client,
        detail_types: &detail_types,
        settings: &settings,
        issuer: &app.settings.issuer,
        id_token_hint: hint.as_ref(),
        login_hint: login_hint.as_ref(),
        is_environment: app.is_environment(),
        can_register: app.can_register(),
    };
    // This and what comes of it are too large to stand on the stack of every request.
    let verified = Box::pin(app.verified(&received, &facts)).await?;
    let shown = verified.and_then(|request| match transaction(&request, app) {
        Ok(transaction) => Ok((request, transaction)),
        Err(error) => Err(request.refused(error)),
    });
    let (request, transaction) = match shown {
        Ok(shown) => shown,
        Err(refusal) if redirectless => return Ok(told(app, &refusal, visit)),
        Err(refusal) => return refused(app, &refusal, client, visit).await,
    };
    let demand = client.and_then(|client| consent(&request, client, &settings, &detail_types));
    let requirement = Requirement {
        transaction,
        ..requirement(&request, demand, app)
    };
    if let (true, Some(client)) = (request.target().mode().is_redirectless(), client) {
        return Ok(match authn_api::may_start(app, client, visit) {
            _ if app.is_environment() => {
                Box::pin(pingone::start(app, &request, requirement, visit)).await
            }
            true => Box::pin(authn_api::start(app, &request, requirement, client, visit)).await,
            false => authn_api::refused(app, None, visit),
        });
    }
    let request = serde_json::to_value(&request);
    let request = request.map_err(|error| Fault::Defect(error.to_string()))?;
    Box::pin(app.begin_flow(Door::Authorize, request, requirement, visit)).await
}

impl App {
    /// The request, if all is well with it, and its request object spent.
    async fn verified(
        &self,
        received: &UnverifiedRequest,
        facts: &Facts<'_>,
    ) -> Result<Result<VerifiedRequest, Refusal>, PageRefusal> {
        let verified = match verify(received, facts) {
            Ok(request) => self.spend(received, request).await?,
            Err(refusal) => Err(refusal),
        };
        match verified {
            Ok(request) => self.vouched_for(request).await,
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// The request, unless an application vouches in it for nobody who could sign on. Whether there is no
    /// such person or they are disabled is not told.
    async fn vouched_for(
        &self,
        request: VerifiedRequest,
    ) -> Result<Result<VerifiedRequest, Refusal>, PageRefusal> {
        let Some(subject) = request.vouched().filter(|_| self.is_environment()) else {
            return Ok(Ok(request));
        };
        let user = match subject.parse::<UserId>() {
            Ok(id) => self.records.get::<User>(&id).await.map_err(Fault::from)?,
            Err(_) => None,
        };
        Ok(match user.is_some_and(|user| user.enabled) {
            true => Ok(request),
            false => Err(request.refused(AuthorizeError::LoginHintTokenRefused)),
        })
    }
}

/// Tells a client that is answered without a redirect that its request is refused.
fn told(app: &App, refusal: &Refusal, visit: &Visit) -> Response {
    match app.is_environment() {
        true => pingone::refused(app, refusal, visit),
        false => authn_api::refused(app, Some(refusal), visit),
    }
}

/// What the request asks of the flow engine.
fn requirement(
    request: &VerifiedRequest,
    consent: Option<ConsentDemand>,
    app: &App,
) -> Requirement {
    let essential = !request.required_acr().is_empty();
    let acr = if essential {
        request.required_acr()
    } else {
        request.acr_values()
    };
    let policies = app.live.policies();
    let chosen = policies.chosen(request.client(), acr);
    let asked = chosen.map(|(_, asked)| asked);
    // Nobody has this identifier: what names nobody of ours matches nobody.
    let nobody = UserId::from_bytes([0; 16]);
    Requirement {
        reauthenticate: request.prompts(Prompt::Login) || !app.live.session_rules().enabled,
        // Whoever is to create an account is not the one who is signed on.
        select_account: request.prompts(Prompt::SelectAccount) || request.prompts(Prompt::Create),
        register: request.prompts(Prompt::Create),
        max_age: request.max_age(),
        acr: AcrDemand {
            values: acr.to_vec(),
            essential,
        },
        // Whom the client vouches for is the only one who will do.
        subject: request
            .required_subject()
            .or(request.vouched())
            .map(|subject| subject.parse().unwrap_or(nobody)),
        login_hint: request.login_hint().map(str::to_owned),
        passive: request.prompts(Prompt::None),
        consent,
        second_factor: asked.unwrap_or(app.settings.second_factor),
        sign_on_policy: chosen.map(|(id, _)| id.to_owned()),
        every_browser: false,
        transaction: None,
        device_code: None,
        // Elsewhere a client's word says who is meant, and is no factor.
        vouched: request
            .vouched()
            .filter(|_| app.is_environment())
            .map(|subject| subject.parse().unwrap_or(nobody)),
        enrolment: None,
        device: None,
        one_time: None,
    }
}

/// What the person is to approve, if it can be shown to them.
pub(super) fn transaction(
    request: &VerifiedRequest,
    app: &App,
) -> Result<Option<TransactionDraft>, AuthorizeError> {
    let asked = request.transaction();
    let template = asked.and_then(|asked| asked.source.clone());
    let source = match template {
        Some(template) => Some(template),
        None => of_details(request, app)?,
    };
    let Some(source) = source else {
        return Ok(None);
    };
    let environment = app.site.environment.map(|it| it.env.to_string());
    let environment = environment.unwrap_or_else(|| app.settings.issuer.clone());
    let client = request.client().clone();
    let draft = TransactionDraft::new(environment, client, source, app.now(), app.random())
        .in_locales(request.ui_locales().to_vec())
        .with_challenge(asked.and_then(|asked| asked.challenge.clone()));
    match check(&draft, &app.live.templates(), &Method::ALL) {
        Ok(()) => Ok(Some(draft)),
        Err(cause) => {
            let client = request.client().as_str();
            tracing::info!(%cause, client, "refused a transaction");
            Err(AuthorizeError::TransactionUnshown)
        }
    }
}

/// What of the details that are asked for the person is to approve with a factor (RFC 9396).
fn of_details(
    request: &VerifiedRequest,
    app: &App,
) -> Result<Option<TransactionSource>, AuthorizeError> {
    let types = app.live.detail_types();
    let details = request.authorization_details();
    let details = details.filtered(|detail| types.takes_factor(detail));
    if details.is_empty() {
        return Ok(None);
    }
    let source = TransactionSource::authorization_details(details);
    let source = source.map_err(|cause| {
        tracing::info!(%cause, client = request.client().as_str(), "refused a transaction");
        AuthorizeError::AuthorizationDetails(DetailsError::Invalid)
    })?;
    Ok(Some(source))
}

/// What the person has to allow; nothing for a client whose approval is assumed.
fn consent(
    request: &VerifiedRequest,
    client: &Client,
    settings: &ServerSettings,
    types: &DetailTypes,
) -> Option<ConsentDemand> {
    let always = !settings.bypass_authorization_for_approved_consents
        || !is_assured(client, request.target().redirect_uri());
    (!client.bypass_approval).then(|| ConsentDemand {
        client: client.id.clone(),
        since: client.created,
        scope: request.consent_scope(),
        // What is approved with a factor is not asked for again.
        details: request
            .authorization_details()
            .filtered(|detail| !types.takes_factor(detail)),
        required: Scope::from_iter(["openid"]).common_with(request.scope()),
        always: always || request.prompts(Prompt::Consent),
        lifetime: settings.consent_lifetime(),
    })
}

/// Whether what comes back to this redirect URI comes back to the client and no other: it proves
/// who it is when it redeems the code, or has an address that no other can have. Any app on a
/// device can claim a port or a scheme.
fn is_assured(client: &Client, redirect_uri: &str) -> bool {
    // RFC 8252 §8.6: "authorization servers MUST NOT process authorization requests automatically
    // without user consent or interaction, except when the identity of the client can be assured."
    let is_https = |scheme: &str| scheme.eq_ignore_ascii_case("https://");
    client.is_confidential() || redirect_uri.get(..8).is_some_and(is_https)
}

/// The person is told until the client's redirect URI is proven, and the client from then on.
async fn refused(
    app: &App,
    refusal: &Refusal,
    client: Option<&Client>,
    visit: &Visit,
) -> Result<Response, PageRefusal> {
    let (error, description) = refusal.error.wire();
    tracing::info!(
        error,
        description,
        client = client.map(|c| c.id.as_str()),
        "refused a request"
    );
    match (refusal.response(), client) {
        (Some(response), Some(client)) => app.deliver(response, client, visit).await,
        _ => Err(PageRefusal::from(page_of(refusal.error))
            .because(&description)
            .of_client(client)),
    }
}

const fn page_of(error: AuthorizeError) -> PageError {
    match error {
        AuthorizeError::ClientDisabled | AuthorizeError::ClientUnknown => PageError::Client,
        AuthorizeError::RedirectUriUnregistered | AuthorizeError::RedirectUriUnusable => {
            PageError::RedirectUri
        }
        _ => PageError::Request,
    }
}

impl App {
    /// The request to the authorization endpoint, whichever way its parameters came.
    async fn received(
        &self,
        sent: &Parameters,
        client: Option<&Client>,
        pushed: Option<&PushedRequest>,
    ) -> UnverifiedRequest {
        let is_application = self.is_environment();
        let opened =
            client.and_then(|client| Opened::sent(client, is_application, sent, &self.live.keys()));
        let client_keys = match client.zip(opened.as_ref()) {
            Some((client, object)) => self.keys_for_request(client, object).await,
            None => None,
        };
        let object = client.map(|client| request_object::Facts {
            client,
            client_keys: client_keys.as_deref(),
            object: opened.as_ref(),
            is_application,
            issuer: &self.settings.issuer,
        });
        let received = UnverifiedRequest::received(sent, &Sources { pushed, object }, self.now());
        if let Some(cause) = received.refused() {
            let client = client.map(|client| client.id.as_str());
            tracing::info!(%cause, client, "refused a request object");
        }
        received
    }

    /// Whom a client vouches for in a request, if it has signed that.
    async fn login_hint_of(
        &self,
        received: &UnverifiedRequest,
        client: Option<&Client>,
    ) -> Option<LoginHint> {
        let (client, token) = client.zip(received.value("login_hint_token"))?;
        let client_keys = self.keys_of(client, None).await;
        let facts = request_object::Facts {
            client,
            client_keys: client_keys.as_deref(),
            object: None,
            is_application: self.is_environment(),
            issuer: &self.settings.issuer,
        };
        self.login_hint(Some(token), &facts)
    }

    /// Whom a client vouches for, if it has signed that; the cause is for the log if not.
    pub(super) fn login_hint(
        &self,
        presented: Option<&str>,
        facts: &request_object::Facts<'_>,
    ) -> Option<LoginHint> {
        let hint = login_hint(presented?, facts, self.now());
        let client = facts.client.id.as_str();
        hint.inspect_err(|cause| tracing::info!(%cause, client, "refused a login hint token"))
            .ok()
    }

    /// Spends the request object of a request that is verified, where it is good once.
    async fn spend(
        &self,
        received: &UnverifiedRequest,
        request: VerifiedRequest,
    ) -> Result<Result<VerifiedRequest, Refusal>, Fault> {
        let spending = received.spending();
        if spending.is_empty() {
            return Ok(Ok(request));
        }
        let decide = async || Ok(Decision::accept((), spending.clone()));
        let replayed = || request.refused(AuthorizeError::RequestObjectReplayed);
        let spent = self.carry_out(decide, replayed).await?;
        Ok(spent.map(|()| request))
    }

    /// Whether people can register themselves, at the server's own pages.
    pub(super) fn can_register(&self) -> bool {
        !self.is_environment() && self.settings.policy.identity.registration
    }

    /// An ID token that came back, if it is one of ours, expired or not.
    pub(super) fn id_token_hint(
        &self,
        presented: Option<&str>,
        client: Option<&Client>,
    ) -> Option<IdTokenHint> {
        let (keys, issuer) = (self.live.keys(), &self.settings.issuer);
        IdTokenHint::verify(presented?, &keys, issuer, client, self.now())
    }
}
