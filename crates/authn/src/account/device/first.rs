//! Somebody's first device, set up on the way to their sign-on.
//!
//! What confirms who they are is the first factor that they have proven there (RTS art. 24(2)). As that
//! may be a password alone, nobody who has a device already gets another in this way, and of two that are
//! activated at the same moment the second finds that it is not the first. Until it works a first device
//! is kept by the flow in which it was begun, so that nobody is shown its secret elsewhere; only an
//! authenticator, which has to be found when it brings its key, is stored before.

use domain::port::Changes;
use domain::{Device, DeviceId, DeviceKind, Secret};

use super::activate::{after_failure, asked_anew};
use super::{Proof, Wallet, Wanted, is_same, told};
use crate::account::{Decision, Owner, Refusal};
use crate::audit::DEVICE_ENROLLED;
use crate::evidence::{Evidence, FactorKind};
use crate::factor::recovery;
use crate::flow::{count_message, messages_key};

/// A first device that was begun.
pub(crate) struct FirstBegun {
    /// The device.
    pub(crate) device: Device,
    /// What an authenticator is given to be paired.
    pub(crate) pairing_key: Option<Secret>,
}

/// A first device that works.
pub(crate) struct FirstActivated {
    /// The device.
    pub(crate) device: Device,
    /// That it was proven.
    pub(crate) evidence: Evidence,
}

/// Begins to enrol a first device. If `earlier` was the same, it is gone on with, and sent no second code at
/// once.
pub(crate) fn begin_first(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    wanted: &Wanted,
    earlier: Option<&Device>,
) -> Decision<FirstBegun> {
    let mut changes = Changes::none();
    match wallet.begin_first(owner, wanted, earlier, &mut changes) {
        Ok(begun) => Decision::accept(begun, changes),
        Err(refusal) => Decision::refuse(refusal),
    }
}

/// Sends another code to a first device that was begun.
pub(crate) fn resend_first(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    begun: &Device,
) -> Decision<Device> {
    let mut changes = Changes::none();
    match wallet.asked(owner, begun, &mut changes) {
        Ok(asked) => Decision::accept(asked, changes),
        Err(refusal) => Decision::refuse(refusal),
    }
}

/// Ends enrolling a first device that the flow has kept: it has shown that it works.
///
/// # Errors
///
/// Why not, and the device as it is after that.
pub(crate) fn activate_first(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    begun: &Device,
    proof: Proof<'_>,
) -> Result<(FirstActivated, Changes), (Refusal, Box<Device>)> {
    let failed = |refusal| {
        let after = after_failure(begun).or_else(|| asked_anew(owner, begun));
        (refusal, Box::new(after.unwrap_or_else(|| begun.clone())))
    };
    let proven = wallet.shown_to_work(owner, begun, proof).map_err(failed)?;
    let mut changes = Changes::none();
    wallet.count_first(owner, &mut changes).map_err(failed)?;
    let device = wallet.in_place(owner, &proven);
    changes.insert(&device);
    wallet.tell_admitted(owner, (begun, &device), &mut changes);
    let evidence = proven.evidence;
    Ok((FirstActivated { device, evidence }, changes))
}

/// The authenticator that was begun in a flow, once it has been paired: that is proven by what it was
/// given there and nowhere else.
pub(crate) fn paired_first(wallet: &Wallet<'_>, id: DeviceId) -> Option<FirstActivated> {
    let mut devices = wallet.devices.iter();
    let paired = devices.find(|it| it.id == id && wallet.policy.can_answer(it))?;
    let DeviceKind::Authenticator(_) = &paired.kind else {
        return None;
    };
    let time = paired.last_used.unwrap_or(paired.created);
    Some(FirstActivated {
        evidence: Evidence::of_device(FactorKind::Push, paired.user, id, time),
        device: paired.record.clone(),
    })
}

/// The recovery codes that go with a first device, where there are any: they are shown once.
pub(crate) fn first_recovery_codes(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    changes: &mut Changes,
) -> Vec<Secret> {
    if !wallet.policy.offers(FactorKind::RecoveryCode) {
        return Vec::new();
    }
    let (codes, paper) = recovery::generate(owner.user.id, owner.now, owner.random);
    changes.insert(&paper);
    changes.insert(&owner.event(DEVICE_ENROLLED).with("after", told(&paper)));
    codes
}

impl Wallet<'_> {
    fn begin_first(
        &self,
        owner: Owner<'_>,
        wanted: &Wanted,
        earlier: Option<&Device>,
        changes: &mut Changes,
    ) -> Result<FirstBegun, Refusal> {
        if self.has_active(owner) {
            return Err(Refusal::AlreadyEnrolled);
        }
        let planned = self.plan(owner, wanted, "")?;
        if *wanted == Wanted::Authenticator {
            let (device, handle) = self.paired_with(owner, planned, true);
            *changes = self.without_begun(owner, &device.kind);
            changes.insert(&device);
            return Ok(FirstBegun {
                pairing_key: Some(Secret::new(format!("{}.{}", device.id, handle.expose()))),
                device,
            });
        }
        let same = earlier.filter(|it| is_same(&it.kind, &planned.kind));
        let device = match same {
            Some(earlier) => match self.asked(owner, earlier, changes) {
                // What was sent a moment ago is still on its way.
                Err(Refusal::TooSoon) => earlier.clone(),
                asked => asked?,
            },
            None => self.asked(owner, &planned, changes)?,
        };
        let pairing_key = None;
        Ok(FirstBegun {
            device,
            pairing_key,
        })
    }

    fn has_active(&self, owner: Owner<'_>) -> bool {
        self.live(owner).any(|device| device.is_active())
    }

    /// Demands that there is no other device, and counts this one as a message is counted: of two that
    /// come at the same moment one is found to be the second.
    pub(super) fn count_first(
        &self,
        owner: Owner<'_>,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        if self.has_active(owner) {
            return Err(Refusal::AlreadyEnrolled);
        }
        let (key, counted) = (messages_key(owner.user.id), self.messages.as_ref());
        let counts = count_message(key, counted, self.policy.messages, owner.now, changes);
        counts.then_some(()).ok_or(Refusal::TooManyMessages)
    }
}
