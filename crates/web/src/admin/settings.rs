//! `/oauth/authServerSettings`: the settings of the authorization server.

mod resource;

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use domain::port::Changes;
use domain::{AuditEvent, ServerSettings};
use oauth::Decision;
use serde_json::Value;

use super::api_result::AdminError;
use super::body::Resource;
use super::credential::AuthenticatedAdministrator;
use crate::app::App;
use crate::fault::Fault;

/// `GET /oauth/authServerSettings`.
pub(crate) async fn read(State(app): State<Arc<App>>) -> Result<Json<Value>, AdminError> {
    app.live.follow().await?;
    Ok(Json(resource::write(&app.live.settings())))
}

/// `PUT /oauth/authServerSettings`.
pub(crate) async fn replace(
    State(app): State<Arc<App>>,
    Extension(who): Extension<AuthenticatedAdministrator>,
    Resource(resource): Resource,
) -> Result<Json<Value>, AdminError> {
    let settings = resource::read(&resource).map_err(AdminError::Invalid)?;
    let decide = || async {
        let existing = app
            .records
            .get::<ServerSettings>(ServerSettings::KEY)
            .await?;
        let mut changes = Changes::none();
        changes.upsert(existing.as_ref(), &settings);
        let event = AuditEvent::new("settings.changed", who.actor(), app.now(), app.random());
        changes.insert(&event);
        Ok(Decision::<_, AdminError>::accept((), changes))
    };
    app.carry_out(decide, || Fault::Contention.into()).await??;
    app.live.follow().await?;
    Ok(Json(resource::write(&settings)))
}
