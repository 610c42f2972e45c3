//! Exchanging an authorization code (RFC 6749 §4.1.3).
//!
//! Everything that speaks against the presenter is checked before the code is touched, so a code
//! that leaked is of no use to whoever cannot prove that it is theirs: they can neither redeem it
//! nor, by failing, take it away from its owner, nor revoke what came of it.

use domain::port::{Changes, Versioned};
use domain::{
    Actor, AuditEvent, Authentication, AuthorizationDetails, Client, Grant, GrantId, GrantType,
    RefreshFamily, Scope, Session, Timestamp, User, UserId,
};

use super::issuance::{IdTokenWish, Issuance};
use super::{CodeRequest, Issuer, Requester, TokenError, TokenResponse, pkce};
use crate::{Code, CodeState, Decision};

/// What the exchange of a code is judged by.
#[derive(Clone, Copy)]
pub struct CodeFacts<'a> {
    /// The code with the request's key.
    pub code: Option<&'a Versioned<Code>>,
    /// The grant for which the code was redeemed before, if it was ([`CodeState::Redeemed`]).
    pub grant: Option<&'a Versioned<Grant>>,
    /// The person who granted it.
    pub user: Option<&'a User>,
    /// The session in which they did.
    pub session: Option<&'a Versioned<Session>>,
}

/// Exchanges an authorization code for tokens.
pub fn authorization_code(
    issuer: &Issuer<'_>,
    client: &Requester<'_>,
    request: &CodeRequest<'_>,
    facts: &CodeFacts<'_>,
    now: Timestamp,
) -> Decision<TokenResponse, TokenError> {
    let code = match presented(client, request, facts) {
        Ok(code) => code,
        Err(error) => return Decision::refuse(error),
    };
    if let CodeState::Redeemed(grant) = code.state {
        let grant = facts.grant.filter(|found| found.id == grant);
        let changes = revoke(issuer, grant, now);
        return Decision::refuse_and(TokenError::CodeRedeemedTwice, changes);
    }
    let grant = new_grant(issuer, client, &Allowed::by(code), now);
    let redeemable = redeemable(code, facts, now).and_then(|(user, session)| {
        let access = issuer.access_of(client, &grant, &request.asked())?;
        Ok((user, session, access))
    });
    let (user, session, access) = match redeemable {
        Ok(redeemable) => redeemable,
        Err(error) => return Decision::refuse(error),
    };
    let issuance = Issuance {
        client,
        holds: client.holds(),
        user,
        grant: &grant,
        access: &access,
        id_token: IdTokenWish::WithNonce(code.nonce.as_deref()),
    };
    match issuer.issue(&issuance, now) {
        Ok(response) => {
            let mut changes = spend(code, &grant);
            // Of an exchange and a sign-out at the same moment, one sees what the other has done.
            changes.check(session.handle, Some(session));
            let response = TokenResponse {
                approval_receipt: code.approval_receipt.clone(),
                ..response
            };
            Decision::accept(response, changes)
        }
        Err(error) => Decision::refuse(error),
    }
}

/// The code, if whoever presents it is who asked for it.
fn presented<'a>(
    client: &Requester<'_>,
    request: &CodeRequest<'_>,
    facts: &CodeFacts<'a>,
) -> Result<&'a Versioned<Code>, TokenError> {
    if !client.may_use(GrantType::AuthorizationCode) {
        return Err(TokenError::GrantTypeNotAllowed);
    }
    let code = facts.code.ok_or(TokenError::CodeUnknown)?;
    // RFC 6749 §4.1.3: "ensure that the authorization code was issued to the authenticated
    // confidential client, or if the client is public, ensure that the code was issued to
    // "client_id" in the request"
    if !code.is_of(client) {
        return Err(TokenError::CodeOfAnotherClient);
    }
    check_redirect_uri(client, code, request.redirect_uri)?;
    pkce::verify(code.challenge.as_ref(), request.verifier)?;
    // RFC 9449 §10: "the authorization server computes the JWK Thumbprint of the proof-of-possession
    // public key in the DPoP proof and verifies that it matches the dpop_jkt parameter value in the
    // authorization request. If they do not match, it MUST reject the request."
    match &code.dpop_jkt {
        Some(jkt) if client.holds().jkt.as_ref() != Some(jkt) => Err(TokenError::CodeOfAnotherKey),
        _ => Ok(code),
    }
}

