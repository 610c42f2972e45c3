//! The errors of `PingOne`'s interfaces.

use axum::Extension;
use axum::response::{IntoResponse, Response};
use domain::Uuid;
use domain::port::StoreError;
use http::StatusCode;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use serde_json::{Value, json};

use super::registry::RegistryError;
use crate::admin::AdminError;
use crate::admin::configuration::Problem;
use crate::app::App;
use crate::bounds::Unserved;
use crate::fault::Fault;

/// What is wrong with a request to one of `PingOne`'s interfaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// There is no such environment.
    EnvironmentUnknown,
    /// There is no such resource in the environment.
    NotFound,
    /// The resource does not have this method.
    MethodNotAllowed,
    /// No or wrong credentials.
    Credentials,
    /// No access token, or none that is good here.
    Token,
    /// Whoever asks may not do this.
    Forbidden,
    /// Too many wrong credentials came from one address.
    Limited,
    /// Somebody was sent a message a moment ago, or too many.
    Paced,
    /// The body is of another media type, or is not what it says.
    Body(&'static str),
    /// What is given has mistakes; never empty.
    Invalid(Vec<Detail>),
    /// What somebody does in a flow is not what can be done in it now.
    NotOffered,
    /// An authorization request is refused.
    Request {
        /// The `error` of RFC 6749 §4.1.2.1.
        code: String,
        /// A sentence about it.
        message: String,
    },
    /// The request is too large.
    TooLarge,
    /// Whoever asks to sign off proves nothing, and the person cannot be asked.
    SignOffUnproven,
    /// The house cannot answer.
    Unavailable,
    /// Something broke.
    Defect,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Detail {
    /// What sort of mistake it is.
    pub(crate) code: &'static str,
    /// The field.
    pub(crate) target: String,
    /// A sentence about it.
    pub(crate) message: String,
    /// What else is told of it.
    pub(crate) inner: Option<Value>,
}

impl Detail {
    /// A mistake of another sort.
    pub(crate) fn of_code(code: &'static str, target: &str, message: impl Into<String>) -> Self {
        Self {
            code,
            target: target.to_owned(),
            message: message.into(),
            inner: None,
        }
    }

    /// The same, with what else is told of it.
    pub(crate) fn with(self, inner: Value) -> Self {
        let inner = Some(inner);
        Self { inner, ..self }
    }

    /// A mistake in what an application is here.
    fn of(problem: &Problem) -> Self {
        let target = problem.field_path.as_str();
        let target = match target {
            "requireSignedRequests" => "requireSignedRequestObject",
            _ if target.starts_with("restrictedResponseTypes") => "responseTypes",
            _ => target.strip_prefix("oidcPolicy.").unwrap_or(target),
        };
        let target = target.strip_prefix("jwksSettings.").unwrap_or(target);
        Self::invalid(target, problem.message.clone())
    }

    /// A field is missing.
    pub(crate) fn required(target: &str) -> Self {
        Self::of_code("REQUIRED_VALUE", target, format!("{target} is required."))
    }

    /// A field has a value that it cannot have.
    pub(crate) fn invalid(target: &str, message: impl Into<String>) -> Self {
        Self::of_code("INVALID_VALUE", target, message)
    }

    /// A value that is allowed in itself is not allowed now.
    pub(crate) fn constraint(target: &str, message: impl Into<String>) -> Self {
        Self::of_code("CONSTRAINT_VIOLATION", target, message)
    }

    /// Another resource has the value.
    pub(crate) fn taken(target: &str) -> Self {
        let message = format!("{target} must be unique; another resource has this value.");
        Self::of_code("UNIQUENESS_VIOLATION", target, message)
    }
}

impl ApiError {
    /// The one table: status, code and sentence.
    #[expect(clippy::too_many_lines, reason = "a table is read at one glance")]
    const fn row(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::EnvironmentUnknown => (
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "The requested environment was not found.",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "The requested resource object cannot be found.",
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "INVALID_REQUEST",
                "The resource does not have this method.",
            ),
            Self::Credentials => (
                StatusCode::UNAUTHORIZED,
                "INVALID_TOKEN",
                "The credentials of the request are missing or not recognized.",
            ),
            Self::Token => (
                StatusCode::UNAUTHORIZED,
                "INVALID_TOKEN",
                "The access token is missing, or is not good for this.",
            ),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "ACCESS_FAILED",
                "The actor attempting to perform the request is not authorized.",
            ),
            Self::Limited => (
                StatusCode::TOO_MANY_REQUESTS,
                "REQUEST_LIMITED",
                "Too many attempts came from this address. Wait a moment and try again.",
            ),
            Self::Paced => (
                StatusCode::TOO_MANY_REQUESTS,
                "REQUEST_LIMITED",
                "A message was sent a moment ago, or too many were sent. Wait and try again.",
            ),
            Self::Body(message) => (StatusCode::BAD_REQUEST, "INVALID_REQUEST", message),
            Self::Invalid(_) | Self::Request { .. } => (
                StatusCode::BAD_REQUEST,
                "INVALID_DATA",
                "The request could not be completed. One or more validation errors were in the request.",
            ),
            Self::NotOffered => (
                StatusCode::BAD_REQUEST,
                "INVALID_REQUEST",
                "The action is not one that the flow allows now.",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "INVALID_REQUEST",
                "The request is too large.",
            ),
            Self::SignOffUnproven => (
                StatusCode::BAD_REQUEST,
                "INVALID_DATA",
                "The id_token_hint must be an ID token of the session that is to end.",
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

    /// The answer that says so, under an id of its own.
    pub(crate) fn respond(&self, app: &App) -> Response {
        let (status, code, message) = self.row();
        let id = Uuid::new(app.random());
        tracing::info!(error = ?self, %id, "refused a request to an environment");
        let mut body = json!({ "id": id, "code": code, "message": message });
        if let (Self::Invalid(details), Some(body)) = (self, body.as_object_mut()) {
            let details = details.iter().map(|detail| {
                let Detail {
                    code,
                    target,
                    message,
                    inner,
                } = detail;
                let mut shown = json!({ "code": code, "target": target, "message": message });
                if let (Some(inner), Some(shown)) = (inner, shown.as_object_mut()) {
                    shown.insert("innerError".to_owned(), inner.clone());
                }
                shown
            });
            body.insert("details".to_owned(), details.collect::<Value>());
        }
        if let (Self::Request { code, message }, Some(body)) = (self, body.as_object_mut()) {
            let details = json!([{ "code": code, "message": message }]);
            body.insert("details".to_owned(), details);
        }
        let headers = [(CONTENT_TYPE, "application/json;charset=UTF-8")];
        let response = (status, headers, body.to_string()).into_response();
        match self {
            Self::Credentials => {
                let challenge = "Basic realm=\"Countersign administration\"";
                ([(WWW_AUTHENTICATE, challenge)], response).into_response()
            }
            Self::Token => ([(WWW_AUTHENTICATE, "Bearer")], response).into_response(),
            _ => response,
        }
    }
}

/// The status alone, with the error for whoever gives it its form.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, ..) = self.row();
        (status, Extension(self)).into_response()
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

impl From<Unserved> for ApiError {
    fn from(unserved: Unserved) -> Self {
        match unserved {
            Unserved::Busy | Unserved::TooSlow => Self::Unavailable,
            Unserved::TooLarge => Self::TooLarge,
            Unserved::Panicked => Self::Defect,
            Unserved::NotFound => Self::NotFound,
            Unserved::MethodNotAllowed => Self::MethodNotAllowed,
        }
    }
}

impl From<AdminError> for ApiError {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Limited(_) => Self::Limited,
            AdminError::Forbidden(_) => Self::Forbidden,
            AdminError::Fault(fault) => fault.into(),
            AdminError::Unserved(unserved) => unserved.into(),
            AdminError::NotFound(_) => Self::NotFound,
            AdminError::Invalid(problems) => {
                Self::Invalid(problems.iter().map(Detail::of).collect())
            }
            _ => Self::Credentials,
        }
    }
}

impl From<RegistryError> for ApiError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Name => Self::Invalid(vec![Detail::invalid("name", error.to_string())]),
            RegistryError::NameTaken(_) => Self::Invalid(vec![Detail::taken("name")]),
            RegistryError::Unknown(_) => Self::EnvironmentUnknown,
            RegistryError::Fault(fault) => fault.into(),
        }
    }
}
