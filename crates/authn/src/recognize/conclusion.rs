//! What becomes of a session: somebody has enrolled, or proved who they are, or failed.

use domain::port::{Changes, Random, Versioned};
use domain::{Actor, AuditEvent, ByteString, Decision, Digest, Timestamp};
use jose::digest::sha256;

use super::beginning::Purpose;
use super::{
    Begun, Customer, EnrolledDevice, Factor, Fault, KeepTransactions, NewKeys, Opened,
    OperationRecord, Person, Refusal, TransactionProfile, token,
};
use crate::approval::template::Method;
use crate::approval::{
    ApprovedTransaction, ApprovingFactor, Binding, DeviceKeyMaterial, SignatureMaterial,
};

/// The names by which auditors find what happened.
const ENROLLED: &str = "recognize.enrolled";
const AUTHENTICATED: &str = "recognize.authenticated";
const FAILED: &str = "recognize.failed";
const SUSPENDED: &str = "recognize.suspended";
const APPROVED: &str = "recognize.transaction_approved";

/// A session that comes to its end, with the records as they are now.
#[derive(Clone, Copy)]
pub struct Ending<'a> {
    /// The customer.
    pub customer: &'a Customer,
    /// What the session is for.
    pub opened: &'a Opened,
    /// The person, if they have enrolled.
    pub person: Option<&'a Versioned<Person>>,
    /// The device, if it is enrolled.
    pub device: Option<&'a Versioned<EnrolledDevice>>,
    /// That the attempt was counted already, if it was.
    pub counted: Option<Counted>,
}

/// That an attempt was counted as a failure before anything was learned from it, until it succeeds. Only
/// [`Ending::count`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct Counted(pub(super) ());

/// What somebody is told who has succeeded.
pub struct Success {
    /// Who they are.
    pub person: Person,
    /// The JWT of the original's profile.
    pub jwt: String,
    /// What they have approved, if there was anything.
    pub approved: Option<ApprovedTransaction>,
}

impl<'a> Ending<'a> {
    /// Whether the session may go on to look at a face or a PIN: nobody is suspended meanwhile, and the
    /// device is there.
    pub fn goes_on(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.opened.purpose {
            Purpose::Enrol => Ok(()),
            Purpose::Authenticate | Purpose::Renew => self.standing(now).map(|_| ()),
        }
    }

    /// The records of somebody who may authenticate now.
    fn standing(
        &self,
        now: Timestamp,
    ) -> Result<(&'a Versioned<Person>, &'a Versioned<EnrolledDevice>), Refusal> {
        let person = self.person.filter(|it| it.id == self.opened.person);
        let is_theirs = |it: &&Versioned<EnrolledDevice>| it.person == self.opened.person;
        // What was enrolled anew meanwhile is not what this session looks at.
        let device = self
            .device
            .filter(is_theirs)
            .filter(|_| self.is_as_opened());
        let (Some(person), Some(device)) = (person, device) else {
            return Err(Refusal::UserUnknown);
        };
        match person.suspension.left(now) {
            // One of the five: it may come to its end.
            Some(left) if self.counted.is_none() => Err(Refusal::LockedOut { left }),
            _ => Ok((person, device)),
        }
    }

    /// Whether the same is kept of the device's face as when the session was opened, or nothing still.
    fn is_as_opened(&self) -> bool {
        self.device.map(|device| template_of(device)) == self.opened.template
    }

    /// Counts an attempt as a failure, before anything is told that can be learned from. If it fails, or
    /// if it is broken off in whichever way, it has been counted; if it succeeds, nothing counts any more.
    /// Were it counted at its end, whoever plays a recording could begin until the poses suit it.
    pub fn count(&self, now: Timestamp) -> Decision<Counted, Refusal> {
        let mut changes = Changes::none();
        if self.opened.purpose.compares() {
            let (person, _) = match self.standing(now) {
                Ok(standing) => standing,
                Err(refusal) => return Decision::refuse(refusal),
            };
            let mut counted = person.record.clone();
            counted.suspension = person.suspension.after_failure(now);
            changes.replace(person, &counted);
        }
        Decision::accept(Counted(()), changes)
    }

