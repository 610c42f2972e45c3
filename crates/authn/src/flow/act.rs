//! Carrying a flow forward.

mod action;
mod assertion;
mod device;
mod device_code;
mod enrolment;
mod face;
mod identity;
mod management;
mod password;
mod push;
mod recovery;
mod registration;
mod sponsored;

use std::ops::ControlFlow;

use domain::port::{Changes, Random};
use domain::{Consent, Scope, Timestamp, User};

pub use self::action::{Action, Rejection};
use self::device::Asking;
pub(super) use self::registration::registration_key;
use super::approval;
use super::face::withdraw as withdraw_ticket;
use super::facts::{Facts, Person};
use super::message;
use super::next::{authenticated, next};
use super::push::withdraw;
use super::record::{Allowed, BoundFlow, Ending, Flow, Subject};
use super::requirement::ConsentDemand;
use super::sponsored::begin_only;
use super::standing::{Standing, is_wanted};
use super::step::Step;
use crate::audit::{
    Auditor, CONSENT_DENIED, CONSENT_GIVEN, Failure, SIGN_ON_FAILED, SIGN_ON_SUCCEEDED,
};
use crate::factor::password::PasswordVerdict;
use crate::lockout::Lockout;

/// What an action leads to.
#[must_use = "a decision has changes to be committed"]
pub struct Decision {
    /// The flow afterwards.
    pub flow: Flow,
    /// What comes next.
    pub step: Step,
    /// What must become true before that is answered. When the flow is over it is deleted in them,
    /// so that whoever commits them with a proof has made the only proof of it.
    pub changes: Changes,
    /// Why the action had no effect, if it had none.
    pub rejected: Option<Rejection>,
}

/// Carries `flow` forward by one action, if [`next()`] offers it.
pub fn act(
    flow: &BoundFlow,
    action: &Action<'_>,
    facts: &Facts<'_>,
    now: Timestamp,
    random: &dyn Random,
) -> Decision {
    let step = next(flow, facts, now);
    let (action, trusts) = match action {
        Action::Trusting(action) => (*action, true),
        action => (action, false),
    };
    let moment = Moment {
        flow,
        facts,
        trusts,
        auditor: Auditor { now, random },
    };
    match (&step, action) {
        (Step::SignOn { .. }, Action::CheckPassword { username, verdict }) => {
            moment.check_password(username, verdict)
        }
        (Step::OneTimeCode { device, .. }, Action::CheckCode { code }) => {
            moment.check_code(device, code)
        }
        (
            Step::SelectDevice { devices, .. }
            | Step::OneTimeCode { devices, .. }
            | Step::Assertion { devices, .. }
            | Step::Push { devices, .. }
            | Step::Face { devices, .. },
            Action::SelectDevice(device),
        ) if devices.iter().any(|offered| offered.id == *device) => moment.select(*device),
        (Step::Enrol { user, .. }, Action::Activate(proof)) => moment.set_up(*user, *proof),
        (Step::Push { .. } | Step::Face { .. }, Action::ChooseDevice) => moment.choose_device(),
        (asked, Action::Resend) if asked.is_repeatable() => moment.resend(),
        (Step::Assertion { .. } | Step::Enrol { .. }, Action::GiveUp(failure)) => {
            moment.end(Ending::GaveUp(*failure))
        }
        (Step::Push { state, .. }, Action::Continue) => moment.go_on_with(*state),
        (Step::Face { state, .. }, Action::Continue) => moment.go_on_with_face(*state),
        (offered, Action::CheckAssertion { response }) if takes_passkey(offered) => {
            moment.check_passkey(response)
        }
        (Step::Assertion { allowed, .. }, Action::CheckAssertion { response }) => {
            moment.check_assertion(response, allowed)
        }
        // Another may have signed on in this browser since the page was shown: nobody allows what
        // somebody else was asked.
        (Step::Consent { user: asked, .. }, Action::Allow { user, scope }) if user == asked => {
            moment.allow(scope)
        }
        (Step::Consent { .. } | Step::ConfirmUserCode { .. }, Action::Deny) => moment.deny(),
        (Step::UserCode { .. }, Action::EnterUserCode(named)) => match named {
            Some((device, facts)) => Moment { facts, ..moment }.enter(Some(device)),
            None => moment.enter(None),
        },
        (Step::ConfirmUserCode { user_code: shown }, Action::ConfirmUserCode { user_code }) => {
            moment.confirm(shown == user_code)
        }
        (offered, Action::Cancel) if !offered.is_final() => moment.end(Ending::Canceled),
        (offered, Action::Restart) if !offered.is_final() => moment.restart(),
        _ => moment.others(step, action),
    }
}

