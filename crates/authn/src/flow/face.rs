//! Asking for a face, and waiting until it was seen.

use domain::port::Changes;
use domain::{HandleKey, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::record::Flow;
use super::step::PushState;
use crate::factor::face::FaceAnswer;

/// What was given out to look at a face, as the flow keeps it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct FaceAsked {
    /// The ticket, for the page that shows it.
    pub(super) ticket: Secret,
    /// Until when a session may be opened by it.
    pub(super) until: Timestamp,
}

impl FaceAsked {
    /// What has become of it.
    pub(super) fn state(&self, facts: &Facts<'_>, now: Timestamp) -> PushState {
        let key = HandleKey::of(self.ticket.expose());
        let ticket = facts.face.as_ref().filter(|it| it.handle_key() == key);
        match ticket.map(|ticket| (ticket.answered(), ticket.is_awaited(now))) {
            Some((Some(FaceAnswer::Recognised { .. }), _)) => PushState::Approved,
            Some((Some(FaceAnswer::Failed), _)) => PushState::Rejected,
            Some((None, true)) => PushState::Waiting,
            // It was given out just now, and is not stored yet.
            None if now < self.until => PushState::Waiting,
            Some((None, false)) | None => PushState::TimedOut,
        }
    }
}

/// Takes back the ticket of a flow that does not wait for it any more.
pub(super) fn withdraw(flow: &Flow, is_over: bool, facts: &Facts<'_>, changes: &mut Changes) {
    let Some(ticket) = facts.face.as_ref() else {
        return;
    };
    if is_over || flow.face_ticket_key() != Some(ticket.handle_key()) {
        changes.delete(ticket);
    }
}
