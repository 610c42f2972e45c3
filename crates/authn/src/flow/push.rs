//! Asking an authenticator, and waiting for what its person decides.

use std::net::IpAddr;

use domain::port::{Changes, Random};
use domain::{Device, DeviceKind, Message, MessageContent, PushRequestId, Secret, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::facts::{Facts, Person};
use super::record::Flow;
use super::step::PushState;
use crate::approval::tell;
use crate::approval::template::Method;
use crate::factor::push::{Addressee, Circumstance, PushAnswer, PushMatter, PushRequest};

/// What an authenticator was asked, as the flow keeps it.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct PushAsked {
    pub(super) request: PushRequestId,
    /// The number that is to be typed there.
    pub(super) number: Option<u8>,
    pub(super) until: Timestamp,
}

impl PushAsked {
    pub(super) const fn of(request: &PushRequest) -> Self {
        Self {
            request: request.id,
            number: request.number,
            until: request.until,
        }
    }

    /// What has become of it.
    pub(super) fn state(&self, facts: &Facts<'_>, now: Timestamp) -> PushState {
        let request = facts.push.as_ref().filter(|it| it.id == self.request);
        match request.and_then(|request| request.answered()) {
            Some(PushAnswer::Approved { .. }) => PushState::Approved,
            Some(PushAnswer::Denied | PushAnswer::Failed) => PushState::Rejected,
            None if now < self.until => PushState::Waiting,
            None => PushState::TimedOut,
        }
    }
}

/// Asks this device of this person: what it is asked, and the notification that wakes it, if it takes
/// any. `None` for want of words.
pub(super) fn request(
    flow: &Flow,
    (person, device): (&Person, &Device),
    facts: &Facts<'_>,
    now: Timestamp,
    random: &dyn Random,
) -> Option<(PushRequest, Option<Message>)> {
    let (wording, policy) = (&facts.wording, &facts.policy.devices.push);
    let to = Addressee {
        user: person.user.id,
        device: device.id,
    };
    let circumstance = Circumstance {
        application: wording.application.clone(),
        icon_url: wording.icon_url.clone(),
        environment: wording.environment.clone(),
        address: facts.circumstances.address.as_ref().map(IpAddr::to_string),
        country: facts.circumstances.country.clone(),
        context: facts.circumstances.context.clone(),
    };
    let request = match flow.presented() {
        Some(presented) => {
            PushRequest::of_transaction(to, (presented, circumstance), policy, now, random)?
        }
        None => {
            let (names, templates) = (wording.names(&person.user), &wording.templates);
            let shown = tell(
                "strong_authentication",
                Method::Push,
                &names,
                templates,
                now,
            );
            PushRequest::of_sign_on(to, (shown.ok()?, circumstance), policy, now, random)
        }
    };
    let content = notification(&request, device);
    let message = content.map(|content| Message::new(content, policy.timeout, now, random));
    Some((request, message))
}

/// What wakes an authenticator. It may be read on a locked screen: of a transaction it has the title of
/// the template and not its text.
fn notification(request: &PushRequest, device: &Device) -> Option<MessageContent> {
    let DeviceKind::Authenticator(authenticator) = &device.kind else {
        return None;
    };
    let subscription = authenticator.subscription.as_ref()?;
    let text = match request.matter {
        PushMatter::SignOn(_) => Some(request.shown.text()),
        PushMatter::Transaction(_) => None,
    };
    let payload = json!({
        "device": request.device.to_string(),
        "request": request.id.to_string(),
        "lang": request.shown.locale(),
        "title": request.shown.title(),
        "text": text,
        "until": request.until,
    });
    Some(MessageContent::Push {
        endpoint: subscription.endpoint.clone(),
        key: subscription.key.clone(),
        authentication_secret: subscription.authentication_secret.clone(),
        payload: Secret::new(payload.to_string()),
    })
}

/// Takes back what an authenticator was asked in a flow that does not wait for it any more.
pub(super) fn withdraw(flow: &Flow, is_over: bool, facts: &Facts<'_>, changes: &mut Changes) {
    let Some(request) = facts.push.as_ref() else {
        return;
    };
    if is_over || flow.push_request() != Some(request.id) {
        changes.delete(request);
    }
}
