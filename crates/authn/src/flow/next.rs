//! The only place that decides what comes next.

use std::ops::ControlFlow;

use domain::{Scope, Timestamp};

use super::approval;
use super::device::second_factor;
use super::enrolment;
use super::facts::{Facts, SignedOn};
use super::identity::{advised, new_password};
use super::management;
use super::outcome::Outcome;
use super::record::{Ending, Flow, Subject};
use super::requirement::{ConsentDemand, DeviceDemand, Requirement, SecondFactor};
use super::rule::{self, Verdict};
use super::sponsored;
use super::standing::{Basis, Standing};
use super::step::{Cause, Offers, Step};
use super::trust;

/// What comes next in `flow`: ended, expired, recovery, unreachable, sign on, second
/// factor, new password, consent, done.
pub fn next(flow: &Flow, facts: &Facts<'_>, now: Timestamp) -> Step {
    match flow.ending {
        Some(Ending::Canceled) => return Step::Canceled,
        Some(Ending::Denied) => return Step::Failed(Cause::ConsentDenied),
        Some(Ending::GaveUp(failure)) => return Step::Failed(Cause::Browser(failure)),
        Some(Ending::Unshown) => return Step::Failed(Cause::NotShown),
        None => {}
    }
    if flow.is_expired(now) {
        return Step::Failed(Cause::Expired);
    }
    let detour = flow.detour.as_ref();
    if let Some(step) = detour.and_then(|detour| detour.step(flow, facts, now)) {
        return step;
    }
    if let Some(step) = enrolment::settled(flow, facts, now) {
        return step;
    }
    if let Some(step) = user_code(flow).filter(|_| is_first(flow)) {
        return step;
    }
    match outcome(flow, facts, now) {
        ControlFlow::Continue(outcome) => Step::Done(outcome),
        ControlFlow::Break(step) => step,
    }
}

/// The person who has proven all that is required, or what comes before that.
pub(super) fn authenticated<'a>(
    flow: &Flow,
    facts: &'a Facts<'_>,
    now: Timestamp,
) -> ControlFlow<Step, Standing<'a>> {
    let (requirement, acr) = (&flow.requirement, &facts.policy.acr);
    if acr.is_hopeless(&requirement.acr) {
        return ControlFlow::Break(Step::Failed(Cause::UnmetAuthenticationRequirements));
    }
    let Some(standing) = Standing::of(flow, facts, now) else {
        return ControlFlow::Break(sign_on(flow, facts, now));
    };
    let rule = rule::first(facts, standing.person, now);
    let verdict = rule.map(|rule| rule.verdict);
    if verdict == Some(Verdict::Deny) {
        return ControlFlow::Break(Step::Failed(Cause::Denied));
    }
    if flow.requirement.transaction.is_some() && !approval::is_given(flow, &standing) {
        return ControlFlow::Break(second_factor(flow, facts, &standing, now));
    }
    if let Some(step) = sponsored::step(flow, facts, &standing, now) {
        return ControlFlow::Break(step);
    }
    // Another's word is a first factor and no second one.
    if standing.basis == Basis::Vouched && standing.amr.is_empty() {
        return ControlFlow::Break(second_factor(flow, facts, &standing, now));
    }
    let enrolled = standing.person.is_enrolled();
    // Two factors of a session are asked for no more, unless a rule says that they may have aged.
    let has_aged = matches!(standing.basis, Basis::Session(_))
        && rule.is_some_and(|rule| match rule.verdict {
            Verdict::SecondFactor(asked) if rule.strong_older_than.is_some() => {
                policy_demands(requirement, asked, enrolled)
            }
            _ => false,
        });
    if standing.has_two_factors() && has_aged {
        return ControlFlow::Break(second_factor(flow, facts, &standing, now));
    }
    if standing.has_two_factors() || standing.basis == Basis::Vouched {
        return ControlFlow::Continue(standing);
    }
    let can_be_asked = standing.person.can_be_asked(&facts.policy.devices);
    let can_be_had = can_be_asked || enrolment::can_be_had(flow, facts, &standing);
    if acr.fails(&requirement.acr, can_be_had) {
        return ControlFlow::Break(Step::Failed(Cause::UnmetAuthenticationRequirements));
    }
    // What nobody may be asked for is out of reach: a voluntary acr falls back.
    let can_ask = can_be_asked && !requirement.passive;
    let demanded = acr.demands_second_factor(&requirement.acr, can_ask)
        || match verdict {
            Some(Verdict::SecondFactor(asked)) => policy_demands(requirement, asked, enrolled),
            _ => {
                policy_demands(requirement, requirement.second_factor, enrolled)
                    && !trust::spares(flow, standing.person, facts, now)
            }
        }
        // Where devices are added and removed, whoever has one gives one, whatever a rule says.
        || (requirement.every_browser && enrolled)
        // A mailbox alone signs nobody on who has more.
        || (flow.recovered && enrolled);
    if demanded {
        return ControlFlow::Break(second_factor(flow, facts, &standing, now));
    }
    ControlFlow::Continue(standing)
}

