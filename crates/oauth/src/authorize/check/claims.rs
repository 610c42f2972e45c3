//! Which claims are asked for one by one (OpenID Connect Core §5.5).

use jose::jwt::Claims;
use serde_json::{Map, Value};

use super::Checked;
use crate::authorize::AuthorizeError;
use crate::authorize::draft::{ClaimsFound, Finding, Seen};

/// The longest `claims` parameter in bytes; it is kept with the grant.
const MAX_CLAIMS: usize = 8 * 1024;

/// `claims` is a request for claims, and does not contradict `id_token_hint`.
///
/// Without the `openid` scope there is neither an ID token nor a `UserInfo` response to put claims
/// into, so then it is ignored.
pub(in crate::authorize) fn claims(seen: Seen<'_>) -> Checked {
    let Some(text) = seen
        .value("claims")
        .filter(|_| seen.scope().contains("openid"))
    else {
        return Ok(Finding::Nothing);
    };
    let found = read(text).ok_or(AuthorizeError::ClaimsMalformed)?;
    match (seen.subject(), &found.subject) {
        (Some(hinted), Some(claimed)) if hinted != claimed => Err(AuthorizeError::SubjectsDiffer),
        _ => Ok(Finding::Claims(found)),
    }
}

fn read(text: &str) -> Option<ClaimsFound> {
    let parsed = Claims::parse(text.as_bytes())
        .ok()
        .filter(|_| text.len() <= MAX_CLAIMS)?;
    // OpenID Connect Core §5.5: "Other members MAY be present. Any members used that are not
    // understood MUST be ignored."
    let members: Map<String, Value> = parsed
        .into_map()
        .into_iter()
        .filter(|(name, _)| name == "userinfo" || name == "id_token")
        .collect();
    let well_formed = members.values().all(|member| match member {
        Value::Null => true,
        Value::Object(claims) => claims.values().all(is_claim_request),
        _ => false,
    });
    let id_token = members.get("id_token").filter(|_| well_formed);
    let named = |name: &str| id_token.and_then(|id_token| id_token.get(name));
    let (required_acr, wanted_acr) = match named("acr") {
        Some(acr) if is_essential(acr) => (texts(acr), Vec::new()),
        Some(acr) => (Vec::new(), texts(acr)),
        None => (Vec::new(), Vec::new()),
    };
    let subject = named("sub")
        .and_then(|sub| sub.get("value"))
        .and_then(Value::as_str);
    let subject = subject.map(str::to_owned);
    well_formed.then(|| ClaimsFound {
        claims: members.into(),
        subject,
        required_acr,
        wanted_acr,
    })
}

/// OpenID Connect Core §5.5.1: `null`, or an object in which `essential` is a boolean and `values`
/// an array.
fn is_claim_request(request: &Value) -> bool {
    match request {
        Value::Null => true,
        Value::Object(members) => {
            members.get("essential").is_none_or(Value::is_boolean)
                && members.get("values").is_none_or(Value::is_array)
        }
        _ => false,
    }
}

fn is_essential(request: &Value) -> bool {
    request.get("essential") == Some(&Value::Bool(true))
}

/// The texts of `value` or `values`.
fn texts(request: &Value) -> Vec<String> {
    let one = request.get("value").into_iter();
    let many = request
        .get("values")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    one.chain(many)
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
