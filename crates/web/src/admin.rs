//! The administration API, as PingFederate has it under `/pf-admin-api/v1`.

mod api_result;
mod body;
mod client;
mod credential;
pub(crate) mod export_key;
mod fields;
pub(crate) mod remembered;
mod settings;

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router, middleware};
use serde_json::{Value, json};

use self::api_result::AdminError;
use crate::app::App;

/// The version of PingFederate's API whose contract this is, and which its clients compare.
const CONTRACT_VERSION: &str = "12.1.0.0";

/// Every route of the administration API.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let secret = "/oauth/clients/{id}/clientAuth/clientSecret";
    Router::new()
        .route("/version", get(version))
        .route("/oauth/clients", get(client::list).post(client::create))
        .route(
            "/oauth/clients/{id}",
            get(client::read)
                .put(client::replace)
                .delete(client::delete),
        )
        .route(secret, get(client::read_secret).put(client::replace_secret))
        .route(
            "/oauth/authServerSettings",
            get(settings::read).put(settings::replace),
        )
        .method_not_allowed_fallback(async || AdminError::MethodNotAllowed)
        .fallback(async || AdminError::NotFound("There is no such resource.".to_owned()))
        .layer(middleware::from_fn_with_state(
            Arc::clone(app),
            credential::required,
        ))
}

/// `GET /version`.
async fn version() -> Json<Value> {
    Json(json!({ "version": CONTRACT_VERSION }))
}
