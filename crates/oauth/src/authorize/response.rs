//! The answer to an authorization request, and the code in it.

use std::time::Duration;

use domain::port::{Changes, Random};
use domain::{Authentication, Handle, Scope, ServerSettings, Timestamp, UserId};

use super::target::{with_fragment, with_query};
use super::{Failure, ResponseMode, ResponseTarget, VerifiedRequest};
use crate::claims::ClaimsRequest;
use crate::{Code, CodeState, Description};

/// For how long after its end a code is remembered, so that a second use still revokes what came
/// of the first (RFC 6749 §4.1.2): longer than any access token lives.
const CODE_MEMORY: Duration = Duration::from_hours(24);

/// What a person has granted.
pub struct Granted {
    /// Who they are.
    pub user: UserId,
    /// How they proved it.
    pub authentication: Authentication,
    /// What they allowed of [`VerifiedRequest::consent_scope`]; more than was asked for is not
    /// granted.
    pub scope: Scope,
}

/// An authorization response (RFC 6749 §4.1.2). It may hold a code, so it has no `Debug`.
pub struct AuthorizationResponse {
    target: ResponseTarget,
    parameters: Vec<(&'static str, String)>,
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
        fields: Vec<(&'static str, String)>,
    },
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

    fn new(target: &ResponseTarget, mut parameters: Vec<(&'static str, String)>) -> Self {
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

    /// Its parameters by name.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// How to hand it to the browser.
    pub fn delivery(self) -> Delivery {
        let uri = self.target.redirect_uri();
        let parameters: Vec<(&str, &str)> = self.parameters().collect();
        match self.target.mode() {
            ResponseMode::Query => Delivery::Redirect(with_query(uri, &parameters)),
            ResponseMode::Fragment => Delivery::Redirect(with_fragment(uri, &parameters)),
            ResponseMode::FormPost => Delivery::FormPost {
                action: uri.to_owned(),
                fields: self.parameters,
            },
        }
    }
}

/// Issues a code for what was granted: the response to hand to the browser once the changes are
/// true.
pub fn issue_code(
    request: &VerifiedRequest,
    granted: Granted,
    settings: &ServerSettings,
    now: Timestamp,
    random: &dyn Random,
) -> (AuthorizationResponse, Changes) {
    let entropy = usize::try_from(settings.authorization_code_entropy).unwrap_or(usize::MAX);
    let handle = Handle::new(now, entropy, random);
    let expires = now + Duration::from_secs(settings.authorization_code_timeout.into());
    let mut changes = Changes::none();
    changes.insert(&Code {
        handle: handle.key(),
        client: request.client().clone(),
        redirect_uri: request.requested_redirect_uri().map(str::to_owned),
        challenge: request.challenge().cloned(),
        user: granted.user,
        authentication: granted.authentication,
        scope: granted.scope.common_with(request.scope()),
        nonce: request.nonce().map(str::to_owned),
        claims: request.claims().map(|claims| {
            let claims = ClaimsRequest::kept(Some(claims));
            claims.within(&granted.scope).to_value()
        }),
        issued: now,
        state: CodeState::Fresh,
        expires,
        forgotten: expires + CODE_MEMORY,
    });
    let code = ("code", handle.expose().to_owned());
    (
        AuthorizationResponse::new(request.target(), vec![code]),
        changes,
    )
}
