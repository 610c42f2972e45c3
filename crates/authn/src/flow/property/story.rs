//! A flow to which something is done, and who has seen what.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::port::Versioned;
use domain::{Attempts, DeviceId, Password, Scope, UserId};
use proptest::prelude::*;

use crate::evidence::FactorKind;
use crate::factor::push::PushRequest;
use crate::factor::webauthn::AuthenticationResponse;
use crate::flow::{Action, Flow, NewPasswordCause, PushState, Requirement, Step};
use crate::world::{Acted, BOB, CAROL, ERIN, FaceSession, RIGHT, WRONG, World};

use super::NAMES;
use super::deed::Move;

/// What the flow at hand has seen, kept apart from the engine.
#[derive(Default)]
pub(super) struct Witness {
    /// Whose right password was presented while they were not blocked.
    pub(super) passwords: BTreeSet<UserId>,
    /// Whose right and unspent code was presented while they were not blocked.
    pub(super) codes: BTreeSet<UserId>,
    /// Whether erin's passkey has signed on while she was not blocked.
    pub(super) passkey: bool,
    /// Whether it was her second factor then.
    pub(super) key: bool,
    /// Whether something was allowed.
    pub(super) allowed: bool,
    /// Who has set a new password after the right and unspent code that was mailed to them.
    pub(super) recovered: BTreeSet<UserId>,
}

/// A world with one flow at hand.
pub(super) struct Story {
    pub(super) world: World,
    pub(super) flow: Flow,
    pub(super) witness: Witness,
    pub(super) last_code: String,
    pub(super) last_signature: Option<AuthenticationResponse>,
    /// What the authenticator has answered last.
    pub(super) last_answer: Option<(PushRequest, String)>,
    /// The session that was opened last, by which of her tickets.
    pub(super) looking: Option<FaceSession>,
    /// How many passwords were set: each is another.
    pub(super) set: u32,
    /// The passwords that were.
    pub(super) passwords: BTreeMap<String, String>,
    /// Who trusts the browser, if somebody does.
    pub(super) truster: Option<UserId>,
    /// Whose password was recovered by the last move.
    pub(super) just_recovered: Option<UserId>,
    /// The codes of apps that were entered and right: each is good once.
    pub(super) spent: BTreeSet<(UserId, String)>,
}

impl Story {
    pub(super) fn new() -> Self {
        let mut world = World::with_passkeys();
        world.equip_with_authenticator(BOB);
        world.equip_with_face(CAROL);
        let flow = world.begin(Requirement::default());
        let mut story = Self {
            world,
            flow,
            witness: Witness::default(),
            last_code: "000000".to_owned(),
            last_signature: None,
            last_answer: None,
            looking: None,
            set: 0,
            passwords: BTreeMap::new(),
            truster: None,
            just_recovered: None,
            spent: BTreeSet::new(),
        };
        let identity = &mut story.world.policy.identity;
        identity.recovery = true;
        identity.trusted_browser = Some(Duration::from_hours(1));
        story.begin(Requirement::default());
        story
    }

    fn begin(&mut self, requirement: Requirement) {
        self.flow = self.world.begin(requirement);
        self.witness = Witness::default();
        self.world.store(&self.flow);
    }

    fn is_open(&self) -> bool {
        self.world.open(&self.flow).is_some()
    }

    fn attempts(&self) -> Vec<Option<Versioned<Attempts>>> {
        NAMES.map(|name| self.world.attempts(name)).into()
    }

    pub(super) fn make(&mut self, made: &Move) -> Result<(), TestCaseError> {
        if !self.is_open() {
            self.begin(Requirement::default());
        }
        let before = self.attempts();
        let devices = self.devices();
        self.just_recovered = None;
        let acted = self.carry_out(made)?;
        let removes = matches!(made, Move::Remove { .. });
        self.has_first_devices_only(&devices, removes)?;
        if let Some(acted) = acted {
            self.attempts_fall_only_by_success(&before, &acted)?;
            prop_assert_eq!(acted.step.is_final(), !self.is_open(), "spent when over");
            if let Step::Done(outcome) = &acted.step {
                self.has_all_evidence(outcome, acted.rejected)?;
                if outcome.trusts_browser() {
                    prop_assert!(outcome.amr().iter().any(|amr| amr == "mfa"));
                    self.truster = Some(outcome.user());
                }
            }
            self.flow = acted.flow;
        }
        Ok(())
    }

