//! A customer's backend has a JWT verified that its application has brought.

use std::time::Duration;

use authn::recognize::token::{self, Expected};
use authn::recognize::{Factor, Person};
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use domain::port::{Changes, Versioned};
use domain::{Decision, Timestamp};
use http::Uri;
use http::header::CONTENT_TYPE;
use oauth::TokenType;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::{Backend, key_set, object, parameter};

/// For how long a JWT is believed, unless it is asked for otherwise, and at most: in seconds.
const MAX_AGE: i64 = 300;
const MOST_MAX_AGE: i64 = 3600;

/// What is to be verified.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    /// The JWT.
    jwt: String,
    /// The transaction data as the backend has it, if there is a transaction.
    #[serde(default)]
    transaction_data: Option<String>,
    /// Who it is, as the backend names them.
    #[serde(default)]
    username: Option<String>,
    /// For how long it is believed, in seconds.
    #[serde(default)]
    max_age: Option<i64>,
}

/// `POST /v2/verify-jwt`: whether a JWT says what the backend expects. Each is accepted once.
pub(super) async fn verify(backend: Backend, body: Body) -> Result<Json<Value>, ApiError> {
    let asked = Value::Object(object(body).await?);
    let asked: Asked = serde_json::from_value(asked).map_err(|_| ApiError::Body)?;
    let Some((person, factor, claims)) = signed(&backend, &asked.jwt).await? else {
        return Ok(refused("INVALID_SIGNATURE"));
    };
    let expected = Expected {
        data: asked.transaction_data.as_deref(),
        username: asked.username.as_deref(),
        max_age: asked.max_age.unwrap_or(MAX_AGE).clamp(1, MOST_MAX_AGE),
    };
    let house = &backend.house;
    if let Err(mismatch) = expected.check(&claims, &person, house.now()) {
        return Ok(refused(&mismatch.to_string()));
    }
    let (text, _) = asked.jwt.rsplit_once('.').unwrap_or_default();
    let made = claims
        .get("iat")
        .and_then(Value::as_i64)
        .unwrap_or_default();
    let until = Duration::from_secs(MOST_MAX_AGE.unsigned_abs());
    let until = Timestamp::from_seconds(made) + until;
    let spend = || async {
        // RTS art. 4(1): "The authentication code shall be only accepted once by the payment service
        // provider". What was signed is spent, not its signature.
        let mut changes = Changes::none();
        changes.claim("recognize_transaction_jwt", &[text.as_bytes()], until);
        Ok(Decision::accept((), changes))
    };
    if house.carry_out(spend, || ()).await?.is_err() {
        return Ok(refused("ALREADY_USED"));
    }
    Ok(Json(json!({
        "valid": true,
        "factor": factor,
        "username": person.username,
        "claims": claims,
    })))
}

fn refused(reason: &str) -> Json<Value> {
    Json(json!({"valid": false, "reason": reason}))
}

/// Who has signed a JWT, in whichever profile, or in whose name the environment has.
async fn signed(
    backend: &Backend,
    jwt: &str,
) -> Result<Option<(Versioned<Person>, Value, Map<String, Value>)>, ApiError> {
    let Ok(parsed) = jose::jws::Unverified::parse(jwt, jose::DEFAULT_MAX_TOKEN_LEN) else {
        return Ok(None);
    };
    let keys = backend.house.live.keys();
    if let Ok(claims) = keys.verify(jwt, TokenType::RecognizeTransaction) {
        let is_theirs = claims
            .audiences()
            .is_ok_and(|all| all == [backend.customer.name.as_str()]);
        let subject = claims.subject().ok().flatten().unwrap_or_default();
        let factor = claims.get("amr").and_then(|amr| amr.get(1)).cloned();
        let person = known(backend.person(subject).await)?.filter(|_| is_theirs);
        return Ok(person.map(|it| (it, factor.unwrap_or_default(), claims.into_map())));
    }
    let Ok(claims) = parsed.unverified_claims() else {
        return Ok(None);
    };
    let subject = claims.subject().ok().flatten().unwrap_or_default();
    let Some(person) = known(backend.person(subject).await)? else {
        return Ok(None);
    };
    let verified = token::verify(&person, jwt);
    Ok(verified.map(|(factor, claims)| (person, json!(Factor::name(factor)), claims)))
}

fn known(
    found: Result<Versioned<Person>, ApiError>,
) -> Result<Option<Versioned<Person>>, ApiError> {
    match found {
        Ok(person) => Ok(Some(person)),
        Err(ApiError::Unknown) => Ok(None),
        Err(other) => Err(other),
    }
}

/// `GET /v2/verify-jwt/public-key`: the environment's public keys, which sign the extended profile; with
/// `?sub=` those of a person, which sign the original's.
pub(super) async fn public_key(backend: Backend, uri: Uri) -> Result<Response, ApiError> {
    let keys = match parameter(&uri, "sub") {
        None => backend.house.live.keys().jwks().to_owned(),
        Some(id) => key_set(&*backend.person(&id).await?).to_string(),
    };
    Ok(([(CONTENT_TYPE, "application/json")], keys).into_response())
}
