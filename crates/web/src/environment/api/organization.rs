//! `/v1/environments/{environment}/pingid`, and `/v1/pingid` for the server itself: what `PingID`'s
//! clients know a house as.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Extension, Router};
use domain::{EnvironmentId, KeyRefusal, Organization, OrganizationKeySize, ReturnOrigin};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use serde_json::{Map, Value, json};

use super::given::{Given, Mistakes};
use super::house::House;
use super::user::Who;
use super::{Answer, PATH, shown};
use crate::app::App;
use crate::environment::error::{ApiError, Detail};
use crate::organization::{OrganizationError, OrganizationSettings, properties};

/// The most hosts to which answers may be posted.
const MOST_HOSTS: usize = 100;
/// The longest overlap of keys, in seconds: a year.
const LONGEST_OVERLAP: u64 = 365 * 24 * 60 * 60;

/// Every route of the resource, for the server and for its environments.
pub(super) fn routes() -> Router<Arc<App>> {
    ["", "/environments/{environment}"]
        .into_iter()
        .fold(Router::new(), |routes, of| {
            routes
                .route(&format!("{of}/pingid"), get(read).put(replace))
                .route(&format!("{of}/pingid/keys"), post(rotate))
                .route(&format!("{of}/pingid/keys/{{key}}"), delete(retire))
                .route(&format!("{of}/pingid/properties"), get(write))
        })
}

/// Whose organisation a request is about.
struct Subject {
    environment: Option<EnvironmentId>,
    /// The address of the resource.
    address: String,
}

impl FromRequestParts<Arc<App>> for Subject {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<App>) -> Result<Self, ApiError> {
        let is_of_server = !parts.uri.path().contains("/environments/");
        if is_of_server {
            return Ok(Self {
                environment: None,
                address: format!("{}{PATH}/pingid", server.settings.admin_url),
            });
        }
        let house = House::from_request_parts(parts, server).await?;
        Ok(Self {
            environment: Some(house.environment.id),
            address: format!("{}/pingid", house.address),
        })
    }
}

/// `GET /pingid`: everything but what is secret.
async fn read(State(server): State<Arc<App>>, subject: Subject) -> Answer {
    let organizations = server.organizations();
    let organization = organizations.of(subject.environment).await?;
    Ok(shown(
        StatusCode::OK,
        &subject.described(&organization, &server),
    ))
}

/// `PUT /pingid`: `orgAlias`, `returnHosts`, `enrollment.enabled`, `oneTimeDevices.enabled`.
async fn replace(
    State(server): State<Arc<App>>,
    subject: Subject,
    Extension(who): Who,
    given: Given,
) -> Answer {
    let settings = settings(&given.members)?;
    let organizations = server.organizations();
    let actor = who.actor();
    let set = organizations.set(&actor, subject.environment, &settings);
    let organization = set.await?;
    Ok(shown(
        StatusCode::OK,
        &subject.described(&organization, &server),
    ))
}

/// `POST /pingid/keys`: another key. Its file is at `/pingid/properties`.
async fn rotate(
    State(server): State<Arc<App>>,
    subject: Subject,
    Extension(who): Who,
    given: Given,
) -> Answer {
    let mut mistakes = Mistakes::default();
    mistakes.none_but(&given.members, &["bits", "overlapSeconds"], "");
    let overlap = mistakes.number(&given.members, "overlapSeconds", (0, LONGEST_OVERLAP));
    let overlap = overlap.map_or(Organization::OVERLAP, Duration::from_secs);
    let size = match given.members.get("bits").map(Value::as_u64) {
        None => Some(OrganizationKeySize::default()),
        Some(bits) => bits.and_then(OrganizationKeySize::of_bits),
    };
    if size.is_none() {
        mistakes.invalid("bits", "must be 256, 384 or 512.");
    }
    let size = mistakes.check(size.unwrap_or_default())?;
    let organizations = server.organizations();
    let actor = who.actor();
    let rotated = organizations.rotate(&actor, subject.environment, size, overlap);
    let organization = rotated.await?;
    Ok(shown(
        StatusCode::CREATED,
        &subject.described(&organization, &server),
    ))
}

