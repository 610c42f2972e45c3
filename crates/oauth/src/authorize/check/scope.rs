//! What is asked for.

use domain::Scope;

use super::{Checked, ensure};
use crate::authorize::draft::{Finding, Seen};
use crate::authorize::{AuthorizeError, Prompt};

/// Every scope value is one that the client may ask for. No value at all is the default scope,
/// which every client may have.
pub(in crate::authorize) fn allowed_for_client(seen: Seen<'_>) -> Checked {
    let scope = seen.value("scope").unwrap_or_default();
    // RFC 6749 §4.1.2.1: "invalid_scope The requested scope is invalid, unknown, or malformed."
    let scope: Scope = scope.parse().map_err(|_| AuthorizeError::ScopeMalformed)?;
    let allowed = seen.facts.settings.allowed(seen.client()?, &scope);
    ensure(scope.is_within(&allowed), AuthorizeError::ScopeNotAllowed)?;
    // OpenID Connect Core §3.1.2.1: "OpenID Connect requests MUST contain the openid scope value",
    // and no other request is answered with an ID token.
    let is_openid = scope.contains("openid") || !seen.response_type().id_token;
    ensure(is_openid, AuthorizeError::ScopeWithoutOpenid)?;
    Ok(Finding::Scope(scope))
}

/// `offline_access` counts only where it can be granted, and where the person will have been asked.
pub(in crate::authorize) fn offline_access(seen: Seen<'_>) -> Checked {
    // OpenID Connect Core §11: "The Authorization Server MUST ignore the offline_access request
    // unless the Client is using a response_type value that would result in an Authorization Code
    // being returned".
    let by_code = seen.response_type().code;
    // OpenID Connect Core §11: it "MUST ensure that the prompt parameter contains consent unless
    // other conditions for processing the request permitting offline access to the requested
    // resources are in place; unless one or both of these conditions are fulfilled, then it MUST
    // ignore the offline_access request". The administrator says whether there are others.
    let needs_prompt = seen
        .facts
        .settings
        .offline_access_needs_prompt(seen.client()?);
    if by_code && (!needs_prompt || seen.prompts().contains(&Prompt::Consent)) {
        return Ok(Finding::Nothing);
    }
    let ignored = Scope::from_iter(["offline_access"]);
    Ok(Finding::Scope(seen.scope().without(&ignored)))
}
