//! Every route, on one page.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use oauth::discovery::paths;

use crate::app::App;
use crate::door::{account, flow, oauth as endpoint};
use crate::extract::Visit;
use crate::page::error::{PageError, PageRefusal};
use crate::{admin, asset, header, limit, page};

/// What clients reach without a person.
fn endpoints(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route(
            "/.well-known/openid-configuration",
            get(endpoint::discovery::metadata),
        )
        .route(
            "/.well-known/oauth-authorization-server",
            get(endpoint::discovery::metadata),
        )
        .route(paths::JWKS, get(endpoint::discovery::jwks))
        .route(paths::TOKEN, post(endpoint::token::token))
        .route(paths::REVOCATION, post(endpoint::revocation::revoke))
        .route(
            paths::INTROSPECTION,
            post(endpoint::introspection::introspect),
        )
        .route(
            paths::USERINFO,
            get(endpoint::userinfo::userinfo).post(endpoint::userinfo::userinfo),
        )
        .layer(from_fn_with_state(Arc::clone(app), header::cross_origin))
}

/// What people, their browsers and clients reach.
pub fn runtime(app: &Arc<App>) -> Router {
    let forms = Router::new()
        .route(
            "/as/{flow}/resume/as/authorization.ping",
            get(flow::show).post(flow::submit),
        )
        .merge(account::routes())
        .layer(from_fn_with_state(Arc::clone(app), limit::forms));
    let browser = Router::new()
        .route(
            paths::AUTHORIZATION,
            get(endpoint::authorize::authorize).post(endpoint::authorize::authorize),
        )
        .route(
            paths::END_SESSION,
            get(endpoint::logout::logout).post(endpoint::logout::logout),
        )
        .route("/", get(async || Redirect::to("/account")))
        .route("/assets/brand.css", get(brand_style))
        .route("/assets/{name}", get(asset::file))
        .merge(forms)
        .layer(from_fn_with_state(Arc::clone(app), page::error::drawn));
    endpoints(app)
        .merge(browser)
        .fallback(not_found)
        .layer(from_fn_with_state(Arc::clone(app), header::secure))
        .with_state(Arc::clone(app))
}

/// What clients reach where they show certificates: no page, so that no person is asked for one.
pub fn mutual_tls(app: &Arc<App>) -> Router {
    endpoints(app)
        .layer(from_fn_with_state(Arc::clone(app), header::secure))
        .with_state(Arc::clone(app))
}

/// What administrators and their tools reach.
pub fn administration(app: &Arc<App>) -> Router {
    Router::new()
        .nest("/pf-admin-api/v1", admin::routes(app))
        .layer(from_fn_with_state(Arc::clone(app), header::secure))
        .with_state(Arc::clone(app))
}

async fn brand_style(State(app): State<Arc<App>>) -> Response {
    asset::fresh("text/css; charset=utf-8", app.pages.brand_style())
}

async fn not_found(State(app): State<Arc<App>>, visit: Visit) -> Response {
    PageRefusal::from(PageError::NotFound).page(&app, &visit.frame)
}
