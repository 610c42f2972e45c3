//! Whether the server lives, and whether it can do its work.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use web::App;

use crate::telemetry::metrics::Metrics;

/// The addresses at which both listeners tell how they are.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/pf/heartbeat.ping", get(async || text("OK")))
        .route("/health/live", get(async || text("live\n")))
        .route("/health/ready", get(ready))
        .with_state(app)
}

/// The address at which the administration listener tells what it has counted.
pub(crate) fn metrics_router(metrics: Arc<Metrics>) -> Router {
    Router::new()
        .route("/metrics", get(measured))
        .with_state(metrics)
}

fn text(text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}

/// The store answers, and there are keys to sign with.
async fn ready(State(app): State<Arc<App>>) -> Response {
    match app.ready().await {
        Ok(()) => text("ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, text("not ready\n")).into_response()
        }
    }
}

async fn measured(State(metrics): State<Arc<Metrics>>) -> Response {
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics.text() {
        Ok(text) => ([(CONTENT_TYPE, content_type)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