    fn carry_out(&mut self, made: &Move) -> Result<Option<Acted>, TestCaseError> {
        Ok(match made {
            Move::Password { name, right } => Some(self.password(NAMES[*name], *right)),
            Move::Code { right, trust } => Some(self.code(*right, *trust)),
            Move::Guess { name } => self.guess(NAMES[*name]),
            Move::OldCode => Some(self.world.code(&self.flow, &self.last_code.clone())),
            Move::Touch { verified } => self.touch(*verified),
            Move::OldSignature => self.answer_with_old_signature(),
            Move::Select { device } => Some(self.select(*device)),
            Move::ChooseDevice => Some(self.world.act(&self.flow, &Action::ChooseDevice)),
            Move::Resend => Some(self.world.act(&self.flow, &Action::Resend)),
            Move::Allow => Some(self.allow()),
            Move::Deny => Some(self.world.act(&self.flow, &Action::Deny)),
            Move::Cancel => Some(self.world.act(&self.flow, &Action::Cancel)),
            Move::Wait(seconds) => {
                self.world.wait(*seconds);
                None
            }
            Move::Restart(requirement) => {
                self.begin(Requirement::clone(requirement));
                None
            }
            Move::SignOut => {
                self.world.cookie = None;
                None
            }
            Move::Recover { name } => Some(self.recover(NAMES[*name])),
            Move::Mailed { right } => Some(self.mailed(*right)),
            Move::SetPassword => Some(self.set_password()),
            Move::Continue => Some(self.go_on()),
            Move::Decide { approve, right } => self.decide(*approve, *right),
            Move::OldAnswer => self.answer_twice()?,
            Move::Face { .. } | Move::Open | Move::Look { .. } | Move::Leave => {
                self.carry_out_face(made)?
            }
            Move::RecoverPassword { right } => Some(self.recover_password(*right)),
            Move::ChangePassword { right } => Some(self.change_password(*right)),
            Move::Anew => Some(self.begin_anew()),
            Move::Back => Some(self.world.act(&self.flow, &Action::Back)),
            Move::Expire { name } => {
                self.expire(NAMES[*name]);
                None
            }
            Move::Enrolment(policy) => {
                self.world.policy.devices.enrolment = *policy;
                None
            }
            Move::Pair(method) => Some(self.pair(*method)),
            Move::Activate { right } => Some(self.activate(*right)),
            Move::Skip => Some(self.world.act(&self.flow, &Action::Skip)),
            Move::WantNewPassword => {
                Some(self.world.act(&self.flow, &Action::InitiatePasswordChange))
            }
            Move::Manage => Some(self.world.act(&self.flow, &Action::ManageDevices)),
            Move::First { device } => {
                let device = self.managed(*device);
                Some(self.world.act(&self.flow, &Action::MakeDefault(device)))
            }
            Move::Remove { device } => Some(self.remove(*device)),
        })
    }

    fn answer_with_old_signature(&mut self) -> Option<Acted> {
        let signature = self.last_signature.clone()?;
        Some(self.world.assert(&self.flow, &signature))
    }

    fn password(&mut self, name: &str, right: bool) -> Acted {
        let offered = matches!(self.world.step(&self.flow), Step::SignOn { .. });
        let blocked = self.world.is_blocked(name);
        let user = self.world.user(name).filter(|user| user.enabled);
        if let Some(user) = user.filter(|_| right && offered && !blocked) {
            self.witness.passwords.insert(user.id);
        }
        let current = self.passwords.get(name).map_or(RIGHT, String::as_str);
        let presented = if right {
            current.to_owned()
        } else {
            WRONG.to_owned()
        };
        self.world.password(&self.flow, name, &presented)
    }

