//! What the client knows about the person, and what it would like.

use super::{Checked, bounded, ensure};
use crate::authorize::AuthorizeError;
use crate::authorize::draft::{Finding, Seen};

/// The longest list of context classes, in bytes.
const MAX_ACR_VALUES: usize = 1024;
/// The longest list of languages, in bytes.
const MAX_LOCALES: usize = 512;
/// The longest name that a person may be suggested, in bytes.
const MAX_LOGIN_HINT: usize = 512;

/// `acr_values`: wishes, best first.
pub(in crate::authorize) fn acr_values(seen: Seen<'_>) -> Checked {
    let values = bounded(
        seen,
        "acr_values",
        MAX_ACR_VALUES,
        AuthorizeError::AcrValuesTooLong,
    )?;
    Ok(Finding::AcrValues(
        words(values).map(str::to_owned).collect(),
    ))
}

/// `ui_locales`: languages for pages.
pub(in crate::authorize) fn ui_locales(seen: Seen<'_>) -> Checked {
    locales(seen, "ui_locales").map(Finding::UiLocales)
}

/// `claims_locales`: languages for claims.
pub(in crate::authorize) fn claims_locales(seen: Seen<'_>) -> Checked {
    locales(seen, "claims_locales").map(Finding::ClaimsLocales)
}

/// OpenID Connect Core §3.1.2.1: "An error SHOULD NOT result if some or all of the requested
/// locales are not supported"; so what is no language tag is left out.
fn locales(seen: Seen<'_>, name: &str) -> Result<Vec<String>, AuthorizeError> {
    let is_tag = |word: &&str| word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let locales = bounded(seen, name, MAX_LOCALES, AuthorizeError::LocalesTooLong)?;
    Ok(words(locales).filter(is_tag).map(str::to_owned).collect())
}

/// `login_hint`: a name to fill in.
pub(in crate::authorize) fn login_hint(seen: Seen<'_>) -> Checked {
    let hint = bounded(
        seen,
        "login_hint",
        MAX_LOGIN_HINT,
        AuthorizeError::LoginHintTooLong,
    )?;
    Ok(hint.map_or(Finding::Nothing, |hint| Finding::LoginHint(hint.to_owned())))
}

/// `id_token_hint`: an ID token of ours for this client, whoever holds it now.
pub(in crate::authorize) fn id_token_hint(seen: Seen<'_>) -> Checked {
    if seen.value("id_token_hint").is_none() {
        return Ok(Finding::Nothing);
    }
    let hint = seen
        .facts
        .id_token_hint
        .ok_or(AuthorizeError::IdTokenHintUnknown)?;
    // OpenID Connect Core §3.1.2.1: "ID Token previously issued by the Authorization Server being
    // passed as a hint about the End-User's current or past authenticated session with the Client."
    ensure(
        hint.is_for(&seen.client()?.id),
        AuthorizeError::IdTokenHintOfAnotherClient,
    )?;
    Ok(Finding::Subject(hint.subject().to_owned()))
}

/// `login_hint_token`: whom the client vouches for.
pub(in crate::authorize) fn login_hint_token(seen: Seen<'_>) -> Checked {
    if seen.value("login_hint_token").is_none() {
        return Ok(Finding::Nothing);
    }
    let hint = seen.facts.login_hint;
    let hint = hint.ok_or(AuthorizeError::LoginHintTokenRefused)?;
    Ok(Finding::Vouched(hint.subject().to_owned()))
}

fn words(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default()
        .split(' ')
        .filter(|word| !word.is_empty())
}
