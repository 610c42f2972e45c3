//! `/oauth/clients`: the clients.

mod resource;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::port::{Changes, Versioned};
use domain::{
    AuditEvent, AuthenticationMethod, Client, ClientId, Consent, Grant, KeyFamily, Secret,
};
use http::StatusCode;
use oauth::Decision;
use serde_json::{Value, json};

use self::resource::Context;
use super::api_result::{AdminError, Problem};
use super::body::{Listing, Resource};
use super::credential::AuthenticatedAdministrator;
use super::fields::{Fields, Problems};
use crate::app::App;
use crate::extract::Named;
use crate::fault::Fault;

type Shared = State<Arc<App>>;
type Who = Extension<AuthenticatedAdministrator>;

/// `GET /oauth/clients`: a page of them, in the order of their ids.
pub(crate) async fn list(State(app): Shared, listing: Listing) -> Result<Json<Value>, AdminError> {
    let mut clients: Vec<Client> = app
        .records
        .all::<Client>()
        .await?
        .into_iter()
        .map(|client| client.record)
        .collect();
    clients.retain(|client| listing.matches(&[&client.name, client.id.as_str()]));
    clients.sort_by(|a, b| a.id.cmp(&b.id));
    let items: Vec<Value> = listing
        .page(&clients)
        .iter()
        .map(|client| shown(&app, client))
        .collect();
    Ok(Json(json!({ "items": items })))
}

/// `GET /oauth/clients/{id}`.
pub(crate) async fn read(State(app): Shared, Named(id): Named) -> Result<Json<Value>, AdminError> {
    let client = load(&app, &id).await?;
    Ok(Json(shown(&app, &client)))
}

/// `POST /oauth/clients`.
pub(crate) async fn create(
    State(app): Shared,
    Extension(who): Who,
    Resource(resource): Resource,
) -> Result<Response, AdminError> {
    let decide = || async {
        let client = match resource::read(&resource, &context(&app, None, None)) {
            Ok(client) => client,
            Err(problems) => return Ok(Decision::refuse(AdminError::Invalid(problems))),
        };
        if app.records.get::<Client>(&client.id).await?.is_some() {
            return Ok(Decision::refuse(taken()));
        }
        make_keys(&app, &client).await?;
        let mut changes = Changes::none();
        changes.insert(&client);
        changes.insert(&event(&app, &who, "client.created", &client));
        Ok(Decision::accept(client, changes))
    };
    let client = app.carry_out(decide, taken).await??;
    app.live.follow().await?;
    Ok((StatusCode::CREATED, Json(shown(&app, &client))).into_response())
}

/// `PUT /oauth/clients/{id}`.
pub(crate) async fn replace(
    State(app): Shared,
    Extension(who): Who,
    Named(id): Named,
    Resource(resource): Resource,
) -> Result<Json<Value>, AdminError> {
    let decide = || async {
        let Some(existing) = find(&app, &id).await? else {
            return Ok(Decision::refuse(missing(&id)));
        };
        let context = context(&app, Some(&existing.record), Some(&id));
        let client = match resource::read(&resource, &context) {
            Ok(client) => client,
            Err(problems) => return Ok(Decision::refuse(AdminError::Invalid(problems))),
        };
        make_keys(&app, &client).await?;
        let mut changes = Changes::none();
        changes.replace(&existing, &client);
        changes.insert(&event(&app, &who, "client.changed", &client));
        Ok(Decision::accept(client, changes))
    };
    let client = app.carry_out(decide, taken).await??;
    app.live.follow().await?;
    Ok(Json(shown(&app, &client)))
}

