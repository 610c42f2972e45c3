//! `/signOnPolicies/{id}/actions`: what a way to sign on asks for.

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
use super::{Named, SHELF, find, fresh, given, kept, shown_at};
use crate::environment::error::{ApiError, Detail};
use crate::live::Sort;

const SORT: Sort = Sort::SignOn;
const MFA: &str = "MULTI_FACTOR_AUTHENTICATION";

/// What an action of each type may say, besides its type and priority.
fn members_of(kind: &str) -> &'static [&'static str] {
    match kind {
        MFA => &["deviceAuthenticationPolicy", "noDevicesMode"],
        _ => &["recovery", "registration"],
    }
}

/// What is given, as it is kept; `devices` are the policies of devices that there are.
fn read_given(
    members: &Map<String, Value>,
    id: &str,
    all: &[Kept],
) -> Result<Map<String, Value>, ApiError> {
    let mut members = given(members);
    members.remove("signOnPolicy");
    let mut mistakes = Mistakes::default();
    let types = ["LOGIN", "IDENTIFIER_FIRST", MFA];
    let Some(kind) = mistakes.word(&members, "type", &types) else {
        if mistakes.0.is_empty() {
            mistakes.0.push(Detail::required("type"));
        }
        return mistakes.check(Map::new());
    };
    let own = members_of(kind);
    mistakes.none_but(&members, &[own, &["type", "priority"]].concat(), "");
    let priority = mistakes.number(&members, "priority", (1, 1000));
    if priority.is_none() && mistakes.0.is_empty() {
        mistakes.0.push(Detail::required("priority"));
    }
    let mut read = Map::new();
    let mut keep = |name: &str, value: Value| read.insert(name.to_owned(), value);
    keep("id", id.into());
    keep("type", kind.into());
    keep("priority", json!(priority));
    if kind == MFA {
        let mode = mistakes.word(&members, "noDevicesMode", &["BLOCK", "BYPASS"]);
        keep("noDevicesMode", mode.unwrap_or("BLOCK").into());
        let policy = mistakes.object(&members, "deviceAuthenticationPolicy");
        if !policy.is_empty() {
            let id = policy.get("id").and_then(Value::as_str).unwrap_or_default();
            if find(all, Sort::Device, id).is_err() {
                mistakes.invalid("deviceAuthenticationPolicy.id", "names no policy.");
            }
            keep("deviceAuthenticationPolicy", json!({ "id": id }));
        }
    } else {
        for name in own {
            let enabling = mistakes.object(&members, name);
            mistakes.none_but(&enabling, &["enabled"], &format!("{name}."));
            let enabled = mistakes.flag(&enabling, &format!("{name}.enabled"));
            keep(name, json!({ "enabled": enabled }));
        }
    }
    mistakes.check(read)
}

fn actions_of(policy: &Kept) -> Vec<Map<String, Value>> {
    let actions = policy.members.get("actions").and_then(Value::as_array);
    let actions = actions.into_iter().flatten();
    actions.filter_map(|it| it.as_object().cloned()).collect()
}

fn id_of(action: &Map<String, Value>) -> &str {
    let id = action.get("id").and_then(Value::as_str);
    id.unwrap_or_default()
}

/// The policy with these actions, of which there is one of each type and priority at the most.
fn with_actions(
    all: &[Kept],
    policy: &Kept,
    mut actions: Vec<Map<String, Value>>,
) -> Result<Deed, ApiError> {
    for name in ["type", "priority"] {
        let mut seen: Vec<&Value> = Vec::new();
        for value in actions.iter().filter_map(|it| it.get(name)) {
            if seen.contains(&value) {
                return Err(ApiError::Invalid(vec![Detail::taken(name)]));
            }
            seen.push(value);
        }
    }
    actions.sort_by_key(|it| it.get("priority").and_then(Value::as_u64));
    let mut members = policy.members.clone();
    members.insert("actions".to_owned(), json!(actions));
    kept(all, (SORT, &policy.id), members)
}

fn described(policy: &str, action: &Map<String, Value>, house: &House) -> Value {
    let id = id_of(action);
    let policy = format!("{}/signOnPolicies/{policy}", house.address);
    let address = format!("{policy}/actions/{id}");
    let links = json!({ "signOnPolicy": { "href": policy } });
    shown_at(&address, id, action, links)
}

/// `GET /signOnPolicies/{id}/actions`.
pub(in super::super) async fn list(house: House, named: Named, listing: Listing) -> Answer {
    let all = SHELF.all(&house.app).await?;
    let actions = actions_of(find(&all, SORT, &named.id)?);
    let actions = actions.iter().map(|it| described(&named.id, it, &house));
    let address = format!("{}/signOnPolicies/{}/actions", house.address, named.id);
    let collection = listing.collection(&address, "actions", actions.collect());
    Ok(shown(StatusCode::OK, &collection))
}

/// `POST /signOnPolicies/{id}/actions`.
pub(in super::super) async fn create(
    house: House,
    named: Named,
    Extension(who): Who,
    body: Given,
) -> Answer {
    let id = fresh(&house.app);
    let decide = |all: &[Kept]| {
        let policy = find(all, SORT, &named.id)?;
        let mut actions = actions_of(policy);
        actions.push(read_given(&body.members, &id, all)?);
        with_actions(all, policy, actions)
    };
    SHELF.change(&house, &who, decide).await?;
    let created = found(&house, &named.id, &id).await?;
    Ok(shown(StatusCode::CREATED, &created))
}

/// `GET /signOnPolicies/{id}/actions/{below}`.
pub(in super::super) async fn read(house: House, named: Named) -> Answer {
    let found = found(&house, &named.id, &named.below).await?;
    Ok(shown(StatusCode::OK, &found))
}

/// `PUT /signOnPolicies/{id}/actions/{below}`.
pub(in super::super) async fn replace(
    house: House,
    named: Named,
    Extension(who): Who,
    body: Given,
) -> Answer {
    let decide = |all: &[Kept]| {
        let policy = find(all, SORT, &named.id)?;
        let mut actions = actions_of(policy);
        let mut places = actions.iter_mut();
        let place = places.find(|it| id_of(it) == named.below);
        *place.ok_or(ApiError::NotFound)? = read_given(&body.members, &named.below, all)?;
        with_actions(all, policy, actions)
    };
    SHELF.change(&house, &who, decide).await?;
    let changed = found(&house, &named.id, &named.below).await?;
    Ok(shown(StatusCode::OK, &changed))
}

/// `DELETE /signOnPolicies/{id}/actions/{below}`.
pub(in super::super) async fn delete(
    house: House,
    named: Named,
    Extension(who): Who,
) -> Result<Response, ApiError> {
    let decide = |all: &[Kept]| {
        let policy = find(all, SORT, &named.id)?;
        let mut actions = actions_of(policy);
        let before = actions.len();
        actions.retain(|it| id_of(it) != named.below);
        match actions.len() == before {
            true => Err(ApiError::NotFound),
            false => with_actions(all, policy, actions),
        }
    };
    SHELF.change(&house, &who, decide).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn found(house: &House, policy: &str, action: &str) -> Result<Value, ApiError> {
    let all = SHELF.all(&house.app).await?;
    let actions = actions_of(find(&all, SORT, policy)?);
    let found = actions.iter().find(|it| id_of(it) == action);
    let found = found.ok_or(ApiError::NotFound)?;
    Ok(described(policy, found, house))
}
