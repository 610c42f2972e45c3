//! The app that is served here: its page, and what browsers want to install it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use fluent_bundle::FluentArgs;
use http::HeaderName;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use minijinja::context;
use serde_json::json;

use super::PATH;
use crate::app::App;
use crate::asset;
use crate::page::Frame;

/// Lets the worker work for the page beside it (Service Workers §5.1).
const WORKER_ALLOWED: HeaderName = HeaderName::from_static("service-worker-allowed");

/// `GET /authenticator`.
pub(super) async fn show(State(app): State<Arc<App>>, frame: Frame) -> Response {
    let push = &app.settings.policy.devices.push;
    let contents = context! {
        base => app.site.page(PATH),
        url => app.site.url(&app.settings.issuer, &app.site.page(PATH)),
        issuer => app.settings.issuer.as_str(),
        application_server => push.application_server.as_deref(),
    };
    app.show("authenticator.html", &frame, contents, |page| {
        page.connecting()
    })
}

/// `GET /authenticator/manifest.webmanifest` (Web Application Manifest).
pub(super) async fn manifest(State(app): State<Arc<App>>, frame: Frame) -> Response {
    let locales = app.pages.locales();
    let title = locales.text(frame.locale, "authenticator-title", &FluentArgs::new());
    let brand = app.pages.brand_name();
    let start = app.site.page(PATH);
    let icon = |purpose: &str| {
        json!({
            "src": format!("/assets/authenticator.svg?v={}", asset::VERSION),
            "sizes": "any",
            "type": "image/svg+xml",
            "purpose": purpose,
        })
    };
    let manifest = json!({
        "id": start,
        "name": format!("{brand} {title}"),
        "short_name": brand,
        "lang": frame.locale.tag(),
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "background_color": "#f5f4f0",
        "theme_color": "#f5f4f0",
        "icons": [icon("any"), icon("maskable")],
    });
    let headers = [(CONTENT_TYPE, "application/manifest+json")];
    (headers, manifest.to_string()).into_response()
}

/// `GET /authenticator/worker.js`: what shows notifications while the page is closed.
pub(super) async fn worker(State(app): State<Arc<App>>) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8".to_owned()),
        (CACHE_CONTROL, "no-cache".to_owned()),
        (WORKER_ALLOWED, app.site.page(PATH)),
    ];
    (headers, asset::WORKER).into_response()
}
