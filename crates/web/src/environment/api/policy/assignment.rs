//! `/applications/{id}/signOnPolicyAssignments`: the ways to sign on that an application has.

use axum::Extension;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::collection::Listing;
use super::super::given::{Given, Mistakes};
use super::super::house::House;
use super::super::shelf::{Deed, Kept};
use super::super::user::Who;
use super::super::{Answer, shown};
use super::{Named, SHELF, find, fresh, given, is_of, kept, shown_at};
use crate::admin::configuration::CLIENTS;
use crate::environment::error::{ApiError, Detail};
use crate::live::Sort;

const SORT: Sort = Sort::Assignment;

/// The application must be there.
async fn application(house: &House, id: &str) -> Result<(), ApiError> {
    let found = house.app.configuration().load(&CLIENTS, id).await?;
    found.map(drop).ok_or(ApiError::NotFound)
}

fn is_its(kept: &Kept, application: &str) -> bool {
    is_of(kept, SORT) && kept.text("application") == Some(application)
}

/// What is given, as it is kept.
fn read_given(
    members: &Map<String, Value>,
    (application, id): (&str, &str),
    all: &[Kept],
) -> Result<Map<String, Value>, ApiError> {
    let mut members = given(members);
    members.remove("application");
    let mut mistakes = Mistakes::default();
    mistakes.none_but(&members, &["signOnPolicy", "priority"], "");
    let policy = mistakes.object(&members, "signOnPolicy");
    let policy = policy.get("id").and_then(Value::as_str).unwrap_or_default();
    if find(all, Sort::SignOn, policy).is_err() {
        mistakes.invalid("signOnPolicy.id", "names no policy.");
    }
    let priority = mistakes
        .number(&members, "priority", (1, 1000))
        .unwrap_or(1);
    let read = json!({
        "application": application,
        "signOnPolicy": { "id": policy },
        "priority": priority,
    });
    let others = all
        .iter()
        .filter(|it| it.id != id && is_its(it, application));
    for other in others {
        for name in ["signOnPolicy", "priority"] {
            if other.members.get(name) == read.get(name) {
                mistakes.0.push(Detail::taken(name));
            }
        }
    }
    let read = read.as_object().cloned().unwrap_or_default();
    mistakes.check(read)
}

fn described(
    (application, id): (&str, &str),
    members: &Map<String, Value>,
    house: &House,
) -> Value {
    let application_address = format!("{}/applications/{application}", house.address);
    let address = format!("{application_address}/signOnPolicyAssignments/{id}");
    let links = json!({ "application": { "href": application_address } });
    let mut shown = shown_at(&address, id, members, links);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("application".to_owned(), json!({ "id": application }));
    }
    shown
}

async fn found(house: &House, application: &str, id: &str) -> Result<Value, ApiError> {
    let all = SHELF.all(&house.app).await?;
    let found = all.iter().find(|it| it.id == id && is_its(it, application));
    let found = found.ok_or(ApiError::NotFound)?;
    Ok(described((application, id), &found.members, house))
}

/// `GET /applications/{id}/signOnPolicyAssignments`.
pub(in super::super) async fn list(house: House, named: Named, listing: Listing) -> Answer {
    application(&house, &named.id).await?;
    let all = SHELF.all(&house.app).await?;
    let all = all.iter().filter(|it| is_its(it, &named.id));
    let all = all.map(|it| described((&named.id, &it.id), &it.members, &house));
    let address = format!(
        "{}/applications/{}/signOnPolicyAssignments",
        house.address, named.id
    );
    let collection = listing.collection(&address, "signOnPolicyAssignments", all.collect());
    Ok(shown(StatusCode::OK, &collection))
}

/// `POST /applications/{id}/signOnPolicyAssignments`.
pub(in super::super) async fn create(
    house: House,
    named: Named,
    Extension(who): Who,
    body: Given,
) -> Answer {
    application(&house, &named.id).await?;
    let id = fresh(&house.app);
    let decide = |all: &[Kept]| {
        let members = read_given(&body.members, (&named.id, &id), all)?;
        kept(all, (SORT, &id), members)
    };
    SHELF.change(&house, &who, decide).await?;
    let created = found(&house, &named.id, &id).await?;
    Ok(shown(StatusCode::CREATED, &created))
}

/// `GET /applications/{id}/signOnPolicyAssignments/{below}`.
pub(in super::super) async fn read(house: House, named: Named) -> Answer {
    application(&house, &named.id).await?;
    let found = found(&house, &named.id, &named.below).await?;
    Ok(shown(StatusCode::OK, &found))
}

/// `PUT /applications/{id}/signOnPolicyAssignments/{below}`.
pub(in super::super) async fn replace(
    house: House,
    named: Named,
    Extension(who): Who,
    body: Given,
) -> Answer {
    let decide = |all: &[Kept]| {
        expect(all, &named)?;
        let members = read_given(&body.members, (&named.id, &named.below), all)?;
        kept(all, (SORT, &named.below), members)
    };
    SHELF.change(&house, &who, decide).await?;
    let changed = found(&house, &named.id, &named.below).await?;
    Ok(shown(StatusCode::OK, &changed))
}

/// `DELETE /applications/{id}/signOnPolicyAssignments/{below}`.
pub(in super::super) async fn delete(
    house: House,
    named: Named,
    Extension(who): Who,
) -> Result<Response, ApiError> {
    let decide = |all: &[Kept]| {
        expect(all, &named)?;
        Ok(Deed {
            id: named.below.clone(),
            after: None,
        })
    };
    SHELF.change(&house, &who, decide).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn expect(all: &[Kept], named: &Named) -> Result<(), ApiError> {
    let mut all = all.iter();
    match all.any(|it| it.id == named.below && is_its(it, &named.id)) {
        true => Ok(()),
        false => Err(ApiError::NotFound),
    }
}
