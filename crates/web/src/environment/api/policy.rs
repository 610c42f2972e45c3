//! `/v1/environments/{environment}/signOnPolicies`, `/deviceAuthenticationPolicies` and
//! `/applications/{id}/signOnPolicyAssignments`: how people sign on, by environment and client.
//!
//! All of them are on one shelf, so that none is taken away that another refers to. What the server
//! would not obey is refused by its name, and never left out in silence.

mod action;
mod assignment;
mod device;
mod sign_on;

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::routing::get;
use domain::Uuid;
use http::request::Parts;
use serde_json::{Map, Value};

use super::shelf::{Deed, Kept, Shelf};
use crate::app::App;
use crate::environment::error::{ApiError, Detail};
use crate::live::{POLICIES, SORT, Sort};

/// Where all policies are kept.
const SHELF: Shelf = Shelf {
    prefix: POLICIES,
    noun: "policy",
};

/// The most policies and assignments of an environment: all of them are kept in memory.
const MOST: usize = 1000;

/// What the interface itself adds to a policy, and clients send back.
const OURS: [&str; 5] = ["id", "_links", "environment", "createdAt", "updatedAt"];

/// The routes of all policies.
pub(super) fn routes() -> Router<Arc<App>> {
    let base = "/environments/{environment}";
    let at = |path: &str| format!("{base}{path}");
    Router::new()
        .route(
            &at("/signOnPolicies"),
            get(sign_on::list).post(sign_on::create),
        )
        .route(
            &at("/signOnPolicies/{id}"),
            get(sign_on::read)
                .put(sign_on::replace)
                .delete(sign_on::delete),
        )
        .route(
            &at("/signOnPolicies/{id}/actions"),
            get(action::list).post(action::create),
        )
        .route(
            &at("/signOnPolicies/{id}/actions/{below}"),
            get(action::read)
                .put(action::replace)
                .delete(action::delete),
        )
        .route(
            &at("/deviceAuthenticationPolicies"),
            get(device::list).post(device::create),
        )
        .route(
            &at("/deviceAuthenticationPolicies/{id}"),
            get(device::read)
                .put(device::replace)
                .delete(device::delete),
        )
        .route(
            &at("/applications/{id}/signOnPolicyAssignments"),
            get(assignment::list).post(assignment::create),
        )
        .route(
            &at("/applications/{id}/signOnPolicyAssignments/{below}"),
            get(assignment::read)
                .put(assignment::replace)
                .delete(assignment::delete),
        )
}

/// What a request names in its path.
pub(super) struct Named {
    id: String,
    below: String,
}

impl FromRequestParts<Arc<App>> for Named {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let named = Path::<Vec<(String, String)>>::from_request_parts(parts, app).await;
        let named = named.map_err(|_| ApiError::NotFound)?.0;
        let of = |wanted: &str| {
            let found = named.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Ok(Self {
            id: of("id"),
            below: of("below"),
        })
    }
}

/// What is given, without what the interface adds itself.
fn given(members: &Map<String, Value>) -> Map<String, Value> {
    let is_ours = |name: &str| OURS.contains(&name);
    let others = members.iter().filter(|(name, _)| !is_ours(name));
    others
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn is_of(kept: &Kept, sort: Sort) -> bool {
    kept.text(SORT) == Some(sort.name())
}

/// The one of this sort with this id.
fn find<'a>(all: &'a [Kept], sort: Sort, id: &str) -> Result<&'a Kept, ApiError> {
    let found = all.iter().find(|it| it.id == id && is_of(it, sort));
    found.ok_or(ApiError::NotFound)
}

/// A new id.
fn fresh(app: &App) -> String {
    Uuid::new(app.random()).to_string()
}

/// A policy to be kept, if none has its name and there is no other default.
fn kept(
    all: &[Kept],
    (sort, id): (Sort, &str),
    mut members: Map<String, Value>,
) -> Result<Deed, ApiError> {
    members.insert(SORT.to_owned(), sort.name().into());
    let others = || all.iter().filter(|it| it.id != id && is_of(it, sort));
    let has = |name: &str| members.get(name).cloned();
    let same = |name: &str| others().any(|it| it.members.get(name).cloned() == has(name));
    let name = has("name").is_some() && same("name");
    let default = has("default") == Some(Value::Bool(true)) && same("default");
    let taken = [("name", name), ("default", default)];
    let taken = taken.into_iter().filter(|(_, taken)| *taken);
    let taken: Vec<Detail> = taken.map(|(name, _)| Detail::taken(name)).collect();
    if !taken.is_empty() {
        return Err(ApiError::Invalid(taken));
    }
    if all.len() >= MOST && !all.iter().any(|it| it.id == id) {
        let message = format!("An environment has at most {MOST} policies and assignments.");
        return Err(ApiError::Invalid(vec![Detail::constraint("id", message)]));
    }
    Ok(Deed {
        id: id.to_owned(),
        after: Some(members),
    })
}

/// The deletion of a policy to which nothing refers.
fn deleted(all: &[Kept], sort: Sort, id: &str) -> Result<Deed, ApiError> {
    find(all, sort, id)?;
    if all.iter().any(|it| it.id != id && refers(&it.members, id)) {
        let message = "The policy is in use.";
        return Err(ApiError::Invalid(vec![Detail::constraint("id", message)]));
    }
    Ok(Deed {
        id: id.to_owned(),
        after: None,
    })
}

/// Whether a document names this id in one of its references.
fn refers(members: &Map<String, Value>, id: &str) -> bool {
    let named = |value: &Value| {
        ["signOnPolicy", "deviceAuthenticationPolicy"]
            .iter()
            .any(|name| {
                let reference = value.get(name).and_then(|it| it.get("id")?.as_str());
                reference == Some(id)
            })
    };
    let actions = members.get("actions").and_then(Value::as_array);
    let mut actions = actions.into_iter().flatten();
    let own = Value::Object(members.clone());
    named(&own) || actions.any(named)
}

/// A document as the interface shows it.
fn shown_at(address: &str, id: &str, members: &Map<String, Value>, links: Value) -> Value {
    let mut shown = members.clone();
    for hidden in [SORT, "application", "actions", "otp", "push", "remembered"] {
        shown.remove(hidden);
    }
    shown.insert("id".to_owned(), id.into());
    let mut all = Map::new();
    all.insert("self".to_owned(), serde_json::json!({ "href": address }));
    if let Value::Object(links) = links {
        all.extend(links);
    }
    shown.insert("_links".to_owned(), Value::Object(all));
    Value::Object(shown)
}
