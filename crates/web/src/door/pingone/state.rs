//! What a step of a flow is called, what it tells, and what can be done in it.

use authn::evidence::FactorKind;
use authn::factor::password::{MAX_LENGTH, MIN_LENGTH};
use authn::factor::webauthn::{BytesAs, Challenge};
use authn::flow::{DeviceChoice, Door, Flow, NewPasswordCause, Offers, PushState, Step};
use serde_json::{Map, Value, json};

use crate::app::App;

/// What somebody does who types off the code of a device, or says that it is theirs.
const VERIFY_USER_CODE: &str = "deviceAuthGrant.userCode.verify";

/// The user name besides which no other will do: of who is signed on, or as it was looked up.
pub(super) fn bound_name(step: &Step) -> Option<&str> {
    match step {
        Step::SignOn {
            username,
            locked,
            changeable,
            ..
        } if *locked || *changeable => username.as_deref(),
        _ => None,
    }
}

/// Whether a step has a page of ours and nothing else: setting up devices.
pub(crate) const fn has_page_only(step: &Step) -> bool {
    matches!(
        step,
        Step::SetUp { .. }
            | Step::PairingTarget { .. }
            | Step::Activate { .. }
            | Step::Enrolled { .. }
            | Step::ManageDevices { .. }
    )
}

/// A state of a flow in which somebody is asked.
pub(super) struct Status {
    name: &'static str,
    model: Map<String, Value>,
    actions: Vec<&'static str>,
}

impl Status {
    /// The status of a step: the one table of them. Nothing for a step that is the last, or is known at
    /// other doors only.
    #[expect(clippy::too_many_lines, reason = "a table is read at one glance")]
    pub(super) fn of(step: &Step, flow: &Flow, app: &App) -> Option<Self> {
        Some(match step {
            Step::SignOn {
                username,
                passkey,
                offers,
                ..
            } => {
                let name = match bound_name(step) {
                    Some(_) => "PASSWORD_REQUIRED",
                    None => "USERNAME_PASSWORD_REQUIRED",
                };
                let mut status = Self::new(name, &["usernamePassword.check"]);
                status.offer(*offers);
                if let Some(username) = username {
                    status.embed("user", json!({ "username": username }));
                }
                status.take_passkey(passkey.as_ref(), flow, app);
                status
            }
            Step::SelectDevice { username, devices } => {
                let mut status = Self::new("DEVICE_SELECTION_REQUIRED", &["device.select"]);
                status.of_person(username, devices, None);
                status
            }
            Step::OneTimeCode {
                username,
                device,
                devices,
                ..
            } => {
                let mut status = Self::new("OTP_REQUIRED", &["otp.check", "device.select"]);
                status.of_person(username, devices, Some(device));
                status
            }
            Step::Assertion {
                username,
                device,
                devices,
                challenge,
                allowed,
            } => {
                let mut status = Self::new("ASSERTION_REQUIRED", &["device.select"]);
                status.of_person(username, devices, Some(device));
                let options =
                    app.assertion_options(flow, challenge, Some(allowed), BytesAs::Numbers);
                status.ask_for_assertion(&options?);
                status
            }
            Step::Push {
                username,
                device,
                devices,
                number,
                state,
                ..
            } => {
                let name = match state {
                    PushState::Waiting | PushState::Approved => "PUSH_CONFIRMATION_REQUIRED",
                    PushState::Rejected => "PUSH_CONFIRMATION_REJECTED",
                    PushState::TimedOut => "PUSH_CONFIRMATION_TIMED_OUT",
                };
                let actions = &["device.select", "cancel.push.authentication"];
                let mut status = Self::new(name, actions);
                status.of_person(username, devices, Some(device));
                if let (PushState::Waiting, Some(number)) = (state, number) {
                    status.tell("numberMatching", number.to_string());
                }
                status
            }
            Step::Face {
                username,
                device,
                devices,
                until,
                state,
            } => {
                let name = match state {
                    PushState::Waiting | PushState::Approved => "FACE_RECOGNITION_REQUIRED",
                    PushState::Rejected => "FACE_RECOGNITION_FAILED",
                    PushState::TimedOut => "FACE_RECOGNITION_TIMED_OUT",
                };
                let mut status = Self::new(name, &["device.select"]);
                status.of_person(username, devices, Some(device));
                if *state == PushState::Waiting {
                    status.tell("recognize", app.recognize_told(flow, *until)?);
                }
                status
            }
            Step::Consent {
                username, scope, ..
            } => {
                let mut status = match flow.origin().door {
                    Door::UserCode => {
                        Self::new("DAG_CONSENT_REQUIRED", &["deviceAuthGrant.consent"])
                    }
                    _ => Self::new("AGREEMENT_CONSENT_REQUIRED", &["user.consent"]),
                };
                status.embed("user", json!({ "username": username }));
                status.tell("scope", scope.to_string());
                status
            }
            Step::Identify {
                offers, passkey, ..
            } => {
                let mut status = Self::new("SIGN_ON_REQUIRED", &["user.lookup"]);
                status.offer(*offers);
                status.take_passkey(passkey.as_ref(), flow, app);
                status
            }
            Step::NewPassword { username, cause } => {
                let name = match cause {
                    NewPasswordCause::Expired => "PASSWORD_EXPIRED",
                    NewPasswordCause::MustChange
                    | NewPasswordCause::Recovery
                    | NewPasswordCause::Requested => "MUST_CHANGE_PASSWORD",
                };
                let mut status = Self::new(name, &["password.reset"]);
                status.embed("user", json!({ "username": username }));
                status.embed("passwordPolicy", password_policy());
                status
            }
            Step::RecoveryCode { username, .. } => {
                let actions = &["password.recover", "password.sendRecoveryCode"];
                let mut status = Self::new("RECOVERY_CODE_REQUIRED", actions);
                status.embed("user", json!({ "username": username }));
                status.embed("passwordPolicy", password_policy());
                status
            }
            Step::VerifyEmail { email, .. } => {
                let actions = &["user.verify", "user.sendVerificationCode"];
                let mut status = Self::new("VERIFICATION_CODE_REQUIRED", actions);
                status.embed("user", json!({ "email": email }));
                status
            }
            Step::UserCode { .. } => Self::new("DAG_USER_CODE_REQUIRED", &[VERIFY_USER_CODE]),
            Step::ConfirmUserCode { user_code } => {
                let mut status = Self::new("DAG_USER_CODE_REQUIRED", &[VERIFY_USER_CODE]);
                status.tell("userCode", user_code.as_str());
                status
            }
            // Devices are set up by `/users/{id}/devices` (see [`App::policy_of`]), and nobody stays at
            // the others here: see [`super::onward`].
            Step::SetUp { .. }
            | Step::PairingTarget { .. }
            | Step::Activate { .. }
            | Step::Enrolled { .. }
            | Step::ManageDevices { .. }
            | Step::RecoverName { .. }
            | Step::RecoverUsername
            | Step::UsernameSent
            | Step::Register
            | Step::Registered { .. }
            | Step::PasswordChanged { .. }
            | Step::PasswordExpires { .. }
            | Step::Enrol { .. }
            | Step::Done(_)
            | Step::Failed(_)
            | Step::Canceled => return None,
        })
    }

