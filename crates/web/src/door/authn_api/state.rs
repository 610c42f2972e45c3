//! What a step of a flow is called, what it tells, and what can be done in it.

mod enrolment;
mod face;
mod management;
mod table;

use authn::evidence::FactorKind;
use authn::factor::webauthn::{BytesAs, Challenge};
use authn::flow::{DeviceChoice, Flow, NewPasswordCause, Offers, PushState, Step};
use domain::FlowId;
use serde_json::{Map, Value, json};

pub(super) use self::table::STATES;
use crate::app::App;

/// Which plug-in asks for user name and password, as PingFederate's own says.
const FORM: &str = "7RmQNDWaOnBoudTufx2sEw";
/// Which one asks for a second factor.
const SECOND_FACTOR: &str = "hRr3W9IV0eS2kmCz1FqJbg";

/// A state of a flow in which somebody is asked.
#[derive(Debug)]
pub(super) struct State {
    status: &'static str,
    plugin: &'static str,
    /// What it tells besides.
    model: Map<String, Value>,
    /// The ids of the actions that it offers.
    actions: Vec<&'static str>,
}

impl State {
    /// The state of a step in `flow`: the one table of them, with [`Self::of_identity`]. Nothing for a
    /// step that has a page only, or none.
    #[expect(clippy::too_many_lines, reason = "a table is read at one glance")]
    pub(super) fn of(step: &Step, flow: &Flow, app: &App) -> Option<Self> {
        match step {
            // Who wants to change their password proves that they know it.
            Step::SignOn { username, .. } if flow.changes_password() => {
                let mut state = Self::new("CURRENT_CREDENTIALS_REQUIRED", FORM);
                state.named(username.as_deref());
                state.actions = vec!["checkCurrentCredentials", "cancelPasswordChange"];
                Some(state)
            }
            Step::SignOn {
                username,
                locked,
                changeable,
                passkey,
                offers,
            } => {
                let mut state = Self::new("USERNAME_PASSWORD_REQUIRED", FORM);
                state.sign_on(username.as_deref(), *locked);
                state.actions = vec!["checkUsernamePassword", "cancel"];
                if *changeable {
                    state.actions.push("clearIdentifier");
                }
                state.offer(*offers);
                state.take_passkey(passkey.as_ref(), flow, app);
                Some(state)
            }
            Step::Identify { passkey, .. } => {
                let mut state = Self::of_identity(step, flow)?;
                // Who wants to change their password proves that they know it.
                let passkey = passkey.as_ref().filter(|_| !flow.changes_password());
                state.take_passkey(passkey, flow, app);
                Some(state)
            }
            Step::SelectDevice { username, devices } => {
                let mut state = Self::new("DEVICE_SELECTION_REQUIRED", SECOND_FACTOR);
                state.devices(username, devices, app);
                state.actions = vec!["selectDevice", "restart", "cancelAuthentication"];
                state.may_manage(flow.may_manage());
                Some(state)
            }
            Step::OneTimeCode {
                username,
                device,
                devices,
                sent,
            } => {
                let mut state = Self::new("OTP_REQUIRED", SECOND_FACTOR);
                state.devices(username, devices, app);
                state.selected(device, devices);
                state.may_manage(flow.may_manage());
                state.actions.push("checkOtp");
                if sent.is_some_and(|sent| sent.again_at.is_some()) {
                    state.actions.push("resendOtp");
                }
                Some(state)
            }
            Step::Assertion {
                username,
                device,
                devices,
                challenge,
                allowed,
            } => {
                let options =
                    app.assertion_options(flow, challenge, Some(allowed), BytesAs::Numbers)?;
                let mut state = Self::new("ASSERTION_REQUIRED", SECOND_FACTOR);
                state.devices(username, devices, app);
                state.selected(device, devices);
                state.may_manage(flow.may_manage());
                state.tell("publicKeyCredentialRequestOptions", options);
                state.actions.push("checkAssertion");
                Some(state)
            }
            Step::Push {
                username,
                device,
                devices,
                number,
                state: asked,
                ..
            } => {
                let status = match asked {
                    PushState::Waiting => "PUSH_CONFIRMATION_WAITING",
                    PushState::Approved => "MFA_COMPLETED",
                    PushState::Rejected => "PUSH_CONFIRMATION_REJECTED",
                    PushState::TimedOut => "PUSH_CONFIRMATION_TIMED_OUT",
                };
                let mut state = Self::new(status, SECOND_FACTOR);
                state.devices(username, devices, app);
                state.selected(device, devices);
                state.may_manage(flow.may_manage());
                match asked {
                    PushState::Waiting => {
                        if let Some(number) = number {
                            state.tell("numberMatching", number.to_string());
                        }
                        state.actions.push("poll");
                    }
                    PushState::Approved => state.actions.push("continueAuthentication"),
                    // To ask the same device once more is to select it.
                    PushState::Rejected | PushState::TimedOut => state.reselectable(),
                }
                Some(state)
            }
            Step::Face { .. } => Self::of_face(step, flow, app),
            // Where approval is not assumed it is asked for on a page.
            Step::Consent { .. } | Step::Done(_) | Step::Failed(_) | Step::Canceled => None,
            Step::SetUp { .. }
            | Step::PairingTarget { .. }
            | Step::Activate { .. }
            | Step::Enrolled { .. } => Self::of_enrolment(step, flow, app),
            Step::ManageDevices {
                username,
                devices,
                kept,
            } => Some(Self::of_management(username, (devices, kept), app)),
            step => Self::of_identity(step, flow),
        }
    }

