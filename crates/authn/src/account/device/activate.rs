//! Ending to enrol a device: it has shown that it works.

use domain::port::{Changes, Versioned};
use domain::{Device, DeviceId, DeviceKind, DeviceStatus, Handle, PushSubscription};

use super::face::with_face;
use super::{Wallet, notice, told};
use crate::account::confirmation::Confirmed;
use crate::account::{Confirmation, Decision, Owner, Refusal};
use crate::audit::{DEVICE_ENROLLED, DEVICE_ENROLMENT_FAILED};
use crate::evidence::{Evidence, FactorKind, KeyProof};
use crate::factor::pairing::Pairing;
use crate::factor::push::PairingProof;
use crate::factor::totp;
use crate::factor::webauthn::{
    Attachment, Challenge, CoseAlgorithm, Registration, RegistrationResponse,
};
use crate::flow::amr;
use crate::recognize::ticket::SeenFace;
use crate::session;

/// What shows that a device works.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// A code that it shows, or that was sent to it.
    Code(&'a str),
    /// The credential that it has made.
    Credential {
        /// What the browser answered.
        response: &'a RegistrationResponse,
        /// Whether anybody has registered a credential with this id.
        known: bool,
    },
    /// The key that it has made.
    Key {
        /// What it has signed.
        proof: &'a PairingProof,
        /// Where it takes notifications.
        subscription: Option<&'a PushSubscription>,
    },
    /// The face that was seen.
    Face(&'a SeenFace),
}

/// A device that has shown that it works, and what that proves. Only a wallet makes one.
pub struct Proven {
    /// The device from now on.
    pub device: Device,
    /// What it has proven.
    pub(crate) evidence: Evidence,
}

/// The same of a device that was stored when it was begun.
struct Kept<'w> {
    begun: &'w Versioned<Device>,
    proven: Proven,
}

/// Ends enrolling a device: it has shown that it works, and the person has confirmed who they are. In
/// the session in which the person acts it has then been proven, so that they are not asked for it at
/// once. As that session is now worth more, the answer is a new cookie for it.
pub fn activate(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    id: DeviceId,
    proof: Proof<'_>,
    confirmation: &Confirmation<'_>,
) -> Decision<Handle> {
    wallet.proven(owner, id, proof).and_then(|kept| {
        let confirmed = confirmation.confirm(owner, DEVICE_ENROLMENT_FAILED);
        if let Err(refusal) = confirmed.answer {
            let mut changes = confirmed.changes;
            spend_challenge(owner, kept.begun, &mut changes);
            return Decision::refuse_and(refusal, changes);
        }
        confirmed.and_then(|Confirmed { session, .. }| {
            let (_, mut changes) = wallet.admitted(owner, &kept);
            let mut worth = session.record.clone();
            let evidence = [&kept.proven.evidence];
            worth.authentication.amr = amr(&session.authentication.amr, &evidence);
            worth.devices.extend(kept.proven.evidence.device());
            let (handle, reopened) = session::reopen(session, worth, owner.now, owner.random);
            changes.and(reopened);
            Decision::accept(handle, changes)
        })
    })
}

/// The same for whoever administers people: nothing is confirmed, and no session is worth more.
pub fn admit(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    id: DeviceId,
    proof: Proof<'_>,
) -> Decision<Device> {
    let proven = prove(owner, wallet, id, proof);
    proven.and_then(|proven| Decision::accept(proven.device, Changes::none()))
}

/// The same for who was vouched for and has yet to prove something: with what the device has proven.
pub fn prove(
    owner: Owner<'_>,
    wallet: &Wallet<'_>,
    id: DeviceId,
    proof: Proof<'_>,
) -> Decision<Proven> {
    wallet.proven(owner, id, proof).and_then(|kept| {
        let mut first = Changes::none();
        // What was begun as somebody's first device is never their second.
        if Pairing::is_first(kept.begun)
            && let Err(refusal) = wallet.count_first(owner, &mut first)
        {
            return Decision::refuse(refusal);
        }
        let (device, mut changes) = wallet.admitted(owner, &kept);
        changes.and(first);
        let evidence = kept.proven.evidence;
        Decision::accept(Proven { device, evidence }, changes)
    })
}

