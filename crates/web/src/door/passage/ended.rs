//! A flow that is over.

use authn::flow::{Facts, Flow, Known, Step};
use domain::{FlowId, Timestamp};

/// A flow that is over.
pub(in crate::door) struct Ended {
    pub(in crate::door) flow: Flow,
    /// Who was known there.
    pub(in crate::door) known: Option<Known>,
    /// Whether all that was required is there.
    pub(in crate::door) is_done: bool,
}

impl Ended {
    /// The flow at its last step.
    pub(super) fn of(flow: &Flow, step: &Step, facts: &Facts<'_>, now: Timestamp) -> Self {
        Self {
            flow: flow.clone(),
            known: Known::of(flow, facts, now),
            is_done: matches!(step, Step::Done(_)),
        }
    }

    /// Its id.
    pub(in crate::door) const fn id(&self) -> FlowId {
        self.flow.id()
    }
}
