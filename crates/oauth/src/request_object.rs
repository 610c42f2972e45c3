//! Authorization requests as signed tokens (RFC 9101, OpenID Connect Core §6.1).

use std::borrow::Cow;
use std::time::Duration;

use domain::port::Changes;
use domain::{Client, Timestamp};
use jose::jws::{Algorithm, Policy, Typ, Unverified};
use jose::jwt::{Claims, ClaimsPolicy, UnverifiedJwt};
use jose::{DEFAULT_MAX_TOKEN_LEN, Refused};
use serde_json::Value;

use crate::client_auth::ClientKeys;
use crate::key_ring::{ASYMMETRIC, with_secrets};
use crate::{KeyRing, ParameterError, Parameters};

/// The types that a request object may declare, so that no other token of a client serves as one
/// (RFC 9101 §10.8, RFC 8725 §3.11).
const TYPES: Typ<'static> = Typ::AbsentOr(&["oauth-authz-req+jwt", "JWT"]);

/// How long a request object may be good, in seconds: by its `exp`, or from its `iat` where it has
/// none.
const MAX_LIFETIME: i64 = 60 * 60;

/// How far a client's clock may be from ours, in seconds.
const LEEWAY: i64 = 60;

/// The claims that say something of the token and nothing of the request (RFC 9101 §9.1: "the core
/// JWT claims cannot be used for any purpose in the Request Object other than for what JWT
/// dictates").
const OF_TOKEN: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// A request object is not accepted. The causes are for the log: the wire tells none apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestObjectError {
    /// It is none that the client has signed for this server, or its time is over.
    #[error("the request object is refused: {0}")]
    Refused(#[from] Refused),
    /// The client has no keys, or they are not known now.
    #[error("the client has no keys to verify the request object with")]
    WithoutKeys,
    /// Its `client_id` is another than that of the request.
    #[error("the request object is of another client than the request")]
    OfAnotherClient,
    /// It has a `sub`, as a client assertion or a `login_hint_token` has.
    #[error("the request object is about somebody: it has a `sub`")]
    AboutSomebody,
    /// A `request` or a `request_uri` is in it.
    #[error("the request object refers to another")]
    RefersToAnother,
    /// It has no `jti`, which the client must not use twice.
    #[error("the request object has no id")]
    WithoutId,
    /// It is not heeded, since nothing could verify it, and wants something approved.
    #[error("the request object would be ignored, and with it what is to be approved")]
    Unheeded,
    /// What it asks cannot be understood.
    #[error("the request object is malformed: {0}")]
    Parameters(#[from] ParameterError),
}

/// With what a request object is verified.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The client that the request says it is from.
    pub client: &'a Client,
    /// The client's keys, if it has any and they are known.
    pub client_keys: Option<&'a ClientKeys>,
    /// What it has sent as a request object, if that counts.
    pub object: Option<&'a Opened<'a>>,
    /// Whether it is an application of an environment, which may sign with its secret and need not
    /// say when it did.
    pub is_application: bool,
    /// The issuer identifier of this server.
    pub issuer: &'a str,
}

/// The parameters of a request object that its client has signed for this server. Only [`verify`]
/// makes one.
pub struct VerifiedRequestObject {
    pub(crate) parameters: Parameters,
    /// What spends it, for a client that must not use one twice.
    pub(crate) spending: Changes,
    /// Whether it is signed: a client may be allowed to send one that is not.
    pub(crate) signed: bool,
}

/// A request object that is decrypted if it was encrypted, or why it cannot be; nothing of it is
/// verified yet.
pub struct Opened<'a>(Result<Cow<'a, str>, Refused>);

impl<'a> Opened<'a> {
    /// What `client` has sent as `request`, opened with the server's own keys. It counts if the
    /// client has keys or must sign; that of any other is ignored, as PingFederate does, unless it
    /// wants something approved.
    pub fn sent(
        client: &Client,
        is_application: bool,
        sent: &'a Parameters,
        keys: &KeyRing,
    ) -> Option<Self> {
        let counts = is_application || client.require_signed_requests || client.keys.is_some();
        let object = sent.value("request").filter(|_| counts)?;
        // RFC 9101 §5: "The Authorization Request Object MUST be one of the following: (a) JWS signed
        // (b) JWS signed and JWE encrypted".
        Some(Self(keys.opened(object)))
    }

