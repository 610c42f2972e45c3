//! What the API takes from a request.

use axum::body::Body;
use axum::extract::FromRequest;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

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

    /// Refuses what is there besides these names: nothing would come of it.
    pub(super) fn none_but(&mut self, members: &Map<String, Value>, known: &[&str], within: &str) {
        let odd = members
            .keys()
            .filter(|name| !known.contains(&name.as_str()));
        let odd = odd.map(|name| {
            let target = format!("{within}{name}");
            let message = format!("{target} is not known here, and nothing would come of it.");
            Detail::invalid(&target, message)
        });
        self.0.extend(odd);
    }

    /// An object within; none is an empty one.
    pub(super) fn object(
        &mut self,
        members: &Map<String, Value>,
        target: &str,
    ) -> Map<String, Value> {
        let name = target.rsplit('.').next().unwrap_or_default();
        match members.get(name) {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(object)) => object.clone(),
            Some(_) => {
                self.invalid(target, "must be an object.");
                Map::new()
            }
        }
    }

    /// Whether a member says yes; none says no.
    pub(super) fn flag(&mut self, members: &Map<String, Value>, target: &str) -> bool {
        let name = target.rsplit('.').next().unwrap_or_default();
        match members.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.invalid(target, "must be true or false.");
                false
            }
        }
    }

    /// A whole number within bounds, if there is one.
    pub(super) fn number(
        &mut self,
        members: &Map<String, Value>,
        target: &str,
        (least, most): (u64, u64),
    ) -> Option<u64> {
        let name = target.rsplit('.').next().unwrap_or_default();
        let given = members.get(name).filter(|it| !it.is_null())?;
        let number = given.as_u64().filter(|it| (least..=most).contains(it));
        if number.is_none() {
            let message = format!("{target} must be a number from {least} to {most}.");
            let inner = json!({ "rangeMinimumValue": least, "rangeMaximumValue": most });
            self.0.push(Detail::invalid(target, message).with(inner));
        }
        number
    }

    /// One of these words, if there is one.
    pub(super) fn word<'a>(
        &mut self,
        members: &'a Map<String, Value>,
        target: &str,
        words: &[&str],
    ) -> Option<&'a str> {
        let name = target.rsplit('.').next().unwrap_or_default();
        let given = members.get(name).filter(|it| !it.is_null())?;
        let word = given.as_str().filter(|it| words.contains(it));
        if word.is_none() {
            let message = format!("{target} must be one of {}.", words.join(", "));
            let inner = json!({ "allowedValues": words });
            self.0.push(Detail::invalid(target, message).with(inner));
        }
        word
    }

    /// Notes that a field has a value that it cannot have.
    pub(super) fn invalid(&mut self, target: &str, message: &str) {
        self.0
            .push(Detail::invalid(target, format!("{target} {message}")));
    }

    /// `value`, if there are none.
    pub(super) fn check<T>(self, value: T) -> Result<T, ApiError> {
        match self.0.is_empty() {
            true => Ok(value),
            false => Err(ApiError::Invalid(self.0)),
        }
    }
}
