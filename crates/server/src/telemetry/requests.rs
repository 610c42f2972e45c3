//! What happens around every request: an id, a span, a line in the log, a count, and limits.
//!
//! Nothing here looks at a query string, a body, a cookie or an `Authorization` header: what is
//! not looked at cannot get into a log.

mod id;

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use domain::port::{Clock, Random};
use http::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, RETRY_AFTER,
};
use http::{HeaderMap, HeaderName, StatusCode};
use http_body_util::Limited;
use tokio::sync::Semaphore;
use tracing::Instrument;
use tracing::field::Empty;

use self::id::RequestIds;
use super::metrics::Metrics;
use super::{peer, traces};
use crate::config::Limits;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a page that says one sentence may do: nothing.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The target of the lines about requests, by which they can be filtered.
const ACCESS: &str = "countersign::access";

/// What machines ask for all the time.
const PROBES: [&str; 4] = [
    "/pf/heartbeat.ping",
    "/health/live",
    "/health/ready",
    "/metrics",
];

/// What watching requests takes.
pub(crate) struct Watch {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// Whether the public URL is reached by TLS.
    pub(crate) behind_tls: bool,
    /// Whether traces are sent.
    pub(crate) traced: bool,
}

struct Watching {
    watch: Watch,
    slots: Semaphore,
    ids: RequestIds,
}

/// The router, watched.
pub(crate) fn watched(router: Router, watch: Watch) -> Router {
    let slots = Semaphore::new(watch.limits.concurrent_requests);
    let ids = RequestIds::new(&*watch.random);
    let watching = Arc::new(Watching { watch, slots, ids });
    router.layer(from_fn_with_state(watching, observe))
}

/// Gives the request an id and a span, and notes how it was answered.
async fn observe(
    State(watching): State<Arc<Watching>>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let watch = &watching.watch;
    let client = client_address(&mut request, &watch.trusted_proxies);
    let id = watching.request_id(request.headers());
    request.extensions_mut().insert(web::RequestId(id.clone()));
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    let span = tracing::info_span!("request", otel.name = Empty, request_id = id);
    if watch.traced {
        span.record("otel.name", format!("{method} {route}"));
        traces::adopt(&span, request.headers());
    }
    let answered = limited(&watching, request, next).instrument(span.clone());
    let mut response = answered.await;
    // What the house answers has it already; a refusal from here and the health of the server have not.
    web::protect(response.headers_mut(), watch.behind_tls);
    let (status, took) = (response.status().as_u16(), began.elapsed());
    watch.metrics.request(&method, route, (status, took));
    if let Some(web::Issued(grant)) = response.extensions().get() {
        watch.metrics.tokens(grant);
    }
    if let Some(limited) = response.extensions().get::<web::Limited>() {
        watch.metrics.limited(limited.purpose.name());
    }
    let path = uri.path();
    let path = path.get(..path.floor_char_boundary(256)).unwrap_or(path);
    note(
        &span,
        &Answered {
            method: &method,
            path,
            status,
            took,
            client,
        },
    );
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// How a request was answered.
struct Answered<'a> {
    method: &'a http::Method,
    path: &'a str,
    status: u16,
    took: Duration,
    client: Option<IpAddr>,
}

/// Writes the one line that the log has of each request; probes are not worth it.
fn note(span: &tracing::Span, answered: &Answered<'_>) {
    let Answered {
        method,
        path,
        status,
        took,
        client,
    } = answered;
    let client = client.map(tracing::field::display);
    // Milliseconds with three digits after the point.
    let ms = (took.as_secs_f64() * 1e6).round() / 1e3;
    let _entered = span.enter();
    if *status == 200 && PROBES.contains(path) {
        tracing::debug!(target: ACCESS, %method, path, status, ms, client, "answered");
    } else {
        tracing::info!(target: ACCESS, %method, path, status, ms, client, "answered");
    }
}

/// The address of the client, which handlers see from here on.
fn client_address(request: &mut Request, trusted: &[IpAddr]) -> Option<IpAddr> {
    let ConnectInfo(peer) = *request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    let client = peer::client_address(peer, request.headers(), trusted);
    request.extensions_mut().insert(web::Peer(client.ip()));
    Some(client.ip())
}

impl Watching {
    /// The caller's id for the request if it is a sane one, else a new one.
    fn request_id(&self, headers: &HeaderMap) -> String {
        let sane = |id: &&str| {
            (1..=128).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
        let next = || self.ids.next(self.watch.clock.now()).to_string();
        given.filter(sane).map_or_else(next, str::to_owned)
    }
}

/// Keeps a request within its limits, and a panic within its request.
async fn limited(watching: &Watching, request: Request, next: Next) -> Response {
    let limits = &watching.watch.limits;
    let wants_html = wants_html(request.headers());
    let Ok(_slot) = watching.slots.try_acquire() else {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, wants_html);
    };
    let request = match announced_length(request.headers()) {
        Some(length) if length > limits.request_body => {
            return refusal(StatusCode::PAYLOAD_TOO_LARGE, wants_html);
        }
        // No more is read from a connection than was announced.
        Some(_) => request,
        None => request.map(|body| Body::new(Limited::new(body, limits.request_body))),
    };
    let answered = tokio::time::timeout(limits.request_timeout, caught(next.run(request)));
    match answered.await {
        Ok(Ok(response)) => response,
        Ok(Err(Panicked)) => refusal(StatusCode::INTERNAL_SERVER_ERROR, wants_html),
        Err(_) => refusal(StatusCode::SERVICE_UNAVAILABLE, wants_html),
    }
}

struct Panicked;

/// Comes to an end even if `future` panics. The panic itself is noted by the hook.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, Panicked> {
    let mut future = pin!(future);
    std::future::poll_fn(move |context| {
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    })
    .await
}

fn announced_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// An answer in the caller's form; it says nothing about the cause.
fn refusal(status: StatusCode, wants_html: bool) -> Response {
    let (code, sentence) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => ("invalid_request", "The request is too large."),
        StatusCode::SERVICE_UNAVAILABLE => (
            "temporarily_unavailable",
            "The server is too busy to answer. Please try again in a moment.",
        ),
        _ => (
            "server_error",
            "Something went wrong on our side. It has been noted.",
        ),
    };
    let (content_type, body) = if wants_html {
        let page = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <title>{status}</title><main><h1>{sentence}</h1></main></html>"
        );
        ("text/html; charset=utf-8", page)
    } else {
        let body = serde_json::json!({ "error": code, "error_description": sentence });
        ("application/json", body.to_string())
    };
    let mut response = (status, [(CONTENT_TYPE, content_type)], body).into_response();
    if wants_html {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, POLICY);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let soon = HeaderValue::from_static("1");
        response.headers_mut().insert(RETRY_AFTER, soon);
    }
    response
}

#[cfg(test)]
mod tests;
