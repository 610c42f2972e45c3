//! The page of each step.

mod enrolment;
mod identity;
mod sponsored;

pub(in crate::door) use self::identity::days_until;
use std::time::Duration;

use authn::approval::Presented;
use authn::approval::template::Method;
use authn::evidence::FactorKind;
use authn::factor::webauthn::{BytesAs, Challenge, Descriptor};
use authn::flow::{DeviceChoice, Door, Flow, PushState, Rejection, Step};
use authn::pingid::ppm::Channel;
use axum::response::Response;
use minijinja::{Value, context};

use super::localized;
use crate::app::App;
use crate::door::account::broken;
use crate::door::exit::request_of;
use crate::door::passage::Asked;
use crate::door::{ppm, recognize};
use crate::extract::Visit;
use crate::page::Locale;
use crate::page::error::{PageError, PageRefusal};

impl App {
    /// The page of a flow's step.
    pub(super) async fn flow_page(
        &self,
        asked: &Asked,
        csrf: &str,
        visit: &Visit,
    ) -> Result<Response, PageRefusal> {
        let (client, form_action) = match asked.flow.origin().door {
            Door::Authorize => {
                let request = request_of(&asked.flow)?;
                let client = self.live.client(request.client()).await?;
                (
                    client.map(|it| self.client_shown(&it, &visit.frame)),
                    request.target().form_action_source(),
                )
            }
            Door::UserCode => {
                let client = match asked.flow.device() {
                    Some(device) => self.live.client(&device.client).await?,
                    None => None,
                };
                let client = client.map(|it| self.client_shown(&it, &visit.frame));
                (client, String::new())
            }
            Door::Ppm => (
                Some(self.ppm_client_shown(&asked.flow, &visit.frame)?),
                String::new(),
            ),
            Door::Account | Door::DeviceAuthentication | Door::PingId => (None, String::new()),
        };
        let (flow, step) = (&asked.flow, &asked.step);
        let contents = match (self.enrolment_contents(flow, step).await?, step) {
            (Some(contents), _) => Some(contents),
            (None, Step::Enrol { .. }) => Some(self.sponsored_contents(asked).await?),
            (None, step) => self.contents(flow, step, visit.frame.locale),
        };
        let (template, contents) = contents.ok_or(PageError::Expired)?;
        let common = context! {
            client => client,
            csrf => csrf,
            form_action => localized(&self.site.flow(asked.flow.id()), visit),
            error => asked.rejected.map(error_shown),
            reports => reports(&asked.flow),
            may_manage => asked.flow.may_manage(),
            manages => asked.flow.manages(),
            trust_days => trust_days(&asked.flow, self.policy_of(&asked.flow).identity.trusted_browser),
            transaction => asked.flow.presented().and_then(transaction_shown),
        };
        // Its script asks whether somebody has answered.
        let leading = |page: crate::page::Page| match asked.step {
            Step::Push { .. } | Step::Face { .. } | Step::Activate { .. } => {
                page.connecting().leading_to(&form_action)
            }
            _ => page.leading_to(&form_action),
        };
        Ok(self.show(
            template,
            &visit.frame,
            context! { ..contents, ..common },
            leading,
        ))
    }
}

/// The template of each step, and what it shows.
impl App {
    /// Nothing where the flow is over.
    fn contents(&self, flow: &Flow, step: &Step, locale: Locale) -> Option<(&'static str, Value)> {
        Some(match step {
            Step::Identify { .. }
            | Step::SignOn { .. }
            | Step::RecoverName { .. }
            | Step::RecoveryCode { .. }
            | Step::RecoverUsername
            | Step::UsernameSent
            | Step::Register
            | Step::VerifyEmail { .. }
            | Step::Registered { .. }
            | Step::NewPassword { .. }
            | Step::PasswordExpires { .. }
            | Step::PasswordChanged { .. } => self.identity_contents(flow, step)?,
            Step::SelectDevice { username, devices } => {
                let devices = devices_shown(devices, None);
                let contents = context! { username => username, devices => devices };
                ("select-device.html", contents)
            }
            Step::ManageDevices {
                username,
                devices,
                kept,
            } => {
                let shown = devices.iter().map(|device| {
                    let is_kept = kept.contains(&device.id);
                    context! { is_kept => is_kept, ..device_shown(device) }
                });
                let devices: Vec<Value> = shown.collect();
                let contents = context! { username => username, devices => devices };
                ("manage-devices.html", contents)
            }
            Step::OneTimeCode { username, .. }
            | Step::Assertion { username, .. }
            | Step::Push { username, .. }
            | Step::Face { username, .. } => {
                let (template, contents) = self.device_contents(flow, step)?;
                (template, context! { username => username, ..contents })
            }
            Step::UserCode { failed } => ("device-code.html", context! { failed => failed }),
            Step::ConfirmUserCode { user_code } => {
                ("device-confirm.html", context! { user_code => user_code })
            }
            Step::Consent { username, .. } => {
                let contents = self.consent_contents(step, locale)?;
                let contents = context! { username => username, ..contents };
                ("consent.html", contents)
            }
            Step::SetUp { .. }
            | Step::PairingTarget { .. }
            | Step::Activate { .. }
            | Step::Enrolled { .. }
            | Step::Enrol { .. }
            | Step::Done(_)
            | Step::Failed(_)
            | Step::Canceled => return None,
        })
    }

