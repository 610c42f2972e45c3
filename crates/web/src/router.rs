//! Every route, on one page.
//!
//! Layers that belong together are given together, the outermost first: a router keeps each that it is
//! given alone behind a pointer, and copies those for every request. What only looks at the answer is a
//! plain function of it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::Uri;
use oauth::discovery::{OAUTH_METADATA, OPENID_CONFIGURATION};
use tower::util::MapResponseLayer;

use crate::app::App;
use crate::bounds::{Bounds, RequestLimits, Unserved};
use crate::door::{
    account, authenticator, authn_api, flow, oauth as endpoint, pingid, pingone, ppm, recognize,
};
use crate::environment::{self, Entrance};
use crate::{admin, asset, bounds, header, limit, page};

/// What clients reach without a person.
fn endpoints(app: &Arc<App>, bounds: &Arc<Bounds>) -> Router<Arc<App>> {
    let (site, paths) = (&app.site, app.site.paths);
    let metadata = || get(endpoint::discovery::metadata);
    Router::new()
        .route(&site.route(OPENID_CONFIGURATION), metadata())
        .route(&site.route(OAUTH_METADATA), metadata())
        .route(&site.route(paths.jwks), get(endpoint::discovery::jwks))
        .route(
            &site.route(paths.pushed_authorization_request),
            post(endpoint::par::push),
        )
        .route(
            &site.route(paths.device_authorization),
            post(endpoint::device_authorization::device_authorization),
        )
        .route(&site.route(paths.token), post(endpoint::token::token))
        .route(
            &site.route(paths.revocation),
            post(endpoint::revocation::revoke),
        )
        .route(
            &site.route(paths.introspection),
            post(endpoint::introspection::introspect),
        )
        .route(
            &site.route(paths.userinfo),
            get(endpoint::userinfo::userinfo).post(endpoint::userinfo::userinfo),
        )
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .layer((
            from_fn_with_state(Arc::clone(app), header::cross_origin),
            MapResponseLayer::new(endpoint::reply::formed),
            from_fn_with_state(Arc::clone(bounds), bounds::kept),
        ))
}

/// What applications reach that show the pages of flows themselves.
fn flows(app: &Arc<App>, bounds: &Arc<Bounds>) -> Router<Arc<App>> {
    let path = format!("{}/{{flow}}", authn_api::FLOWS);
    Router::new()
        .route(&path, get(authn_api::read).post(authn_api::act))
        .route(authn_api::EXPLORER, get(authn_api::describe))
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .layer((
            from_fn_with_state(Arc::clone(app), authn_api::origin::of_flows),
            MapResponseLayer::new(authn_api::formed),
            from_fn_with_state(Arc::clone(bounds), bounds::kept),
        ))
}

/// What authenticators reach. Their requests are held: they have places of their own, and take nobody
/// else's.
fn authenticators(app: &Arc<App>) -> Router<Arc<App>> {
    authenticator::routes().layer((
        MapResponseLayer::new(authenticator::formed),
        from_fn_with_state(Arc::clone(&app.held), bounds::kept),
        from_fn(bounds::read),
    ))
}

/// What the clients of organisations reach: they know no addresses but the server's, and say in what
/// they post whose they are. Some of their requests are held, and take nobody else's place.
fn organizations(app: &Arc<App>) -> Router<Arc<App>> {
    let limits = app.settings.request_limits;
    let bounds = Bounds::new(RequestLimits {
        timeout: limits.timeout.max(pingid::LONGEST),
        ..limits
    });
    pingid::routes()
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .layer((
            from_fn_with_state(Arc::clone(app), pingid::formed),
            from_fn_with_state(bounds, bounds::kept),
        ))
}

/// What people reach with their browsers.
fn browser(app: &Arc<App>, bounds: &Arc<Bounds>) -> Router<Arc<App>> {
    let (site, paths) = (&app.site, app.site.paths);
    // Clients know no addresses but the server's: whose house it is they say in what they post.
    let posted = match site.environment {
        Some(_) => Router::new(),
        None => ppm::routes().merge(pingid::activations()),
    };
    let forms = Router::new()
        .route(site.flow_route(), get(flow::show).post(flow::submit))
        .merge(account::routes())
        .merge(posted)
        .layer(from_fn_with_state(Arc::clone(app), limit::forms));
    let to_account = Redirect::to(&site.page("/account"));
    let own = match site.environment {
        Some(_) => environment_only(),
        None => server_only(),
    };
    let authorization = Router::new()
        .route(
            &site.route(paths.authorization),
            get(endpoint::authorize::authorize).post(endpoint::authorize::authorize),
        )
        .route(
            site.device_route(),
            get(endpoint::user_authorization::user_authorization)
                .post(endpoint::user_authorization::user_authorization),
        )
        // Before the layer, which is to see preflights as well.
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .layer(from_fn_with_state(
            Arc::clone(app),
            authn_api::origin::of_start,
        ));
    own.merge(authorization)
        .route(
            &site.route(paths.end_session),
            get(endpoint::logout::logout).post(endpoint::logout::logout),
        )
        .route("/", get(to_account))
        .merge(authenticator::pages())
        .merge(forms)
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .layer((
            from_fn_with_state(Arc::clone(app), page::error::drawn),
            from_fn_with_state(Arc::clone(bounds), bounds::kept),
        ))
}

/// What the server has for its environments as well.
fn server_only() -> Router<Arc<App>> {
    Router::new()
        .route("/assets/brand.css", get(brand_style))
        .route("/assets/{name}", get(asset::file))
        .merge(ppm::related_origins())
}

