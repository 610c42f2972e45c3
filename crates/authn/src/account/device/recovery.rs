//! Recovery codes: shown once, and made anew when they are lost or spent.

use domain::{Device, DeviceKind, Secret};

use super::{Wallet, notice, told};
use crate::account::{Confirmation, Decision, Owner, Refusal};
use crate::audit::{DEVICE_ENROLLED, DEVICE_ENROLMENT_FAILED};
use crate::evidence::FactorKind;
use crate::factor::recovery;

/// Gives a person new recovery codes, which are never shown again; those that they had are worth
/// nothing any more. They stand in for other devices: who had nothing else would be asked for one of
/// them at every sign-on.
pub fn renew_recovery_codes(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    confirmation: &Confirmation<'_>,
) -> Decision<Vec<Secret>> {
    let is_paper = |device: &Device| matches!(device.kind, DeviceKind::RecoveryCodes(_));
    let earlier: Vec<_> = wallet.live(owner).filter(|it| is_paper(it)).collect();
    if !wallet.policy.offers(FactorKind::RecoveryCode) {
        return Decision::refuse(Refusal::KindNotOffered);
    }
    if !wallet.has_one(owner) {
        return Decision::refuse(Refusal::NothingToRecover);
    }
    if earlier.is_empty() && wallet.live(owner).count() >= wallet.policy.most {
        return Decision::refuse(Refusal::TooManyDevices);
    }
    let confirmed = confirmation.confirm(owner, DEVICE_ENROLMENT_FAILED);
    confirmed.and_then(|_| {
        let (codes, paper) = recovery::generate(owner.user.id, owner.now, owner.random);
        let mut changes = domain::port::Changes::none();
        for earlier in &earlier {
            changes.delete(*earlier);
        }
        changes.insert(&paper);
        let event = owner.event(DEVICE_ENROLLED).with("after", told(&paper));
        changes.insert(&event.with("replaces_earlier", !earlier.is_empty()));
        notice::tell_of(owner, wallet, &paper, &mut changes);
        Decision::accept(codes, changes)
    })
}