impl Wallet<'_> {
    /// Whether a device that was begun works.
    fn proven(&self, owner: Owner<'_>, id: DeviceId, proof: Proof<'_>) -> Decision<Kept<'_>> {
        let begun = match self.pending(owner, id) {
            Ok(begun) => begun,
            Err(refusal) => return Decision::refuse(refusal),
        };
        match self.shown_to_work(owner, begun, proof) {
            Ok(proven) => Decision::accept(Kept { begun, proven }, Changes::none()),
            Err(refusal) => {
                let mut changes = Changes::none();
                count_failure(begun, &mut changes);
                spend_challenge(owner, begun, &mut changes);
                Decision::refuse_and(refusal, changes)
            }
        }
    }

    /// Whether a device works by this proof.
    pub(super) fn shown_to_work(
        &self,
        owner: Owner<'_>,
        begun: &Device,
        proof: Proof<'_>,
    ) -> Result<Proven, Refusal> {
        let device = match (&begun.kind, proof) {
            (DeviceKind::Totp(_), Proof::Code(code)) => {
                totp::accept(begun, code, owner.now).ok_or(Refusal::CodeNotAccepted)
            }
            (DeviceKind::WebAuthnPending { .. }, Proof::Credential { response, known }) => {
                self.with_credential(owner, begun, response, known)
            }
            (
                DeviceKind::AuthenticatorPending,
                Proof::Key {
                    proof,
                    subscription,
                },
            ) => with_key(owner, begun, proof, subscription),
            (DeviceKind::FacePending, Proof::Face(seen)) => Ok(with_face(owner, begun, seen)),
            (_, Proof::Code(code)) => self.with_sent_code(owner, begun, code),
            (_, Proof::Credential { .. } | Proof::Key { .. } | Proof::Face(_)) => {
                Err(Refusal::CredentialNotAccepted)
            }
        }?;
        let evidence = evidence(&device, owner);
        Ok(Proven { device, evidence })
    }

    fn with_sent_code(
        &self,
        owner: Owner<'_>,
        begun: &Device,
        code: &str,
    ) -> Result<Device, Refusal> {
        let sent = Pairing::sent(begun).ok_or(Refusal::CodeNotAccepted)?;
        let matched = sent.check(code, None, self.policy.code, owner.now);
        matched.ok_or(Refusal::CodeNotAccepted)?;
        Ok(Device {
            last_used: Some(owner.now),
            ..begun.clone()
        })
    }

    fn with_credential(
        &self,
        owner: Owner<'_>,
        begun: &Device,
        response: &RegistrationResponse,
        already_registered: bool,
    ) -> Result<Device, Refusal> {
        let policy = self.policy.webauthn.as_ref();
        let policy = policy.ok_or(Refusal::KindNotOffered)?;
        let challenge = Pairing::challenge(begun).ok_or(Refusal::CredentialNotAccepted)?;
        let registration = Registration {
            relying_party: &policy.relying_party,
            challenge: &challenge,
            algorithms: CoseAlgorithm::DEFAULT,
            user_verification: policy.user_verification,
            conditional: false,
            attestation: &policy.attestation,
            already_registered,
        };
        // Which step failed is nobody's business but the log's.
        let registered = registration.verify(response, owner.now);
        let registered = registered.map_err(|_| Refusal::CredentialNotAccepted)?;
        let mut credential = registered.into_record();
        let roams = matches!(begun.kind, DeviceKind::WebAuthnPending { roaming: true });
        // WebAuthn §5.4.4: "If this member is present, eligible authenticators are filtered to be only
        // those authenticators attached with the specified authenticator attachment modality". Many clients
        // do not tell which that was.
        if roams && credential.attachment.is_none() {
            credential.attachment = Some(Attachment::CrossPlatform.as_str().to_owned());
        }
        Ok(Device {
            kind: DeviceKind::WebAuthn(credential),
            last_used: Some(owner.now),
            ..begun.clone()
        })
    }

    /// The device from now on, and what makes it so.
    fn admitted(&self, owner: Owner<'_>, kept: &Kept<'_>) -> (Device, Changes) {
        let device = self.in_place(owner, &kept.proven);
        let mut changes = Changes::none();
        changes.replace(kept.begun, &device);
        self.tell_admitted(owner, (kept.begun, &device), &mut changes);
        (device, changes)
    }

    /// The device that has shown that it works, after all others.
    pub(super) fn in_place(&self, owner: Owner<'_>, proven: &Proven) -> Device {
        Device {
            status: DeviceStatus::Active,
            position: self.next_position(owner),
            pairing: None,
            ..proven.device.clone()
        }
    }

    /// Notes that a device that was begun counts from now on, by whose invitation, and tells its owner.
    pub(super) fn tell_admitted(
        &self,
        owner: Owner<'_>,
        (begun, device): (&Device, &Device),
        changes: &mut Changes,
    ) {
        let event = owner.event(DEVICE_ENROLLED).with("after", told(device));
        changes.insert(&match Pairing::inviter(begun).map(serde_json::to_value) {
            Some(Ok(inviter)) => event.with("inviter", inviter),
            _ => event,
        });
        notice::tell_of(owner, self, device, changes);
    }
}