    /// The page on which a device answers.
    fn device_contents(&self, flow: &Flow, step: &Step) -> Option<(&'static str, Value)> {
        Some(match step {
            Step::OneTimeCode {
                device,
                devices,
                sent,
                ..
            } => {
                let contents = context! {
                    device => device_shown(device),
                    devices => devices_shown(devices, Some(device)),
                    code_length => self.policy_of(flow).devices.code_length(device.kind),
                    can_resend => sent.is_some_and(|sent| sent.again_at.is_some()),
                    is_dead => sent.is_some_and(|sent| !sent.is_alive),
                };
                ("one-time-code.html", contents)
            }
            Step::Assertion {
                device,
                devices,
                challenge,
                allowed,
                ..
            } => {
                let contents = context! {
                    device => device_shown(device),
                    devices => devices_shown(devices, Some(device)),
                    passkey_options => self.script_options(flow, challenge, Some(allowed)),
                };
                ("assertion.html", contents)
            }
            Step::Push {
                device,
                devices,
                number,
                state,
                ..
            } => {
                let contents = context! {
                    device => device_shown(device),
                    devices => devices_shown(devices, Some(device)),
                    number => number.map(|number| number.to_string()),
                    state => state_shown(*state),
                };
                ("push.html", contents)
            }
            Step::Face { .. } => return self.face_contents(flow, step),
            _ => return None,
        })
    }

    /// The page on which a face is shown.
    fn face_contents(&self, flow: &Flow, step: &Step) -> Option<(&'static str, Value)> {
        let Step::Face {
            device,
            devices,
            state,
            ..
        } = step
        else {
            return None;
        };
        let contents = context! {
            device => device_shown(device),
            devices => devices_shown(devices, Some(device)),
            ticket => flow.face_ticket().map(domain::Secret::expose),
            recognize_href => self.site.page(recognize::PATH),
            person => flow.asked().map(|user| user.to_string()),
            state => state_shown(*state),
        };
        Some(("face.html", contents))
    }

    fn consent_contents(&self, step: &Step, locale: Locale) -> Option<Value> {
        let Step::Consent {
            user,
            scope,
            details,
            required,
            ..
        } = step
        else {
            return None;
        };
        let remembers = self
            .live
            .settings()
            .bypass_authorization_for_approved_consents;
        Some(context! {
            subject => user.to_string(),
            scopes => self.scopes_shown(locale, (scope, required), details),
            details => self.details_shown(locale, details),
            remembered => details.is_empty() && remembers,
        })
    }
}

impl App {
    /// What a page's script asks the browser for, in JSON.
    fn script_options(
        &self,
        flow: &Flow,
        challenge: &Challenge,
        allowed: Option<&[Descriptor]>,
    ) -> Option<String> {
        let options = self.assertion_options(flow, challenge, allowed, BytesAs::Base64Url)?;
        Some(options.to_string())
    }
}

/// What a page's script tells of a browser that fails: all of it where a relying party is told, and the
/// person is not asked again.
fn reports(flow: &Flow) -> Option<&'static str> {
    match ppm::channel_of(flow)? {
        Channel::Hybrid => Some("all"),
        Channel::Registration => Some("unsupported"),
        Channel::Authentication => None,
    }
}

/// What is to be approved: the very text whose digest is in what is signed.
fn transaction_shown(presented: &Presented) -> Option<Value> {
    let shown = presented.shown(Method::Page)?;
    Some(context! {
        title => shown.title(),
        text => shown.text(),
        lang => shown.locale(),
    })
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
        FactorKind::WebAuthn => "webauthn",
        FactorKind::Push => "push",
        FactorKind::Face => "face",
        FactorKind::RecoveryCode => "recovery",
    }
}

/// What has become of a question, in the names that the page and its script know.
pub(super) const fn state_shown(state: PushState) -> &'static str {
    match state {
        PushState::Waiting => "waiting",
        PushState::Approved => "approved",
        PushState::Rejected => "rejected",
        PushState::TimedOut => "timed-out",
    }
}

/// For how many days people may trust their browser; `None` where they may not.
fn trust_days(flow: &Flow, lifetime: Option<Duration>) -> Option<u64> {
    let lifetime = lifetime.filter(|_| flow.may_trust(lifetime))?;
    Some(lifetime.as_secs().div_ceil(86_400))
}

/// What a page says about an action that had no effect.
fn error_shown(rejection: Rejection) -> Value {
    let message_id = match rejection {
        Rejection::NotRecognised => "error-credentials",
        Rejection::CodeNotAccepted => "error-code",
        Rejection::AssertionNotAccepted => "error-assertion",
        Rejection::CredentialNotAccepted => "error-method-passkey",
        Rejection::TargetRefused => "error-method-target",
        Rejection::DeviceNameRefused => "error-method-name",
        Rejection::UserCodeNotAccepted => "error-device-code",
        Rejection::TooSoon => "error-code-too-soon",
        Rejection::TooManyMessages => "error-code-too-many-sent",
        Rejection::NameTaken => "error-name-taken",
        Rejection::NameRefused => "error-name-refused",
        Rejection::AddressRefused => "error-address-refused",
        Rejection::DeviceNeeded => "error-device-needed",
        Rejection::Incomplete => "error-field-missing",
        Rejection::PasswordRefused(rule) => return broken(rule),
        Rejection::NothingAllowed => "error-scope-required",
        Rejection::NotOffered => "error-form-stale",
    };
    context! { message_id => message_id, args => Value::from(()) }
}
