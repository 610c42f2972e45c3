//! The page on which somebody sets up a key on the way.

use authn::account::device::options;
use authn::factor::webauthn::BytesAs;
use authn::flow::{EnrolmentDemand, Flow, Step};
use domain::port::Versioned;
use domain::{Device, User};
use minijinja::{Value, context};

use crate::app::App;
use crate::door::account::Choice;
use crate::door::passage::Asked;
use crate::page::error::{PageError, PageRefusal};

impl App {
    /// The page of a step at which a key is set up.
    pub(super) async fn sponsored_contents(
        &self,
        asked: &Asked,
    ) -> Result<(&'static str, Value), PageRefusal> {
        let Step::Enrol {
            user,
            username,
            device: Some(id),
        } = &asked.step
        else {
            return Err(PageError::Expired.into());
        };
        let person = self.records.get::<User>(user).await?;
        let person = person.ok_or(PageError::Expired)?.record;
        let devices = self.devices(*user).await?;
        let device = devices.iter().find(|device| device.id == *id);
        let device = device.ok_or(PageError::Expired)?;
        let contents = context! {
            username => username,
            kind => Choice::of(device).slug(),
            passkey_options => self.sponsored_options(&asked.flow, &person, &devices, device),
        };
        Ok(("enrol.html", contents))
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
