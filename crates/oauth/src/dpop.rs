//! Proof of possession at the application layer (DPoP, RFC 9449).
//!
//! A client signs each request with a key of its own. [`PresentedProof`] is what came with a
//! request; [`verify`] makes the checks of RFC 9449 §4.3 and is the only one to make a
//! [`VerifiedProof`], without which nothing is bound to a key and nothing bound is given out.

mod error;
#[cfg(test)]
pub(crate) mod fixture;
mod nonce;
mod target_uri;

use std::time::Duration;

use domain::port::Changes;
use domain::{ServerSettings, Thumbprint, Timestamp};
use jose::jws::{Algorithm, Policy, Typ};
use jose::jwt::{ClaimRefused, Claims, SignedClaims, UnverifiedJwt};
use jose::{Refused, digest, strict_base64url};

use crate::Decision;
use crate::key_ring::ASYMMETRIC;

pub use error::DpopError;
pub use nonce::NonceKey;

/// The algorithms with which proofs may be signed.
///
/// RFC 9449 §11.6: "only asymmetric digital signature algorithms (such as ES256) that are deemed
/// secure can be used for signing DPoP proofs. In particular, the algorithm none MUST NOT be
/// allowed."
pub const ALGORITHMS: &[Algorithm] = ASYMMETRIC;

/// The longest proof that is read, in bytes: one by the longest RSA key has about 4,000.
const MAX_LENGTH: usize = 8 * 1024;

/// RFC 9449 §11.1: "a server that is tracking jti values should reject DPoP proof JWTs with
/// unnecessarily large jti values". In bytes.
const MAX_ID: usize = 256;

/// How far a client's clock may be ahead of ours, in seconds (RFC 9449 §11.1: "the server MAY
/// accept DPoP proofs that carry an iat time in the reasonably near future").
const LEEWAY: i64 = 60;

const NOT_TEXT: Refused = Refused::NotBase64Url { part: "header" };

/// The members of a JWK that no public key has (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A proof that came with a request, not yet believed.
#[derive(Clone)]
pub struct PresentedProof<'a> {
    jwt: UnverifiedJwt<'a>,
    nonce: Option<String>,
}

impl<'a> PresentedProof<'a> {
    /// The proof in the `DPoP` headers of a request; `None` if there is no such header.
    pub fn of(headers: impl IntoIterator<Item = &'a [u8]>) -> Result<Option<Self>, DpopError> {
        let mut headers = headers.into_iter();
        let header = match (headers.next(), headers.next()) {
            (None, _) => return Ok(None),
            (Some(only), None) => only,
            // RFC 9449 §4.3 item 1: "There is not more than one DPoP HTTP request header field."
            (Some(_), Some(_)) => return Err(DpopError::SeveralProofs),
        };
        // RFC 9449 §4.3 item 2: "The DPoP HTTP request header field value is a single and
        // well-formed JWT."
        let text = std::str::from_utf8(header).map_err(|_| NOT_TEXT)?;
        let jwt = UnverifiedJwt::parse(text, MAX_LENGTH)?;
        let nonce = jwt.unverified_claims().string("nonce");
        let nonce = nonce.map_err(Refused::from)?;
        let nonce = nonce.map(str::to_owned);
        Ok(Some(Self { jwt, nonce }))
    }
}

/// The request with which a proof came.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Its method.
    pub method: &'a str,
    /// The URIs by which its endpoint can be reached.
    pub uris: &'a [&'a str],
    /// The access token that it shows, at an endpoint that is protected by one.
    pub access_token: Option<&'a str>,
}

/// What a proof is judged by besides the request.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The settings of the authorization server.
    pub settings: &'a ServerSettings,
    /// The server's nonces.
    pub nonces: &'a NonceKey,
}

/// That whoever made a request holds a key. Only [`verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedProof {
    jkt: Thumbprint,
}

impl VerifiedProof {
    /// The thumbprint of the key (RFC 9449 §6.1).
    pub const fn jkt(&self) -> &Thumbprint {
        &self.jkt
    }
}

/// The nonce to supply with the answer to a request with a `DPoP` header, if one is due: the client
/// has to have one, or has one, and it is not the one that is supplied now.
pub fn due_nonce(
    proof: Option<&PresentedProof<'_>>,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Option<String> {
    let presented = proof.and_then(|proof| proof.nonce.as_ref());
    let wanted = facts.settings.dpop_proof_require_nonce || presented.is_some();
    let current = wanted.then(|| facts.nonces.current(facts.settings, now));
    current.filter(|current| presented != Some(current))
}

/// Makes the checks of RFC 9449 §4.3, and spends the proof if each may be used only once.
pub fn verify(
    proof: &PresentedProof<'_>,
    request: &Request<'_>,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Decision<VerifiedProof, DpopError> {
    match check(proof, request, facts, now) {
        Ok((proof, changes)) => Decision::accept(proof, changes),
        Err(error) => Decision::refuse(error),
    }
}

