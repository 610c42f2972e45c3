//! First devices, set up in whatever order.

use domain::port::Versioned;
use domain::{Device, DeviceId, DeviceKind, UserId};
use proptest::prelude::*;

use super::NAMES;
use super::deed::Move;
use super::story::Story;
use crate::flow::{Action, PairingMethod, Step};
use crate::world::{Acted, ERIN};

impl Story {
    /// What is done about devices rather than with them.
    pub(super) fn carry_out_enrolment(&mut self, made: &Move) -> Option<Acted> {
        match made {
            Move::Enrolment(policy) => {
                self.world.policy.devices.enrolment = *policy;
                None
            }
            Move::Pair(method) => Some(self.pair(*method)),
            Move::Activate { right } => Some(self.activate(*right)),
            Move::Skip => Some(self.world.act(&self.flow, &Action::Skip)),
            Move::Manage => Some(self.world.act(&self.flow, &Action::ManageDevices)),
            Move::First { device } => {
                let device = self.managed(*device);
                Some(self.world.act(&self.flow, &Action::MakeDefault(device)))
            }
            Move::Remove { device } => Some(self.remove(*device)),
            _ => None,
        }
    }

    /// How many devices they have that work, apart from paper.
    pub(super) fn devices(&self) -> Vec<usize> {
        let count = |name: &&str| {
            let user = self.world.user(name)?;
            let devices = self.world.devices_of(user.id);
            let counts = |device: &Versioned<Device>| {
                device.is_active() && !matches!(device.kind, DeviceKind::RecoveryCodes(_))
            };
            Some(devices.iter().filter(|device| counts(device)).count())
        };
        NAMES.iter().filter_map(count).collect()
    }

    /// RTS art. 24(2): whoever has a device gets no other in a flow, and loses none but by removing it.
    pub(super) fn has_first_devices_only(
        &self,
        before: &[usize],
        removes: bool,
    ) -> Result<(), TestCaseError> {
        for (before, after) in before.iter().zip(self.devices()) {
            let is_first = *before == 0 && after == 1;
            prop_assert!(after == *before || is_first || (removes && after + 1 == *before));
        }
        Ok(())
    }

    /// One of the devices that somebody sees to; nobody's, where nobody does.
    pub(super) fn managed(&self, device: usize) -> DeviceId {
        let managed = match self.world.step(&self.flow) {
            Step::ManageDevices { devices, .. } => devices.get(device).map(|it| it.id),
            _ => None,
        };
        managed.unwrap_or(DeviceId::from_bytes([0; 16]))
    }

    /// Nobody removes a device who has not proven two factors in this flow, another device among them.
    pub(super) fn remove(&mut self, device: usize) -> Acted {
        let step = self.world.step(&self.flow);
        let device = self.managed(device);
        let acted = self.world.act(&self.flow, &Action::RemoveDevice(device));
        if acted.rejected.is_none() {
            let Step::ManageDevices { username, kept, .. } = step else {
                panic!("{step:?}")
            };
            let user = self.world.user(&username).unwrap().id;
            let by_passkey = username == ERIN && self.witness.has_passkey_of(user);
            let by_key = by_passkey || (username == ERIN && self.witness.key);
            let first = self.witness.passwords.contains(&user) || by_passkey;
            assert!(first && (self.witness.codes.contains(&user) || by_key));
            assert!(!kept.is_empty() && !kept.contains(&device));
        }
        acted
    }

    pub(super) fn pair(&mut self, method: PairingMethod) -> Acted {
        let acted = self.world.pair(&self.flow, method);
        match acted.step {
            Step::PairingTarget {
                method: PairingMethod::Email,
                ..
            } => self.world.pair_at(&self.flow, "new@example.org"),
            Step::PairingTarget { .. } => self.world.pair_at(&self.flow, "+49 30 654321"),
            _ => acted,
        }
    }

    /// The new device shows that it works, or something else does.
    pub(super) fn activate(&mut self, right: bool) -> Acted {
        let step = self.world.step(&self.flow);
        let Step::Activate {
            user,
            username,
            method,
            ..
        } = step
        else {
            return self.world.act(&self.flow, &Action::Back);
        };
        if method == PairingMethod::Authenticator {
            return self.activate_authenticator(user, right);
        }
        let code = match method {
            PairingMethod::Totp => self.world.shown_by_new(&self.flow),
            _ => self.sent_code(),
        };
        let code = code.filter(|_| right).unwrap_or_default();
        let proven = self.witness.passwords.contains(&user);
        let acted = self.world.code(&self.flow, &code);
        if acted.rejected.is_none() {
            assert!(proven, "{username} has proven no first factor");
            self.witness.codes.insert(user);
            self.spent.insert((user, code));
        }
        acted
    }

    /// An authenticator brings its key, with the pairing key of this flow or with none of its own.
    fn activate_authenticator(&mut self, user: UserId, right: bool) -> Acted {
        self.world.look_up();
        let stored = self.world.open(&self.flow);
        let key = stored.and_then(|flow| Some(flow.pairing_key()?.expose().to_owned()));
        let proven = self.witness.passwords.contains(&user);
        if let Some(key) = key.filter(|_| right) {
            self.brought |= self.world.bring_key(&key).is_ok();
        }
        let acted = self.world.act(&self.flow, &Action::Continue);
        if matches!(acted.step, Step::Enrolled { .. }) && acted.rejected.is_none() {
            assert!(
                proven && std::mem::take(&mut self.brought),
                "no key was brought"
            );
            self.witness.codes.insert(user);
        }
        acted
    }
}
