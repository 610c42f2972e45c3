//! What signed-on people may do to their own account.
//!
//! Each deed is a function from facts to a [`Decision`]: its answer, and the changes that must be
//! committed before it is given. Handlers load only what belongs to the signed-on person; what
//! belongs to another is refused here as if it did not exist.

mod access;
mod confirmation;
mod password;
#[cfg(test)]
mod tests;
mod totp;

use domain::port::Random;
use domain::{Timestamp, User};

pub use access::{
    Access, Ended, Ending, end_sessions, forget_browser, revoke_grants, revoke_sessions,
};
pub use confirmation::Confirmation;
pub use password::{ChangePassword, change_password};
pub use totp::{activate_totp, enrol_totp, remove_totp};

use crate::audit::Auditor;

/// What was decided about a deed.
pub type Decision<T = ()> = domain::Decision<T, Refusal>;

/// Why a person may not do something to their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The current password is not accepted: it is wrong, or there were too many wrong ones.
    #[error("the current password was not recognised")]
    NotRecognised,
    /// The session in which the person acts has ended.
    #[error("the session has ended")]
    SignedOut,
    /// The code is not accepted.
    #[error("the code was not accepted")]
    CodeNotAccepted,
    /// There is an authenticator already.
    #[error("an authenticator is set up already")]
    AlreadyEnrolled,
    /// There is no such authenticator.
    #[error("there is no such authenticator")]
    DeviceGone,
    /// There is no such trusted browser.
    #[error("there is no such trusted browser")]
    BrowserGone,
    /// There is no such grant.
    #[error("there is no such grant")]
    GrantGone,
}

/// Who acts on their account, and when.
#[derive(Clone, Copy)]
pub struct Owner<'a> {
    /// The person who is signed on.
    pub user: &'a User,
    /// Now.
    pub now: Timestamp,
    /// Randomness for the names of audit events.
    pub random: &'a dyn Random,
}

impl<'a> Owner<'a> {
    const fn auditor(&self) -> Auditor<'a> {
        Auditor {
            now: self.now,
            random: self.random,
        }
    }
}
