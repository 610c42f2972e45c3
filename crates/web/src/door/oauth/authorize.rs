//! `GET|POST /as/authorization.oauth2` (RFC 6749 §3.1, OpenID Connect Core §3.1.2).

use std::sync::Arc;

use authn::flow::{AcrDemand, ConsentDemand, Door, Requirement};
use axum::extract::State;
use axum::response::Response;
use domain::{Client, ClientId, Scope, ServerSettings, UserId};
use oauth::Parameters;
use oauth::authorize::{
    AuthorizeError, Facts, IdTokenHint, Prompt, Refusal, VerifiedRequest, verify,
};

use crate::app::App;
use crate::extract::{Requested, SubmittedError, Visit};
use crate::fault::Fault;
use crate::page::error::{PageError, PageRefusal};

/// The authorization endpoint.
pub(crate) async fn authorize(
    State(app): State<Arc<App>>,
    visit: Visit,
    requested: Result<Requested, SubmittedError>,
) -> Response {
    let answered = match requested {
        Ok(Requested(parameters)) => begin(&app, &parameters, visit.clone()).await,
        Err(error) => Err(PageRefusal::from(PageError::Request).because(&error)),
    };
    answered.unwrap_or_else(|refusal| refusal.page(&app, &visit.frame))
}

async fn begin(
    app: &App,
    parameters: &Parameters,
    mut visit: Visit,
) -> Result<Response, PageRefusal> {
    let client = match parameters.value("client_id") {
        Some(id) => app.live.client(&ClientId::new(id)).await?,
        None => None,
    };
    let client = client.as_deref();
    let hint = app.id_token_hint(parameters.value("id_token_hint"), client);
    let settings = app.live.settings();
    let facts = Facts {
        client,
        settings: &settings,
        issuer: &app.settings.issuer,
        id_token_hint: hint.as_ref(),
    };
    if let Some(locales) = parameters.value("ui_locales") {
        visit.prefers(locales);
    }
    let request = match verify(parameters, &facts) {
        Ok(request) => request,
        Err(refusal) => return refused(app, &refusal, client, &visit),
    };
    let demand = client.and_then(|client| consent(&request, client, &settings));
    let requirement = requirement(&request, demand, app);
    let request = serde_json::to_value(&request);
    let request = request.map_err(|error| Fault::Defect(error.to_string()))?;
    app.begin_flow(Door::Authorize, request, requirement, &visit)
        .await
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
    // Nobody has this identifier: what names nobody of ours matches nobody.
    let nobody = UserId::from_bytes([0; 16]);
    Requirement {
        reauthenticate: request.prompts(Prompt::Login),
        select_account: request.prompts(Prompt::SelectAccount),
        max_age: request.max_age(),
        acr: AcrDemand {
            values: acr.to_vec(),
            essential,
        },
        subject: request
            .required_subject()
            .map(|subject| subject.parse().unwrap_or(nobody)),
        login_hint: request.login_hint().map(str::to_owned),
        passive: request.prompts(Prompt::None),
        consent,
        second_factor: app.settings.second_factor,
    }
}

/// What the person has to allow; nothing for a client whose approval is assumed.
fn consent(
    request: &VerifiedRequest,
    client: &Client,
    settings: &ServerSettings,
) -> Option<ConsentDemand> {
    let always = !settings.bypass_authorization_for_approved_consents
        || !is_assured(client, request.target().redirect_uri());
    (!client.bypass_approval).then(|| ConsentDemand {
        client: client.id.clone(),
        since: client.created,
        scope: request.consent_scope(),
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
fn refused(
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
        (Some(response), Some(client)) => app.deliver(response, client, visit),
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
