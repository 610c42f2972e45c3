//! What is to be approved in a flow: shown first, then bound to what the person proves.

use domain::{Digest, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::facts::{Facts, Person};
use super::record::{Ending, Flow};
use super::standing::{Basis, Standing};
use crate::approval::template::Method;
use crate::approval::{ApprovedTransaction, ApprovingFactor, Binding, Presented, present};
use crate::evidence::{Evidence, FactorClass, FactorKind};

/// What is shown to a person to be approved, and with what they have approved it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Approval {
    pub(super) presented: Presented,
    /// The factors that are bound to it.
    factors: Vec<ApprovingFactor>,
    /// How it was shown when they were given.
    by: Vec<Method>,
}

impl Approval {
    /// What every approval of it is bound to.
    pub(super) fn digest(&self) -> Digest {
        self.presented.digest()
    }

    fn is_for(&self, user: UserId) -> bool {
        self.presented.transaction().subject() == Some(user)
    }

    fn given(&self, flow: &Flow, standing: &Standing<'_>) -> Option<ApprovedTransaction> {
        let user = standing.person.user.id;
        if !self.is_for(user) || self.factors.is_empty() {
            return None;
        }
        let mut factors = self.factors.clone();
        let known = |it: &&Evidence| factors.iter().any(|factor| factor.is_of(it));
        let others = flow
            .evidence
            .iter()
            .filter(|it| it.user() == user && !known(it));
        let others: Vec<_> = others
            .flat_map(|it| ApprovingFactor::all_of(it, None))
            .collect();
        factors.extend(others);
        // RTS art. 4(1): two elements. One of them may have been proven before.
        if standing.basis != Basis::Fresh {
            let here: Vec<_> = factors.iter().map(|it| it.amr().to_owned()).collect();
            // `mfa` is no factor: it says that there are two.
            let is_factor = |amr: &&String| FactorClass::of_amr(amr).is_some();
            let earlier = standing.amr.iter().filter(is_factor);
            let earlier = earlier.filter(|amr| !here.contains(amr));
            let earlier = earlier.map(|amr| ApprovingFactor::earlier(user, amr, standing.time));
            factors.extend(earlier.collect::<Vec<_>>());
        }
        self.presented.approved(&self.by, factors).ok()
    }
}

/// The flow in which what is to be approved is shown to this person; `None` if there is nothing to
/// be shown, or it is shown already.
pub(super) fn shown_to(
    flow: &Flow,
    person: &Person,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Option<Flow> {
    let draft = flow.requirement.transaction.as_ref()?;
    let user = person.user.id;
    if flow.approval.as_ref().is_some_and(|it| it.is_for(user)) {
        return None;
    }
    let (names, templates) = (facts.wording.names(&person.user), &facts.wording.templates);
    let presented = present(draft.clone(), Some(user), &names, templates, &Method::ALL);
    let approval = presented.ok().map(|presented| Approval {
        presented,
        factors: Vec::new(),
        by: Vec::new(),
    });
    let ending = approval.is_none().then_some(Ending::Unshown);
    Some(Flow {
        ending: flow.ending.or(ending),
        approval,
        // Whatever was asked was asked of somebody else, or for nothing in particular.
        prompt: None,
        ..flow.progressed(now)
    })
}

/// The flow after this factor, which was given for what is shown, was accepted.
pub(super) fn bind(flow: &mut Flow, evidence: &Evidence, binding: Option<Binding>, by: Method) {
    if let (Some(approval), Some(binding)) = (&mut flow.approval, binding) {
        let factors = ApprovingFactor::all_of(evidence, Some(binding));
        approval.factors.extend(factors);
        for method in [Method::Page, by] {
            if !approval.by.contains(&method) {
                approval.by.push(method);
            }
        }
    }
}

/// Whether a device of this kind can answer for one transaction alone.
pub(super) const fn can_be_bound(kind: FactorKind) -> bool {
    match kind {
        FactorKind::Email
        | FactorKind::Sms
        | FactorKind::Voice
        | FactorKind::WebAuthn
        | FactorKind::Push
        | FactorKind::Face => true,
        // What they show would fit any transaction.
        FactorKind::Password | FactorKind::Totp | FactorKind::RecoveryCode => false,
    }
}

/// Whether who stands proven has approved what is to be approved.
pub(super) fn is_given(flow: &Flow, standing: &Standing<'_>) -> bool {
    approved(flow, standing).is_some()
}

/// What who stands proven has approved.
pub(super) fn approved(flow: &Flow, standing: &Standing<'_>) -> Option<ApprovedTransaction> {
    flow.approval.as_ref()?.given(flow, standing)
}
