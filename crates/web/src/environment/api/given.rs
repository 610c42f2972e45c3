//! What the API takes from a request.

use axum::body::Body;
use axum::extract::FromRequest;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::environment::error::{ApiError, Detail};
use crate::extract::{SubmittedError, bounded};

/// The longest body, in bytes.
const MAX_BODY: usize = 256 * 1024;

/// A JSON object of one of `PingOne`'s media types. A page of another site cannot have a browser send
/// such a one unasked (Fetch §2.2.2).
pub(super) struct Given {
    /// The media type, in lower case and without parameters.
    pub(super) media_type: String,
    /// The members.
    pub(super) members: Map<String, Value>,
}

impl<S: Send + Sync> FromRequest<S> for Given {
    type Rejection = ApiError;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, ApiError> {
        let stated = request.headers().get(CONTENT_TYPE);
        let stated = stated.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let media_type = stated.split(';').next().unwrap_or_default().trim();
        let media_type = media_type.to_ascii_lowercase();
        let vendor = media_type.starts_with("application/vnd.pingidentity.");
        if media_type != "application/json" && !(vendor && media_type.ends_with("+json")) {
            let message = "The Content-Type must be application/json, or one that the action has.";
            return Err(ApiError::Body(message));
        }
        let body = bounded(request.into_body(), MAX_BODY).await;
        let body = body.map_err(|error| match error {
            SubmittedError::TooLarge => ApiError::TooLarge,
            _ => ApiError::Body("The body could not be read to its end."),
        })?;
        // Some actions say all by their media type.
        let body = if vendor && body.is_empty() {
            "{}".into()
        } else {
            body
        };
        match jose::json::parse(&body) {
            Ok(Value::Object(members)) => Ok(Self {
                media_type,
                members,
            }),
            _ => Err(ApiError::Body("The body is not a usable JSON object.")),
        }
    }
}

/// Reads fields, and gathers what is wrong with them.
#[derive(Default)]
pub(super) struct Mistakes(pub(super) Vec<Detail>);

impl Mistakes {
    /// The longest text of a field, in characters.
    const LONGEST: usize = 256;

    /// The text of a field; `None` if there is none.
    pub(super) fn text<'a>(
        &mut self,
        members: &'a Map<String, Value>,
        (name, target): (&str, &str),
    ) -> Option<&'a str> {
        let text = match members.get(name)? {
            Value::Null => return None,
            Value::String(text) => text.trim(),
            _ => {
                self.0
                    .push(Detail::invalid(target, format!("{target} must be a text.")));
                return None;
            }
        };
        if text.chars().count() > Self::LONGEST || text.chars().any(char::is_control) {
            let most = Self::LONGEST;
            let message = format!(
                "{target} has at most {most} characters, none of them a control character."
            );
            self.0.push(Detail::invalid(target, message));
            return None;
        }
        Some(text).filter(|text| !text.is_empty())
    }

    /// `value`, if there are none.
    pub(super) fn check<T>(self, value: T) -> Result<T, ApiError> {
        match self.0.is_empty() {
            true => Ok(value),
            false => Err(ApiError::Invalid(self.0)),
        }
    }
}
