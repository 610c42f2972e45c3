//! Setting up a device in a flow.

use domain::UserId;
use domain::port::Changes;

use super::{Action, Decision, Moment, Rejection};
use crate::account::Refusal;
use crate::account::device::Proven;
use crate::flow::device::messages_key;
use crate::flow::record::Flow;
use crate::flow::sponsored::Enrolling;
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
                let Some(device) = flow.sponsored else {
                    return self.refuse(self.step());
                };
                let proven = enrolling.prove(device, *proof);
                return match proven.answer {
                    Ok(Proven { evidence, .. }) => {
                        let mut flow = flow;
                        flow.evidence.push(evidence);
                        flow.sponsored = None;
                        let mut changes = proven.changes;
                        // Of two that are set up at the same moment one is refused: each counts.
                        let key = messages_key(person.user.id);
                        if !self.facts.count_message(key, now, &mut changes) {
                            return self.unchanged(self.step(), Rejection::TooManyMessages);
                        }
                        self.accept(flow, person, changes)
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
                    sponsored: None,
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
