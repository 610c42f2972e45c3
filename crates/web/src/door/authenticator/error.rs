//! Why an authenticator is refused, and how it is told.

use authn::account::Refusal;
use authn::factor::push::{NotAnswered, PairingFault};
use axum::response::{IntoResponse, Response};
use domain::port::StoreError;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, StatusCode};
use oauth::dpop::DpopError;
use serde_json::{Map, Value};

use crate::bounds::Unserved;
use crate::fault::Fault;
use crate::limit::Limited;

/// Why an authenticator is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// The body is not what is taken here.
    #[error("the body is not what is taken here")]
    Body,
    /// What it signed to be paired is none, or was not signed here and now.
    #[error(transparent)]
    Pairing(#[from] PairingFault),
    /// What it was given to be paired opens nothing, or nothing any more.
    #[error("the pairing key opens nothing")]
    PairingKey,
    /// No such authenticator is paired, or not any more.
    #[error("no such authenticator is paired")]
    Unknown,
    /// The request came without a proof.
    #[error("the request is not proved")]
    Unproved,
    /// The proof is not one of this authenticator's for this request.
    #[error("the proof is refused: {0}")]
    Proof(#[from] DpopError),
    /// It is of another key.
    #[error("the proof is of another key")]
    OtherKey,
    /// The answer is none.
    #[error(transparent)]
    Answer(#[from] NotAnswered),
    /// Too much comes from one address.
    #[error("too much comes from one address")]
    Limited(Limited),
    /// It cannot be served, whatever it asks.
    #[error("{0:?}")]
    Unserved(Unserved),
    /// The house cannot answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl ApiError {
    /// What is told: the one table of it.
    fn wire(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Body => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "The body is not what is taken here.",
            ),
            Self::Pairing(_) => (
                StatusCode::BAD_REQUEST,
                "invalid_pairing",
                "What was signed does not pair an authenticator here and now.",
            ),
            Self::PairingKey => (
                StatusCode::FORBIDDEN,
                "invalid_pairing_key",
                "The pairing key is spent, too old, or none.",
            ),
            Self::Unknown => (
                StatusCode::NOT_FOUND,
                "unknown_device",
                "No such authenticator is paired.",
            ),
            Self::Unproved | Self::Proof(_) | Self::OtherKey => (
                StatusCode::UNAUTHORIZED,
                "invalid_dpop_proof",
                "The request is not proved with the key of the authenticator.",
            ),
            Self::Answer(NotAnswered::Over) => (
                StatusCode::GONE,
                "over",
                "There is nothing to be answered any more.",
            ),
            Self::Answer(NotAnswered::Signature) => (
                StatusCode::BAD_REQUEST,
                "invalid_answer",
                "The answer is not signed by the authenticator, or answers something else.",
            ),
            Self::Answer(NotAnswered::WrongNumber { .. }) => (
                StatusCode::FORBIDDEN,
                "wrong_number",
                "The number is another one.",
            ),
            Self::Limited(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "slow_down",
                "Too much comes from this address.",
            ),
            Self::Unserved(unserved) => (unserved.status(), "unserved", "This is not served."),
            Self::Fault(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "The server cannot answer now.",
            ),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Refusal> for ApiError {
    /// Why a pairing is refused: it is as good as none, whatever the reason.
    fn from(_: Refusal) -> Self {
        Self::PairingKey
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match &self {
            Self::Fault(fault) => {
                tracing::error!(cause = %fault, "an authenticator cannot be answered");
            }
            error => tracing::info!(%error, "refused a request of an authenticator"),
        }
        let (status, code, description) = self.wire();
        let mut body = Map::new();
        body.insert("error".to_owned(), code.into());
        body.insert("error_description".to_owned(), description.into());
        if let Self::Answer(NotAnswered::WrongNumber { left }) = self {
            body.insert("tries_left".to_owned(), left.into());
        }
        let mut response = (status, axum::Json(Value::Object(body))).into_response();
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9449 §7.1: the scheme of such a challenge.
            let challenge =
                HeaderValue::from_static("DPoP error=\"invalid_dpop_proof\", algs=\"ES256\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        match self {
            Self::Limited(limited) => limited.mark(response),
            _ => response,
        }
    }
}

/// Gives a refusal of the bounds around every request the form of all others here.
pub(crate) fn formed(response: Response) -> Response {
    let form = |unserved: Unserved| ApiError::Unserved(unserved).into_response();
    Unserved::formed(response, form)
}