    fn recover(&mut self, name: &str) -> Acted {
        let acted = self.world.act(&self.flow, &Action::Recover);
        match acted.step {
            Step::RecoverName { .. } => self.world.recover(&self.flow, name),
            _ => acted,
        }
    }

    fn mailed(&mut self, right: bool) -> Acted {
        let code = self.world.mailed_code().filter(|_| right);
        let code = code.unwrap_or_else(|| "not it".to_owned());
        self.world.mailed(&self.flow, &code)
    }

    fn set_password(&mut self) -> Acted {
        let asked = match self.world.step(&self.flow) {
            Step::NewPassword { username, cause } => Some((username, cause)),
            _ => None,
        };
        let text = self.another_password();
        let acted = self.world.set_password(&self.flow, &text);
        self.has_set(asked, text, acted)
    }

    fn another_password(&mut self) -> String {
        self.set += 1;
        format!("another password {}", self.set)
    }

    /// The code and the new password in one.
    fn recover_password(&mut self, right: bool) -> Acted {
        let asked = match self.world.step(&self.flow) {
            Step::RecoveryCode { username, .. } => Some((username, NewPasswordCause::Recovery)),
            _ => None,
        };
        let code = self.world.mailed_code().filter(|_| right);
        let code = code.unwrap_or_else(|| "not it".to_owned());
        let text = self.another_password();
        let acted = self.world.recover_password(&self.flow, &code, &text);
        self.has_set(asked, text, acted)
    }

    /// The password before and the new one in one.
    fn change_password(&mut self, right: bool) -> Acted {
        let asked = match self.world.step(&self.flow) {
            Step::NewPassword { username, cause } => Some((username, cause)),
            _ => None,
        };
        let known = asked
            .as_ref()
            .and_then(|(name, _)| self.passwords.get(name));
        let current = known.map_or(RIGHT, String::as_str).to_owned();
        let current = if right { current } else { WRONG.to_owned() };
        let text = self.another_password();
        let acted = self.world.change_password(&self.flow, &current, &text);
        if asked.is_some() && !right {
            assert!(acted.rejected.is_some(), "a wrong password changes nothing");
        }
        self.has_set(asked, text, acted)
    }

    /// Nothing that was done in the flow counts any more.
    fn begin_anew(&mut self) -> Acted {
        let acted = self.world.act(&self.flow, &Action::Restart);
        if acted.rejected.is_none() {
            let recovered = std::mem::take(&mut self.witness.recovered);
            self.witness = Witness {
                recovered,
                ..Witness::default()
            };
        }
        acted
    }

    fn has_set(
        &mut self,
        asked: Option<(String, NewPasswordCause)>,
        text: String,
        acted: Acted,
    ) -> Acted {
        if let (Some((name, cause)), None) = (asked, acted.rejected) {
            let user = self.world.user(&name).unwrap().id;
            if cause == NewPasswordCause::Recovery {
                self.witness.passwords.insert(user);
                self.witness.recovered.insert(user);
                self.just_recovered = Some(user);
            }
            self.passwords.insert(name, text);
        }
        acted
    }

    /// Somebody else sets the password anew, to what it is, to be changed.
    fn expire(&mut self, name: &str) {
        let Some(user) = self.world.user(name) else {
            return;
        };
        let stored = self.world.get::<Password>(user.id).unwrap();
        let due = Password {
            must_change: true,
            ..stored.record.clone()
        };
        self.world
            .commit_one(|changes| changes.replace(&stored, &due));
    }

    /// Wrong passwords, or wrong codes, until there is a block.
    fn guess(&mut self, name: &str) -> Option<Acted> {
        let mut acted = None;
        for _ in 0..5 {
            if self.is_open() {
                acted = Some(match self.world.step(&self.flow) {
                    Step::OneTimeCode { .. } => self.code(false, false),
                    _ => self.password(name, false),
                });
            }
        }
        acted
    }

