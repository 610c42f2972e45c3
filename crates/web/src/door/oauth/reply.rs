//! Answers of the endpoints that clients call without a person.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use oauth::ErrorResponse;
use oauth::token::TokenError;
use serde::Serialize;

use crate::app::App;
use crate::bounds::Unserved;
use crate::extract::{Peer, SubmittedError};
use crate::fault::Fault;
use crate::limit::{Limited, Purpose};

/// A refusal of a back-channel endpoint, ready to be sent.
pub(crate) struct Refusal(ErrorResponse);

impl<E: std::error::Error> From<E> for Refusal
where
    for<'e> ErrorResponse: From<&'e E>,
{
    fn from(error: E) -> Self {
        let response = ErrorResponse::from(&error);
        // Whoever is refused may mend it; what fails here is for whoever runs the server.
        match response.status {
            500.. => tracing::error!(cause = %error, "an endpoint could not answer"),
            _ => tracing::info!(cause = %error, "refused a request"),
        }
        Self(response)
    }
}

impl Refusal {
    /// Whether the client is not believed, rather than what it asks refused.
    fn is_of_client(&self) -> bool {
        let body = self.0.body.as_ref();
        body.is_some_and(|body| body.error == "invalid_client")
    }
}

/// What keeps a back-channel endpoint from giving its answer.
pub(crate) enum Failure {
    /// The request is refused.
    Refused(Refusal),
    /// Too much comes from one address.
    Limited(Limited),
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

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        match error {
            // Nobody's request is at fault when there is no key to sign with.
            TokenError::Signing(error) => Self::Fault(Fault::Defect(error.to_string())),
            error => Self::Refused(error.into()),
        }
    }
}

impl From<SubmittedError> for Failure {
    fn from(error: SubmittedError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<&SubmittedError> for ErrorResponse {
    fn from(error: &SubmittedError) -> Self {
        match error {
            SubmittedError::TooLarge => Self::too_large(),
            _ => Self::invalid_request(error.to_string()),
        }
    }
}

impl From<Unserved> for ErrorResponse {
    fn from(unserved: Unserved) -> Self {
        match unserved {
            Unserved::Busy | Unserved::TooSlow => Self::temporarily_unavailable(),
            Unserved::TooLarge => Self::too_large(),
            Unserved::Panicked => Self::server_error(),
            Unserved::NotFound => Self::not_found(),
            Unserved::MethodNotAllowed => Self::method_not_allowed(),
        }
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
            Self::Limited(limited) => {
                let refusal = Refusal(match limited.purpose {
                    Purpose::ClientAuthentication => ErrorResponse::too_many_failed_clients(),
                    _ => ErrorResponse::too_many_requests(),
                });
                limited.mark(refusal.into_response())
            }
            Self::Fault(fault) => Refusal::from(fault).into_response(),
        }
    }
}

impl App {
    /// The answer to a client at this address; that it is not believed is counted.
    pub(super) fn refuse(&self, failure: Failure, peer: Peer) -> Response {
        let counted = match &failure {
            Failure::Refused(refusal) if refusal.is_of_client() => {
                self.count_failure(Purpose::ClientAuthentication, peer)
            }
            _ => Ok(()),
        };
        let answer = counted.map_or_else(Failure::Limited, |()| failure);
        answer.into_response()
    }
}

/// Gives what is not served the form of the endpoints that clients call.
pub(crate) fn formed(response: Response) -> Response {
    let form = |unserved: Unserved| Refusal(unserved.into()).into_response();
    Unserved::formed(response, form)
}

const JSON: &str = "application/json;charset=utf-8";

/// An answer that is a token of this media type.
pub(crate) fn token(media_type: &'static str, token: String) -> Response {
    ([(CONTENT_TYPE, media_type)], token).into_response()
}

/// A JSON answer.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // A usual answer with tokens, at once.
    let mut text = Vec::with_capacity(1000);
    match serde_json::to_writer(&mut text, body) {
        Ok(()) => (status, [(CONTENT_TYPE, JSON)], text).into_response(),
        Err(error) => {
            let defect = Fault::Defect(error.to_string());
            Refusal::from(defect).into_response()
        }
    }
}
