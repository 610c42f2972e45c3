//! The table of all actions: what the body of each has, and what it means.

mod credential;
mod enrolment;

use authn::flow::{Flow, Newcomer};
use serde_json::{Map, Value};

use self::credential::assertion;
pub(in super::super) use self::enrolment::device_type_of;
use crate::door::passage::Submission;

/// The longest text that is no assertion, in bytes.
pub(super) const MAX_TEXT: usize = 4096;

/// What asks whether an authenticator has answered.
pub(super) const POLL: &str = "poll";

/// What a member of a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
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
    /// `{"deviceType": "..."}`, with what else is said of a method.
    Method,
}

/// A member of a body.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Member {
    pub(in super::super) name: &'static str,
    pub(in super::super) kind: Kind,
    pub(in super::super) is_required: bool,
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
pub(in super::super) type Members = Map<String, Value>;

/// An action: its id, what its body has, and what it means in a flow.
pub(in super::super) struct Row {
    pub(in super::super) id: &'static str,
    pub(in super::super) members: &'static [Member],
    pub(in super::super) means: for<'a> fn(&'a Members, &Flow) -> Submission<'a>,
}

/// A field of a registration: its name, the id of its words, its type, and whether it is required.
pub(in super::super) struct Field {
    pub(in super::super) name: &'static str,
    pub(in super::super) words: &'static str,
    pub(in super::super) kind: &'static str,
    pub(in super::super) is_required: bool,
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
pub(in super::super) const FIELDS: [Field; 4] = [
    field("username", "username", "TEXT", true),
    field("email", "email", "EMAIL", true),
    field("given_name", "given-name", "TEXT", false),
    field("family_name", "family-name", "TEXT", false),
];
/// The password once more: PingFederate's widget sends it among the fields.
pub(super) const CONFIRM: &str = "newpassword";

/// All actions.
pub(in super::super) fn actions() -> impl Iterator<Item = &'static Row> {
    ACTIONS.iter().chain(enrolment::ACTIONS)
}

/// The table of the actions, but for those that set up a device. What a state offers is said in [`State`](super::super::state::State).
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
        means: |_, _| Submission::InitiatePasswordChange,
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
        id: "clearIdentifier",
        members: &[required("identifier", Kind::Text)],
        means: |_, _| Submission::ClearName,
    },
    Row {
        id: "restart",
        members: &[],
        means: |_, _| Submission::Restart,
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
        // It is proven already, but whoever shows it once more is believed no wrong one.
        means: |body, _| match text(body, "existingPassword") {
            "" => Submission::NewPassword {
                new: text(body, "newPassword"),
                confirm: text(body, "newPassword"),
            },
            current => Submission::ChangePassword {
                current,
                new: text(body, "newPassword"),
            },
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
        id: "manageDevices",
        members: &[],
        means: |_, _| Submission::ManageDevices,
    },
    Row {
        id: "setDefaultDevice",
        members: &[required("deviceRef", Kind::Reference)],
        means: |body, _| {
            let device = reference(body, "deviceRef").parse();
            device.map_or(Submission::Unknown, Submission::DefaultDevice)
        },
    },
    Row {
        id: "removeDevice",
        members: &[required("deviceRef", Kind::Reference)],
        means: |body, _| {
            let device = reference(body, "deviceRef").parse();
            device.map_or(Submission::Unknown, Submission::RemoveDevice)
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
        id: POLL,
        members: &[],
        // Who looks does nothing.
        means: |_, _| Submission::Unknown,
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

impl Kind {
    pub(super) fn has(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::String(text)) => text.len() <= MAX_TEXT,
            (Self::LongText, Value::String(_)) | (Self::Flag, Value::Bool(_)) => true,
            (Self::Flag, Value::String(text)) => matches!(text.as_str(), "true" | "false"),
            (Self::Reference, Value::Object(reference)) => {
                reference.len() == 1 && reference.get("id").is_some_and(Value::is_string)
            }
            (Self::Method, Value::Object(method)) => {
                method.contains_key("deviceType")
                    && method.values().all(|value| Self::Text.has(value))
            }
            (Self::Fields, Value::Object(fields)) => {
                fields.values().all(|value| Self::Text.has(value))
            }
            _ => false,
        }
    }
}

pub(super) fn text<'a>(members: &'a Members, name: &str) -> &'a str {
    let value = members.get(name).and_then(Value::as_str);
    value.unwrap_or_default()
}

pub(super) fn flag(members: &Members, name: &str) -> bool {
    let value = members.get(name);
    value.is_some_and(|it| it.as_bool() == Some(true) || it.as_str() == Some("true"))
}

fn reference<'a>(members: &'a Members, name: &str) -> &'a str {
    let value = members.get(name).and_then(|it| it.get("id"));
    value.and_then(Value::as_str).unwrap_or_default()
}
