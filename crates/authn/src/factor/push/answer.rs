//! An authenticator answers what it was asked.

use domain::port::{Changes, Random, Versioned};
use domain::{Attempts, Decision, Device, DeviceKind, LockoutPolicy, Timestamp, User};
use jose::digest::constant_time_eq;
use jose::jwk::Jwk;
use jose::jws::{Algorithm, Policy, Typ, Unverified, VerifyingKeys};
use jose::jwt::Claims;
use serde_json::Value;

use super::{ANSWER_TYP, LEEWAY, MAX_JWS, PushAnswer, PushPolicy, PushRequest};
use crate::audit::{Auditor, Failure, PUSH_DENIED, SIGN_ON_FAILED};
use crate::flow::{Wording, of_block};
use crate::lockout::Lockout;

/// Who answers what.
#[derive(Clone, Copy)]
pub struct Answering<'a> {
    /// What was asked.
    pub request: &'a Versioned<PushRequest>,
    /// The device by which it is answered.
    pub device: &'a Versioned<Device>,
    /// Whose device it is.
    pub user: &'a User,
    /// The failures counted under [`crate::lockout::key`] of their user name.
    pub attempts: Option<&'a Versioned<Attempts>>,
    /// How many failures block, and how authenticators are asked.
    pub policy: (LockoutPolicy, &'a PushPolicy),
    /// In which words they are told by mail that they are blocked; they are not told, if `None`.
    pub alert: Option<&'a Wording>,
}

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// That it is right.
    Approved,
    /// That it is not.
    Denied,
}

/// Why an answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnswered {
    /// It is answered already, or too late, or not theirs to answer, or nothing of theirs is accepted
    /// for now: it does not say which.
    #[error("there is nothing to be answered any more")]
    Over,
    /// It is not signed by the key of the device, or answers something else.
    #[error("the answer is not signed by the device, or answers something else")]
    Signature,
    /// The number is another one.
    #[error("the number is another one")]
    WrongNumber {
        /// How often another may be tried.
        left: u32,
    },
}

/// Takes an answer: a JWS of the device's key, of the type `approval+jwt`, for the server of this
/// issuer. What is answered once is answered; a wrong number and a denial count as failures.
pub fn answer(
    asked: &Answering<'_>,
    jws: &str,
    issuer: &str,
    now: Timestamp,
    random: &dyn Random,
) -> Decision<Answered, NotAnswered> {
    let signed = match Signed::read(asked, jws, issuer, now) {
        Ok(signed) => signed,
        Err(refusal) => return Decision::refuse(refusal),
    };
    let auditor = Auditor { now, random };
    let (lockout, is_blocked) = asked.lockout(now);
    let is_theirs = asked.request.user == asked.user.id && asked.user.enabled;
    if is_blocked || !is_theirs || !asked.request.is_open(now) {
        return Decision::refuse(NotAnswered::Over);
    }
    // Whoever removes the device at this moment, or guesses elsewhere, is not too late.
    let mut changes = Changes::none();
    changes.check(asked.device.id, Some(asked.device));
    match signed {
        Signed::Denied => {
            asked.settle(PushAnswer::Denied, &mut changes);
            changes.insert(&auditor.by(asked.user, PUSH_DENIED));
            asked.fail("denied", lockout, auditor, &mut changes);
            Decision::accept(Answered::Denied, changes)
        }
        Signed::Approved { number } if asked.is_number(&number) => {
            let jws = jws.to_owned();
            asked.settle(PushAnswer::Approved { jws, time: now }, &mut changes);
            lockout.unchanged(&mut changes);
            Decision::accept(Answered::Approved, changes)
        }
        Signed::Approved { .. } => {
            let failures = asked.request.failures + 1;
            let left = asked.policy.1.tries.saturating_sub(failures);
            let tried = PushRequest {
                failures,
                answer: (left == 0).then_some(PushAnswer::Failed),
                ..asked.request.record.clone()
            };
            changes.replace(asked.request, &tried);
            asked.fail("wrong_number", lockout, auditor, &mut changes);
            Decision::refuse_and(NotAnswered::WrongNumber { left }, changes)
        }
    }
}