    /// Whether this is the PIN of the device.
    pub fn is_pin(&self, begun: &Begun) -> bool {
        let kept = self.device.and_then(|device| device.pin.as_ref());
        let given = begun.pins.given.as_ref();
        let both = given.zip(kept);
        both.is_some_and(|(given, kept)| given.matches(kept, &begun.secret))
    }

    /// An attempt has failed; `left` are those that the session still has. Failures to enrol are not
    /// counted: there is nothing that could be guessed.
    pub fn failed(
        &self,
        fault: Fault,
        left: u32,
        now: Timestamp,
        random: &dyn Random,
    ) -> Decision<(), Refusal> {
        let mut changes = Changes::none();
        let mut refusal = (left == 0).then_some(Refusal::NoAttemptsLeft);
        if self.opened.purpose.compares() {
            let (person, _) = match self.standing(now) {
                Ok(standing) => standing,
                Err(refusal) => return Decision::refuse(refusal),
            };
            let mut failed = person.record.clone();
            if self.counted.is_none() {
                failed.suspension = person.suspension.after_failure(now);
                changes.replace(person, &failed);
            }
            if let Some(left) = failed.suspension.left(now) {
                changes.insert(&self.event(SUSPENDED, Actor::Unknown, now, random));
                refusal = Some(Refusal::LockedOut { left });
            }
        }
        let event = self.event(FAILED, Actor::Unknown, now, random);
        changes.insert(&event.with("cause", fault.name()));
        match refusal {
            Some(refusal) => Decision::refuse_and(refusal, changes),
            None => Decision::accept((), changes),
        }
    }

    /// Somebody has proved who they are. A suspension that began meanwhile stands, unless the attempt was
    /// counted before it did.
    pub fn authenticated(
        &self,
        begun: &Begun,
        now: Timestamp,
        random: &dyn Random,
    ) -> Decision<Success, Refusal> {
        let (device, success, mut changes) = match self.cleared(begun, now) {
            Ok(cleared) => cleared,
            Err(refusal) => return Decision::refuse(refusal),
        };
        let mut used = device.record.clone();
        used.last_used = now;
        used.pin = pin_after(begun, used.pin);
        changes.replace(device, &used);
        changes.and(self.note(AUTHENTICATED, &success, begun, (now, random)));
        Decision::accept(success, changes)
    }

    /// Somebody whose face was recognised has enrolled it anew: from here on the device has another secret,
    /// and what was kept by the old one is gone, a PIN with it.
    pub fn renewed(
        &self,
        (begun, template): (&Begun, &[u8]),
        now: Timestamp,
        random: &dyn Random,
    ) -> Decision<Success, Refusal> {
        let (device, success, mut changes) = match self.cleared(begun, now) {
            Ok(cleared) => cleared,
            Err(refusal) => return Decision::refuse(refusal),
        };
        let Some(consent) = begun.consent.clone() else {
            return Decision::refuse(Refusal::Internal);
        };
        let mut renewed = device.record.clone();
        renewed.consent = Some(consent);
        renewed.template = ByteString::from(template);
        renewed.pin = pin_after(begun, None);
        (renewed.created, renewed.last_used) = (now, now);
        changes.replace(device, &renewed);
        changes.and(self.note(ENROLLED, &success, begun, (now, random)));
        Decision::accept(success, changes)
    }

    /// The device of somebody who has succeeded, what they are told, and that no failure counts any more.
    fn cleared(
        &self,
        begun: &Begun,
        now: Timestamp,
    ) -> Result<(&'a Versioned<EnrolledDevice>, Success, Changes), Refusal> {
        let (person, device) = self.standing(now)?;
        let success = self.success(person.record.clone(), begun, now)?;
        let mut changes = Changes::none();
        let mut cleared = person.record.clone();
        cleared.suspension = super::Suspension::default();
        changes.replace(person, &cleared);
        Ok((device, success, changes))
    }

