//! Answers of the endpoints that clients call without a person.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use oauth::ErrorResponse;
use serde::Serialize;

use crate::extract::SubmittedError;
use crate::fault::Fault;

/// A refusal of a back-channel endpoint, ready to be sent.
pub(crate) struct Refusal(ErrorResponse);

impl<E: std::error::Error> From<E> for Refusal
where
    for<'e> ErrorResponse: From<&'e E>,
{
    fn from(error: E) -> Self {
        tracing::info!(cause = %error, "refused a request");
        Self(ErrorResponse::from(&error))
    }
}

/// What keeps a back-channel endpoint from giving its answer.
pub(crate) enum Failure {
    /// The request is refused.
    Refused(Refusal),
    /// The house cannot answer.
    Fault(Fault),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<domain::port::StoreError> for Failure {
    fn from(error: domain::port::StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<SubmittedError> for Failure {
    fn from(error: SubmittedError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<&SubmittedError> for ErrorResponse {
    fn from(error: &SubmittedError) -> Self {
        Self::invalid_request(error.to_string())
    }
}

impl From<&Fault> for ErrorResponse {
    fn from(fault: &Fault) -> Self {
        match fault {
            Fault::Defect(_) => Self::server_error(),
            _ => Self::temporarily_unavailable(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = match self.0.body {
            Some(_) => (status, [(CONTENT_TYPE, JSON)], self.0.json()).into_response(),
            None => status.into_response(),
        };
        let challenge = self
            .0
            .challenge
            .and_then(|text| HeaderValue::from_str(&text).ok());
        if let Some(challenge) = challenge {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => refusal.into_response(),
            Self::Fault(fault) => {
                tracing::error!(cause = %fault, "an endpoint could not answer");
                Refusal(ErrorResponse::from(&fault)).into_response()
            }
        }
    }
}

const JSON: &str = "application/json;charset=utf-8";

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // A usual answer with tokens, at once.
    let mut text = Vec::with_capacity(1000);
    match serde_json::to_writer(&mut text, body) {
        Ok(()) => (status, [(CONTENT_TYPE, JSON)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
