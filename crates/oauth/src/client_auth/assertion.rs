//! Authentication by a signed assertion: `private_key_jwt` and `client_secret_jwt` (RFC 7523 §3,
//! OpenID Connect Core §9).

use std::time::Duration;

use domain::port::Changes;
use domain::{AuthenticationMethod, Client, Timestamp};
use jose::Refused;
use jose::jws::{Algorithm, Policy, Typ};
use jose::jwt::{Claims, ClaimsPolicy, UnverifiedJwt};

use super::credentials::MAX_ASSERTION;
use super::{ClientAuthCause, Facts};
use crate::key_ring::{ASYMMETRIC, with_secrets};

/// RFC 7523 §3 item 4: "The authorization server may reject JWTs with an "exp" claim value that is
/// unreasonably far in the future." In seconds.
const MAX_LIFETIME: i64 = 60 * 60;

/// How far a client's clock may be from ours, in seconds.
const LEEWAY: i64 = 60;

const SYMMETRIC: &[Algorithm] = &[Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512];

/// The types that an assertion may declare, so that no other JWT of a client serves as one
/// (RFC 8725 §3.11).
const TYPES: Typ<'static> = Typ::AbsentOr(&["JWT", "client-authentication+jwt"]);

/// Verifies an assertion and spends its `jti`.
pub(super) fn verify(
    jwt: &UnverifiedJwt<'_>,
    client: Option<&Client>,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Result<Changes, ClientAuthCause> {
    let client = client.ok_or(ClientAuthCause::Unknown)?;
    let claims = signed_claims(jwt, client, facts, now)?;
    check_parties(claims, client, facts)?;
    let audiences = audiences(facts);
    let audiences: Vec<&str> = audiences.iter().map(String::as_str).collect();
    let policy = ClaimsPolicy::new()
        .with_audiences(&audiences)
        // RFC 7523 §3 item 4: "The JWT MUST contain an "exp" (expiration) claim"
        .with_required(&["exp"])
        .with_max_lifetime(MAX_LIFETIME)
        .with_leeway(LEEWAY);
    policy.check(claims, now.seconds()).map_err(Refused::from)?;
    spend(client, claims, now)
}

/// The claims, if the client has signed them in the way that it is configured for.
fn signed_claims<'j>(
    jwt: &'j UnverifiedJwt<'_>,
    client: &Client,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Result<&'j Claims, ClientAuthCause> {
    let authentication = &client.authentication;
    let family = match authentication.method {
        AuthenticationMethod::PrivateKeyJwt => ASYMMETRIC,
        AuthenticationMethod::ClientSecretJwt => SYMMETRIC,
        AuthenticationMethod::None
        | AuthenticationMethod::Secret
        | AuthenticationMethod::Certificate => return Err(ClientAuthCause::WrongMethod),
    };
    let algorithms = match &authentication.algorithm {
        Some(only) if family.contains(only) => std::slice::from_ref(only),
        Some(_) => return Err(ClientAuthCause::WrongMethod),
        None => family,
    };
    let policy = Policy::new(algorithms)
        .with_typ(TYPES)
        .with_max_len(MAX_ASSERTION);
    let verified = if authentication.method == AuthenticationMethod::ClientSecretJwt {
        let secrets = authentication.secrets(now);
        let verified = with_secrets(secrets, |keys| jwt.verify(keys, &policy));
        verified.ok_or(ClientAuthCause::WithoutKeys)??
    } else {
        let keys = facts.keys.ok_or(ClientAuthCause::WithoutKeys)?;
        jwt.verify(keys.verifying(), &policy)?
    };
    Ok(verified.claims())
}

/// Who has made the assertion and about whom.
fn check_parties(
    claims: &Claims,
    client: &Client,
    facts: &Facts<'_>,
) -> Result<(), ClientAuthCause> {
    // RFC 7523 §3 item 2 B: "For client authentication, the subject MUST be the "client_id" of the
    // OAuth client." OpenID Connect Core §9: iss "MUST contain the client_id of the OAuth Client",
    // which an administrator may waive. RFC 7523 §3 item 1: "The JWT MUST contain an "iss"
    // (issuer) claim", in any case.
    let [issuer, subject] = [claims.issuer(), claims.subject()].map(|party| party.ok().flatten());
    let id = client.id.as_str();
    let is_issuer = |issuer: &str| match facts.issuer_is_client {
        true => issuer == id,
        false => !issuer.is_empty(),
    };
    match subject == Some(id) && issuer.is_some_and(is_issuer) {
        true => Ok(()),
        false => Err(ClientAuthCause::AssertionParties),
    }
}

/// RFC 7523 §3 item 3: "The authorization server MUST reject any JWT that does not contain its own
/// identity as the intended audience." It also answers to the token endpoint's URLs, which "MAY be
/// used as a value for an "aud" element", and to those of the endpoint that was called.
fn audiences(facts: &Facts<'_>) -> Vec<String> {
    let mut audiences = vec![facts.issuer.to_owned()];
    for url in std::iter::once(&facts.issuer).chain(facts.other_urls) {
        audiences.extend([facts.token_endpoint, facts.endpoint].map(|path| format!("{url}{path}")));
    }
    audiences
}

/// OpenID Connect Core §9: jti is "a unique identifier for the token, which can be used to prevent
/// reuse of the token. These tokens MUST only be used once, unless conditions for reuse were
/// negotiated between the parties"; the client's setting is that negotiation.
fn spend(client: &Client, claims: &Claims, now: Timestamp) -> Result<Changes, ClientAuthCause> {
    let mut changes = Changes::none();
    let jti = claims.token_id().map_err(Refused::from)?;
    if !client.authentication.enforce_replay_prevention {
        return Ok(changes);
    }
    let jti = jti
        .filter(|jti| !jti.is_empty())
        .ok_or(ClientAuthCause::AssertionWithoutId)?;
    let expires = claims.expires_at().map_err(Refused::from)?;
    let expires = expires.map_or(now, Timestamp::from_seconds);
    let until = expires + Duration::from_secs(LEEWAY.unsigned_abs());
    changes.claim_token(
        "client_assertion",
        &[client.id.as_ref(), jti.as_bytes()],
        (now, until),
    );
    Ok(changes)
}