/// RFC 6749 §4.1.3: "ensure that the `redirect_uri` parameter is present if the `redirect_uri`
/// parameter was included in the initial authorization request [...], and if included ensure that
/// their values are identical"
fn check_redirect_uri(
    client: &Client,
    code: &Code,
    redirect_uri: Option<&str>,
) -> Result<(), TokenError> {
    match (code.redirect_uri.as_deref(), redirect_uri) {
        (Some(_), None) => Err(TokenError::RedirectUriMissing),
        (Some(sent), Some(now)) if sent != now => Err(TokenError::RedirectUriDiffers),
        // The one that was meant when none was sent is the one that is registered.
        (None, Some(now))
            if client
                .redirect_uris
                .iter()
                .all(|registered| registered != now) =>
        {
            Err(TokenError::RedirectUriDiffers)
        }
        _ => Ok(()),
    }
}

/// Who granted a fresh code, and the session in which they did and are still signed on.
fn redeemable<'a>(
    code: &Code,
    facts: &CodeFacts<'a>,
    now: Timestamp,
) -> Result<(&'a User, &'a Versioned<Session>), TokenError> {
    if now >= code.expires {
        return Err(TokenError::CodeExpired);
    }
    let is_theirs = |session: &&Versioned<Session>| {
        session.authentication.session == code.authentication.session && session.user == code.user
    };
    let session = facts.session.filter(is_theirs);
    // RFC 6749 §5.2: invalid_grant when the "authorization grant [...] is invalid, expired, revoked".
    // Whoever signs out takes back what has not been redeemed yet.
    let session = session.filter(|session| now < session.ends);
    let session = session.ok_or(TokenError::CodeOfEndedSession)?;
    let user = facts.user;
    let user = user.filter(|user| user.enabled && user.id == code.user);
    Ok((user.ok_or(TokenError::CodeOfInactiveUser)?, session))
}

/// What somebody has allowed, of which a grant is made.
pub(super) struct Allowed<'a> {
    pub(super) user: UserId,
    pub(super) scope: &'a Scope,
    pub(super) details: &'a AuthorizationDetails,
    pub(super) authentication: &'a Authentication,
    pub(super) claims: Option<&'a serde_json::Value>,
}

impl<'a> Allowed<'a> {
    fn by(code: &'a Code) -> Self {
        Self {
            user: code.user,
            scope: &code.scope,
            details: &code.authorization_details,
            authentication: &code.authentication,
            claims: code.claims.as_ref(),
        }
    }
}

pub(super) fn new_grant(
    issuer: &Issuer<'_>,
    client: &Requester<'_>,
    allowed: &Allowed<'_>,
    now: Timestamp,
) -> Grant {
    let refreshes = issuer.refreshes(client, allowed.scope);
    // A grant that nothing renews lasts as long as its access token.
    let (refresh, expires) = match refreshes {
        true => (
            Some(RefreshFamily::new(now, issuer.random)),
            issuer.end_of_grant(now, now),
        ),
        false => (None, Some(now + issuer.access_token.lifetime)),
    };
    Grant {
        id: GrantId::new(now, issuer.random),
        user: allowed.user,
        client: client.id.clone(),
        scope: allowed.scope.clone(),
        authorization_details: allowed.details.clone(),
        authentication: allowed.authentication.clone(),
        claims: allowed.claims.cloned(),
        refresh,
        bound_to: client.binds(),
        issued: now,
        updated: now,
        expires,
    }
}

/// RFC 6749 §4.1.2: "The client MUST NOT use the authorization code more than once." Of two who
/// present it at the same time, the store lets one commit.
fn spend(code: &Versioned<Code>, grant: &Grant) -> Changes {
    let mut changes = Changes::none();
    let spent = Code {
        state: CodeState::Redeemed(grant.id),
        ..code.record.clone()
    };
    changes.replace(code, &spent);
    changes.insert(grant);
    changes
}

/// RFC 6749 §4.1.2: "If an authorization code is used more than once, the authorization server MUST
/// deny the request and SHOULD revoke (when possible) all tokens previously issued based on that
/// authorization code."
fn revoke(issuer: &Issuer<'_>, grant: Option<&Versioned<Grant>>, now: Timestamp) -> Changes {
    let mut changes = Changes::none();
    let Some(grant) = grant else {
        return changes;
    };
    changes.delete(grant);
    let actor = Actor::Client(grant.client.to_string());
    let event = AuditEvent::new("authorization_code.reused", actor, now, issuer.random)
        .with("grant", grant.id.to_string())
        .with("user", grant.user.to_string());
    changes.insert(&event);
    changes
}

#[cfg(test)]
mod tests;
