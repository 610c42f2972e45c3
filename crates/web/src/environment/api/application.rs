//! `/v1/environments/{environment}/applications`: the clients of an environment.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use domain::port::{Changes, CommitError};
use domain::{Secret, Uuid};
use http::StatusCode;
use http::request::Parts;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::attribute::{Own, as_client, described, laid_over, shows_method};
use super::collection::Listing;
use super::cors;
use super::given::Given;
use super::house::House;
use super::user::{Who, event};
use super::{Answer, shown};
use crate::admin::configuration::{CLIENTS, Configuration, Loaded, Refusal, Wanted, missing};
use crate::admin::{AuthenticatedAdministrator, alone};
use crate::app::App;
use crate::environment::error::{ApiError, Detail};
use crate::fault::Fault;

/// The application that a request names in its path.
pub(super) struct Application(String);

impl FromRequestParts<Arc<App>> for Application {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let named = Path::<Vec<(String, String)>>::from_request_parts(parts, app).await;
        let named = named.map_err(|_| ApiError::NotFound)?.0;
        let named = named.into_iter().find(|(name, _)| name == "id");
        named.map(|(_, id)| Self(id)).ok_or(ApiError::NotFound)
    }
}

/// `GET /applications`.
pub(super) async fn list(house: House, listing: Listing) -> Answer {
    if listing.filter.is_some() {
        let detail = Detail::invalid("filter", "Applications are not filtered.");
        return Err(ApiError::Invalid(vec![detail]));
    }
    let all = house.app.configuration().load_all(&CLIENTS).await?;
    let all = all
        .iter()
        .map(|(_, loaded)| described(&loaded.document, &house.address));
    let address = format!("{}/applications", house.address);
    let collection = listing.collection(&address, "applications", all.collect());
    Ok(shown(StatusCode::OK, &collection))
}

/// `POST /applications`.
pub(super) async fn create(house: House, Extension(who): Who, given: Given) -> Answer {
    let app = &house.app;
    let (id, secret) = (Uuid::new(app.random()).to_string(), made_up(app));
    let created = write(app, &who, (&id, false), (&given, &secret)).await?;
    Ok(shown(
        StatusCode::CREATED,
        &described(&created, &house.address),
    ))
}

/// `GET /applications/{id}`.
pub(super) async fn read(house: House, Application(id): Application) -> Answer {
    let client = find(&house.app.configuration(), &id).await?;
    Ok(shown(
        StatusCode::OK,
        &described(&client.document, &house.address),
    ))
}

/// `PUT /applications/{id}`, which replaces it whole but for its secret.
pub(super) async fn replace(
    house: House,
    Application(id): Application,
    Extension(who): Who,
    given: Given,
) -> Answer {
    let app = &house.app;
    let fresh = made_up(app);
    let changed = write(app, &who, (&id, true), (&given, &fresh)).await?;
    Ok(shown(StatusCode::OK, &described(&changed, &house.address)))
}

