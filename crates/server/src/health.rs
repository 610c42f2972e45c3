//! Whether the server lives, and whether it can do its work.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::port::Records;
use domain::{KeyState, SigningKeyRecord};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::telemetry::metrics::Metrics;

/// The addresses at which both listeners tell how they are.
pub(crate) fn router(records: Records) -> Router {
    Router::new()
        .route("/pf/heartbeat.ping", get(async || text("OK")))
        .route("/health/live", get(async || text("live\n")))
        .route("/health/ready", get(ready))
        .with_state(records)
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

/// The store answers, and there is a key to sign with.
async fn ready(State(records): State<Records>) -> Response {
    let keys = records.all::<SigningKeyRecord>().await;
    match keys {
        Ok(keys) if keys.iter().any(|key| key.state == KeyState::Active) => text("ready\n"),
        Ok(_) => (StatusCode::SERVICE_UNAVAILABLE, text("no signing key\n")).into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, text("no store\n")).into_response()
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
