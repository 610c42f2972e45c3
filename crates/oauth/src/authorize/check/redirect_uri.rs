//! Where the answer goes: the check on which the safety of all others rests.

use super::Checked;
use crate::authorize::draft::{Finding, Seen};
use crate::authorize::unverified::Carriage;
use crate::authorize::{AuthorizeError, ResponseMode, ResponseTarget};
use crate::redirect_uri::{is_registered, is_usable, only};

/// The redirect URI is one of the client's.
pub(in crate::authorize) fn registered(seen: Seen<'_>) -> Checked {
    let proven = proven(seen);
    match seen.carriage() {
        // It is in the request object that nothing is believed of. What is wrong is that.
        Carriage::Refused(_) => proven.map_err(|_| AuthorizeError::RequestObject),
        _ => proven,
    }
}

fn proven(seen: Seen<'_>) -> Checked {
    let registered = &seen.client()?.redirect_uris;
    let redirectless = super::response::mode_of(seen).is_some_and(ResponseMode::is_redirectless);
    if redirectless && !seen.facts.is_environment && !seen.client()?.redirectless {
        return Err(AuthorizeError::ResponseModeNotAllowed);
    }
    let named = seen.value("redirect_uri");
    let uri = match named {
        Some(named) if is_registered(registered, named) => named,
        Some(_) => return Err(AuthorizeError::RedirectUriUnregistered),
        // Nobody is sent anywhere: none is needed.
        None if redirectless => {
            let target = target(seen, "");
            let named = false;
            return Ok(Finding::Target { target, named });
        }
        // OpenID Connect Core §3.1.2.1: "redirect_uri REQUIRED."
        None if asks_for_openid(seen) => return Err(AuthorizeError::RedirectUriMissing),
        None => only(registered).ok_or(AuthorizeError::RedirectUriMissing)?,
    };
    if !is_usable(uri) {
        return Err(AuthorizeError::RedirectUriUnusable);
    }
    Ok(Finding::Target {
        target: target(seen, uri),
        named: named.is_some(),
    })
}

/// Errors from here on go where and how the client wants them, as far as that is known to be good.
fn target(seen: Seen<'_>, uri: &str) -> ResponseTarget {
    let mode = super::response::mode_of(seen).filter(|mode| mode.reaches(uri));
    let mode = mode.unwrap_or_else(|| ResponseMode::usual(super::response::kind_of(seen)));
    let names_issuer = seen.facts.settings.include_issuer_in_authorization_response;
    ResponseTarget::new(uri.to_owned(), mode)
        .with_state(super::response::returnable_state(seen))
        .with_issuer(names_issuer.then_some(seen.facts.issuer))
}

fn asks_for_openid(seen: Seen<'_>) -> bool {
    seen.value("scope")
        .is_some_and(|scope| scope.split(' ').any(|value| value == "openid"))
}
