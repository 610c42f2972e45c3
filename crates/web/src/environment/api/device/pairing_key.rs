//! `/v1/environments/{environment}/users/{id}/pairingKeys`: what somebody gives to an authenticator so that
//! it becomes a device of theirs.
//!
//! A pairing key is a device that is not there yet: one that waits for an authenticator's key, by the
//! protocol of the authenticator (docs/authenticator.md).

use authn::account::device::{invite, is_stale, pairs_until, retract};
use axum::response::{IntoResponse, Response};
use domain::{Device, DeviceKind, Handle};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::collection::Listing;
use super::super::given::{Given, Mistakes};
use super::super::house::House;
use super::super::user::{Subject, Who};
use super::super::{Answer, shown};
use super::{Asked, Desk, refused};
use crate::environment::error::ApiError;

/// `GET /pairingKeys`: those that nobody has claimed yet.
pub(in super::super) async fn list(
    house: House,
    Subject(id): Subject,
    who: Who,
    listing: Listing,
) -> Answer {
    let desk = Desk::of(&house, id, &who).await?;
    let now = desk.app.now();
    let devices = desk.wallet().await?.devices.into_iter();
    let waiting = devices.filter(|it| is_waiting(it) && !is_stale(it, now));
    let all = waiting.map(|device| described(&desk, &device)).collect();
    let listed = listing.collection(&collection(&desk), "pairingKeys", all);
    Ok(shown(StatusCode::OK, &listed))
}

/// `POST /pairingKeys`: another; the one before opens nothing any more.
pub(in super::super) async fn create(
    house: House,
    Subject(id): Subject,
    who: Who,
    given: Given,
) -> Answer {
    let desk = Desk::of(&house, id, &who).await?;
    let mut mistakes = Mistakes::default();
    // Every authenticator is one of the environment, whatever application it is in.
    mistakes.none_but(&given.members, &["applications"], "");
    mistakes.check(())?;
    let invited = desk.carry_out(|owner, wallet| invite(owner, wallet, ""));
    let (device, handle) = invited.await?.map_err(|refusal| refused(refusal, "type"))?;
    let mut described = described(&desk, &device);
    if let Some(described) = described.as_object_mut() {
        let key = key(&device, &handle);
        described.insert("pairingUri".to_owned(), desk.app.pairing_link(&key).into());
        described.insert("code".to_owned(), key.into());
    }
    Ok(shown(StatusCode::CREATED, &described))
}

/// `GET /pairingKeys/{device}`: what has become of it.
pub(in super::super) async fn read(
    house: House,
    Subject(id): Subject,
    Asked(asked): Asked,
    who: Who,
) -> Answer {
    let desk = Desk::of(&house, id, &who).await?;
    let mut devices = desk.wallet().await?.devices.into_iter();
    let is_one = |kind: &DeviceKind| {
        matches!(
            kind,
            DeviceKind::Authenticator(_) | DeviceKind::AuthenticatorPending
        )
    };
    let found = devices.find(|it| it.id == asked && is_one(&it.kind));
    let found = found.ok_or(ApiError::NotFound)?;
    Ok(shown(StatusCode::OK, &described(&desk, &found)))
}

/// `DELETE /pairingKeys/{device}`: nobody claims it any more. One that was claimed is a device.
pub(in super::super) async fn delete(
    house: House,
    Subject(id): Subject,
    Asked(asked): Asked,
    who: Who,
) -> Result<Response, ApiError> {
    let desk = Desk::of(&house, id, &who).await?;
    let gone = desk.carry_out(|owner, wallet| retract(owner, wallet, asked));
    gone.await?.map_err(|refusal| refused(refusal, "id"))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What a device that was begun tells besides, where it waits for an authenticator.
pub(super) fn told(desk: &Desk, device: &Device, handle: &Handle) -> Map<String, Value> {
    let key = key(device, handle);
    let link = desk.app.pairing_link(&key);
    let told = [
        ("pairingUri", link.into()),
        ("pairingKey", key.into()),
        ("expiresAt", until(device)),
    ];
    let told = told.into_iter();
    told.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn key(device: &Device, handle: &Handle) -> String {
    format!("{}.{}", device.id, handle.expose())
}

fn is_waiting(device: &Device) -> bool {
    matches!(device.kind, DeviceKind::AuthenticatorPending)
}

fn until(device: &Device) -> Value {
    pairs_until(device).map_or(Value::Null, |until| until.to_string().into())
}

fn collection(desk: &Desk) -> String {
    let (environment, user) = (&desk.environment, desk.user.id.uuid());
    format!("{environment}/users/{user}/pairingKeys")
}

fn described(desk: &Desk, device: &Device) -> Value {
    let now = desk.app.now();
    let status = match is_waiting(device) {
        false => "CLAIMED",
        true if pairs_until(device).is_some_and(|until| now < until) => "UNCLAIMED",
        true => "EXPIRED",
    };
    let id = device.id.uuid();
    let environment_id = desk.environment.rsplit('/').next().unwrap_or_default();
    json!({
        "_links": { "self": { "href": format!("{}/{id}", collection(desk)) } },
        "id": id,
        "environment": { "id": environment_id },
        "user": { "id": desk.user.id.uuid() },
        "status": status,
        "createdAt": device.created.to_string(),
        "updatedAt": device.last_used.unwrap_or(device.created).to_string(),
        "expiresAt": until(device),
    })
}
