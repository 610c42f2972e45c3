//! The states in which somebody without a second factor sets one up.

use authn::flow::{Flow, PairingMethod, Step};
use domain::{DeviceKind, Secret};
use serde_json::{Value, json};

use super::{SECOND_FACTOR, State, shown};
use crate::app::App;
use crate::door::authn_api::action::device_type_of;

impl State {
    /// The state of such a step. What a browser is asked for to make a passkey is told besides.
    pub(super) fn of_enrolment(step: &Step, flow: &Flow, app: &App) -> Option<Self> {
        Some(match step {
            Step::SetUp {
                username,
                begun: false,
                skippable,
                ..
            } => {
                let mut state = Self::about(username, "MFA_SETUP_REQUIRED");
                state.tell("allowSkipMfa", *skippable);
                state.actions = vec!["setupMfa", "restart", "cancelAuthentication"];
                if *skippable {
                    state.actions.push("skipMfa");
                }
                state
            }
            Step::SetUp {
                username, methods, ..
            } => {
                let mut state = Self::about(username, "DEVICE_PAIRING_METHOD_REQUIRED");
                let methods = methods.iter().map(|it| method_shown(*it, app));
                state.tell("devicePairingMethods", methods.collect::<Vec<Value>>());
                state.actions = vec!["selectDevicePairingMethod"];
                state.may_give_up();
                state
            }
            Step::PairingTarget { username, method } => {
                let (status, action) = target_of(*method)?;
                let mut state = Self::about(username, status);
                state.actions = vec![action];
                state.may_give_up();
                state
            }
            Step::Activate { .. } => Self::of_activation(step, flow, app)?,
            Step::Enrolled { username, device } => {
                let mut state = Self::about(username, "MFA_COMPLETED");
                state.tell("device", shown(device, app));
                let codes = flow.new_recovery_codes().iter().map(Secret::expose);
                state.tell("recoveryCodes", codes.collect::<Vec<_>>());
                state.actions = vec![
                    "continueAuthentication",
                    "updateDeviceNickname",
                    "skipUpdateDeviceNickname",
                ];
                state
            }
            _ => return None,
        })
    }

    fn of_activation(step: &Step, flow: &Flow, app: &App) -> Option<Self> {
        let Step::Activate {
            username,
            method,
            device,
            sent,
            is_paired,
            ..
        } = step
        else {
            return None;
        };
        if *is_paired {
            let mut state = Self::about(username, "MFA_COMPLETED");
            state.actions = vec!["continueAuthentication"];
            return Some(state);
        }
        let (status, action) = activation_of(*method);
        let mut state = Self::about(username, status);
        state.actions = vec![action];
        if matches!(method, PairingMethod::Passkey) {
            // Scripts that know no other name for it.
            state.actions.push("activatePlatformDevice");
        }
        state.may_give_up();
        state.may_resend(sent.is_some_and(|sent| sent.again_at.is_some()));
        let named = json!({ "id": device.id.to_string(), "type": device_type_of(*method) });
        state.tell("device", named);
        if let Some(target) = &device.target {
            let name = match method {
                PairingMethod::Email => "email",
                _ => "phone",
            };
            state.tell(name, target.as_str());
        }
        let begun = flow.begun_device()?;
        if let (DeviceKind::Totp(kept), Some(uri)) = (&begun.kind, app.otpauth_uri(begun, username))
        {
            state.tell("keyUri", uri.as_str());
            state.tell("pairingKey", kept.secret.expose());
        }
        if let Some(key) = flow.pairing_key() {
            // Our authenticator takes the address where it takes the key: so a camera finds it too.
            state.tell("pairingKey", app.pairing_link(key.expose()));
            state.tell("applicationName", app.name());
        }
        Some(state)
    }

    fn about(username: &str, status: &'static str) -> Self {
        let mut state = Self::new(status, SECOND_FACTOR);
        state.tell("user", json!({ "username": username }));
        state
    }

    fn may_give_up(&mut self) {
        let ways = ["cancelDevicePairing", "cancelAuthentication"];
        self.actions.extend(ways);
    }
}

/// A method as scripts for this API read it.
fn method_shown(method: PairingMethod, app: &App) -> Value {
    let device_type = device_type_of(method);
    match method {
        PairingMethod::Authenticator => {
            json!({ "deviceType": device_type, "applicationName": app.name() })
        }
        _ => json!({ "deviceType": device_type }),
    }
}

/// The state in which it is asked where codes are to be sent, and what answers it.
const fn target_of(method: PairingMethod) -> Option<(&'static str, &'static str)> {
    Some(match method {
        PairingMethod::Email => ("EMAIL_PAIRING_TARGET_REQUIRED", "submitEmailTarget"),
        PairingMethod::Sms => ("SMS_PAIRING_TARGET_REQUIRED", "submitSmsTarget"),
        PairingMethod::Voice => ("VOICE_PAIRING_TARGET_REQUIRED", "submitVoiceTarget"),
        _ => return None,
    })
}

/// The state in which a device shows that it works, and what does.
const fn activation_of(method: PairingMethod) -> (&'static str, &'static str) {
    match method {
        PairingMethod::Email => ("EMAIL_ACTIVATION_REQUIRED", "activateEmailDevice"),
        PairingMethod::Sms => ("SMS_ACTIVATION_REQUIRED", "activateSmsDevice"),
        PairingMethod::Voice => ("VOICE_ACTIVATION_REQUIRED", "activateVoiceDevice"),
        PairingMethod::Totp => ("TOTP_ACTIVATION_REQUIRED", "activateTotpDevice"),
        PairingMethod::Passkey => ("FIDO2_ACTIVATION_REQUIRED", "activateFido2Device"),
        PairingMethod::SecurityKey => (
            "SECURITY_KEY_ACTIVATION_REQUIRED",
            "activateSecurityKeyDevice",
        ),
        PairingMethod::Authenticator => ("MOBILE_ACTIVATION_REQUIRED", "poll"),
    }
}
