//! Who they are, shown again before a dangerous deed: by the password, or by a sign-on that is fresh.

use std::time::Duration;

use domain::port::{Changes, Versioned};
use domain::{Attempts, LockoutPolicy, Password, Session, Timestamp};

use super::{Decision, Owner, Refusal};
use crate::audit::Failure;
use crate::factor::password::PasswordVerdict;
use crate::lockout::Lockout;

/// For how long a sign-on with two factors is as good as the password once more: who signs on with a
/// passkey may have no other way to confirm.
pub(crate) const FRESH: Duration = Duration::from_mins(5);

/// The current password, presented again, and what its acceptance rests on: all of it as it is when
/// the deed is decided, which is some time after the password was compared.
pub struct Confirmation<'a> {
    /// Whether the password that was presented is right; `None` if none was, so that only a fresh
    /// sign-on counts.
    pub verdict: Option<&'a PasswordVerdict>,
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
    /// The password, if it was presented.
    pub(super) password: Option<&'a Versioned<Password>>,
    pub(super) session: &'a Versioned<Session>,
}

/// Whether a session was begun so lately, and with two factors, that it confirms a dangerous deed by
/// itself.
pub fn is_fresh(session: &Session, now: Timestamp) -> bool {
    let authentication = &session.authentication;
    let has_two_factors = authentication.amr.iter().any(|value| value == "mfa");
    has_two_factors && now.since(authentication.time) < FRESH
}

impl Confirmation<'_> {
    /// Accepts the password, or a fresh sign-on where none was presented; or counts the failure as
    /// `event`.
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
        let password = match self.verdict {
            Some(verdict) => {
                let accepted = self.accepted(verdict, owner).filter(|_| !blocked);
                let Some(accepted) = accepted else {
                    return refuse(owner, event, lockout);
                };
                Some(accepted)
            }
            // Nothing was guessed.
            None if blocked || !owner.user.enabled || !is_fresh(session, owner.now) => {
                return Decision::refuse(Refusal::Unconfirmed);
            }
            None => None,
        };
        let mut changes = Changes::none();
        lockout.unchanged(&mut changes);
        if let Some(password) = password {
            changes.check(owner.user.id, Some(password));
        }
        changes.check(session.handle, Some(session));
        Decision::accept(Confirmed { password, session }, changes)
    }

    /// The password, if it is the one that was presented.
    fn accepted(
        &self,
        verdict: &PasswordVerdict,
        owner: Owner<'_>,
    ) -> Option<&Versioned<Password>> {
        let is_theirs = |stored: &Password| stored.user == owner.user.id && owner.user.enabled;
        let stored = self.stored.as_ref();
        stored.filter(|stored| verdict.accepts(stored) && is_theirs(stored))
    }
}

/// Counts a failure.
fn refuse<T>(owner: Owner<'_>, event: &str, lockout: Lockout<'_>) -> Decision<T> {
    let blocked = lockout.is_blocked(owner.now);
    let mut changes = Changes::none();
    let failure = Failure {
        user: Some(owner.user),
        cause: if blocked { "blocked" } else { "wrong_password" },
        blocks: lockout.failed(&mut changes, owner.now),
    };
    owner
        .auditor()
        .failure(&mut changes, owner.event(event), &failure);
    Decision::refuse_and(Refusal::NotRecognised, changes)
}
