//! Setting up a device in a flow.

use domain::UserId;
use domain::port::Changes;

use super::{Action, Decision, Moment, Rejection};
use crate::account::Refusal;
use crate::account::device::Proven;
use crate::flow::enrolment::Enrolling;
use crate::flow::record::Flow;
use crate::flow::step::Step;

impl Moment<'_> {
    /// Whether an action is one of setting up a device, and `step` offers it.
    pub(super) const fn sets_up(step: &Step, action: &Action<'_>) -> bool {
        let Step::Enrol { only, device, .. } = step else {
            return false;
        };
        match action {
            Action::Enrol { .. } => only.is_none(),
            Action::Back => only.is_none() && device.is_some(),
            Action::Activate(_) | Action::Resend => device.is_some(),
            _ => false,
        }
    }

    pub(super) fn set_up(&self, user: UserId, action: &Action<'_>) -> Decision {
        let (Some(person), now) = (self.facts.who_is(user), self.auditor.now) else {
            return self.refuse(self.step());
        };
        let enrolling = Enrolling {
            facts: self.facts,
            person,
            auditor: self.auditor,
        };
        let flow = self.flow.progressed(now);
        let done = match action {
            Action::Enrol { wanted, name } => enrolling.begin(&flow, (wanted, name)),
            Action::Resend => enrolling.resend(&flow).map(|changes| (flow, changes)),
            Action::Activate(proof) => {
                let Some(device) = flow.enrolling else {
                    return self.refuse(self.step());
                };
                let proven = enrolling.prove(device, *proof);
                return match proven.answer {
                    Ok(Proven { evidence, .. }) => {
                        let mut flow = flow;
                        flow.evidence.push(evidence);
                        flow.enrolling = None;
                        self.accept(flow, person, proven.changes)
                    }
                    // What was tried is counted on the device.
                    Err(refusal) => {
                        let flow = Flow::clone(self.flow);
                        self.settle(flow, proven.changes, Some(rejection(refusal)))
                    }
                };
            }
            _ => {
                let flow = Flow {
                    enrolling: None,
                    ..flow
                };
                Ok((flow, Changes::none()))
            }
        };
        match done {
            Ok((flow, changes)) => self.settle(flow, changes, None),
            Err(refusal) => self.unchanged(self.step(), rejection(refusal)),
        }
    }
}

/// Why a device is not set up, as a flow tells it.
const fn rejection(refusal: Refusal) -> Rejection {
    match refusal {
        Refusal::CodeNotAccepted => Rejection::CodeNotAccepted,
        Refusal::CredentialNotAccepted => Rejection::AssertionNotAccepted,
        Refusal::NotATarget | Refusal::AlreadyEnrolled => Rejection::TargetRefused,
        Refusal::NotAName => Rejection::NameRefused,
        Refusal::TooSoon => Rejection::TooSoon,
        Refusal::TooManyMessages => Rejection::TooManyMessages,
        _ => Rejection::NotOffered,
    }
}
