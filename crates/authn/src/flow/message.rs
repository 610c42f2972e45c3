//! What people are sent on their way through a flow.

use domain::{DeviceKind, MessageContent, Secret, Timestamp, User};

use super::facts::Wording;
use super::record::Flow;
use crate::approval::template::Method;
use crate::approval::{Shown, tell};
use crate::evidence::FactorKind;

/// How a device of this kind is told things, if it is one to which codes are sent.
pub(crate) const fn method_of(kind: FactorKind) -> Option<Method> {
    match kind {
        FactorKind::Email => Some(Method::Email),
        FactorKind::Sms => Some(Method::Sms),
        FactorKind::Voice => Some(Method::Voice),
        FactorKind::Password
        | FactorKind::Totp
        | FactorKind::WebAuthn
        | FactorKind::RecoveryCode => None,
    }
}

/// A one-time code for this device, in the words of what it approves, if it approves something;
/// `None` if there are no words, or it is not a device to which codes are sent.
pub(super) fn one_time_code(
    flow: &Flow,
    (user, device): (&User, &DeviceKind),
    code: &Secret,
    (wording, now): (&Wording, Timestamp),
) -> Option<MessageContent> {
    let method = method_of(FactorKind::of_device(device))?;
    let shown = match flow.presented() {
        Some(presented) => presented.shown(method)?.clone(),
        None => {
            let (names, templates) = (wording.names(user), &wording.templates);
            tell("strong_authentication", method, &names, templates, now).ok()?
        }
    };
    // A text without the code would have people look for it in vain.
    shown
        .has_code()
        .then(|| content(device, &shown, code.expose()))?
}

/// A text as it goes to a device of this kind, with a code in its place if it has one; `None` if it is
/// not one to which anything is sent.
pub(crate) fn content(device: &DeviceKind, shown: &Shown, code: &str) -> Option<MessageContent> {
    let message = shown.with_code(code);
    let text = Secret::new(message.text);
    Some(match device {
        DeviceKind::Email { address } => MessageContent::Email {
            to: address.clone(),
            subject: Secret::new(message.title.unwrap_or_default()),
            body: text,
            html: message.is_html,
        },
        DeviceKind::Sms { number } => MessageContent::Sms {
            to: number.clone(),
            text,
        },
        DeviceKind::Voice { number } => MessageContent::Voice {
            to: number.clone(),
            text,
            language: shown.locale().to_owned(),
        },
        DeviceKind::Totp(_)
        | DeviceKind::WebAuthn(_)
        | DeviceKind::WebAuthnPending { .. }
        | DeviceKind::RecoveryCodes(_) => return None,
    })
}
