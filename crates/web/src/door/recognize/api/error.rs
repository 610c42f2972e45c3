//! Why a customer's backend is refused, and how it is told.

use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Decision;
use domain::port::{Changes, StoreError};
use http::StatusCode;
use serde_json::json;

use crate::bounds::Unserved;
use crate::fault::Fault;
use crate::limit::Limited;

/// Why a backend is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// It has shown no key of a customer.
    #[error("the header X-Api-Key has no key of a customer")]
    Key,
    /// There is no such thing.
    #[error("there is no such thing")]
    Unknown,
    /// A parameter or the body is not what is taken here.
    #[error("a parameter or the body is not what is taken here")]
    Body,
    /// Too much comes from one address.
    #[error("too much comes from one address")]
    Limited(Limited),
    /// It cannot be served, whatever it asks.
    #[error("the request cannot be served")]
    Unserved(Unserved),
    /// The house cannot answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl ApiError {
    /// Changes that were decided on, or why not; a fault is no decision.
    pub(super) fn decided(decided: Result<Changes, Self>) -> Result<Decision<(), Self>, Fault> {
        match decided {
            Ok(changes) => Ok(Decision::accept((), changes)),
            Err(Self::Fault(fault)) => Err(fault),
            Err(refusal) => Ok(Decision::refuse(refusal)),
        }
    }

    const fn wire(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Key => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
            Self::Unknown => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            Self::Body => (StatusCode::BAD_REQUEST, "INVALID_REQUEST"),
            Self::Limited(_) => (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS"),
            Self::Unserved(unserved) => (unserved.status(), "UNAVAILABLE"),
            Self::Fault(Fault::Busy(_)) => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE"),
            Self::Fault(_) => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR"),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code) = self.wire();
        let message = match &self {
            Self::Fault(fault) => {
                tracing::error!(error = %fault, "a customer's backend cannot be answered");
                "the server cannot answer now".to_owned()
            }
            other => other.to_string(),
        };
        let response = (status, Json(json!({"code": code, "message": message}))).into_response();
        match self {
            Self::Limited(limited) => limited.mark(response),
            _ => response,
        }
    }
}

/// Says in this door's form what is refused around it.
pub(super) async fn formed(request: Request, next: Next) -> Response {
    let form = |unserved| ApiError::Unserved(unserved).into_response();
    Unserved::formed(next.run(request).await, form)
}
