//! Whether the server lives, and whether it can do its work.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use tokio::sync::watch;
use web::App;

use crate::telemetry::metrics::Metrics;

/// Of what the health is told.
#[derive(Clone)]
struct Patient {
    app: Arc<App>,
    stopped: watch::Receiver<bool>,
}

/// The addresses at which both listeners tell how they are; `stopped` is whether the server stops.
pub(crate) fn router(app: Arc<App>, stopped: watch::Receiver<bool>) -> Router {
    Router::new()
        .route("/pf/heartbeat.ping", get(async || text("OK")))
        .route("/health/live", get(async || text("live\n")))
        .route("/health/ready", get(ready))
        .with_state(Patient { app, stopped })
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

/// Whether requests should be sent here: the store answers, there is a key to sign with, and the
/// server is not about to stop. Who only wants to know whether to start it anew asks whether it lives.
async fn ready(State(Patient { app, stopped }): State<Patient>) -> Response {
    if *stopped.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, text("stopping\n")).into_response();
    }
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use domain::port::fixed::CountingRandom;
    use domain::port::{
        Change, CommitError, Key, Kind, Lookup, Page, Pending, Store, StoreError, Stored,
    };
    use domain::{KeyFamily, Timestamp};
    use http::Request;
    use tower::ServiceExt;

    use super::*;
    use crate::fixture;

    /// A store that can be made to fail.
    struct Fragile {
        store: Arc<dyn Store>,
        broken: AtomicBool,
    }

    impl Fragile {
        fn checked(&self) -> Result<&dyn Store, StoreError> {
            match self.broken.load(Ordering::Relaxed) {
                false => Ok(&*self.store),
                true => Err(StoreError::Unavailable("broken".to_owned())),
            }
        }
    }

    impl Store for Fragile {
        fn get(&self, kind: Kind, key: Key) -> Pending<'_, Result<Option<Stored>, StoreError>> {
            Box::pin(async move { self.checked()?.get(kind, key).await })
        }

        fn find(&self, kind: Kind, lookup: Lookup) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
            Box::pin(async move { self.checked()?.find(kind, lookup).await })
        }

        fn page(&self, kind: Kind, page: Page) -> Pending<'_, Result<Vec<Stored>, StoreError>> {
            Box::pin(async move { self.checked()?.page(kind, page).await })
        }

        fn commit(&self, changes: Vec<Change>) -> Pending<'_, Result<(), CommitError>> {
            Box::pin(async move { self.checked()?.commit(changes).await })
        }

        fn configuration_revision(&self) -> Pending<'_, Result<u64, StoreError>> {
            Box::pin(async move { self.checked()?.configuration_revision().await })
        }

        fn sweep(&self, now: Timestamp, limit: usize) -> Pending<'_, Result<usize, StoreError>> {
            Box::pin(async move { self.checked()?.sweep(now, limit).await })
        }
    }

    async fn status(router: &Router, path: &str) -> u16 {
        let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        response.status().as_u16()
    }

    #[tokio::test]
    async fn ready_is_who_can_serve() {
        let store = Arc::new(Fragile {
            store: store::memory(Arc::new(CountingRandom::default())),
            broken: AtomicBool::new(false),
        });
        let app = fixture::app_on(store.clone()).await;
        let (stop, stopped) = watch::channel(false);
        let router = router(Arc::clone(&app), stopped);
        let ready = async || status(&router, "/health/ready").await;
        assert_eq!(ready().await, 503, "there is no key to sign with");
        app.ensure_keys(KeyFamily::P256).await.unwrap();
        assert_eq!(ready().await, 200);
        store.broken.store(true, Ordering::Relaxed);
        assert_eq!(ready().await, 503, "the store does not answer");
        store.broken.store(false, Ordering::Relaxed);
        assert_eq!(ready().await, 200);
        stop.send_replace(true);
        assert_eq!(ready().await, 503, "the server stops");
        // What is about to stop is not to be started anew.
        for path in ["/health/live", "/pf/heartbeat.ping"] {
            assert_eq!(status(&router, path).await, 200);
        }
    }
}
