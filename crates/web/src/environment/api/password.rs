//! `/v1/environments/{environment}/users/{id}/password`: setting a person's password.

use authn::account::{Access, Ended, Ending, end_sessions};
use authn::factor::password::NewPassword;
use axum::Extension;
use axum::response::{IntoResponse, Response};
use domain::port::{Changes, CommitError};
use domain::{Grant, Password, UserId};
use http::StatusCode;
use serde_json::Value;

use super::given::Given;
use super::house::House;
use super::user::{Subject, Who, event, load};
use crate::app::App;
use crate::environment::error::{ApiError, Detail};
use crate::fault::Fault;

/// The media type of the action.
const SET: &str = "application/vnd.pingidentity.password.set+json";

/// How often a change is decided anew when others change the same person.
const TRIES: usize = 8;

/// `PUT /users/{id}/password`: whoever is signed on as them no longer is.
pub(super) async fn set(
    house: House,
    Subject(id): Subject,
    Extension(who): Who,
    given: Given,
) -> Result<Response, ApiError> {
    let app = &house.app;
    if given.media_type != SET {
        return Err(ApiError::Body(
            "The Content-Type must be application/vnd.pingidentity.password.set+json.",
        ));
    }
    let user = load(app, id).await?;
    let (text, must_change) = (text(&given)?, must_change(&given)?);
    let accepted = NewPassword::accept(text, &user.username, None);
    let accepted = accepted.map_err(|rule| invalid("value", rule.to_string()))?;
    let hash = app
        .ports
        .passwords
        .hash(accepted)
        .await
        .map_err(Fault::from)?;
    let hash = hash.into_secret();
    for _ in 0..TRIES {
        let stored = app.records.get::<Password>(id).await?;
        let (ended, mut changes) = end_of_access(app, id).await?;
        let password = Password {
            user: id,
            hash: hash.clone(),
            changed: app.now(),
            must_change,
        };
        changes.upsert(stored.as_ref(), &password);
        changes.check(id, Some(&load(app, id).await?));
        let event = event(app, "password.set", &who);
        let event = event.with("username", user.username.clone());
        let event = event.with("sessions_ended", ended.sessions);
        changes.insert(&event.with("grants_ended", ended.grants));
        match app.records.commit(changes).await {
            Ok(()) => {
                end_late_access(app, id).await?;
                return Ok(StatusCode::NO_CONTENT.into_response());
            }
            Err(CommitError::Store(error)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    Err(Fault::Contention.into())
}

fn text(given: &Given) -> Result<&str, ApiError> {
    let value = given.members.get("value").and_then(Value::as_str);
    value.ok_or_else(|| ApiError::Invalid(vec![Detail::required("value")]))
}

/// Whether another is to be set at the next sign-on.
fn must_change(given: &Given) -> Result<bool, ApiError> {
    match given.members.get("forceChange") {
        None => Ok(false),
        Some(Value::Bool(forced)) => Ok(*forced),
        Some(_) => Err(invalid("forceChange", "It must be true or false.")),
    }
}

fn invalid(target: &str, message: impl Into<String>) -> ApiError {
    ApiError::Invalid(vec![Detail::invalid(target, message)])
}

/// Ends what was too much to end at once, and what was begun or granted while it was ended.
async fn end_late_access(app: &App, id: UserId) -> Result<(), ApiError> {
    loop {
        let (ended, changes) = end_of_access(app, id).await?;
        if ended == Ended::NONE {
            return Ok(());
        }
        match app.records.commit(changes).await {
            Err(CommitError::Store(error)) => return Err(error.into()),
            Ok(()) | Err(CommitError::Conflict | CommitError::Claimed) => {}
        }
    }
}

/// What ends the sessions of someone, and all grants: somebody else may have been them.
async fn end_of_access(app: &App, id: UserId) -> Result<(Ended, Changes), ApiError> {
    let ends = |grant: &Grant| Ending::Everything.ends_grant(grant);
    let access = Access {
        sessions: app.records.find(0, id).await?,
        grants: app.records.find_wanted(0, id, ends).await?,
    };
    Ok(end_sessions(id, &access, Ending::Everything))
}
