//! How people say who they are, and what they may do about it before they have signed on.

use std::time::Duration;

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::record::Flow;
use super::standing::Standing;
use super::step::Step;
use crate::evidence::FactorKind;

/// What an administrator has set about names and passwords.
#[derive(Clone, Debug, Default)]
pub struct IdentityPolicy {
    /// Whether the user name is asked for on a page of its own.
    pub identifier_first: bool,
    /// How old a password may be before another must be set; any age, if `None`.
    pub password_lifetime: Option<Duration>,
    /// How long before that people are advised to set another; never, if `None`.
    pub password_warning: Option<Duration>,
    /// How long a browser that somebody has trusted spares them their second factor; none does, if
    /// `None`.
    pub trusted_browser: Option<Duration>,
    /// Whether people who have forgotten their password or their name are helped by mail.
    pub recovery: bool,
    /// Whether people register themselves, by mail.
    pub registration: bool,
}

/// Why a new password must be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewPasswordCause {
    /// Somebody else has set the one that was presented.
    MustChange,
    /// The one that was presented is too old.
    Expired,
    /// It is forgotten.
    Recovery,
    /// Its owner wants another.
    Requested,
}

/// That a password will soon be too old, for whoever has just presented it and has not put it off.
pub(super) fn advised(
    flow: &Flow,
    standing: &Standing<'_>,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Option<Step> {
    let user = &standing.person.user;
    let password = facts.password.as_ref().filter(|it| it.user == user.id)?;
    let identity = &facts.policy.identity;
    let until = password.changed + identity.password_lifetime?;
    let mut evidence = flow.evidence.iter();
    let presented =
        evidence.any(|it| it.kind() == FactorKind::Password && it.holds(Some(password)));
    let is_soon = now + identity.password_warning? >= until;
    let is_told = presented && is_soon && !flow.put_off;
    is_told.then(|| Step::PasswordExpires {
        username: user.username.clone(),
        until,
    })
}

/// The password that must be set by whoever has proven all else with one that is not good any more.
/// Who has signed on without it is left alone.
pub(super) fn new_password(
    flow: &Flow,
    standing: &Standing<'_>,
    facts: &Facts<'_>,
    now: Timestamp,
) -> Option<Step> {
    let user = &standing.person.user;
    let password = facts.password.as_ref().filter(|it| it.user == user.id)?;
    let mut evidence = flow.evidence.iter();
    let presented =
        evidence.any(|it| it.kind() == FactorKind::Password && it.holds(Some(password)));
    let lifetime = facts.policy.identity.password_lifetime;
    let cause = match password.is_due(lifetime, now) {
        true if password.must_change => NewPasswordCause::MustChange,
        true => NewPasswordCause::Expired,
        false if flow.changes_password() => NewPasswordCause::Requested,
        false => return None,
    };
    presented.then(|| Step::NewPassword {
        username: user.username.clone(),
        cause,
    })
}
