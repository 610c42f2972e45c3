//! The forms of a flow's pages.

use authn::factor::webauthn::{AuthenticationResponse, RegistrationResponse};
use authn::flow::{BrowserFailure, Newcomer};
use oauth::Parameters;

use crate::door::enrolment::named as named_method;
use crate::door::passage::Submission;

/// Reads a form, which is named by its button. A field that is missing is one that was left empty.
pub(super) fn read(form: &Parameters) -> Submission<'_> {
    let submission = named(form);
    match form.value("trust") {
        Some("yes") => Submission::Trusting(Box::new(submission)),
        _ => submission,
    }
}

fn named(form: &Parameters) -> Submission<'_> {
    let field = |name| form.value(name).unwrap_or_default();
    match field("action") {
        "check-password" => Submission::Password {
            username: field("username"),
            password: field("password"),
        },
        "check-assertion" => match AuthenticationResponse::parse(field("assertion").as_bytes()) {
            Ok(response) => Submission::Assertion(Box::new(response)),
            Err(_) => Submission::Unknown,
        },
        "select-device" => match field("device").parse() {
            Ok(device) => Submission::Device(device),
            Err(_) => Submission::Unknown,
        },
        "resend" => Submission::Resend,
        "identify" => Submission::Name(field("username")),
        "clear-name" => Submission::ClearName,
        "recover" => Submission::Recover,
        "recover-name" => Submission::RecoverName(field("username")),
        "check-recovery-code" => Submission::MailedCode(field("recovery_code")),
        "recover-username" => Submission::RecoverUsername,
        "send-username" => Submission::SendUsername(field("email")),
        "change" => Submission::NewPassword {
            new: field("new_password"),
            confirm: field("confirm"),
        },
        "register" => Submission::Register,
        "register-user" => Submission::RegisterUser {
            newcomer: newcomer(field),
            new: field("new_password"),
            confirm: field("confirm"),
        },
        "enter-user-code" => Submission::UserCode(field("user_code")),
        "confirm-user-code" => Submission::ConfirmUserCode(field("user_code")),
        "change-password" => Submission::InitiatePasswordChange,
        "give-up" => Submission::GiveUp(BrowserFailure::named(field("failure"))),
        "continue" => Submission::Continue,
        "back" => Submission::Back,
        "check-code" => Submission::Code(field("otp")),
        "allow" => match field("subject").parse() {
            Ok(user) => Submission::Allow {
                user,
                scope: form.values("scope").collect(),
            },
            Err(_) => Submission::Unknown,
        },
        "deny" => Submission::Deny,
        "cancel" => Submission::Cancel,
        action => of_enrolment(action, field),
    }
}

/// The forms by which somebody sets up their first device, or sees to those that they have.
fn of_enrolment<'a>(action: &str, field: impl Fn(&'static str) -> &'a str) -> Submission<'a> {
    let device = || field("device").parse();
    match action {
        "manage-devices" => Submission::ManageDevices,
        "make-default" => device().map_or(Submission::Unknown, Submission::DefaultDevice),
        "remove-device" => device().map_or(Submission::Unknown, Submission::RemoveDevice),
        "set-up" => Submission::SetUp,
        "skip" => Submission::Skip,
        "pair" => match named_method(field("method")) {
            Some(method) => Submission::Pair(method),
            None => Submission::Unknown,
        },
        "pair-at" => Submission::PairAt(field("target")),
        "check-credential" => match RegistrationResponse::parse(field("assertion").as_bytes()) {
            Ok(response) => Submission::Credential(Box::new(response)),
            Err(_) => Submission::Unknown,
        },
        // A name need not be given.
        "name-device" => match field("name").trim() {
            "" => Submission::Continue,
            name => Submission::DeviceName(name),
        },
        _ => Submission::Unknown,
    }
}

/// Who somebody wants to be, as they filled it in.
fn newcomer<'a>(field: impl Fn(&'static str) -> &'a str) -> Newcomer {
    let named = |name| Some(field(name).trim().to_owned()).filter(|name| !name.is_empty());
    Newcomer {
        username: field("username").trim().to_owned(),
        email: field("email").trim().to_owned(),
        given_name: named("given_name"),
        family_name: named("family_name"),
    }
}
