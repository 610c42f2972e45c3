//! What is claimed of a flow after each deed.

use std::time::Duration;

use domain::port::Versioned;
use domain::{Attempts, Password, TransactionDraft, TransactionSource};
use proptest::prelude::*;

use crate::approval::Binding;
use crate::flow::{AcrDemand, Outcome, Rejection, SecondFactor};
use crate::world::{Acted, ERIN};

use super::NAMES;
use super::story::Story;

impl Story {
    /// There is no outcome without the required evidence.
    pub(super) fn has_all_evidence(
        &mut self,
        outcome: &Outcome,
        rejected: Option<Rejection>,
    ) -> Result<(), TestCaseError> {
        let requirement = self.flow.requirement();
        let erin = self.world.user(ERIN).unwrap().id;
        let by_passkey = outcome.user() == erin && self.witness.has_passkey_of(erin);
        let devices = self.world.devices_of(outcome.user());
        let is_enrolled = devices.iter().any(|it| it.is_active());
        let by_key = self.witness.key && outcome.user() == erin;
        let code = self.witness.codes.contains(&outcome.user()) || by_key;
        let has = |value: &str| outcome.amr().iter().any(|amr| amr == value);
        let by_device = has("otp") || has("sms") || has("tel") || has("hwk") || has("swk");
        prop_assert!(requirement.only().is_none_or(|it| it == outcome.user()));
        if outcome.is_vouched() {
            return self.has_vouched_evidence(outcome, code);
        }
        prop_assert!(has("pwd") || has("hwk"));
        prop_assert_eq!(has("mfa"), by_device);
        prop_assert!(
            !has("face") || has("swk"),
            "never without the key of its device"
        );
        let fresh = by_passkey || self.witness.passwords.contains(&outcome.user());
        let earlier = outcome.existing_session().or(outcome.stepped_up_session());
        prop_assert!(fresh || earlier.is_some());
        self.is_signed_on(outcome)?;
        prop_assert!(fresh || !(requirement.reauthenticate || requirement.select_account));
        prop_assert!(!fresh || has("mfa") == (code || by_passkey));
        if requirement.second_factor == SecondFactor::Required
            || (requirement.second_factor == SecondFactor::WhenEnrolled && is_enrolled)
        {
            let is_asked_anew = requirement.reauthenticate || requirement.max_age.is_some();
            let spared = self.truster == Some(outcome.user())
                && requirement.transaction.is_none()
                && !is_asked_anew;
            prop_assert!(has("mfa") || spared);
        }
        if self.witness.recovered.contains(&outcome.user()) && is_enrolled {
            prop_assert!(has("mfa"), "a mailbox alone");
        }
        let stored = self.world.get::<Password>(outcome.user()).unwrap();
        prop_assert!(
            !stored.must_change || by_passkey || !fresh,
            "must be changed"
        );
        prop_assert!(has_essential_acr(&requirement.acr, outcome));
        prop_assert!(outcome.acr() != Some("mfa") || has("mfa"));
        if let (Some(max_age), false) = (requirement.max_age, fresh) {
            prop_assert!(self.world.now.since(outcome.time()) < max_age + Duration::from_secs(1));
        }
        if let Some(demand) = &requirement.consent {
            prop_assert!(outcome.scope().unwrap().is_within(&demand.scope));
        }
        prop_assert_eq!(outcome.scope().is_some(), requirement.consent.is_some());
        self.has_approved_what_was_shown(outcome)?;
        prop_assert!(rejected.is_none() || rejected == Some(Rejection::NotOffered));
        Ok(())
    }

    /// Whom the client vouches for has given a factor of their own besides, and not been signed on in the browser.
    fn has_vouched_evidence(
        &mut self,
        outcome: &Outcome,
        has_given: bool,
    ) -> Result<(), TestCaseError> {
        let requirement = self.flow.requirement();
        prop_assert_eq!(requirement.vouched, Some(outcome.user()));
        prop_assert!(has_given && !outcome.amr().is_empty());
        prop_assert!(!outcome.trusts_browser());
        prop_assert!(has_essential_acr(&requirement.acr, outcome));
        prop_assert_eq!(outcome.scope().is_some(), requirement.consent.is_some());
        self.has_approved_what_was_shown(outcome)
    }

