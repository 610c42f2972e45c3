//! What can be done in a flow: each action by its id, with the members of its body.

use authn::factor::password::{NewPassword, PasswordRule};
use authn::factor::webauthn::AuthenticationResponse;
use authn::flow::{Flow, Newcomer, Rejection, Step};
use bytes::Bytes;
use domain::User;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde_json::{Map, Value};

use super::error::ApiError;
use super::state::State;
use crate::app::App;
use crate::door::passage::{Asked, Submission};
use crate::extract::{SubmittedError, is_of_type};

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
    /// An object of texts.
    Fields,
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

/// An action: its id, what its body has, and what it means in a flow.
struct Row {
    id: &'static str,
    members: &'static [Member],
    means: for<'a> fn(&'a Members, &Flow) -> Submission<'a>,
}

/// A field of a registration: its name, the id of its words, its type, and whether it is required.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) words: &'static str,
    pub(super) kind: &'static str,
    pub(super) is_required: bool,
}

const fn field(
    name: &'static str,
    words: &'static str,
    kind: &'static str,
    is_required: bool,
) -> Field {
    Field {
        name,
        words,
        kind,
        is_required,
    }
}

/// What somebody who registers is asked besides a password.
pub(super) const FIELDS: [Field; 4] = [
    field("username", "username", "TEXT", true),
    field("email", "email", "EMAIL", true),
    field("given_name", "given-name", "TEXT", false),
    field("family_name", "family-name", "TEXT", false),
];
/// The password once more: PingFederate's widget sends it among the fields.
const CONFIRM: &str = "newpassword";

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
        means: |body, _| {
            let password = Submission::Password {
                username: text(body, "username"),
                password: text(body, "password"),
            };
            match flag(body, "thisIsMyDevice") {
                true => Submission::Trusting(Box::new(password)),
                false => password,
            }
        },
    },
    Row {
        id: "checkCurrentCredentials",
        members: &[
            required("username", Kind::Text),
            required("password", Kind::Text),
            optional("captchaResponse", Kind::Text),
        ],
        means: |body, _| Submission::Password {
            username: text(body, "username"),
            password: text(body, "password"),
        },
    },
    Row {
        id: "initiatePasswordChange",
        members: &[],
        means: |_, _| Submission::ChangePassword,
    },
    Row {
        id: "initiateAccountRecovery",
        // The name that was typed last is suggested, whatever the hint.
        members: &[optional("usernameHint", Kind::Text)],
        means: |_, _| Submission::Recover,
    },
    Row {
        id: "checkAccountRecoveryUsername",
        members: &[
            required("username", Kind::Text),
            optional("captchaResponse", Kind::Text),
        ],
        means: |body, _| Submission::RecoverName(text(body, "username")),
    },
    Row {
        id: "checkRecoveryCode",
        members: &[required("recoveryCode", Kind::Text)],
        means: |body, _| Submission::MailedCode(text(body, "recoveryCode")),
    },
    Row {
        id: "checkPasswordReset",
        members: &[required("newPassword", Kind::Text)],
        means: |body, _| Submission::NewPassword {
            new: text(body, "newPassword"),
            confirm: text(body, "newPassword"),
        },
    },
    Row {
        id: "continueAccountRecovery",
        members: &[],
        means: |_, _| Submission::Continue,
    },
    Row {
        id: "cancelAccountRecovery",
        members: &[],
        means: |_, _| Submission::Back,
    },
    Row {
        id: "recoverUsername",
        members: &[],
        means: |_, _| Submission::RecoverUsername,
    },
    Row {
        id: "checkUsernameRecoveryEmail",
        members: &[
            required("email", Kind::Text),
            optional("captchaResponse", Kind::Text),
        ],
        means: |body, _| Submission::SendUsername(text(body, "email")),
    },
    Row {
        id: "cancelUsernameRecovery",
        members: &[],
        means: |_, _| Submission::Back,
    },
    Row {
        id: "initiateRegistration",
        members: &[],
        means: |_, _| Submission::Register,
    },
    Row {
        id: "registerUser",
        members: &[
            required("password", Kind::Text),
            required("fieldValues", Kind::Fields),
            optional("captchaResponse", Kind::Text),
            optional("thisIsMyDevice", Kind::Flag),
        ],
        means: |body, _| registration(body),
    },
    Row {
        id: "submitUserCode",
        members: &[required("userCode", Kind::Text)],
        means: |body, _| Submission::UserCode(text(body, "userCode")),
    },
    Row {
        id: "confirmUserCode",
        members: &[required("userCode", Kind::Text)],
        means: |body, _| Submission::ConfirmUserCode(text(body, "userCode")),
    },
    Row {
        id: "authenticate",
        members: &[],
        means: |_, _| Submission::Continue,
    },
    Row {
        id: "submitIdentifier",
        members: &[
            required("identifier", Kind::Text),
            optional("captchaResponse", Kind::Text),
        ],
        means: |body, _| Submission::Name(text(body, "identifier")),
    },
    Row {
        id: "cancelIdentifierSubmission",
        members: &[],
        means: |_, _| Submission::Cancel,
    },
    Row {
        id: "checkNewPassword",
        members: &[
            required("username", Kind::Text),
            optional("existingPassword", Kind::Text),
            required("newPassword", Kind::Text),
            optional("captchaResponse", Kind::Text),
        ],
        means: |body, _| Submission::NewPassword {
            new: text(body, "newPassword"),
            confirm: text(body, "newPassword"),
        },
    },
    Row {
        id: "cancelPasswordChange",
        members: &[],
        // A change that must be is not put off.
        means: |_, flow| match flow.changes_password() {
            true => Submission::Back,
            false => Submission::Cancel,
        },
    },
    Row {
        id: "continueAuthentication",
        members: &[],
        means: |_, _| Submission::Continue,
    },
    Row {
        id: "checkAssertion",
        members: &[
            required("assertion", Kind::LongText),
            // What was signed says from where it comes; this does not, and is not believed.
            required("origin", Kind::Text),
            required("compatibility", Kind::Text),
        ],
        means: |body, _| match assertion(text(body, "assertion")) {
            Some(response) => Submission::Assertion(Box::new(response)),
            None => Submission::Unknown,
        },
    },
    Row {
        id: "selectDevice",
        members: &[required("deviceRef", Kind::Reference)],
        means: |body, _| match reference(body, "deviceRef").parse() {
            Ok(device) => Submission::Device(device),
            Err(_) => Submission::Unknown,
        },
    },
    Row {
        id: "checkOtp",
        members: &[required("otp", Kind::Text)],
        means: |body, flow| match flow.is_on_detour() {
            true => Submission::MailedCode(text(body, "otp")),
            false => Submission::Code(text(body, "otp")),
        },
    },
    Row {
        id: "resendOtp",
        members: &[],
        means: |_, _| Submission::Resend,
    },
    Row {
        id: "cancel",
        members: &[],
        // Who does not want to register after all signs on.
        means: |_, flow| match flow.is_on_detour() {
            true => Submission::Back,
            false => Submission::Cancel,
        },
    },
    Row {
        id: "cancelAuthentication",
        members: &[],
        means: |_, _| Submission::Cancel,
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
    pub(super) fn submission(&self, flow: &Flow) -> Submission<'_> {
        (self.row.means)(&self.members, flow)
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

    /// Whether the user name is to be remembered that signs on by it; nothing if it is none that says.
    pub(super) fn remembers(&self) -> Option<Option<&str>> {
        let signs_on = self.row.id == "checkUsernamePassword";
        let remembers = flag(&self.members, "rememberMyUsername");
        signs_on.then(|| remembers.then(|| text(&self.members, "username")))
    }

    /// Why it had no effect.
    pub(super) fn refused(&self, rejected: Rejection, asked: &Asked, app: &App) -> ApiError {
        match rejected {
            Rejection::NotRecognised => ApiError::NotRecognised,
            Rejection::CodeNotAccepted => ApiError::CodeNotAccepted,
            Rejection::AssertionNotAccepted => ApiError::AssertionNotAccepted,
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

/// Who somebody wants to be.
fn registration(body: &Members) -> Submission<'_> {
    let none = || Submission::Unknown;
    let Some(fields) = body.get("fieldValues").and_then(Value::as_object) else {
        return none();
    };
    let named = |name| Some(text(fields, name).trim().to_owned()).filter(|it| !it.is_empty());
    let new = text(body, "password");
    let confirm = fields.get(CONFIRM).and_then(Value::as_str);
    Submission::RegisterUser {
        newcomer: Newcomer {
            username: text(fields, "username").trim().to_owned(),
            email: text(fields, "email").trim().to_owned(),
            given_name: named("given_name"),
            family_name: named("family_name"),
        },
        new,
        confirm: confirm.unwrap_or(new),
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

impl Kind {
    fn has(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::String(text)) => text.len() <= MAX_TEXT,
            (Self::LongText, Value::String(_)) | (Self::Flag, Value::Bool(_)) => true,
            (Self::Flag, Value::String(text)) => matches!(text.as_str(), "true" | "false"),
            (Self::Reference, Value::Object(reference)) => {
                reference.len() == 1 && reference.get("id").is_some_and(Value::is_string)
            }
            (Self::Fields, Value::Object(fields)) => {
                fields.values().all(|value| Self::Text.has(value))
            }
            _ => false,
        }
    }
}

fn text<'a>(members: &'a Members, name: &str) -> &'a str {
    let value = members.get(name).and_then(Value::as_str);
    value.unwrap_or_default()
}

fn flag(members: &Members, name: &str) -> bool {
    let value = members.get(name);
    value.is_some_and(|it| it.as_bool() == Some(true) || it.as_str() == Some("true"))
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
    use authn::flow::{Door, Origin, Requirement, begin};
    use axum::body::Body;
    use domain::Timestamp;
    use domain::port::fixed::CountingRandom;
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
