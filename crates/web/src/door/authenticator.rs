//! The authenticator: an app that holds a key of its own, is asked what its person approves, and signs
//! what they decide. docs/authenticator.md is its protocol.
//!
//! The app that is served here is one that speaks it; a native one may as well. Every request of a
//! paired app is proved with its key by DPoP (RFC 9449), each proof good for one request.

mod api;
mod app;
mod error;
mod proof;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};

pub(crate) use self::error::formed;
use crate::app::App;
use crate::bounds::Unserved;

/// Where the app is, within a house.
pub(crate) const PATH: &str = "/authenticator";

/// The app itself: its page, and what browsers want to install it.
pub(crate) fn pages() -> Router<Arc<App>> {
    Router::new()
        .route(PATH, get(app::show))
        .route("/authenticator/manifest.webmanifest", get(app::manifest))
        .route("/authenticator/worker.js", get(app::worker))
}

/// What the app asks of the server.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/authenticator/devices", post(api::pair))
        .route("/authenticator/devices/{device}", get(api::device))
        .route(
            "/authenticator/devices/{device}/subscription",
            put(api::subscribe).delete(api::unsubscribe),
        )
        .route(
            "/authenticator/devices/{device}/requests",
            get(api::requests),
        )
        .route(
            "/authenticator/devices/{device}/requests/{request}",
            post(api::answer),
        )
        .method_not_allowed_fallback(async || Unserved::MethodNotAllowed)
}
