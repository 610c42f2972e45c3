//! Which device is asked where somebody is to prove who they are.

use authn::evidence::FactorKind;
use authn::flow::{DeviceChoice, Flow, OneTimeTarget, PushState, Selection, Step};
use authn::pingid::device_number;
use authn::pingid::rest::{Outcome, is_platform};
use domain::{Device, DeviceId, DeviceKind, is_mail_address};

use super::operation::{Call, Halt};
use crate::door::passage::Asked;

/// How far a client goes in one request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Until a device is asked; an authenticator is not, unless the client polls.
    Start,
    /// Until somebody has decided on their authenticator.
    Online,
}

/// Which device is asked.
pub(super) enum Choice {
    /// The client has its person choose.
    Several,
    /// An authenticator, by `authonline`.
    Online,
    /// One was asked already.
    Asked,
    /// This one.
    Device(DeviceId),
}

impl Choice {
    /// What is chosen: what the client names, or else what policy says.
    pub(super) fn of(
        call: &Call<'_>,
        asked: &Asked,
        devices: &[Device],
        reach: Reach,
    ) -> Result<Self, Halt> {
        let usable = usable(call, &asked.step, devices)?;
        let named = call.body.number("deviceId")?;
        let found = |is_it: &dyn Fn(&DeviceChoice) -> bool| {
            let mut usable = usable.iter();
            usable.find(|choice| is_it(choice)).copied()
        };
        let chosen = match (call.backup(&asked.flow, devices)?, named) {
            (Some(backup), _) => found(&|choice| choice.id == backup),
            (None, Some(number)) => found(&|choice| device_number(choice.id) == number),
            (None, None) if call.body.text("authType")? == Some("OTP") => {
                let shown = found(&|choice| choice.kind != FactorKind::Push);
                Some(shown.ok_or(Outcome::NoDevice)?)
            }
            (None, None) => match &asked.step {
                Step::SelectDevice { .. } => {
                    let prefers = call.selection(&asked.flow) == Selection::DefaultToFirst;
                    // Clients that go online at once cannot choose.
                    match prefers || usable.len() == 1 || reach == Reach::Online {
                        true => usable.first().copied(),
                        false => return Ok(Self::Several),
                    }
                }
                // Whoever has not answered is asked once more.
                Step::Push {
                    state: PushState::TimedOut,
                    device,
                    ..
                } => found(&|choice| choice.id == device.id),
                _ => return Ok(Self::Asked),
            },
        };
        let chosen = chosen.ok_or(Outcome::DeviceUnknown)?;
        let waits = reach == Reach::Start && !call.body.flag("async")?;
        match chosen.kind == FactorKind::Push && waits {
            true => Ok(Self::Online),
            false => Ok(Self::Device(chosen.id)),
        }
    }
}

/// The devices that may answer at a step, and that the person's browser can use; at least one.
fn usable<'s>(
    call: &Call<'_>,
    step: &'s Step,
    devices: &[Device],
) -> Result<Vec<&'s DeviceChoice>, Halt> {
    let form = call.body.within("formParameters")?;
    let webauthn = form.flag_or("isWebAuthnSupportedByBrowser", true)?;
    let platform = form.flag_or("isWebAuthnPlatformAuthenticatorAvailable", true)?;
    let is_platform = |choice: &DeviceChoice| {
        let mut known = devices.iter().filter(|device| device.id == choice.id);
        known.any(|device| is_platform(&device.kind))
    };
    let can_be_used = |choice: &&DeviceChoice| {
        choice.kind != FactorKind::WebAuthn || webauthn && (platform || !is_platform(choice))
    };
    let choices = choices(step);
    let usable: Vec<&DeviceChoice> = choices.iter().filter(can_be_used).collect();
    match (usable.is_empty(), choices.is_empty()) {
        (false, _) => Ok(usable),
        (true, true) => Err(Outcome::NoDevice.into()),
        (true, false) => Err(Outcome::NoWebAuthn.into()),
    }
}

/// The devices that may answer at a step.
fn choices(step: &Step) -> &[DeviceChoice] {
    match step {
        Step::SelectDevice { devices, .. }
        | Step::OneTimeCode { devices, .. }
        | Step::Assertion { devices, .. }
        | Step::Push { devices, .. } => devices,
        _ => &[],
    }
}

impl Call<'_> {
    /// The device that is meant where a code is to be sent once: the session's own, or else one of the
    /// person's.
    fn backup(&self, flow: &Flow, devices: &[Device]) -> Result<Option<DeviceId>, Halt> {
        if let Some(once) = &flow.requirement().one_time {
            return Ok(Some(once.id()));
        }
        match self.once()? {
            None => Ok(None),
            Some(target) => {
                let own = own(&target, devices).ok_or(Outcome::Target)?;
                Ok(Some(own.id))
            }
        }
    }

    /// To where a code is to be sent once that is none of the person's own devices: the organisation
    /// gives it, if it may.
    pub(super) fn one_time(&self, devices: &[Device]) -> Result<Option<OneTimeTarget>, Halt> {
        match self.once()? {
            Some(target) if own(&target, devices).is_none() => {
                match self.organization.one_time_devices {
                    true => Ok(Some(target)),
                    false => Err(Outcome::Target.into()),
                }
            }
            _ => Ok(None),
        }
    }

    /// To where a code is to be sent once, where that is asked for.
    fn once(&self) -> Result<Option<OneTimeTarget>, Halt> {
        if self.body.text("authType")? != Some("ONE_TIME_DEVICE") {
            return Ok(None);
        }
        let kind = self.body.required("deviceType")?;
        let target = self.body.required("deviceData")?.trim();
        let number = || {
            let number = format!("+{}", target.trim_start_matches('+'));
            domain::telephone_number(&number).ok_or(Outcome::Target)
        };
        let target = match kind.to_ascii_lowercase().as_str() {
            "email" if is_mail_address(target) => OneTimeTarget::Email(target.to_owned()),
            "sms" => OneTimeTarget::Sms(number()?),
            "voice" => OneTimeTarget::Voice(number()?),
            _ => return Err(Outcome::Target.into()),
        };
        Ok(Some(target))
    }
}

/// The person's own device to which codes are sent there.
fn own<'d>(target: &OneTimeTarget, devices: &'d [Device]) -> Option<&'d Device> {
    let is_it = |device: &&Device| match (&device.kind, target) {
        (DeviceKind::Email { address }, OneTimeTarget::Email(target)) => {
            address.eq_ignore_ascii_case(target)
        }
        (DeviceKind::Sms { number }, OneTimeTarget::Sms(target))
        | (DeviceKind::Voice { number }, OneTimeTarget::Voice(target)) => number == target,
        _ => false,
    };
    devices.iter().find(is_it)
}
