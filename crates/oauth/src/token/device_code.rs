//! Polling for what the person of a device has decided (RFC 8628 §3.4, §3.5).

use domain::port::{Changes, Versioned};
use domain::{Authentication, Grant, GrantType, Scope, Session, Timestamp, User, UserId};

use super::authorization_code::{Allowed, new_grant};
use super::issuance::{IdTokenWish, Issuance};
use super::{DeviceCodeRequest, Issuer, Requester, TokenError, TokenResponse};
use crate::Decision;
use crate::device::{DeviceAuthorization, DeviceState};

/// RFC 8628 §3.5: "the interval MUST be increased by 5 seconds for this and all subsequent requests."
const SLOWER: u32 = 5;

/// What the poll of a device is judged by.
#[derive(Clone, Copy)]
pub struct DeviceFacts<'a> {
    /// The authorization with the request's key.
    pub authorization: Option<&'a Versioned<DeviceAuthorization>>,
    /// The person who has allowed it, if somebody has.
    pub user: Option<&'a User>,
    /// The session in which they did.
    pub session: Option<&'a Versioned<Session>>,
}

/// Exchanges a device code for tokens, or says how far its person is.
pub fn device_code(
    issuer: &Issuer<'_>,
    client: &Requester<'_>,
    request: &DeviceCodeRequest,
    facts: &DeviceFacts<'_>,
    now: Timestamp,
) -> Decision<TokenResponse, TokenError> {
    if !client.may_use(GrantType::DeviceCode) {
        return Decision::refuse(TokenError::GrantTypeNotAllowed);
    }
    let mine = facts.authorization.filter(|it| it.is_of(client));
    let Some(authorization) = mine else {
        return Decision::refuse(TokenError::DeviceUnknown);
    };
    if let DeviceState::Redeemed(_) = authorization.state {
        return Decision::refuse(TokenError::DeviceUnknown);
    }
    // RFC 8628 §3.5: "expired_token The "device_code" has expired, and the device authorization
    // session has concluded."
    if now >= authorization.expires {
        return Decision::refuse(TokenError::DeviceExpired);
    }
    match &authorization.state {
        DeviceState::Allowed {
            user,
            authentication,
            scope,
        } => {
            let decided = Decided {
                authorization,
                user: *user,
                authentication,
                scope,
            };
            redeem(issuer, client, request, (&decided, facts), now)
        }
        DeviceState::Denied => Decision::refuse(TokenError::DeviceDenied),
        DeviceState::Pending | DeviceState::Redeemed(_) => wait(authorization, now),
    }
}

/// It is to poll again, not too soon.
fn wait(
    authorization: &Versioned<DeviceAuthorization>,
    now: Timestamp,
) -> Decision<TokenResponse, TokenError> {
    let pause = std::time::Duration::from_secs(authorization.interval.into());
    let too_fast = authorization.polled.is_some_and(|last| now < last + pause);
    let (error, more) = match too_fast {
        true => (TokenError::DeviceTooFast, SLOWER),
        false => (TokenError::DevicePending, 0),
    };
    let mut changes = Changes::none();
    let polled = DeviceAuthorization {
        polled: Some(now),
        interval: authorization.interval.saturating_add(more),
        ..authorization.record.clone()
    };
    changes.replace(authorization, &polled);
    Decision::refuse_and(error, changes)
}

/// What somebody has allowed a device.
struct Decided<'a> {
    authorization: &'a Versioned<DeviceAuthorization>,
    user: UserId,
    authentication: &'a Authentication,
    scope: &'a Scope,
}

fn redeem(
    issuer: &Issuer<'_>,
    client: &Requester<'_>,
    request: &DeviceCodeRequest,
    (decided, facts): (&Decided<'_>, &DeviceFacts<'_>),
    now: Timestamp,
) -> Decision<TokenResponse, TokenError> {
    let authentication = decided.authentication;
    let is_theirs = |session: &&Versioned<Session>| {
        session.authentication.session == authentication.session
            && session.user == decided.user
            && now < session.ends
    };
    let session = facts.session.filter(is_theirs);
    let user = facts.user;
    let user = user.filter(|user| user.enabled && user.id == decided.user);
    let (Some(session), Some(user)) = (session, user) else {
        return Decision::refuse(TokenError::DeviceUnknown);
    };
    let allowed = Allowed {
        user: user.id,
        scope: decided.scope,
        details: &decided.authorization.authorization_details,
        authentication,
        claims: None,
    };
    let grant = new_grant(issuer, client, &allowed, now);
    let access = match issuer.access_of(client, &grant, &request.asked()) {
        Ok(access) => access,
        Err(error) => return Decision::refuse(error),
    };
    let settings = issuer.settings;
    let issuance = Issuance {
        client,
        holds: client.holds(),
        user,
        grant: &grant,
        access: &access,
        id_token: match settings.return_id_token_on_open_id_with_device_authz_grant {
            true => IdTokenWish::WithNonce(None),
            false => IdTokenWish::No,
        },
    };
    match issuer.issue(&issuance, now) {
        Ok(response) => {
            let mut changes = spend(decided.authorization, &grant);
            // Of an exchange and a sign-out at the same moment, one sees what the other has done.
            changes.check(session.handle, Some(session));
            Decision::accept(response, changes)
        }
        Err(error) => Decision::refuse(error),
    }
}

/// Of two who present the code at the same time, the store lets one commit.
fn spend(authorization: &Versioned<DeviceAuthorization>, grant: &Grant) -> Changes {
    let mut changes = Changes::none();
    let spent = authorization.decided(DeviceState::Redeemed(grant.id));
    changes.replace(authorization, &spent);
    changes.insert(grant);
    changes
}
