//! People and devices as clients read them.

use std::time::Duration;

use domain::{Device, DeviceKind, Timestamp, User, WebAuthnCredential};
use serde_json::{Value, json};

use crate::pingid::{device_number, user_number};

/// How far the time of clients' places is behind UTC: times are told in U.S. Mountain Standard Time.
const BEHIND: Duration = Duration::from_hours(7);

/// The country calling codes (ITU-T E.164) of two digits; those of one are 1 and 7, and all others
/// have three.
const TWO_DIGITS: [u8; 44] = [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56,
    57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];

/// How somebody stands with the organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserState {
    /// Whether an activation code waits to be used.
    pub is_invited: bool,
    /// Until when they are let through, if they are.
    pub bypass: Option<Timestamp>,
    /// Whether wrong answers block them for a while.
    pub is_blocked: bool,
    /// Whether they have been sent so many codes that there are no more for a while.
    pub is_sent_nothing: bool,
}

impl UserState {
    /// The `status` of somebody, in the words that clients know.
    pub const fn status(self, is_enabled: bool, has_devices: bool) -> &'static str {
        match (is_enabled, self.bypass, has_devices) {
            (false, _, _) => "SUSPENDED",
            (true, Some(_), _) => "BYPASS",
            (true, None, true) if self.is_blocked => "LOCKED",
            (true, None, true) if self.is_sent_nothing => "OTP_LOCKED",
            (true, None, true) => "ACTIVE",
            (true, None, false) if self.is_invited => "PENDING_ACTIVATION",
            (true, None, false) => "NOT_ACTIVE",
        }
    }
}

/// What a device is called (`type`), in the words that clients know. An authenticator is an app that is
/// asked, whatever it runs on: they know no word for that alone.
pub fn device_type(kind: &DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Totp(_) => "Authenticator App",
        DeviceKind::Email { .. } => "Email",
        DeviceKind::Sms { .. } => "SMS",
        DeviceKind::Voice { .. } => "Voice",
        DeviceKind::WebAuthn(_) | DeviceKind::WebAuthnPending { .. } => match is_platform(kind) {
            true => "FIDO2 Biometrics",
            false => "Security Key",
        },
        DeviceKind::Authenticator(_) | DeviceKind::AuthenticatorPending => "Android",
        // It is in one browser, and none of theirs.
        DeviceKind::Face(_) | DeviceKind::FacePending => "Desktop",
        DeviceKind::RecoveryCodes(_) => "Hardware Token",
    }
}

/// Whether a passkey is part of the device at hand, and does not roam as security keys do.
pub fn is_platform(kind: &DeviceKind) -> bool {
    let is_part = |credential: &WebAuthnCredential| match credential.attachment.as_deref() {
        Some(attachment) => attachment == "platform",
        None => credential.transports.iter().any(|it| it == "internal"),
    };
    match kind {
        DeviceKind::WebAuthn(credential) => is_part(credential),
        DeviceKind::WebAuthnPending { roaming } => !roaming,
        _ => false,
    }
}

/// A device (`deviceDetails`); the first one is the primary one.
pub fn device(device: &Device, is_primary: bool) -> Value {
    let number = match &device.kind {
        DeviceKind::Sms { number } | DeviceKind::Voice { number } => Some(calling_code(number)),
        _ => None,
    };
    let email = match &device.kind {
        DeviceKind::Email { address } => Some(address.as_str()),
        _ => None,
    };
    let is_push = matches!(device.kind, DeviceKind::Authenticator(_));
    let display = match (&device.kind, number) {
        (_, Some((country, rest))) => Some(format!("{country}{rest}")),
        (DeviceKind::Email { address }, _) => Some(address.clone()),
        (DeviceKind::WebAuthn(_), _) if is_platform(&device.kind) => {
            Some("webauthn_platform".to_owned())
        }
        (DeviceKind::WebAuthn(_), _) => Some("WebAuthn".to_owned()),
        _ => None,
    };
    let fido = match &device.kind {
        DeviceKind::WebAuthn(credential) => Some(credential),
        _ => None,
    };
    let attachment = fido.map(|_| match is_platform(&device.kind) {
        true => "platform",
        false => "cross-platform",
    });
    json!({
        "deviceId": device_number(device.id),
        "deviceUuid": device.id.uuid(),
        "type": device_type(&device.kind),
        "deviceRole": if is_primary { "PRIMARY" } else { "SECONDARY" },
        "nickname": Some(&device.name).filter(|name| !name.is_empty()),
        "displayID": display,
        "enrollment": local_time(device.created),
        "email": email,
        "countryCode": number.map(|(country, _)| country),
        "phoneNumber": number.map(|(_, rest)| rest),
        "pushEnabled": is_push,
        "hasWatch": false,
        "appVersion": null,
        "osVersion": null,
        "deviceModel": null,
        "availableClaimedSms": 0,
        "availableNotClaimedSms": 0,
        "sentClaimedSms": -1,
        "sentNotClaimedSms": -1,
        "oathSerialNumber": null,
        "oathTokenType": null,
        "authenticationAttachment": attachment,
        "transports": fido.map(|credential| &credential.transports),
    })
}