impl<'a> Answering<'a> {
    fn lockout(&self, now: Timestamp) -> (Lockout<'a>, bool) {
        let lockout = Lockout::of(&self.user.username, self.attempts, self.policy.0);
        let is_blocked = lockout.is_blocked(now);
        (lockout, is_blocked)
    }

    /// Whether this is the number that the page shows, if one is to be typed.
    fn is_number(&self, typed: &str) -> bool {
        let shown = self.request.number.map(|number| number.to_string());
        shown.is_none_or(|shown| constant_time_eq(shown.as_bytes(), typed.as_bytes()))
    }

    fn settle(&self, answer: PushAnswer, changes: &mut Changes) {
        let answered = PushRequest {
            answer: Some(answer),
            ..self.request.record.clone()
        };
        changes.replace(self.request, &answered);
    }

    fn fail(
        &self,
        cause: &'static str,
        lockout: Lockout<'_>,
        auditor: Auditor<'_>,
        changes: &mut Changes,
    ) {
        let failure = Failure {
            user: Some(self.user),
            cause,
            blocks: lockout.failed(changes, auditor.now),
        };
        let event = auditor.about(Some(self.user), SIGN_ON_FAILED);
        auditor.failure(changes, event, &failure);
        if let Some(wording) = self.alert.filter(|_| failure.blocks) {
            changes.and(of_block(self.user, wording, auditor));
        }
    }
}

/// What was signed, by the key of the device, about what was asked.
enum Signed {
    Approved {
        /// What was typed; empty if nothing was.
        number: String,
    },
    Denied,
}

impl Signed {
    fn read(
        asked: &Answering<'_>,
        jws: &str,
        issuer: &str,
        now: Timestamp,
    ) -> Result<Self, NotAnswered> {
        let (request, device) = (asked.request, asked.device);
        let DeviceKind::Authenticator(authenticator) = &device.kind else {
            return Err(NotAnswered::Over);
        };
        let is_asked = request.device == device.id && request.user == device.user;
        if !is_asked || !device.is_active() || asked.user.id != device.user {
            return Err(NotAnswered::Over);
        }
        let key = Jwk::from_value(Value::Object(authenticator.key.clone()));
        let key = key.map_err(|_| NotAnswered::Signature)?;
        let policy = Policy::new(&[Algorithm::Es256]).with_typ(Typ::Required(ANSWER_TYP));
        let verified = Unverified::parse(jws, MAX_JWS)
            .and_then(|it| it.verify(&VerifyingKeys::from(&key.without_kid()), &policy))
            .and_then(|it| it.claims())
            .map_err(|_| NotAnswered::Signature)?;
        let text = |name| verified.string(name).ok().flatten().unwrap_or_default();
        let is_about =
            |name, expected: &str| constant_time_eq(text(name).as_bytes(), expected.as_bytes());
        if !is_for(&verified, issuer, now)
            || !is_about("request", &request.id.to_string())
            || !is_about("digest", &request.matter.digest().to_string())
        {
            return Err(NotAnswered::Signature);
        }
        match text("decision") {
            "approve" => Ok(Self::Approved {
                number: text("number").to_owned(),
            }),
            "deny" => Ok(Self::Denied),
            _ => Err(NotAnswered::Signature),
        }
    }
}

/// Whether it was signed for the server of this issuer, lately.
fn is_for(claims: &Claims, issuer: &str, now: Timestamp) -> bool {
    let signed = claims.issued_at().ok().flatten();
    let is_now = signed.is_some_and(|at| now.seconds().abs_diff(at) <= LEEWAY.unsigned_abs());
    is_now && claims.audiences().is_ok_and(|all| all == [issuer])
}

#[cfg(test)]
mod tests;
