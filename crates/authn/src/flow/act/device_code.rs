//! Saying which device is to be allowed (RFC 8628 §3.3).

use domain::port::Changes;

use super::{Decision, Moment, Rejection};
use crate::flow::record::Flow;
use crate::flow::requirement::{DeviceDemand, Requirement, WaitingDevice};

impl Moment<'_> {
    /// The code of a device, or of none. Who has typed it off has seen the device.
    pub(super) fn enter(&self, device: Option<&WaitingDevice>) -> Decision {
        let known = self.flow.requirement.device_code.clone();
        let mut demand = known.unwrap_or_default();
        let Some(device) = device else {
            demand.failures += 1;
            let flow = self.with_device(demand, Flow::clone(self.flow));
            return self.settle(flow, Changes::none(), Some(Rejection::UserCodeNotAccepted));
        };
        demand.confirmed = true;
        let flow = self.with_device(demand, self.flow.progressed(self.auditor.now));
        self.settle(flow.with_device(device), Changes::none(), None)
    }

    /// Whether the person's device shows the code that came in the address.
    pub(super) fn confirm(&self, is_same: bool) -> Decision {
        let known = self.flow.requirement.device_code.clone();
        let mut demand = known.unwrap_or_default();
        if !is_same {
            return self.unchanged(self.step(), Rejection::UserCodeNotAccepted);
        }
        demand.confirmed = true;
        let flow = self.with_device(demand, self.flow.progressed(self.auditor.now));
        self.settle(flow, Changes::none(), None)
    }

    /// What is asked of whoever comes after somebody who has entered the code, or confirmed it.
    pub(super) fn with_device_unconfirmed(&self) -> Requirement {
        let mut requirement = self.flow.requirement.clone();
        // RFC 8628 §5.4: "it is RECOMMENDED to inform the user that they are authorizing a device [...]
        // and to confirm that the device is in their possession"
        if let Some(demand) = &mut requirement.device_code {
            demand.confirmed = false;
        }
        requirement
    }

    fn with_device(&self, demand: DeviceDemand, flow: Flow) -> Flow {
        Flow {
            requirement: Requirement {
                device_code: Some(demand),
                ..self.flow.requirement.clone()
            },
            ..flow
        }
    }
}
