//! `/v1/environments`: which environments there are.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{FromRequestParts, Path, State};
use axum::response::{IntoResponse, Response};
use domain::{Environment, EnvironmentId};
use http::StatusCode;
use http::request::Parts;
use serde_json::{Value, json};

use super::collection::Listing;
use super::given::{Given, Mistakes};
use super::{Answer, PATH, shown};
use crate::admin::AuthenticatedAdministrator;
use crate::app::App;
use crate::environment::Registry;
use crate::environment::error::{ApiError, Detail};

/// The house of the environment that a request names in its path.
pub(super) struct House {
    /// The environment itself.
    pub(super) environment: Environment,
    /// What serves it.
    pub(super) app: Arc<App>,
    /// The address of the environment.
    pub(super) address: String,
}

impl FromRequestParts<Arc<App>> for House {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<App>) -> Result<Self, ApiError> {
        let named = Path::<Vec<(String, String)>>::from_request_parts(parts, server).await;
        let named = named.map_err(|_| ApiError::EnvironmentUnknown)?.0;
        let named = named.into_iter().find(|(name, _)| name == "environment");
        let id = named.and_then(|(_, id)| id.parse::<EnvironmentId>().ok());
        let id = id.ok_or(ApiError::EnvironmentUnknown)?;
        let environment = server.environment_record(id).await?;
        let environment = environment.ok_or(ApiError::EnvironmentUnknown)?;
        let app = server.environment(id).await?;
        Ok(Self {
            environment,
            app: app.ok_or(ApiError::EnvironmentUnknown)?,
            address: format!("{}/{id}", address(server)),
        })
    }
}

/// The address of the collection.
fn address(server: &App) -> String {
    format!("{}{PATH}/environments", server.settings.admin_url)
}

fn registry(server: &App) -> Registry<'_> {
    Registry {
        records: &server.records,
        factory: &*server.ports.keys,
        random: server.random(),
        now: server.now(),
    }
}

/// `GET /v1/environments`.
pub(super) async fn list(State(server): State<Arc<App>>, listing: Listing) -> Answer {
    let all = registry(&server).all().await?;
    let address = address(&server);
    let all = all.iter().map(|it| described(it, &server)).collect();
    let collection = listing.collection(&address, "environments", all);
    Ok(shown(StatusCode::OK, &collection))
}

/// `POST /v1/environments`.
pub(super) async fn add(
    State(server): State<Arc<App>>,
    Extension(who): Extension<AuthenticatedAdministrator>,
    given: Given,
) -> Answer {
    let mut mistakes = Mistakes::default();
    let name = mistakes.text(&given.members, ("name", "name"));
    let description = mistakes.text(&given.members, ("description", "description"));
    if name.is_none() && mistakes.0.is_empty() {
        mistakes.0.push(Detail::required("name"));
    }
    let name = mistakes.check(name.unwrap_or_default())?;
    let registry = registry(&server);
    let (who, description) = (who.actor(), description.unwrap_or_default());
    let environment = registry.add(&who, name, description).await?;
    server
        .live
        .follow()
        .await
        .map_err(crate::fault::Fault::from)?;
    Ok(shown(
        StatusCode::CREATED,
        &described(&environment, &server),
    ))
}

/// `GET /v1/environments/{environment}`.
pub(super) async fn read(State(server): State<Arc<App>>, house: House) -> Answer {
    Ok(shown(
        StatusCode::OK,
        &described(&house.environment, &server),
    ))
}

/// `DELETE /v1/environments/{environment}`.
pub(super) async fn delete(
    State(server): State<Arc<App>>,
    Extension(who): Extension<AuthenticatedAdministrator>,
    house: House,
) -> Result<Response, ApiError> {
    let id = house.environment.id;
    let registry = registry(&server);
    registry.delete(&who.actor(), id).await?;
    server.environments.forget(id);
    server
        .live
        .follow()
        .await
        .map_err(crate::fault::Fault::from)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn described(environment: &Environment, server: &App) -> Value {
    let Environment { id, name, .. } = environment;
    let address = format!("{}/{id}", address(server));
    json!({
        "_links": {
            "self": { "href": address },
            "users": { "href": format!("{address}/users") },
            "applications": { "href": format!("{address}/applications") },
            "templates": { "href": format!("{address}/templates") },
            "signOnPolicies": { "href": format!("{address}/signOnPolicies") },
            "deviceAuthenticationPolicies": {
                "href": format!("{address}/deviceAuthenticationPolicies"),
            },
        },
        "id": id,
        "name": name,
        "description": environment.description,
        "organization": { "id": environment.organization },
        "createdAt": environment.created.to_string(),
        "updatedAt": environment.modified.to_string(),
    })
}
