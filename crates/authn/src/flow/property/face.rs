//! A face that is looked at, in whatever order.

use proptest::prelude::*;

use super::deed::Move;
use super::story::Story;
use crate::evidence::FactorKind;
use crate::flow::{Action, Step};
use crate::recognize::Refusal;
use crate::world::Acted;

impl Story {
    /// What is done about a face.
    pub(super) fn carry_out_face(&mut self, made: &Move) -> Result<Option<Acted>, TestCaseError> {
        match made {
            Move::Face { right } => self.show_face(*right),
            Move::Open => self.open_twice(),
            Move::Look { right } => Ok(self.look(*right)),
            _ => {
                if let Some(session) = self.looking.take() {
                    self.world.leaves(&session);
                }
                Ok(None)
            }
        }
    }

    /// Whoever may answer with a face does so, and goes on if it was seen.
    fn show_face(&mut self, right: bool) -> Result<Option<Acted>, TestCaseError> {
        let face = match self.world.step(&self.flow) {
            Step::SelectDevice { devices, .. } | Step::OneTimeCode { devices, .. } => {
                let mut devices = devices.into_iter();
                devices.find(|device| device.kind == FactorKind::Face)
            }
            _ => None,
        };
        if let Some(face) = face {
            let select = Action::SelectDevice(face.id);
            self.flow = self.world.act(&self.flow, &select).flow;
        }
        self.open_twice()?;
        self.look(right);
        Ok(self.looking.is_none().then(|| self.go_on()))
    }

    /// A session is opened by the ticket that is out; no other is any more.
    fn open_twice(&mut self) -> Result<Option<Acted>, TestCaseError> {
        let stored = self.world.open(&self.flow);
        let ticket = stored.and_then(|flow| Some(flow.face_ticket()?.expose().to_owned()));
        let Some(ticket) = ticket else {
            return Ok(None);
        };
        if let Ok(session) = self.world.opens(&ticket) {
            self.looking = Some(session);
        }
        prop_assert_eq!(self.world.opens(&ticket).err(), Some(Refusal::Ticket));
        Ok(None)
    }

    /// What is seen in the session that was opened last, wherever its flow is by now.
    fn look(&mut self, right: bool) -> Option<Acted> {
        let session = self.looking.as_ref()?;
        if self.world.sees(session, right).is_ok() && right {
            self.seen.push(session.key);
            self.looking = None;
        }
        None
    }
}