fn check(
    proof: &PresentedProof<'_>,
    request: &Request<'_>,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Result<(VerifiedProof, Changes), DpopError> {
    let signed = check_signature(proof)?;
    let jkt = Thumbprint::of_key(signed.key().jwk());
    let claims = signed.claims();
    // RFC 9449 §4.3 item 3: "All required claims per Section 4.2 are contained in the JWT."
    let id = claims.token_id().map_err(Refused::from)?;
    let id = id.filter(|id| !id.is_empty()).ok_or(DpopError::IdMissing)?;
    if id.len() > MAX_ID {
        return Err(DpopError::IdTooLong);
    }
    // RFC 9449 §4.3 item 8: "The htm claim matches the HTTP method of the current request."
    if required(claims, "htm")? != request.method {
        return Err(DpopError::MethodDiffers);
    }
    // RFC 9449 §4.3 item 9: "The htu claim matches the HTTP URI value for the HTTP request in which
    // the JWT was received, ignoring any query and fragment parts."
    let uri = required(claims, "htu")?;
    let mut uris = request.uris.iter();
    let uri = uris.find(|known| target_uri::is_same(uri, known));
    let uri = uri.ok_or(DpopError::UriDiffers)?;
    check_time(claims, facts, now)?;
    if let Some(token) = request.access_token {
        check_token(claims, token)?;
    }
    let mut changes = Changes::none();
    if facts.settings.dpop_proof_enforce_replay_prevention {
        let parts = [jkt.as_str(), uri, id].map(str::as_bytes);
        changes.claim_token("dpop_proof", &parts, (now, last_use(facts.settings, now)));
    }
    Ok((VerifiedProof { jkt }, changes))
}

/// The proof, if the key in it has signed it.
fn check_signature<'p>(proof: &'p PresentedProof<'_>) -> Result<SignedClaims<'p>, DpopError> {
    // RFC 9449 §4.3 item 7: "The jwk JOSE Header Parameter does not contain a private key."
    let jwk = proof.jwt.header().member("jwk");
    let is_private = |jwk: &serde_json::Value| PRIVATE.iter().any(|it| jwk.get(it).is_some());
    if jwk.is_some_and(is_private) {
        return Err(DpopError::PrivateKey);
    }
    // RFC 9449 §4.3 item 4: "The typ JOSE Header Parameter has the value dpop+jwt." Item 5: "The
    // alg JOSE Header Parameter indicates a registered asymmetric digital signature algorithm
    // [IANA.JOSE.ALGS], is not none, is supported by the application, and is acceptable per local
    // policy."
    let policy = Policy::new(ALGORITHMS)
        .with_typ(Typ::Required("dpop+jwt"))
        .with_max_len(MAX_LENGTH);
    // RFC 9449 §4.3 item 6: "The JWT signature verifies with the public key contained in the jwk
    // JOSE Header Parameter."
    Ok(proof.jwt.verify_with_embedded_key(&policy)?)
}

fn required<'a>(claims: &'a Claims, name: &'static str) -> Result<&'a str, DpopError> {
    let claim = claims.string(name).map_err(Refused::from)?;
    claim.ok_or_else(|| missing(name))
}

fn missing(name: &str) -> DpopError {
    let name = name.to_owned();
    DpopError::Malformed(Refused::Claim(ClaimRefused::Missing { name }))
}

/// RFC 9449 §4.3 item 11: "The creation time of the JWT, as determined by either the iat claim or a
/// server managed timestamp via the nonce claim, is within an acceptable window".
fn check_time(claims: &Claims, facts: &Facts<'_>, now: Timestamp) -> Result<(), DpopError> {
    let made = claims.issued_at().map_err(Refused::from)?;
    let age = now.seconds() - made.ok_or_else(|| missing("iat"))?;
    match claims.string("nonce").map_err(Refused::from)? {
        // A nonce tells the age by our own clock: a client with a wrong one can still be served.
        Some(nonce) if facts.nonces.accepts(nonce, facts.settings, now) => Ok(()),
        // RFC 9449 §8: "If the nonce claim in the DPoP proof does not exactly match a nonce
        // recently supplied by the authorization server to the client, the authorization server
        // MUST reject the request."
        Some(_) => Err(DpopError::NonceUnknown),
        // RFC 9449 §11.3: "A server MUST NOT accept any DPoP proofs without the nonce claim when a
        // DPoP nonce has been provided to the client."
        None if facts.settings.dpop_proof_require_nonce => Err(DpopError::NonceMissing),
        None if age > i64::from(facts.settings.dpop_proof_lifetime_seconds) => {
            Err(DpopError::Expired(age))
        }
        None if age < -LEEWAY => Err(DpopError::InFuture(-age)),
        None => Ok(()),
    }
}

/// RFC 9449 §4.3 item 12: "ensure that the value of the ath claim equals the hash of that access
/// token"; that the token is bound to the key of the proof is for the endpoint to see.
fn check_token(claims: &Claims, token: &str) -> Result<(), DpopError> {
    let hash = strict_base64url::encode(digest::sha256(token.as_bytes()));
    let shown = claims.string("ath").map_err(Refused::from)?;
    match shown == Some(&hash) {
        true => Ok(()),
        false => Err(DpopError::TokenDiffers),
    }
}

/// A time after which the checks refuse whatever they accept now: a proof is good for its lifetime
/// after it was made, or at most one and a half after its nonce was supplied.
fn last_use(settings: &ServerSettings, now: Timestamp) -> Timestamp {
    let lifetime = u64::from(settings.dpop_proof_lifetime_seconds);
    now + Duration::from_secs(2 * lifetime + 1 + LEEWAY.unsigned_abs())
}

#[cfg(test)]
mod tests;