/// The device with the key that it has made, if it was given what opens its pairing.
fn with_key(
    owner: Owner<'_>,
    begun: &Device,
    proof: &PairingProof,
    subscription: Option<&PushSubscription>,
) -> Result<Device, Refusal> {
    match Pairing::is_opened(begun, proof.pairing(), owner.now) {
        true => Ok(Device {
            kind: DeviceKind::Authenticator(proof.authenticator(subscription.cloned())),
            last_used: Some(owner.now),
            ..begun.clone()
        }),
        false => Err(Refusal::CredentialNotAccepted),
    }
}

/// What a device has shown. A credential that was made has signed nothing yet: whether the person was
/// verified then counts for nothing now.
fn evidence(device: &Device, owner: Owner<'_>) -> Evidence {
    let (user, now) = (owner.user.id, owner.now);
    match &device.kind {
        DeviceKind::WebAuthn(credential) => {
            let proof = KeyProof {
                user_verified: false,
                backup_eligible: credential.backup_eligible,
            };
            Evidence::of_key(proof, user, device.id, now)
        }
        kind => Evidence::of_device(FactorKind::of_device(kind), user, device.id, now),
    }
}

/// The code that was sent may be tried less often.
fn count_failure(begun: &Versioned<Device>, changes: &mut Changes) {
    if let Some(tried) = after_failure(begun) {
        changes.replace(begun, &tried);
    }
}

/// The device whose code may be tried less often, if one was sent to it.
pub(super) fn after_failure(begun: &Device) -> Option<Device> {
    let sent = Pairing::sent(begun)?;
    Some(Device {
        pairing: Pairing::Sent(sent.failed()).kept(),
        ..begun.clone()
    })
}

/// What was signed once is signed for ever: the next credential is asked for by another challenge.
fn spend_challenge(owner: Owner<'_>, begun: &Versioned<Device>, changes: &mut Changes) {
    if let Some(asked) = asked_anew(owner, begun) {
        changes.replace(begun, &asked);
    }
}

/// The device that is asked for a credential by another challenge, if it is to make one.
pub(super) fn asked_anew(owner: Owner<'_>, begun: &Device) -> Option<Device> {
    Pairing::challenge(begun)?;
    let another = Challenge::random(owner.random);
    Some(Device {
        pairing: Pairing::Signature(another).kept(),
        ..begun.clone()
    })
}
