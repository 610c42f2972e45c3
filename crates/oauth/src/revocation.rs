//! Token revocation (RFC 7009).

use std::time::Duration;

use domain::port::{Changes, Random, Versioned};
use domain::{
    Actor, AuditEvent, Client, Grant, RefreshToken, RefreshVerdict, RevokedToken, Timestamp,
};

use crate::client_auth::{AuthenticatedClient, ClientAuthError};
use crate::introspection::PresentedToken;
use crate::token::VerifiedAccessToken;
use crate::{Decision, ParameterError};

/// Why a token is not revoked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevocationError {
    /// The token was issued to another client.
    #[error("the token was issued to another client")]
    AnotherClients,
    /// The client is not believed.
    #[error(transparent)]
    Client(#[from] ClientAuthError),
    /// The parameters cannot be understood.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The request has no `token`.
    #[error("token is missing")]
    TokenMissing,
}

/// What is known about a presented token.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The grant that it names.
    pub grant: Option<&'a Versioned<Grant>>,
    /// Whether the token itself was revoked already.
    pub revoked: Option<&'a Versioned<RevokedToken>>,
}

/// Revokes a token.
///
/// RFC 7009 §2.2: "The authorization server responds with HTTP status code 200 if the token has
/// been revoked successfully or if the client submitted an invalid token."
pub fn revoke(
    caller: &AuthenticatedClient<'_>,
    token: &PresentedToken,
    facts: &Facts<'_>,
    now: Timestamp,
    random: &dyn Random,
) -> Decision<(), RevocationError> {
    let event = |name: &str| {
        let actor = Actor::Client(caller.id.to_string());
        AuditEvent::new(name, actor, now, random)
    };
    let changes = match token {
        PresentedToken::Access(token) => {
            revoke_access(caller, token, facts, event("access_token.revoked"))
        }
        PresentedToken::Refresh(token) => {
            revoke_grant(caller, token, facts, event("refresh_token.revoked"), now)
        }
        PresentedToken::Unknown => Ok(Changes::none()),
    };
    match changes {
        Ok(changes) => Decision::accept((), changes),
        Err(error) => Decision::refuse(error),
    }
}

/// RFC 7009 §2.1: "If the token passed to the request is an access token, the server MAY revoke the
/// respective refresh token as well"; this one does not.
fn revoke_access(
    caller: &Client,
    token: &VerifiedAccessToken,
    facts: &Facts<'_>,
    event: AuditEvent,
) -> Result<Changes, RevocationError> {
    let mut changes = Changes::none();
    // RFC 7009 §2.1: "verifies whether the token was issued to the client making the revocation
    // request. If this validation fails, the request is refused and the client is informed of the
    // error"
    if token.client() != caller.id {
        return Err(RevocationError::AnotherClients);
    }
    if facts.revoked.is_none() {
        let jti = token.jti().to_owned();
        changes.insert(&RevokedToken {
            jti,
            expires: token.expires(),
        });
        changes.insert(&event.with("jti", token.jti()));
    }
    Ok(changes)
}

/// RFC 7009 §2.1: "If the particular token is a refresh token and the authorization server supports
/// the revocation of access tokens, then the authorization server SHOULD also invalidate all access
/// tokens based on the same authorization grant". Without their grant they are not active.
fn revoke_grant(
    caller: &Client,
    token: &RefreshToken,
    facts: &Facts<'_>,
    event: AuditEvent,
    now: Timestamp,
) -> Result<Changes, RevocationError> {
    let mut changes = Changes::none();
    let grant = facts.grant.filter(|grant| grant.id == token.grant());
    let Some((grant, family)) = grant.and_then(|grant| Some((grant, grant.refresh.as_ref()?)))
    else {
        return Ok(changes);
    };
    // A spent token ends its grant as well: its client wants to be rid of it.
    if family.judge(token, now, Duration::ZERO) == RefreshVerdict::Forged {
        return Ok(changes);
    }
    if grant.client != caller.id {
        return Err(RevocationError::AnotherClients);
    }
    changes.delete(grant);
    let event = event
        .with("grant", grant.id.to_string())
        .with("user", grant.user.to_string());
    changes.insert(&event);
    Ok(changes)
}

#[cfg(test)]
mod tests;
