//! What can be wrong with a request to the authentication API, and how it is told.

use authn::factor::password::PasswordRule;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use oauth::authorize::AuthorizeError;
use serde_json::{Map, Value, json};

use crate::bounds::Unserved;
use crate::door::passage::Impasse;
use crate::extract::SubmittedError;
use crate::fault::Fault;
use crate::limit::Limited;
use crate::page::error::PageError;

/// The most characters of a member's name that are repeated.
const MAX_TARGET: usize = 64;

/// What is wrong with a request to the authentication API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ApiError {
    /// There is no such flow for whoever asks: which of the two is not told.
    NoFlow,
    /// Without this header, a page of any origin could have sent it.
    NoXsrfHeader,
    /// The body is of no type that says an action.
    MediaType,
    /// The body is not one JSON object.
    Unreadable,
    /// The body is too long.
    TooLarge,
    /// A member is not there that must be.
    MemberMissing(&'static str),
    /// A member is there that the action does not have.
    MemberUnknown(String),
    /// A member is not what it must be.
    MemberInvalid(&'static str),
    /// The state does not offer the action.
    NotOffered,
    /// The credentials are not accepted.
    NotRecognised,
    /// The code is not accepted.
    CodeNotAccepted,
    /// The signature is not accepted.
    AssertionNotAccepted,
    /// What a new passkey has answered is not accepted.
    AttestationNotAccepted,
    /// No code can be sent there.
    TargetRefused(&'static str),
    /// A password like this may not be set.
    PasswordRefused {
        /// The rule that decided.
        broken: PasswordRule,
        /// The rules, and whether it obeys them.
        verdicts: Vec<(PasswordRule, bool)>,
    },
    /// No device that waits has this code.
    UserCodeNotAccepted,
    /// The user name that somebody wants is another's.
    NameTaken,
    /// A name like this cannot be had.
    NameRefused,
    /// This is no address of mail.
    AddressRefused,
    /// A code was sent only a moment ago.
    TooSoon,
    /// No more codes are sent, for now.
    TooManyMessages,
    /// The API is switched off, or not for whoever asks.
    NotAllowed,
    /// What comes next has a page, and nothing else.
    PagesOnly,
    /// The authorization request is refused.
    Request(AuthorizeError),
    /// Too much comes from one address.
    Limited(Limited),
    /// There is something at this path, but not for this method.
    Method,
    /// The house cannot answer now.
    Unavailable,
    /// The device cannot be removed.
    DeviceNeeded,
    /// Something broke.
    Defect,
}

/// How an error is told.
struct Row {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    /// The code of the one detail.
    detail: Option<&'static str>,
    /// The id of the words for the person.
    words: &'static str,
}

const fn row(
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    detail: Option<&'static str>,
    words: &'static str,
) -> Row {
    Row {
        status,
        code,
        message,
        detail,
        words,
    }
}

/// What is wrong with what was given.
const INVALID: &str = "VALIDATION_ERROR";
/// What is wrong with the request itself, or cannot be done.
const FAILED: &str = "REQUEST_FAILED";

impl ApiError {
    /// The one table of this door.
    #[rustfmt::skip]
    const fn row(&self) -> Row {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        match self {
            Self::NoFlow => row(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", "The requested resource was not found.", None, "error-expired-message"),
            Self::NoXsrfHeader => row(StatusCode::FORBIDDEN, FAILED, "The request has no X-XSRF-Header. Add it with any value.", Some("MISSING_XSRF_HEADER"), "error-request-message"),
            Self::MediaType => row(StatusCode::UNSUPPORTED_MEDIA_TYPE, FAILED, "The Content-Type must be application/vnd.pingidentity.{actionId}+json, or application/json with ?action={actionId}.", Some("UNSUPPORTED_MEDIA_TYPE"), "error-request-message"),
            Self::Unreadable => row(BAD, INVALID, "The body must be one JSON object in which no member is repeated.", Some("INVALID_REQUEST"), "error-request-message"),
            Self::TooLarge => row(BAD, INVALID, "The body is too long.", Some("REQUEST_TOO_LARGE"), "error-too-large-message"),
            Self::MemberMissing(_) => row(BAD, INVALID, "A required field is missing.", Some("FIELD_REQUIRED"), "error-field-missing"),
            Self::MemberUnknown(_) => row(BAD, INVALID, "The action has no such field.", Some("FIELD_UNKNOWN"), "error-request-message"),
            Self::MemberInvalid(_) => row(BAD, INVALID, "A field has a value that is not valid.", Some("FIELD_INVALID"), "error-request-message"),
            Self::NotOffered => row(BAD, "INVALID_ACTION_ID", "The action is not available in this state.", None, "error-form-stale"),
            Self::NotRecognised => row(BAD, INVALID, "The credentials were not accepted.", Some("CREDENTIAL_VALIDATION_FAILED"), "error-credentials"),
            Self::CodeNotAccepted => row(BAD, INVALID, "The one-time code was not accepted.", Some("INVALID_OTP"), "error-code"),
            Self::AssertionNotAccepted => row(BAD, INVALID, "The assertion was not accepted.", Some("INVALID_ASSERTION"), "error-assertion"),
            Self::AttestationNotAccepted => row(BAD, INVALID, "The attestation was not accepted.", Some("INVALID_ATTESTATION"), "error-method-passkey"),
            Self::TargetRefused(_) => row(BAD, "INVALID_DEVICE_TARGET", "No code can be sent there.", Some("INVALID_DEVICE_TARGET"), "error-method-target"),
            Self::PasswordRefused { broken, .. } => row(BAD, INVALID, "The new password was not accepted.", Some("PASSWORD_VALIDATION_FAILED"), words_of_password(*broken)),
            Self::UserCodeNotAccepted => row(BAD, INVALID, "The activation code was not accepted.", Some("INVALID_USER_CODE"), "error-device-code"),
            Self::NameTaken => row(BAD, "REGISTRATION_FAILED", "The username is taken.", Some("USERNAME_TAKEN"), "error-name-taken"),
            Self::NameRefused => row(BAD, INVALID, "The name cannot be used.", Some("FIELD_INVALID"), "error-name-refused"),
            Self::AddressRefused => row(BAD, INVALID, "This is not an email address.", Some("FIELD_INVALID"), "error-address-refused"),
            Self::TooSoon => row(BAD, FAILED, "A code was sent only a moment ago.", Some("OTP_RESEND_TOO_SOON"), "error-code-too-soon"),
            Self::TooManyMessages => row(BAD, FAILED, "No more codes are sent for now.", Some("OTP_RESEND_LIMIT"), "error-code-too-many-sent"),
            Self::NotAllowed => row(StatusCode::FORBIDDEN, FAILED, "The authentication API cannot be used without redirects by this caller.", Some("NOT_ALLOWED"), "error-request-message"),
            Self::PagesOnly => row(BAD, FAILED, "What comes next cannot be done without a browser.", Some("INTERACTION_REQUIRED"), "failure-interaction"),
            Self::Request(error) => {
                let (error, message) = error.wire();
                row(BAD, FAILED, message, Some(error), "error-request-message")
            }
            Self::DeviceNeeded => row(BAD, FAILED, "The device cannot be removed: the sign-on rests on it.", Some("DEVICE_NEEDED"), "error-device-needed"),
            Self::Limited(_) => row(StatusCode::TOO_MANY_REQUESTS, FAILED, "Too many requests came from this address.", Some("TOO_MANY_REQUESTS"), "error-busy-message"),
            Self::Method => row(StatusCode::METHOD_NOT_ALLOWED, FAILED, "The method is not allowed here.", Some("METHOD_NOT_ALLOWED"), "error-method-message"),
            Self::Unavailable => row(StatusCode::SERVICE_UNAVAILABLE, FAILED, "The service is unavailable for the moment.", Some("UNAVAILABLE"), "error-unavailable-message"),
            Self::Defect => row(StatusCode::INTERNAL_SERVER_ERROR, FAILED, "The server met an unexpected condition.", Some("UNEXPECTED_ERROR"), "error-server-message"),
        }
    }

    /// The field that it is about.
    fn target(&self) -> Option<String> {
        match self {
            Self::MemberMissing(name) | Self::MemberInvalid(name) | Self::TargetRefused(name) => {
                Some((*name).to_owned())
            }
            Self::MemberUnknown(name) => Some(name.chars().take(MAX_TARGET).collect()),
            Self::NameTaken | Self::NameRefused => Some("username".to_owned()),
            Self::DeviceNeeded => Some("deviceRef".to_owned()),
            Self::AddressRefused => Some("email".to_owned()),
            _ => None,
        }
    }

    /// Its status and its body; `words` says a message to the person.
    pub(super) fn body(
        &self,
        words: impl Fn(&'static str) -> String,
    ) -> (StatusCode, Map<String, Value>) {
        let row = self.row();
        let told = words(row.words);
        let mut body = Map::new();
        body.insert("code".to_owned(), row.code.into());
        body.insert("message".to_owned(), row.message.into());
        body.insert("userMessage".to_owned(), told.as_str().into());
        if let Some(code) = row.detail {
            let mut detail = json!({ "code": code, "message": row.message, "userMessage": told });
            if let (Some(detail), Some(target)) = (detail.as_object_mut(), self.target()) {
                detail.insert("target".to_owned(), target.into());
            }
            if let (Some(detail), Self::PasswordRefused { verdicts, .. }) =
                (detail.as_object_mut(), self)
            {
                let told = |obeyed| told_rules(verdicts, obeyed, &words);
                detail.insert("failedValidators".to_owned(), told(false));
                detail.insert("satisfiedValidators".to_owned(), told(true));
            }
            body.insert("details".to_owned(), json!([detail]));
        }
        (row.status, body)
    }

    /// The response with what else an error says.
    pub(super) fn mark(&self, response: Response) -> Response {
        match self {
            Self::Limited(limited) => limited.mark(response),
            _ => response,
        }
    }
}

/// The rules for passwords that one obeys, or breaks.
fn told_rules(
    verdicts: &[(PasswordRule, bool)],
    obeyed: bool,
    words: impl Fn(&'static str) -> String,
) -> Value {
    let told = verdicts
        .iter()
        .filter(|(_, is_obeyed)| *is_obeyed == obeyed);
    let told = told.map(|(rule, _)| {
        json!({
            "code": rule.id().to_uppercase(),
            "message": rule.to_string(),
            "userMessage": words(words_of_rule(*rule)),
        })
    });
    told.collect()
}

/// The id of the words in which a person is told that their password breaks a rule.
const fn words_of_password(rule: PasswordRule) -> &'static str {
    match rule {
        PasswordRule::TooShort => "error-password-short",
        PasswordRule::TooLong => "error-password-long",
        PasswordRule::IsUsername => "error-password-policy",
        PasswordRule::Common => "error-password-common",
        PasswordRule::Unconfirmed => "error-password-mismatch",
        PasswordRule::Unchanged => "error-password-same",
    }
}

/// The id of the words in which a person is told a rule for passwords.
const fn words_of_rule(rule: PasswordRule) -> &'static str {
    match rule {
        PasswordRule::TooShort => "password-rule-short",
        PasswordRule::TooLong => "password-rule-long",
        PasswordRule::IsUsername => "password-rule-username",
        PasswordRule::Common => "password-rule-common",
        PasswordRule::Unconfirmed | PasswordRule::Unchanged => words_of_password(rule),
    }
}

/// The id of the words in which a person is told that an authorization request has failed.
pub(super) fn words_of_failure(error: &str) -> &'static str {
    match error {
        "access_denied" => "failure-denied",
        "login_required"
        | "account_selection_required"
        | "interaction_required"
        | "consent_required"
        | "unmet_authentication_requirements" => "failure-interaction",
        "server_error" => "error-server-message",
        _ => "error-request-message",
    }
}

impl From<Impasse> for ApiError {
    fn from(impasse: Impasse) -> Self {
        match impasse {
            Impasse::Gone | Impasse::Client | Impasse::Others => Self::NoFlow,
            Impasse::Limited(limited) => Self::Limited(limited),
            Impasse::Fault(fault) => Self::from(&fault),
        }
    }
}

impl From<&Fault> for ApiError {
    fn from(fault: &Fault) -> Self {
        tracing::error!(cause = %fault, "the authentication API could not answer");
        match fault {
            Fault::Busy(_) | Fault::Store(_) | Fault::Contention => Self::Unavailable,
            Fault::Defect(_) => Self::Defect,
        }
    }
}

impl From<PageError> for ApiError {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Limited(limited) => Self::Limited(limited),
            PageError::Unavailable => Self::Unavailable,
            PageError::Defect => Self::Defect,
            _ => Self::NoFlow,
        }
    }
}

