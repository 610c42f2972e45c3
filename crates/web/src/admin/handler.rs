//! The handlers of every resource: what is done is told by its table.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use axum::{Extension, Json, Router};
use http::StatusCode;
use serde_json::{Value, json};

use super::api_result::AdminError;
use super::body::{Given, Listing};
use super::change::{Wanted, change, drafted, is_possible, shown};
use super::configuration::{load, load_all};
use super::credential::AuthenticatedAdministrator;
use super::resource::{Arity, Resource};
use super::schema::{Document, Problems};
use crate::app::App;
use crate::extract::Named;

/// The server.
pub(crate) type Shared = State<Arc<App>>;
/// Who asks.
pub(crate) type Who = Extension<AuthenticatedAdministrator>;
/// What is answered.
pub(crate) type Answer = Result<Json<Value>, AdminError>;

/// The routes of a resource.
pub(crate) fn routes(resource: &'static Resource) -> Router<Arc<App>> {
    match resource.arity {
        Arity::Many { searched, .. } => Router::new()
            .route(resource.path, all(resource, searched))
            .route(&format!("{}/{{id}}", resource.path), one(resource)),
        Arity::One { .. } => Router::new().route(resource.path, single(resource)),
    }
}

/// The methods of a collection.
fn all(resource: &'static Resource, searched: &'static [&str]) -> MethodRouter<Arc<App>> {
    get(move |State(app): Shared, listing: Listing| async move {
        list(&app, resource, searched, &listing).await
    })
    .post(
        move |State(app): Shared, Extension(who): Who, Given(given): Given| async move {
            create(&app, resource, &who, given).await
        },
    )
}

/// The methods of one of a collection.
fn one(resource: &'static Resource) -> MethodRouter<Arc<App>> {
    get(move |State(app): Shared, Named(id): Named| async move { read(&app, resource, &id).await })
        .put(
            move |State(app): Shared,
                  Extension(who): Who,
                  Named(id): Named,
                  Given(given): Given| async move {
                replace(&app, resource, &who, &id, given).await
            },
        )
        .delete(
            move |State(app): Shared, Extension(who): Who, Named(id): Named| async move {
                delete(&app, resource, &who, &id).await
            },
        )
}

/// The methods of a single resource.
fn single(resource: &'static Resource) -> MethodRouter<Arc<App>> {
    get(move |State(app): Shared| async move { read(&app, resource, "").await }).put(
        move |State(app): Shared, Extension(who): Who, Given(given): Given| async move {
            replace(&app, resource, &who, "", given).await
        },
    )
}

/// `GET` of a collection: a page of it, in the order of the ids.
async fn list(
    app: &App,
    resource: &'static Resource,
    searched: &[&str],
    listing: &Listing,
) -> Answer {
    let mut all = load_all(&app.records, resource).await?;
    all.retain(|(_, loaded)| {
        let text = |name: &&str| loaded.document.get(*name).and_then(Value::as_str);
        let texts: Vec<&str> = searched.iter().filter_map(text).collect();
        listing.matches(&texts)
    });
    let page = listing.page(&all).iter();
    let items: Vec<Value> = page
        .map(|(_, loaded)| shown(app, resource, &loaded.document))
        .collect();
    Ok(Json(json!({ "items": items })))
}

/// `GET` of one.
async fn read(app: &App, resource: &'static Resource, id: &str) -> Answer {
    let found = load(&app.records, resource, id).await?;
    let found = found.ok_or_else(|| missing(resource, id))?;
    Ok(Json(shown(app, resource, &found.document)))
}

/// `POST` to a collection.
async fn create(
    app: &App,
    resource: &'static Resource,
    who: &AuthenticatedAdministrator,
    given: Value,
) -> Result<Response, AdminError> {
    let decide = async || {
        let after = drafted(app, resource, &given, None).await?;
        let id = id_of(resource, &after);
        if load(&app.records, resource, &id).await?.is_some() {
            return Err(taken(resource));
        }
        Ok(Wanted {
            after: Some(after),
            ..Wanted::nothing(resource, &id)
        })
    };
    let after = change(app, who, decide).await?.unwrap_or_default();
    let created = Json(shown(app, resource, &after));
    Ok((StatusCode::CREATED, created).into_response())
}

/// `PUT` of one, which replaces it whole.
async fn replace(
    app: &App,
    resource: &'static Resource,
    who: &AuthenticatedAdministrator,
    id: &str,
    mut given: Value,
) -> Answer {
    // The id in the path wins over the one in the body.
    if let (Value::Object(given), Arity::Many { id: name, .. }) = (&mut given, resource.arity) {
        given.insert(name.to_owned(), json!(id));
    }
    let decide = async || {
        let before = load(&app.records, resource, id).await?;
        let before = before.ok_or_else(|| missing(resource, id))?;
        let after = drafted(app, resource, &given, Some(&before)).await?;
        Ok(Wanted {
            before: Some(before),
            after: Some(after),
            ..Wanted::nothing(resource, id)
        })
    };
    let after = change(app, who, decide).await?.unwrap_or_default();
    Ok(Json(shown(app, resource, &after)))
}

/// `DELETE` of one, with all that belongs to it. That goes first, so that a deletion which breaks off
/// can be asked for again, and what came meanwhile goes last.
async fn delete(
    app: &App,
    resource: &'static Resource,
    who: &AuthenticatedAdministrator,
    id: &str,
) -> Result<StatusCode, AdminError> {
    let decide = async |note| {
        let before = load(&app.records, resource, id).await?;
        let before = before.ok_or_else(|| missing(resource, id))?;
        Ok::<_, AdminError>(Wanted {
            before: Some(before),
            note,
            ..Wanted::nothing(resource, id)
        })
    };
    let Some(belongings) = resource.rules.belongings else {
        change(app, who, || decide(None)).await?;
        return Ok(StatusCode::NO_CONTENT);
    };
    is_possible(app, &decide(None).await?).await?;
    let number = (belongings.delete)(&app.records, id).await?;
    let note = Some((belongings.noun, json!(number)));
    change(app, who, || decide(note.clone())).await?;
    (belongings.delete)(&app.records, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The answer when there is none with this id.
pub(crate) fn missing(resource: &Resource, id: &str) -> AdminError {
    let called = resource.called();
    AdminError::NotFound(format!("There is no {called} with the id {id:?}."))
}

fn taken(resource: &Resource) -> AdminError {
    let mut problems = Problems::default();
    let message = format!("There is a {} with this id already.", resource.called());
    problems.add("not_unique", resource.id(), message);
    AdminError::Invalid(problems.into_vec())
}

fn id_of(resource: &Resource, document: &Document) -> String {
    let id = document.get(resource.id()).and_then(Value::as_str);
    id.unwrap_or_default().to_owned()
}