    fn code(&mut self, right: bool, trust: bool) -> Acted {
        let (who, code) = match self.world.step(&self.flow) {
            Step::OneTimeCode {
                username, device, ..
            } => {
                let code = self.right_code(&username, device.kind);
                (Some(username), code)
            }
            _ => (None, self.world.shown()),
        };
        let user = |name: &String| self.world.user(name).unwrap().id;
        let spent = |name: &String| self.spent.contains(&(user(name), code.clone()));
        let who = who.filter(|name| right && !spent(name) && !self.world.is_blocked(name));
        let who = who.map(|name| user(&name));
        let code = if right { code } else { "not it".to_owned() };
        if let Some(who) = who.filter(|_| !code.is_empty()) {
            self.last_code.clone_from(&code);
            self.spent.insert((who, code.clone()));
            self.witness.codes.insert(who);
        }
        let check = Action::CheckCode { code: &code };
        match trust {
            true => self.world.act(&self.flow, &Action::Trusting(&check)),
            false => self.world.act(&self.flow, &check),
        }
    }

    /// The code that whoever is asked would enter.
    fn right_code(&self, name: &str, kind: FactorKind) -> String {
        match kind {
            FactorKind::Email | FactorKind::Sms => self.world.sent_code().unwrap_or_default(),
            FactorKind::RecoveryCode => {
                let code = self.world.recovery_codes.first();
                code.map_or_else(String::new, |code| code.expose().to_owned())
            }
            _ => self.world.shown_to(name),
        }
    }

    fn touch(&mut self, verified: bool) -> Option<Acted> {
        let step = self.world.step(&self.flow);
        self.world.authenticator.user_verified = verified;
        let is_erins = !matches!(&step, Step::Assertion { username, .. } if username != ERIN);
        let signature = self.world.signed(&step).filter(|_| is_erins)?;
        if !self.world.is_blocked(ERIN) {
            match step {
                Step::SignOn { .. } => self.witness.passkey |= verified,
                _ => self.witness.key = true,
            }
        }
        self.last_signature = Some(signature.clone());
        Some(self.world.assert(&self.flow, &signature))
    }

    fn select(&mut self, device: usize) -> Acted {
        let chosen = match self.world.step(&self.flow) {
            Step::SelectDevice { devices, .. }
            | Step::OneTimeCode { devices, .. }
            | Step::Push { devices, .. }
            | Step::Face { devices, .. } => devices.get(device).map(|device| device.id),
            _ => None,
        };
        let nobodys = DeviceId::from_bytes([0; 16]);
        let chosen = chosen.unwrap_or(nobodys);
        self.world.act(&self.flow, &Action::SelectDevice(chosen))
    }

    /// Bob's authenticator decides about what it is asked, if it is asked something.
    fn decide(&mut self, approve: bool, right: bool) -> Option<Acted> {
        let request = self.world.open_request()?;
        let decision = if approve { "approve" } else { "deny" };
        let mut claims = self.world.claims(&request, decision);
        if !right && approve {
            claims["number"] = "00".into();
        }
        let jws = self.world.signed_by_app(&claims);
        if self.world.answer(&request, &jws).is_ok() {
            self.last_answer = Some((request.record, jws));
        }
        None
    }

    /// What was answered once is answered.
    fn answer_twice(&mut self) -> Result<Option<Acted>, TestCaseError> {
        if let Some((request, jws)) = self.last_answer.clone() {
            prop_assert!(self.world.answer(&request, &jws).is_err(), "answered twice");
        }
        Ok(None)
    }

    /// Who has read what they were told goes on, also with what their authenticator has approved.
    pub(super) fn go_on(&mut self) -> Acted {
        let approved = match self.world.step(&self.flow) {
            Step::Push {
                username,
                state: PushState::Approved,
                ..
            }
            | Step::Face {
                username,
                state: PushState::Approved,
                ..
            } => Some(username),
            _ => None,
        };
        if let Some(name) = approved.filter(|name| !self.world.is_blocked(name)) {
            self.witness
                .codes
                .insert(self.world.user(&name).unwrap().id);
        }
        self.world.act(&self.flow, &Action::Continue)
    }

    fn allow(&mut self) -> Acted {
        let scope = Scope::from_iter(["openid", "email"]);
        self.witness.allowed |= matches!(self.world.step(&self.flow), Step::Consent { .. });
        self.world.allow(&self.flow, scope)
    }
}
