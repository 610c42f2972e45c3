//! A request while it is being checked.

use std::collections::BTreeSet;

use domain::{AuthorizationDetails, Client, ClientId, HandleKey, ResponseType, Scope, Thumbprint};
use serde_json::Value;

use super::unverified::{Carriage, UnverifiedRequest};
use super::{AuthorizeError, Display, Facts, Prompt, ResponseTarget, VerifiedRequest};
use crate::transaction_request::TransactionRequest;
use crate::{CodeChallenge, Parameters};

/// What one check found to be good.
pub(super) enum Finding {
    /// Nothing that is to be kept.
    Nothing,
    /// Who asks.
    Client(ClientId),
    /// The reference that is used up with the answer.
    Pushed(HandleKey),
    /// Where the answer goes, and whether the request said so.
    Target { target: ResponseTarget, named: bool },
    /// What the answer is to carry.
    ResponseType(ResponseType),
    /// What is asked for.
    Scope(Scope),
    /// What is asked for in detail.
    AuthorizationDetails(AuthorizationDetails),
    /// The PKCE challenge.
    Challenge(CodeChallenge),
    /// `dpop_jkt`.
    DpopKey(Thumbprint),
    /// `nonce`.
    Nonce(String),
    /// The values of `prompt`.
    Prompts(BTreeSet<Prompt>),
    /// `max_age` in seconds.
    MaxAge(u64),
    /// `display`.
    Display(Display),
    /// The values of `acr_values`.
    AcrValues(Vec<String>),
    /// `login_hint`.
    LoginHint(String),
    /// `ui_locales`.
    UiLocales(Vec<String>),
    /// `claims_locales`.
    ClaimsLocales(Vec<String>),
    /// Whom `id_token_hint` is about.
    Subject(String),
    /// Whom `login_hint_token` is about.
    Vouched(String),
    /// What is to be approved.
    Transaction(Box<TransactionRequest>),
    /// `claims`, and what of it concerns authentication.
    Claims(ClaimsFound),
}

/// What the `claims` parameter asks for.
pub(super) struct ClaimsFound {
    pub(super) claims: Value,
    pub(super) subject: Option<String>,
    pub(super) required_acr: Vec<String>,
    pub(super) wanted_acr: Vec<String>,
}

/// What the checks have found so far. It only grows: no check can change what another has found.
#[derive(Clone, Default)]
pub(super) struct Draft {
    client: Option<ClientId>,
    pushed: Option<HandleKey>,
    target: Option<(ResponseTarget, bool)>,
    response_type: Option<ResponseType>,
    scope: Scope,
    authorization_details: AuthorizationDetails,
    challenge: Option<CodeChallenge>,
    dpop_jkt: Option<Thumbprint>,
    nonce: Option<String>,
    prompts: BTreeSet<Prompt>,
    max_age: Option<u64>,
    display: Display,
    acr_values: Vec<String>,
    required_acr: Vec<String>,
    subject: Option<String>,
    login_hint: Option<String>,
    ui_locales: Vec<String>,
    claims_locales: Vec<String>,
    claims: Option<Value>,
    vouched: Option<String>,
    transaction: Option<Box<TransactionRequest>>,
}

impl Draft {
    /// The draft with one more finding.
    pub(super) fn with(mut self, finding: Finding) -> Self {
        match finding {
            Finding::Nothing => {}
            Finding::Client(client) => self.client = Some(client),
            Finding::Pushed(reference) => self.pushed = Some(reference),
            Finding::Target { target, named } => self.target = Some((target, named)),
            Finding::ResponseType(kind) => self.response_type = Some(kind),
            Finding::Scope(scope) => self.scope = scope,
            Finding::AuthorizationDetails(details) => self.authorization_details = details,
            Finding::Challenge(challenge) => self.challenge = Some(challenge),
            Finding::DpopKey(jkt) => self.dpop_jkt = Some(jkt),
            Finding::Nonce(nonce) => self.nonce = Some(nonce),
            Finding::Prompts(prompts) => self.prompts = prompts,
            Finding::MaxAge(seconds) => self.max_age = Some(seconds),
            Finding::Display(display) => self.display = display,
            Finding::AcrValues(values) => self.acr_values = values,
            Finding::LoginHint(hint) => self.login_hint = Some(hint),
            Finding::UiLocales(locales) => self.ui_locales = locales,
            Finding::ClaimsLocales(locales) => self.claims_locales = locales,
            Finding::Subject(subject) => self.subject = Some(subject),
            Finding::Vouched(subject) => self.vouched = Some(subject),
            Finding::Transaction(asked) => self.transaction = Some(asked),
            Finding::Claims(found) => {
                self.claims = Some(found.claims);
                self.subject = self.subject.or(found.subject);
                self.required_acr = found.required_acr;
                self.acr_values.extend(found.wanted_acr);
            }
        }
        self
    }

