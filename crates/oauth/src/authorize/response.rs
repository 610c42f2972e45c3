//! The answer to an authorization request, and the code in it.

use std::time::Duration;

use domain::port::Changes;
use domain::{
    Authentication, Client, Confirmation, Grant, GrantId, Handle, Scope, Timestamp, User,
};
use serde_json::Value;

use super::jarm::Protection;
use super::target::{with_fragment, with_query};
use super::{Carrier, Failure, ResponseTarget, VerifiedRequest};
use crate::claims::ClaimsRequest;
use crate::protection::ProtectionError;
use crate::token::{Asked, FrontChannel, IdTokenWish, Issuance, Issuer, TokenError};
use crate::{Code, CodeState, Description};

/// For how long after its end a code is remembered, so that a second use still revokes what came
/// of the first (RFC 6749 §4.1.2): longer than any access token lives.
const CODE_MEMORY: Duration = Duration::from_hours(24);

/// What a person has granted.
pub struct Granted<'a> {
    /// Who they are.
    pub user: &'a User,
    /// To whom.
    pub client: &'a Client,
    /// How they proved who they are.
    pub authentication: Authentication,
    /// What they allowed of [`VerifiedRequest::consent_scope`]; more than was asked for is not
    /// granted. The authorization details are granted whole.
    pub scope: Scope,
    /// The receipt of what they have approved, if something was to be: a signed token.
    pub approval_receipt: Option<String>,
}

