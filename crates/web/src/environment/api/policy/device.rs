//! `/deviceAuthenticationPolicies`: with which devices people answer, and how often they may be wrong.

mod members;

use axum::Extension;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};

use self::members::read as read_members;
use super::super::collection::Listing;
use super::super::given::Given;
use super::super::house::House;
use super::super::shelf::Kept;
use super::super::user::Who;
use super::super::{Answer, shown};
use super::{Named, SHELF, deleted, find, fresh, given, is_of, kept, shown_at};
use crate::environment::error::ApiError;
use crate::live::Sort;

const SORT: Sort = Sort::Device;

fn described(id: &str, members: &Map<String, Value>, house: &House) -> Value {
    let address = format!("{}/deviceAuthenticationPolicies/{id}", house.address);
    shown_at(&address, id, members, json!({}))
}

/// `GET /deviceAuthenticationPolicies`.
pub(in super::super) async fn list(house: House, listing: Listing) -> Answer {
    let all = SHELF.all(&house.app).await?;
    let all = all.iter().filter(|it| is_of(it, SORT));
    let all = all.map(|it| described(&it.id, &it.members, &house));
    let address = format!("{}/deviceAuthenticationPolicies", house.address);
    let name = "deviceAuthenticationPolicies";
    let collection = listing.collection(&address, name, all.collect());
    Ok(shown(StatusCode::OK, &collection))
}

/// `POST /deviceAuthenticationPolicies`.
pub(in super::super) async fn create(house: House, Extension(who): Who, body: Given) -> Answer {
    let id = fresh(&house.app);
    let members = read_members(&given(&body.members))?;
    let decide = |all: &[Kept]| kept(all, (SORT, &id), members.clone());
    SHELF.change(&house, &who, decide).await?;
    Ok(shown(
        StatusCode::CREATED,
        &described(&id, &members, &house),
    ))
}

/// `GET /deviceAuthenticationPolicies/{id}`.
pub(in super::super) async fn read(house: House, named: Named) -> Answer {
    let all = SHELF.all(&house.app).await?;
    let found = find(&all, SORT, &named.id)?;
    let described = described(&found.id, &found.members, &house);
    Ok(shown(StatusCode::OK, &described))
}

/// `PUT /deviceAuthenticationPolicies/{id}`.
pub(in super::super) async fn replace(
    house: House,
    named: Named,
    Extension(who): Who,
    body: Given,
) -> Answer {
    let members = read_members(&given(&body.members))?;
    let decide = |all: &[Kept]| {
        find(all, SORT, &named.id)?;
        kept(all, (SORT, &named.id), members.clone())
    };
    SHELF.change(&house, &who, decide).await?;
    let described = described(&named.id, &members, &house);
    Ok(shown(StatusCode::OK, &described))
}

/// `DELETE /deviceAuthenticationPolicies/{id}`, if no way to sign on has it.
pub(in super::super) async fn delete(
    house: House,
    named: Named,
    Extension(who): Who,
) -> Result<Response, ApiError> {
    let decide = |all: &[Kept]| deleted(all, SORT, &named.id);
    SHELF.change(&house, &who, decide).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