    fn new(name: &'static str, actions: &[&'static str]) -> Self {
        Self {
            name,
            model: Map::new(),
            actions: [actions, &["session.reset"]].concat(),
        }
    }

    /// Its name.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// What can be done in it.
    pub(super) fn actions(&self) -> impl Iterator<Item = &'static str> {
        self.actions.iter().copied()
    }

    /// Whether this can be done in it.
    pub(super) fn offers(&self, action: &str) -> bool {
        self.actions.contains(&action)
    }

    /// What it tells.
    pub(super) fn model(&self) -> Map<String, Value> {
        self.model.clone()
    }

    /// What people may do who cannot sign on as they are.
    fn offer(&mut self, offers: Offers) {
        if offers.recovery {
            self.actions.push("password.forgot");
        }
        if offers.registration {
            self.actions.push("user.register");
            self.embed("passwordPolicy", password_policy());
        }
    }

    fn tell(&mut self, name: &str, value: impl Into<Value>) {
        self.model.insert(name.to_owned(), value.into());
    }

    fn embed(&mut self, name: &str, value: Value) {
        let embedded = self.model.entry("_embedded").or_insert_with(|| json!({}));
        if let Some(embedded) = embedded.as_object_mut() {
            embedded.insert(name.to_owned(), value);
        }
    }

    /// Who is asked, with which of their devices.
    fn of_person(
        &mut self,
        username: &str,
        devices: &[DeviceChoice],
        asked: Option<&DeviceChoice>,
    ) {
        self.embed("user", json!({ "username": username }));
        self.embed("devices", devices.iter().map(shown).collect());
        self.tell("bypassAllowed", false);
        if let Some(device) = asked {
            let id = device.id.uuid().to_string();
            self.tell("selectedDevice", json!({ "id": id }));
        }
    }

    /// Where passkeys sign people on, what one is asked.
    fn take_passkey(&mut self, passkey: Option<&Challenge>, flow: &Flow, app: &App) {
        let options = |challenge| app.assertion_options(flow, challenge, None, BytesAs::Numbers);
        if let Some(options) = passkey.and_then(options) {
            self.ask_for_assertion(&options);
        }
    }

    /// What a script asks the browser for: JSON in a text, as scripts for this interface read it.
    fn ask_for_assertion(&mut self, options: &Value) {
        self.tell("publicKeyCredentialRequestOptions", options.to_string());
        self.actions.insert(0, "assertion.check");
    }
}

/// What a new password must be like.
fn password_policy() -> Value {
    json!({
        "length": { "min": MIN_LENGTH, "max": MAX_LENGTH },
        "excludesCommonlyUsed": true,
        "excludesProfileData": true,
        "history": { "count": 1 },
    })
}

/// A device, so that its owner recognises it and nobody else learns of it.
fn shown(device: &DeviceChoice) -> Value {
    let mut shown = json!({
        "id": device.id.uuid().to_string(),
        "type": kind(device.kind),
        "status": "ACTIVE",
    });
    let Some(members) = shown.as_object_mut() else {
        return shown;
    };
    if !device.name.is_empty() {
        members.insert("nickname".to_owned(), device.name.as_str().into());
    }
    let target = match device.kind {
        FactorKind::Email => "email",
        _ => "phone",
    };
    if let Some(masked) = &device.target {
        members.insert(target.to_owned(), masked.as_str().into());
    }
    shown
}

/// What a kind of device is called.
const fn kind(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::Password => "PASSWORD",
        FactorKind::Totp => "TOTP",
        FactorKind::Email => "EMAIL",
        FactorKind::Sms => "SMS",
        FactorKind::Voice => "VOICE",
        FactorKind::WebAuthn => "FIDO2",
        FactorKind::Push => "MOBILE",
        FactorKind::Face => "FACE",
        FactorKind::RecoveryCode => "RECOVERY_CODE",
    }
}
