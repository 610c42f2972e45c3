//! What signed-on people may do to their own account.
//!
//! Each deed is a function from facts to a [`Decision`]: its answer, and the changes that must be
//! committed before it is given. Handlers load only what belongs to the signed-on person; what
//! belongs to another is refused here as if it did not exist.

mod access;
mod confirmation;
pub mod device;
mod password;
#[cfg(test)]
mod tests;

use domain::port::Random;
use domain::{Actor, AuditEvent, SessionId, Timestamp, User};

pub use access::{
    Access, Ended, Ending, end_sessions, forget_browser, revoke_grants, revoke_sessions,
};
pub(crate) use confirmation::FRESH;
pub use confirmation::{Confirmation, is_fresh};
pub use password::{ChangePassword, change_password};

use crate::audit::Auditor;

/// What was decided about a deed.
pub type Decision<T = ()> = domain::Decision<T, Refusal>;

/// Why a person may not do something to their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The current password is not accepted: it is wrong, or there were too many wrong ones.
    #[error("the current password was not recognised")]
    NotRecognised,
    /// Nothing was presented that would confirm who they are.
    #[error("who they are must be confirmed")]
    Unconfirmed,
    /// The session in which the person acts has ended.
    #[error("the session has ended")]
    SignedOut,
    /// The code is not accepted.
    #[error("the code was not accepted")]
    CodeNotAccepted,
    /// There is such a device already.
    #[error("it is set up already")]
    AlreadyEnrolled,
    /// There is no such device.
    #[error("there is no such device")]
    DeviceGone,
    /// There is no such trusted browser.
    #[error("there is no such trusted browser")]
    BrowserGone,
    /// Devices of this kind are not used here.
    #[error("devices of this kind are not used here")]
    KindNotOffered,
    /// They have as many devices as they may have.
    #[error("there are as many devices as there may be")]
    TooManyDevices,
    /// Recovery codes stand in for other devices, and there is none.
    #[error("there is no other device for which recovery codes could stand in")]
    NothingToRecover,
    /// A name has 1 to 64 characters that can all be seen.
    #[error("a name has 1 to 64 visible characters")]
    NotAName,
    /// The address is no address, or the number no number.
    #[error("no code can be sent there")]
    NotATarget,
    /// A code was sent a moment ago.
    #[error("a code was sent a moment ago")]
    TooSoon,
    /// As many codes were sent as may be.
    #[error("too many codes were sent")]
    TooManyMessages,
    /// What the passkey or the security key answered is not accepted.
    #[error("the new passkey was not accepted")]
    CredentialNotAccepted,
    /// Without it they could not sign on any more.
    #[error("the last device that is needed to sign on stays")]
    LastDevice,
    /// There is no such grant.
    #[error("there is no such grant")]
    GrantGone,
}

/// Whose account is changed, when, and by whom.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    /// Whose account it is: the person who is signed on, unless an administrator acts.
    pub user: &'a User,
    /// Now.
    pub now: Timestamp,
    /// Randomness for the names of audit events.
    pub random: &'a dyn Random,
    /// The administrator who acts for them, if one does.
    pub administrator: Option<&'a Actor>,
    /// The session in which they act, if they act in one.
    pub session: Option<SessionId>,
}

impl<'a> Owner<'a> {
    const fn auditor(&self) -> Auditor<'a> {
        Auditor {
            now: self.now,
            random: self.random,
        }
    }

    /// What whoever acts brings about.
    fn event(&self, name: &str) -> AuditEvent {
        match self.administrator {
            None => self.auditor().by(self.user, name),
            Some(actor) => AuditEvent::new(name, actor.clone(), self.now, self.random)
                .with("username", self.user.username.clone()),
        }
    }
}