/// Whether a passkey says who somebody is.
const fn takes_passkey(step: &Step) -> bool {
    let (Step::SignOn { passkey, .. } | Step::Identify { passkey, .. }) = step else {
        return false;
    };
    passkey.is_some()
}

/// The flow after what may be done without anybody's asking: what is to be approved is shown, and
/// whoever has one device to which codes are sent, or prefers it, is sent one. The changes do not
/// contain the flow; `None` if there is nothing to be done.
pub fn proceed(
    flow: &Flow,
    facts: &Facts<'_>,
    now: Timestamp,
    random: &dyn Random,
) -> Option<(Flow, Changes)> {
    if flow.is_on_detour() {
        return None;
    }
    let shown = shown(flow, facts, now);
    let (shown, flow) = (shown.is_some(), shown.unwrap_or_else(|| flow.clone()));
    let asking = Asking {
        facts,
        auditor: Auditor { now, random },
    };
    if let Some(asked) = asking.ask_preferred(&flow) {
        return Some((asked.flow, asked.changes));
    }
    let begun = sponsored_begun(&flow, facts, asking.auditor);
    begun.or_else(|| shown.then(|| (flow, Changes::none())))
}

/// The flow with the device begun that is to be set up in it, where there is nothing to choose.
fn sponsored_begun(
    flow: &Flow,
    facts: &Facts<'_>,
    auditor: Auditor<'_>,
) -> Option<(Flow, Changes)> {
    let step = next(flow, facts, auditor.now);
    begin_only(flow, facts, auditor, &step)
}

/// The same for a stored flow, whose browser may have claimed it just now: the changes hold the flow.
pub fn proceed_bound(
    flow: BoundFlow,
    claimed: Changes,
    facts: &Facts<'_>,
    now: Timestamp,
    random: &dyn Random,
) -> (BoundFlow, Changes) {
    match proceed(&flow, facts, now, random) {
        Some((proceeded, mut changes)) => {
            changes.replace(flow.loaded(), &proceeded);
            (flow.at(proceeded), changes)
        }
        None => (flow, claimed),
    }
}

/// The flow after what is to be approved is shown to whoever stands proven in it; `None` if there is
/// nothing to be shown, or it is shown already.
fn shown(flow: &Flow, facts: &Facts<'_>, now: Timestamp) -> Option<Flow> {
    let standing = Standing::of(flow, facts, now)?;
    approval::shown_to(flow, standing.person, facts, now)
}

/// One request in a flow.
struct Moment<'a> {
    flow: &'a BoundFlow,
    facts: &'a Facts<'a>,
    /// Whether this browser is to be trusted.
    trusts: bool,
    auditor: Auditor<'a>,
}

