//! Two browsers at once, of one person or of two.

use domain::HandleKey;
use proptest::prelude::*;

use super::deed::Move;
use super::story::{Story, Witness};
use crate::flow::Flow;
use domain::UserId;

/// The browser whose turn it is not.
pub(super) struct Aside {
    pub(super) flow: Flow,
    pub(super) witness: Witness,
    pub(super) browser: HandleKey,
    pub(super) cookie: Option<HandleKey>,
    pub(super) trust_cookie: Option<HandleKey>,
    pub(super) truster: Option<UserId>,
}

impl Story {
    /// It is the other browser's turn.
    pub(super) fn turn(&mut self) {
        use std::mem::swap;
        let aside = &mut self.aside;
        swap(&mut aside.flow, &mut self.flow);
        swap(&mut aside.witness, &mut self.witness);
        swap(&mut aside.browser, &mut self.world.browser);
        swap(&mut aside.cookie, &mut self.world.cookie);
        swap(&mut aside.trust_cookie, &mut self.world.trust_cookie);
        swap(&mut aside.truster, &mut self.truster);
    }

    /// Two things at once: the second is decided by what was so before the first. They are done in two
    /// browsers, or twice in one.
    pub(super) fn at_once(
        &mut self,
        (first, second): (&Move, &Move),
        in_one: bool,
    ) -> Result<(), TestCaseError> {
        if !self.is_open() {
            self.begin_again();
        }
        let look = self.world.look();
        let (typed, sent) = (self.passwords.clone(), self.world.cookie);
        let flow = self.flow.clone();
        self.make_one(first)?;
        let came = self.world.cookie;
        if in_one {
            self.world.cookie = sent;
            if self.flow.id() == flow.id() {
                self.flow = flow;
            }
        } else {
            self.turn();
        }
        self.typed = Some(typed);
        self.world.decide_by(look);
        self.make_one(second)?;
        self.typed = None;
        if let Some(stored) = self.world.open(&self.flow) {
            self.flow = Flow::clone(&stored);
        }
        if in_one && self.world.cookie == sent {
            self.world.cookie = came;
        }
        Ok(())
    }
}