    /// Somebody has enrolled: their face is kept as `template`.
    pub fn enrolled(
        &self,
        (begun, template): (&Begun, &[u8]),
        keys: &NewKeys,
        now: Timestamp,
        random: &dyn Random,
    ) -> Decision<Success, Refusal> {
        // Somebody else was faster with the same name, or this one with another session.
        let is_new = self.person.is_none_or(|it| it.id == self.opened.person);
        if !is_new || !self.is_as_opened() {
            // A device that was deleted does not come back with what was agreed before.
            return Decision::refuse(match self.device {
                None if is_new => Refusal::UserUnknown,
                _ => Refusal::AlreadyEnrolled,
            });
        }
        let Some(consent) = begun.consent.clone() else {
            return Decision::refuse(Refusal::Internal);
        };
        let mut changes = Changes::none();
        let id = self.opened.person;
        let person = if let Some(known) = self.person {
            // Whoever deletes the person meanwhile has not seen this device, and looks again.
            changes.update(known);
            known.record.clone()
        } else if self.opened.is_known {
            // They were deleted, and do not come back with what was agreed before.
            return Decision::refuse(Refusal::UserUnknown);
        } else {
            let person = Person::new(id, &self.opened.username, keys, consent.clone(), now);
            changes.insert(&person);
            person
        };
        let success = match self.success(person, begun, now) {
            Ok(success) => success,
            Err(refusal) => return Decision::refuse(refusal),
        };
        let device = EnrolledDevice {
            id: self.opened.device.clone(),
            person: id,
            key: begun.key.to_public_value().unwrap_or_default(),
            consent: Some(consent),
            template: ByteString::from(template),
            pin: pin_after(begun, None),
            created: now,
            last_used: now,
        };
        match self.device {
            Some(before) => changes.replace(before, &device),
            None => changes.insert(&device),
        }
        changes.and(self.note(ENROLLED, &success, begun, (now, random)));
        Decision::accept(success, changes)
    }

    fn success(&self, person: Person, begun: &Begun, now: Timestamp) -> Result<Success, Refusal> {
        let (factor, data) = (begun.factor, self.opened.data.as_deref());
        let jwt = token::original(&person, factor, data, now).map_err(|_| Refusal::Internal)?;
        let approved = self.opened.presented().map(|presented| {
            let material = SignatureMaterial::Recognize(DeviceKeyMaterial {
                jwk: begun.key.to_public_value().unwrap_or_default(),
                jws: begun.proof.clone(),
            });
            let device = ApprovingFactor::of_recognize(
                person.id,
                ("device", "swk"),
                now,
                Some(Binding::Signature(material)),
            );
            let name = factor.name();
            let given = ApprovingFactor::of_recognize(person.id, (name, name), now, None);
            presented.approved(&[Method::Page], vec![device, given])
        });
        let approved = approved.transpose().map_err(|_| Refusal::Internal)?;
        Ok(Success {
            person,
            jwt,
            approved,
        })
    }

    /// Notes a success: for auditors, and under the id that the customer gave it. Of the transaction
    /// only digests are kept, unless the customer has asked for more.
    fn note(
        &self,
        name: &str,
        success: &Success,
        begun: &Begun,
        (now, random): (Timestamp, &dyn Random),
    ) -> Changes {
        let mut changes = Changes::none();
        let actor = || Actor::User(self.opened.username.clone());
        let mut event = self.event(name, actor(), now, random);
        event = event.with("factor", begun.factor.name());
        if let Some(consent) = &begun.consent {
            event = event.with("consent", consent.version.clone());
        }
        if self.opened.purpose == Purpose::Renew {
            event = event.with("renewed", "true");
        }
        changes.insert(&event);
        if let Some(approved) = &success.approved {
            let digest = approved.transaction().digest().to_string();
            let event = self.event(APPROVED, actor(), now, random);
            let mut event = event.with("transaction_digest", digest);
            // In the extended profile this JWT is given to nobody, and the receipt is noted by itself.
            if self.customer.profile == TransactionProfile::Original {
                let receipt = Digest::from_bytes(sha256(success.jwt.as_bytes()));
                event = event.with("receipt_digest", receipt.to_string());
            }
            changes.insert(&event);
        }
        if let Some(id) = &self.opened.operation_id {
            let kept = self.customer.keep_transactions == KeepTransactions::Operation;
            changes.insert(&OperationRecord {
                id: id.clone(),
                payload: self.opened.operation_payload.clone(),
                person: success.person.id,
                external_user_id: success.person.external_user_id.clone(),
                operation: self.opened.purpose.name().to_owned(),
                factor: begun.factor,
                transaction: self.opened.data.clone().filter(|_| kept),
                time: now,
            });
        }
        changes
    }