/// Names and values.
type Fields = Vec<(&'static str, String)>;

/// An authorization response (RFC 6749 §4.1.2). It may hold a code, so it has no `Debug`.
pub struct AuthorizationResponse {
    target: ResponseTarget,
    parameters: Fields,
}

/// How to hand a response to the browser.
pub enum Delivery {
    /// By redirecting it to this URI.
    Redirect(String),
    /// By a page with a form that posts itself (OAuth 2.0 Form Post Response Mode §2).
    FormPost {
        /// Where the form is posted to.
        action: String,
        /// Its hidden fields.
        fields: Fields,
    },
    /// To whoever asks, without sending anybody anywhere.
    Answer(Fields),
}

impl AuthorizationResponse {
    /// The answer to a request that the person's flow did not fulfil.
    pub fn failure(request: &VerifiedRequest, failure: Failure) -> Self {
        let (error, description) = failure.wire();
        Self::error(request.target(), error, description)
    }

    /// An error response (RFC 6749 §4.1.2.1).
    pub(super) fn error(target: &ResponseTarget, error: &str, description: &'static str) -> Self {
        let error = ("error", error.to_owned());
        let description = Description::from(description).as_str().to_owned();
        Self::new(target, vec![error, ("error_description", description)])
    }

    fn new(target: &ResponseTarget, mut parameters: Fields) -> Self {
        // RFC 6749 §4.1.2: "REQUIRED if the "state" parameter was present in the client
        // authorization request. The exact value received from the client."
        parameters.extend(target.state().map(|state| ("state", state.to_owned())));
        // RFC 9207 §2: "In authorization responses to the client, including error responses, an
        // authorization server supporting this specification MUST indicate its identity by
        // including the iss parameter in the response."
        parameters.extend(target.issuer().map(|issuer| ("iss", issuer.to_owned())));
        Self {
            target: target.clone(),
            parameters,
        }
    }

    /// Where it goes.
    pub const fn target(&self) -> &ResponseTarget {
        &self.target
    }

    /// Its parameters by name.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// How to hand it to the browser, protected if the request asked for that.
    pub fn delivery(
        self,
        protection: &Protection<'_>,
        now: Timestamp,
    ) -> Result<Delivery, ProtectionError> {
        let fields = match self.target.mode().protected {
            // JARM §2.3: the response is "transmitted as a single parameter": `response`.
            true => vec![("response", protection.seal(&self, now)?)],
            false => self.parameters,
        };
        let parameters = fields.iter().map(|(name, value)| (*name, value.as_str()));
        let parameters: Vec<(&str, &str)> = parameters.collect();
        let uri = self.target.redirect_uri();
        Ok(match self.target.mode().carrier {
            Carrier::Query => Delivery::Redirect(with_query(uri, &parameters)),
            Carrier::Fragment => Delivery::Redirect(with_fragment(uri, &parameters)),
            Carrier::Answer => Delivery::Answer(fields),
            Carrier::FormPost => Delivery::FormPost {
                action: uri.to_owned(),
                fields,
            },
        })
    }
}

/// Answers a request with what was granted: the response to hand to the browser once the changes
/// are true.
///
/// # Errors
/// A token cannot be signed, or the client may have nothing of what was granted any more.
pub fn respond(
    request: &VerifiedRequest,
    granted: &Granted<'_>,
    issuer: &Issuer<'_>,
    now: Timestamp,
) -> Result<(AuthorizationResponse, Changes), TokenError> {
    let kind = request.response_type();
    let mut changes = Changes::none();
    let mut parameters = Vec::new();
    if kind.code {
        let (code, record) = code(request, granted, issuer, now);
        changes.insert(&record);
        parameters.push(("code", code.expose().to_owned()));
    }
    if kind.carries_token() {
        let code = parameters.first().map(|(_, code)| code.clone());
        let (tokens, grant) = tokens(request, granted, code.as_deref(), issuer, now)?;
        parameters.extend(tokens);
        if kind.token {
            changes.insert(&grant);
        }
    }
    // With a code it comes where that is redeemed: addresses have no room for it.
    let receipt = granted.approval_receipt.as_ref().filter(|_| !kind.code);
    parameters.extend(receipt.map(|receipt| ("approval_receipt", receipt.clone())));
    let response = AuthorizationResponse::new(request.target(), parameters);
    Ok((response, changes))
}

fn code(
    request: &VerifiedRequest,
    granted: &Granted<'_>,
    issuer: &Issuer<'_>,
    now: Timestamp,
) -> (Handle, Code) {
    let settings = issuer.settings;
    let entropy = usize::try_from(settings.authorization_code_entropy).unwrap_or(usize::MAX);
    let handle = Handle::new(now, entropy, issuer.random);
    let expires = now + Duration::from_secs(settings.authorization_code_timeout.into());
    let code = Code {
        handle: handle.key(),
        client: request.client().clone(),
        redirect_uri: request.requested_redirect_uri().map(str::to_owned),
        challenge: request.challenge().cloned(),
        dpop_jkt: request.dpop_jkt().cloned(),
        user: granted.user.id,
        authentication: granted.authentication.clone(),
        scope: granted.scope.common_with(request.scope()),
        authorization_details: request.authorization_details().clone(),
        nonce: request.nonce().map(str::to_owned),
        claims: granted_claims(request, granted),
        approval_receipt: granted.approval_receipt.clone(),
        issued: now,
        state: CodeState::Fresh,
        expires,
        forgotten: expires + CODE_MEMORY,
    };
    (handle, code)
}

/// What `claims` asks for, as far as it was granted.
fn granted_claims(request: &VerifiedRequest, granted: &Granted<'_>) -> Option<Value> {
    let claims = ClaimsRequest::kept(Some(request.claims()?));
    Some(claims.within(&granted.scope).to_value())
}

/// The parameters with tokens (RFC 6749 §4.2.2, OpenID Connect Core §3.2.2.5), and the grant from
/// which the access token is issued: it ends with that token, since nothing renews it.
fn tokens(
    request: &VerifiedRequest,
    granted: &Granted<'_>,
    code: Option<&str>,
    issuer: &Issuer<'_>,
    now: Timestamp,
) -> Result<(Fields, Grant), TokenError> {
    let kind = request.response_type();
    let grant = Grant {
        id: GrantId::new(now, issuer.random),
        user: granted.user.id,
        client: request.client().clone(),
        scope: granted.scope.common_with(request.scope()),
        authorization_details: request.authorization_details().clone(),
        authentication: granted.authentication.clone(),
        claims: granted_claims(request, granted),
        refresh: None,
        bound_to: Confirmation::NONE,
        issued: now,
        updated: now,
        expires: Some(now + issuer.access_token.lifetime),
    };
    let access = issuer.access_of(granted.client, &grant, &Asked::default())?;
    let issuance = Issuance {
        client: granted.client,
        holds: &Confirmation::NONE,
        user: granted.user,
        grant: &grant,
        access: &access,
        id_token: IdTokenWish::WithNonce(request.nonce()),
    };
    let state = request.target().state();
    let front = FrontChannel { kind, code, state };
    let (access, id_token) = issuer.issue_through_browser(&issuance, &front, now)?;
    let mut parameters = Vec::new();
    if let Some(access) = access {
        parameters.push(("access_token", access.access_token));
        parameters.push(("token_type", access.token_type.to_owned()));
        parameters.push(("expires_in", access.expires_in.to_string()));
        parameters.extend(access.scope.map(|scope| ("scope", scope)));
    }
    parameters.extend(id_token.map(|token| ("id_token", token)));
    Ok((parameters, grant))
}