    /// The id of the key that it says it was signed with (RFC 7515 §4.1.4), so that the client's
    /// keys can be loaded.
    pub fn key_id(&self) -> Option<String> {
        let signed = self.0.as_ref().ok()?;
        let unverified = Unverified::parse(signed, DEFAULT_MAX_TOKEN_LEN).ok()?;
        unverified.header().kid().map(str::to_owned)
    }
}

/// Whether what was sent as `request` says, verified or not, that something is to be approved; or is a
/// token that cannot be read, as one that is encrypted, so that it might.
pub(crate) fn may_want_approval(sent: &Parameters) -> bool {
    let Some(object) = sent.value("request") else {
        return false;
    };
    let Ok(jwt) = UnverifiedJwt::parse(object, DEFAULT_MAX_TOKEN_LEN) else {
        return object.contains('.');
    };
    let mut names = jwt.unverified_claims().as_map().keys();
    names.any(|name| name == "pi" || name.starts_with("pi."))
}

/// Verifies a request object.
pub fn verify(
    object: &Opened<'_>,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Result<VerifiedRequestObject, RequestObjectError> {
    let signed = object.0.as_ref().map_err(Clone::clone)?;
    let jwt = UnverifiedJwt::parse(signed, DEFAULT_MAX_TOKEN_LEN)?;
    let signed = !is_unsecured(&jwt, facts.client);
    let claims = match signed {
        true => signed_claims(&jwt, facts, now)?,
        false => jwt.accept_unsigned()?,
    };
    check_token(claims, facts, now)?;
    check_content(claims, facts)?;
    Ok(VerifiedRequestObject {
        parameters: parameters(claims, facts.client)?,
        spending: spending(claims, facts.client, now)?,
        signed,
    })
}

/// Whether nobody has signed a request object, and its client may send such.
fn is_unsecured(jwt: &UnverifiedJwt<'_>, client: &Client) -> bool {
    let allowed = client.support_unsigned_request_object && !client.require_signed_requests;
    allowed && jwt.accept_unsigned().is_ok()
}

/// RFC 9101 §6.2: "The signature MUST be validated using a key associated with the client and the
/// algorithm specified in the alg Header Parameter. Algorithm verification MUST be performed, as
/// specified in Sections 3.1 and 3.2 of RFC 8725."
fn signed_claims<'j>(
    jwt: &'j UnverifiedJwt<'_>,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Result<&'j Claims, RequestObjectError> {
    if let Some(claims) = claims_by_secret(jwt, facts, now) {
        return Ok(claims?);
    }
    let keys = facts.client_keys.ok_or(RequestObjectError::WithoutKeys)?;
    let algorithms: &[Algorithm] = match &facts.client.request_object_signing_algorithm {
        Some(only) if only.is_symmetric() => &[],
        Some(only) => std::slice::from_ref(only),
        None => ASYMMETRIC,
    };
    let policy = Policy::new(algorithms).with_typ(TYPES);
    Ok(jwt.verify(keys.verifying(), &policy)?.claims())
}

/// The claims of a request object that an application has signed with its secret, as it may unless it
/// is to sign with one algorithm of its keys.
fn claims_by_secret<'j>(
    jwt: &'j UnverifiedJwt<'_>,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Option<Result<&'j Claims, Refused>> {
    let client = facts.client;
    let algorithm: Algorithm = jwt.header().alg().parse().ok()?;
    let only = client.request_object_signing_algorithm;
    let may = facts.is_application && only.is_none_or(|only| only == algorithm);
    if !may || !algorithm.is_symmetric() {
        return None;
    }
    let allowed = [algorithm];
    let policy = Policy::new(&allowed).with_typ(TYPES);
    let secrets = client.authentication.secrets(now);
    let verified = with_secrets(secrets, |keys| jwt.verify(keys, &policy))?;
    Some(verified.map(|verified| verified.claims()))
}

/// The checks of who, for whom and when.
fn check_token(claims: &Claims, facts: &Facts<'_>, now: Timestamp) -> Result<(), Refused> {
    // RFC 9101 §4: "If signed, the Authorization Request Object SHOULD contain the Claims iss
    // (issuer) and aud (audience) as members [...]. The value of aud should be the value of the
    // authorization server (AS) issuer". Without them, what was signed for one server could be
    // brought to another.
    let (issuers, audiences) = ([facts.client.id.as_str()], [facts.issuer]);
    let policy = ClaimsPolicy::new()
        .with_issuers(&issuers)
        .with_audiences(&audiences)
        .with_leeway(LEEWAY);
    let policy = timed(policy, claims, facts.is_application);
    Ok(policy.check(claims, now.seconds())?)
}

