//! Enrolling a face: it is looked at in a session of Recognize, which is opened by a ticket.

use domain::{Device, DeviceKind, Handle};

use super::{Wallet, Wanted};
use crate::account::{Confirmation, Decision, Owner, Refusal};
use crate::audit::DEVICE_ENROLMENT_FAILED;
use crate::factor::face::{FaceMatter, FaceTicket};
use crate::recognize::ticket::SeenFace;

/// Begins to enrol a face: the answer is the device that it is to become, and the ticket by which it is
/// looked at, which is shown this once and good in this browser alone. What was begun before leads
/// nowhere any more. The name may be empty.
pub fn begin_face(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    name: &str,
    confirmation: &Confirmation<'_>,
) -> Decision<(Device, Handle)> {
    let planned = match wallet.plan(owner, &Wanted::Face, name) {
        Ok(planned) => planned,
        Err(refusal) => return Decision::refuse(refusal),
    };
    let (Some(policy), Some(session)) = (&wallet.policy.face, owner.session) else {
        return Decision::refuse(Refusal::KindNotOffered);
    };
    let confirmed = confirmation.confirm(owner, DEVICE_ENROLMENT_FAILED);
    confirmed.and_then(|_| {
        let matter = FaceMatter::Enrolment {
            device: planned.id,
            session,
        };
        let (now, random) = (owner.now, owner.random);
        let (ticket, handle) = FaceTicket::new(owner.user.id, matter, policy, now, random);
        let mut changes = wallet.without_begun(owner, &planned.kind);
        changes.insert(&planned);
        changes.insert(&ticket);
        Decision::accept((planned, handle), changes)
    })
}

/// The device with the face that was seen.
pub(super) fn with_face(owner: Owner<'_>, begun: &Device, seen: &SeenFace) -> Device {
    Device {
        kind: DeviceKind::Face(seen.0.clone()),
        last_used: Some(owner.now),
        ..begun.clone()
    }
}
