//! The pages on which somebody without a second factor sets one up.

use authn::account::device::{MAX_NAME, options};
use authn::factor::webauthn::BytesAs;
use authn::flow::{DeviceChoice, Flow, PairingMethod, Sent, Step, Who};
use domain::{Secret, User, UserId};
use minijinja::{Value, context};

use super::device_shown;
use crate::app::App;
use crate::door::enrolment::slug;
use crate::fault::Fault;

/// A device that has yet to show that it works.
struct Begun<'a> {
    user: UserId,
    method: PairingMethod,
    device: &'a DeviceChoice,
    sent: Option<Sent>,
    is_paired: bool,
}

impl App {
    /// The template of such a step, and what it shows; nothing for any other.
    pub(super) async fn enrolment_contents(
        &self,
        flow: &Flow,
        step: &Step,
    ) -> Result<Option<(&'static str, Value)>, Fault> {
        let (template, username, contents) = match step {
            Step::SetUp {
                username,
                methods,
                skippable,
                ..
            } => {
                let methods: Vec<&str> = methods.iter().copied().map(slug).collect();
                let contents = context! { methods => methods, skippable => skippable };
                ("set-up.html", username, contents)
            }
            Step::PairingTarget { username, method } => {
                let known = self.known_target(flow, *method).await?;
                let contents = context! { kind => slug(*method), known => known };
                ("set-up-target.html", username, contents)
            }
            Step::Activate {
                user,
                username,
                method,
                device,
                sent,
                is_paired,
            } => {
                let begun = Begun {
                    user: *user,
                    method: *method,
                    device,
                    sent: *sent,
                    is_paired: *is_paired,
                };
                let contents = self.activation_contents(flow, username, &begun).await?;
                ("set-up-activate.html", username, contents)
            }
            Step::Enrolled { username, device } => {
                let codes: Value = flow
                    .new_recovery_codes()
                    .iter()
                    .map(Secret::expose)
                    .collect();
                let contents = context! {
                    device => device_shown(device),
                    codes => codes,
                    max_name => MAX_NAME,
                };
                ("set-up-done.html", username, contents)
            }
            _ => return Ok(None),
        };
        let contents = context! { username => username, ..contents };
        Ok(Some((template, contents)))
    }

    /// Where codes could be sent, as far as is known of whoever has proven who they are.
    async fn known_target(
        &self,
        flow: &Flow,
        method: PairingMethod,
    ) -> Result<Option<String>, Fault> {
        let Some(Who::Id(user)) = flow.concerns(None) else {
            return Ok(None);
        };
        let user = self.records.get::<User>(&user).await?;
        Ok(user.and_then(|user| match method {
            PairingMethod::Email => user.record.profile.email,
            _ => user.record.profile.phone_number,
        }))
    }

    async fn activation_contents(
        &self,
        flow: &Flow,
        username: &str,
        begun: &Begun<'_>,
    ) -> Result<Value, Fault> {
        let secret = match (flow.begun_device(), flow.pairing_key()) {
            (_, Some(key)) => {
                let lasts = self.policy_of(flow).devices.push.pairing;
                self.pairing_shown(key.expose(), lasts)?
            }
            (Some(device), None) => self.secret_shown(device, username)?,
            (None, None) => Value::default(),
        };
        let options = self.creation_options(flow, begun.user, BytesAs::Base64Url);
        let options = options.await?.map(|options| options.to_string());
        Ok(context! {
            kind => slug(begun.method),
            device => device_shown(begun.device),
            code_length => self.policy_of(flow).devices.code_length(begun.device.kind),
            can_resend => begun.sent.is_some_and(|sent| sent.again_at.is_some()),
            is_dead => begun.sent.is_some_and(|sent| !sent.is_alive),
            is_paired => begun.is_paired,
            passkey_options => options,
            ..secret
        })
    }

    /// What a browser is asked for to make the passkey that is set up in a flow, if one is.
    pub(in crate::door) async fn creation_options(
        &self,
        flow: &Flow,
        user: UserId,
        bytes: BytesAs,
    ) -> Result<Option<serde_json::Value>, Fault> {
        let policy = self.policy_of(flow);
        let (Some(begun), Some(policy)) = (flow.begun_device(), &policy.devices.webauthn) else {
            return Ok(None);
        };
        let Some(user) = self.records.get::<User>(&user).await? else {
            return Ok(None);
        };
        Ok(options(&user, &[], begun, policy, |asked| {
            asked.json(bytes)
        }))
    }
}
