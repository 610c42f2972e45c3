//! Browsers that people have trusted ("this is my device").

use std::time::Duration;

use domain::port::{Changes, Random, Versioned};
use domain::{Device, DeviceId, Handle, Password, SessionId, Timestamp, TrustedBrowser};

use super::device::DevicePolicy;
use super::facts::{Facts, Person};
use super::outcome::Outcome;
use super::record::Flow;
use crate::audit::{Auditor, BROWSER_TRUSTED};
use crate::evidence::FactorKind;
use crate::session::Visit;

/// Random bytes in the cookie of a trusted browser.
const ENTROPY: usize = 32;

/// The most characters of a browser's description of itself that are kept.
const MAX_USER_AGENT: usize = 256;

/// The browser's trust, and what it rests on.
#[derive(Clone)]
pub struct Trusted {
    /// The trust.
    pub browser: Versioned<TrustedBrowser>,
    /// The password of whoever trusts it.
    pub password: Option<Versioned<Password>>,
}

impl Trusted {
    /// Whether it is trusted by this person, still, by what may answer here.
    fn is_by(
        &self,
        person: &Person,
        policy: &DevicePolicy,
        lifetime: Duration,
        now: Timestamp,
    ) -> bool {
        let browser = &self.browser.record;
        let is_active = |id: &DeviceId| active(person).any(|device| device.id == *id);
        let may_answer = |id: &DeviceId| {
            active(person).any(|device| device.id == *id && policy.can_answer(device))
        };
        let password_set = self.password.as_ref().map(|password| password.changed);
        browser.user == person.user.id
            && now < browser.expires.min(browser.created + lifetime)
            && browser.password_set == password_set
            && browser.devices.iter().all(is_active)
            && browser.proven.iter().any(may_answer)
    }
}

impl Flow {
    /// Whether people may trust their browser in it.
    pub const fn may_trust(&self, lifetime: Option<Duration>) -> bool {
        let requirement = self.requirement();
        lifetime.is_some()
            && requirement.transaction.is_none()
            && requirement.vouched.is_none()
            && !requirement.every_browser
    }
}

/// Whether a person is spared a second factor that policy alone asks for. One that the request asks
/// for, by context class, by demanding that they prove themselves anew, or for what they approve, is
/// never spared, nor one that a recovery needs.
pub(super) fn spares(flow: &Flow, person: &Person, facts: &Facts<'_>, now: Timestamp) -> bool {
    let (requirement, lifetime) = (&flow.requirement, facts.policy.identity.trusted_browser);
    let is_asked_anew = requirement.reauthenticate || requirement.max_age.is_some();
    let trusted = facts.trusted.as_ref().zip(lifetime);
    flow.may_trust(lifetime)
        && !is_asked_anew
        && !flow.recovered
        && trusted.is_some_and(|(trusted, lifetime)| {
            trusted.is_by(person, &facts.policy.devices, lifetime, now)
        })
}

/// Whether the browser is to be trusted in which this flow is done: somebody wanted it, and has given
/// a second factor here.
pub(super) fn is_earned(flow: &Flow, facts: &Facts<'_>) -> bool {
    let mut evidence = flow.evidence.iter();
    let second = evidence.any(|it| it.kind() != FactorKind::Password);
    flow.trusts && second && flow.may_trust(facts.policy.identity.trusted_browser)
}

/// Trusts the browser in which an outcome was reached, in place of any earlier trust: the cookie that
/// it brings from now on, and the changes.
pub fn trust(
    outcome: &Outcome,
    (facts, password): (&Facts<'_>, Option<&Password>),
    (session, visit): (SessionId, Visit<'_>),
    now: Timestamp,
    random: &dyn Random,
) -> Option<(Handle, Changes)> {
    let lifetime = facts.policy.identity.trusted_browser?;
    let person = facts.who_is(outcome.user())?;
    let handle = Handle::new(now, ENTROPY, random);
    let browser = TrustedBrowser {
        handle: handle.key(),
        session,
        user: person.user.id,
        created: now,
        expires: now + lifetime,
        password_set: password.map(|password| password.changed),
        devices: active(person).map(|device| device.id).collect(),
        proven: outcome.devices().to_vec(),
        user_agent: visit.user_agent.chars().take(MAX_USER_AGENT).collect(),
        address: visit.address.to_owned(),
    };
    let mut changes = Changes::none();
    if let Some(earlier) = &facts.trusted {
        changes.delete(&earlier.browser);
    }
    changes.insert(&browser);
    changes.insert(&Auditor { now, random }.by(&person.user, BROWSER_TRUSTED));
    outcome.trusts_browser().then_some((handle, changes))
}

fn active(person: &Person) -> impl Iterator<Item = &Device> {
    let devices = person.devices.iter().map(|loaded| &loaded.record);
    devices.filter(|device| device.is_active())
}
