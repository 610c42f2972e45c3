//! Pairing an authenticator, and where it takes notifications from then on.

use domain::port::{Changes, Versioned};
use domain::{
    Authenticator, Device, DeviceId, DeviceKind, Handle, PushSubscription, SessionId, Timestamp,
};

use super::{Wallet, Wanted, discard, told};
use crate::account::{Confirmation, Decision, Owner, Refusal};
use crate::audit::{DEVICE_ENROLMENT_FAILED, DEVICE_INVITED};
use crate::factor::pairing::Pairing;

/// Random bytes in what an authenticator is given to be paired.
const ENTROPY: usize = 32;

/// Begins to pair an authenticator: the answer is the device that it is to become, and what opens its
/// pairing, which is shown this once. It has to show that with a key of its own
/// ([`super::Proof::Key`]) before long. What was begun before is opened by nothing any more. The name
/// may be empty.
pub fn pair(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    name: &str,
    confirmation: &Confirmation<'_>,
) -> Decision<(Device, Handle)> {
    let planned = match wallet.plan(owner, &Wanted::Authenticator, name) {
        Ok(planned) => planned,
        Err(refusal) => return Decision::refuse(refusal),
    };
    let confirmed = confirmation.confirm(owner, DEVICE_ENROLMENT_FAILED);
    confirmed.and_then(|_| wallet.pairing(owner, planned))
}

/// The same for whoever administers people: nothing is confirmed, and it is noted who has invited them.
pub fn invite(owner: Owner<'_>, wallet: &Wallet<'_>, name: &str) -> Decision<(Device, Handle)> {
    match wallet.plan(owner, &Wanted::Authenticator, name) {
        Ok(planned) => wallet.pairing(owner, planned).and_then(|(begun, handle)| {
            let event = owner.event(DEVICE_INVITED);
            let mut changes = Changes::none();
            changes.insert(&event.with("after", told(&begun)));
            Decision::accept((begun, handle), changes)
        }),
        Err(refusal) => Decision::refuse(refusal),
    }
}

/// Takes an invitation back. A device that was paired by it is none any more, and stays.
pub fn retract(owner: Owner<'_>, wallet: &Wallet<'_>, id: DeviceId) -> Decision {
    let found = wallet.find(owner, id);
    match found.is_ok_and(|it| matches!(it.kind, DeviceKind::AuthenticatorPending)) {
        true => discard(owner, wallet, id),
        false => Decision::refuse(Refusal::DeviceGone),
    }
}

impl Wallet<'_> {
    /// Begins to pair an authenticator; what was begun before is opened by nothing any more.
    fn pairing(&self, owner: Owner<'_>, planned: Device) -> Decision<(Device, Handle)> {
        let (begun, handle) = self.paired_with(owner, planned, false);
        let mut changes = self.without_begun(owner, &begun.kind);
        changes.insert(&begun);
        Decision::accept((begun, handle), changes)
    }

    /// An authenticator that waits for its key, and what opens its pairing.
    pub(super) fn paired_with(
        &self,
        owner: Owner<'_>,
        planned: Device,
        first: bool,
    ) -> (Device, Handle) {
        let handle = Handle::new(owner.now, ENTROPY, owner.random);
        let pairing = Pairing::Key {
            opens: handle.key(),
            until: owner.now + self.policy.push.pairing,
            first,
            // What becomes somebody's first device is begun before there is a session.
            session: owner.session.filter(|_| !first),
            inviter: owner.administrator.cloned(),
        };
        let begun = Device {
            pairing: pairing.kept(),
            ..planned
        };
        (begun, handle)
    }
}

/// The session in which this authenticator was begun, if it was in one: whoever was signed out since
/// pairs nothing more.
pub fn begun_in(begun: &Device) -> Option<SessionId> {
    Pairing::begun_in(begun)
}

/// Until when an authenticator that was begun may be paired.
pub fn pairs_until(begun: &Device) -> Option<Timestamp> {
    Pairing::until(begun)
}

/// Has an authenticator be notified there from now on, or nowhere.
pub fn subscribe(loaded: &Versioned<Device>, subscription: Option<PushSubscription>) -> Decision {
    let DeviceKind::Authenticator(authenticator) = &loaded.kind else {
        return Decision::refuse(Refusal::DeviceGone);
    };
    let device = Device {
        kind: DeviceKind::Authenticator(Authenticator {
            key: authenticator.key.clone(),
            subscription,
        }),
        ..loaded.record.clone()
    };
    let mut changes = Changes::none();
    changes.replace(loaded, &device);
    Decision::accept((), changes)
}
