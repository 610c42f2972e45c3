//! The handlers of the lists within a resource whose elements have addresses of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use axum::{Extension, Json, Router};
use http::StatusCode;
use serde_json::{Value, json};

use super::api_result::AdminError;
use super::body::{Given, Listing};
use super::change::{Wanted, change, drafted, shown};
use super::configuration::{Loaded, load};
use super::credential::AuthenticatedAdministrator;
use super::handler::{Answer, Shared, Who};
use super::resource::Part;
use super::schema::Problem;
use crate::app::App;
use crate::extract::Named;

/// The routes of a list.
pub(crate) fn routes(part: &'static Part) -> Router<Arc<App>> {
    Router::new()
        .route(part.path, all(part))
        .route(&format!("{}/{{name}}", part.path), one(part))
}

fn all(part: &'static Part) -> MethodRouter<Arc<App>> {
    get(move |State(app): Shared, listing: Listing| async move { list(&app, part, &listing).await })
        .post(
            move |State(app): Shared, Extension(who): Who, Given(given): Given| async move {
                create(&app, part, &who, given).await
            },
        )
}

fn one(part: &'static Part) -> MethodRouter<Arc<App>> {
    get(move |State(app): Shared, Named(name): Named| async move { read(&app, part, &name).await })
        .put(
            move |State(app): Shared,
                  Extension(who): Who,
                  Named(name): Named,
                  Given(given): Given| async move {
                replace(&app, part, &who, &name, given).await
            },
        )
        .delete(
            move |State(app): Shared, Extension(who): Who, Named(name): Named| async move {
                delete(&app, part, &who, &name).await
            },
        )
}

async fn list(app: &App, part: &'static Part, listing: &Listing) -> Answer {
    let (_, mut elements) = elements(app, part).await?;
    elements.retain(|element| {
        let name = element.get(part.id).and_then(Value::as_str);
        listing.matches(&[name.unwrap_or_default()])
    });
    Ok(Json(json!({ "items": listing.page(&elements) })))
}

async fn read(app: &App, part: &'static Part, name: &str) -> Answer {
    let (_, elements) = elements(app, part).await?;
    Ok(Json(chosen(part, elements, name)?))
}

async fn create(
    app: &App,
    part: &'static Part,
    who: &AuthenticatedAdministrator,
    given: Value,
) -> Result<Response, AdminError> {
    let name = given.get(part.id).and_then(Value::as_str);
    let name = name.unwrap_or_default().to_owned();
    let edit = |elements: &mut Vec<Value>| {
        elements.push(given.clone());
        Ok(elements.len() - 1)
    };
    let elements = edited(app, part, who, edit).await?;
    let created = Json(chosen(part, elements, &name)?);
    Ok((StatusCode::CREATED, created).into_response())
}

async fn replace(
    app: &App,
    part: &'static Part,
    who: &AuthenticatedAdministrator,
    name: &str,
    mut given: Value,
) -> Answer {
    // The name in the path wins over the one in the body.
    if let Value::Object(given) = &mut given {
        given.insert(part.id.to_owned(), json!(name));
    }
    let edit = |elements: &mut Vec<Value>| {
        let place = place(part, elements, name)?;
        elements.splice(place..=place, [given.clone()]);
        Ok(place)
    };
    let elements = edited(app, part, who, edit).await?;
    Ok(Json(chosen(part, elements, name)?))
}

async fn delete(
    app: &App,
    part: &'static Part,
    who: &AuthenticatedAdministrator,
    name: &str,
) -> Result<StatusCode, AdminError> {
    let edit = |elements: &mut Vec<Value>| {
        let place = place(part, elements, name)?;
        elements.remove(place);
        Ok(usize::MAX)
    };
    edited(app, part, who, edit).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the list, and with it the resource that it is a part of; returns the list as it is
/// shown. `edit` says which element it has written.
async fn edited(
    app: &App,
    part: &'static Part,
    who: &AuthenticatedAdministrator,
    edit: impl Fn(&mut Vec<Value>) -> Result<usize, AdminError>,
) -> Result<Vec<Value>, AdminError> {
    let written = AtomicUsize::new(usize::MAX);
    let decide = async || {
        let (before, mut elements) = elements(app, part).await?;
        written.store(edit(&mut elements)?, Ordering::Relaxed);
        let mut whole = shown(app, part.whole, &before.document);
        if let Value::Object(whole) = &mut whole {
            whole.insert(part.member.to_owned(), Value::Array(elements));
        }
        let after = drafted(app, part.whole, &whole, Some(&before)).await?;
        Ok(Wanted {
            before: Some(before),
            after: Some(after),
            ..Wanted::nothing(part.whole, "")
        })
    };
    let after = change(app, who, decide).await;
    let written = written.load(Ordering::Relaxed);
    let after = after.map_err(|error| of_the_element(part, written, error))?;
    let whole = shown(app, part.whole, &after.unwrap_or_default());
    Ok(list_of(part, &whole))
}

/// The resource that the list is a part of, and the list as it is shown.
async fn elements(app: &App, part: &'static Part) -> Result<(Loaded, Vec<Value>), AdminError> {
    let whole = load(&app.records, part.whole, "").await?;
    let whole = whole.ok_or_else(|| missing(part, ""))?;
    let elements = list_of(part, &shown(app, part.whole, &whole.document));
    Ok((whole, elements))
}

fn list_of(part: &Part, whole: &Value) -> Vec<Value> {
    let elements = whole.get(part.member).and_then(Value::as_array);
    elements.cloned().unwrap_or_default()
}

fn place(part: &Part, elements: &[Value], name: &str) -> Result<usize, AdminError> {
    let is = |element: &Value| element.get(part.id).is_some_and(|it| it == name);
    let place = elements.iter().position(is);
    place.ok_or_else(|| missing(part, name))
}

fn chosen(part: &Part, mut elements: Vec<Value>, name: &str) -> Result<Value, AdminError> {
    let place = place(part, &elements, name)?;
    Ok(elements.swap_remove(place))
}

fn missing(part: &Part, name: &str) -> AdminError {
    let noun = part.noun.replace('_', " ");
    AdminError::NotFound(format!("There is no {noun} {name:?}."))
}

/// The mistakes by the paths that fields have in the element, and others as they are.
fn of_the_element(part: &Part, place: usize, error: AdminError) -> AdminError {
    let AdminError::Invalid(problems) = error else {
        return error;
    };
    let element = format!("{}[{place}]", part.member);
    let own = |problem: Problem| {
        let path = problem.field_path.strip_prefix(&element);
        let path = path.map(|path| path.trim_start_matches('.').to_owned());
        let field_path = path.unwrap_or_else(|| problem.field_path.clone());
        Problem {
            field_path,
            ..problem
        }
    };
    AdminError::Invalid(problems.into_iter().map(own).collect())
}
