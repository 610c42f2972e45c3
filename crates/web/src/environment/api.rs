//! `PingOne`'s management API: `/v1/environments` and what is below, on the administration listener.
//!
//! Whoever may use the administration API may use this, with the same credentials. Clients of `PingOne`
//! send no `X-XSRF-Header`; what keeps other sites' pages out is that no browser is let in which acts
//! for a page, and that whatever changes something has to be JSON.

mod application;
mod attribute;
mod collection;
mod cors;
mod device;
mod given;
mod house;
mod organization;
mod password;
mod policy;
mod profile;
mod shelf;
mod template;
mod user;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use http::header::ORIGIN;
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::Value;

use super::error::ApiError;
use crate::admin::{self, AdminError};
use crate::app::App;
use crate::bounds::{self, Bounds, Unserved};
use crate::extract::Peer;

/// Where the API begins.
pub(crate) const PATH: &str = "/v1";

/// Every route of the API.
pub(crate) fn routes(app: &Arc<App>, bounds: &Arc<Bounds>) -> Router<Arc<App>> {
    Router::new()
        .route("/environments", get(house::list).post(house::add))
        .route(
            "/environments/{environment}",
            get(house::read).delete(house::delete),
        )
        .route(
            "/environments/{environment}/applications",
            get(application::list).post(application::create),
        )
        .route(
            "/environments/{environment}/applications/{id}",
            get(application::read)
                .put(application::replace)
                .delete(application::delete),
        )
        .route(
            "/environments/{environment}/applications/{id}/secret",
            get(application::read_secret).post(application::rotate_secret),
        )
        .merge(people())
        .merge(organization::routes())
        .merge(policy::routes())
        .merge(template::routes())
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .fallback(async || Unserved::NotFound)
        .layer(from_fn_with_state(Arc::clone(app), required))
        .layer(from_fn_with_state(Arc::clone(bounds), bounds::kept))
        .layer(from_fn_with_state(Arc::clone(app), formed))
}

/// The people of an environment, and what they have.
fn people() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/environments/{environment}/users",
            get(user::list).post(user::create),
        )
        .route(
            "/environments/{environment}/users/{id}",
            get(user::read).patch(user::update).delete(user::delete),
        )
        .route(
            "/environments/{environment}/users/{id}/password",
            put(password::set),
        )
        .route(
            "/environments/{environment}/users/{id}/mfaEnabled",
            get(device::read_mfa_enabled).put(device::set_mfa_enabled),
        )
        .route(
            "/environments/{environment}/users/{id}/devices",
            get(device::list).post(device::create),
        )
        .route(
            "/environments/{environment}/users/{id}/devices/{device}",
            get(device::read).post(device::act).delete(device::delete),
        )
        .route(
            "/environments/{environment}/users/{id}/devices/{device}/nickname",
            put(device::set_nickname),
        )
        .route(
            "/environments/{environment}/users/{id}/pairingKeys",
            get(device::pairing_key::list).post(device::pairing_key::create),
        )
        .route(
            "/environments/{environment}/users/{id}/pairingKeys/{device}",
            get(device::pairing_key::read).delete(device::pairing_key::delete),
        )
}

/// A refusal that [`formed`] makes an answer of.
type Refused = ApiError;

/// An answer with a resource.
type Answer = Result<Response, Refused>;

/// A resource as it is answered.
fn shown(status: StatusCode, resource: &Value) -> Response {
    let media_type = (
        http::header::CONTENT_TYPE,
        "application/hal+json;charset=UTF-8",
    );
    (status, [media_type], resource.to_string()).into_response()
}

/// Lets only administrators through, and only to what their role allows.
async fn required(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    if acts_for_a_page(request.headers()) {
        return ApiError::Forbidden.into_response();
    }
    let peer = Peer::of(request.extensions());
    let proved = admin::proved(&app, request.headers(), peer).await;
    match proved.and_then(|it| it.allowed(request.method())) {
        Ok(administrator) => {
            request.extensions_mut().insert(administrator);
            next.run(request).await
        }
        Err(AdminError::Limited(limited)) => limited.mark(ApiError::Limited.into_response()),
        Err(refusal) => ApiError::from(refusal).into_response(),
    }
}

/// Whether a browser makes the request for a page: it may add the password of whoever sits before it.
/// Fetch §3.1 and Fetch Metadata §2: no page can leave these headers out.
fn acts_for_a_page(headers: &HeaderMap) -> bool {
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    headers.contains_key(ORIGIN) || site.is_some_and(|site| site != "none")
}

/// Gives refusals, and what is not served, the form of this API.
async fn formed(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        return bounds::in_place_of(response, error.respond(&app));
    }
    Unserved::formed(response, |unserved| ApiError::from(unserved).respond(&app))
}
