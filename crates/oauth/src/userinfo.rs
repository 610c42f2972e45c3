//! The `UserInfo` endpoint (OpenID Connect Core §5.3, RFC 6750).

use domain::{Client, Grant, RevokedToken, ServerSettings, Timestamp, User};
use jose::Refused;
use serde_json::{Map, Value};

use crate::claims::{self, ClaimsRequest};
use crate::token::VerifiedAccessToken;
use crate::{ParameterError, Parameters};

/// Why nothing is told about a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserinfoError {
    /// The client to which the token was issued is gone or disabled.
    #[error("the client of the access token is gone or disabled")]
    ClientInactive,
    /// The token is for another resource.
    #[error("the access token is not for the UserInfo endpoint")]
    NotForUserinfo,
    /// The parameters cannot be understood.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
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

/// The access token of a request, in the header (RFC 6750 §2.1) or in the form (§2.2).
pub fn bearer<'a>(
    authorization: Option<&'a str>,
    form: &'a Parameters,
) -> Result<&'a str, UserinfoError> {
    let scheme = authorization.and_then(|header| header.split_once(' '));
    let header = scheme.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match (header, form.value("access_token")) {
        (Some(_), Some(_)) => Err(UserinfoError::SeveralTokens),
        (Some((_, token)), None) => Ok(token.trim_start_matches(' ')),
        (None, Some(token)) => Ok(token),
        (None, None) => Err(UserinfoError::TokenMissing),
    }
}

/// What to tell about the person of an access token.
pub fn userinfo(
    token: &VerifiedAccessToken,
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
    let scope = token.scope();
    let scope = scope.common_with(&facts.settings.scopes_for(client));
    let request = ClaimsRequest::granted(grant, client, facts.settings);
    let mut told = claims::for_userinfo(user, &scope, &request);
    // OpenID Connect Core §5.3.2: "The sub (subject) Claim MUST always be returned in the UserInfo
    // Response."
    told.insert("sub".to_owned(), user.id.to_string().into());
    Ok(told)
}

#[cfg(test)]
mod tests;