/// The policy with the longest life of what a client has signed. What an application of an environment
/// signs may say nothing of times.
pub(crate) fn timed<'a>(
    policy: ClaimsPolicy<'a>,
    claims: &Claims,
    is_application: bool,
) -> ClaimsPolicy<'a> {
    match (claims.get("exp"), claims.get("iat")) {
        (Some(_), _) => policy.with_max_lifetime(MAX_LIFETIME),
        (None, None) if is_application => policy,
        (None, _) => policy.with_max_age(MAX_LIFETIME),
    }
}

/// The checks of what must not be in it.
fn check_content(claims: &Claims, facts: &Facts<'_>) -> Result<(), RequestObjectError> {
    let client = facts.client.id.as_str();
    // RFC 9101 §6.3: "The client ID values in the client_id request parameter and in the Request
    // Object client_id claim MUST be identical." Where there is none, `iss` says the same.
    let named = claims.get("client_id").map(Value::as_str);
    if named.is_some_and(|named| named != Some(client)) {
        return Err(RequestObjectError::OfAnotherClient);
    }
    // RFC 9101 §10.8: a request object could be used as a client assertion; "A simple way to prevent
    // this is to never use the client ID as the "sub" value in a Request Object."
    // Nor is a `login_hint_token`, which an application signs in the same way, a request.
    let subject = claims.subject().map_err(Refused::from)?;
    if subject.is_some_and(|subject| subject == client || facts.is_application) {
        return Err(RequestObjectError::AboutSomebody);
    }
    // RFC 9101 §4: ""request" and "request_uri" parameters MUST NOT be included in Request Objects."
    match claims.get("request").or(claims.get("request_uri")) {
        Some(_) => Err(RequestObjectError::RefersToAnother),
        None => Ok(()),
    }
}

/// What the claims say of the request, as the parameters that they stand for.
fn parameters(claims: &Claims, client: &Client) -> Result<Parameters, ParameterError> {
    let claims = claims.as_map().iter();
    let claims = claims.filter(|(name, _)| !OF_TOKEN.contains(&name.as_str()));
    let pairs = claims.flat_map(|(name, value)| {
        let texts = texts(name, value).into_iter();
        texts.map(|text| (name.clone(), text))
    });
    Ok(Parameters::checked(pairs)?.with("client_id", client.id.as_str()))
}

/// The values of a parameter that a claim stands for.
///
/// RFC 9101 §4: "Parameter names and string values MUST be included as JSON strings. [...] Numerical
/// values MUST be included as JSON numbers." OpenID Connect Core §6.1 has `claims` as an object, RFC
/// 9396 §2 `authorization_details` as an array: both are JSON where they are parameters, too.
fn texts(name: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(values) if Parameters::may_repeat(name) => {
            values.iter().flat_map(|value| texts("", value)).collect()
        }
        other => vec![other.to_string()],
    }
}

/// What spends the token, for a client that must not use one twice.
fn spending(
    claims: &Claims,
    client: &Client,
    now: Timestamp,
) -> Result<Changes, RequestObjectError> {
    let mut changes = Changes::none();
    let jti = claims.token_id().map_err(Refused::from)?;
    if !client.authentication.enforce_replay_prevention {
        return Ok(changes);
    }
    let jti = jti.filter(|jti| !jti.is_empty());
    let jti = jti.ok_or(RequestObjectError::WithoutId)?;
    // One that does not say when it expires is good for some time after its `iat`, which may be ahead, and
    // for all of the last second.
    let latest = now + Duration::from_secs((MAX_LIFETIME + LEEWAY + 1).unsigned_abs());
    let expires = claims.expires_at().map_err(Refused::from)?;
    let expires = expires.map_or(latest, Timestamp::from_seconds);
    let until = expires + Duration::from_secs(LEEWAY.unsigned_abs());
    let parts = [client.id.as_ref(), jti.as_bytes()];
    changes.claim_token("request_object", &parts, (now, until));
    Ok(changes)
}

#[cfg(test)]
mod tests;
