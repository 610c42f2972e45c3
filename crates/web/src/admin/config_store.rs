//! `/configStore/{bundle}/{id}`: switches that have no resource of their own.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{MethodRouter, get};
use axum::{Extension, Json, Router};
use domain::Actor;
use http::StatusCode;
use serde_json::{Value, json};

use super::api_result::AdminError;
use super::body::Given;
use super::configuration::{Refusal, Wanted};
use super::handler::{Answer, Shared, Who, alone};
use super::openapi::{Described, Gives, Operation};
use super::resource::config_store::{CONFIG_STORE, SWITCHES};
use crate::app::App;
use crate::extract::{Named, NamedWithin};

/// The routes of the store.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/configStore/{bundle}", get(list).post(write_named))
        .route("/configStore/{bundle}/{id}", switch())
}

/// What tools are told of it.
pub(super) fn described() -> [Described; 2] {
    let object = CONFIG_STORE.object;
    let read = Operation {
        refuses: &[404],
        ..Operation::read("A switch that somebody has set.", object)
    };
    let about = "Sets a switch, whether it was set or not.";
    let write = Operation::replace(about, object, &[400, 422]);
    let list = Operation {
        gives: Gives::List(object),
        ..read.clone()
    };
    let delete = Operation {
        method: "delete",
        about: "Sets a switch back.".to_owned(),
        gives: Gives::Nothing,
        ..read.clone()
    };
    let post = Operation {
        method: "post",
        ..write.clone()
    };
    [
        Described {
            path: "/configStore/{bundle}".to_owned(),
            operations: vec![list, post.clone()],
        },
        Described {
            path: "/configStore/{bundle}/{id}".to_owned(),
            operations: vec![read, write, post, delete],
        },
    ]
}

/// The methods of a switch. `POST` does what `PUT` does: the one is documented, the other described.
fn switch() -> MethodRouter<Arc<App>> {
    get(read).put(write).post(write).delete(delete)
}

/// `GET /configStore/{bundle}`: the switches of a bundle that somebody has set.
async fn list(State(app): Shared, Named(bundle): Named) -> Answer {
    if !is_bundle(&bundle) {
        let message = format!("There is no bundle {bundle:?}.");
        return Err(AdminError::NotFound(message));
    }
    let configuration = app.configuration();
    let all = configuration.load_all(&CONFIG_STORE).await?;
    let prefix = format!("{bundle}/");
    let of_bundle = all.iter().filter(|(id, _)| id.starts_with(&prefix));
    let items: Vec<Value> = of_bundle
        .map(|(_, loaded)| configuration.shown(&CONFIG_STORE, &loaded.document))
        .collect();
    Ok(Json(json!({ "items": items })))
}

/// `GET /configStore/{bundle}/{id}`.
async fn read(State(app): Shared, NamedWithin(place): NamedWithin) -> Answer {
    let configuration = app.configuration();
    let found = configuration.load(&CONFIG_STORE, &key(&place)).await?;
    let found = found.ok_or_else(|| missing(&place))?;
    Ok(Json(configuration.shown(&CONFIG_STORE, &found.document)))
}

/// `PUT` and `POST /configStore/{bundle}/{id}`: sets a switch, whether it was set or not.
async fn write(
    State(app): Shared,
    Extension(who): Who,
    NamedWithin(place): NamedWithin,
    Given(given): Given,
) -> Answer {
    set(&app, &who.actor(), &place, given).await
}

/// `POST /configStore/{bundle}`: sets the switch that the body names.
async fn write_named(
    State(app): Shared,
    Extension(who): Who,
    Named(bundle): Named,
    Given(given): Given,
) -> Answer {
    let configuration = app.configuration();
    let draft = configuration.drafted(&CONFIG_STORE, &given, None).await?;
    let id = draft.get("id").and_then(Value::as_str);
    let id = id.unwrap_or_default().to_owned();
    set(&app, &who.actor(), &(bundle, id), given).await
}

async fn set(app: &App, actor: &Actor, place: &(String, String), mut given: Value) -> Answer {
    let (bundle, id) = place;
    if !is_bundle(bundle) {
        let message = format!("This server has no bundle {bundle:?}.");
        return Err(AdminError::Forbidden(message));
    }
    // The id in the path wins over the one in the body.
    if let Value::Object(given) = &mut given {
        given.insert("id".to_owned(), json!(id));
    }
    let configuration = app.configuration();
    let decide = async || {
        let before = configuration.load(&CONFIG_STORE, &key(place)).await?;
        let after = configuration.drafted(&CONFIG_STORE, &given, before.as_ref());
        Ok(Wanted {
            after: Some(after.await?),
            before,
            ..Wanted::nothing(&CONFIG_STORE, &key(place))
        })
    };
    let after = alone(app, configuration.change(actor, decide)).await?;
    let shown = configuration.shown(&CONFIG_STORE, &after.unwrap_or_default());
    Ok(Json(shown))
}

/// `DELETE /configStore/{bundle}/{id}`: sets a switch back.
async fn delete(
    State(app): Shared,
    Extension(who): Who,
    NamedWithin(place): NamedWithin,
) -> Result<StatusCode, AdminError> {
    let (configuration, actor) = (app.configuration(), who.actor());
    let decide = async || {
        let before = configuration.load(&CONFIG_STORE, &key(&place)).await?;
        Ok(Wanted {
            before: Some(before.ok_or_else(|| missing(&place))?),
            ..Wanted::nothing(&CONFIG_STORE, &key(&place))
        })
    };
    alone(&app, configuration.change(&actor, decide)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether there are switches of a bundle here. Others of the same bundle are kept as they are.
fn is_bundle(bundle: &str) -> bool {
    SWITCHES.iter().any(|(known, _)| *known == bundle)
}

fn key((bundle, id): &(String, String)) -> String {
    format!("{bundle}/{id}")
}

fn missing((bundle, id): &(String, String)) -> Refusal {
    Refusal::Missing(format!(
        "The switch {id:?} of the bundle {bundle:?} is not set."
    ))
}
