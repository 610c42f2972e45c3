//! The pages on which somebody sets up a device on the way.

use authn::account::device::options;
use authn::evidence::FactorKind;
use authn::factor::totp;
use authn::factor::webauthn::BytesAs;
use authn::flow::{EnrolmentDemand, Flow, Step};
use domain::port::Versioned;
use domain::{Device, DeviceId, DeviceKind, User};
use minijinja::{Value, context};

use crate::app::App;
use crate::door::account::Choice;
use crate::door::enrolment::drawn;
use crate::door::passage::Asked;
use crate::fault::Fault;
use crate::page::error::{PageError, PageRefusal};

impl App {
    /// The page of a step at which a device is set up.
    pub(super) async fn sponsored_contents(
        &self,
        asked: &Asked,
    ) -> Result<(&'static str, Value), PageRefusal> {
        let Step::Enrol {
            user,
            username,
            only,
            device,
        } = &asked.step
        else {
            return Err(PageError::Expired.into());
        };
        let person = self.records.get::<User>(user).await?;
        let person = person.ok_or(PageError::Expired)?.record;
        let devices = self.devices(*user).await?;
        let common = context! { username => username, is_only => only.is_some() };
        let contents = match device {
            Some(id) => self.activation(&asked.flow, &person, &devices, *id)?,
            None => self.choice(&asked.flow, &person),
        };
        Ok(("enrol.html", context! { ..contents, ..common }))
    }

    /// What may be set up, with where codes could be sent.
    fn choice(&self, flow: &Flow, person: &User) -> Value {
        let policy = self.policy_of(flow);
        let offered = Choice::ALL.into_iter().filter(|choice| {
            // Authenticators and recovery codes are for those who have something else.
            let is_first = !matches!(choice, Choice::Authenticator | Choice::Recovery);
            is_first && policy.devices.offers(choice.kind())
        });
        let choices: Vec<Value> = offered
            .map(|choice| {
                let target = match choice.kind() {
                    FactorKind::Email => Some(person.profile.email.clone().unwrap_or_default()),
                    FactorKind::Sms | FactorKind::Voice => {
                        Some(person.profile.phone_number.clone().unwrap_or_default())
                    }
                    _ => None,
                };
                context! { kind => choice.slug(), target => target }
            })
            .collect();
        context! { choices => choices, device => Value::from(()) }
    }

    /// What shows that a device works.
    fn activation(
        &self,
        flow: &Flow,
        person: &User,
        devices: &[Versioned<Device>],
        id: DeviceId,
    ) -> Result<Value, PageRefusal> {
        let device = devices.iter().find(|device| device.id == id);
        let device = device.ok_or(PageError::Expired)?;
        let kind = FactorKind::of_device(&device.kind);
        let shown = context! {
            kind => Choice::of(device).slug(),
            target => device.kind.masked_target(),
        };
        let contents = context! {
            device => shown,
            code_length => self.policy_of(flow).devices.code_length(kind),
            passkey_options => self.sponsored_options(flow, person, devices, device),
        };
        let DeviceKind::Totp(kept) = &device.kind else {
            return Ok(contents);
        };
        let uri = totp::otpauth_uri(kept, self.pages.brand_name(), &person.username);
        let secret: Result<Value, Fault> = drawn(&uri).map(|qr_svg| {
            context! {
                qr_svg => qr_svg,
                secret_grouped => totp::grouped(&kept.secret).as_str(),
                otpauth_uri => uri.as_str(),
            }
        });
        Ok(context! { ..secret?, ..contents })
    }

    /// What a page's script asks the browser for: what the request has asked for beside what is usual.
    fn sponsored_options(
        &self,
        flow: &Flow,
        person: &User,
        devices: &[Versioned<Device>],
        device: &Device,
    ) -> Option<String> {
        let policy = self.policy_of(flow);
        let policy = policy.devices.webauthn.as_ref()?;
        let mut asked = options(person, devices, device, policy, |asked| {
            asked.json(BytesAs::Base64Url)
        })?;
        if let Some(EnrolmentDemand::Key {
            roaming,
            display_name,
            ..
        }) = &flow.requirement().enrolment
        {
            if let Some(name) = display_name {
                write(&mut asked, ["user", "displayName"], name);
            }
            if !roaming {
                let place = ["authenticatorSelection", "authenticatorAttachment"];
                write(&mut asked, place, "platform");
            }
        }
        Some(asked.to_string())
    }
}

/// Writes a member of an object within.
fn write(options: &mut serde_json::Value, [object, member]: [&str; 2], text: &str) {
    let object = options.get_mut(object);
    if let Some(object) = object.and_then(serde_json::Value::as_object_mut) {
        object.insert(member.to_owned(), text.into());
    }
}