    /// The browser has a session of theirs, which lives.
    fn is_signed_on(&self, outcome: &Outcome) -> Result<(), TestCaseError> {
        let session = self.world.session();
        let session = session.filter(|it| it.is_live(self.world.policy.session, self.world.now));
        prop_assert_eq!(session.map(|it| it.user), Some(outcome.user()), "signed on");
        Ok(())
    }

    /// Nothing is approved but what was asked for and shown, by whom it was shown to, with factors that
    /// were given for it in this flow; and nothing twice.
    pub(super) fn has_approved_what_was_shown(
        &mut self,
        outcome: &Outcome,
    ) -> Result<(), TestCaseError> {
        let asked = self.flow.requirement().transaction.clone();
        prop_assert_eq!(outcome.approved().is_some(), asked.is_some());
        let (Some(approved), Some(asked)) = (outcome.approved(), asked) else {
            return Ok(());
        };
        let transaction = approved.transaction();
        for shown in approved.shown() {
            for told in told(&asked) {
                prop_assert!(shown.text().contains(&told), "{told} is not shown");
            }
            let display = transaction.display_by(shown.method().name());
            prop_assert_eq!(display, Some(shown.digest()));
        }
        let (locale, display) = (transaction.locale(), transaction.display().to_vec());
        let challenge = asked.challenge.clone();
        let meant = asked.finish(Some(outcome.user()), locale, display);
        prop_assert_eq!(transaction, &meant);
        prop_assert_eq!(approved.subject(), outcome.user());
        let digest = meant.digest();
        for factor in approved.factors() {
            match factor.binding() {
                Some(Binding::Code(code)) => prop_assert_eq!(code.digest(), &digest),
                Some(Binding::Signature(signature)) => {
                    prop_assert!(signature.verify(&digest, challenge.as_deref()).is_ok());
                }
                None => {}
            }
        }
        prop_assert!(approved.factors().iter().any(|it| it.binding().is_some()));
        let here = self.witness.codes.contains(&outcome.user()) || self.witness.key;
        prop_assert!(here, "a factor of this flow");
        prop_assert!(
            self.transactions.insert(*digest.as_bytes()),
            "approved twice"
        );
        Ok(())
    }

    /// Attempts never go down except by success or cool-down.
    pub(super) fn attempts_fall_only_by_success(
        &self,
        before: &[Option<Versioned<Attempts>>],
        acted: &Acted,
    ) -> Result<(), TestCaseError> {
        let now = self.world.now;
        for (name, before) in NAMES.iter().zip(before) {
            let counted = before.as_ref().map_or(0, |attempts| attempts.failures(now));
            let counts = self.world.failures(name);
            let user = self.world.user(name).map(|user| user.id);
            let proved = user.is_some_and(|user| {
                self.witness.passwords.contains(&user)
                    || self.witness.codes.contains(&user)
                    || (*name == ERIN && (self.witness.passkey || self.witness.key))
            });
            let recovered = user.is_some() && user == self.just_recovered;
            let succeeded = acted.rejected.is_none() && (recovered || (proved && counts == 0));
            prop_assert!(
                counts >= counted || succeeded,
                "{name}: {counted} to {counts}"
            );
            let blocked = before.as_ref().filter(|attempts| attempts.is_blocked(now));
            if let Some(blocked) = blocked.filter(|_| !recovered) {
                let still = self.world.attempts(name).unwrap();
                prop_assert_eq!(still.version, blocked.version, "a block is left alone");
            }
        }
        Ok(())
    }
}

/// Whether one of the values was reached that must be, if one must.
fn has_essential_acr(demand: &AcrDemand, outcome: &Outcome) -> bool {
    let AcrDemand { values, essential } = demand;
    let is_told = values.iter().any(|it| Some(it.as_str()) == outcome.acr());
    is_told || !*essential || values.is_empty()
}

/// What a person must be told of a payment (RTS art. 5(1)(a)).
fn told(payment: &TransactionDraft) -> Vec<String> {
    match &payment.source {
        TransactionSource::Template { variables, .. } => {
            variables.iter().map(|it| it.value.clone()).collect()
        }
        other => panic!("{other:?} is no payment of the shop's"),
    }
}
