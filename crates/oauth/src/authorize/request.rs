//! An authorization request that was checked.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::{AuthorizationDetails, ClientId, HandleKey, ResponseType, Scope, Thumbprint, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answer, AuthorizeError, Display, Prompt, Refusal, ResponseTarget};
use crate::CodeChallenge;
use crate::claims::ClaimsRequest;
use crate::dpop::VerifiedProof;
use crate::transaction_request::TransactionRequest;

/// An authorization request whose every part was checked: only [`super::verify`] makes one, and
/// what was not checked is not in it. A flow carries it until the person has decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedRequest {
    pub(super) client: ClientId,
    /// The reference of the pushed request that it is, if it was pushed.
    #[serde(default)]
    pub(super) pushed: Option<HandleKey>,
    pub(super) target: ResponseTarget,
    /// Whether the request named its redirect URI, so that the token request has to repeat it.
    pub(super) names_redirect_uri: bool,
    pub(super) response_type: ResponseType,
    pub(super) scope: Scope,
    #[serde(default, skip_serializing_if = "AuthorizationDetails::is_empty")]
    pub(super) authorization_details: AuthorizationDetails,
    pub(super) challenge: Option<CodeChallenge>,
    pub(super) dpop_jkt: Option<Thumbprint>,
    pub(super) nonce: Option<String>,
    pub(super) prompts: BTreeSet<Prompt>,
    pub(super) max_age: Option<u64>,
    pub(super) display: Display,
    pub(super) acr_values: Vec<String>,
    pub(super) required_acr: Vec<String>,
    pub(super) required_subject: Option<String>,
    pub(super) login_hint: Option<String>,
    pub(super) ui_locales: Vec<String>,
    pub(super) claims_locales: Vec<String>,
    pub(super) claims: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) vouched: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) transaction: Option<Box<TransactionRequest>>,
}

impl VerifiedRequest {
    /// The refusal of a request although all of its parameters are good.
    pub fn refused(&self, error: AuthorizeError) -> Refusal {
        let answer = Answer::Client(self.target.clone());
        Refusal { error, answer }
    }

    /// Who asks.
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    /// The reference of the pushed request that it is: to be used up with the answer, whatever that
    /// is ([`crate::pushed::use_up`]).
    pub const fn pushed(&self) -> Option<HandleKey> {
        self.pushed
    }

    /// Where the answer goes.
    pub const fn target(&self) -> &ResponseTarget {
        &self.target
    }

    /// What the answer is to carry.
    pub const fn response_type(&self) -> ResponseType {
        self.response_type
    }

    /// The `redirect_uri` parameter, if there was one: then the token request has to repeat it
    /// (RFC 6749 §4.1.3).
    pub fn requested_redirect_uri(&self) -> Option<&str> {
        self.names_redirect_uri.then(|| self.target.redirect_uri())
    }

    /// What is asked for; the default scope, if it is empty.
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What is asked for in detail (RFC 9396).
    pub const fn authorization_details(&self) -> &AuthorizationDetails {
        &self.authorization_details
    }

    /// What the person has to allow: the scope, and the scope values that would ask for what
    /// `claims` asks for one by one (OpenID Connect Core §5.5).
    pub fn consent_scope(&self) -> Scope {
        let claims = ClaimsRequest::kept(self.claims.as_ref());
        self.scope.union(&claims.as_scope())
    }

    /// Whether this is an OpenID Connect request, which is to be answered with an ID token.
    pub fn is_openid(&self) -> bool {
        self.scope.contains("openid")
    }

    /// The PKCE challenge, if there is one.
    pub const fn challenge(&self) -> Option<&CodeChallenge> {
        self.challenge.as_ref()
    }

    /// The key whose holder alone may redeem the code, if the request names one.
    pub const fn dpop_jkt(&self) -> Option<&Thumbprint> {
        self.dpop_jkt.as_ref()
    }

    /// The request when it came with a proof: the key of the proof is the one to which the code is
    /// bound.
    pub fn proved_by(self, proof: &VerifiedProof) -> Result<Self, AuthorizeError> {
        // RFC 9449 §10.1: "It MUST further behave as if the contained public key's thumbprint was
        // provided using dpop_jkt, i.e., reject the subsequent token request unless a DPoP proof
        // for the same key is provided."
        // RFC 9449 §10.1: "If both mechanisms are used at the same time, the authorization server
        // MUST reject the request if the JWK Thumbprint in dpop_jkt does not match the public key
        // in the DPoP header."
        match &self.dpop_jkt {
            Some(named) if named != proof.jkt() => Err(AuthorizeError::DpopKeysDiffer),
            _ => Ok(Self {
                dpop_jkt: Some(proof.jkt().clone()),
                ..self
            }),
        }
    }

    /// What is to be repeated in the ID token.
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// Whether the `prompt` parameter has this value.
    pub fn prompts(&self, prompt: Prompt) -> bool {
        self.prompts.contains(&prompt)
    }

    /// How long ago the person may have proved who they are, at most.
    pub fn max_age(&self) -> Option<Duration> {
        self.max_age.map(Duration::from_secs)
    }

    /// How pages should look.
    pub const fn display(&self) -> Display {
        self.display
    }

    /// The authentication context classes that the client would like, best first.
    pub fn acr_values(&self) -> &[String] {
        &self.acr_values
    }

    /// The authentication context classes of which one must be reached; any will do, if empty.
    ///
    /// OpenID Connect Core §5.5.1.1: "If this is an Essential Claim and the requirement cannot be
    /// met, then the Authorization Server MUST treat that outcome as a failed authentication
    /// attempt."
    pub fn required_acr(&self) -> &[String] {
        &self.required_acr
    }

    /// The `sub` of the only person who may answer, if the request names one.
    pub fn required_subject(&self) -> Option<&str> {
        self.required_subject.as_deref()
    }

    /// Whether `user` may answer.
    ///
    /// OpenID Connect Core §3.1.2.2: "The Authorization Server MUST NOT reply with an ID Token or
    /// Access Token for a different user, even if they have an active session with the
    /// Authorization Server."
    pub fn accepts(&self, user: UserId) -> bool {
        self.required_subject()
            .is_none_or(|subject| subject.parse() == Ok(user))
    }

    /// What the person may have entered elsewhere to sign on with; it proves nothing.
    pub fn login_hint(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    /// The languages for pages, best first (BCP 47).
    pub fn ui_locales(&self) -> &[String] {
        &self.ui_locales
    }

    /// The languages for claims, best first (BCP 47).
    pub fn claims_locales(&self) -> &[String] {
        &self.claims_locales
    }

    /// The `sub` of whom the client vouches for (`login_hint_token`).
    pub fn vouched(&self) -> Option<&str> {
        self.vouched.as_deref()
    }

    /// What the person is to approve, and where they are, as the client says.
    pub fn transaction(&self) -> Option<&TransactionRequest> {
        self.transaction.as_deref()
    }

    /// The `claims` parameter, of which only `userinfo` and `id_token` are left.
    pub const fn claims(&self) -> Option<&Value> {
        self.claims.as_ref()
    }
}
