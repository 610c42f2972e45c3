//! The API of the customers' backends (docs/recognize.md): people, devices, operations, JWTs.

mod error;
mod verification;

use std::sync::Arc;

use authn::recognize::conclusion::Kept;
use authn::recognize::{Customer, EnrolledDevice, OperationRecord, Person};
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use domain::port::{Changes, CommitError, Versioned};
use domain::{Actor, AuditEvent, Decision, UserId, Uuid};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{StatusCode, Uri};
use serde_json::{Map, Value, json};

use self::error::ApiError;
use crate::app::App;
use crate::extract::{Peer, bounded};
use crate::limit::Purpose;

/// The most bytes of a body that are read.
const MAX_BODY: usize = 64 * 1024;

/// How many records are deleted in one commit.
const AT_ONCE: usize = 250;

/// The longest external id, in characters.
const MAX_EXTERNAL_ID: usize = 256;

/// The header with the key of a customer's backend.
const API_KEY: &str = "x-api-key";

/// The routes of the API.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/customers/{customer}/.well-known/jwks.json", get(jwks))
        .route("/v2/users", get(find_user))
        .route(
            "/v2/users/{id}",
            get(user).patch(change_user).delete(delete_user),
        )
        .route("/v2/users/{id}/devices", get(devices))
        .route("/v2/users/{id}/devices/{device}", delete(delete_device))
        .route("/v2/operations/{id}", get(operation))
        .route("/v2/verify-jwt", post(verification::verify))
        .route("/v2/verify-jwt/public-key", get(verification::public_key))
        .layer(from_fn(error::formed))
}

/// The backend of a customer, which has shown its key.
pub(super) struct Backend {
    customer: Customer,
    house: Arc<App>,
}

impl FromRequestParts<Arc<App>> for Backend {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<App>,
    ) -> Result<Self, Self::Rejection> {
        let peer = Peer::from_request_parts(parts, app).await;
        let peer = peer.map_err(|_| ApiError::Key)?;
        let key = parts.headers.get(API_KEY).and_then(|it| it.to_str().ok());
        let key = key.ok_or(ApiError::Key)?;
        // The key begins with the name of its customer.
        let name = key.rsplit_once('.').map(|(name, _)| name);
        let customer = match name {
            Some(name) => found(app, name).await?.filter(|it| it.has_key(key)),
            None => None,
        };
        let Some(customer) = customer else {
            let counted = app.count_failure(Purpose::ClientAuthentication, peer);
            return Err(counted.map_or_else(ApiError::Limited, |()| ApiError::Key));
        };
        let house = app.environment(customer.environment).await?;
        let house = house.ok_or(ApiError::Key)?;
        Ok(Self { customer, house })
    }
}

async fn found(app: &App, name: &str) -> Result<Option<Customer>, ApiError> {
    let found = super::place::customer(app.records(), name).await?;
    Ok(found.map(|it| it.record))
}

impl Backend {
    fn actor(&self) -> Actor {
        Actor::Client(self.customer.name.clone())
    }

    /// The person with this id, as it is in their JWTs.
    async fn person(&self, id: &str) -> Result<Versioned<Person>, ApiError> {
        let id: Uuid = id.parse().map_err(|_| ApiError::Unknown)?;
        let id = UserId::from(id);
        let found = self.house.records().find::<Person>(0, id).await?;
        found.into_iter().next().ok_or(ApiError::Unknown)
    }

    async fn devices(&self, person: &Person) -> Result<Vec<Versioned<EnrolledDevice>>, ApiError> {
        let records = self.house.records();
        Ok(records.find::<EnrolledDevice>(0, person.id).await?)
    }

