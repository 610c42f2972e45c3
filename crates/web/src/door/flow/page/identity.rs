//! The pages on which people say who they are, or recover what they have forgotten.

use authn::factor::password::{MAX_LENGTH, MIN_LENGTH};
use authn::factor::webauthn::Challenge;
use authn::flow::{Flow, NewPasswordCause, Offers, Step};
use domain::Timestamp;
use minijinja::{Value, context};

use crate::app::App;

impl App {
    pub(super) fn identity_contents(
        &self,
        flow: &Flow,
        step: &Step,
    ) -> Option<(&'static str, Value)> {
        Some(match step {
            Step::Identify {
                username,
                passkey,
                offers,
            } => {
                let passkey = self.passkey_options(flow, passkey.as_ref());
                let common = sign_on_contents(username.as_ref(), passkey, *offers);
                ("identify.html", common)
            }
            Step::SignOn {
                username,
                locked,
                changeable,
                passkey,
                offers,
            } => {
                let passkey = self.passkey_options(flow, passkey.as_ref());
                let common = sign_on_contents(username.as_ref(), passkey, *offers);
                let contents = context! {
                    username_locked => locked,
                    username_changeable => changeable,
                    ..common
                };
                ("sign-on.html", contents)
            }
            Step::NewPassword { username, cause } => {
                let contents = context! {
                    username => username,
                    cause => cause_shown(*cause),
                    min_length => MIN_LENGTH,
                    max_length => MAX_LENGTH,
                };
                ("new-password.html", contents)
            }
            Step::PasswordExpires { username, until } => {
                let days = days_until(*until, self.now());
                let contents = context! { username => username, days => days };
                ("password-expires.html", contents)
            }
            Step::PasswordChanged { username, .. } => {
                ("password-changed.html", context! { username => username })
            }
            _ => return recovery_contents(step),
        })
    }

    /// What a passkey is asked that says by itself who somebody is.
    fn passkey_options(&self, flow: &Flow, passkey: Option<&Challenge>) -> Option<String> {
        passkey.and_then(|challenge| self.script_options(flow, challenge, None))
    }
}

fn sign_on_contents(username: Option<&String>, passkey: Option<String>, offers: Offers) -> Value {
    context! {
        username => username.map(String::as_str).unwrap_or_default(),
        passkey_options => passkey,
        can_recover => offers.recovery,
        can_register => offers.registration,
    }
}

/// In how many days that is, at least one.
pub(in crate::door) fn days_until(until: Timestamp, now: Timestamp) -> u64 {
    until.since(now).as_secs().div_ceil(86_400).max(1)
}

fn recovery_contents(step: &Step) -> Option<(&'static str, Value)> {
    Some(match step {
        Step::RecoverName { username } => {
            let contents = context! { username => username.as_deref().unwrap_or_default() };
            ("recover-name.html", contents)
        }
        Step::RecoveryCode { username, sent } => {
            let contents = context! {
                username => username,
                can_resend => sent.again_at.is_some(),
                is_dead => !sent.is_alive,
            };
            ("recovery-code.html", contents)
        }
        Step::Register => {
            let contents = context! { min_length => MIN_LENGTH, max_length => MAX_LENGTH };
            ("register.html", contents)
        }
        Step::VerifyEmail { email, sent } => {
            let contents = context! {
                email => email,
                can_resend => sent.again_at.is_some(),
                is_dead => !sent.is_alive,
            };
            ("verify-email.html", contents)
        }
        Step::Registered { username } => ("registered.html", context! { username => username }),
        Step::RecoverUsername => ("recover-username.html", context! {}),
        Step::UsernameSent => ("username-sent.html", context! {}),
        _ => return None,
    })
}

/// The cause in the names of messages.
const fn cause_shown(cause: NewPasswordCause) -> &'static str {
    match cause {
        NewPasswordCause::MustChange => "must-change",
        NewPasswordCause::Expired => "expired",
        NewPasswordCause::Recovery => "recovery",
        NewPasswordCause::Requested => "requested",
    }
}
