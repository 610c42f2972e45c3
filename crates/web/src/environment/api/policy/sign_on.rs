//! `/signOnPolicies`: the ways to sign on of an environment.

use axum::Extension;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::collection::Listing;
use super::super::given::{Given, Mistakes};
use super::super::house::House;
use super::super::shelf::Kept;
use super::super::user::Who;
use super::super::{Answer, shown};
use super::{Named, SHELF, deleted, find, fresh, given, is_of, kept, shown_at};
use crate::environment::error::{ApiError, Detail};
use crate::live::Sort;

const SORT: Sort = Sort::SignOn;

fn described(id: &str, members: &Map<String, Value>, house: &House) -> Value {
    let address = format!("{}/signOnPolicies/{id}", house.address);
    let links = json!({ "actions": { "href": format!("{address}/actions") } });
    shown_at(&address, id, members, links)
}

/// What is given, as it is kept.
fn read_given(members: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    let members = given(members);
    let mut mistakes = Mistakes::default();
    mistakes.none_but(&members, &["name", "description", "default"], "");
    let name = mistakes.text(&members, ("name", "name"));
    // Requests name several, with spaces between them (`acr_values`).
    if name.is_some_and(|name| name.chars().any(char::is_whitespace)) {
        mistakes.invalid("name", "has no spaces.");
    }
    if name.is_none() && mistakes.0.is_empty() {
        mistakes.0.push(Detail::required("name"));
    }
    let description = mistakes.text(&members, ("description", "description"));
    let default = mistakes.flag(&members, "default");
    let read = json!({
        "name": name.unwrap_or_default(),
        "description": description.unwrap_or_default(),
        "default": default,
    });
    let read = read.as_object().cloned().unwrap_or_default();
    mistakes.check(read)
}

/// `GET /signOnPolicies`.
pub(in super::super) async fn list(house: House, listing: Listing) -> Answer {
    let all = SHELF.all(&house.app).await?;
    let all = all.iter().filter(|it| is_of(it, SORT));
    let all = all.map(|it| described(&it.id, &it.members, &house));
    let address = format!("{}/signOnPolicies", house.address);
    let collection = listing.collection(&address, "signOnPolicies", all.collect());
    Ok(shown(StatusCode::OK, &collection))
}

/// `POST /signOnPolicies`.
pub(in super::super) async fn create(house: House, Extension(who): Who, body: Given) -> Answer {
    let id = fresh(&house.app);
    let mut members = read_given(&body.members)?;
    members.insert("actions".to_owned(), json!([]));
    let decide = |all: &[Kept]| kept(all, (SORT, &id), members.clone());
    SHELF.change(&house, &who, decide).await?;
    Ok(shown(
        StatusCode::CREATED,
        &described(&id, &members, &house),
    ))
}

/// `GET /signOnPolicies/{id}`.
pub(in super::super) async fn read(house: House, named: Named) -> Answer {
    let all = SHELF.all(&house.app).await?;
    let found = find(&all, SORT, &named.id)?;
    let described = described(&found.id, &found.members, &house);
    Ok(shown(StatusCode::OK, &described))
}

/// `PUT /signOnPolicies/{id}`, which leaves its actions as they are.
pub(in super::super) async fn replace(
    house: House,
    named: Named,
    Extension(who): Who,
    body: Given,
) -> Answer {
    let members = read_given(&body.members)?;
    let decide = |all: &[Kept]| {
        let found = find(all, SORT, &named.id)?;
        let mut changed = members.clone();
        let actions = found.members.get("actions");
        changed.extend(actions.map(|it| ("actions".to_owned(), it.clone())));
        kept(all, (SORT, &named.id), changed)
    };
    SHELF.change(&house, &who, decide).await?;
    let described = described(&named.id, &members, &house);
    Ok(shown(StatusCode::OK, &described))
}

/// `DELETE /signOnPolicies/{id}`, if no application has it.
pub(in super::super) async fn delete(
    house: House,
    named: Named,
    Extension(who): Who,
) -> Result<Response, ApiError> {
    let decide = |all: &[Kept]| deleted(all, SORT, &named.id);
    SHELF.change(&house, &who, decide).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
