//! Renewing tokens with a refresh token (RFC 6749 §6, RFC 9700 §4.14).

use std::time::Duration;

use domain::port::{Changes, Versioned};
use domain::{
    Actor, AuditEvent, Client, Grant, GrantType, RefreshFamily, RefreshVerdict, Timestamp, User,
};

use super::issuance::{IdTokenWish, Issuance};
use super::{Issuer, RefreshRequest, Requester, TokenError, TokenResponse};
use crate::Decision;

/// How often, at the least, the use of a refresh token that does not change is noted.
const NOTED_EVERY: Duration = Duration::from_mins(1);

/// What a renewal is judged by.
#[derive(Clone, Copy)]
pub struct RefreshFacts<'a> {
    /// The grant that the refresh token names.
    pub grant: Option<&'a Versioned<Grant>>,
    /// The person who granted it.
    pub user: Option<&'a User>,
}

/// Renews tokens.
pub fn refresh_token(
    issuer: &Issuer<'_>,
    client: &Requester<'_>,
    request: &RefreshRequest,
    facts: &RefreshFacts<'_>,
    now: Timestamp,
) -> Decision<TokenResponse, TokenError> {
    let (loaded, family) = match presented(client, request, facts) {
        Ok(presented) => presented,
        Err(error) => return Decision::refuse(error),
    };
    let grace = issuer.settings.rolling_grace_period(client);
    let rolls = match family.judge(&request.token, now, grace) {
        RefreshVerdict::Forged => return Decision::refuse(TokenError::RefreshTokenForged),
        RefreshVerdict::Spent => {
            let changes = revoke(issuer, loaded, now);
            return Decision::refuse_and(TokenError::RefreshTokenSpent, changes);
        }
        RefreshVerdict::Current => is_due(issuer, client, loaded, now),
        // The answer to its use was lost: the current token is told once more.
        RefreshVerdict::WithinGrace => false,
    };
    let renewable = renewable(loaded, facts.user, now).and_then(|user| {
        let access = issuer.access_of(client, loaded, &request.asked())?;
        Ok((user, access))
    });
    let (user, access) = match renewable {
        Ok(renewable) => renewable,
        Err(error) => return Decision::refuse(error),
    };
    let family = if rolls {
        family.rolled(now)
    } else {
        family.clone()
    };
    let grant = Grant {
        refresh: Some(family),
        bound_to: client.binds(),
        updated: now,
        expires: issuer.end_of_grant(loaded.issued, now),
        ..loaded.record.clone()
    };
    let id_token = if issuer.id_token.on_refresh {
        // OpenID Connect Core §12.2: "it SHOULD NOT have a nonce Claim"
        IdTokenWish::WithNonce(None)
    } else {
        IdTokenWish::No
    };
    let issuance = Issuance {
        client,
        holds: client.holds(),
        user,
        grant: &grant,
        access: &access,
        id_token,
    };
    match issuer.issue(&issuance, now) {
        Ok(response) => Decision::accept(response, noted(loaded, &grant, rolls)),
        Err(error) => Decision::refuse(error),
    }
}

/// The grant and the family of a refresh token that is this client's to present.
fn presented<'a>(
    client: &Requester<'_>,
    request: &RefreshRequest,
    facts: &RefreshFacts<'a>,
) -> Result<(&'a Versioned<Grant>, &'a RefreshFamily), TokenError> {
    if !client.may_use(GrantType::RefreshToken) {
        return Err(TokenError::GrantTypeNotAllowed);
    }
    let grant = facts
        .grant
        .filter(|grant| grant.id == request.token.grant());
    let grant = grant.ok_or(TokenError::RefreshTokenUnknown)?;
    // RFC 6749 §6: "the refresh token is bound to the client to which it was issued". Another
    // client can neither use it nor, by trying, revoke it.
    if !grant.is_of(client) {
        return Err(TokenError::RefreshTokenOfAnotherClient);
    }
    // RFC 9449 §5: "The binding MUST be validated when the refresh token is later presented to get
    // new access tokens." Whoever lacks the key can neither use the token nor, by trying, revoke it.
    if !grant.bound_to.is_met_by(client.holds()) {
        return Err(TokenError::RefreshTokenOfAnotherKey);
    }
    let family = grant.record.refresh.as_ref();
    Ok((grant, family.ok_or(TokenError::RefreshTokenUnknown)?))
}

/// Whose grant it is.
fn renewable<'a>(
    grant: &Grant,
    user: Option<&'a User>,
    now: Timestamp,
) -> Result<&'a User, TokenError> {
    if !grant.is_live(now) {
        return Err(TokenError::RefreshTokenExpired);
    }
    let user = user.filter(|user| user.enabled && user.id == grant.user);
    user.ok_or(TokenError::RefreshTokenOfInactiveUser)
}

/// Whether the current token is to change with this use.
fn is_due(issuer: &Issuer<'_>, client: &Client, grant: &Grant, now: Timestamp) -> bool {
    // RFC 9700 §2.2.2: "Refresh tokens for public clients MUST be sender-constrained or use refresh
    // token rotation", whatever the settings say.
    if !client.is_confidential() && grant.bound_to.is_none() {
        return true;
    }
    let rolls = client.rolling.or(issuer.settings.roll_refresh_tokens);
    let interval = issuer.settings.rolling_interval(client);
    let last = grant.refresh.as_ref().map(RefreshFamily::last_rolled);
    rolls && last.is_none_or(|last| now.since(last) >= interval)
}

/// What of a use has to be stored: always a new token or a new binding, but the time alone only now
/// and then.
fn noted(loaded: &Versioned<Grant>, grant: &Grant, rolled: bool) -> Changes {
    let mut changes = Changes::none();
    let changed = rolled || grant.bound_to != loaded.bound_to;
    if changed || grant.updated.since(loaded.updated) >= NOTED_EVERY {
        changes.replace(loaded, grant);
    }
    changes
}

/// RFC 9700 §4.14.2: "The authorization server cannot determine which party submitted the invalid
/// refresh token, but it will revoke the active refresh token."
fn revoke(issuer: &Issuer<'_>, grant: &Versioned<Grant>, now: Timestamp) -> Changes {
    let mut changes = Changes::none();
    changes.delete(grant);
    let actor = Actor::Client(grant.client.to_string());
    let event = AuditEvent::new("refresh_token.reused", actor, now, issuer.random)
        .with("grant", grant.id.to_string())
        .with("user", grant.user.to_string());
    changes.insert(&event);
    changes
}

#[cfg(test)]
mod tests;
