//! What happens around every request: an id, a span, a line in the log, and a count.
//!
//! Nothing here looks at a query string, a body, a cookie or an `Authorization` header: what is
//! not looked at cannot get into a log.

mod id;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use domain::ClientId;
use domain::port::{Clock, Random};
use http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Instrument;
use tracing::field::{Empty, display};

use self::id::RequestIds;
use super::metrics::Metrics;
use super::{peer, traces};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// The header in which those say from which country a request comes.
    pub(crate) country_header: Option<HeaderName>,
    /// Whether the public URL is reached by TLS.
    pub(crate) behind_tls: bool,
    /// Whether traces are sent.
    pub(crate) traced: bool,
}

struct Watching {
    watch: Watch,
    ids: RequestIds,
}

/// The router, watched.
pub(crate) fn watched(router: Router, watch: Watch) -> Router {
    let ids = RequestIds::new(&*watch.random);
    let watching = Arc::new(Watching { watch, ids });
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
    note_country(&mut request, watch);
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
    let mut response = next.run(request).instrument(span.clone()).await;
    // What the house answers has it already; what tells about the server has not.
    web::protect(response.headers_mut(), watch.behind_tls);
    let (status, took) = (response.status().as_u16(), began.elapsed());
    // What an environment answers tells by which of its routes.
    let within = response.extensions().get::<MatchedPath>();
    let route = within.map_or(route, MatchedPath::as_str);
    watch.metrics.request(&method, route, (status, took));
    let issued = response.extensions().get::<web::Issued>();
    if let Some(issued) = issued {
        watch.metrics.tokens(issued.grant_type);
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
            issued,
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
    /// Which tokens were in the answer, if there were any.
    issued: Option<&'a web::Issued>,
}

/// Writes the one line that the log has of each request; probes are not worth it.
fn note(span: &tracing::Span, answered: &Answered<'_>) {
    let Answered {
        method,
        path,
        status,
        took,
        client,
        issued,
    } = answered;
    let client = client.map(display);
    // Milliseconds with three digits after the point.
    let ms = (took.as_secs_f64() * 1e6).round() / 1e3;
    let _entered = span.enter();
    if *status == 200 && PROBES.contains(path) {
        tracing::debug!(target: ACCESS, %method, path, status, ms, client, "answered");
    } else if let Some(web::Issued {
        grant_type,
        client: client_id,
        grant,
    }) = issued
    {
        let client_id = client_id.as_ref().map(ClientId::as_str);
        let (grant, user) = grant.unzip();
        let (grant, user) = (grant.map(display), user.map(display));
        tracing::info!(
            target: ACCESS, %method, path, status, ms, client, grant_type, client_id, grant, user,
            "issued tokens"
        );
    } else {
        tracing::info!(target: ACCESS, %method, path, status, ms, client, "answered");
    }
}

/// Notes from which country a trusted proxy says that the request comes.
fn note_country(request: &mut Request, watch: &Watch) {
    let Some(name) = &watch.country_header else {
        return;
    };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_trusted = peer.is_some_and(|peer| watch.trusted_proxies.contains(&peer.0.ip()));
    let mut named = request.headers().get_all(name).iter();
    // Of several nobody can tell which the proxy has written.
    if let (true, Some(country), None) = (is_trusted, named.next(), named.next())
        && let Ok(country) = country.to_str()
    {
        let country = web::Country(country.trim().to_owned());
        request.extensions_mut().insert(country);
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

#[cfg(test)]
mod tests;
