//! What can be done in a flow: each action by its id, with the members of its body.

use authn::factor::webauthn::AuthenticationResponse;
use authn::flow::{Rejection, Step};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde_json::{Map, Value};

use super::error::ApiError;
use super::state::State;
use crate::app::App;
use crate::door::passage::{Asked, Submission};
use crate::extract::{SubmittedError, is_of_type};

/// What asks whether an authenticator has answered.
const POLL: &str = "poll";

/// The longest body, in bytes.
pub(super) const MAX_BODY: usize = 160 << 10;
/// The longest text that is no assertion, in bytes.
const MAX_TEXT: usize = 4096;
/// What the type of a body is around the id of its action.
const TYPE: (&str, &str) = ("application/vnd.pingidentity.", "+json");

/// What a member of a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A text.
    Text,
    /// A text that may be as long as the body.
    LongText,
    /// Yes or no, also as a text: so do forms send it.
    Flag,
    /// `{"id": "..."}`.
    Reference,
}

/// A member of a body.
#[derive(Clone, Copy, Debug)]
struct Member {
    name: &'static str,
    kind: Kind,
    is_required: bool,
}

const fn required(name: &'static str, kind: Kind) -> Member {
    Member {
        name,
        kind,
        is_required: true,
    }
}

const fn optional(name: &'static str, kind: Kind) -> Member {
    Member {
        name,
        kind,
        is_required: false,
    }
}

/// The body of an action.
type Members = Map<String, Value>;

/// An action: its id, what its body has, and what it means.
struct Row {
    id: &'static str,
    members: &'static [Member],
    means: fn(&Members) -> Submission<'_>,
}

/// The table of all actions. What a state offers is said in [`super::state`].
const ACTIONS: &[Row] = &[
    Row {
        id: "checkUsernamePassword",
        members: &[
            required("username", Kind::Text),
            required("password", Kind::Text),
            optional("rememberMyUsername", Kind::Flag),
            optional("thisIsMyDevice", Kind::Flag),
            optional("captchaResponse", Kind::Text),
        ],
        means: |body| Submission::Password {
            username: text(body, "username"),
            password: text(body, "password"),
        },
    },
    Row {
        id: "submitIdentifier",
        members: &[
            required("identifier", Kind::Text),
            optional("captchaResponse", Kind::Text),
        ],
        means: |body| Submission::Name(text(body, "identifier")),
    },
    Row {
        id: "cancelIdentifierSubmission",
        members: &[],
        means: |_| Submission::Cancel,
    },
    Row {
        id: "checkNewPassword",
        members: &[
            required("username", Kind::Text),
            optional("existingPassword", Kind::Text),
            required("newPassword", Kind::Text),
            optional("captchaResponse", Kind::Text),
        ],
        means: |body| Submission::NewPassword {
            new: text(body, "newPassword"),
            confirm: text(body, "newPassword"),
        },
    },
    Row {
        id: "cancelPasswordChange",
        members: &[],
        means: |_| Submission::Cancel,
    },
    Row {
        id: "continueAuthentication",
        members: &[],
        means: |_| Submission::Continue,
    },
    Row {
        id: "checkAssertion",
        members: &[
            required("assertion", Kind::LongText),
            // What was signed says from where it comes; this does not, and is not believed.
            required("origin", Kind::Text),
            required("compatibility", Kind::Text),
        ],
        means: |body| match assertion(text(body, "assertion")) {
            Some(response) => Submission::Assertion(Box::new(response)),
            None => Submission::Unknown,
        },
    },
    Row {
        id: "selectDevice",
        members: &[required("deviceRef", Kind::Reference)],
        means: |body| match reference(body, "deviceRef").parse() {
            Ok(device) => Submission::Device(device),
            Err(_) => Submission::Unknown,
        },
    },
    Row {
        id: "checkOtp",
        members: &[required("otp", Kind::Text)],
        means: |body| Submission::Code(text(body, "otp")),
    },
    Row {
        id: "resendOtp",
        members: &[],
        means: |_| Submission::Resend,
    },
    Row {
        id: POLL,
        members: &[],
        // Who looks does nothing.
        means: |_| Submission::Unknown,
    },
    Row {
        id: "cancel",
        members: &[],
        means: |_| Submission::Cancel,
    },
    Row {
        id: "cancelAuthentication",
        members: &[],
        means: |_| Submission::Cancel,
    },
];

