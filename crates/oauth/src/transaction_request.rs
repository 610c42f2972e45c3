//! What a request object says of a transaction that is to be approved: PingOne's `pi.template`,
//! `pi.clientContext`, `pi.remoteIp` and `pi.webAuthn.challenge`, and who is to approve it
//! (`login_hint_token`).
//!
//! A claim may be named with its dots (`"pi.template": {}`, as PingOne's documentation has it) or nested
//! (`"pi": {"template": {}}`), not both.

use std::net::IpAddr;

use domain::{
    Client, Timestamp, TransactionFormat, TransactionSource, Variables, requested_challenge,
};
use jose::Refused;
use jose::jws::{Algorithm, Policy, Typ, VerifyingKey, VerifyingKeys, verify_compact};
use jose::jwt::ClaimsPolicy;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client_auth::ClientKeys;
use crate::key_ring::{ASYMMETRIC, secret_jwk};
use crate::{Parameters, request_object};

const TEMPLATE: &str = "pi.template";
const CLIENT_CONTEXT: &str = "pi.clientContext";
const REMOTE_IP: &str = "pi.remoteIp";
const CHALLENGE: &str = "pi.webAuthn.challenge";

/// The longest `pi.clientContext`, in bytes of JSON.
const MAX_CONTEXT: usize = 8 * 1024;

/// The longest `login_hint_token`, in bytes.
const MAX_HINT: usize = 16 * 1024;

/// How far a client's clock may be from ours, in seconds.
const LEEWAY: i64 = 60;

/// What a request says of a transaction cannot be understood; it names the claim.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionRequestError {
    /// A claim is not of the form that it has.
    #[error("{claim} must be {expected}")]
    Form {
        /// The claim.
        claim: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A claim is there with its dots and nested.
    #[error("{0} is there twice")]
    Twice(&'static str),
    /// The template or its variables cannot be approved.
    #[error("{claim}: {cause}")]
    Source {
        /// The claim.
        claim: &'static str,
        /// Why not.
        cause: TransactionFormat,
    },
}

impl TransactionRequestError {
    /// The claim that is wrong.
    pub const fn claim(&self) -> &'static str {
        match self {
            Self::Form { claim, .. } | Self::Twice(claim) | Self::Source { claim, .. } => claim,
        }
    }
}

/// What a request says of a transaction, bounded and typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionRequest {
    /// What is to be approved, and in which words.
    pub source: Option<TransactionSource>,
    /// What the client hands to the person's device.
    pub client_context: Map<String, Value>,
    /// Where the person is, as the client sees it.
    pub remote_ip: Option<IpAddr>,
    /// The WebAuthn challenge that the client chose, in base64url.
    pub challenge: Option<String>,
}

/// The parameters that count only where they were claims of a request object.
pub(crate) const PARAMETERS: [&str; 6] = [
    TEMPLATE,
    CLIENT_CONTEXT,
    REMOTE_IP,
    CHALLENGE,
    "pi",
    "pi.webAuthn",
];

impl TransactionRequest {
    /// What the parameters say that were claims of a request object; `None` if they say nothing.
    pub(crate) fn of(parameters: &Parameters) -> Result<Option<Self>, TransactionRequestError> {
        let claim = |name: &str| {
            let text = parameters.value(name)?;
            // Where a claim was no text, the parameter is its JSON.
            let value = serde_json::from_str(text).ok().filter(Value::is_object);
            Some((name.to_owned(), value.unwrap_or_else(|| text.into())))
        };
        let claims: Map<String, Value> = PARAMETERS.into_iter().filter_map(claim).collect();
        let read = || Self::read(&claims);
        (!claims.is_empty()).then(read).transpose()
    }

    /// What the claims of a verified request object say; each of them may be missing.
    pub fn read(claims: &Map<String, Value>) -> Result<Self, TransactionRequestError> {
        let claim = |name| claim(claims, name);
        Ok(Self {
            source: claim(TEMPLATE)?.map(source).transpose()?,
            client_context: claim(CLIENT_CONTEXT)?
                .map(context)
                .transpose()?
                .unwrap_or_default(),
            remote_ip: claim(REMOTE_IP)?.map(remote_ip).transpose()?,
            challenge: claim(CHALLENGE)?.map(challenge).transpose()?,
        })
    }
}

const fn form(claim: &'static str, expected: &'static str) -> TransactionRequestError {
    TransactionRequestError::Form { claim, expected }
}

/// The value of a claim, however its name is cut at its dots.
fn claim<'a>(
    claims: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a Value>, TransactionRequestError> {
    let mut found = spellings(claims, name).into_iter();
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(TransactionRequestError::Twice(name)),
        (found, None) => Ok(found.filter(|value| !value.is_null())),
    }
}

fn spellings<'a>(claims: &'a Map<String, Value>, name: &str) -> Vec<&'a Value> {
    let whole = claims.get(name).into_iter();
    let cut = name.match_indices('.').flat_map(|(at, _)| {
        let (outer, inner) = (name.get(..at), name.get(at + 1..));
        let members = outer
            .and_then(|outer| claims.get(outer))
            .and_then(Value::as_object);
        match (members, inner) {
            (Some(members), Some(inner)) => spellings(members, inner),
            _ => Vec::new(),
        }
    });
    whole.chain(cut).collect()
}

