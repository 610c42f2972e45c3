//! What can be done in a flow: each action by the media type of its body.

use authn::factor::webauthn::AuthenticationResponse;
use authn::flow::{NewPasswordCause, Newcomer, Step, Turn};
use axum::body::Body;
use domain::User;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use oauth::device::UserCode;
use serde_json::{Map, Value};

use super::state::bound_name;
use crate::door::passage::Submission;
use crate::environment::error::{ApiError, Detail};
use crate::extract::bounded;

/// The longest body, in bytes.
const MAX_BODY: usize = 160 << 10;
/// The longest text that is no assertion, in bytes.
const MAX_TEXT: usize = 4096;
/// The action of whoever signs on with a password.
const CHECK: &str = "usernamePassword.check";
/// The member that says whether the browser is to be trusted, and the actions that have it.
const REMEMBER: &str = "rememberMe";
const REMEMBERING: [&str; 2] = ["otp.check", "assertion.check"];
/// What the media type of an action is around its name.
const TYPE: (&str, &str) = ("application/vnd.pingidentity.", "+json");

/// An action: its name, the member that it cannot be without, and what it means at a step.
struct Row {
    id: &'static str,
    required: &'static [&'static str],
    means: for<'a> fn(&'a Map<String, Value>, &'a Step) -> Option<Submission<'a>>,
}

/// The table of all actions. What a status offers is said in [`super::state`].
const ACTIONS: &[Row] = &[
    Row {
        id: CHECK,
        required: &["password"],
        means: |body, step| {
            let known = match step {
                Step::SignOn { username, .. } => username.as_deref(),
                _ => None,
            };
            Some(Submission::Password {
                username: text(body, "username").or(known).unwrap_or_default(),
                password: text(body, "password")?,
            })
        },
    },
    Row {
        id: "user.lookup",
        required: &["username"],
        means: |body, _| text(body, "username").map(Submission::Name),
    },
    Row {
        id: "password.reset",
        required: &["newPassword"],
        means: |body, step| {
            let new = text(body, "newPassword")?;
            let recovered = NewPasswordCause::Recovery;
            Some(match step {
                // They have shown the code that was mailed to them.
                Step::NewPassword { cause, .. } if *cause == recovered => {
                    Submission::NewPassword { new, confirm: new }
                }
                _ => Submission::ChangePassword {
                    current: text(body, "currentPassword").unwrap_or_default(),
                    new,
                },
            })
        },
    },
    Row {
        id: "password.forgot",
        required: &["username"],
        means: |body, _| {
            let named = Submission::RecoverName(text(body, "username")?);
            Some(Submission::Turning(Turn::Recovery, Box::new(named)))
        },
    },
    Row {
        id: "password.recover",
        required: &["recoveryCode", "newPassword"],
        means: |body, _| {
            Some(Submission::RecoverPassword {
                code: text(body, "recoveryCode")?,
                new: text(body, "newPassword")?,
            })
        },
    },
    Row {
        id: "password.sendRecoveryCode",
        required: &[],
        means: |_, _| Some(Submission::Resend),
    },
    Row {
        id: "user.register",
        required: &["username", "email", "password"],
        means: |body, _| {
            let password = text(body, "password")?;
            let registering = Submission::RegisterUser {
                newcomer: newcomer(body)?,
                new: password,
                confirm: password,
            };
            let registering = Box::new(registering);
            Some(Submission::Turning(Turn::Registration, registering))
        },
    },
    Row {
        id: "user.verify",
        required: &["verificationCode"],
        means: |body, _| text(body, "verificationCode").map(Submission::MailedCode),
    },
    Row {
        id: "user.sendVerificationCode",
        required: &[],
        means: |_, _| Some(Submission::Resend),
    },
    Row {
        id: "session.reset",
        required: &[],
        means: |_, _| Some(Submission::Restart),
    },
    Row {
        id: "device.select",
        required: &["device"],
        means: |body, _| {
            let device = body.get("device")?.get("id")?.as_str()?;
            Some(Submission::Device(device.parse().ok()?))
        },
    },
    Row {
        id: "cancel.push.authentication",
        required: &["reason"],
        means: |body, _| {
            let reason = text(body, "reason")?;
            (reason == "CHANGE_DEVICE").then_some(Submission::ChooseDevice)
        },
    },
    Row {
        id: "otp.check",
        required: &["otp"],
        means: |body, _| text(body, "otp").map(Submission::Code),
    },
    Row {
        id: "assertion.check",
        required: &["assertion"],
        means: |body, _| {
            // The credential is JSON in a text. Where it says that it is from is in what is signed;
            // what is beside it is not believed.
            let credential = body.get("assertion")?.as_str()?;
            let response = AuthenticationResponse::parse(credential.as_bytes()).ok()?;
            Some(Submission::Assertion(Box::new(response)))
        },
    },
    Row {
        id: "user.consent",
        required: &["accept"],
        means: consent,
    },
    Row {
        id: "deviceAuthGrant.consent",
        required: &["accept"],
        means: consent,
    },
    Row {
        id: "deviceAuthGrant.userCode.verify",
        required: &["userCode"],
        means: |body, step| {
            let typed = text(body, "userCode")?;
            Some(match step {
                // However it is written, it is the one that is shown.
                Step::ConfirmUserCode { user_code } if is_same_code(typed, user_code) => {
                    Submission::ConfirmUserCode(user_code)
                }
                Step::ConfirmUserCode { .. } => Submission::ConfirmUserCode(typed),
                _ => Submission::UserCode(typed),
            })
        },
    },
];