fn outcome(flow: &Flow, facts: &Facts<'_>, now: Timestamp) -> ControlFlow<Step, Outcome> {
    let standing = authenticated(flow, facts, now)?;
    if let Some(step) = new_password(flow, &standing, facts, now) {
        return ControlFlow::Break(step);
    }
    if let Some(step) = advised(flow, &standing, facts, now) {
        return ControlFlow::Break(step);
    }
    if let Some(step) = management::step(flow, facts, &standing, now) {
        return ControlFlow::Break(step);
    }
    if let Some(step) = enrolment::offered(flow, facts, &standing, now) {
        return ControlFlow::Break(step);
    }
    if let Some(step) = user_code(flow) {
        return ControlFlow::Break(step);
    }
    let scope = match &flow.requirement.consent {
        Some(demand) => Some(consent(flow, demand, &standing, now)?),
        None => None,
    };
    let two = standing.has_two_factors() || standing.is_vouched_and_proven();
    let acr = facts.policy.acr.reached(&flow.requirement.acr, two);
    let acr = acr.map(str::to_owned);
    let approved = approval::approved(flow, &standing);
    let trusts = trust::is_earned(flow, facts);
    ControlFlow::Continue(Outcome::new(standing, acr, scope, approved).trusting(trusts))
}

/// Whether the code of a device is entered before anybody signs on.
fn is_first(flow: &Flow) -> bool {
    let demand = flow.requirement.device_code.as_ref();
    demand.is_some_and(|demand| demand.first)
}

/// What is to be known of the device that is to be allowed.
fn user_code(flow: &Flow) -> Option<Step> {
    let demand = flow.requirement.device_code.as_ref()?;
    // RFC 8628 §5.1: "the server should ensure that there is a limited number of attempts".
    if demand.failures >= DeviceDemand::TRIES {
        return Some(Step::Failed(Cause::Expired));
    }
    match &demand.device {
        None => Some(Step::UserCode {
            failed: demand.failures > 0,
        }),
        Some(device) if !demand.confirmed => Some(Step::ConfirmUserCode {
            user_code: device.user_code.clone(),
        }),
        Some(_) => None,
    }
}

fn sign_on(flow: &Flow, facts: &Facts<'_>, now: Timestamp) -> Step {
    let requirement = &flow.requirement;
    if requirement.passive {
        // OpenID Connect Core §3.1.2.1, prompt=none: "The Authorization Server MUST NOT display any
        // authentication or consent user interface pages."
        return Step::Failed(if requirement.select_account {
            Cause::AccountSelectionRequired
        } else {
            Cause::LoginRequired
        });
    }
    let takes_passkeys = facts.policy.devices.takes_passkeys();
    let passkey = takes_passkeys.then(|| flow.passkey.clone());
    // Whoever sends a request can name any identifier in it. What that person is called, or whether
    // there is such a person, is told only where they are signed on.
    let offers = Offers {
        recovery: facts.policy.identity.recovery,
        registration: facts.policy.identity.registration && requirement.only().is_none(),
    };
    let required = |signed_on: &&SignedOn| requirement.only() == Some(signed_on.person.user.id);
    if let Some(signed_on) = facts.signed_on(now).filter(required) {
        return Step::SignOn {
            username: Some(signed_on.person.user.username.clone()),
            locked: true,
            changeable: false,
            passkey,
            offers,
        };
    }
    let username = suggested_name(flow, facts, now);
    let identifier_first = facts.policy.identity.identifier_first;
    if identifier_first && !flow.identified {
        return Step::Identify {
            username,
            passkey,
            offers,
        };
    }
    Step::SignOn {
        username,
        locked: false,
        changeable: identifier_first,
        passkey,
        offers,
    }
}

/// The name that was typed last, or hinted at, or of who is signed on if they will do.
pub(super) fn suggested_name(flow: &Flow, facts: &Facts<'_>, now: Timestamp) -> Option<String> {
    let requirement = &flow.requirement;
    if let Some(Subject::Claimed(name)) = &flow.subject {
        return Some(name.clone());
    }
    let of_session = |signed_on: &SignedOn| signed_on.person.user.username.clone();
    let signed_on = || facts.signed_on(now).map(of_session);
    let hinted = requirement.login_hint.clone();
    let will_do = !requirement.select_account && requirement.only().is_none();
    hinted.or_else(|| will_do.then(signed_on).flatten())
}

const fn policy_demands(requirement: &Requirement, asked: SecondFactor, enrolled: bool) -> bool {
    match asked {
        SecondFactor::WhenEnrolled => enrolled,
        // Where people set one up, who has none yet is let in.
        SecondFactor::Required => enrolled || !requirement.every_browser,
        SecondFactor::Never => false,
    }
}

/// What the person has allowed, in this flow or before.
fn consent(
    flow: &Flow,
    demand: &ConsentDemand,
    standing: &Standing<'_>,
    now: Timestamp,
) -> ControlFlow<Step, Scope> {
    let person = standing.person;
    let given = flow.allowed.as_ref();
    if let Some(allowed) = given.filter(|allowed| allowed.user == person.user.id) {
        return ControlFlow::Continue(allowed.scope.clone());
    }
    let remembered = demand.remembered(person, now);
    let remembered = remembered.filter(|consent| consent.covers(&demand.scope, now));
    if remembered.is_some() && !demand.always && demand.details.is_empty() {
        return ControlFlow::Continue(demand.scope.clone());
    }
    ControlFlow::Break(if flow.requirement.passive {
        Step::Failed(Cause::ConsentRequired)
    } else {
        Step::Consent {
            user: person.user.id,
            username: person.user.username.clone(),
            client: demand.client.clone(),
            scope: demand.scope.clone(),
            details: demand.details.clone(),
            required: demand.required.clone(),
        }
    })
}
