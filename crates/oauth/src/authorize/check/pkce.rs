//! How the client will prove that the code is its own (RFC 7636).

use jose::strict_base64url;

use super::{Checked, ensure};
use crate::CodeChallenge;
use crate::authorize::AuthorizeError;
use crate::authorize::draft::{Finding, Seen};

/// The challenge is there when it has to be, and of a form that some verifier can match.
pub(in crate::authorize) fn challenge(seen: Seen<'_>) -> Checked {
    // Without a code there is nothing to be bound.
    if !seen.response_type().code {
        return Ok(Finding::Nothing);
    }
    let method = seen.value("code_challenge_method");
    let Some(challenge) = seen.value("code_challenge") else {
        return without_challenge(seen, method);
    };
    // RFC 7636 §4.3: "defaults to "plain" if not present in the request". Names of methods are
    // case-sensitive.
    let (challenge, fits) = match method.unwrap_or("plain") {
        "S256" => (
            CodeChallenge::S256(challenge.to_owned()),
            is_sha256(challenge),
        ),
        // RFC 7636 §4.4.1: "If the server supporting PKCE does not support the requested
        // transformation, the authorization endpoint MUST return the authorization error response
        // with "error" value set to "invalid_request"."
        "plain" if seen.facts.settings.disallow_plain_pkce => {
            return Err(AuthorizeError::ChallengePlain);
        }
        "plain" => (
            CodeChallenge::Plain(challenge.to_owned()),
            is_verifier(challenge),
        ),
        _ => return Err(AuthorizeError::ChallengeMethodUnknown),
    };
    ensure(fits, AuthorizeError::ChallengeMalformed)?;
    Ok(Finding::Challenge(challenge))
}

fn without_challenge(seen: Seen<'_>, method: Option<&str>) -> Checked {
    let client = seen.client()?;
    // RFC 9700 §2.1.1: "Public clients MUST use PKCE". RFC 7636 §4.4.1: "If the server requires
    // Proof Key for Code Exchange (PKCE) by OAuth public clients and the client does not send the
    // "code_challenge" in the request, the authorization endpoint MUST return the authorization
    // error response with the "error" value set to "invalid_request"."
    match method {
        _ if client.require_pkce || !client.is_confidential() => {
            Err(AuthorizeError::ChallengeMissing)
        }
        Some(_) => Err(AuthorizeError::ChallengeMethodWithoutChallenge),
        None => Ok(Finding::Nothing),
    }
}

fn is_sha256(challenge: &str) -> bool {
    // RFC 7636 §4.2: "code_challenge = BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))"
    strict_base64url::decode(challenge).is_ok_and(|hash| hash.len() == 32)
}

fn is_verifier(challenge: &str) -> bool {
    // RFC 7636 §4.1: "code-verifier = 43*128unreserved", which the plain method leaves as it is.
    let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    (43..=128).contains(&challenge.len()) && challenge.bytes().all(is_unreserved)
}