/// What somebody does.
pub(super) struct Action {
    row: &'static Row,
    members: Members,
}

impl Action {
    /// Reads the request that says it.
    pub(super) fn read(
        parts: &Parts,
        body: Result<Bytes, SubmittedError>,
    ) -> Result<Self, ApiError> {
        let id = id_of(parts)?;
        let row = ACTIONS.iter().find(|row| row.id == id);
        let row = row.ok_or(ApiError::NotOffered)?;
        let body = body?;
        let members = match body.is_empty() {
            true => Members::new(),
            false => jose::json::parse_object(&body).map_err(|_| ApiError::Unreadable)?,
        };
        check(row, &members)?;
        Ok(Self { row, members })
    }

    /// What it means to the flow.
    pub(super) fn submission(&self) -> Submission<'_> {
        (self.row.means)(&self.members)
    }

    /// Whether it only asks whether an authenticator has answered.
    pub(super) fn is_poll(&self) -> bool {
        self.row.id == POLL
    }

    /// Whether it can be done at a step.
    pub(super) fn is_offered(&self, step: &Step, app: &App) -> bool {
        State::of(step, app).is_some_and(|state| state.offers(self.row.id))
    }

    /// Why it had no effect.
    pub(super) fn refused(&self, rejected: Rejection, asked: &Asked, app: &App) -> ApiError {
        match rejected {
            Rejection::NotRecognised => ApiError::NotRecognised,
            Rejection::CodeNotAccepted => ApiError::CodeNotAccepted,
            Rejection::AssertionNotAccepted => ApiError::AssertionNotAccepted,
            Rejection::TooSoon => ApiError::TooSoon,
            Rejection::TooManyMessages => ApiError::TooManyMessages,
            // Who is not there yet registers on a page.
            Rejection::NameTaken | Rejection::NameRefused | Rejection::AddressRefused => {
                ApiError::NotOffered
            }
            Rejection::PasswordRefused(_) => ApiError::MemberInvalid("newPassword"),
            Rejection::Incomplete => match self.row.members.first() {
                Some(member) => ApiError::MemberMissing(member.name),
                None => ApiError::NotOffered,
            },
            // What cannot be read as a signature is not accepted as one.
            Rejection::NotOffered | Rejection::NothingAllowed
                if self.is_offered(&asked.step, app) =>
            {
                match (self.row.id, &asked.step) {
                    ("checkAssertion", Step::SignOn { .. }) => ApiError::NotRecognised,
                    ("checkAssertion", _) => ApiError::AssertionNotAccepted,
                    (_, _) => match self.row.members.first() {
                        Some(member) => ApiError::MemberInvalid(member.name),
                        None => ApiError::NotOffered,
                    },
                }
            }
            Rejection::NotOffered | Rejection::NothingAllowed => ApiError::NotOffered,
        }
    }
}

/// The id of the action that a request says: in the type of its body, or beside a body of JSON.
fn id_of(parts: &Parts) -> Result<String, ApiError> {
    let stated = parts.headers.get(CONTENT_TYPE);
    let stated = stated.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let essence = stated.split(';').next().unwrap_or_default().trim();
    if let Some(id) = between(essence, TYPE) {
        return Ok(id.to_owned());
    }
    if !is_of_type(&parts.headers, "application/json") {
        return Err(ApiError::MediaType);
    }
    let query = parts.uri.query().unwrap_or_default();
    let mut named = url::form_urlencoded::parse(query.as_bytes());
    let named = named.find(|(name, _)| name == "action");
    named.map_or(Err(ApiError::NotOffered), |(_, id)| Ok(id.into_owned()))
}

