//! What the answer is to be like.

use domain::{GrantType, ResponseType};

use super::{Checked, bounded, ensure};
use crate::authorize::draft::{Finding, Seen};
use crate::authorize::{AuthorizeError, ResponseMode};

/// The longest `state` in bytes; it has to fit into an address.
const MAX_STATE: usize = 4096;
/// The longest `nonce` in bytes; it has to fit into every ID token.
const MAX_NONCE: usize = 1024;

/// `state` can be returned.
pub(in crate::authorize) fn state(seen: Seen<'_>) -> Checked {
    bounded(seen, "state", MAX_STATE, AuthorizeError::StateTooLong).map(|_| Finding::Nothing)
}

/// `state`, unless it is too long, which [`state`] refuses.
pub(super) fn returnable_state(seen: Seen<'_>) -> Option<&str> {
    seen.value("state").filter(|state| state.len() <= MAX_STATE)
}

/// `response_type` is supported, and the client may use it.
pub(in crate::authorize) fn kind(seen: Seen<'_>) -> Checked {
    // RFC 6749 §3.1.1: "If an authorization request is missing the "response_type" parameter, or
    // if the response type is not understood, the authorization server MUST return an error
    // response as described in Section 4.1.2.1."
    let kind = seen.value("response_type");
    let kind = kind.ok_or(AuthorizeError::ResponseTypeMissing)?;
    let kind: ResponseType = kind
        .parse()
        .map_err(|_| AuthorizeError::ResponseTypeUnsupported)?;
    let client = seen.client()?;
    let restricted = &client.restricted_response_types;
    let allowed = restricted.is_empty() || restricted.contains(&kind) || kind == ResponseType::NONE;
    ensure(allowed, AuthorizeError::ResponseTypeNotAllowed)?;
    // OpenID Connect Core §2: "ID Tokens MUST NOT use none as the alg value unless the Response Type
    // used returns no ID Token from the Authorization Endpoint".
    let is_signed = client.id_token_algorithm().is_some();
    ensure(
        is_signed || !kind.id_token,
        AuthorizeError::ResponseTypeNotAllowed,
    )?;
    // What comes back through the browser cannot be bound to a key that the client proves to have.
    let bound = !(client.require_dpop && kind.token);
    ensure(bound, AuthorizeError::ResponseTypeUnbound)?;
    Ok(Finding::ResponseType(kind))
}

/// The client may use the grants that the response type needs.
pub(in crate::authorize) fn grants(seen: Seen<'_>) -> Checked {
    let client = seen.client()?;
    let any = [GrantType::AuthorizationCode, GrantType::Implicit];
    let allowed = match seen.response_type() {
        // Nothing is granted, but a client without people has no business here.
        ResponseType::NONE => any.iter().any(|grant| client.may_use(*grant)),
        kind => kind.grants().all(|grant| client.may_use(grant)),
    };
    // RFC 6749 §4.1.2.1: "unauthorized_client The client is not authorized to request an
    // authorization code using this method."
    ensure(allowed, AuthorizeError::GrantNotAllowed)
}

/// What is asked for, as far as the request can be understood: for errors before [`kind`].
pub(super) fn kind_of(seen: Seen<'_>) -> ResponseType {
    let kind = seen
        .value("response_type")
        .and_then(|kind| kind.parse().ok());
    kind.unwrap_or(ResponseType::CODE)
}

/// The mode that the request names or that its response type implies, if that one is fit for it.
pub(super) fn mode_of(seen: Seen<'_>) -> Option<ResponseMode> {
    let kind = kind_of(seen);
    let mode = match seen.value("response_mode") {
        None => Some(ResponseMode::usual(kind)),
        Some(name) => ResponseMode::named(name, kind),
    };
    let is_encrypted = seen.client().is_ok_and(|it| it.jarm.encryption.is_some());
    mode.filter(|mode| mode.hides(kind, is_encrypted))
}

/// `response_mode` is supported, fit for the response type, as protected as the client's settings
/// demand, and can reach the redirect URI.
pub(in crate::authorize) fn mode(seen: Seen<'_>) -> Checked {
    let known = seen
        .value("response_mode")
        .is_none_or(ResponseMode::is_known);
    ensure(known, AuthorizeError::ResponseModeUnknown)?;
    // OAuth 2.0 Multiple Response Types §5: "the query encoding MUST NOT be used." JARM §2.3.1: a
    // response that carries a token "MUST NOT be used in conjunction with the response mode
    // query.jwt unless the response JWT is encrypted".
    let mode = mode_of(seen).ok_or(AuthorizeError::ResponseModeExposesTokens)?;
    let protected = mode.protected || !seen.client()?.jarm.required;
    ensure(protected, AuthorizeError::ResponseModeUnprotected)?;
    let target = seen.target();
    let fits = target.is_none_or(|target| mode.reaches(target.redirect_uri()));
    ensure(fits, AuthorizeError::ResponseModeUnfit)
}

/// Whether an environment answers whoever asks, and nothing goes through the browser's address: there is
/// nobody whose answer could be taken for this one, and PingOne's applications send no `nonce` then.
fn is_answered_by_an_environment(seen: Seen<'_>) -> bool {
    let mode = seen.target().map(crate::authorize::ResponseTarget::mode);
    seen.facts.is_environment && mode.is_some_and(ResponseMode::is_redirectless)
}

/// `nonce` can be repeated in an ID token.
pub(in crate::authorize) fn nonce(seen: Seen<'_>) -> Checked {
    let nonce = bounded(seen, "nonce", MAX_NONCE, AuthorizeError::NonceTooLong)?;
    // OpenID Connect Core §3.2.2.1: nonce is "REQUIRED", and §3.3.2.11: "If the value of the
    // response_type parameter is code id_token or code id_token token, the nonce is REQUIRED".
    let needed = seen.response_type().id_token && !is_answered_by_an_environment(seen);
    ensure(nonce.is_some() || !needed, AuthorizeError::NonceMissing)?;
    Ok(nonce.map_or(Finding::Nothing, |nonce| Finding::Nonce(nonce.to_owned())))
}
