//! The handlers of the lists within a resource whose elements have addresses of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::routing::{MethodRouter, get};
use axum::{Extension, Json, Router};
use domain::Actor;
use http::StatusCode;
use serde_json::{Value, json};

use super::api_result::AdminError;
use super::body::{Given, Listing};
use super::configuration::{Configuration, Loaded, Refusal, Wanted};
use super::handler::{Answer, Shared, Who, alone};
use super::resource::Part;
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
                let created = create(&app, part, &who.actor(), &given).await;
                created.map(|created| (StatusCode::CREATED, created))
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
                replace(&app, part, &who.actor(), (&name, given)).await
            },
        )
        .delete(
            move |State(app): Shared, Extension(who): Who, Named(name): Named| async move {
                delete(&app, part, &who.actor(), &name).await
            },
        )
}

async fn list(app: &App, part: &'static Part, listing: &Listing) -> Answer {
    let (_, mut elements) = elements(&app.configuration(), part).await?;
    elements.retain(|element| {
        let name = element.get(part.id).and_then(Value::as_str);
        listing.matches(&[name.unwrap_or_default()])
    });
    Ok(Json(json!({ "items": listing.page(&elements) })))
}

async fn read(app: &App, part: &'static Part, name: &str) -> Answer {
    let (_, elements) = elements(&app.configuration(), part).await?;
    Ok(Json(chosen(part, elements, name)?))
}

async fn create(app: &App, part: &'static Part, who: &Actor, given: &Value) -> Answer {
    let name = given.get(part.id).and_then(Value::as_str);
    let edit = |elements: &mut Vec<Value>| {
        elements.push(given.clone());
        Ok(elements.len() - 1)
    };
    let elements = edited(app, part, who, edit).await?;
    Ok(Json(chosen(part, elements, name.unwrap_or_default())?))
}

async fn replace(
    app: &App,
    part: &'static Part,
    who: &Actor,
    (name, mut given): (&str, Value),
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
    who: &Actor,
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
    who: &Actor,
    edit: impl Fn(&mut Vec<Value>) -> Result<usize, Refusal>,
) -> Result<Vec<Value>, AdminError> {
    let configuration = app.configuration();
    let written = AtomicUsize::new(usize::MAX);
    let decide = async || {
        let (before, mut elements) = elements(&configuration, part).await?;
        written.store(edit(&mut elements)?, Ordering::Relaxed);
        let mut whole = configuration.shown(part.whole, &before.document);
        if let Value::Object(whole) = &mut whole {
            whole.insert(part.member.to_owned(), Value::Array(elements));
        }
        let after = configuration.drafted(part.whole, &whole, Some(&before));
        Ok(Wanted {
            after: Some(after.await?),
            before: Some(before),
            ..Wanted::nothing(part.whole, "")
        })
    };
    let after = alone(app, configuration.change(who, decide)).await;
    let written = written.load(Ordering::Relaxed);
    let after = after.map_err(|error| of_the_element(part, written, error))?;
    let whole = configuration.shown(part.whole, &after.unwrap_or_default());
    Ok(list_of(part, &whole))
}

/// The resource that the list is a part of, and the list as it is shown.
async fn elements(
    configuration: &Configuration<'_>,
    part: &'static Part,
) -> Result<(Loaded, Vec<Value>), Refusal> {
    let whole = configuration.load(part.whole, "").await?;
    let whole = whole.ok_or_else(|| missing(part, ""))?;
    let elements = list_of(part, &configuration.shown(part.whole, &whole.document));
    Ok((whole, elements))
}

fn list_of(part: &Part, whole: &Value) -> Vec<Value> {
    let elements = whole.get(part.member).and_then(Value::as_array);
    elements.cloned().unwrap_or_default()
}

fn place(part: &Part, elements: &[Value], name: &str) -> Result<usize, Refusal> {
    let is = |element: &Value| element.get(part.id).is_some_and(|it| it == name);
    let place = elements.iter().position(is);
    place.ok_or_else(|| missing(part, name))
}

fn chosen(part: &Part, mut elements: Vec<Value>, name: &str) -> Result<Value, Refusal> {
    let place = place(part, &elements, name)?;
    Ok(elements.swap_remove(place))
}

fn missing(part: &Part, name: &str) -> Refusal {
    let noun = part.noun.replace('_', " ");
    Refusal::Missing(format!("There is no {noun} {name:?}."))
}

/// The mistakes by the paths that fields have in the element, and others as they are.
fn of_the_element(part: &Part, place: usize, error: AdminError) -> AdminError {
    let AdminError::Invalid(mut problems) = error else {
        return error;
    };
    let element = format!("{}[{place}]", part.member);
    for problem in &mut problems {
        if let Some(path) = problem.field_path.strip_prefix(&element) {
            problem.field_path = path.trim_start_matches('.').to_owned();
        }
    }
    AdminError::Invalid(problems)
}
