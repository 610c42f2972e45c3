//! The errors of `PingOne`'s interfaces.

use axum::response::{IntoResponse, Response};
use domain::port::StoreError;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::fault::Fault;

/// What is wrong with a request to one of `PingOne`'s interfaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// There is no such environment.
    EnvironmentUnknown,
    /// The house cannot answer.
    Unavailable,
    /// Something broke.
    Defect,
}

impl ApiError {
    /// The one table: status, code and sentence.
    const fn row(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::EnvironmentUnknown => (
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "The requested environment was not found.",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "REQUEST_FAILED",
                "The request could not be answered now. Try again later.",
            ),
            Self::Defect => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "UNEXPECTED_ERROR",
                "An unexpected error occurred.",
            ),
        }
    }

    fn body(&self) -> Value {
        let (_, code, message) = self.row();
        json!({ "code": code, "message": message })
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        tracing::error!(cause = %fault, "an environment could not answer");
        match fault {
            Fault::Busy(_) | Fault::Store(_) | Fault::Contention => Self::Unavailable,
            Fault::Defect(_) => Self::Defect,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Fault::from(error).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, ..) = self.row();
        let headers = [(CONTENT_TYPE, "application/json;charset=UTF-8")];
        (status, headers, self.body().to_string()).into_response()
    }
}
