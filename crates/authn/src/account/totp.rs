//! Setting up and removing an authenticator app.

use std::time::Duration;

use domain::port::{Changes, Versioned};
use domain::{Device, DeviceStatus, Handle};

use super::confirmation::Confirmed;
use super::{Confirmation, Decision, Owner, Refusal};
use crate::audit::{TOTP_ENROLLED, TOTP_ENROLMENT_FAILED, TOTP_REMOVAL_FAILED, TOTP_REMOVED};
use crate::evidence::{Evidence, FactorKind};
use crate::factor::totp;
use crate::flow::amr;
use crate::session;

/// For how long a secret that was shown may still be confirmed.
const PATIENCE: Duration = Duration::from_hours(1);

/// What a new authenticator is called.
const NAME: &str = "Authenticator app";

/// Begins to set up an authenticator: a device that has yet to be activated by a code of it.
/// `devices` are all of the person's. One that was begun lately is gone on with, so that a page
/// that is loaded again shows the same secret.
pub fn enrol_totp(owner: Owner<'_>, devices: &[Versioned<Device>]) -> Decision<Device> {
    let (user, now) = (owner.user.id, owner.now);
    let theirs = || devices.iter().filter(|device| is_theirs(device, owner));
    if theirs().any(|device| totp::is_usable(device)) {
        return Decision::refuse(Refusal::AlreadyEnrolled);
    }
    let mut changes = Changes::none();
    if let Some(begun) = theirs().find(|device| is_pending(device, owner)) {
        return Decision::accept(Device::clone(begun), changes);
    }
    for stale in theirs() {
        changes.delete(stale);
    }
    let secret = totp::generate(owner.random);
    let device = totp::device(user, NAME, secret, now, owner.random);
    changes.insert(&device);
    Decision::accept(device, changes)
}

/// Ends setting up an authenticator: it has shown a right code, and the person has presented their
/// password again, because whoever has got hold of a session must not bind an authenticator of their
/// own to the account. In the session in which the person acts it has then been proven, so that they
/// are not asked for it at once. As that session is now worth more, the answer is a new cookie for it.
pub fn activate_totp(
    owner: Owner<'_>,
    devices: &[Versioned<Device>],
    code: &str,
    confirmation: &Confirmation<'_>,
) -> Decision<Handle> {
    let theirs = || devices.iter().filter(|device| is_theirs(device, owner));
    if theirs().any(|device| totp::is_usable(device)) {
        return Decision::refuse(Refusal::AlreadyEnrolled);
    }
    // Two pages that were opened at the same moment have begun one each.
    let mut pending = theirs()
        .filter(|device| is_pending(device, owner))
        .peekable();
    if pending.peek().is_none() {
        return Decision::refuse(Refusal::DeviceGone);
    }
    let shown = pending.find_map(|begun| Some((begun, totp::accept(begun, code, owner.now)?)));
    let Some((begun, active)) = shown else {
        return Decision::refuse(Refusal::CodeNotAccepted);
    };
    let confirmed = confirmation.confirm(owner, TOTP_ENROLMENT_FAILED);
    confirmed.and_then(|Confirmed { session, .. }| {
        let mut changes = Changes::none();
        changes.replace(begun, &active);
        for other in theirs().filter(|device| device.id != active.id) {
            changes.delete(other);
        }
        let evidence = Evidence::of_device(FactorKind::Totp, owner.user.id, active.id, owner.now);
        let mut proven = session.record.clone();
        proven.authentication.amr = amr(&session.authentication.amr, &[&evidence]);
        let (handle, reopened) = session::reopen(session, proven, owner.now, owner.random);
        changes.and(reopened);
        let event = owner.auditor().by(owner.user, TOTP_ENROLLED);
        changes.insert(&event.with("device", active.id.to_string()));
        Decision::accept(handle, changes)
    })
}

/// Removes a person's authenticators, after they have presented their password again.
pub fn remove_totp(
    owner: Owner<'_>,
    devices: &[Versioned<Device>],
    confirmation: &Confirmation<'_>,
) -> Decision {
    let theirs = || devices.iter().filter(|device| is_theirs(device, owner));
    if !theirs().any(|device| totp::is_usable(device)) {
        return Decision::refuse(Refusal::DeviceGone);
    }
    let confirmed = confirmation.confirm(owner, TOTP_REMOVAL_FAILED);
    confirmed.and_then(|_| {
        let mut changes = Changes::none();
        for device in theirs() {
            changes.delete(device);
            if totp::is_usable(device) {
                let event = owner.auditor().by(owner.user, TOTP_REMOVED);
                changes.insert(&event.with("device", device.id.to_string()));
            }
        }
        Decision::accept((), changes)
    })
}

fn is_theirs(device: &Device, owner: Owner<'_>) -> bool {
    device.user == owner.user.id && totp::of(device).is_some()
}

fn is_pending(device: &Device, owner: Owner<'_>) -> bool {
    device.status == DeviceStatus::ActivationRequired && owner.now < device.created + PATIENCE
}