/// What is between two parts of a media type, which may be written in either case.
fn between<'a>(text: &'a str, (before, after): (&str, &str)) -> Option<&'a str> {
    let end = text.len().checked_sub(after.len())?;
    let inner = text.get(before.len()..end)?;
    let framed = text.get(..before.len())?.eq_ignore_ascii_case(before)
        && text.get(end..)?.eq_ignore_ascii_case(after);
    framed.then_some(inner)
}

fn check(row: &Row, members: &Members) -> Result<(), ApiError> {
    let is_known = |name: &&String| row.members.iter().any(|member| member.name == **name);
    if let Some(unknown) = members.keys().find(|name| !is_known(name)) {
        return Err(ApiError::MemberUnknown(unknown.clone()));
    }
    for member in row.members {
        match members.get(member.name) {
            None | Some(Value::Null) if member.is_required => {
                return Err(ApiError::MemberMissing(member.name));
            }
            None | Some(Value::Null) => {}
            Some(value) if member.kind.has(value) => {}
            Some(_) => return Err(ApiError::MemberInvalid(member.name)),
        }
    }
    Ok(())
}

impl Kind {
    fn has(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::String(text)) => text.len() <= MAX_TEXT,
            (Self::LongText, Value::String(_)) | (Self::Flag, Value::Bool(_)) => true,
            (Self::Flag, Value::String(text)) => matches!(text.as_str(), "true" | "false"),
            (Self::Reference, Value::Object(reference)) => {
                reference.len() == 1 && reference.get("id").is_some_and(Value::is_string)
            }
            _ => false,
        }
    }
}

fn text<'a>(members: &'a Members, name: &str) -> &'a str {
    let value = members.get(name).and_then(Value::as_str);
    value.unwrap_or_default()
}

fn reference<'a>(members: &'a Members, name: &str) -> &'a str {
    let value = members.get(name).and_then(|it| it.get("id"));
    value.and_then(Value::as_str).unwrap_or_default()
}

/// Reads what an authenticator has signed, as scripts for this API write it: bytes in base 64 with
/// either alphabet, and an empty text where there is no user handle.
fn assertion(text: &str) -> Option<AuthenticationResponse> {
    let mut credential = jose::json::parse_object(text.as_bytes()).ok()?;
    for name in ["id", "rawId"] {
        credential.entry(name).and_modify(in_base64url);
    }
    if let Some(response) = credential.get_mut("response") {
        for name in [
            "clientDataJSON",
            "authenticatorData",
            "signature",
            "userHandle",
        ] {
            if let Some(bytes) = response.get_mut(name) {
                in_base64url(bytes);
            }
        }
        let handle = response.get_mut("userHandle");
        if let Some(handle) = handle.filter(|handle| handle.as_str() == Some("")) {
            *handle = Value::Null;
        }
    }
    AuthenticationResponse::parse(Value::Object(credential).to_string().as_bytes()).ok()
}

