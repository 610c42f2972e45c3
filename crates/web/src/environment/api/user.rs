//! `/v1/environments/{environment}/users`: the people of an environment.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use domain::port::{Changes, CommitError, Versioned};
use domain::{AuditEvent, Profile, User, UserId};
use http::StatusCode;
use http::request::Parts;
use serde_json::{Map, Value};

use super::collection::Listing;
use super::given::{Given, Mistakes};
use super::house::House;
use super::profile::{apply, described};
use super::{Answer, shown};
use crate::admin::AuthenticatedAdministrator;
use crate::app::App;
use crate::environment::error::{ApiError, Detail};
use crate::fault::Fault;

/// How often a change is decided anew when others change the same person.
const TRIES: usize = 8;

/// Who administers.
pub(super) type Who = Extension<AuthenticatedAdministrator>;

/// The person whom a request names in its path.
pub(super) struct Subject(pub(super) UserId);

impl FromRequestParts<Arc<App>> for Subject {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let named = Path::<Vec<(String, String)>>::from_request_parts(parts, app).await;
        let named = named.map_err(|_| ApiError::NotFound)?.0;
        let named = named.into_iter().find(|(name, _)| name == "id");
        let id = named.and_then(|(_, id)| id.parse::<domain::Uuid>().ok());
        // Every identifier is a UUID here, and has no other spelling.
        id.map(|id| Self(id.into())).ok_or(ApiError::NotFound)
    }
}

/// `GET /users`.
pub(super) async fn list(house: House, listing: Listing) -> Answer {
    let records = &house.app.records;
    let mut users: Vec<User> = match &listing.filter {
        None => records
            .all::<User>()
            .await?
            .into_iter()
            .map(|it| it.record)
            .collect(),
        Some((attribute, value)) => found(&house.app, attribute, value).await?,
    };
    users.sort_by_key(|user| User::normalized(&user.username));
    let all = users.iter().map(|user| described(user, &house.address));
    let address = format!("{}/users", house.address);
    let collection = listing.collection(&address, "users", all.collect());
    Ok(shown(StatusCode::OK, &collection))
}

/// The people with this value in an attribute by which they can be found.
async fn found(app: &App, attribute: &str, value: &str) -> Result<Vec<User>, ApiError> {
    let found = match attribute {
        "id" => match value.parse::<UserId>() {
            Ok(id) => app.records.get::<User>(&id).await?.into_iter().collect(),
            Err(_) => Vec::new(),
        },
        "username" => app.user_named(value).await?.into_iter().collect(),
        "email" => app.records.find::<User>(1, value.to_lowercase()).await?,
        _ => {
            let message = "People are found by id, username or email.";
            return Err(ApiError::Invalid(vec![Detail::invalid("filter", message)]));
        }
    };
    Ok(found.into_iter().map(|it| it.record).collect())
}

/// `POST /users`.
pub(super) async fn create(house: House, Extension(who): Who, given: Given) -> Answer {
    let app = &house.app;
    let now = app.now();
    let mut user = User {
        id: UserId::new(now, app.random()),
        username: String::new(),
        enabled: true,
        mfa_enabled: true,
        profile: Profile::default(),
        created: now,
        modified: now,
    };
    if !given.members.contains_key("username") {
        return Err(ApiError::Invalid(vec![Detail::required("username")]));
    }
    change(&mut user, &given.members)?;
    let event = event(app, "user.added", &who);
    let event = event.with("username", user.username.clone());
    let event = event.with(
        "after",
        serde_json::to_value(&user.profile).unwrap_or_default(),
    );
    let mut changes = Changes::none();
    changes.insert(&user);
    changes.insert(&event);
    is_free(app, &user).await?;
    match app.records.commit(changes).await {
        Ok(()) => {}
        Err(CommitError::Store(error)) => return Err(error.into()),
        // Somebody of the same name was faster.
        Err(_) => return Err(ApiError::Invalid(vec![Detail::taken("username")])),
    }
    Ok(shown(
        StatusCode::CREATED,
        &described(&user, &house.address),
    ))
}

/// `GET /users/{id}`.
pub(super) async fn read(house: House, Subject(id): Subject) -> Answer {
    let user = load(&house.app, id).await?;
    Ok(shown(StatusCode::OK, &described(&user, &house.address)))
}

/// `PATCH /users/{id}`.
pub(super) async fn update(
    house: House,
    Subject(id): Subject,
    Extension(who): Who,
    given: Given,
) -> Answer {
    let app = &house.app;
    for _ in 0..TRIES {
        let loaded = load(app, id).await?;
        let mut changed = loaded.record.clone();
        change(&mut changed, &given.members)?;
        changed.modified = app.now();
        is_free(app, &changed).await?;
        let event = event(app, "user.changed", &who);
        let event = event.with("username", loaded.username.clone());
        let event = event.with("before", audited(&loaded));
        let mut changes = Changes::none();
        changes.replace(&loaded, &changed);
        changes.insert(&event.with("after", audited(&changed)));
        match app.records.commit(changes).await {
            Ok(()) => return Ok(shown(StatusCode::OK, &described(&changed, &house.address))),
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    Err(Fault::Contention.into())
}

/// `DELETE /users/{id}`.
pub(super) async fn delete(
    house: House,
    Subject(id): Subject,
    Extension(who): Who,
) -> Result<Response, ApiError> {
    match house.app.erase(id, &who.actor()).await? {
        true => Ok(StatusCode::NO_CONTENT.into_response()),
        false => Err(ApiError::NotFound),
    }
}

/// The person with this id.
pub(super) async fn load(app: &App, id: UserId) -> Result<Versioned<User>, ApiError> {
    let user = app.records.get::<User>(id).await?;
    user.ok_or(ApiError::NotFound)
}

/// An event that an administrator brings about in the environment.
pub(super) fn event(app: &App, name: &str, who: &AuthenticatedAdministrator) -> AuditEvent {
    AuditEvent::new(name, who.actor(), app.now(), app.random())
}

/// Writes what is given over a person.
fn change(user: &mut User, given: &Map<String, Value>) -> Result<(), ApiError> {
    let mut mistakes = Mistakes::default();
    if given.contains_key("username") {
        match mistakes.text(given, ("username", "username")) {
            Some(name) if name.len() <= User::MAX_USERNAME => name.clone_into(&mut user.username),
            Some(_) => {
                let message = format!("username has at most {} bytes.", User::MAX_USERNAME);
                mistakes.0.push(Detail::invalid("username", message));
            }
            None if mistakes.0.is_empty() => mistakes.0.push(Detail::required("username")),
            None => {}
        }
    }
    match given.get("enabled") {
        None => {}
        Some(Value::Bool(enabled)) => user.enabled = *enabled,
        Some(_) => mistakes
            .0
            .push(Detail::invalid("enabled", "enabled must be true or false.")),
    }
    apply(&mut user.profile, given, &mut mistakes);
    mistakes.check(())
}

/// Whether nobody else has the person's name.
async fn is_free(app: &App, user: &User) -> Result<(), ApiError> {
    let named = app.user_named(&user.username).await?;
    match named.is_none_or(|named| named.id == user.id) {
        true => Ok(()),
        false => Err(ApiError::Invalid(vec![Detail::taken("username")])),
    }
}

/// What an event tells of a person.
fn audited(user: &User) -> Value {
    let mut told = serde_json::to_value(user).unwrap_or_default();
    if let Some(told) = told.as_object_mut() {
        told.remove("created");
        told.remove("modified");
    }
    told
}
