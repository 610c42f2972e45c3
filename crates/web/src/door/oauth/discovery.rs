//! What the server says about itself (OpenID Connect Discovery, RFC 8414), and its public keys.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use jose::jws::Algorithm;
use oauth::discovery::{Facts, Metadata, MutualTls as Place};

use crate::app::{App, MutualTls};
use crate::page::Locale;

/// `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`.
pub(crate) async fn metadata(State(app): State<Arc<App>>) -> Response {
    let (settings, keys) = (app.live.settings(), app.live.keys());
    let algorithms: Vec<Algorithm> = Algorithm::ALL
        .iter()
        .copied()
        .filter(|algorithm| keys.can_sign(*algorithm))
        .collect();
    let locales: Vec<&str> = Locale::all().map(Locale::tag).collect();
    let policies = app.live.policies();
    let mut acr_values: Vec<&str> = policies.names().collect();
    if acr_values.is_empty() {
        acr_values.extend(app.settings.policy.acr.names());
    }
    let detail_types = app.live.detail_types();
    let metadata = Metadata::of(&Facts {
        issuer: &app.settings.issuer,
        paths: app.site.paths,
        settings: &settings,
        detail_types: &detail_types,
        id_token_algorithms: &algorithms,
        acr_values: &acr_values,
        ui_locales: &locales,
        mutual_tls: match &app.settings.mutual_tls {
            MutualTls::Nowhere => Place::Nowhere,
            MutualTls::AtIssuer => Place::AtIssuer,
            MutualTls::At(url) => Place::At(url),
        },
        is_environment: app.is_environment(),
        can_register: app.can_register(),
        is_redirectless: app.is_environment() || app.live.authn_api().enabled,
    });
    public(
        serde_json::to_string(&metadata).unwrap_or_default(),
        "application/json",
    )
}

/// `GET /pf/JWKS` (RFC 7517 §5).
pub(crate) async fn jwks(State(app): State<Arc<App>>) -> Response {
    // RFC 7517 §8.5.1: application/jwk-set+json; clients in the field expect plain JSON.
    public(app.live.keys().jwks().to_owned(), "application/json")
}

/// What changes seldom and may be kept for a moment.
fn public(body: String, media_type: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "public, max-age=300"),
    ];
    (headers, body).into_response()
}
