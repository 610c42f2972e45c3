//! The forms of a flow's pages.

use authn::factor::webauthn::AuthenticationResponse;
use oauth::Parameters;

use crate::door::passage::Submission;

/// Reads a form, which is named by its button. A field that is missing is one that was left empty.
pub(super) fn read(form: &Parameters) -> Submission<'_> {
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
        _ => Submission::Unknown,
    }
}
