//! What a person does about the devices that they have.

use domain::DeviceId;
use domain::port::Changes;

use super::{Action, Decision, Moment, Rejection};
use crate::account::Refusal;
use crate::account::device::{remove_proven, reorder};
use crate::flow::enrolment::wallet;
use crate::flow::management::{put_first, with_devices};
use crate::flow::record::Flow;
use crate::flow::standing::Standing;
use crate::flow::step::Step;

impl Moment<'_> {
    /// Carries out such an action, if `step` offers it.
    pub(super) fn manage(&self, step: &Step, action: &Action<'_>) -> Option<Decision> {
        Some(match (step, action) {
            (
                Step::SelectDevice { .. }
                | Step::OneTimeCode { .. }
                | Step::Assertion { .. }
                | Step::Push { .. }
                | Step::Face { .. },
                Action::ManageDevices,
            ) if self.flow.may_manage() => self.managing(true),
            (Step::ManageDevices { .. }, Action::Continue) => self.managing(false),
            (Step::ManageDevices { devices, .. }, Action::MakeDefault(id))
                if devices.iter().any(|it| it.id == *id) =>
            {
                self.make_default(*id)
            }
            (Step::ManageDevices { devices, kept, .. }, Action::RemoveDevice(id))
                if devices.iter().any(|it| it.id == *id) =>
            {
                self.remove_device(*id, kept)
            }
            _ => return None,
        })
    }

    fn managing(&self, manages: bool) -> Decision {
        let flow = Flow {
            manages,
            ..self.flow.progressed(self.auditor.now)
        };
        self.settle(flow, Changes::none(), None)
    }

    fn make_default(&self, id: DeviceId) -> Decision {
        let Some(standing) = Standing::of(self.flow, self.facts, self.auditor.now) else {
            return self.refuse(self.step());
        };
        let wallet = wallet(self.flow, self.facts, standing.person);
        let ordered = reorder(self.owner(standing.person), &wallet, &[id]);
        match ordered.answer {
            Ok(()) => self.managed(ordered.changes, |step| {
                with_devices(step, |devices| put_first(devices, id))
            }),
            Err(_) => self.refuse(self.step()),
        }
    }

    /// Removes a device, unless the sign-on rests on it or on what goes with it.
    fn remove_device(&self, id: DeviceId, kept: &[DeviceId]) -> Decision {
        let Some(standing) = Standing::of(self.flow, self.facts, self.auditor.now) else {
            return self.refuse(self.step());
        };
        let wallet = wallet(self.flow, self.facts, standing.person);
        let has_password = self.facts.password.is_some();
        let removed = remove_proven(self.owner(standing.person), &wallet, id, has_password);
        match removed.answer {
            Ok(gone) if gone.iter().any(|id| kept.contains(id)) => {
                self.unchanged(self.step(), Rejection::DeviceNeeded)
            }
            Ok(gone) => self.managed(removed.changes, |step| {
                with_devices(step, |devices| devices.retain(|it| !gone.contains(&it.id)))
            }),
            Err(Refusal::LastDevice) => self.unchanged(self.step(), Rejection::DeviceNeeded),
            Err(_) => self.refuse(self.step()),
        }
    }

    /// The facts are those from before: what they no longer say of the devices is told by `after`.
    fn managed(&self, changes: Changes, after: impl FnOnce(Step) -> Step) -> Decision {
        let flow = self.flow.progressed(self.auditor.now);
        let decision = self.settle(flow, changes, None);
        Decision {
            step: after(decision.step),
            ..decision
        }
    }
}
