//! Changing one's password.

use domain::port::{Changes, Versioned};
use domain::{Password, SessionId};

use super::{Access, Confirmation, Decision, Owner, Refusal};
use crate::audit::{PASSWORD_CHANGE_FAILED, PASSWORD_CHANGED};
use crate::factor::password::NewPasswordHash;

/// The facts of a change of password.
pub struct ChangePassword<'a> {
    /// The current password that was presented.
    pub confirmation: Confirmation<'a>,
    /// The password as it is stored.
    pub stored: &'a Versioned<Password>,
    /// The password that is to be.
    pub new: NewPasswordHash,
    /// Where the person is signed on.
    pub access: Access<'a>,
    /// The session in which they act.
    pub current: SessionId,
}

/// Changes a password, and ends all other sessions of the person with what was granted in
/// them: who knew the old one is out.
pub fn change_password(owner: Owner<'_>, facts: ChangePassword<'_>) -> Decision {
    let confirmed = facts.confirmation.confirm(owner, PASSWORD_CHANGE_FAILED);
    if let Err(counted) = confirmed {
        return Decision::refuse(Refusal::NotRecognised, counted);
    }
    if facts.stored.user != owner.user.id {
        return Decision::refuse(Refusal::NotRecognised, Changes::none());
    }
    let password = Password {
        user: owner.user.id,
        hash: facts.new.into_secret(),
        changed: owner.now,
    };
    let mut changes = Changes::none();
    changes.replace(facts.stored, &password);
    let (sessions, grants) =
        super::access::end_others(owner, facts.access, facts.current, &mut changes);
    let event = owner.auditor().by(owner.user, PASSWORD_CHANGED);
    let event = event.with("sessions_ended", sessions);
    changes.insert(&event.with("grants_ended", grants));
    Decision::accept((), changes)
}
