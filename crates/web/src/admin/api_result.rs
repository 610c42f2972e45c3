//! Errors of the administration API: PingFederate's `ApiResult`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use super::configuration::Refusal;
use super::schema::Problem;
use crate::bounds::Unserved;
use crate::fault::Fault;
use crate::limit::Limited;

/// The body of every error.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ApiResult<'a> {
    result_id: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    developer_message: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    validation_errors: &'a [Problem],
}

/// Why the administration API refuses.
#[derive(Debug)]
pub(crate) enum AdminError {
    /// No or wrong credentials.
    InvalidCredentials,
    /// Too many wrong credentials from one address.
    Limited(Limited),
    /// The `X-XSRF-Header` is missing.
    MissingXsrfHeader,
    /// The body is not JSON, or breaks off; says which.
    Malformed(String),
    /// The resource has mistakes; never empty.
    Invalid(Vec<Problem>),
    /// This server does not let anybody do it; says what.
    Forbidden(String),
    /// There is no such resource; says which.
    NotFound(String),
    /// The request is not served, whatever it asks for.
    Unserved(Unserved),
    /// The house cannot answer.
    Fault(Fault),
}

impl From<Fault> for AdminError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Unserved> for AdminError {
    fn from(unserved: Unserved) -> Self {
        Self::Unserved(unserved)
    }
}

impl From<Refusal> for AdminError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(problems) => Self::Invalid(problems),
            Refusal::Missing(message) => Self::NotFound(message),
            Refusal::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<Limited> for AdminError {
    fn from(limited: Limited) -> Self {
        Self::Limited(limited)
    }
}

impl From<domain::port::StoreError> for AdminError {
    fn from(error: domain::port::StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<crate::live::LiveError> for AdminError {
    fn from(error: crate::live::LiveError) -> Self {
        Self::Fault(error.into())
    }
}

impl AdminError {
    /// The one table of the administration API's errors.
    fn wire(&self) -> (StatusCode, &'static str, &str) {
        match self {
            Self::InvalidCredentials => (
                StatusCode::UNAUTHORIZED,
                "invalid_credentials",
                "The credentials you provided were not recognized.",
            ),
            Self::Limited(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "Too many attempts to sign on came from this address. Wait a moment and try again.",
            ),
            Self::MissingXsrfHeader => (
                StatusCode::FORBIDDEN,
                "missing_xsrf_header",
                "The request has no X-XSRF-Header. Add it with any value, for example PingFederate.",
            ),
            Self::Malformed(message) => (StatusCode::BAD_REQUEST, "malformed_request", message),
            Self::Invalid(problems) if problems.iter().any(|p| p.unreadable) => {
                (StatusCode::BAD_REQUEST, "validation_error", VALIDATION)
            }
            Self::Invalid(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "validation_error",
                VALIDATION,
            ),
            Self::Forbidden(message) => (StatusCode::FORBIDDEN, "forbidden", message),
            Self::NotFound(message) => (StatusCode::NOT_FOUND, "resource_not_found", message),
            Self::Unserved(unserved) => {
                let (result_id, message) = unserved_row(*unserved);
                (unserved.status(), result_id, message)
            }
            Self::Fault(Fault::Busy(_)) => {
                let (result_id, message) = unserved_row(Unserved::Busy);
                (StatusCode::SERVICE_UNAVAILABLE, result_id, message)
            }
            Self::Fault(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "The server could not answer. Its log says why.",
            ),
        }
    }
}

/// The part of the table about requests that are not served at all.
const fn unserved_row(unserved: Unserved) -> (&'static str, &'static str) {
    match unserved {
        Unserved::Busy => ("busy", "The server is busy. Try again in a moment."),
        Unserved::TooLarge => ("request_too_large", "The request is too large."),
        Unserved::TooSlow => ("unavailable", "The server could not answer in time."),
        Unserved::Panicked => (
            "internal_error",
            "The server met an unexpected condition. Its log says which.",
        ),
        Unserved::NotFound => ("resource_not_found", "There is no such resource."),
        Unserved::MethodNotAllowed => (
            "method_not_allowed",
            "The resource does not have this method.",
        ),
    }
}

/// Gives what is not served the form of the administration API.
pub(crate) fn formed(response: Response) -> Response {
    let form = |unserved: Unserved| AdminError::from(unserved).into_response();
    Unserved::formed(response, form)
}

const VALIDATION: &str =
    "Validation error(s) occurred. Please review the error(s) and address accordingly.";

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        if let Self::Fault(fault) = &self {
            tracing::error!(cause = %fault, "the administration API could not answer");
        }
        let (status, result_id, message) = self.wire();
        let validation_errors = match &self {
            Self::Invalid(problems) => problems.as_slice(),
            _ => &[],
        };
        let body = ApiResult {
            result_id,
            message,
            developer_message: None,
            validation_errors,
        };
        let mut response = (status, Json(&body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"Countersign administration\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            // As clients of such APIs know it.
            let json = HeaderValue::from_static("application/json;charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, json);
        }
        match self {
            Self::Limited(limited) => limited.mark(response),
            _ => response,
        }
    }
}
