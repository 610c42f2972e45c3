//! The devices with which someone answers, on the command line.

use authn::factor::totp;
use clap::Args;
use domain::port::Random;
use domain::{Device, DeviceId, DeviceKind, DeviceStatus, Secret, Timestamp, UserId};
use serde_json::{Value, json};

/// Where codes are sent to someone.
#[derive(Args)]
pub(super) struct Codes {
    /// An address to which codes are sent by mail.
    #[arg(id = "email_code", long = "email-code", value_name = "ADDRESS", value_parser = mail_address)]
    email: Vec<String>,
    /// A telephone number to which codes are sent as text messages, such as +49301234567.
    #[arg(id = "sms_code", long = "sms-code", value_name = "NUMBER", value_parser = number)]
    sms: Vec<String>,
    /// A telephone number at which codes are read out.
    #[arg(id = "voice_code", long = "voice-code", value_name = "NUMBER", value_parser = number)]
    voice: Vec<String>,
}

impl Codes {
    /// What the devices are.
    pub(super) fn kinds(&self) -> Vec<DeviceKind> {
        let email = |address: &String| DeviceKind::Email {
            address: address.clone(),
        };
        let sms = |number: &String| DeviceKind::Sms {
            number: number.clone(),
        };
        let voice = |number: &String| DeviceKind::Voice {
            number: number.clone(),
        };
        let emails = self.email.iter().map(email);
        let telephones = self.sms.iter().map(sms);
        let telephones = telephones.chain(self.voice.iter().map(voice));
        emails.chain(telephones).collect()
    }
}

/// An address for mail, as people have them.
pub(super) fn mail_address(text: &str) -> Result<String, &'static str> {
    domain::is_mail_address(text)
        .then(|| text.to_owned())
        .ok_or("it is not an address such as alice@example.com")
}

/// A telephone number as all the world writes it, without the spaces that people write.
fn number(text: &str) -> Result<String, &'static str> {
    domain::telephone_number(text).ok_or("it is not a number such as +49301234567")
}

/// An authenticator app that shows the codes of this secret. Whoever imports a secret vouches for it.
pub(super) fn app(user: UserId, secret: &Secret, now: Timestamp, random: &dyn Random) -> Device {
    Device {
        status: DeviceStatus::Active,
        ..totp::device(user, "Authenticator app", secret.clone(), now, random)
    }
}

/// A device to which codes are sent. The operator who adds someone knows their address.
pub(super) fn sent_to(
    user: UserId,
    kind: &DeviceKind,
    now: Timestamp,
    random: &dyn Random,
) -> Device {
    let name = match kind {
        DeviceKind::Email { .. } => "Mail",
        DeviceKind::Voice { .. } => "Call",
        _ => "Text message",
    };
    Device {
        id: DeviceId::new(now, random),
        user,
        name: name.to_owned(),
        kind: kind.clone(),
        status: DeviceStatus::Active,
        created: now,
        last_used: None,
        position: 0,
        pairing: None,
    }
}

/// What a device is called on the command line.
pub(super) const fn type_of(kind: &DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Totp(_) => "totp",
        DeviceKind::Email { .. } => "email",
        DeviceKind::Sms { .. } => "sms",
        DeviceKind::Voice { .. } => "voice",
        DeviceKind::WebAuthn(_) | DeviceKind::WebAuthnPending { .. } => "webauthn",
        DeviceKind::Authenticator(_) | DeviceKind::AuthenticatorPending => "authenticator",
        DeviceKind::Face(_) | DeviceKind::FacePending => "face",
        DeviceKind::RecoveryCodes(_) => "recovery_codes",
    }
}

/// A device as JSON; where codes go only its owner recognises.
pub(super) fn described(device: &Device) -> Value {
    json!({
        "id": device.id.to_string(),
        "type": type_of(&device.kind),
        "name": device.name,
        "status": device.status,
        "target": device.kind.masked_target(),
    })
}
