//! Sessions of the server's own pages, and of whoever carries a flow forward without them: they are
//! opened by a ticket, which stands for all that a customer would say (docs/recognize-protocol.md §6).
//!
//! Who fails here fails at their sign-on: failures are counted with those of passwords and codes, so that
//! none can be tried more often by means of another.

use domain::port::{Changes, Random, Versioned};
use domain::{Attempts, ByteString, Decision, Device, DeviceKind, Face, Timestamp, User};

use super::beginning::{Consent, Opened, Purpose};
use super::conclusion::Counted;
use super::opening::{ATTEMPTS, Asked, described};
use super::{Begun, Fault, Refusal};
use crate::account::device::{Proof, Wallet, prove};
use crate::account::{self, Owner};
use crate::audit::{Auditor, DEVICE_ENROLMENT_FAILED, Failure, SIGN_ON_FAILED};
use crate::factor::face::{FaceAnswer, FaceMatter, FaceTicket};
use crate::flow::{Policy, Wording, of_block};
use crate::lockout::Lockout;

/// A face that was seen for the first time. Only a session makes one.
pub struct SeenFace(pub(crate) Face);

/// A session that was opened by a ticket, or is to be, with the records as they are now.
#[derive(Clone, Copy)]
pub struct Ticketed<'a> {
    /// The ticket.
    pub ticket: &'a Versioned<FaceTicket>,
    /// Whom it names.
    pub user: &'a User,
    /// All their devices.
    pub devices: &'a [Versioned<Device>],
    /// The failures counted under [`crate::lockout::key`] of their user name.
    pub attempts: Option<&'a Versioned<Attempts>>,
    /// With which devices they may answer, and how many failures block.
    pub policy: &'a Policy,
    /// In which words they are told by mail that they are blocked.
    pub wording: &'a Wording,
}

impl<'a> Ticketed<'a> {
    /// Decides whether a session goes on. The ticket is spent either way.
    pub fn open(&self, asked: &Asked, now: Timestamp) -> Decision<Opened, Refusal> {
        if !self.ticket.is_open(now) {
            return Decision::refuse(Refusal::Ticket);
        }
        let opened = self.opened(asked, now);
        let spent = FaceTicket {
            opened_by: Some(asked.open().device.id.clone()),
            // Whoever waits for it need not wait for what does not begin.
            answer: opened.is_err().then_some(FaceAnswer::Failed),
            ..self.ticket.record.clone()
        };
        let mut changes = Changes::none();
        changes.replace(self.ticket, &spent);
        match opened {
            Ok(opened) => Decision::accept(opened, changes),
            Err(refusal) => Decision::refuse_and(refusal, changes),
        }
    }

    fn opened(&self, asked: &Asked, now: Timestamp) -> Result<Opened, Refusal> {
        let device = asked.open().device.id.clone();
        self.check(&device, now)?;
        let (purpose, presented) = match &self.ticket.matter {
            FaceMatter::Factor { presented, .. } => (Purpose::Authenticate, presented.as_deref()),
            FaceMatter::Enrolment { .. } => (Purpose::Enrol, None),
        };
        let consent = purpose
            .enrols()
            .then(|| Consent::in_language(&asked.languages()));
        let mut opened = Opened {
            transcript: asked.transcript().clone(),
            message: String::new(),
            purpose,
            person: self.user.id,
            is_known: true,
            template: None,
            username: self.user.username.clone(),
            device,
            operation_id: None,
            operation_payload: None,
            presented: presented.cloned(),
            data: None,
            consent,
            takes_pin: false,
            may_set_pin: false,
            attempts: ATTEMPTS,
        };
        opened.message = described(&opened).to_string();
        opened.transcript = opened.transcript.and(&opened.message);
        Ok(opened)
    }

