//! What people are sent on their way through a flow.

use domain::{DeviceKind, MessageContent, Secret};

/// A one-time code for this device; `None` if it is not one to which codes are sent.
pub(super) fn one_time_code(device: &DeviceKind, code: &Secret) -> Option<MessageContent> {
    let text = Secret::new(format!("Your one-time code is {}.", code.expose()));
    Some(match device {
        DeviceKind::Email { address } => MessageContent::Email {
            to: address.clone(),
            subject: Secret::new("Your one-time code"),
            body: text,
            html: false,
        },
        DeviceKind::Sms { number } => MessageContent::Sms {
            to: number.clone(),
            text,
        },
        DeviceKind::Voice { number } => MessageContent::Voice {
            to: number.clone(),
            text,
            language: "en".to_owned(),
        },
        DeviceKind::Totp(_) | DeviceKind::WebAuthn(_) | DeviceKind::RecoveryCodes(_) => {
            return None;
        }
    })
}