impl Moment<'_> {
    /// What is done about devices, names and passwords rather than with them; nothing else is offered.
    fn others(&self, step: Step, action: &Action<'_>) -> Decision {
        let done = self.enrol(&step, action);
        let done = done.or_else(|| self.manage(&step, action));
        let done = done.or_else(|| self.identify(&step, action));
        done.unwrap_or_else(|| self.refuse(step))
    }

    fn check_password(&self, typed: &str, verdict: &PasswordVerdict) -> Decision {
        let now = self.auditor.now;
        let lockout = self.lockout(typed);
        let person = self.facts.person.as_ref();
        let named = person.filter(|person| is_named(&person.user, typed));
        let password = self.facts.password.as_ref();
        let evidence = password.and_then(|password| verdict.evidence(password, now));
        let proven = named.zip(evidence.clone()).filter(|(person, evidence)| {
            let is_theirs = evidence.user() == person.user.id && person.user.enabled;
            is_theirs && is_wanted(self.flow, person) && !lockout.is_blocked(now)
        });
        if let Some((person, evidence)) = proven {
            let flow = Flow {
                subject: Some(Subject::Proven(person.user.id)),
                evidence: vec![evidence],
                prompt: None,
                ..self.flow.progressed(now)
            };
            return self.accept(flow, person, Changes::none());
        }
        let flow = Flow {
            subject: Some(Subject::Claimed(shortened(typed))),
            evidence: Vec::new(),
            ..Flow::clone(self.flow)
        };
        let user = named.map(|person| &person.user);
        let cause = match user {
            _ if lockout.is_blocked(now) => "blocked",
            None => "unknown_user",
            Some(user) if !user.enabled => "user_disabled",
            Some(_) if evidence.is_some() => "other_user_required",
            Some(_) => "wrong_password",
        };
        self.fail(flow, lockout, (user, cause), Rejection::NotRecognised)
    }

    fn allow(&self, chosen: &Scope) -> Decision {
        let now = self.auditor.now;
        let standing = authenticated(self.flow, self.facts, now);
        let (ControlFlow::Continue(standing), Some(demand)) =
            (standing, &self.flow.requirement.consent)
        else {
            return self.refuse(next(self.flow, self.facts, now));
        };
        let person = standing.person;
        let chosen = chosen.common_with(&demand.scope);
        let required = demand.required.common_with(&demand.scope);
        let allows = !chosen.is_empty() || !required.is_empty() || !demand.details.is_empty();
        if !allows && !demand.scope.is_empty() {
            let step = next(self.flow, self.facts, now);
            return self.unchanged(step, Rejection::NothingAllowed);
        }
        let scope = chosen.union(&required);
        let mut changes = Changes::none();
        let remembered = self.remembered(person, demand, &scope);
        changes.upsert(person.consent.as_ref(), &remembered);
        let event = self.auditor.by(&person.user, CONSENT_GIVEN);
        let event = event.with("client_id", demand.client.as_str());
        let event = event.with("scope", scope.to_string());
        changes.insert(&match demand.details.is_empty() {
            true => event,
            false => event.with("authorization_details", demand.details.to_value()),
        });
        let user = person.user.id;
        let flow = Flow {
            allowed: Some(Allowed { user, scope }),
            ..self.flow.progressed(now)
        };
        self.settle(flow, changes, None)
    }

    fn deny(&self) -> Decision {
        let mut decision = self.end(Ending::Denied);
        let standing = authenticated(self.flow, self.facts, self.auditor.now);
        if let (ControlFlow::Continue(standing), Some(demand)) =
            (standing, &self.flow.requirement.consent)
        {
            let event = self.auditor.by(&standing.person.user, CONSENT_DENIED);
            let event = event.with("client_id", demand.client.as_str());
            decision.changes.insert(&event);
        }
        decision
    }

    fn end(&self, ending: Ending) -> Decision {
        let flow = Flow {
            ending: Some(ending),
            ..Flow::clone(self.flow)
        };
        self.settle(flow, Changes::none(), None)
    }
}