/// A person (`userDetails`) with their devices, the primary one first.
pub fn user(user: &User, devices: &[&Device], state: UserState) -> Value {
    let all = || devices.iter().zip(0..);
    let all: Vec<Value> = all().map(|(it, place)| device(it, place == 0)).collect();
    let used = devices.iter().filter_map(|device| device.last_used).max();
    let (bypass, profile) = (state.bypass.map(Timestamp::millis), &user.profile);
    let service = match (user.enabled && !all.is_empty(), bypass) {
        (_, Some(_)) => "BYPASS",
        (true, None) => "ACTIVE",
        (false, None) => "NOT_ACTIVE",
    };
    let status = state.status(user.enabled, !all.is_empty());
    json!({
        "userName": user.username,
        "userId": user_number(user.id),
        "fname": profile.given_name,
        "lname": profile.family_name,
        "email": profile.email,
        "picURL": profile.picture,
        "role": "REGULAR",
        "status": status,
        "userEnabled": user.enabled,
        "userInBypass": bypass.is_some(),
        "bypassExpiration": bypass,
        "lastLogin": used.map(Timestamp::millis),
        "lastTransactions": [],
        "spList": [{
            "spAlias": "web",
            "spName": "web",
            "status": service,
            "bypassExpiration": bypass,
        }],
        "deviceDetails": all.first(),
        "devicesDetails": all,
    })
}

/// `yyyy-MM-dd HH:mm:ss.SSS`, where clients take it to be.
pub fn local_time(at: Timestamp) -> String {
    let told = (at - BEHIND).to_string();
    told.trim_end_matches('Z').replacen('T', " ", 1)
}

/// A telephone number (ITU-T E.164) as its country calling code and the rest, without the `+`.
pub fn calling_code(number: &str) -> (&str, &str) {
    let digits = number.trim_start_matches('+');
    let two = digits.get(..2).and_then(|two| two.parse::<u8>().ok());
    let length = match (digits.as_bytes().first(), two) {
        (Some(b'1' | b'7'), _) => 1,
        (_, Some(two)) if TWO_DIGITS.contains(&two) => 2,
        _ => 3,
    };
    digits.split_at_checked(length).unwrap_or((digits, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e164_a_number_begins_with_its_country() {
        assert_eq!(calling_code("+13035551234"), ("1", "3035551234"));
        assert_eq!(calling_code("+4915112345678"), ("49", "15112345678"));
        assert_eq!(calling_code("+420601123456"), ("420", "601123456"));
        assert_eq!(calling_code("+74951234567"), ("7", "4951234567"));
        assert_eq!(calling_code("+35"), ("35", ""));
    }

    #[test]
    fn what_keeps_somebody_is_told_before_what_they_have() {
        let state = UserState {
            is_invited: true,
            is_sent_nothing: true,
            ..UserState::default()
        };
        assert_eq!(state.status(true, true), "OTP_LOCKED");
        assert_eq!(state.status(true, false), "PENDING_ACTIVATION");
        let is_blocked = true;
        let state = UserState {
            is_blocked,
            ..state
        };
        assert_eq!(state.status(true, true), "LOCKED");
        let bypass = Some(Timestamp::from_seconds(1));
        let state = UserState { bypass, ..state };
        assert_eq!(state.status(true, true), "BYPASS");
        assert_eq!(state.status(true, false), "BYPASS");
        assert_eq!(state.status(false, true), "SUSPENDED");
        let state = UserState::default();
        assert_eq!(state.status(true, true), "ACTIVE");
        assert_eq!(state.status(true, false), "NOT_ACTIVE");
    }

    #[test]
    fn times_are_told_as_clients_read_them() {
        let noon = Timestamp::from_millis(1_795_348_800_123);
        assert_eq!(local_time(noon), "2026-11-22 05:00:00.123");
    }
}
