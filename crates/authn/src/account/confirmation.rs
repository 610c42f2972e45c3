//! A password that is presented again before a dangerous deed.

use domain::port::{Changes, Versioned};
use domain::{Attempts, LockoutPolicy, Password, Session};

use super::{Decision, Owner, Refusal};
use crate::audit::Failure;
use crate::factor::password::PasswordVerdict;
use crate::lockout::Lockout;

/// The current password, presented again, and what its acceptance rests on: all of it as it is when
/// the deed is decided, which is some time after the password was compared.
pub struct Confirmation<'a> {
    /// Whether it is right.
    pub verdict: &'a PasswordVerdict,
    /// The person's password.
    pub stored: Option<Versioned<Password>>,
    /// The session in which they act.
    pub session: Option<Versioned<Session>>,
    /// The failures counted under [`crate::lockout::key`] of their user name.
    pub attempts: Option<Versioned<Attempts>>,
    /// How many failures block.
    pub policy: LockoutPolicy,
}

/// That it was accepted. Only [`Confirmation::confirm`] makes one.
pub(super) struct Confirmed<'a> {
    pub(super) stored: &'a Versioned<Password>,
    pub(super) session: &'a Versioned<Session>,
}

impl Confirmation<'_> {
    /// Accepts the password, or counts the failure as `event`.
    ///
    /// The changes of an acceptance come true only if nothing of what it rests on has changed. So
    /// many guesses at the same moment are as many as one after the other, and whoever is signed out,
    /// or whose password is changed, at that moment does nothing more.
    pub(super) fn confirm(&self, owner: Owner<'_>, event: &str) -> Decision<Confirmed<'_>> {
        let is_theirs = |session: &&Versioned<Session>| session.user == owner.user.id;
        let Some(session) = self.session.as_ref().filter(is_theirs) else {
            return Decision::refuse(Refusal::SignedOut);
        };
        let lockout = Lockout::of(&owner.user.username, self.attempts.as_ref(), self.policy);
        let blocked = lockout.is_blocked(owner.now);
        let accepted = self.stored.as_ref().filter(|stored| {
            let is_theirs = stored.user == owner.user.id && owner.user.enabled;
            self.verdict.accepts(stored) && is_theirs && !blocked
        });
        let mut changes = Changes::none();
        if let Some(stored) = accepted {
            lockout.unchanged(&mut changes);
            changes.check(owner.user.id, Some(stored));
            changes.check(session.handle, Some(session));
            return Decision::accept(Confirmed { stored, session }, changes);
        }
        let failure = Failure {
            user: Some(owner.user),
            cause: if blocked { "blocked" } else { "wrong_password" },
            blocks: lockout.failed(&mut changes, owner.now),
        };
        let auditor = owner.auditor();
        auditor.failure(&mut changes, auditor.by(owner.user, event), &failure);
        Decision::refuse_and(Refusal::NotRecognised, changes)
    }
}
