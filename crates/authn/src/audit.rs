//! The names of what happened here, as auditors read them.

use domain::port::{Changes, Random};
use domain::{Actor, AuditEvent, Timestamp, User};

pub(crate) const SIGN_ON_SUCCEEDED: &str = "sign_on.succeeded";
pub(crate) const SIGN_ON_FAILED: &str = "sign_on.failed";
pub(crate) const SIGN_ON_BLOCKED: &str = "sign_on.blocked";
pub(crate) const PUSH_DENIED: &str = "push.denied";
pub(crate) const CONSENT_GIVEN: &str = "consent.given";
pub(crate) const CONSENT_DENIED: &str = "consent.denied";
pub(crate) const PASSWORD_CHANGED: &str = "password.changed";
pub(crate) const BROWSER_TRUSTED: &str = "browser.trusted";
pub(crate) const BROWSER_FORGOTTEN: &str = "browser.forgotten";
pub(crate) const USER_REGISTERED: &str = "user.registered";
pub(crate) const REGISTRATION_REQUESTED: &str = "registration.requested";
pub(crate) const REGISTRATION_FAILED: &str = "registration.failed";
pub(crate) const PASSWORD_RESET: &str = "password.reset";
pub(crate) const RECOVERY_REQUESTED: &str = "recovery.requested";
pub(crate) const RECOVERY_FAILED: &str = "recovery.failed";
pub(crate) const USERNAME_REQUESTED: &str = "recovery.username_requested";
pub(crate) const PASSWORD_CHANGE_FAILED: &str = "password.change_failed";
pub(crate) const DEVICE_INVITED: &str = "device.invited";
pub(crate) const DEVICE_ENROLLED: &str = "device.enrolled";
pub(crate) const DEVICE_ENROLMENT_FAILED: &str = "device.enrolment_failed";
pub(crate) const DEVICE_RENAMED: &str = "device.renamed";
pub(crate) const DEVICE_DEFAULT_CHANGED: &str = "device.default_changed";
pub(crate) const DEVICE_REMOVED: &str = "device.removed";
pub(crate) const DEVICE_REMOVAL_FAILED: &str = "device.removal_failed";
pub(crate) const SESSION_REVOKED: &str = "session.revoked";
pub(crate) const GRANT_REVOKED: &str = "grant.revoked";

/// Notes events of one moment.
#[derive(Clone, Copy)]
pub(crate) struct Auditor<'a> {
    pub(crate) now: Timestamp,
    pub(crate) random: &'a dyn Random,
}

impl Auditor<'_> {
    /// An event by someone who has proved who they are.
    pub(crate) fn by(self, user: &User, event: &str) -> AuditEvent {
        let actor = Actor::User(user.username.clone());
        AuditEvent::new(event, actor, self.now, self.random)
    }

    /// An event by someone who has not. The name that was typed is noted only when it is
    /// somebody's: people type passwords into the wrong field.
    pub(crate) fn about(self, user: Option<&User>, event: &str) -> AuditEvent {
        let noted = AuditEvent::new(event, Actor::Unknown, self.now, self.random);
        match user {
            Some(user) => noted.with("username", user.username.clone()),
            None => noted,
        }
    }

    /// Adds a failure with its cause, and the block when one begins with it.
    pub(crate) fn failure(self, changes: &mut Changes, event: AuditEvent, failure: &Failure<'_>) {
        changes.insert(&event.with("cause", failure.cause));
        if failure.blocks {
            changes.insert(&self.about(failure.user, SIGN_ON_BLOCKED));
        }
    }
}

/// What went wrong, for auditors only.
pub(crate) struct Failure<'a> {
    /// Who it would have been, if anybody.
    pub(crate) user: Option<&'a User>,
    /// Which part was wrong: never told to the person.
    pub(crate) cause: &'static str,
    /// Whether a block begins.
    pub(crate) blocks: bool,
}
