//! Why an action had no effect, in the words of this door.

use authn::factor::password::PasswordRule;
use authn::flow::{Rejection, Step};
use authn::lockout;
use domain::Attempts;
use serde_json::json;

use crate::app::App;
use crate::door::passage::Asked;
use crate::environment::error::{ApiError, Detail};
use crate::fault::Fault;

/// What is said of a rejection. It tells neither which part was wrong, nor whether there is such a
/// person, nor whether there is a block (RTS art. 4(3)(a)): but for a block to whoever has proven who
/// they are.
pub(super) async fn of(
    rejected: Rejection,
    action: &str,
    asked: &Asked,
    app: &App,
) -> Result<ApiError, Fault> {
    let detail = match (rejected, action) {
        (Rejection::NotRecognised, "password.reset") => match &asked.step {
            Step::NewPassword { username, .. } => of_person(username, app).await?,
            _ => return Ok(ApiError::NotOffered),
        },
        (Rejection::NotRecognised, "assertion.check") => credentials("assertion"),
        (Rejection::NotRecognised, _) => credentials("password"),
        (Rejection::CodeNotAccepted, _) => {
            let target = match action {
                "password.recover" => "recoveryCode",
                "user.verify" => "verificationCode",
                _ => "otp",
            };
            Detail::invalid(target, "The provided code is not valid.")
        }
        (Rejection::AssertionNotAccepted, _) => {
            Detail::invalid("assertion", "The provided assertion is not valid.")
        }
        (Rejection::PasswordRefused(rule), _) => unsatisfied(rule),
        (Rejection::Incomplete, _) => {
            Detail::invalid("username", "Something that must be given is empty.")
        }
        (Rejection::NothingAllowed, _) => Detail::invalid("accept", "Nothing was accepted."),
        (Rejection::NameTaken, _) => Detail::taken("username"),
        (Rejection::NameRefused, _) => Detail::invalid("username", rejected.to_string()),
        (Rejection::AddressRefused, _) => Detail::invalid("email", rejected.to_string()),
        (Rejection::CredentialNotAccepted, _) => {
            Detail::invalid("attestation", rejected.to_string())
        }
        (Rejection::TargetRefused, _) => Detail::invalid("target", rejected.to_string()),
        (Rejection::DeviceNeeded, _) => Detail::invalid("device", rejected.to_string()),
        (Rejection::DeviceNameRefused, _) => Detail::invalid("nickname", rejected.to_string()),
        (Rejection::TooSoon | Rejection::TooManyMessages, _) => return Ok(ApiError::Paced),
        (Rejection::UserCodeNotAccepted, _) => {
            Detail::invalid("userCode", "The provided code is not valid.")
        }
        (Rejection::NotOffered, _) => return Ok(ApiError::NotOffered),
    };
    Ok(ApiError::Invalid(vec![detail]))
}

fn credentials(target: &str) -> Detail {
    Detail::of_code(
        "INVALID_CREDENTIALS",
        target,
        "The provided credentials are not valid.",
    )
}

/// Whoever has proven who they are may know that they are blocked, and for how long.
async fn of_person(username: &str, app: &App) -> Result<Detail, Fault> {
    let wrong = || Detail::invalid("currentPassword", "The provided password is not valid.");
    let counted = app.records.get::<Attempts>(&lockout::key(username)).await?;
    let until = counted.and_then(|counted| counted.blocked_until(app.now()));
    Ok(until.map_or_else(wrong, |until| {
        let seconds = until.seconds().saturating_sub(app.now().seconds());
        let message = "Too many passwords were wrong.";
        Detail::of_code("PASSWORD_LOCKED_OUT", "currentPassword", message)
            .with(json!({ "secondsUntilUnlock": seconds.max(1) }))
    }))
}

/// What a new password lacks, by the names of `PingOne`'s password policy.
fn unsatisfied(rule: PasswordRule) -> Detail {
    let requirement = match rule {
        PasswordRule::TooShort | PasswordRule::TooLong => "length",
        PasswordRule::IsUsername => "excludesProfileData",
        PasswordRule::Common => "excludesCommonlyUsed",
        PasswordRule::Unchanged => "history",
        // Nobody types it twice here.
        PasswordRule::Unconfirmed => "minComplexity",
    };
    Detail::invalid("password", format!("{rule}."))
        .with(json!({ "unsatisfiedRequirements": [requirement] }))
}
