//! Whose scripts may read the answers of the authentication API (Fetch §3.2): those of the
//! applications that an administrator has named.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderValue, Method, StatusCode};

use crate::app::App;

/// Marks an answer of the authorization endpoint that is this door's own. Scripts may read no other
/// of it: what it has for one client must not be read by the application of another.
#[derive(Clone, Copy)]
pub(super) struct Told;

/// Lets scripts of the applications read the answers about flows.
pub(crate) async fn of_flows(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    shared(&app, request, next, |_| true).await
}

/// Lets them read those answers of the authorization endpoint that are this door's.
pub(crate) async fn of_start(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let is_told = |response: &Response| response.extensions().get::<Told>().is_some();
    shared(&app, request, next, is_told).await
}

async fn shared(
    app: &App,
    request: Request,
    next: Next,
    may_be_read: impl Fn(&Response) -> bool,
) -> Response {
    let api = app.live.authn_api();
    let origin = request.headers().get(ORIGIN);
    let allowed = origin.filter(|origin| api.allows(origin)).cloned();
    let asks = request.headers();
    let preflight =
        request.method() == Method::OPTIONS && asks.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match preflight {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    if !preflight && !may_be_read(&response) {
        return response;
    }
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = allowed else {
        return response;
    };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let yes = HeaderValue::from_static("true");
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    let exposed = HeaderValue::from_static("Retry-After");
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    if preflight {
        let methods = HeaderValue::from_static("GET, POST");
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        let names = api.state_headers().map(http::HeaderName::as_str);
        let names: Vec<&str> = ["content-type", "x-xsrf-header"]
            .into_iter()
            .chain(names)
            .collect();
        if let Ok(names) = HeaderValue::from_str(&names.join(", ")) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
        }
        let kept = HeaderValue::from_static("600");
        headers.insert(ACCESS_CONTROL_MAX_AGE, kept);
    }
    response
}
