//! Passwords, in whatever order.

use domain::Password;

use super::story::{Story, Witness};
use crate::flow::{Action, NewPasswordCause, Step};
use crate::world::{Acted, RIGHT, WRONG};

impl Story {
    pub(super) fn password(&mut self, name: &str, right: bool) -> Acted {
        let offered = matches!(self.world.step(&self.flow), Step::SignOn { .. });
        let blocked = self.world.is_blocked(name);
        let user = self.world.user(name).filter(|user| user.enabled);
        let typed = self.typed.as_ref().unwrap_or(&self.passwords);
        let typed = typed.get(name).map_or(RIGHT, String::as_str).to_owned();
        let current = self.passwords.get(name).map_or(RIGHT, String::as_str);
        let right_now = right && typed == current;
        let before = self.witness.clone();
        if let Some(user) = user.filter(|_| right_now && offered && !blocked) {
            self.witness.passwords.insert(user.id);
        }
        let presented = if right { typed } else { WRONG.to_owned() };
        let acted = self.world.password(&self.flow, name, &presented);
        if !acted.was_looked_at() {
            self.witness = before;
        }
        acted
    }

    pub(super) fn recover(&mut self, name: &str) -> Acted {
        let acted = self.world.act(&self.flow, &Action::Recover);
        match acted.step {
            Step::RecoverName { .. } => self.world.recover(&self.flow, name),
            _ => acted,
        }
    }

    pub(super) fn mailed(&mut self, right: bool) -> Acted {
        let code = self.mailed_code().filter(|_| right);
        let code = code.unwrap_or_else(|| "not it".to_owned());
        self.world.mailed(&self.flow, &code)
    }

    pub(super) fn set_password(&mut self) -> Acted {
        let asked = match self.world.step(&self.flow) {
            Step::NewPassword { username, cause } => Some((username, cause)),
            _ => None,
        };
        let text = self.another_password();
        let acted = self.world.set_password(&self.flow, &text);
        self.has_set(asked, text, acted)
    }

    pub(super) fn another_password(&mut self) -> String {
        // Nobody thinks of one in no time: passwords are told apart by when they were set.
        self.world.wait(1);
        self.set += 1;
        format!("another password {}", self.set)
    }

    /// The code and the new password in one.
    pub(super) fn recover_password(&mut self, right: bool) -> Acted {
        let asked = match self.world.step(&self.flow) {
            Step::RecoveryCode { username, .. } => Some((username, NewPasswordCause::Recovery)),
            _ => None,
        };
        let code = self.mailed_code().filter(|_| right);
        let code = code.unwrap_or_else(|| "not it".to_owned());
        let text = self.another_password();
        let acted = self.world.recover_password(&self.flow, &code, &text);
        self.has_set(asked, text, acted)
    }

    /// The password before and the new one in one.
    pub(super) fn change_password(&mut self, right: bool) -> Acted {
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
    pub(super) fn begin_anew(&mut self) -> Acted {
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

    pub(super) fn has_set(
        &mut self,
        asked: Option<(String, NewPasswordCause)>,
        text: String,
        acted: Acted,
    ) -> Acted {
        if let (Some((name, cause)), None) = (asked, acted.rejected) {
            let user = self.world.user(&name).unwrap().id;
            // Whoever knew the one before has proven nothing any more.
            self.aside.witness.passwords.remove(&user);
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
    pub(super) fn expire(&mut self, name: &str) {
        self.world.look_up();
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
    pub(super) fn guess(&mut self, name: &str) -> Option<Acted> {
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
}
