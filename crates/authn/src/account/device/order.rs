//! What devices are called, and which of them is asked first.

use domain::port::{Changes, Versioned};
use domain::{Device, DeviceId, DeviceKind};

use super::{Wallet, name};
use crate::account::{Decision, Owner};
use crate::audit::{DEVICE_DEFAULT_CHANGED, DEVICE_RENAMED};

/// Gives a device another name.
pub fn rename(owner: Owner<'_>, wallet: &Wallet<'_>, id: DeviceId, new: &str) -> Decision<Device> {
    let named = wallet.find(owner, id).and_then(|device| {
        let named = Device {
            name: name(new)?,
            ..device.record.clone()
        };
        Ok((device, named))
    });
    let (device, named) = match named {
        Ok(named) => named,
        Err(refusal) => return Decision::refuse(refusal),
    };
    let mut changes = Changes::none();
    if named.name != device.name {
        changes.replace(device, &named);
        let event = owner.event(DEVICE_RENAMED).with("device", id.to_string());
        let event = event.with("before", device.name.clone());
        changes.insert(&event.with("after", named.name.clone()));
    }
    Decision::accept(named, changes)
}

/// Has the devices asked in this order, those that it does not name after the others as they were. The
/// first is the default. Recovery codes are always last.
pub fn reorder(owner: Owner<'_>, wallet: &Wallet<'_>, first: &[DeviceId]) -> Decision {
    if let Some(refusal) = first.iter().find_map(|id| wallet.active(owner, *id).err()) {
        return Decision::refuse(refusal);
    }
    let place = |device: &Device| first.iter().position(|id| *id == device.id);
    let is_placed = |device: &&Versioned<Device>| {
        device.is_active() && !matches!(device.kind, DeviceKind::RecoveryCodes(_))
    };
    let mut before: Vec<_> = wallet.live(owner).filter(is_placed).collect();
    before.sort_by_key(|device| wallet.policy.place(device));
    let mut after = before.clone();
    after.sort_by_key(|device| place(device).unwrap_or(usize::MAX));
    let ids = |devices: &[&Versioned<Device>]| -> Vec<String> {
        devices.iter().map(|device| device.id.to_string()).collect()
    };
    let (was, is) = (ids(&before), ids(&after));
    let mut changes = Changes::none();
    for (position, device) in (0..).zip(after) {
        if device.position != position {
            let moved = Device {
                position,
                ..device.record.clone()
            };
            changes.replace(device, &moved);
        }
    }
    if was != is {
        let event = owner.event(DEVICE_DEFAULT_CHANGED);
        changes.insert(&event.with("before", was).with("after", is));
    }
    Decision::accept((), changes)
}

impl Wallet<'_> {
    /// The device that is asked first.
    pub fn default_device(&self, owner: Owner<'_>) -> Option<DeviceId> {
        let usable = self.live(owner).filter(|it| self.policy.can_answer(it));
        let first = usable.min_by_key(|device| self.policy.place(device));
        first.map(|device| device.id)
    }
}
