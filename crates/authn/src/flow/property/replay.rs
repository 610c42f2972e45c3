//! What was proven once, or for something else, is presented again.

use std::collections::BTreeSet;

use domain::{FlowId, Message, MessageContent, MessageId};
use proptest::prelude::*;
use proptest::sample::Index;

use super::story::Story;
use crate::factor::push::PushRequest;
use crate::factor::webauthn::{AuthenticationResponse, Challenge};
use crate::flow::Step;
use crate::world::{Acted, code_in, long_code_in};

/// What people have in hand that proves something somewhere, once.
#[derive(Default)]
pub(super) struct Keepsakes {
    /// The messages that were sent, and in which flow.
    letters: Vec<(FlowId, Message)>,
    known: BTreeSet<MessageId>,
    /// What was signed, and over which challenge, also where it was not presented.
    signatures: Vec<(Challenge, AuthenticationResponse)>,
    /// What authenticators have signed, and about which request, also where it was not sent.
    answers: Vec<(PushRequest, String)>,
}

impl Keepsakes {
    pub(super) fn signed(&mut self, step: &Step, signature: &AuthenticationResponse) {
        if let Some(challenge) = challenge(step) {
            self.signatures.push((challenge.clone(), signature.clone()));
        }
    }

    pub(super) fn answered(&mut self, request: &PushRequest, jws: &str) {
        self.answers.push((request.clone(), jws.to_owned()));
    }

    /// The code in the message that was sent last in this flow.
    fn code_of(&self, flow: FlowId, read: fn(&MessageContent) -> Option<String>) -> Option<String> {
        let letters = self.letters.iter().rev();
        let mut theirs = letters.filter(|(of, _)| *of == flow);
        theirs.find_map(|(_, letter)| read(&letter.content))
    }

    /// The codes that were sent in other flows than this one.
    fn codes_of_others(
        &self,
        flow: FlowId,
        read: fn(&MessageContent) -> Option<String>,
    ) -> Vec<String> {
        let others = self.letters.iter().filter(|(of, _)| *of != flow);
        let codes = others.filter_map(|(_, letter)| read(&letter.content));
        codes.collect()
    }
}

/// What is signed at this step.
const fn challenge(step: &Step) -> Option<&Challenge> {
    match step {
        Step::SignOn { passkey, .. } | Step::Identify { passkey, .. } => passkey.as_ref(),
        Step::Assertion { challenge, .. } => Some(challenge),
        _ => None,
    }
}

impl Story {
    /// Whoever acts in this flow reads what was sent to them.
    pub(super) fn read_letters(&mut self, flow: FlowId) {
        for message in self.world.messages() {
            if self.kept.known.insert(message.id) {
                self.kept.letters.push((flow, message));
            }
        }
    }

    /// The code that was sent to a device in this flow.
    pub(super) fn sent_code(&self) -> Option<String> {
        self.kept.code_of(self.flow.id(), code_in)
    }

    /// The code that was mailed in this flow to whoever has forgotten their password.
    pub(super) fn mailed_code(&self) -> Option<String> {
        self.kept.code_of(self.flow.id(), long_code_in)
    }

    /// A code of another flow, or one that was spent, is worth nothing.
    pub(super) fn enter_old_code(&mut self, which: Index) -> Result<Option<Acted>, TestCaseError> {
        let id = self.flow.id();
        let is_mailed = matches!(self.world.step(&self.flow), Step::RecoveryCode { .. });
        let (mut old, own) = match is_mailed {
            true => (
                self.kept.codes_of_others(id, long_code_in),
                self.mailed_code(),
            ),
            false => (self.kept.codes_of_others(id, code_in), self.sent_code()),
        };
        let same = old.iter().filter(|code| Some(*code) == own.as_ref());
        prop_assert!(same.count() < 2, "codes of several flows are the same");
        if !is_mailed {
            old.extend(self.spent.iter().map(|(_, code)| code.clone()));
        }
        // One in a million is by chance.
        old.retain(|code| !code.is_empty() && Some(code) != own.as_ref());
        if old.is_empty() {
            return Ok(None);
        }
        let code = which.get(&old).clone();
        let acted = match is_mailed {
            true => self.world.mailed(&self.flow, &code),
            false => self.world.code(&self.flow, &code),
        };
        prop_assert!(acted.rejected.is_some(), "a code of something else");
        Ok(Some(acted))
    }

    /// Something is signed at this step, and kept for later.
    pub(super) fn sign(&mut self, verified: bool) -> Option<Acted> {
        let step = self.world.step(&self.flow);
        self.world.authenticator.user_verified = verified;
        if let Some(signature) = self.world.signed(&step) {
            self.kept.signed(&step, &signature);
        }
        if let Some(request) = self.world.open_request() {
            let decision = if verified { "approve" } else { "deny" };
            let claims = self.world.claims(&request, decision);
            let jws = self.world.signed_by_asked(&request, &claims);
            self.kept.answered(&request, &jws);
        }
        None
    }

    /// A signature over something else is worth nothing.
    pub(super) fn present_old_signature(
        &mut self,
        which: Index,
    ) -> Result<Option<Acted>, TestCaseError> {
        let step = self.world.step(&self.flow);
        let asked = challenge(&step);
        let signatures = self.kept.signatures.iter();
        let old = signatures.filter(|(over, _)| Some(over) != asked);
        let old: Vec<_> = old.map(|(_, signature)| signature.clone()).collect();
        if old.is_empty() {
            return Ok(None);
        }
        let acted = self.world.assert(&self.flow, which.get(&old));
        prop_assert!(acted.rejected.is_some(), "a signature over something else");
        Ok(Some(acted))
    }

    /// What was answered once is answered, and answers nothing else.
    pub(super) fn answer_again(&mut self, which: Index) -> Result<Option<Acted>, TestCaseError> {
        if self.kept.answers.is_empty() {
            return Ok(None);
        }
        let (request, jws) = which.get(&self.kept.answers).clone();
        if self.answered.contains(&request.id) {
            prop_assert!(self.world.answer(&request, &jws).is_err(), "answered twice");
        }
        if let Some(open) = self.world.open_request().filter(|it| it.id != request.id) {
            let answer = self.world.answer(&open, &jws);
            prop_assert!(answer.is_err(), "an answer to something else");
        }
        Ok(None)
    }
}
