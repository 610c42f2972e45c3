//! Changing one's password.

use domain::port::Changes;
use domain::{Handle, Password};

use super::access::end_sessions;
use super::confirmation::Confirmed;
use super::{Access, Confirmation, Decision, Ending, Owner, Refusal};
use crate::audit::{PASSWORD_CHANGE_FAILED, PASSWORD_CHANGED};
use crate::factor::password::NewPasswordHash;
use crate::session;

/// The facts of a change of password.
pub struct ChangePassword<'a> {
    /// The current password that was presented.
    pub confirmation: Confirmation<'a>,
    /// The password that is to be.
    pub new: NewPasswordHash,
    /// Where the person is signed on.
    pub access: Access,
}

/// Changes a password, and ends all other sessions of the person with what was granted in them:
/// who knew the old one is out ([`super::revoke_sessions`] ends those that were left). So is whoever
/// has a copy of the session's cookie: the answer is a new one.
pub fn change_password(owner: Owner<'_>, facts: ChangePassword<'_>) -> Decision<Handle> {
    let ChangePassword {
        confirmation,
        new,
        access,
    } = facts;
    let confirmed = confirmation.confirm(owner, PASSWORD_CHANGE_FAILED);
    confirmed.and_then(|Confirmed { password, session }| {
        // Who forgets to present it changes nothing, however fresh their sign-on is.
        let Some(stored) = password else {
            return Decision::refuse(Refusal::NotRecognised);
        };
        let mut changes = Changes::none();
        let password = Password {
            user: owner.user.id,
            hash: new.into_secret(),
            changed: owner.now,
            must_change: false,
        };
        changes.replace(stored, &password);
        let others = Ending::AllBut(session.authentication.session);
        let (ended, ending) = end_sessions(owner.user.id, &access, others);
        changes.and(ending);
        let unchanged = session.record.clone();
        let (handle, reopened) = session::reopen(session, unchanged, owner.now, owner.random);
        changes.and(reopened);
        let event = owner.auditor().by(owner.user, PASSWORD_CHANGED);
        let event = event.with("sessions_ended", ended.sessions);
        changes.insert(&event.with("grants_ended", ended.grants));
        Decision::accept(handle, changes)
    })
}
