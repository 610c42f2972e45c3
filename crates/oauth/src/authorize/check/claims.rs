//! Which claims are asked for one by one (OpenID Connect Core §5.5).

use super::{Checked, ensure};
use crate::authorize::AuthorizeError;
use crate::authorize::draft::{ClaimsFound, Finding, Seen};
use crate::claims::{ClaimRequest, ClaimsRequest};

/// `claims` is a request for claims, and does not contradict `id_token_hint`.
///
/// Without the `openid` scope there is neither an ID token nor a `UserInfo` response to put claims
/// into, so then it is ignored.
pub(in crate::authorize) fn claims(seen: Seen<'_>) -> Checked {
    let is_openid = seen.scope().contains("openid");
    let Some(text) = seen.value("claims").filter(|_| is_openid) else {
        return Ok(Finding::Nothing);
    };
    let malformed = AuthorizeError::ClaimsMalformed;
    let request = ClaimsRequest::parse(text).map_err(|_| malformed)?;
    let request = request.allowed(seen.client()?, seen.facts.settings);
    let found = found(&request).ok_or(malformed)?;
    let named = seen.subject().zip(found.subject.as_deref());
    let agree = named.is_none_or(|(hinted, claimed)| hinted == claimed);
    ensure(agree, AuthorizeError::SubjectsDiffer)?;
    Ok(Finding::Claims(found))
}

/// What of the request concerns the authentication; `None` if it asks for what cannot be.
fn found(request: &ClaimsRequest) -> Option<ClaimsFound> {
    let named = |name: &str| request.id_token().find(|(claim, _)| *claim == name);
    let texts_of = |name: &str| named(name).map_or(Some(Vec::new()), |(_, claim)| texts(claim));
    let acr_is_required = named("acr").is_some_and(|(_, acr)| acr.is_essential());
    let (required_acr, wanted_acr) = match texts_of("acr")? {
        values if acr_is_required => (values, Vec::new()),
        values => (Vec::new(), values),
    };
    // OpenID Connect Core §3.1.2.2: "If the sub (subject) Claim is requested with a specific value
    // for the ID Token, the Authorization Server MUST only send a positive response if the
    // End-User identified by that sub value has an active session with the Authorization Server
    // or has been Authenticated as a result of the request."
    let mut subjects = texts_of("sub")?.into_iter();
    let subject = subjects.next();
    let claims = request.to_value();
    let found = ClaimsFound {
        claims,
        subject,
        required_acr,
        wanted_acr,
    };
    subjects.next().is_none().then_some(found)
}

/// The values of a claim that is always text.
fn texts(claim: &ClaimRequest) -> Option<Vec<String>> {
    let texts = claim
        .values()
        .iter()
        .map(|value| value.as_str().map(str::to_owned));
    texts.collect()
}
