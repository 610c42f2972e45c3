//! Removing a device.

use domain::port::{Changes, Versioned};
use domain::{Device, DeviceId, DeviceKind};

use super::{Wallet, told};
use crate::account::{Confirmation, Decision, Owner, Refusal};
use crate::audit::{DEVICE_REMOVAL_FAILED, DEVICE_REMOVED};
use crate::evidence::FactorKind;
use crate::flow::SecondFactor;

/// Removes a device, after the person has confirmed who they are; one that has yet to show that it
/// works goes without. The last one that they need to sign on stays.
pub fn remove(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    id: DeviceId,
    confirmation: &Confirmation<'_>,
) -> Decision {
    let device = match wallet.find(owner, id) {
        Ok(device) => device,
        Err(refusal) => return Decision::refuse(refusal),
    };
    if !device.is_active() {
        return Decision::accept((), removed(owner, device));
    }
    if wallet.needs(owner, device, confirmation.stored.is_some()) {
        return Decision::refuse(Refusal::LastDevice);
    }
    let confirmed = confirmation.confirm(owner, DEVICE_REMOVAL_FAILED);
    confirmed.and_then(|_| Decision::accept((), wallet.without_one(owner, device)))
}

/// The same for a device of whoever has just proven another besides their first factor: nothing more
/// confirms who they are. The answer is what is gone with it.
pub(crate) fn remove_proven(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    id: DeviceId,
    has_password: bool,
) -> Decision<Vec<DeviceId>> {
    let device = match wallet.active(owner, id) {
        Ok(device) => device,
        Err(refusal) => return Decision::refuse(refusal),
    };
    if wallet.needs(owner, device, has_password) {
        return Decision::refuse(Refusal::LastDevice);
    }
    let papers = wallet.papers_without(owner, device);
    let gone = papers.map(|paper| paper.id).chain([id]).collect();
    Decision::accept(gone, wallet.without_one(owner, device))
}

/// Removes a device for whoever administers people, whatever comes of it.
pub fn discard(owner: Owner<'_>, wallet: &Wallet<'_>, id: DeviceId) -> Decision {
    match wallet.find(owner, id) {
        Ok(device) => Decision::accept((), wallet.without(owner, device)),
        Err(refusal) => Decision::refuse(refusal),
    }
}

fn removed(owner: Owner<'_>, device: &Versioned<Device>) -> Changes {
    let mut changes = Changes::none();
    changes.delete(device);
    let event = owner.event(DEVICE_REMOVED);
    changes.insert(&event.with("before", told(device)));
    changes
}

impl Wallet<'_> {
    /// What removes a device if all others are as they are: who removes two at the same moment must not
    /// end with none.
    fn without_one(&self, owner: Owner<'_>, device: &Versioned<Device>) -> Changes {
        let mut changes = self.without(owner, device);
        let is_counted = |it: &&Versioned<Device>| {
            it.id != device.id && it.is_active() && !matches!(it.kind, DeviceKind::RecoveryCodes(_))
        };
        for other in self.live(owner).filter(is_counted) {
            changes.check(other.id, Some(other));
        }
        changes
    }

    /// What removes a device, and the recovery codes if there is nothing left for which they stand in.
    fn without(&self, owner: Owner<'_>, device: &Versioned<Device>) -> Changes {
        let mut changes = removed(owner, device);
        for paper in self.papers_without(owner, device) {
            changes.and(removed(owner, paper));
        }
        changes
    }

    /// The recovery codes that stand in for nothing without this device. A device that the client of
    /// now may not ask for is still one for which they do.
    fn papers_without(
        &self,
        owner: Owner<'_>,
        device: &Device,
    ) -> impl Iterator<Item = &Versioned<Device>> {
        let is_paper = |it: &Device| matches!(it.kind, DeviceKind::RecoveryCodes(_));
        let gone = device.id;
        let mut others = self.live(owner).filter(|it| it.id != gone);
        let stand_in = others.any(|it| it.is_active() && !is_paper(it));
        let live = self.live(owner);
        live.filter(move |it| !stand_in && it.id != gone && is_paper(it))
    }

    /// Whether a device can answer, besides recovery codes.
    pub(super) fn has_one(&self, owner: Owner<'_>) -> bool {
        let counts = |it: &Device| {
            self.policy.can_answer(it) && !matches!(it.kind, DeviceKind::RecoveryCodes(_))
        };
        self.live(owner).any(|device| counts(device))
    }

    /// Whether the person could not sign on any more without this device: where a second factor is
    /// required, all but recovery codes count as one, and who has no password needs a passkey.
    pub fn needs(&self, owner: Owner<'_>, device: &Device, has_password: bool) -> bool {
        let counts = |it: &Device| {
            self.policy.can_answer(it) && !matches!(it.kind, DeviceKind::RecoveryCodes(_))
        };
        let signs_on =
            |it: &Device| counts(it) && FactorKind::of_device(&it.kind) == FactorKind::WebAuthn;
        let is_last = |is_one: &dyn Fn(&Device) -> bool| {
            let mut others = self.live(owner).filter(|it| it.id != device.id);
            is_one(device) && !others.any(|it| is_one(it))
        };
        let required = self.second_factor == SecondFactor::Required;
        required && is_last(&counts) || !has_password && is_last(&signs_on)
    }
}