fn in_base64url(value: &mut Value) {
    if let Value::String(text) = value {
        let url_safe = text.replace('+', "-").replace('/', "_");
        url_safe.trim_end_matches('=').clone_into(text);
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::Request;
    use serde_json::json;

    use super::*;
    use crate::extract::bounded;

    async fn read(media_type: &str, query: &str, body: &str) -> Result<Action, ApiError> {
        let request = Request::post(format!("/pf-ws/authn/flows/x{query}"));
        let request = request.header(CONTENT_TYPE, media_type);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (parts, body) = request.into_parts();
        Action::read(&parts, bounded(body, MAX_BODY).await)
    }

    async fn error(body: &str) -> Option<ApiError> {
        let action = "application/vnd.pingidentity.checkUsernamePassword+json";
        read(action, "", body).await.err()
    }

    #[tokio::test]
    async fn pingfederate_3_1_the_action_is_in_the_media_type_or_beside_it() {
        for (media_type, query) in [
            ("application/vnd.pingidentity.checkOtp+json", ""),
            (
                "Application/VND.pingidentity.checkOtp+JSON; charset=utf-8",
                "",
            ),
            ("application/json", "?action=checkOtp"),
            ("application/json;charset=UTF-8", "?a=b&action=checkOtp"),
        ] {
            let action = read(media_type, query, r#"{"otp":"123456"}"#).await;
            let action = action.unwrap_or_else(|error| panic!("{media_type} {error:?}"));
            assert!(matches!(action.submission(), Submission::Code("123456")));
        }
        for media_type in [
            "text/plain",
            "",
            "application/x-www-form-urlencoded",
            "application/xml",
        ] {
            let refused = read(media_type, "?action=checkOtp", "{}").await.err();
            assert_eq!(refused, Some(ApiError::MediaType), "{media_type}");
        }
        for (media_type, query) in [
            ("application/json", ""),
            ("application/json", "?action=checkotp"),
            (
                "application/vnd.pingidentity.checkotp+json",
                "?action=checkOtp",
            ),
            ("application/vnd.pingidentity.+json", ""),
        ] {
            let refused = read(media_type, query, "{}").await.err();
            assert_eq!(refused, Some(ApiError::NotOffered), "{media_type} {query}");
        }
    }

    #[tokio::test]
    async fn pingfederate_3_2_a_body_has_the_members_of_its_action_and_no_others() {
        let whole = json!({
            "username": "ada", "password": "x", "rememberMyUsername": "true",
            "thisIsMyDevice": false, "captchaResponse": null,
        });
        assert_eq!(error(&whole.to_string()).await, None);
        for (body, expected) in [
            ("", ApiError::MemberMissing("username")),
            (r#"{"username":"ada"}"#, ApiError::MemberMissing("password")),
            (
                r#"{"username":1,"password":"x"}"#,
                ApiError::MemberInvalid("username"),
            ),
            (
                r#"{"username":"ada","password":"x","otp":"1"}"#,
                ApiError::MemberUnknown("otp".to_owned()),
            ),
            (
                r#"{"username":"ada","password":"x","password":"y"}"#,
                ApiError::Unreadable,
            ),
            ("[]", ApiError::Unreadable),
            ("{", ApiError::Unreadable),
            (r#"{"username":"a"} {}"#, ApiError::Unreadable),
        ] {
            assert_eq!(error(body).await, Some(expected), "{body}");
        }
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let deep = format!(r#"{{"username":{deep},"password":"x"}}"#);
        assert_eq!(error(&deep).await, Some(ApiError::Unreadable));
        let long = json!({ "username": "x".repeat(MAX_TEXT + 1), "password": "x" });
        let refused = error(&long.to_string()).await;
        assert_eq!(refused, Some(ApiError::MemberInvalid("username")));
        assert_eq!(
            error(&" ".repeat(MAX_BODY + 1)).await,
            Some(ApiError::TooLarge)
        );
    }

    #[test]
    fn pingfederate_3_2_an_assertion_is_read_in_either_alphabet() {
        let written = |id: &str, bytes: &str, handle: &str| {
            let text = json!({
                "id": id, "rawId": bytes, "type": "public-key",
                "response": {
                    "clientDataJSON": bytes, "authenticatorData": bytes, "signature": bytes,
                    "userHandle": handle,
                },
            });
            assertion(&text.to_string())
        };
        let widget = written("-_8", "+/8=", "").unwrap();
        assert!(widget.user_handle().is_none());
        let usual = written("-_8", "-_8", "AQ").unwrap();
        assert_eq!(**usual.user_handle().unwrap(), [1]);
        assert_eq!(**usual.credential_id(), **widget.credential_id());
        assert!(written("-_8", "not base 64", "").is_none());
        assert!(assertion("{}").is_none());
        assert!(assertion("nonsense").is_none());
    }
}
