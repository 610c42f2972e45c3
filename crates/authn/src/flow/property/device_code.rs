//! Devices whose codes people enter, in whatever order.

use domain::HandleKey;
use proptest::prelude::*;
use proptest::sample::Index;

use super::story::Story;
use crate::flow::{Action, DeviceDemand, Flow, Requirement, SecondFactor, Step};
use crate::world::{Acted, Waiting, shop};

/// How a device asks, and how people come to it.
#[derive(Clone, Debug)]
pub(super) struct DeviceAsks {
    /// Whether its code is entered before anybody signs on.
    pub(super) first: bool,
    /// Whether people are led there with its code in the address.
    pub(super) is_given: bool,
    pub(super) consent: bool,
    pub(super) second_factor: SecondFactor,
}

impl Story {
    /// A device begins to wait, and somebody goes to where its code is entered.
    pub(super) fn begin_with_device(&mut self, asks: &DeviceAsks) {
        let consent = asks.consent.then(shop);
        let device = self.world.waits(consent, asks.second_factor);
        let requirement = Requirement {
            device_code: Some(DeviceDemand {
                first: asks.first,
                ..DeviceDemand::default()
            }),
            ..Requirement::default()
        };
        self.begin(match asks.is_given {
            true => requirement.with_device(&device),
            false => requirement,
        });
    }

    /// The code of one of the devices is typed, or that of none.
    pub(super) fn enter_user_code(&mut self, which: Index, right: bool) -> Option<Acted> {
        let all = self.world.all::<Waiting>();
        let waiting = (!all.is_empty()).then(|| which.get(&all).device.clone())?;
        let typed = match right {
            true => waiting.user_code.as_str(),
            false => "no code",
        };
        let is_asked = matches!(self.world.step(&self.flow), Step::UserCode { .. });
        let acted = self.world.enter(&self.flow, typed);
        if right && is_asked && acted.rejected.is_none() {
            self.witness.device = Some(waiting.authorization);
        }
        Some(acted)
    }

    /// Somebody says that the device is theirs that shows the code of the address, or another code.
    pub(super) fn confirm_user_code(&mut self, right: bool) -> Acted {
        let stored = self.world.open(&self.flow);
        let device = stored.as_ref().and_then(|flow| flow.device().cloned());
        let shown = match self.world.step(&self.flow) {
            Step::ConfirmUserCode { user_code } if right => user_code,
            _ => "no code".to_owned(),
        };
        let confirm = Action::ConfirmUserCode { user_code: &shown };
        let acted = self.world.act(&self.flow, &confirm);
        if acted.rejected.is_none() {
            self.witness.device = device.map(|it| it.authorization);
        }
        acted
    }

    /// RFC 8628 §3.3: a device is allowed by who has entered its code or confirmed it, in that flow, and
    /// once.
    pub(super) fn has_decided_once(
        &mut self,
        acted: Option<&Acted>,
        by: Option<HandleKey>,
    ) -> Result<(), TestCaseError> {
        for waiting in self.world.all::<Waiting>() {
            let key = waiting.device.user_code.clone();
            let Some(decided) = waiting.decided else {
                prop_assert!(!self.decided.contains_key(&key), "waits again");
                continue;
            };
            if let Some(before) = self.decided.insert(key, decided) {
                prop_assert_eq!(before, decided, "decided twice");
                continue;
            }
            let (flow, allowed) = decided;
            let acted = acted.filter(|it| it.flow.id() == flow);
            prop_assert!(acted.is_some(), "decided by nobody");
            if let (Some(Acted { step, .. }), Some(user)) = (acted, allowed) {
                prop_assert_eq!(by, Some(waiting.device.authorization), "another's device");
                let Step::Done(outcome) = step else {
                    panic!("{step:?}")
                };
                prop_assert_eq!(outcome.user(), user);
            }
        }
        Ok(())
    }

    /// What is asked once the device is known is what its client asks.
    pub(super) fn asks_what_its_client_asks(&self, flow: &Flow) -> Result<(), TestCaseError> {
        if let Some(device) = flow.device() {
            let waiting = self.world.get::<Waiting>(device.authorization).unwrap();
            prop_assert_eq!(&waiting.device, device);
            let requirement = flow.requirement();
            prop_assert_eq!(&requirement.consent, &waiting.device.consent);
            prop_assert_eq!(requirement.second_factor, waiting.device.second_factor);
        }
        Ok(())
    }
}
