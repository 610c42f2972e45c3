//! Which claims about a person are told where (OpenID Connect Core §5.4, §5.5).

mod request;

use domain::{Scope, User};
use serde_json::{Map, Value};

pub use request::{ClaimRequest, ClaimsMalformed, ClaimsRequest};

/// The claims that can be told about a person, for discovery (`claims_supported`).
pub const SUPPORTED: &[&str] = &[
    "sub",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
    "acr",
    "amr",
    "auth_time",
];

/// The claims that a scope value asks for (OpenID Connect Core §5.4).
const BY_SCOPE: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("phone", &["phone_number", "phone_number_verified"]),
    ("address", &["address"]),
];

/// The scope value that asks for a claim about a person, if one does.
fn scope_of(claim: &str) -> Option<&'static str> {
    let asks = |(_, names): &&(&str, &[&str])| names.contains(&claim);
    BY_SCOPE.iter().find(asks).map(|(value, _)| *value)
}

/// What the `UserInfo` endpoint tells besides `sub`: what the scope asks for and what the request
/// asks for one by one.
pub fn for_userinfo(user: &User, scope: &Scope, request: &ClaimsRequest) -> Map<String, Value> {
    let known = known(user);
    let mut told = requested(&known, request.userinfo());
    told.extend(by_scope(&known, scope));
    told
}

/// What an ID token tells about the person besides who they are: what the request asks for one by
/// one. OpenID Connect Core §5.4: with an access token, the claims of the scope values "are
/// returned from the `UserInfo` Endpoint".
pub fn for_id_token(user: &User, request: &ClaimsRequest) -> Map<String, Value> {
    requested(&known(user), request.id_token())
}

/// What an ID token tells that is issued alone: also what the scope asks for.
pub fn for_id_token_alone(
    user: &User,
    scope: &Scope,
    request: &ClaimsRequest,
) -> Map<String, Value> {
    let known = known(user);
    let mut told = by_scope(&known, scope);
    told.extend(requested(&known, request.id_token()));
    told
}

/// What of all that is known the scope asks for.
fn by_scope(known: &Map<String, Value>, scope: &Scope) -> Map<String, Value> {
    let named = BY_SCOPE.iter().filter(|(value, _)| scope.contains(value));
    let names = named.flat_map(|(_, names)| names.iter().copied());
    names
        .filter_map(|name| Some((name.to_owned(), known.get(name)?.clone())))
        .collect()
}

fn requested<'a>(
    known: &Map<String, Value>,
    requests: impl Iterator<Item = (&'a str, &'a ClaimRequest)>,
) -> Map<String, Value> {
    // OpenID Connect Core §5.5.1: `value` "Requests that the Claim be returned with a particular
    // value"; with another it was not asked for.
    requests
        .filter_map(|(name, request)| Some((name, known.get(name)?, request)))
        .filter(|(_, value, request)| request.accepts(value))
        .map(|(name, value, _)| (name.to_owned(), value.clone()))
        .collect()
}

/// Everything that is known about a person, by claim name (OpenID Connect Core §5.1).
fn known(user: &User) -> Map<String, Value> {
    let profile = serde_json::to_value(&user.profile);
    let Ok(Value::Object(mut known)) = profile else {
        return Map::new();
    };
    known
        .entry("preferred_username")
        .or_insert_with(|| user.username.clone().into());
    known.insert("updated_at".to_owned(), user.modified.seconds().into());
    known
}

#[cfg(test)]
mod tests;