    /// All that is kept of the person with this id, with their operations if there are not too many for one
    /// commit: others are deleted first.
    async fn kept(&self, id: &str) -> Result<Kept, ApiError> {
        let person = self.person(id).await?;
        let devices = self.devices(&person).await?;
        let records = self.house.records();
        loop {
            let operations = records.find::<OperationRecord>(0, person.id).await?;
            let Some(some) = operations
                .chunks(AT_ONCE)
                .next()
                .filter(|it| it.len() == AT_ONCE)
            else {
                return Ok(Kept {
                    person,
                    devices,
                    operations,
                });
            };
            let mut changes = Changes::none();
            for operation in some {
                changes.delete(operation);
            }
            match records.commit(changes).await {
                Ok(()) | Err(CommitError::Conflict | CommitError::Claimed) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
    }
}

/// A parameter of the query.
fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query().unwrap_or_default();
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    parameters.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

async fn object(body: axum::body::Body) -> Result<Map<String, Value>, ApiError> {
    let body = bounded(body, MAX_BODY).await.map_err(|_| ApiError::Body)?;
    jose::json::parse_object(&body).map_err(|_| ApiError::Body)
}

/// `GET /customers/{customer}/.well-known/jwks.json`: the keys of the customer's environment, which sign
/// the extended profile and receipts; with `?sub=` those of one person, which sign the original's.
async fn jwks(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let customer = found(&app, &name).await?.ok_or(ApiError::Unknown)?;
    let house = app.environment(customer.environment).await?;
    let house = house.ok_or(ApiError::Unknown)?;
    let keys = match parameter(&uri, "sub") {
        None => house.live.keys().jwks().to_owned(),
        Some(id) => {
            let backend = Backend { customer, house };
            key_set(&*backend.person(&id).await?).to_string()
        }
    };
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    Ok((headers, keys).into_response())
}

fn key_set(person: &Person) -> Value {
    json!({ "keys": person.public_keys() })
}

/// `GET /v2/users?username=`: the person of this name.
async fn find_user(backend: Backend, uri: Uri) -> Result<Json<Value>, ApiError> {
    let username = parameter(&uri, "username").ok_or(ApiError::Body)?;
    let records = backend.house.records();
    let found = records.get::<Person>(Person::key_of(&username)).await?;
    let person = found.ok_or(ApiError::Unknown)?;
    Ok(Json(described(&backend, &person)))
}

/// `GET /v2/users/{id}`
async fn user(backend: Backend, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let person = backend.person(&id).await?;
    Ok(Json(described(&backend, &person)))
}

fn described(backend: &Backend, person: &Person) -> Value {
    let suspended = person.suspension.left(backend.house.now());
    let mut told = json!({
        "id": person.id.uuid(),
        "username": person.username,
        "createdAt": person.created.to_string(),
        "consent": {"version": person.consent.version, "time": person.consent.time.to_string()},
        "suspendedSeconds": suspended.map_or(0, |left| left.as_secs()),
    });
    if let (Some(external), Some(members)) = (&person.external_user_id, told.as_object_mut()) {
        members.insert("externalUserId".to_owned(), external.as_str().into());
    }
    told
}

/// `PATCH /v2/users/{id}`: sets or removes the external id, which is in the JWTs from then on.
async fn change_user(
    backend: Backend,
    Path(id): Path<String>,
    body: axum::body::Body,
) -> Result<Json<Value>, ApiError> {
    let wanted = object(body).await?;
    let external = match wanted.get("externalUserId") {
        Some(Value::Null) => None,
        Some(Value::String(text)) if (1..=MAX_EXTERNAL_ID).contains(&text.chars().count()) => {
            Some(text.clone())
        }
        _ => return Err(ApiError::Body),
    };
    if wanted.len() != 1 {
        return Err(ApiError::Body);
    }
    let (house, id) = (&backend.house, id.as_str());
    let decide = || async {
        let person = match backend.person(id).await {
            Ok(person) => person,
            Err(ApiError::Fault(fault)) => return Err(fault),
            Err(other) => return Ok(Decision::refuse(other)),
        };
        let mut changed = person.record.clone();
        changed.external_user_id.clone_from(&external);
        let mut changes = Changes::none();
        changes.replace(&person, &changed);
        let event = "recognize.external_id_changed";
        let event = AuditEvent::new(event, backend.actor(), house.now(), house.random());
        changes.insert(&event.with("person", person.id.to_string()));
        Ok(Decision::accept(changed, changes))
    };
    let changed = house.carry_out(decide, || ApiError::Unknown).await??;
    Ok(Json(described(&backend, &changed)))
}

/// `DELETE /v2/users/{id}`: everything that is kept of somebody, their face first of all.
async fn delete_user(backend: Backend, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let house = &backend.house;
    let decide = || async {
        let decided = async {
            let kept = backend.kept(&id).await?;
            Ok(kept.deletion(backend.actor(), house.now(), house.random()))
        };
        ApiError::decided(decided.await)
    };
    house.carry_out(decide, || ApiError::Unknown).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v2/users/{id}/devices`
async fn devices(backend: Backend, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let person = backend.person(&id).await?;
    let devices = backend.devices(&person).await?;
    let devices: Vec<Value> = devices
        .iter()
        .map(|device| {
            json!({
                "id": device.id,
                "createdAt": device.created.to_string(),
                "lastUsedAt": device.last_used.to_string(),
                "hasPin": device.pin.is_some(),
            })
        })
        .collect();
    Ok(Json(json!({ "devices": devices })))
}

/// `DELETE /v2/users/{id}/devices/{device}`: revokes a device. Who had no other has to enrol anew.
async fn delete_device(
    backend: Backend,
    Path((id, device)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let house = &backend.house;
    let decide = || async {
        let decided = async {
            let kept = backend.kept(&id).await?;
            let (now, random) = (house.now(), house.random());
            let changes = kept.device_deletion(&device, backend.actor(), now, random);
            changes.ok_or(ApiError::Unknown)
        };
        ApiError::decided(decided.await)
    };
    house.carry_out(decide, || ApiError::Unknown).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /v2/operations/{id}`: what became of an operation that the customer gave this id.
async fn operation(backend: Backend, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let records = backend.house.records();
    let key = OperationRecord::key_of(&id);
    let found = records.get::<OperationRecord>(key).await?;
    let found = found.ok_or(ApiError::Unknown)?;
    let mut told = json!({
        "id": found.id,
        "userId": found.person.uuid(),
        "operation": found.operation,
        "factor": found.factor,
        "time": found.time.to_string(),
    });
    if let (Some(external), Some(members)) = (&found.external_user_id, told.as_object_mut()) {
        members.insert("externalUserId".to_owned(), external.as_str().into());
    }
    for (name, text) in [
        ("transactionData", &found.transaction),
        ("payload", &found.payload),
    ] {
        if let (Some(text), Some(members)) = (text, told.as_object_mut()) {
            members.insert(name.to_owned(), text.as_str().into());
        }
    }
    Ok(Json(told))
}
