//! Every route, on one page.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use oauth::discovery::paths;

use crate::app::App;
use crate::bounds::{Bounds, Unserved};
use crate::door::{account, authn_api, flow, oauth as endpoint};
use crate::{admin, asset, bounds, header, limit, page};

/// What clients reach without a person.
fn endpoints(app: &Arc<App>, bounds: &Arc<Bounds>) -> Router<Arc<App>> {
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
        .route(
            paths::PUSHED_AUTHORIZATION_REQUEST,
            post(endpoint::par::push),
        )
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
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .layer(from_fn_with_state(Arc::clone(bounds), bounds::kept))
        .layer(from_fn(endpoint::reply::formed))
        .layer(from_fn_with_state(Arc::clone(app), header::cross_origin))
}

/// What applications reach that draw the pages of flows themselves.
fn flows(app: &Arc<App>, bounds: &Arc<Bounds>) -> Router<Arc<App>> {
    let path = format!("{}/{{flow}}", authn_api::FLOWS);
    Router::new()
        .route(&path, get(authn_api::read).post(authn_api::act))
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .layer(from_fn_with_state(Arc::clone(bounds), bounds::kept))
        .layer(from_fn(authn_api::formed))
        .layer(from_fn_with_state(
            Arc::clone(app),
            authn_api::origin::of_flows,
        ))
}

/// What people, their browsers and clients reach.
pub fn runtime(app: &Arc<App>) -> Router {
    let bounds = Bounds::new(app.settings.request_limits);
    let forms = Router::new()
        .route(
            "/as/{flow}/resume/as/authorization.ping",
            get(flow::show).post(flow::submit),
        )
        .merge(account::routes())
        .layer(from_fn_with_state(Arc::clone(app), limit::forms));
    let authorization = Router::new()
        .route(
            paths::AUTHORIZATION,
            get(endpoint::authorize::authorize).post(endpoint::authorize::authorize),
        )
        .layer(from_fn_with_state(
            Arc::clone(app),
            authn_api::origin::of_start,
        ));
    let browser = Router::new()
        .merge(authorization)
        .route(
            paths::END_SESSION,
            get(endpoint::logout::logout).post(endpoint::logout::logout),
        )
        .route("/", get(async || Redirect::to("/account")))
        .route("/assets/brand.css", get(brand_style))
        .route("/assets/{name}", get(asset::file))
        .merge(forms)
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .fallback(async || Unserved::NotFound)
        .layer(from_fn_with_state(Arc::clone(&bounds), bounds::kept))
        .layer(from_fn_with_state(Arc::clone(app), page::error::drawn));
    endpoints(app, &bounds)
        .merge(flows(app, &bounds))
        .merge(browser)
        .layer(from_fn_with_state(Arc::clone(app), header::secure))
        .with_state(Arc::clone(app))
}

/// What clients reach where they show certificates: no page, so that no person is asked for one.
pub fn mutual_tls(app: &Arc<App>) -> Router {
    let bounds = Bounds::new(app.settings.request_limits);
    endpoints(app, &bounds)
        .fallback(async || Unserved::NotFound)
        .layer(from_fn(endpoint::reply::formed))
        .layer(from_fn_with_state(Arc::clone(app), header::secure))
        .with_state(Arc::clone(app))
}

/// What administrators and their tools reach.
pub fn administration(app: &Arc<App>) -> Router {
    let bounds = Bounds::new(app.settings.request_limits);
    Router::new()
        .nest(admin::PATH, admin::routes(app))
        .fallback(async || Unserved::NotFound)
        .layer(from_fn_with_state(bounds, bounds::kept))
        .layer(from_fn(admin::formed))
        .layer(from_fn_with_state(Arc::clone(app), header::secure))
        .with_state(Arc::clone(app))
}

/// What tells about the server, kept within bounds of its own: it answers also when there is no place
/// left for requests of any other kind.
pub fn telling(app: &App, router: Router) -> Router {
    let bounds = Bounds::new(app.settings.request_limits);
    router
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .layer(from_fn_with_state(bounds, bounds::kept))
}

async fn brand_style(State(app): State<Arc<App>>) -> Response {
    asset::fresh("text/css; charset=utf-8", app.pages.brand_style())
}
