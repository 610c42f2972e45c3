//! Headers that every answer carries, and who may read it across origins.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, ORIGIN, PRAGMA, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use domain::ClientId;

use crate::app::App;

/// Protects every answer of a router.
pub(crate) fn secure(app: &App, mut response: Response) -> Response {
    protect(response.headers_mut(), app.is_behind_tls());
    response
}

/// Adds what keeps an answer from being misread, framed, or kept where it should not be, unless it
/// is there already. `behind_tls` is whether the public URL is reached by TLS.
pub fn protect(headers: &mut HeaderMap, behind_tls: bool) {
    if headers.contains_key(X_FRAME_OPTIONS) {
        return;
    }
    set(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, X_FRAME_OPTIONS, "DENY");
    set(headers, REFERRER_POLICY, "no-referrer");
    if behind_tls {
        set(headers, STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    // RFC 6749 §5.1: "The authorization server MUST include the HTTP "Cache-Control" response
    // header field with a value of "no-store" in any response containing tokens, credentials".
    if !headers.contains_key(CACHE_CONTROL) {
        set(headers, CACHE_CONTROL, "no-store");
        set(headers, PRAGMA, "no-cache");
    }
}

/// Lets scripts of the allowed origins call an endpoint (Fetch §3.2).
pub(crate) async fn cross_origin(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let allowed = request
        .headers()
        .get(ORIGIN)
        .filter(|o| is_allowed(&app, o))
        .cloned();
    let preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match preflight {
        true => StatusCode::NO_CONTENT.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = allowed {
        if brings_cookies(&app, &origin) {
            set(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        // RFC 9449 §8: "the server needs to make it available to the application by including
        // DPoP-Nonce in the Access-Control-Expose-Headers response header list value."
        let exposed = "DPoP-Nonce, Retry-After, WWW-Authenticate";
        set(headers, ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        if preflight {
            set(headers, ACCESS_CONTROL_ALLOW_METHODS, "GET, POST");
            set(
                headers,
                ACCESS_CONTROL_ALLOW_HEADERS,
                "Authorization, Content-Type, DPoP",
            );
            set(headers, ACCESS_CONTROL_MAX_AGE, "600");
        }
    }
    response
}

/// Lets scripts of an allowed origin read one answer.
pub(crate) fn share(app: &App, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin.filter(|origin| is_allowed(app, origin)) {
        if brings_cookies(app, origin) {
            set(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
}

/// Lets scripts of an application's origins, and of those that are allowed to all, read one answer to
/// that application.
pub(crate) fn share_with(
    app: &App,
    client: Option<&ClientId>,
    origin: Option<&HeaderValue>,
    headers: &mut HeaderMap,
) {
    let origins = app.live.origins();
    // What there is for one application must not be read by another.
    let is_others = |origin: &HeaderValue| {
        let is_its = client.is_some_and(|client| origins.has_of(client, origin));
        !is_its && !is_allowed_to_all(app, origin)
    };
    let origin = origin.filter(|origin| !is_others(origin));
    share(app, origin, headers);
}

fn is_allowed(app: &App, origin: &HeaderValue) -> bool {
    is_allowed_to_all(app, origin) || app.live.origins().has(origin)
}

fn is_allowed_to_all(app: &App, origin: &HeaderValue) -> bool {
    let settings = app.live.settings();
    let mut allowed = settings.allowed_origins.iter();
    allowed.any(|known| known == "*" || known.as_bytes() == origin.as_bytes())
}

/// Whether scripts of an allowed origin may send what the browser has of ours: in an environment, whose
/// clients do, and only those of an origin that is named.
fn brings_cookies(app: &App, origin: &HeaderValue) -> bool {
    let settings = app.live.settings();
    let mut named = settings.allowed_origins.iter();
    let mut is_named = || named.any(|known| known.as_bytes() == origin.as_bytes());
    app.site.environment.is_some() && (is_named() || app.live.origins().has(origin))
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