    /// The states in which people say who they are, recover what they have forgotten, or register.
    #[expect(clippy::too_many_lines, reason = "a table is read at one glance")]
    fn of_identity(step: &Step, flow: &Flow) -> Option<Self> {
        let (status, actions): (_, &[_]) = match step {
            Step::Identify { .. } => (
                "IDENTIFIER_REQUIRED",
                &["submitIdentifier", "cancelIdentifierSubmission"],
            ),
            Step::RecoverName { .. } => (
                "ACCOUNT_RECOVERY_USERNAME_REQUIRED",
                &[
                    "checkAccountRecoveryUsername",
                    "recoverUsername",
                    "cancelAccountRecovery",
                ],
            ),
            Step::RecoveryCode { .. } => (
                "RECOVERY_CODE_REQUIRED",
                &["checkRecoveryCode", "cancelAccountRecovery"],
            ),
            Step::NewPassword {
                cause: NewPasswordCause::Recovery,
                ..
            } => (
                "PASSWORD_RESET_REQUIRED",
                &["checkPasswordReset", "cancelAccountRecovery"],
            ),
            Step::PasswordChanged {
                cause: NewPasswordCause::Recovery,
                ..
            } => (
                "SUCCESSFUL_PASSWORD_RESET",
                // PingFederate names either, its widget the first.
                &["continueAuthentication", "continueAccountRecovery"],
            ),
            Step::NewPassword {
                cause: NewPasswordCause::Requested,
                ..
            } => (
                "NEW_PASSWORD_REQUIRED",
                &["checkNewPassword", "cancelPasswordChange"],
            ),
            Step::NewPassword { .. } => (
                "MUST_CHANGE_PASSWORD",
                &["checkNewPassword", "cancelPasswordChange"],
            ),
            Step::PasswordChanged { .. } => {
                ("SUCCESSFUL_PASSWORD_CHANGE", &["continueAuthentication"])
            }
            Step::PasswordExpires { .. } => (
                "NEW_PASSWORD_RECOMMENDED",
                &["initiatePasswordChange", "continueAuthentication"],
            ),
            Step::RecoverUsername => (
                "USERNAME_RECOVERY_EMAIL_REQUIRED",
                &["checkUsernameRecoveryEmail", "cancelUsernameRecovery"],
            ),
            Step::UsernameSent => ("USERNAME_RECOVERY_EMAIL_SENT", &["continueAuthentication"]),
            Step::Register => ("REGISTRATION_REQUIRED", &["registerUser", "cancel"]),
            Step::UserCode { .. } => (
                "OAUTH_DEVICE_USER_CODE_REQUIRED",
                &["submitUserCode", "cancel"],
            ),
            Step::ConfirmUserCode { .. } => (
                "OAUTH_DEVICE_USER_CODE_CONFIRMATION_REQUIRED",
                &["confirmUserCode", "cancel"],
            ),
            // Nobody is let in whose address is not proven: it cannot be skipped.
            Step::VerifyEmail { .. } => {
                ("EMAIL_VERIFICATION_OTP_REQUIRED", &["checkOtp", "cancel"])
            }
            // A welcome is a page's own: here they go on.
            Step::Registered { .. } => ("AUTHENTICATION_REQUIRED", &["authenticate"]),
            _ => return None,
        };
        let mut state = Self::new(status, FORM);
        state.actions = actions.to_vec();
        state.tell_identity(step, flow);
        Some(state)
    }