/// `DELETE /oauth/clients/{id}`: with all that people have granted it. That goes first, so that a
/// deletion which breaks off can be asked for again, and what was granted meanwhile goes last.
pub(crate) async fn delete(
    State(app): Shared,
    Extension(who): Who,
    Named(id): Named,
) -> Result<StatusCode, AdminError> {
    let client = load(&app, &id).await?.id;
    let ended = delete_granted(&app, &client).await?;
    let decide = || async {
        let Some(existing) = find(&app, &id).await? else {
            return Ok(Decision::refuse(missing(&id)));
        };
        let mut changes = Changes::none();
        changes.delete(&existing);
        let event = event(&app, &who, "client.deleted", &existing);
        changes.insert(&event.with("grants_ended", ended));
        Ok(Decision::accept((), changes))
    };
    app.carry_out(decide, taken).await??;
    app.live.follow().await?;
    delete_granted(&app, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes what people have granted a client, and that they have; returns how many grants.
async fn delete_granted(app: &App, client: &ClientId) -> Result<usize, Fault> {
    app.records.delete_found::<Consent>(1, client).await?;
    Ok(app.records.delete_found::<Grant>(1, client).await?)
}

/// `GET /oauth/clients/{id}/clientAuth/clientSecret`.
pub(crate) async fn read_secret(
    State(app): Shared,
    Named(id): Named,
) -> Result<Json<Value>, AdminError> {
    let client = load(&app, &id).await?;
    let secret = client.secret();
    let secret =
        secret.ok_or_else(|| AdminError::NotFound(format!("The client {id:?} has no secret.")))?;
    Ok(Json(secret_shown(&app, secret)))
}

/// `PUT /oauth/clients/{id}/clientAuth/clientSecret`.
pub(crate) async fn replace_secret(
    State(app): Shared,
    Extension(who): Who,
    Named(id): Named,
    Resource(resource): Resource,
) -> Result<Json<Value>, AdminError> {
    let decide = || async {
        let Some(existing) = find(&app, &id).await? else {
            return Ok(Decision::refuse(missing(&id)));
        };
        let context = context(&app, Some(&existing.record), Some(&id));
        match with_secret(&existing, &resource, &context) {
            Err(problems) => Ok(Decision::refuse(AdminError::Invalid(problems))),
            Ok(client) => {
                let mut changes = Changes::none();
                changes.replace(&existing, &client);
                changes.insert(&event(&app, &who, "client.secret_changed", &client));
                Ok(Decision::accept(client, changes))
            }
        }
    };
    let client = app.carry_out(decide, taken).await??;
    app.live.follow().await?;
    let secret = client.secret().map(|secret| secret_shown(&app, secret));
    Ok(Json(secret.unwrap_or_default()))
}

fn with_secret(
    client: &Client,
    resource: &Value,
    context: &Context<'_>,
) -> Result<Client, Vec<Problem>> {
    let mut problems = Problems::default();
    let mut secret = None;
    if let Some(mut fields) = Fields::of(resource, &mut problems) {
        secret = resource::secret(&mut fields, context);
        fields.without_effect("secondarySecrets", &json!([]));
        if secret.is_none() && !fields.problems.any() {
            fields.wrong("required", "secret", "Give secret or encryptedSecret.");
        }
        if client.authentication.method == AuthenticationMethod::None {
            fields.wrong(
                "invalid_value",
                "secret",
                "This client does not authenticate.",
            );
        }
        fields.finish();
    }
    let mut changed = client.clone();
    changed.modified = context.now;
    (changed.authentication.secret, changed.secret_changed) = secret.unzip();
    // A secret that the client's own algorithms cannot use would break it later, at each token.
    if changed.secret().is_some() && !problems.any() {
        for (_, message) in resource::too_short(&changed) {
            problems.add("invalid_value", "secret", message);
        }
    }
    problems.check(changed)
}

fn secret_shown(app: &App, secret: &Secret) -> Value {
    let sealed = resource::encrypted_secret(secret, &app.export_key, app.random());
    json!({ "encryptedSecret": sealed, "secondarySecrets": [] })
}

fn shown(app: &App, client: &Client) -> Value {
    resource::write(client, &app.export_key, app.random())
}

fn context<'a>(app: &'a App, existing: Option<&'a Client>, id: Option<&'a str>) -> Context<'a> {
    let (settings, now) = (app.live.settings(), app.now());
    Context {
        settings,
        export_key: &app.export_key,
        existing,
        id,
        now,
    }
}

async fn find(app: &App, id: &str) -> Result<Option<Versioned<Client>>, Fault> {
    Ok(app.records.get::<Client>(&ClientId::new(id)).await?)
}

async fn load(app: &App, id: &str) -> Result<Client, AdminError> {
    let found = find(app, id).await?;
    found.map(|client| client.record).ok_or_else(|| missing(id))
}

fn missing(id: &str) -> AdminError {
    AdminError::NotFound(format!("There is no client with the id {id:?}."))
}

fn taken() -> AdminError {
    let mut problems = Problems::default();
    problems.add(
        "not_unique",
        "clientId",
        "This client id is already in use.",
    );
    AdminError::Invalid(problems.check(()).err().unwrap_or_default())
}

fn event(app: &App, who: &AuthenticatedAdministrator, name: &str, client: &Client) -> AuditEvent {
    AuditEvent::new(name, who.actor(), app.now(), app.random()).with("client", client.id.as_str())
}

/// Makes the keys that a client needs, before it is there to need them.
async fn make_keys(app: &App, client: &Client) -> Result<(), Fault> {
    match KeyFamily::of(client.id_token_algorithm()) {
        Some(family) => app.ensure_keys(family).await,
        None => Ok(()),
    }
}
