//! First devices, set up in whatever order.

use domain::port::Versioned;
use domain::{Device, DeviceKind};
use proptest::prelude::*;

use super::NAMES;
use super::story::Story;
use crate::flow::{Action, PairingMethod, Step};
use crate::world::Acted;

impl Story {
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

    /// RTS art. 24(2): whoever has a device gets no other in a flow.
    pub(super) fn has_first_devices_only(&self, before: &[usize]) -> Result<(), TestCaseError> {
        for (before, after) in before.iter().zip(self.devices()) {
            prop_assert!(after == *before || (*before == 0 && after == 1));
        }
        Ok(())
    }

    pub(super) fn pair(&mut self, method: PairingMethod) -> Acted {
        let acted = self.world.pair(&self.flow, method);
        match acted.step {
            Step::PairingTarget { .. } => self.world.pair_at(&self.flow, "new@example.org"),
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
        let code = match method {
            PairingMethod::Totp => self.world.shown_by_new(&self.flow),
            _ => self.world.sent_code(),
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
}
