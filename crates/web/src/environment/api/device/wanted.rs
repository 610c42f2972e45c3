//! What requests about devices want, as `PingOne` writes it.

use authn::account::device::Wanted;
use authn::factor::webauthn::RegistrationResponse;
use authn::flow::WebAuthnPolicy;
use domain::{DeviceId, Uuid};
use serde_json::{Map, Value};

use super::super::given::Mistakes;
use crate::environment::error::{ApiError, Detail};

/// A device that is to be added.
pub(super) struct Ordered {
    pub(super) wanted: Wanted,
    pub(super) nickname: String,
    /// Whether it is to be active at once.
    pub(super) active: bool,
    /// The field that says where it is.
    pub(super) target: &'static str,
    /// In which language its person is told things.
    pub(super) locale: Option<String>,
    /// The id of the policy by which it is set up, if it says one.
    pub(super) policy: Option<String>,
}

/// Reads the device that is to be added.
pub(super) fn read(
    members: &Map<String, Value>,
    policy: Option<&WebAuthnPolicy>,
) -> Result<Ordered, ApiError> {
    let mut mistakes = Mistakes::default();
    let mut text = |name: &'static str| mistakes.text(members, (name, name)).map(str::to_owned);
    let (kind, phone, email) = (text("type"), text("phone"), text("email"));
    let (nickname, status) = (text("nickname").unwrap_or_default(), text("status"));
    let mut needed = |value: Option<String>, name: &'static str| {
        if value.is_none() && mistakes.0.iter().all(|it| it.target != name) {
            mistakes.0.push(Detail::required(name));
        }
        value.unwrap_or_default()
    };
    let kind = needed(kind, "type");
    let (wanted, target) = match kind.as_str() {
        "SMS" => (Wanted::Sms(needed(phone, "phone")), "phone"),
        "VOICE" => (Wanted::Voice(needed(phone, "phone")), "phone"),
        "EMAIL" => (Wanted::Email(needed(email, "email")), "email"),
        "MOBILE" => (Wanted::Authenticator, "type"),
        "FIDO2" => (Wanted::WebAuthn { roaming: false }, "type"),
        // Whatever else it says is a mistake that is told of below.
        _ => (Wanted::Totp, "type"),
    };
    if !["SMS", "VOICE", "EMAIL", "TOTP", "FIDO2", "MOBILE", ""].contains(&kind.as_str()) {
        let message = "type must be SMS, VOICE, EMAIL, TOTP, FIDO2 or MOBILE.";
        mistakes.0.push(Detail::invalid("type", message));
    }
    let is_sent = wanted.kind().is_sent();
    let active = match status.as_deref() {
        None => is_sent,
        Some("ACTIVE") if is_sent => true,
        Some("ACTIVATION_REQUIRED") => false,
        Some(_) => {
            let message = "status must be ACTIVATION_REQUIRED, or ACTIVE where codes are sent.";
            mistakes.0.push(Detail::invalid("status", message));
            false
        }
    };
    let rp_id = members.get("rp").and_then(|rp| rp.get("id"));
    let ours = policy.map(|policy| Value::from(policy.relying_party.id()));
    if matches!(wanted, Wanted::WebAuthn { .. }) && rp_id.is_some() && rp_id != ours.as_ref() {
        let message = "rp.id must be that of this server.";
        mistakes.0.push(Detail::invalid("rp.id", message));
    }
    let named = members.get("policy").and_then(|it| it.get("id"));
    let by = named.and_then(Value::as_str).map(str::to_owned);
    if members.contains_key("policy") && by.is_none() {
        let message = "policy must be an object with the id of a policy.";
        mistakes.0.push(Detail::invalid("policy.id", message));
    }
    let locale = members.get("notification");
    let locale = locale.and_then(|it| it.pointer("/template/locale")?.as_str());
    mistakes.check(Ordered {
        wanted,
        nickname,
        active,
        target,
        locale: locale.map(str::to_owned),
        policy: by,
    })
}

/// The devices in the order in which they are to be asked.
pub(super) fn order(members: &Map<String, Value>) -> Result<Vec<DeviceId>, ApiError> {
    let message = "order must be a list of objects with the id of a device.";
    let wrong = || ApiError::Invalid(vec![Detail::invalid("order", message)]);
    let order = members.get("order").and_then(Value::as_array);
    let ids = order.ok_or_else(wrong)?.iter().map(|entry| {
        let id = entry.get("id").and_then(Value::as_str);
        let id = id.and_then(|id| id.parse::<Uuid>().ok());
        id.map(DeviceId::from).ok_or_else(wrong)
    });
    ids.collect()
}

/// The credential that a browser has made, if the request brings one.
pub(super) fn attestation(
    members: &Map<String, Value>,
    policy: Option<&WebAuthnPolicy>,
) -> Result<Option<RegistrationResponse>, ApiError> {
    let Some(given) = members.get("attestation") else {
        return Ok(None);
    };
    let wrong = |target: &str, message: &str| {
        Err(ApiError::Invalid(vec![Detail::invalid(target, message)]))
    };
    let origin = members.get("origin").and_then(Value::as_str);
    let is_ours = |origin: &str| policy.is_some_and(|it| it.relying_party.expects_origin(origin));
    if !origin.is_none_or(is_ours) {
        return wrong("origin", "The origin is not one of this server.");
    }
    let text = given.as_str().and_then(in_base64url);
    let response = text.and_then(|text| RegistrationResponse::parse(text.as_bytes()).ok());
    match response {
        Some(response) => Ok(Some(response)),
        None => wrong(
            "attestation",
            "The attestation is not a new credential in JSON.",
        ),
    }
}

/// The same credential with its bytes in base64url: scripts for `PingOne` write them in base64.
fn in_base64url(attestation: &str) -> Option<String> {
    let mut credential = jose::json::parse(attestation.as_bytes()).ok()?;
    for path in [
        "/rawId",
        "/response/clientDataJSON",
        "/response/attestationObject",
    ] {
        if let Some(Value::String(text)) = credential.pointer_mut(path) {
            *text = text
                .trim_end_matches('=')
                .replace('+', "-")
                .replace('/', "_");
        }
    }
    Some(credential.to_string())
}