fn source(template: &Value) -> Result<TransactionSource, TransactionRequestError> {
    let object = form(TEMPLATE, "an object with a name");
    let members = template.as_object().ok_or_else(|| object.clone())?;
    let name = members.get("name").and_then(Value::as_str).ok_or(object)?;
    let variant = match members.get("variant") {
        None | Some(Value::Null) => None,
        Some(Value::String(variant)) => Some(variant.clone()).filter(|it| !it.is_empty()),
        Some(_) => return Err(form("pi.template.variant", "a string")),
    };
    let refused = |cause| TransactionRequestError::Source {
        claim: "pi.template.variables",
        cause,
    };
    let variables = Variables::new(variables(members.get("variables"))?).map_err(refused)?;
    TransactionSource::template(name, variant, variables).map_err(|cause| {
        let claim = TEMPLATE;
        TransactionRequestError::Source { claim, cause }
    })
}

/// The variables as text; a number is the text that it is written as.
fn variables(value: Option<&Value>) -> Result<Vec<(String, String)>, TransactionRequestError> {
    const REFUSED: TransactionRequestError =
        form("pi.template.variables", "an object whose members are text");
    let members = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(value) => value.as_object().ok_or(REFUSED)?,
    };
    let pairs = members.iter().map(|(name, value)| match value {
        Value::String(text) => Ok((name.clone(), text.clone())),
        Value::Number(_) | Value::Bool(_) => Ok((name.clone(), value.to_string())),
        _ => Err(REFUSED),
    });
    pairs.collect()
}

fn context(value: &Value) -> Result<Map<String, Value>, TransactionRequestError> {
    let members = value.as_object().ok_or(form(CLIENT_CONTEXT, "an object"))?;
    match value.to_string().len() <= MAX_CONTEXT {
        true => Ok(members.clone()),
        false => Err(form(CLIENT_CONTEXT, "at most 8 KiB of JSON")),
    }
}

fn remote_ip(value: &Value) -> Result<IpAddr, TransactionRequestError> {
    let address = value.as_str().and_then(|text| text.parse().ok());
    address.ok_or(form(REMOTE_IP, "an IP address"))
}

fn challenge(value: &Value) -> Result<String, TransactionRequestError> {
    let text = value.as_str();
    text.filter(|text| requested_challenge(text).is_some())
        .map(str::to_owned)
        .ok_or(form(CHALLENGE, "16 to 1024 bytes in base64url"))
}

/// With what a `login_hint_token` is verified.
#[derive(Clone, Copy)]
pub struct HintFacts<'a> {
    /// The client that the request is from.
    pub client: &'a Client,
    /// Its keys, or the secret that it shares with the server.
    pub keys: &'a VerifyingKeys,
    /// The algorithms by which it may sign.
    pub algorithms: &'a [Algorithm],
    /// The issuer identifier of this server.
    pub issuer: &'a str,
    /// Whether the client is an application of an environment: what it signs may say nothing of times.
    pub is_application: bool,
}

/// A `login_hint_token` is not accepted; the causes are for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginHintError {
    /// It is none that the client has signed for this server, or its time is over.
    #[error("the login hint token is refused: {0}")]
    Refused(#[from] Refused),
    /// It names nobody.
    #[error("the login hint token names nobody")]
    WithoutSubject,
    /// Its subject is the client itself, as in a client assertion.
    #[error("the subject of the login hint token is the client")]
    AboutClient,
}

/// Who a client says is to be asked. Only [`verify_login_hint`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginHint {
    subject: String,
}

impl LoginHint {
    /// The id of the user, as the client has it; nothing says yet that there is one.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// Verifies a `login_hint_token` with whatever its client may sign request objects with.
pub fn login_hint(
    token: &str,
    facts: &request_object::Facts<'_>,
    now: Timestamp,
) -> Result<LoginHint, LoginHintError> {
    const WITH_SECRET: &[Algorithm] = &[Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512];
    let client = facts.client;
    let none = VerifyingKeys::default();
    let of_keys = HintFacts {
        client,
        keys: facts.client_keys.map_or(&none, ClientKeys::verifying),
        algorithms: ASYMMETRIC,
        issuer: facts.issuer,
        is_application: facts.is_application,
    };
    let secrets = client.authentication.secrets(now);
    let secrets = secrets.map(|secret| VerifyingKey::new(&secret_jwk(secret)));
    let secrets: VerifyingKeys = secrets.filter(|_| facts.is_application).collect();
    let of_secrets = HintFacts {
        keys: &secrets,
        algorithms: WITH_SECRET,
        ..of_keys
    };
    verify_login_hint(token, &of_secrets, now).or_else(|by_secret| match facts.client_keys {
        Some(_) => verify_login_hint(token, &of_keys, now),
        None => Err(by_secret),
    })
}

/// Verifies a `login_hint_token`: signed as a request object is, from this client, for this server.
pub fn verify_login_hint(
    token: &str,
    facts: &HintFacts<'_>,
    now: Timestamp,
) -> Result<LoginHint, LoginHintError> {
    let policy = Policy::new(facts.algorithms)
        .with_typ(Typ::AbsentOr(&["JWT"]))
        .with_max_len(MAX_HINT);
    let claims = verify_compact(token, facts.keys, &policy)?.claims()?;
    let (issuers, audiences) = ([facts.client.id.as_str()], [facts.issuer]);
    let policy = ClaimsPolicy::new()
        .with_issuers(&issuers)
        .with_audiences(&audiences)
        .with_leeway(LEEWAY);
    request_object::timed(policy, &claims, facts.is_application)
        .check(&claims, now.seconds())
        .map_err(Refused::from)?;
    let subject = claims
        .subject()
        .map_err(Refused::from)?
        .filter(|it| !it.is_empty());
    let subject = subject.ok_or(LoginHintError::WithoutSubject)?;
    // An assertion by which the client authenticates names nobody else.
    match subject == facts.client.id.as_str() {
        true => Err(LoginHintError::AboutClient),
        false => Ok(LoginHint {
            subject: subject.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests;