    /// What such a state tells.
    fn tell_identity(&mut self, step: &Step, flow: &Flow) {
        match step {
            Step::Identify {
                username, offers, ..
            } => {
                self.tell("identifier", username.as_deref().unwrap_or_default());
                if username.is_some() {
                    self.actions.push("clearIdentifier");
                }
                match flow.changes_password() {
                    true => self.actions.push("cancelPasswordChange"),
                    false => self.offer(*offers),
                }
            }
            Step::RecoverName { username } => {
                self.tell("showCaptcha", false);
                self.named(username.as_deref());
            }
            Step::ConfirmUserCode { user_code } => self.tell("userCode", user_code.as_str()),
            Step::RecoverUsername => self.tell("showCaptcha", false),
            Step::RecoveryCode { username, sent } => {
                self.tell("username", username.as_str());
                self.may_resend(sent.again_at.is_some());
            }
            Step::VerifyEmail { email, sent } => {
                self.tell("email", email.as_str());
                self.may_resend(sent.again_at.is_some());
            }
            Step::NewPassword { username, .. } => {
                self.tell("username", username.as_str());
                // They have proven it already, or have forgotten it.
                self.tell("existingPasswordRequired", false);
                self.tell("showCaptcha", false);
            }
            Step::PasswordChanged { username, .. }
            | Step::PasswordExpires { username, .. }
            | Step::Registered { username } => {
                self.tell("username", username.as_str());
            }
            Step::Register => {
                self.tell("showCaptcha", false);
                self.tell("showThisIsMyDevice", false);
            }
            _ => {}
        }
    }

    fn new(status: &'static str, plugin: &'static str) -> Self {
        Self {
            status,
            plugin,
            model: Map::new(),
            actions: Vec::new(),
        }
    }

    /// Whether an action can be done in it.
    pub(super) fn offers(&self, action: &str) -> bool {
        self.actions.contains(&action)
    }

