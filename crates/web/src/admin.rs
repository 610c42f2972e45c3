//! The administration API, as PingFederate has it under `/pf-admin-api/v1`.

mod api_result;
mod bearer;
mod body;
mod certificate;
mod config_store;
pub mod configuration;
mod credential;
mod descriptor;
pub(crate) mod export_key;
mod handler;
mod openapi;
mod part;
pub(crate) mod remembered;
mod resource;
mod schema;

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router, middleware};
use serde_json::{Value, json};

pub(crate) use self::api_result::{AdminError, formed};
pub(crate) use self::credential::{AuthenticatedAdministrator, proved};
pub(crate) use self::handler::alone;
use self::openapi::{Described, Operation};
use self::resource::config_store::CONFIG_STORE;
use self::resource::{PARTS, RESOURCES, client};
use self::schema::{LINE, Object, text};
use crate::app::App;
use crate::bounds::Unserved;

/// The version of PingFederate's API whose contract this is, and which its clients compare.
const CONTRACT_VERSION: &str = "12.1.0.0";

/// Where the administration API begins.
pub(crate) const PATH: &str = "/pf-admin-api/v1";

/// Every route of the administration API.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    // A switch has two parts to its address.
    let usual = RESOURCES.iter().filter(|it| it.path != CONFIG_STORE.path);
    let resources = usual.map(|resource| handler::routes(resource));
    let parts = PARTS.iter().filter(|part| part.is_served);
    let all = resources.chain(parts.map(|part| part::routes(part)));
    all.fold(Router::new(), Router::merge)
        .merge(client::secret_routes())
        .merge(config_store::routes())
        .merge(certificate::routes())
        .merge(descriptor::routes())
        .merge(openapi::routes())
        .route("/version", get(version))
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .fallback(async || Unserved::NotFound)
        .layer(middleware::from_fn_with_state(
            Arc::clone(app),
            credential::required,
        ))
}

const VERSION: Object = Object {
    name: "Version",
    about: "Whose contract this is.",
    fields: &[text("version", &LINE).required()],
};

fn version_described() -> Described {
    Described {
        path: "/version".to_owned(),
        operations: vec![Operation::read("The version of the contract.", &VERSION)],
    }
}

/// `GET /version`.
async fn version() -> Json<Value> {
    Json(json!({ "version": CONTRACT_VERSION }))
}