    /// Whether a session with this device is for anything; with what is kept of the face, if it is to be
    /// recognised.
    fn check(&self, thumbprint: &str, now: Timestamp) -> Result<Option<&'a ByteString>, Refusal> {
        match (&self.ticket.matter, self.suspended(now)) {
            (FaceMatter::Factor { .. }, Some(left)) => Err(Refusal::LockedOut { left }),
            _ => self.stands(thumbprint),
        }
    }

    /// The same, whether or not anything of theirs is accepted now.
    fn stands(&self, thumbprint: &str) -> Result<Option<&'a ByteString>, Refusal> {
        if self.user.id != self.ticket.user || !self.user.enabled {
            return Err(Refusal::Ticket);
        }
        match &self.ticket.matter {
            FaceMatter::Factor { .. } => {
                let (_, face) = self.face(thumbprint).ok_or(Refusal::UserUnknown)?;
                Ok(Some(&face.template))
            }
            FaceMatter::Enrolment { device, .. } => {
                let waits = |it: &Versioned<Device>| {
                    it.id == *device && matches!(it.kind, DeviceKind::FacePending)
                };
                if !self.devices.iter().any(waits) {
                    return Err(Refusal::Ticket);
                }
                let is_it = |it: &Versioned<Device>| matches!(&it.kind, DeviceKind::Face(face) if face.thumbprint == thumbprint);
                match self.devices.iter().any(is_it) {
                    true => Err(Refusal::AlreadyEnrolled),
                    false => Ok(None),
                }
            }
        }
    }

    /// The face that was enrolled with this device of theirs, if it may be used.
    fn face(&self, thumbprint: &str) -> Option<(&'a Versioned<Device>, &'a Face)> {
        let usable = self
            .devices
            .iter()
            .filter(|device| device.user == self.user.id && self.policy.devices.can_answer(device));
        let mut faces = usable.filter_map(|device| match &device.kind {
            DeviceKind::Face(face) => Some((device, face)),
            _ => None,
        });
        faces.find(|(_, face)| face.thumbprint == thumbprint)
    }

    /// How long nothing of theirs is accepted, if nothing is.
    fn suspended(&self, now: Timestamp) -> Option<std::time::Duration> {
        let until = self.attempts.and_then(|it| it.blocked_until(now))?;
        Some(until.since(now))
    }

    fn lockout(&self) -> Lockout<'a> {
        let policy = self.policy.devices.failures.unwrap_or(self.policy.lockout);
        Lockout::of(&self.user.username, self.attempts, policy)
    }

    /// Whether the session may go on to look at a face; with what is kept of it, if it is to be recognised.
    pub fn goes_on(
        &self,
        opened: &Opened,
        now: Timestamp,
    ) -> Result<Option<&'a ByteString>, Refusal> {
        match self.ticket.is_held_by(&opened.device, now) {
            true => self.check(&opened.device, now),
            false => Err(Refusal::Ticket),
        }
    }

    /// Whether an attempt that was counted goes on: what began with it stands against it no more.
    fn goes_on_counted(
        &self,
        (opened, counted): (&Opened, Option<Counted>),
        now: Timestamp,
    ) -> Result<(), Refusal> {
        match counted {
            Some(_) if self.ticket.is_held_by(&opened.device, now) => {
                self.stands(&opened.device).map(|_| ())
            }
            Some(_) => Err(Refusal::Ticket),
            None => self.goes_on(opened, now).map(|_| ()),
        }
    }

    /// Counts an attempt as a failure, before anything is told that can be learned from. If it fails, or if
    /// it is broken off in whichever way, it has been counted; if it succeeds, the flow forgets it with all
    /// others once everything is proven.
    pub fn count(&self, opened: &Opened, now: Timestamp) -> Decision<Counted, Refusal> {
        if let Err(refusal) = self.goes_on(opened, now) {
            return Decision::refuse(refusal);
        }
        let mut changes = Changes::none();
        if opened.purpose == Purpose::Authenticate {
            self.lockout().failed(&mut changes, now);
        }
        Decision::accept(Counted(()), changes)
    }

    /// An attempt has failed; `left` are those that the session still has. Failures to enrol are not
    /// counted: there is nothing that could be guessed.
    pub fn failed(
        &self,
        (opened, counted): (&Opened, Option<Counted>),
        (fault, left): (Fault, u32),
        now: Timestamp,
        random: &dyn Random,
    ) -> Decision<(), Refusal> {
        if let Err(refusal) = self.goes_on_counted((opened, counted), now) {
            return Decision::refuse(refusal);
        }
        let auditor = Auditor { now, random };
        let mut changes = Changes::none();
        let (event, blocks) = match opened.purpose {
            Purpose::Enrol | Purpose::Renew => (DEVICE_ENROLMENT_FAILED, false),
            Purpose::Authenticate => match counted {
                Some(_) => (SIGN_ON_FAILED, self.lockout().is_blocked(now)),
                None => (SIGN_ON_FAILED, self.lockout().failed(&mut changes, now)),
            },
        };
        let failure = Failure {
            user: Some(self.user),
            cause: fault.name(),
            blocks,
        };
        let event = auditor.about(Some(self.user), event);
        auditor.failure(&mut changes, event, &failure);
        if blocks {
            if self.policy.identity.recovery {
                changes.and(of_block(self.user, self.wording, auditor));
            }
            let policy = self.policy.devices.failures.unwrap_or(self.policy.lockout);
            let left = policy.cool_down;
            return Decision::refuse_and(Refusal::LockedOut { left }, changes);
        }
        match left {
            0 => Decision::refuse_and(Refusal::NoAttemptsLeft, changes),
            _ => Decision::accept((), changes),
        }
    }

    /// Their face was seen: the flow goes on with that. A block that began meanwhile stands, unless the
    /// attempt was counted before it did.
    pub fn recognised(
        &self,
        (opened, counted): (&Opened, Option<Counted>),
        begun: &Begun,
        now: Timestamp,
    ) -> Decision<(), Refusal> {
        if let Err(refusal) = self.goes_on_counted((opened, counted), now) {
            return Decision::refuse(refusal);
        }
        let Some((device, _)) = self.face(&opened.device) else {
            return Decision::refuse(Refusal::UserUnknown);
        };
        let mut changes = Changes::none();
        self.answer(
            FaceAnswer::Recognised {
                device: device.id,
                proof: begun.proof.clone(),
                time: now,
            },
            &mut changes,
        );
        // Whoever removes the device at this moment, or guesses elsewhere, is not too late.
        changes.check(device.id, Some(device));
        match self.lockout().is_blocked(now) {
            true => self.lockout().unblock(&mut changes),
            false => self.lockout().unchanged(&mut changes),
        }
        Decision::accept((), changes)
    }

    /// Their face was seen for the first time: what is kept of it is `template`.
    pub fn enrolled(
        &self,
        (opened, begun, template): (&Opened, &Begun, &[u8]),
        wallet: &Wallet<'_>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Decision<(), Refusal> {
        if let Err(refusal) = self.goes_on(opened, now) {
            return Decision::refuse(refusal);
        }
        let (FaceMatter::Enrolment { device, .. }, Some(consent), Some(key)) = (
            &self.ticket.matter,
            &begun.consent,
            begun.key.to_public_value(),
        ) else {
            return Decision::refuse(Refusal::Internal);
        };
        let seen = SeenFace(Face {
            key,
            thumbprint: opened.device.clone(),
            template: ByteString::from(template),
            consent: consent.clone(),
        });
        let owner = Owner {
            user: self.user,
            now,
            random,
            administrator: None,
            session: None,
        };
        let Decision {
            answer,
            mut changes,
        } = prove(owner, wallet, *device, Proof::Face(&seen));
        match answer {
            Ok(_) => {
                changes.delete(self.ticket);
                Decision::accept((), changes)
            }
            Err(refusal) => Decision::refuse_and(not_enrolled(refusal), changes),
        }
    }

    /// The session has come to its end, and nothing was seen.
    pub fn given_up(&self) -> Changes {
        let mut changes = Changes::none();
        if self.ticket.answered().is_none() {
            self.answer(FaceAnswer::Failed, &mut changes);
        }
        changes
    }

    fn answer(&self, answer: FaceAnswer, changes: &mut Changes) {
        let answered = FaceTicket {
            answer: Some(answer),
            ..self.ticket.record.clone()
        };
        changes.replace(self.ticket, &answered);
    }
}

/// The device has gone meanwhile, or there are too many.
const fn not_enrolled(refusal: account::Refusal) -> Refusal {
    match refusal {
        account::Refusal::AlreadyEnrolled => Refusal::AlreadyEnrolled,
        _ => Refusal::Ticket,
    }
}
