//! What people are sent on their way through a flow.

use std::time::Duration;

use domain::port::Changes;
use domain::{DeviceKind, Message, MessageContent, Secret, Timestamp, User};

use super::facts::Wording;
use super::record::Flow;
use crate::approval::template::Method;
use crate::approval::{Shown, tell};
use crate::audit::Auditor;
use crate::evidence::FactorKind;
use crate::factor::mailed::MailedCode;

/// How a device of this kind is told things, if it is one to which codes are sent.
pub(crate) const fn method_of(kind: FactorKind) -> Option<Method> {
    match kind {
        FactorKind::Email => Some(Method::Email),
        FactorKind::Sms => Some(Method::Sms),
        FactorKind::Voice => Some(Method::Voice),
        FactorKind::Password
        | FactorKind::Totp
        | FactorKind::WebAuthn
        | FactorKind::Push
        | FactorKind::Face
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

/// In which words somebody is told something, and when.
#[derive(Clone, Copy)]
pub(super) struct Voice<'a> {
    pub(super) wording: &'a Wording,
    pub(super) now: Timestamp,
}

impl Voice<'_> {
    fn tell(&self, template: &str, user: &User) -> Option<Shown> {
        let (names, templates) = (self.wording.names(user), &self.wording.templates);
        tell(template, Method::Email, &names, templates, self.now).ok()
    }
}

/// How long a message without a code is worth being sent.
pub(crate) const NOTICE_LIFETIME: Duration = Duration::from_hours(24);

/// A code for whoever has this mailbox.
pub(super) fn mailed_code(
    template: &str,
    (user, mailbox): (&User, DeviceKind),
    code: &MailedCode,
    voice: Voice<'_>,
) -> Option<MessageContent> {
    let shown = voice.tell(template, user).filter(Shown::has_code)?;
    content(&mailbox, &shown, code.code().expose())
}

/// What whoever has this mailbox is told, without a code.
pub(super) fn notice(
    template: &str,
    (user, mailbox): (&User, DeviceKind),
    voice: Voice<'_>,
) -> Option<MessageContent> {
    let shown = voice.tell(template, user)?;
    content(&mailbox, &shown, "")
}

/// Tells somebody by mail that they are blocked for a while, and how they recover at once (RTS art. 4(4)).
pub(crate) fn of_block(user: &User, wording: &Wording, auditor: Auditor<'_>) -> Changes {
    let (now, random) = (auditor.now, auditor.random);
    let mut changes = Changes::none();
    let address = user.profile.email.clone();
    let address = address.filter(|_| user.profile.email_verified == Some(true) && user.enabled);
    let Some(address) = address else {
        return changes;
    };
    let mailbox = DeviceKind::Email { address };
    let voice = Voice { wording, now };
    if let Some(content) = notice("sign_on_blocked", (user, mailbox), voice) {
        changes.insert(&Message::new(content, NOTICE_LIFETIME, now, random));
    }
    changes
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
        | DeviceKind::Authenticator(_)
        | DeviceKind::AuthenticatorPending
        | DeviceKind::Face(_)
        | DeviceKind::FacePending
        | DeviceKind::RecoveryCodes(_) => return None,
    })
}
