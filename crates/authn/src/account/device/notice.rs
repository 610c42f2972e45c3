//! Telling a person of a new device, at their other addresses.

use domain::port::Changes;
use domain::{Device, DeviceKind, Message};

use super::Wallet;
use crate::account::Owner;
use crate::approval::tell;
use crate::evidence::FactorKind;
use crate::flow::{NOTICE_LIFETIME, content, method_of};

/// Tells of a new device at every mailbox that is not the new device itself, and by text message where
/// there is none.
pub(super) fn tell_of(owner: Owner<'_>, wallet: &Wallet<'_>, new: &Device, changes: &mut Changes) {
    for place in places(owner, wallet, new) {
        let Some(method) = method_of(FactorKind::of_device(&place)) else {
            continue;
        };
        let (names, templates) = (wallet.wording.names(owner.user), &wallet.wording.templates);
        let shown = tell("new_device_paired", method, &names, templates, owner.now).ok();
        if let Some(content) = shown.and_then(|shown| content(&place, &shown, "")) {
            let message = Message::new(content, NOTICE_LIFETIME, owner.now, owner.random);
            changes.insert(&message);
        }
    }
}

fn places(owner: Owner<'_>, wallet: &Wallet<'_>, new: &Device) -> Vec<DeviceKind> {
    let profile = &owner.user.profile;
    let own = profile.email.clone();
    let own = own.filter(|_| profile.email_verified == Some(true));
    let own = own.map(|address| DeviceKind::Email { address });
    let others = wallet.live(owner).filter(|it| it.is_active());
    let others: Vec<DeviceKind> = others
        .filter(|device| device.id != new.id)
        .map(|device| device.kind.clone())
        .collect();
    let mut places: Vec<DeviceKind> = Vec::new();
    let all = own.into_iter().chain(others.iter().cloned());
    for place in all.filter(|place| matches!(place, DeviceKind::Email { .. })) {
        let is_known = |known: &DeviceKind| super::is_same(known, &place);
        if !is_known(&new.kind) && !places.iter().any(is_known) {
            places.push(place);
        }
    }
    if places.is_empty() {
        places = others;
        places.retain(|place| matches!(place, DeviceKind::Sms { .. }));
    }
    places
}