/// What somebody says whom a client asks.
fn consent<'a>(body: &'a Map<String, Value>, step: &'a Step) -> Option<Submission<'a>> {
    Some(match (body.get("accept")?.as_bool()?, step) {
        (true, Step::Consent { user, scope, .. }) => Submission::Allow {
            user: *user,
            scope: scope.clone(),
        },
        _ => Submission::Deny,
    })
}

fn is_same_code(typed: &str, shown: &str) -> bool {
    let shown_as = |code: &str| UserCode::typed(code).map(|code| code.shown());
    shown_as(typed).is_some_and(|typed| Some(typed) == shown_as(shown))
}

/// The action that a media type names, in whatever case.
///
/// RFC 9110 §8.3.1: "The type and subtype tokens are case-insensitive."
fn named(media_type: &str) -> Option<&str> {
    let (head, rest) = media_type.split_at_checked(TYPE.0.len())?;
    let rest = Some(rest).filter(|_| head.eq_ignore_ascii_case(TYPE.0))?;
    let cut = rest.len().checked_sub(TYPE.1.len());
    let cut = cut.and_then(|at| rest.split_at_checked(at));
    match cut.filter(|(_, suffix)| suffix.eq_ignore_ascii_case(TYPE.1)) {
        Some((id, _)) => Some(id),
        // One action is documented without the suffix as well.
        None => Some(rest).filter(|it| it.eq_ignore_ascii_case("password.sendRecoveryCode")),
    }
}

/// What somebody does.
pub(super) struct Action {
    row: &'static Row,
    members: Map<String, Value>,
}

impl Action {
    /// Reads the request that says it.
    pub(super) async fn read(parts: &Parts, body: Body) -> Result<Self, ApiError> {
        let stated = parts.headers.get(CONTENT_TYPE);
        let stated = stated.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let essence = stated.split(';').next().unwrap_or_default().trim();
        let id = named(essence);
        let message = "The Content-Type must be that of an action.";
        let is_meant = |row: &&Row| id.is_some_and(|id| row.id.eq_ignore_ascii_case(id));
        let row = ACTIONS.iter().find(is_meant);
        let row = row.ok_or(match id {
            Some(_) => ApiError::NotOffered,
            None => ApiError::Body(message),
        })?;
        let body = bounded(body, MAX_BODY)
            .await
            .map_err(|_| ApiError::TooLarge)?;
        let members = match body.is_empty() {
            true => Map::new(),
            false => jose::json::parse_object(&body)
                .map_err(|_| ApiError::Body("The body must be an object of JSON."))?,
        };
        let is_missing = |name: &&&str| members.get(**name).is_none_or(Value::is_null);
        let missing: Vec<Detail> = row
            .required
            .iter()
            .filter(is_missing)
            .map(|name| Detail::required(name))
            .collect();
        match missing.is_empty() {
            true => Ok(Self { row, members }),
            false => Err(ApiError::Invalid(missing)),
        }
    }

    /// Its name.
    pub(super) const fn id(&self) -> &'static str {
        self.row.id
    }

    /// Whether it is about whom the step is about.
    pub(super) fn suits(&self, step: &Step) -> Result<(), ApiError> {
        let Some(given) = text(&self.members, "username").filter(|_| self.id() == CHECK) else {
            return Ok(());
        };
        let is_theirs = |bound| User::normalized(bound) == User::normalized(given);
        match bound_name(step).is_none_or(is_theirs) {
            true => Ok(()),
            false => {
                let message = "It is another user name than that of this flow.";
                let detail = Detail::invalid("username", message);
                Err(ApiError::Invalid(vec![detail]))
            }
        }
    }

    /// What it means at a step; nothing if it cannot be understood.
    pub(super) fn submission<'a>(&'a self, step: &'a Step) -> Result<Submission<'a>, ApiError> {
        let means = (self.row.means)(&self.members, step);
        let target = self.row.required.first().copied().unwrap_or_default();
        let invalid = || Detail::invalid(target, format!("{target} has not the right form."));
        let submission = means.ok_or_else(|| ApiError::Invalid(vec![invalid()]))?;
        Ok(match self.remembers()? {
            true => Submission::Trusting(Box::new(submission)),
            false => submission,
        })
    }

    /// Whether the browser is to be trusted from now on.
    fn remembers(&self) -> Result<bool, ApiError> {
        let said = self.members.get(REMEMBER);
        match said.filter(|_| REMEMBERING.contains(&self.id())) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(said)) => Ok(*said),
            Some(_) => {
                let detail = Detail::invalid(REMEMBER, "must be true or false.");
                Err(ApiError::Invalid(vec![detail]))
            }
        }
    }
}

/// Who somebody wants to be.
fn newcomer(members: &Map<String, Value>) -> Option<Newcomer> {
    let name = members.get("name").and_then(Value::as_object);
    let named = |part| name.and_then(|name| text(name, part)).map(str::to_owned);
    Some(Newcomer {
        username: text(members, "username")?.to_owned(),
        email: text(members, "email")?.to_owned(),
        given_name: named("given"),
        family_name: named("family"),
    })
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let text = members.get(name).and_then(Value::as_str);
    text.filter(|text| text.len() <= MAX_TEXT)
}
