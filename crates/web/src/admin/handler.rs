//! The handlers of every resource: what is done is told by its table.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{MethodRouter, get};
use axum::{Extension, Json, Router};
use domain::Actor;
use http::StatusCode;
use serde_json::{Value, json};

use super::api_result::AdminError;
use super::body::{Given, Listing};
use super::configuration::Refusal;
use super::credential::AuthenticatedAdministrator;
use super::resource::{Arity, Resource};
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
            let created = create(&app, resource, &who.actor(), &given).await;
            created.map(|created| (StatusCode::CREATED, created))
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
                replace(&app, resource, &who.actor(), (&id, &given)).await
            },
        )
        .delete(
            move |State(app): Shared, Extension(who): Who, Named(id): Named| async move {
                delete(&app, resource, &who.actor(), &id).await
            },
        )
}

/// The methods of a single resource.
fn single(resource: &'static Resource) -> MethodRouter<Arc<App>> {
    get(move |State(app): Shared| async move { read(&app, resource, "").await }).put(
        move |State(app): Shared, Extension(who): Who, Given(given): Given| async move {
            replace(&app, resource, &who.actor(), ("", &given)).await
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
    let configuration = app.configuration();
    let mut all = configuration.load_all(resource).await?;
    all.retain(|(_, loaded)| {
        let text = |name: &&str| loaded.document.get(*name).and_then(Value::as_str);
        let texts: Vec<&str> = searched.iter().filter_map(text).collect();
        listing.matches(&texts)
    });
    let page = listing.page(&all).iter();
    let items: Vec<Value> = page
        .map(|(_, loaded)| configuration.shown(resource, &loaded.document))
        .collect();
    Ok(Json(json!({ "items": items })))
}

/// `GET` of one.
async fn read(app: &App, resource: &'static Resource, id: &str) -> Answer {
    Ok(Json(app.configuration().read(resource, id).await?))
}

/// `POST` to a collection.
pub(crate) async fn create(
    app: &App,
    resource: &'static Resource,
    who: &Actor,
    given: &Value,
) -> Answer {
    let configuration = app.configuration();
    let change = configuration.create(who, resource, given);
    Ok(Json(alone(app, change).await?))
}

/// `PUT` of one, which replaces it whole.
async fn replace(
    app: &App,
    resource: &'static Resource,
    who: &Actor,
    (id, given): (&str, &Value),
) -> Answer {
    let configuration = app.configuration();
    let change = configuration.replace(who, resource, id, given);
    Ok(Json(alone(app, change).await?))
}

/// `DELETE` of one.
async fn delete(
    app: &App,
    resource: &'static Resource,
    who: &Actor,
    id: &str,
) -> Result<StatusCode, AdminError> {
    let configuration = app.configuration();
    alone(app, configuration.delete(who, resource, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a change while this process makes no other, and takes notice of it.
pub(crate) async fn alone<T>(
    app: &App,
    change: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, AdminError> {
    let _alone = app.changing.lock().await;
    let changed = change.await?;
    app.live.follow().await?;
    Ok(changed)
}
