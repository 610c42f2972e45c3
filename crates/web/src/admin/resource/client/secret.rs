//! `/oauth/clients/{id}/clientAuth/clientSecret`: a client's secret as a resource of its own.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Json, Router};
use domain::AuthenticationMethod;
use serde_json::{Value, json};

use super::table::CLIENT_SECRET;
use super::{CLIENTS, retention, typed};
use crate::admin::api_result::AdminError;
use crate::admin::body::Given;
use crate::admin::configuration::{Configuration, Loaded, Refusal, Wanted, missing};
use crate::admin::export_key::Sealing;
use crate::admin::handler::{Answer, Shared, Who, alone};
use crate::admin::openapi::{Described, Operation};
use crate::admin::schema::{Document, Problem, Reading, Writing, read, write};
use crate::app::App;
use crate::extract::Named;

const PATH: &str = "/oauth/clients/{id}/clientAuth/clientSecret";

/// The routes.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route(PATH, get(show).put(replace))
}

/// What tools are told of it.
pub(crate) fn described() -> Described {
    let read = Operation::read("The secret of a client, sealed.", &CLIENT_SECRET);
    let read = Operation {
        refuses: &[404],
        ..read
    };
    let about = "Replaces the secret of a client; the one before may serve for a while.";
    let replace = Operation::replace(about, &CLIENT_SECRET, &[400, 404, 422]);
    Described {
        path: PATH.to_owned(),
        operations: vec![read, replace],
    }
}

async fn show(State(app): Shared, Named(id): Named) -> Answer {
    let configuration = app.configuration();
    let client = find(&configuration, &id).await?.document;
    let none = || AdminError::NotFound(format!("The client {id:?} has no secret."));
    Ok(Json(shown(&configuration, &client).ok_or_else(none)?))
}

async fn replace(
    State(app): Shared,
    Extension(who): Who,
    Named(id): Named,
    Given(given): Given,
) -> Answer {
    let configuration = app.configuration();
    let decide = async || {
        let before = find(&configuration, &id).await?;
        let after = with_secret(&configuration, &before.document, &given)?;
        let after = configuration.kept(&CLIENTS, after, Some(&before));
        Ok(Wanted {
            after: Some(after.await?),
            before: Some(before),
            ..Wanted::nothing(&CLIENTS, &id)
        })
    };
    let actor = who.actor();
    let changed = alone(&app, configuration.change(&actor, decide)).await;
    let client = changed.map_err(of_the_secret)?.unwrap_or_default();
    Ok(Json(shown(&configuration, &client).unwrap_or_default()))
}

async fn find(configuration: &Configuration<'_>, id: &str) -> Result<Loaded, Refusal> {
    let client = configuration.load(&CLIENTS, id).await?;
    client.ok_or_else(|| missing(&CLIENTS, id))
}

/// The client with the secret that is given.
fn with_secret(
    configuration: &Configuration<'_>,
    client: &Document,
    given: &Value,
) -> Result<Document, Refusal> {
    let reading = Reading {
        export_key: configuration.export_key,
        existing: client.get("clientAuth").and_then(Value::as_object),
        now: configuration.now,
        random: configuration.random,
    };
    let secret = read(&CLIENT_SECRET, given, &reading).map_err(Refusal::Invalid)?;
    let method = typed(client).map(|client| client.authentication.method);
    if method.is_ok_and(|method| method == AuthenticationMethod::None) {
        let problem = Problem::invalid("secret", "This client does not authenticate.");
        return Err(Refusal::Invalid(vec![problem]));
    }
    let mut client = client.clone();
    let authentication = client.entry("clientAuth").or_insert_with(|| json!({}));
    if let Value::Object(authentication) = authentication {
        authentication.extend(secret);
    }
    Ok(client)
}

fn shown(configuration: &Configuration<'_>, client: &Document) -> Option<Value> {
    let mut client = client.clone();
    retention::expire(&mut client, configuration.now);
    let authentication = client.get("clientAuth").and_then(Value::as_object)?;
    authentication.get("secret")?;
    let writing = Writing {
        export_key: configuration.export_key,
        sealing: Sealing::Afresh(configuration.random),
        url: "",
    };
    let shown = write(&CLIENT_SECRET, authentication, &writing);
    Some(Value::Object(shown))
}

/// The mistakes by the paths that fields have here. Whatever a client's algorithms demand of its
/// secret is a mistake of the secret here.
fn of_the_secret(error: AdminError) -> AdminError {
    let AdminError::Invalid(mut problems) = error else {
        return error;
    };
    for problem in &mut problems {
        let path = problem.field_path.as_str();
        let is_own = ["secret", "encryptedSecret"].contains(&path)
            || path.starts_with("secondarySecrets")
            || problem.unreadable;
        problem.field_path = match path.strip_prefix("clientAuth.") {
            _ if is_own => continue,
            Some(own) if own.starts_with("secondarySecrets") => own.to_owned(),
            _ => "secret".to_owned(),
        };
    }
    AdminError::Invalid(problems)
}