    /// The state of the flow `id` at `address`.
    pub(super) fn body(self, id: FlowId, address: &str) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("id".to_owned(), id.to_string().into());
        body.insert("pluginTypeId".to_owned(), self.plugin.into());
        body.insert("status".to_owned(), self.status.into());
        body.extend(self.model);
        debug_assert!(
            self.actions
                .iter()
                .all(|it| table::may_offer(self.status, it)),
            "{} offers {:?}",
            self.status,
            self.actions
        );
        let actions = std::iter::once("self").chain(self.actions);
        let links = actions.map(|action| (action.to_owned(), json!({ "href": address })));
        body.insert("_links".to_owned(), Value::Object(links.collect()));
        body
    }

    /// What people may do who cannot sign on as they are.
    fn offer(&mut self, offers: Offers) {
        self.actions.push("initiatePasswordChange");
        if offers.recovery {
            let ways = ["initiateAccountRecovery", "recoverUsername"];
            self.actions.extend(ways);
        }
        if offers.registration {
            self.actions.push("initiateRegistration");
        }
    }

    /// Where passkeys sign people on, what one is asked.
    fn take_passkey(&mut self, passkey: Option<&Challenge>, flow: &Flow, app: &App) {
        let asked = passkey
            .and_then(|challenge| app.assertion_options(flow, challenge, None, BytesAs::Numbers));
        if let Some(options) = asked {
            self.tell("publicKeyCredentialRequestOptions", options);
            self.actions.push("checkAssertion");
        }
    }

    fn may_resend(&mut self, may: bool) {
        if may {
            self.actions.push("resendOtp");
        }
    }

    fn named(&mut self, username: Option<&str>) {
        if let Some(username) = username {
            self.tell("username", username);
        }
    }

    /// Tells something more.
    pub(super) fn tell(&mut self, name: &str, value: impl Into<Value>) {
        self.model.insert(name.to_owned(), value.into());
    }

    fn sign_on(&mut self, username: Option<&str>, locked: bool) {
        for what in [
            "showRememberMyUsername",
            "rememberMyUsernameSelected",
            "showThisIsMyDevice",
            "thisIsMyDeviceSelected",
            "showCaptcha",
        ] {
            self.tell(what, false);
        }
        self.tell("allowUsernameEdits", !locked);
        self.named(username);
    }

    /// Who is asked, and with which devices they may answer.
    fn devices(&mut self, username: &str, devices: &[DeviceChoice], app: &App) {
        let shown = devices.iter().map(|device| shown(device, app));
        self.tell("devices", shown.collect::<Vec<Value>>());
        self.tell("user", json!({ "username": username }));
        // Which device comes first is changed on the person's own pages, not on the way in.
        self.tell("userSelectedDefault", false);
        self.tell("manualPairing", false);
    }

    /// The one that was asked may be asked once more.
    fn reselectable(&mut self) {
        if !self.offers("selectDevice") {
            self.actions.push("selectDevice");
        }
    }

    /// Which of them is asked.
    fn selected(&mut self, device: &DeviceChoice, devices: &[DeviceChoice]) {
        let others = devices.len() > 1;
        self.tell("selectedDeviceRef", json!({ "id": device.id.to_string() }));
        self.tell("changeDevicePermitted", others);
        self.actions.extend(["restart", "cancelAuthentication"]);
        if others {
            self.actions.push("selectDevice");
        }
    }
}

/// A device as scripts for this API read it.
fn shown(device: &DeviceChoice, app: &App) -> Value {
    let mut shown = json!({
        "id": device.id.to_string(),
        "type": kind(device.kind),
        "usable": true,
    });
    let Some(members) = shown.as_object_mut() else {
        return shown;
    };
    if !device.name.is_empty() {
        members.insert("name".to_owned(), device.name.as_str().into());
        members.insert("nickname".to_owned(), device.name.as_str().into());
    }
    if let Some(target) = &device.target {
        members.insert("target".to_owned(), target.as_str().into());
    }
    let webauthn = app.settings.policy.devices.webauthn.as_ref();
    if let (FactorKind::WebAuthn, Some(policy)) = (device.kind, webauthn) {
        let id = policy.relying_party.id();
        members.insert("rpId".to_owned(), id.into());
    }
    shown
}

/// What a kind of device is called.
const fn kind(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::Password => "Password",
        FactorKind::Totp => "TOTP",
        FactorKind::Email => "Email",
        FactorKind::Sms => "SMS",
        FactorKind::Voice => "Voice",
        FactorKind::WebAuthn => "FIDO2",
        FactorKind::Push => "MOBILE",
        FactorKind::Face => "FACE",
        FactorKind::RecoveryCode => "RECOVERY_CODE",
    }
}
