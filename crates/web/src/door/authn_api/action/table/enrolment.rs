//! The actions by which somebody sets up their first device.

use authn::factor::webauthn::RegistrationResponse;
use authn::flow::PairingMethod;

use super::credential::credential;
use super::{Kind, Member, Row, required, text};
use crate::door::passage::Submission;

const OTP: &[Member] = &[required("otp", Kind::Text)];

const ATTESTATION: &[Member] = &[
    required("attestation", Kind::LongText),
    // What was signed says from where it comes; this does not, and is not believed.
    required("origin", Kind::Text),
];

/// The table of these actions.
pub(super) const ACTIONS: &[Row] = &[
    Row {
        id: "setupMfa",
        members: &[],
        means: |_, _| Submission::SetUp,
    },
    Row {
        id: "skipMfa",
        members: &[],
        means: |_, _| Submission::Skip,
    },
    Row {
        id: "selectDevicePairingMethod",
        // What else is said there of a method is of no account.
        members: &[required("devicePairingMethod", Kind::Method)],
        means: |body, _| {
            let method = body.get("devicePairingMethod");
            let named = method.and_then(|it| it.get("deviceType")?.as_str());
            match named.and_then(pairing_method) {
                Some(method) => Submission::Pair(method),
                None => Submission::Unknown,
            }
        },
    },
    Row {
        id: "submitEmailTarget",
        members: &[required("email", Kind::Text)],
        means: |body, _| Submission::PairAt(text(body, "email")),
    },
    Row {
        id: "submitSmsTarget",
        members: &[required("phone", Kind::Text)],
        means: |body, _| Submission::PairAt(text(body, "phone")),
    },
    Row {
        id: "submitVoiceTarget",
        members: &[required("phone", Kind::Text)],
        means: |body, _| Submission::PairAt(text(body, "phone")),
    },
    activation("activateEmailDevice"),
    activation("activateSmsDevice"),
    activation("activateVoiceDevice"),
    activation("activateTotpDevice"),
    registration_of_key("activateFido2Device"),
    registration_of_key("activatePlatformDevice"),
    registration_of_key("activateSecurityKeyDevice"),
    Row {
        id: "cancelDevicePairing",
        members: &[],
        means: |_, _| Submission::Back,
    },
    Row {
        id: "updateDeviceNickname",
        members: &[required("nickname", Kind::Text), required("id", Kind::Text)],
        means: |body, _| Submission::DeviceName(text(body, "nickname")),
    },
    Row {
        id: "skipUpdateDeviceNickname",
        members: &[],
        means: |_, _| Submission::Continue,
    },
];

/// The code by which a new device shows that it works.
const fn activation(id: &'static str) -> Row {
    Row {
        id,
        members: OTP,
        means: |body, _| Submission::Code(text(body, "otp")),
    }
}

/// What a new passkey or security key has answered.
const fn registration_of_key(id: &'static str) -> Row {
    Row {
        id,
        members: ATTESTATION,
        means: |body, _| match attestation(text(body, "attestation")) {
            Some(response) => Submission::Credential(Box::new(response)),
            None => Submission::Unknown,
        },
    }
}

/// The method of this type.
fn pairing_method(device_type: &str) -> Option<PairingMethod> {
    let known = PairingMethod::ALL.into_iter();
    let mut known = known.filter(|it| device_type_of(*it).eq_ignore_ascii_case(device_type));
    // Platforms have passkeys.
    let is_platform = device_type.eq_ignore_ascii_case("PLATFORM");
    known
        .next()
        .or_else(|| is_platform.then_some(PairingMethod::Passkey))
}

/// What a method is called here.
pub(in super::super::super) const fn device_type_of(method: PairingMethod) -> &'static str {
    match method {
        PairingMethod::Passkey => "FIDO2",
        PairingMethod::SecurityKey => "SECURITY_KEY",
        PairingMethod::Authenticator => "MOBILE",
        PairingMethod::Totp => "TOTP",
        PairingMethod::Sms => "SMS",
        PairingMethod::Voice => "Voice",
        PairingMethod::Email => "Email",
    }
}

/// Reads what an authenticator has made, as scripts for this API write it.
fn attestation(text: &str) -> Option<RegistrationResponse> {
    RegistrationResponse::parse(credential(text)?.to_string().as_bytes()).ok()
}