/// `DELETE /applications/{id}`, with everything that people have granted it.
pub(super) async fn delete(
    house: House,
    Application(id): Application,
    Extension(who): Who,
) -> Result<Response, ApiError> {
    let configuration = house.app.configuration();
    let actor = who.actor();
    alone(&house.app, configuration.delete(&actor, &CLIENTS, &id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /applications/{id}/secret`, for those alone who may change things, and noted.
pub(super) async fn read_secret(
    house: House,
    Application(id): Application,
    Extension(who): Who,
) -> Answer {
    who.may_see_secrets()?;
    let client = find(&house.app.configuration(), &id).await?;
    let shown = secret_shown(&client.document, &house)?;
    let mut noted = Changes::none();
    noted.insert(&event(&house.app, "client.secret_shown", &who).with("client", id.as_str()));
    let committed = house.app.records.commit(noted).await;
    committed.map_err(|error| match error {
        CommitError::Store(error) => Fault::from(error),
        CommitError::Conflict | CommitError::Claimed => Fault::Contention,
    })?;
    Ok(shown)
}

/// `POST /applications/{id}/secret`: another secret; the one before serves as long as the settings say.
pub(super) async fn rotate_secret(
    house: House,
    Application(id): Application,
    Extension(who): Who,
    _given: Given,
) -> Answer {
    let (app, fresh) = (&house.app, made_up(&house.app));
    let (configuration, actor) = (app.configuration(), who.actor());
    let decide = async || {
        let before = configuration.load(&CLIENTS, &id).await?;
        let before = before.ok_or_else(|| missing(&CLIENTS, &id))?;
        let after = with_secret(&before.document, &fresh);
        let none = || Refusal::Missing("The application has no secret.".to_owned());
        let after = configuration.kept(&CLIENTS, after.ok_or_else(none)?, Some(&before));
        Ok(Wanted {
            after: Some(after.await?),
            before: Some(before),
            ..Wanted::nothing(&CLIENTS, &id)
        })
    };
    let changed = alone(app, configuration.change(&actor, decide)).await?;
    secret_shown(&changed.unwrap_or_default(), &house)
}

/// The same client with another secret; nothing if it has none.
fn with_secret(client: &Map<String, Value>, secret: &Secret) -> Option<Map<String, Value>> {
    secret_of(client)?;
    let mut client = client.clone();
    let authentication = client.get_mut("clientAuth")?.as_object_mut()?;
    authentication.insert("secret".to_owned(), secret.expose().into());
    Some(client)
}

/// Writes an application as it is given, and returns the client that it is. One that is there keeps
/// its secret, and what this API does not show.
async fn write(
    app: &App,
    who: &AuthenticatedAdministrator,
    (id, is_there): (&str, bool),
    (given, fresh): (&Given, &Secret),
) -> Result<Map<String, Value>, ApiError> {
    let (configuration, actor, members) = (app.configuration(), who.actor(), &given.members);
    let decide = async || {
        let before = configuration.load(&CLIENTS, id).await?;
        if is_there != before.is_some() {
            return Err(missing(&CLIENTS, id));
        }
        let own = Own::read(members).map_err(Refusal::Invalid)?;
        let client = match &before {
            None => as_client(id, members, fresh),
            Some(before) => {
                let secret = secret_of(&before.document).unwrap_or_else(|| fresh.clone());
                let kept = configuration.shown(&CLIENTS, &before.document);
                let is_as_shown = shows_method(&before.document, own.method());
                laid_over(kept, as_client(id, members, &secret), is_as_shown)
            }
        };
        let drafted = configuration.drafted(&CLIENTS, &client, before.as_ref());
        let after = own.kept_in(drafted.await?);
        Ok(Wanted {
            note: Some(("attributes", own.to_value())),
            besides: cors::keep(&own.origins, id, &app.records).await?,
            before,
            after: Some(after),
            ..Wanted::nothing(&CLIENTS, id)
        })
    };
    let changed = alone(app, configuration.change(&actor, decide)).await?;
    Ok(changed.unwrap_or_default())
}

async fn find(configuration: &Configuration<'_>, id: &str) -> Result<Loaded, ApiError> {
    let client = configuration.load(&CLIENTS, id).await?;
    client.ok_or(ApiError::NotFound)
}

fn secret_of(client: &Map<String, Value>) -> Option<Secret> {
    let secret = client.get("clientAuth")?.get("secret")?.as_str()?;
    Some(Secret::new(secret)).filter(|_| !secret.is_empty())
}

fn secret_shown(client: &Map<String, Value>, house: &House) -> Answer {
    let secret = secret_of(client).ok_or(ApiError::NotFound)?;
    let environment = json!({ "id": house.environment.id });
    let body = json!({ "environment": environment, "secret": secret.expose() });
    Ok(shown(StatusCode::OK, &body))
}

/// 384 random bits, which are enough for every algorithm that takes a secret.
fn made_up(app: &App) -> Secret {
    let mut bytes = Zeroizing::new([0; 48]);
    app.random().fill(&mut *bytes);
    Secret::new(BASE64URL_NOPAD.encode(&*bytes))
}
