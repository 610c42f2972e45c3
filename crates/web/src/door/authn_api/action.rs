//! What can be done in a flow: each action by its id, with the members of its body.

mod table;

use authn::factor::password::{NewPassword, PasswordRule};
use authn::flow::{Flow, Rejection, Step};
use bytes::Bytes;
use domain::User;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde_json::Value;

use self::table::{CONFIRM, Field, Members, POLL, Row, flag, text};
pub(super) use self::table::{FIELDS, Kind, actions, device_type_of};
use super::error::ApiError;
use super::state::State;
use crate::app::App;
use crate::door::passage::{Asked, Submission};
use crate::extract::{SubmittedError, is_of_type};

/// The longest body, in bytes.
pub(super) const MAX_BODY: usize = 160 << 10;
/// What the type of a body is around the id of its action.
const TYPE: (&str, &str) = ("application/vnd.pingidentity.", "+json");

/// Which user name the browser is to remember.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Remembering {
    /// The one that it remembers, if any.
    AsBefore,
    /// None any more.
    Nothing,
    /// This one.
    Name(String),
}

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
        let row = actions().find(|row| row.id == id);
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
    pub(super) fn submission(&self, flow: &Flow) -> Submission<'_> {
        (self.row.means)(&self.members, flow)
    }

    /// Whether it only asks whether an authenticator has answered.
    pub(super) fn is_poll(&self) -> bool {
        self.row.id == POLL
    }

    /// Whether it can be done at a step.
    pub(super) fn is_offered(&self, step: &Step, flow: &Flow, app: &App) -> bool {
        State::of(step, flow, app).is_some_and(|state| state.offers(self.row.id))
    }

    /// Whether it is about whom the step is about.
    pub(super) fn suits(&self, step: &Step) -> bool {
        match (self.row.id, step) {
            ("checkNewPassword", Step::NewPassword { username, .. }) => {
                User::normalized(username) == User::normalized(text(&self.members, "username"))
            }
            ("updateDeviceNickname", Step::Enrolled { device, .. }) => {
                device.id.to_string() == text(&self.members, "id")
            }
            _ => true,
        }
    }

    /// What it gives up, in the words of PingFederate, if it gives up anything but the flow.
    pub(super) fn canceled(&self) -> Option<&'static str> {
        Some(match self.row.id {
            "cancelPasswordChange" => "PASSWORD_CHANGE",
            "cancelAccountRecovery" => "ACCOUNT_RECOVERY",
            "cancelUsernameRecovery" => "USERNAME_RECOVERY",
            _ => return None,
        })
    }

    /// Whether a user name is to be remembered.
    pub(super) fn remembers(&self) -> Remembering {
        if self.row.id == "clearIdentifier" {
            return Remembering::Nothing;
        }
        let signs_on = self.row.id == "checkUsernamePassword";
        match (signs_on, flag(&self.members, "rememberMyUsername")) {
            (false, _) => Remembering::AsBefore,
            (true, false) => Remembering::Nothing,
            (true, true) => Remembering::Name(text(&self.members, "username").to_owned()),
        }
    }

    /// Why it had no effect.
    pub(super) fn refused(&self, rejected: Rejection, asked: &Asked, app: &App) -> ApiError {
        match rejected {
            Rejection::NotRecognised => ApiError::NotRecognised,
            Rejection::CodeNotAccepted => ApiError::CodeNotAccepted,
            Rejection::AssertionNotAccepted => ApiError::AssertionNotAccepted,
            Rejection::CredentialNotAccepted => ApiError::AttestationNotAccepted,
            Rejection::TargetRefused => match self.row.members.first() {
                Some(member) => ApiError::TargetRefused(member.name),
                None => ApiError::NotOffered,
            },
            Rejection::DeviceNameRefused => ApiError::MemberInvalid("nickname"),
            Rejection::DeviceNeeded => ApiError::DeviceNeeded,
            Rejection::TooSoon => ApiError::TooSoon,
            Rejection::TooManyMessages => ApiError::TooManyMessages,
            Rejection::UserCodeNotAccepted => ApiError::UserCodeNotAccepted,
            Rejection::NameTaken => ApiError::NameTaken,
            Rejection::NameRefused => ApiError::NameRefused,
            Rejection::AddressRefused => ApiError::AddressRefused,
            Rejection::PasswordRefused(rule) => self.password_refused(rule, asked),
            Rejection::Incomplete => match self.row.members.first() {
                Some(member) => ApiError::MemberMissing(member.name),
                None => ApiError::NotOffered,
            },
            // What cannot be read as a signature is not accepted as one.
            Rejection::NotOffered | Rejection::NothingAllowed
                if self.is_offered(&asked.step, &asked.flow, app) =>
            {
                match (self.row.id, &asked.step) {
                    ("checkAssertion", Step::SignOn { .. } | Step::Identify { .. }) => {
                        ApiError::NotRecognised
                    }
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

impl Action {
    /// Which rules the new password obeys, and which it breaks: `broken` at least.
    fn password_refused(&self, broken: PasswordRule, asked: &Asked) -> ApiError {
        let fields = self.members.get("fieldValues").and_then(Value::as_object);
        let (name, username) = match (fields, &asked.step) {
            (Some(fields), _) => ("password", text(fields, "username")),
            (None, Step::NewPassword { username, .. }) => ("newPassword", username.as_str()),
            (None, _) => ("newPassword", ""),
        };
        let mut verdicts = NewPassword::verdicts(text(&self.members, name), username).to_vec();
        if !verdicts.contains(&(broken, false)) {
            verdicts.push((broken, false));
        }
        ApiError::PasswordRefused { broken, verdicts }
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
            Some(value) if member.kind.has(value) => {
                if let (Kind::Fields, Value::Object(fields)) = (member.kind, value) {
                    check_fields(fields)?;
                }
            }
            Some(_) => return Err(ApiError::MemberInvalid(member.name)),
        }
    }
    Ok(())
}

/// What is wrong with the fields of a registration.
fn check_fields(fields: &Members) -> Result<(), ApiError> {
    let is_known = |name: &&String| {
        **name == CONFIRM || FIELDS.iter().any(|field| field.name == name.as_str())
    };
    if let Some(unknown) = fields.keys().find(|name| !is_known(name)) {
        return Err(ApiError::MemberUnknown(unknown.clone()));
    }
    let is_missing = |field: &&Field| field.is_required && text(fields, field.name).is_empty();
    match FIELDS.iter().find(is_missing) {
        Some(field) => Err(ApiError::MemberMissing(field.name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use authn::flow::{Door, Origin, Requirement, begin};
    use axum::body::Body;
    use domain::Timestamp;
    use domain::port::fixed::CountingRandom;
    use http::Request;
    use serde_json::json;

    use super::table::MAX_TEXT;
    use super::*;
    use crate::extract::bounded;

    async fn read(media_type: &str, query: &str, body: &str) -> Result<Action, ApiError> {
        let request = Request::post(format!("/pf-ws/authn/flows/x{query}"));
        let request = request.header(CONTENT_TYPE, media_type);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (parts, body) = request.into_parts();
        Action::read(&parts, bounded(body, MAX_BODY).await)
    }

    /// One that nobody has done anything in.
    fn flow() -> Flow {
        let origin = Origin {
            door: Door::Authorize,
            request: Value::Null,
        };
        let (none, random) = (Requirement::default(), CountingRandom::default());
        begin(origin, none, None, Timestamp::EPOCH, &random)
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
            let submission = action.submission(&flow());
            assert!(matches!(submission, Submission::Code("123456")));
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
}
