//! Token introspection (RFC 7662).

use domain::{
    Client, ClientId, Grant, GrantId, GrantType, RefreshToken, RefreshVerdict, RevokedToken,
    Timestamp, User,
};
use serde::Serialize;

use crate::client_auth::{AuthenticatedClient, ClientAuthError};
use crate::protection::AnswerProtection;
use crate::token::{AccessTokenClaims, Issuer, VerifiedAccessToken};
use crate::{KeyRing, ParameterError, Parameters, ProtectionError, TokenType};

/// Why a question about a token is not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntrospectionError {
    /// The client is not believed.
    #[error(transparent)]
    Client(#[from] ClientAuthError),
    /// The request takes none of the forms in which this endpoint answers.
    #[error("neither application/json nor application/token-introspection+jwt is acceptable")]
    NotAcceptable,
    /// The parameters cannot be understood.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The answer cannot be protected as the client wants it.
    #[error("the answer cannot be protected: {0}")]
    Protection(#[from] ProtectionError),
    /// The request has no `token`.
    #[error("token is missing")]
    TokenMissing,
    /// The client wants the answer as a token, but proves nothing.
    #[error("the answer is for nobody who has not proved who it is")]
    Unauthenticated,
}

/// A token that someone presents to ask about it or to revoke it, recognised by its shape: the
/// `token_type_hint` parameter is not needed.
pub enum PresentedToken {
    /// An access token that this server has signed and that has not expired.
    Access(Box<VerifiedAccessToken>),
    /// What looks like a refresh token.
    Refresh(RefreshToken),
    /// Neither.
    Unknown,
}

impl PresentedToken {
    /// The token of a request; `None` if it has none.
    pub fn of(
        parameters: &Parameters,
        keys: &KeyRing,
        issuer: &str,
        now: Timestamp,
    ) -> Option<Self> {
        let text = parameters.value("token")?;
        if let Ok(token) = text.parse() {
            return Some(Self::Refresh(token));
        }
        Some(match VerifiedAccessToken::verify(text, keys, issuer, now) {
            Ok(token) => Self::Access(Box::new(token)),
            Err(_) => Self::Unknown,
        })
    }

    /// The grant that it names, to be loaded.
    pub fn grant(&self) -> Option<GrantId> {
        match self {
            Self::Access(token) => token.grant(),
            Self::Refresh(token) => Some(token.grant()),
            Self::Unknown => None,
        }
    }

    /// The client to which it was issued, to be loaded; `grant` is the one that it names.
    pub fn client(&self, grant: Option<&Grant>) -> Option<ClientId> {
        match self {
            Self::Access(token) => Some(token.client()),
            Self::Refresh(_) => grant.map(|grant| grant.client.clone()),
            Self::Unknown => None,
        }
    }

    /// The id under which it may have been revoked, to be loaded.
    pub fn jti(&self) -> Option<&str> {
        match self {
            Self::Access(token) => Some(token.jti()),
            Self::Refresh(_) | Self::Unknown => None,
        }
    }
}

/// What is known about a presented token.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The client to which it was issued.
    pub client: Option<&'a Client>,
    /// The person who made the grant.
    pub user: Option<&'a User>,
    /// The grant that it names.
    pub grant: Option<&'a Grant>,
    /// Whether the token itself was revoked.
    pub revoked: Option<&'a RevokedToken>,
}

/// The answer about a token (RFC 7662 §2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IntrospectionResponse {
    /// Whether it is good now.
    pub active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(flatten)]
    claims: Option<AccessTokenClaims>,
}

impl IntrospectionResponse {
    /// RFC 7662 §2.2: "If the introspection call is properly authorized but the token is not active
    /// [...] the authorization server MUST return an introspection response with the "active" field
    /// set to "false". [...] the authorization server SHOULD NOT include any additional
    /// information".
    const INACTIVE: Self = Self {
        active: false,
        token_type: None,
        claims: None,
    };
}

/// The claims of an answer that is a token (RFC 9701 §5).
#[derive(Serialize)]
struct ResponseClaims<'a> {
    iss: &'a str,
    /// "MUST identify the resource server receiving the token introspection response."
    aud: &'a str,
    iat: i64,
    token_introspection: &'a IntrospectionResponse,
}

