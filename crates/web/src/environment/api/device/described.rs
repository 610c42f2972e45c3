//! Devices as the API shows them.

use authn::account::Owner;
use authn::account::device::{Wallet, options};
use authn::factor::totp;
use authn::factor::webauthn::BytesAs;
use domain::{Device, DeviceKind, DeviceStatus, User};
use serde_json::{Map, Value, json};

/// The address of the devices of a person.
pub(super) fn collection(user: &User, environment: &str) -> String {
    format!("{environment}/users/{}/devices", user.id.uuid())
}

/// A device as it is answered.
pub(super) fn described(device: &Device, user: &User, environment: &str) -> Value {
    let person = format!("{environment}/users/{}", user.id.uuid());
    let address = format!("{person}/devices/{}", device.id.uuid());
    let environment_id = environment.rsplit('/').next().unwrap_or_default();
    let mut links = json!({
        "self": { "href": address },
        "environment": { "href": environment },
        "user": { "href": person },
    });
    let is_pending = device.status == DeviceStatus::ActivationRequired;
    if let Some(links) = links.as_object_mut().filter(|_| is_pending) {
        links.insert("device.activate".to_owned(), json!({ "href": address }));
    }
    let mut shown = json!({
        "_links": links,
        "id": device.id.uuid(),
        "environment": { "id": environment_id },
        "user": { "id": user.id.uuid() },
        "type": kind(&device.kind),
        "status": device.status,
        "createdAt": device.created.to_string(),
        "updatedAt": device.last_used.unwrap_or(device.created).to_string(),
    });
    if let Some(shown) = shown.as_object_mut() {
        shown.extend(own(device));
    }
    shown
}

/// What a device has that others have not.
fn own(device: &Device) -> Map<String, Value> {
    let mut own = Map::new();
    let mut tell = |name: &str, value: Value| {
        own.insert(name.to_owned(), value);
    };
    if !device.name.is_empty() {
        tell("nickname", device.name.as_str().into());
    }
    match &device.kind {
        DeviceKind::Email { address } => tell("email", address.as_str().into()),
        DeviceKind::Sms { number } | DeviceKind::Voice { number } => {
            tell("phone", number.as_str().into());
        }
        DeviceKind::WebAuthn(credential) => {
            tell("rp", json!({ "id": credential.rp_id }));
        }
        DeviceKind::RecoveryCodes(codes) => tell("codesLeft", codes.hashes.len().into()),
        DeviceKind::Authenticator(authenticator) => {
            let enabled = authenticator.subscription.is_some();
            tell("push", json!({ "enabled": enabled }));
        }
        DeviceKind::Totp(_)
        | DeviceKind::WebAuthnPending { .. }
        | DeviceKind::AuthenticatorPending
        | DeviceKind::Face(_)
        | DeviceKind::FacePending => {}
    }
    own
}

const fn kind(kind: &DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Totp(_) => "TOTP",
        DeviceKind::Email { .. } => "EMAIL",
        DeviceKind::Sms { .. } => "SMS",
        DeviceKind::Voice { .. } => "VOICE",
        DeviceKind::WebAuthn(_) | DeviceKind::WebAuthnPending { .. } => "FIDO2",
        DeviceKind::Authenticator(_) | DeviceKind::AuthenticatorPending => "MOBILE",
        DeviceKind::Face(_) | DeviceKind::FacePending => "FACE",
        DeviceKind::RecoveryCodes(_) => "RECOVERY_CODES",
    }
}

/// A device that was begun, with what it takes to activate it: told when it is begun, and never again.
pub(super) fn with_pairing(
    mut described: Value,
    device: &Device,
    wallet: &Wallet<'_>,
    (owner, brand): (Owner<'_>, &str),
) -> Value {
    let Some(shown) = described.as_object_mut().filter(|_| !device.is_active()) else {
        return described;
    };
    if let DeviceKind::Totp(kept) = &device.kind {
        let uri = totp::otpauth_uri(kept, brand, &owner.user.username);
        shown.insert("secret".to_owned(), kept.secret.expose().into());
        shown.insert("keyUri".to_owned(), uri.as_str().into());
    }
    let policy = wallet.policy.webauthn.as_ref();
    let asked = policy.and_then(|policy| {
        options(owner.user, &wallet.devices, device, policy, |asked| {
            let party = asked.relying_party;
            let rp = json!({ "id": party.id(), "name": party.name() });
            (rp, asked.json(BytesAs::Numbers).to_string())
        })
    });
    if let Some((rp, asked)) = asked {
        shown.insert("rp".to_owned(), rp);
        let name = "publicKeyCredentialCreationOptions";
        shown.insert(name.to_owned(), asked.into());
    }
    described
}