    /// Where errors may go, once a redirect URI is proven.
    pub(super) fn into_target(self) -> Option<ResponseTarget> {
        self.target.map(|(target, _)| target)
    }

    /// What is asked for, and the same in detail.
    pub(super) fn into_asked(self) -> (Scope, AuthorizationDetails) {
        (self.scope, self.authorization_details)
    }

    /// The request, when all checks of an authorization request have passed.
    pub(super) fn into_request(self) -> Result<VerifiedRequest, AuthorizeError> {
        let client = self.client.ok_or(AuthorizeError::ClientMissing)?;
        let (target, names_redirect_uri) = self.target.ok_or(AuthorizeError::RedirectUriMissing)?;
        let response_type = self.response_type;
        Ok(VerifiedRequest {
            response_type: response_type.ok_or(AuthorizeError::ResponseTypeMissing)?,
            client,
            pushed: self.pushed,
            target,
            names_redirect_uri,
            scope: self.scope,
            authorization_details: self.authorization_details,
            challenge: self.challenge,
            dpop_jkt: self.dpop_jkt,
            nonce: self.nonce,
            prompts: self.prompts,
            max_age: self.max_age,
            display: self.display,
            acr_values: self.acr_values,
            required_acr: self.required_acr,
            required_subject: self.subject,
            login_hint: self.login_hint,
            ui_locales: self.ui_locales,
            claims_locales: self.claims_locales,
            claims: self.claims,
            vouched: self.vouched,
            transaction: self.transaction,
        })
    }
}

/// What a check can see: the request, the facts, and what the checks before it have found.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    request: &'a UnverifiedRequest,
    pub(super) facts: &'a Facts<'a>,
    draft: &'a Draft,
}

impl<'a> Seen<'a> {
    pub(super) const fn new(
        request: &'a UnverifiedRequest,
        facts: &'a Facts<'a>,
        draft: &'a Draft,
    ) -> Self {
        Self {
            request,
            facts,
            draft,
        }
    }

    /// The parameters that count.
    pub(super) const fn parameters(self) -> &'a Parameters {
        &self.request.parameters
    }

    /// The value of a parameter.
    pub(super) fn value(self, name: &str) -> Option<&'a str> {
        self.parameters().value(name)
    }

    /// How the parameters came.
    pub(super) const fn carriage(self) -> &'a Carriage {
        &self.request.carriage
    }

    /// Whether they are signed.
    pub(super) const fn is_signed(self) -> bool {
        self.request.is_signed()
    }

    /// The client, which the checks of the client have found.
    pub(super) fn client(self) -> Result<&'a Client, AuthorizeError> {
        self.facts.client.ok_or(AuthorizeError::ClientUnknown)
    }

    /// Where the answer goes, if that is proven.
    pub(super) fn target(self) -> Option<&'a ResponseTarget> {
        self.draft.target.as_ref().map(|(target, _)| target)
    }

    /// What the answer is to carry; a code, until that is known.
    pub(super) fn response_type(self) -> ResponseType {
        self.draft.response_type.unwrap_or(ResponseType::CODE)
    }

    /// What is asked for.
    pub(super) const fn scope(self) -> &'a Scope {
        &self.draft.scope
    }

    /// What is asked for in detail.
    pub(super) const fn details(self) -> &'a AuthorizationDetails {
        &self.draft.authorization_details
    }

    /// What the person is to be asked.
    pub(super) const fn prompts(self) -> &'a BTreeSet<Prompt> {
        &self.draft.prompts
    }

    /// Whom the request is about.
    pub(super) fn subject(self) -> Option<&'a str> {
        self.draft.subject.as_deref()
    }
}