/// An answer as the token that `caller` wants (RFC 9701 §5).
pub fn as_token(
    answer: &IntrospectionResponse,
    caller: &AuthenticatedClient<'_>,
    issuer: &Issuer<'_>,
    now: Timestamp,
) -> Result<String, IntrospectionError> {
    // RFC 9701 §5: "An authorization server compliant with this specification MUST refuse to serve
    // introspection requests that don't authenticate the caller and return an HTTP status code 400."
    if !caller.is_confidential() {
        return Err(IntrospectionError::Unauthenticated);
    }
    let claims = ResponseClaims {
        iss: issuer.url,
        aud: caller.id.as_str(),
        iat: now.seconds(),
        token_introspection: answer,
    };
    let protection = AnswerProtection::of_introspection(caller);
    let typ = TokenType::IntrospectionResponse;
    Ok(protection.seal(typ, &claims, caller, issuer)?)
}

/// Answers a question about a token.
pub fn introspect(
    issuer: &Issuer<'_>,
    caller: &AuthenticatedClient<'_>,
    token: &PresentedToken,
    facts: &Facts<'_>,
    now: Timestamp,
) -> IntrospectionResponse {
    match token {
        PresentedToken::Access(token)
            if is_good(token, facts, now) && may_ask(caller, &token.claims.client_id) =>
        {
            IntrospectionResponse {
                active: true,
                // RFC 9449 §6.2: "If the token_type member is included in the introspection
                // response, it MUST contain the value DPoP."
                token_type: Some(token.claims.token_type()),
                claims: Some(token.claims.clone()),
            }
        }
        // Of a refresh token it is told only that it is good.
        PresentedToken::Refresh(token) if renews(issuer, caller, token, facts, now) => {
            IntrospectionResponse {
                active: true,
                ..IntrospectionResponse::INACTIVE
            }
        }
        _ => IntrospectionResponse::INACTIVE,
    }
}

/// A resource server may ask about every token, any other client about its own.
fn may_ask(caller: &Client, owner: &str) -> bool {
    caller.may_use(GrantType::AccessTokenValidation) || caller.id.as_str() == owner
}

/// Whether nobody has taken back what the token was made of: it, its grant, its client, its person.
pub fn is_good(token: &VerifiedAccessToken, facts: &Facts<'_>, now: Timestamp) -> bool {
    let revoked = facts
        .revoked
        .is_some_and(|revoked| revoked.jti == token.jti());
    // A client that was deleted and made anew is another one.
    let is_its = |client: &&Client| {
        client.id == token.client() && token.claims.iat >= client.created.seconds()
    };
    let Some(client) = facts.client.filter(is_its) else {
        return false;
    };
    let live = match token.grant() {
        Some(named) => live_grant(facts, named, now).is_some(),
        None => client.enabled,
    };
    live && !revoked
}

/// The grant with this id, if it, its client and its person are still good.
fn live_grant<'a>(facts: &Facts<'a>, named: GrantId, now: Timestamp) -> Option<&'a Grant> {
    let grant = facts.grant?;
    let client = facts.client.filter(|client| client.enabled)?;
    let user = facts.user.filter(|user| user.enabled)?;
    let live = grant.id == named && grant.is_live(now) && grant.is_of(client);
    (live && grant.user == user.id).then_some(grant)
}

fn renews(
    issuer: &Issuer<'_>,
    caller: &Client,
    token: &RefreshToken,
    facts: &Facts<'_>,
    now: Timestamp,
) -> bool {
    let Some(grant) = live_grant(facts, token.grant(), now) else {
        return false;
    };
    let may_renew = |client: &&Client| client.may_use(GrantType::RefreshToken);
    let Some(client) = facts.client.filter(may_renew) else {
        return false;
    };
    let grace = issuer.settings.rolling_grace_period(client);
    let verdict = grant
        .refresh
        .as_ref()
        .map(|family| family.judge(token, now, grace));
    let good = matches!(
        verdict,
        Some(RefreshVerdict::Current | RefreshVerdict::WithinGrace)
    );
    good && may_ask(caller, grant.client.as_str())
}

#[cfg(test)]
mod tests;