/// The ends of all actions.
impl Moment<'_> {
    /// A factor was proven: when with it all of them are, failures are forgotten. Until then they
    /// must be as they were when the factor was looked at.
    fn accept(&self, flow: Flow, person: &Person, mut changes: Changes) -> Decision {
        let flow = Flow {
            trusts: flow.trusts || self.trusts,
            ..flow
        };
        let lockout = self.lockout(&person.user.username);
        let ControlFlow::Continue(standing) = authenticated(&flow, self.facts, self.auditor.now)
        else {
            lockout.unchanged(&mut changes);
            return self.settle(flow, changes, None);
        };
        // A password alone must not reset the count of wrong codes.
        let is_all = standing.has_two_factors() || standing.is_vouched_and_proven();
        if is_all || !person.is_enrolled() {
            lockout.succeeded(&mut changes);
        } else {
            lockout.unchanged(&mut changes);
        }
        let event = self.auditor.by(&person.user, SIGN_ON_SUCCEEDED);
        let event = event.with("amr", standing.amr);
        changes.insert(&match &self.facts.circumstances.client {
            Some(client) => event.with("client", client.as_str()),
            None => event,
        });
        self.settle(flow, changes, None)
    }

    /// A factor was not proven: it is counted.
    fn fail(
        &self,
        flow: Flow,
        lockout: Lockout<'_>,
        (user, cause): (Option<&User>, &'static str),
        rejection: Rejection,
    ) -> Decision {
        let mut changes = Changes::none();
        let blocks = lockout.failed(&mut changes, self.auditor.now);
        let failure = Failure {
            user,
            cause,
            blocks,
        };
        let event = self.auditor.about(user, SIGN_ON_FAILED);
        self.auditor.failure(&mut changes, event, &failure);
        if let Some(user) = user.filter(|_| blocks) {
            self.alert(user, &mut changes);
        }
        self.settle(flow, changes, Some(rejection))
    }

    /// Tells somebody by mail that they are blocked for a while, and how they recover at once, where
    /// they can (RTS art. 4(4)).
    fn alert(&self, user: &User, changes: &mut Changes) {
        let wording = &self.facts.wording;
        if self.facts.policy.identity.recovery {
            changes.and(message::of_block(user, wording, self.auditor));
        }
    }

    /// The action is not offered; a flow that is over is deleted all the same.
    fn refuse(&self, step: Step) -> Decision {
        self.unchanged(step, Rejection::NotOffered)
    }

    fn step(&self) -> Step {
        next(self.flow, self.facts, self.auditor.now)
    }

    fn unchanged(&self, step: Step, rejection: Rejection) -> Decision {
        Decision {
            flow: Flow::clone(self.flow),
            changes: self.flow.untouched(step.is_final(), self.facts),
            step,
            rejected: Some(rejection),
        }
    }

    fn settle(&self, flow: Flow, mut changes: Changes, rejected: Option<Rejection>) -> Decision {
        let (now, random) = (self.auditor.now, self.auditor.random);
        let flow = match proceed(&flow, self.facts, now, random) {
            Some((proceeded, asking)) if rejected.is_none() => {
                changes.and(asking);
                proceeded
            }
            _ => flow,
        };
        let step = next(&flow, self.facts, now);
        withdraw(&flow, step.is_final(), self.facts, &mut changes);
        withdraw_ticket(&flow, step.is_final(), self.facts, &mut changes);
        self.flow.moved(&flow, step.is_final(), &mut changes);
        self.facts.password_unchanged(&flow, &mut changes);
        Decision {
            flow,
            step,
            changes,
            rejected,
        }
    }

    fn lockout(&self, username: &str) -> Lockout<'_> {
        let policy = self.facts.policy.lockout;
        Lockout::of(username, self.facts.attempts.as_ref(), policy)
    }

    /// The same, where a device has answered.
    fn device_lockout(&self, username: &str) -> Lockout<'_> {
        let policy = &self.facts.policy;
        let policy = policy.devices.failures.unwrap_or(policy.lockout);
        Lockout::of(username, self.facts.attempts.as_ref(), policy)
    }

    /// What is remembered of what a person allows: earlier consent stands where this one is silent.
    fn remembered(&self, person: &Person, demand: &ConsentDemand, scope: &Scope) -> Consent {
        let now = self.auditor.now;
        let standing = demand.remembered(person, now);
        let kept = standing.map(|consent| consent.scope.without(&demand.scope));
        Consent {
            user: person.user.id,
            client: demand.client.clone(),
            scope: kept.unwrap_or_default().union(scope),
            given: now,
            expires: demand.lifetime.map(|lifetime| now + lifetime),
        }
    }
}

/// Whether the name that was typed is this person's.
fn is_named(user: &User, typed: &str) -> bool {
    User::normalized(&user.username) == User::normalized(typed)
}

/// What of a typed name is kept to be shown again.
fn shortened(typed: &str) -> String {
    typed.chars().take(User::MAX_USERNAME).collect()
}