/// What applications reach of an environment that show the pages of flows themselves.
fn environment_flows(app: &Arc<App>, bounds: &Arc<Bounds>) -> Router<Arc<App>> {
    Router::new()
        .route(pingone::ROUTE, get(pingone::read).post(pingone::act))
        .merge(pingone::device::routes())
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .layer((
            from_fn_with_state(Arc::clone(app), header::cross_origin),
            from_fn_with_state(Arc::clone(app), pingone::formed),
            from_fn_with_state(Arc::clone(bounds), bounds::kept),
            from_fn(bounds::read),
        ))
}

/// What only environments have.
fn environment_only() -> Router<Arc<App>> {
    Router::new().route("/as/resume", get(flow::lead).post(flow::lead))
}

/// What people's devices and the backends of customers reach of Recognize. A session is no request: it
/// has places and limits of its own.
fn recognition(bounds: &Arc<Bounds>) -> Router<Arc<App>> {
    recognize::api::routes()
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
        .layer(from_fn_with_state(Arc::clone(bounds), bounds::kept))
        .merge(recognize_session())
}

/// Sessions of Recognize: by a customer's leave at the server's address, by a ticket at that of the house
/// which has given it out, where the browser brings its cookies.
fn recognize_session() -> Router<Arc<App>> {
    Router::new()
        .route(recognize::PATH, get(recognize::connect))
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
}

/// What is at no path of ours: an environment's, or nobody's.
fn elsewhere(app: &Arc<App>, bounds: &Arc<Bounds>, entrance: Entrance) -> Router<Arc<App>> {
    let bounds = Arc::clone(bounds);
    let serve = async move |State(app): State<Arc<App>>, request: Request| match registered(
        &app,
        entrance,
        request.uri(),
    ) {
        Some(page) => page,
        None => environment::serve(&app, &bounds, entrance, request).await,
    };
    let elsewhere = Router::new().fallback(serve);
    match entrance {
        Entrance::Runtime => {
            elsewhere.layer(from_fn_with_state(Arc::clone(app), page::error::drawn))
        }
        Entrance::MutualTls => elsewhere.layer(MapResponseLayer::new(endpoint::reply::formed)),
    }
}

/// The page for the codes of devices, at the other path that an administrator has set for it.
fn registered(app: &App, entrance: Entrance, uri: &Uri) -> Option<Response> {
    let settings = app.live.settings();
    let path = settings.registered_authorization_path.as_str();
    let is_meant = matches!(entrance, Entrance::Runtime) && !path.is_empty() && uri.path() == path;
    let page = app.site.device_page();
    let page = uri
        .query()
        .map_or(page.clone(), |query| format!("{page}?{query}"));
    is_meant.then(|| Redirect::to(&page).into_response())
}

/// What people, their browsers and clients reach.
pub fn runtime(app: &Arc<App>) -> Router {
    let bounds = Bounds::new(app.settings.request_limits);
    endpoints(app, &bounds)
        .merge(flows(app, &bounds))
        .merge(authenticators(app))
        .merge(recognition(&bounds))
        .merge(organizations(app))
        .merge(browser(app, &bounds))
        .merge(elsewhere(app, &bounds, Entrance::Runtime))
        .layer(secured(app))
        .with_state(Arc::clone(app))
}

/// What people, their browsers and clients reach of an environment.
pub(crate) fn environment(app: &Arc<App>, bounds: &Arc<Bounds>) -> Router {
    let nowhere = Router::new().fallback(async || Unserved::NotFound).layer((
        from_fn_with_state(Arc::clone(app), page::error::drawn),
        from_fn_with_state(Arc::clone(bounds), bounds::kept),
        from_fn(bounds::read),
    ));
    endpoints(app, bounds)
        .merge(environment_flows(app, bounds))
        .merge(authenticators(app))
        .merge(recognize_session())
        .merge(browser(app, bounds))
        .route_layer(from_fn(environment::matched))
        .merge(nowhere)
        .with_state(Arc::clone(app))
}

/// What clients reach where they show certificates: no page, so that no person is asked for one.
pub fn mutual_tls(app: &Arc<App>) -> Router {
    let bounds = Bounds::new(app.settings.request_limits);
    endpoints(app, &bounds)
        .merge(elsewhere(app, &bounds, Entrance::MutualTls))
        .layer(secured(app))
        .with_state(Arc::clone(app))
}

/// What clients reach of an environment where they show certificates.
pub(crate) fn environment_mutual_tls(app: &Arc<App>, bounds: &Arc<Bounds>) -> Router {
    endpoints(app, bounds)
        .route_layer(from_fn(environment::matched))
        .fallback(async || Unserved::NotFound)
        .layer(MapResponseLayer::new(endpoint::reply::formed))
        .with_state(Arc::clone(app))
}

/// What administrators and their tools reach.
pub fn administration(app: &Arc<App>) -> Router {
    let bounds = Bounds::new(app.settings.request_limits);
    let environments = environment::api::routes(app, &bounds);
    Router::new()
        .nest(admin::PATH, admin::routes(app))
        .fallback(async || Unserved::NotFound)
        .layer((
            MapResponseLayer::new(admin::formed),
            from_fn_with_state(bounds, bounds::kept),
        ))
        .nest(environment::api::PATH, environments)
        .layer(secured(app))
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

/// Protects every answer.
fn secured(app: &Arc<App>) -> MapResponseLayer<impl Fn(Response) -> Response + Clone + use<>> {
    let app = Arc::clone(app);
    MapResponseLayer::new(move |response| header::secure(&app, response))
}

async fn brand_style(State(app): State<Arc<App>>) -> Response {
    asset::fresh("text/css; charset=utf-8", app.pages.brand_style())
}