impl From<SubmittedError> for ApiError {
    fn from(error: SubmittedError) -> Self {
        match error {
            SubmittedError::TooLarge => Self::TooLarge,
            SubmittedError::MediaType => Self::MediaType,
            SubmittedError::Parameters(_) | SubmittedError::Broken => Self::Unreadable,
        }
    }
}

impl From<Unserved> for ApiError {
    fn from(unserved: Unserved) -> Self {
        match unserved {
            Unserved::Busy | Unserved::TooSlow => Self::Unavailable,
            Unserved::TooLarge => Self::TooLarge,
            Unserved::Panicked => Self::Defect,
            Unserved::NotFound => Self::NoFlow,
            Unserved::MethodNotAllowed => Self::Method,
        }
    }
}

/// Gives what is not served the form of this door.
pub(crate) fn formed(response: Response) -> Response {
    let form = |unserved: Unserved| {
        let (status, mut body) = ApiError::from(unserved).body(|_| String::new());
        body.remove("userMessage");
        (status, axum::Json(Value::Object(body))).into_response()
    };
    Unserved::formed(response, form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pingfederate_3_1_an_error_has_details_and_says_which_field_it_is_about() {
        let (status, body) = ApiError::MemberMissing("otp").body(|id| format!("<{id}>"));
        assert_eq!(status, 400);
        let words = "<error-field-missing>";
        assert_eq!(
            Value::Object(body),
            json!({
                "code": "VALIDATION_ERROR",
                "message": "A required field is missing.",
                "userMessage": words,
                "details": [{
                    "code": "FIELD_REQUIRED",
                    "message": "A required field is missing.",
                    "userMessage": words,
                    "target": "otp",
                }],
            })
        );
    }

    #[test]
    fn what_others_send_is_not_repeated_at_length() {
        let long = "x".repeat(100_000);
        let (_, body) = ApiError::MemberUnknown(long).body(|_| String::new());
        assert_eq!(body["details"][0]["target"].as_str().unwrap().len(), 64);
    }
}
