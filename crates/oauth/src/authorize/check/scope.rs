//! What is asked for.

use domain::Scope;

use super::{Checked, ensure};
use crate::authorize::AuthorizeError;
use crate::authorize::draft::{Finding, Seen};

/// Every scope value is one that the client may ask for. No value at all is the default scope,
/// which every client may have.
pub(in crate::authorize) fn allowed_for_client(seen: Seen<'_>) -> Checked {
    let scope = seen.value("scope").unwrap_or_default();
    // RFC 6749 §4.1.2.1: "invalid_scope The requested scope is invalid, unknown, or malformed."
    let scope: Scope = scope.parse().map_err(|_| AuthorizeError::ScopeMalformed)?;
    let allowed = seen.facts.settings.scopes_for(seen.client()?);
    ensure(scope.is_within(&allowed), AuthorizeError::ScopeNotAllowed)?;
    // OpenID Connect Core §3.1.2.1: "OpenID Connect requests MUST contain the openid scope value",
    // and no other request is answered with an ID token.
    let is_openid = scope.contains("openid") || !seen.response_type().id_token;
    ensure(is_openid, AuthorizeError::ScopeWithoutOpenid)?;
    Ok(Finding::Scope(scope))
}
