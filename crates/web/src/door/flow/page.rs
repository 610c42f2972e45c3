//! The page of each step.

use authn::evidence::FactorKind;
use authn::flow::{DeviceChoice, Door, Rejection, Step};
use axum::response::Response;
use minijinja::{Value, context};

use super::{Shown, localized};
use crate::app::App;
use crate::door::exit::request_of;
use crate::extract::Visit;
use crate::page::error::{PageError, PageRefusal};

impl App {
    /// The page of a flow's step.
    pub(super) async fn flow_page(
        &self,
        shown: &Shown,
        visit: &Visit,
    ) -> Result<Response, PageRefusal> {
        let (client, form_action) = match shown.flow.origin().door {
            Door::Authorize => {
                let request = request_of(&shown.flow)?;
                let client = self.live.client(request.client()).await?;
                (
                    client.map(|it| self.client_shown(&it, &visit.frame)),
                    request.target().form_action_source(),
                )
            }
            Door::Account => (None, String::new()),
        };
        let (template, contents) = match &shown.step {
            Step::SignOn { username, locked } => (
                "sign-on.html",
                context! {
                    username => username.as_deref().unwrap_or_default(),
                    username_locked => locked,
                },
            ),
            Step::SelectDevice { username, devices } => (
                "select-device.html",
                context! { username => username, devices => devices_shown(devices, None) },
            ),
            Step::OneTimeCode {
                username,
                device,
                devices,
                sent,
            } => (
                "one-time-code.html",
                context! {
                    username => username,
                    device => device_shown(device),
                    devices => devices_shown(devices, Some(device)),
                    code_length => self.settings.policy.devices.code_length(device.kind),
                    can_resend => sent.is_some_and(|sent| sent.again_at.is_some()),
                    is_dead => sent.is_some_and(|sent| !sent.is_alive),
                },
            ),
            Step::Consent {
                user,
                username,
                scope,
                details,
                required,
                ..
            } => (
                "consent.html",
                context! {
                    subject => user.to_string(),
                    username => username,
                    scopes => self.scopes_shown(visit.frame.locale, (scope, required), details),
                    details => self.details_shown(visit.frame.locale, details),
                    remembered => details.is_empty()
                        && self.live.settings().bypass_authorization_for_approved_consents,
                },
            ),
            Step::Done(_) | Step::Failed(_) | Step::Canceled => {
                return Err(PageError::Expired.into());
            }
        };
        let common = context! {
            client => client,
            csrf => shown.csrf.as_str(),
            form_action => localized(&super::address(shown.flow.id()), visit),
            error => shown.rejected.map(error_shown),
        };
        let leading = |page: crate::page::Page| page.leading_to(&form_action);
        Ok(self.show(
            template,
            &visit.frame,
            context! { ..contents, ..common },
            leading,
        ))
    }
}

/// The devices that may answer besides the one that is asked.
fn devices_shown(devices: &[DeviceChoice], asked: Option<&DeviceChoice>) -> Vec<Value> {
    let others = devices.iter().filter(|device| Some(*device) != asked);
    others.map(device_shown).collect()
}

fn device_shown(device: &DeviceChoice) -> Value {
    context! {
        id => device.id.to_string(),
        kind => kind_shown(device.kind),
        name => device.name.as_str(),
        target => device.target.as_deref(),
    }
}

/// The kind of a device in the names of messages.
const fn kind_shown(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::Password => "password",
        FactorKind::Totp => "totp",
        FactorKind::Email => "email",
        FactorKind::Sms => "sms",
        FactorKind::Voice => "voice",
        FactorKind::RecoveryCode => "recovery",
    }
}

/// What a page says about an action that had no effect.
fn error_shown(rejection: Rejection) -> Value {
    let message_id = match rejection {
        Rejection::NotRecognised => "error-credentials",
        Rejection::CodeNotAccepted => "error-code",
        Rejection::TooSoon => "error-code-too-soon",
        Rejection::TooManyMessages => "error-code-too-many-sent",
        Rejection::NothingAllowed => "error-scope-required",
        Rejection::NotOffered => "error-form-stale",
    };
    context! { message_id => message_id, args => Value::from(()) }
}
