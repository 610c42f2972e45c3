//! The `UserInfo` endpoint (OpenID Connect Core §5.3, RFC 6750, RFC 9449 §7).

mod presented;

use domain::{Client, Grant, RevokedToken, ServerSettings, Timestamp, User};
use jose::Refused;
use serde_json::{Map, Value};

use crate::claims::{self, ClaimsRequest};
use crate::dpop::DpopError;
use crate::protection::AnswerProtection;
use crate::token::Issuer;
use crate::{ParameterError, ProtectionError, TokenType};

pub use presented::{ConfirmedAccessToken, PresentedAccessToken, Scheme};

/// Why nothing is told about a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserinfoError {
    /// The client to which the token was issued is gone or disabled.
    #[error("the client of the access token is gone or disabled")]
    ClientInactive,
    /// The token is bound to a key that was not proved, or to a certificate that was not shown.
    #[error("the access token is bound to another key")]
    KeyDiffers,
    /// The token is shown with a proof, but is bound to no key.
    #[error("the access token is not bound to a DPoP key")]
    NotBound,
    /// The token is for another resource.
    #[error("the access token is not for the UserInfo endpoint")]
    NotForUserinfo,
    /// The parameters cannot be understood.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The proof is not believed.
    #[error(transparent)]
    Proof(#[from] DpopError),
    /// The token is shown as one that is bound to a key, but without a proof.
    #[error("there is no DPoP proof")]
    ProofMissing,
    /// The token is bound to a key, but is shown as if it were not.
    #[error("the access token is bound to a DPoP key and was sent as a bearer token")]
    ProofUnused,
    /// What is told cannot be protected as the client wants it.
    #[error("the answer cannot be protected: {0}")]
    Protection(#[from] ProtectionError),
    /// The token or its grant was revoked.
    #[error("the access token was revoked")]
    Revoked,
    /// The token does not have the scope `openid`.
    #[error("the access token does not have the scope `openid`")]
    ScopeInsufficient,
    /// RFC 6750 §2: "Clients MUST NOT use more than one method to transmit the token".
    #[error("the access token is sent in two places")]
    SeveralTokens,
    /// The token is not one of this server's that has not expired.
    #[error("the access token is refused: {0}")]
    Token(#[from] Refused),
    /// There is no token.
    #[error("there is no access token")]
    TokenMissing,
    /// The body is no form, or broke off.
    #[error("the body is not a form that could be read to its end")]
    Unreadable,
    /// The person is gone or disabled.
    #[error("the person is gone or disabled")]
    UserInactive,
}

/// Nothing is told about a person, and the client is told how it should have asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct UserinfoRefusal {
    /// Why not.
    pub error: UserinfoError,
    /// How the access token was shown.
    pub scheme: Scheme,
}

impl From<UserinfoError> for UserinfoRefusal {
    /// The refusal of a request of which it is not known how it shows its token.
    fn from(error: UserinfoError) -> Self {
        let scheme = Scheme::default();
        Self { error, scheme }
    }
}

/// What is known about a token and its person.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The settings of the authorization server.
    pub settings: &'a ServerSettings,
    /// The client to which the token was issued.
    pub client: Option<&'a Client>,
    /// The grant that the token names.
    pub grant: Option<&'a Grant>,
    /// Whether the token itself was revoked.
    pub revoked: Option<&'a RevokedToken>,
    /// The person that the token is about.
    pub user: Option<&'a User>,
}

/// What to tell about the person of an access token.
pub fn userinfo(
    token: &ConfirmedAccessToken,
    issuer: &str,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Result<Map<String, Value>, UserinfoError> {
    if !token.claims.aud.names(issuer) {
        return Err(UserinfoError::NotForUserinfo);
    }
    if !token.scope().contains("openid") {
        return Err(UserinfoError::ScopeInsufficient);
    }
    let grant = facts
        .grant
        .filter(|grant| token.grant() == Some(grant.id) && grant.is_live(now));
    let grant = grant.ok_or(UserinfoError::Revoked)?;
    let client = facts.client;
    let client = client.filter(|client| client.enabled && grant.is_of(client));
    let client = client.ok_or(UserinfoError::ClientInactive)?;
    if facts
        .revoked
        .is_some_and(|revoked| revoked.jti == token.jti())
    {
        return Err(UserinfoError::Revoked);
    }
    let user = facts
        .user
        .filter(|user| user.enabled && user.id == grant.user);
    let user = user.ok_or(UserinfoError::UserInactive)?;
    // What the client has lost since the token was issued is not told any more.
    let scope = facts.settings.allowed(client, token.scope());
    let scope = facts.settings.expanded(&scope);
    let request = ClaimsRequest::granted(grant, client, facts.settings);
    let mut told = claims::for_userinfo(user, &scope, &request);
    // OpenID Connect Core §5.3.2: "The sub (subject) Claim MUST always be returned in the UserInfo
    // Response."
    told.insert("sub".to_owned(), token.claims.sub.clone().into());
    Ok(told)
}

/// What is told about a person as the token that its client wants; `None`, if that wants plain JSON.
pub fn as_token(
    told: &Map<String, Value>,
    client: &Client,
    issuer: &Issuer<'_>,
) -> Result<Option<String>, ProtectionError> {
    let Some(protection) = AnswerProtection::of_userinfo(client) else {
        return Ok(None);
    };
    let mut claims = told.clone();
    // OpenID Connect Core §5.3.2: "If signed, the UserInfo Response MUST contain the Claims iss
    // (issuer) and aud (audience) as members. The iss value MUST be the OP's Issuer Identifier URL.
    // The aud value MUST be or include the RP's Client ID value."
    claims.insert("iss".to_owned(), issuer.url.into());
    claims.insert("aud".to_owned(), client.id.as_str().into());
    let token = protection.seal(TokenType::UserInfo, &claims, client, issuer)?;
    Ok(Some(token))
}

#[cfg(test)]
mod tests;