    fn event(&self, name: &str, actor: Actor, now: Timestamp, random: &dyn Random) -> AuditEvent {
        AuditEvent::new(name, actor, now, random)
            .with("customer", self.customer.name.clone())
            .with("person", self.opened.person.to_string())
            .with("device", self.opened.device.clone())
    }
}

/// What is kept of a device's face, so that it can be told from another.
pub(super) fn template_of(device: &EnrolledDevice) -> Digest {
    Digest::from_bytes(sha256(&device.template))
}

/// What is kept of the PIN from now on.
fn pin_after(begun: &Begun, before: Option<ByteString>) -> Option<ByteString> {
    match &begun.pins.new {
        Some(pin) => Some(pin.verifier(begun.new_secret().unwrap_or(&begun.secret))),
        None => before.filter(|_| !begun.pins.remove),
    }
}

/// How often a user authorization was refused, for auditors.
pub fn refused(
    customer: &Customer,
    refusal: &Refusal,
    now: Timestamp,
    random: &dyn Random,
) -> Changes {
    let mut changes = Changes::none();
    let event = AuditEvent::new("recognize.refused", Actor::Unknown, now, random);
    let event = event.with("customer", customer.name.clone());
    changes.insert(&event.with("cause", refusal.to_string()));
    changes
}

/// All that is kept of somebody, as it is now.
pub struct Kept {
    /// Who they are.
    pub person: Versioned<Person>,
    /// Their devices, with the faces that were enrolled.
    pub devices: Vec<Versioned<EnrolledDevice>>,
    /// What they have done under ids of the customer's.
    pub operations: Vec<Versioned<OperationRecord>>,
}

impl Kept {
    /// Everything goes, whatever it is: their consent with it.
    pub fn deletion(&self, actor: Actor, now: Timestamp, random: &dyn Random) -> Changes {
        let mut changes = Changes::none();
        changes.delete(&self.person);
        for device in &self.devices {
            changes.delete(device);
        }
        for operation in &self.operations {
            changes.delete(operation);
        }
        let event = AuditEvent::new("recognize.person_deleted", actor, now, random);
        changes.insert(&event.with("person", self.person.id.to_string()));
        changes
    }

    /// A device goes, and with it the face that was enrolled with it; with their last one all that is kept
    /// of the person.
    pub fn device_deletion(
        &self,
        id: &str,
        actor: Actor,
        now: Timestamp,
        random: &dyn Random,
    ) -> Option<Changes> {
        let device = self.devices.iter().find(|device| device.id == id)?;
        let event = AuditEvent::new("recognize.device_deleted", actor.clone(), now, random);
        let event = event.with("person", self.person.id.to_string());
        let event = event.with("device", device.id.clone());
        let mut changes = match self.devices.len() {
            1 => self.deletion(actor, now, random),
            _ => {
                let mut changes = Changes::none();
                changes.delete(device);
                // Whoever deletes another device meanwhile looks again whether it is the last.
                changes.update(&self.person);
                changes
            }
        };
        changes.insert(&event);
        Some(changes)
    }
}

/// Whether what was given was the face.
impl Begun {
    /// Whether frames are to be looked at.
    pub fn is_by_face(&self) -> bool {
        self.factor == Factor::Face
    }
}
