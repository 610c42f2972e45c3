//! Setting up a key in a flow.

use domain::UserId;

use super::{Decision, Moment, Rejection};
use crate::account::Refusal;
use crate::account::device::{Proof, Proven};
use crate::flow::device::messages_key;
use crate::flow::record::Flow;
use crate::flow::sponsored::Enrolling;

impl Moment<'_> {
    /// The key that is set up has shown that it works, or not.
    pub(super) fn set_up(&self, user: UserId, proof: Proof<'_>) -> Decision {
        let (Some(person), now) = (self.facts.who_is(user), self.auditor.now) else {
            return self.refuse(self.step());
        };
        let Some(device) = self.flow.sponsored else {
            return self.refuse(self.step());
        };
        // During a block nothing is accepted, whatever a relying party says.
        if self.lockout(&person.user.username).is_blocked(now) {
            return self.unchanged(self.step(), Rejection::AssertionNotAccepted);
        }
        let enrolling = Enrolling {
            facts: self.facts,
            person,
            auditor: self.auditor,
        };
        let proven = enrolling.prove(device, proof);
        match proven.answer {
            Ok(Proven { evidence, .. }) => {
                let mut flow = self.flow.progressed(now);
                flow.evidence.push(evidence);
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
        }
    }
}

/// Why a device is not set up, as a flow tells it.
const fn rejection(refusal: Refusal) -> Rejection {
    match refusal {
        Refusal::CodeNotAccepted => Rejection::CodeNotAccepted,
        Refusal::CredentialNotAccepted => Rejection::AssertionNotAccepted,
        Refusal::TooManyMessages => Rejection::TooManyMessages,
        _ => Rejection::NotOffered,
    }
}