/// `DELETE /pingid/keys/{key}`: an earlier key ends before its time.
async fn retire(
    State(server): State<Arc<App>>,
    subject: Subject,
    Extension(who): Who,
    named: Result<Path<HashMap<String, String>>, PathRejection>,
) -> Answer {
    let Path(named) = named.map_err(|_| ApiError::NotFound)?;
    let key = named.get("key").ok_or(ApiError::NotFound)?;
    let organizations = server.organizations();
    let actor = who.actor();
    let retired = organizations.retire(&actor, subject.environment, key);
    retired.await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /pingid/properties`: the file for clients, with the newest key. Only who may change things may
/// have it.
async fn write(
    State(server): State<Arc<App>>,
    subject: Subject,
    Extension(who): Who,
) -> Result<Response, ApiError> {
    if who.clone().allowed(&http::Method::PUT).is_err() {
        return Err(ApiError::Forbidden);
    }
    let organizations = server.organizations();
    let organization = organizations.of(subject.environment).await?;
    let key = organization.newest().ok_or(ApiError::Defect)?;
    let file = properties(&organization, key, &server.settings.issuer);
    let headers = [
        (CONTENT_TYPE, "text/plain;charset=ISO-8859-1"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, file).into_response())
}

fn settings(members: &Map<String, Value>) -> Result<OrganizationSettings, ApiError> {
    let mut mistakes = Mistakes::default();
    let known = ["orgAlias", "returnHosts", "enrollment", "oneTimeDevices"];
    mistakes.none_but(members, &known, "");
    let alias = mistakes.text(members, ("orgAlias", "orgAlias"));
    let enrollment = mistakes.object(members, "enrollment");
    mistakes.none_but(&enrollment, &["enabled"], "enrollment.");
    let enrols = mistakes.flag(&enrollment, "enrollment.enabled");
    let one_time = mistakes.object(members, "oneTimeDevices");
    mistakes.none_but(&one_time, &["enabled"], "oneTimeDevices.");
    let sends_once = mistakes.flag(&one_time, "oneTimeDevices.enabled");
    let hosts = match members.get("returnHosts") {
        None => Vec::new(),
        Some(Value::Array(hosts)) if hosts.len() <= MOST_HOSTS => hosts.clone(),
        Some(_) => {
            mistakes.invalid("returnHosts", "must be a list of at most 100 hosts.");
            Vec::new()
        }
    };
    let mut origins: Vec<ReturnOrigin> = Vec::new();
    for host in &hosts {
        match host.as_str().map(str::parse) {
            Some(Ok(origin)) => origins.push(origin),
            _ => mistakes.invalid(
                "returnHosts",
                "has hosts: sso.example.com, sso.example.com:8443 or http://localhost:8080.",
            ),
        }
    }
    mistakes.check(OrganizationSettings {
        alias: alias.map(str::to_owned),
        return_origins: Some(origins),
        enrols: enrollment.contains_key("enabled").then_some(enrols),
        one_time_devices: one_time.contains_key("enabled").then_some(sends_once),
    })
}

impl Subject {
    fn described(&self, organization: &Organization, server: &App) -> Value {
        let address = &self.address;
        let newest = organization.newest().map(|key| key.id.as_str());
        let keys = organization.keys(server.now()).map(|key| {
            json!({
                "id": key.id,
                "createdAt": key.created.to_string(),
                "expiresAt": key.ends.map(|ends| ends.to_string()),
                "newest": newest == Some(key.id.as_str()),
            })
        });
        let hosts = organization.return_origins.iter().map(ToString::to_string);
        json!({
            "_links": {
                "self": { "href": address },
                "keys": { "href": format!("{address}/keys") },
                "properties": { "href": format!("{address}/properties") },
            },
            "orgAlias": organization.alias,
            "returnHosts": hosts.collect::<Vec<_>>(),
            "enrollment": { "enabled": organization.enrols },
            "oneTimeDevices": { "enabled": organization.one_time_devices },
            "keys": keys.collect::<Vec<_>>(),
            "createdAt": organization.created.to_string(),
            "updatedAt": organization.modified.to_string(),
        })
    }
}

impl From<OrganizationError> for ApiError {
    fn from(error: OrganizationError) -> Self {
        match error {
            OrganizationError::Alias => {
                Self::Invalid(vec![Detail::invalid("orgAlias", error.to_string())])
            }
            OrganizationError::AliasTaken(_) => Self::Invalid(vec![Detail::taken("orgAlias")]),
            OrganizationError::Keys(KeyRefusal::Unknown(_)) => Self::NotFound,
            OrganizationError::Keys(_) => {
                Self::Invalid(vec![Detail::constraint("keys", error.to_string())])
            }
            OrganizationError::Fault(fault) => fault.into(),
        }
    }
}
