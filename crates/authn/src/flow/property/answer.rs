//! Devices that answer, in whatever order.

use domain::{DeviceId, Scope};

use super::story::Story;
use crate::evidence::FactorKind;
use crate::flow::{Action, PushState, Step};
use crate::world::{Acted, ERIN};

impl Story {
    pub(super) fn code(&mut self, right: bool, trust: bool) -> Acted {
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
        let before = self.witness.clone();
        if let Some(who) = who.filter(|_| !code.is_empty()) {
            self.spent.insert((who, code.clone()));
            self.witness.codes.insert(who);
        }
        let check = Action::CheckCode { code: &code };
        let acted = match trust {
            true => self.world.act(&self.flow, &Action::Trusting(&check)),
            false => self.world.act(&self.flow, &check),
        };
        if let (Some(who), false) = (who, acted.was_looked_at()) {
            self.spent.remove(&(who, code));
            self.witness = before;
        }
        acted
    }

    /// The code that whoever is asked would enter.
    pub(super) fn right_code(&self, name: &str, kind: FactorKind) -> String {
        match kind {
            FactorKind::Email | FactorKind::Sms | FactorKind::Voice => {
                self.sent_code().unwrap_or_default()
            }
            FactorKind::RecoveryCode => {
                let user = self.world.user(name).unwrap().id;
                let codes = self.world.recovery_codes.iter();
                let mut codes = codes.map(|code| code.expose().to_owned());
                let unspent = codes.find(|code| !self.spent.contains(&(user, code.clone())));
                unspent.unwrap_or_default()
            }
            _ => self.world.shown_to(name),
        }
    }

    pub(super) fn touch(&mut self, verified: bool) -> Option<Acted> {
        let step = self.world.step(&self.flow);
        self.world.authenticator.user_verified = verified;
        let is_erins = !matches!(&step, Step::Assertion { username, .. } if username != ERIN);
        let signature = self.world.signed(&step).filter(|_| is_erins)?;
        self.kept.signed(&step, &signature);
        let before = self.witness.clone();
        if !self.world.is_blocked(ERIN) {
            match step {
                Step::SignOn { .. } => self.witness.passkey |= verified,
                _ => {
                    self.witness.key = true;
                    self.witness.verified_key |= verified;
                }
            }
        }
        let acted = self.world.assert(&self.flow, &signature);
        if !acted.was_looked_at() {
            self.witness = before;
        }
        Some(acted)
    }

    pub(super) fn select(&mut self, device: usize) -> Acted {
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
    pub(super) fn decide(&mut self, approve: bool, right: bool) -> Option<Acted> {
        let request = self.world.open_request()?;
        let decision = if approve { "approve" } else { "deny" };
        let mut claims = self.world.claims(&request, decision);
        if !right && approve {
            claims["number"] = "00".into();
        }
        let jws = self.world.signed_by_asked(&request, &claims);
        if self.world.answer(&request, &jws).is_ok() {
            self.answered.insert(request.id);
            if approve {
                self.approved.insert(request.id);
            }
        }
        self.kept.answered(&request, &jws);
        None
    }

    /// Who has read what they were told goes on, also with what their authenticator has approved.
    pub(super) fn go_on(&mut self) -> Acted {
        let stored = self.world.open(&self.flow);
        let stored = stored.as_deref().unwrap_or(&self.flow);
        let approved = match self.world.step(stored) {
            Step::Push {
                username,
                state: PushState::Approved,
                ..
            } => {
                let asked = stored.push_request().unwrap();
                assert!(self.approved.contains(&asked), "{username} has not");
                Some(username)
            }
            Step::Face {
                username,
                state: PushState::Approved,
                ..
            } => {
                let ticket = stored.face_ticket_key().unwrap();
                assert!(self.seen.contains(&ticket), "{username} was not seen");
                Some(username)
            }
            Step::Activate {
                username,
                is_paired: true,
                ..
            } => {
                let proven = self.world.user(&username).unwrap().id;
                assert!(self.witness.passwords.contains(&proven));
                Some(username)
            }
            _ => None,
        };
        if let Some(name) = approved.filter(|name| !self.world.is_blocked(name)) {
            self.witness
                .codes
                .insert(self.world.user(&name).unwrap().id);
        }
        self.world.act(&self.flow, &Action::Continue)
    }

    pub(super) fn allow(&mut self) -> Acted {
        let scope = Scope::from_iter(["openid", "email"]);
        self.witness.allowed |= matches!(self.world.step(&self.flow), Step::Consent { .. });
        self.world.allow(&self.flow, scope)
    }
}
