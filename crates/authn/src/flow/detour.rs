//! What a person does who cannot sign on as they are: they recover what they have forgotten.

use domain::{AttemptsKey, Secret, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::act::registration_key;
use super::facts::{Facts, Person, Who};
use super::identity::NewPasswordCause;
use super::record::Flow;
use super::step::{Sent, Step};
use crate::factor::mailed::MailedCode;

/// Where a person is on another way than straight to their sign-on.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Detour {
    /// They are asked whose password is forgotten.
    RecoverName,
    /// They are asked for the code that was mailed.
    RecoveryCode(Recovery),
    /// The code was right: they are asked for a new password.
    NewPassword(Recovery),
    /// They are told that the password is changed.
    PasswordChanged(UserId, NewPasswordCause),
    /// They are asked where their user name is to be mailed.
    RecoverUsername,
    /// They are told that it was, if there is such a name.
    UsernameSent,
    /// They are asked who they want to be.
    Register,
    /// They are asked for the code that was mailed to prove their address.
    VerifyEmail(Box<Registration>),
    /// They are told that they are registered.
    Registered(UserId),
    /// They sign on to change their password.
    ChangePassword,
}

/// Where a person turns at a door at which one request says that and what they do there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// To the recovery of their password.
    Recovery,
    /// To their registration.
    Registration,
}

impl Flow {
    /// The flow where its person has turned, if they may where they are.
    pub fn turned(&self, turn: Turn, facts: &Facts<'_>, now: Timestamp) -> Option<Self> {
        let (Step::SignOn { offers, .. } | Step::Identify { offers, .. }) =
            super::next::next(self, facts, now)
        else {
            return None;
        };
        let (is_offered, detour) = match turn {
            Turn::Recovery => (offers.recovery, Detour::RecoverName),
            Turn::Registration => (offers.registration, Detour::Register),
        };
        is_offered.then(|| Self {
            detour: Some(detour),
            ..self.progressed(now)
        })
    }
}

/// Somebody who wants to register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    /// The user name that they want.
    pub username: String,
    /// Their address of mail.
    pub email: String,
    /// Their given name, if they tell it.
    pub given_name: Option<String>,
    /// Their family name, if they tell it.
    pub family_name: Option<String>,
}

/// Somebody's registration, until they have proven their address.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Registration {
    pub(super) newcomer: Newcomer,
    /// The hash of the password that they want.
    pub(super) hash: Secret,
    /// Who has the address already: then nothing comes of it.
    pub(super) known: Option<UserId>,
    /// The code.
    pub(super) code: MailedCode,
}

/// Somebody's recovery of their password, or nobody's, which looks the same.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Recovery {
    /// The name as it was typed.
    pub(super) typed: String,
    /// Whose name it is, if it is somebody's who can be helped.
    pub(super) of: Option<Recovered>,
    /// The code.
    pub(super) code: MailedCode,
}

/// Whose password is to be recovered, as it is now: when it is changed otherwise, this ends.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Recovered {
    pub(super) user: UserId,
    password_set: Timestamp,
}

impl Recovered {
    /// Whom a recovery helps: somebody who may sign on, has a password, and is known to have the
    /// mailbox. Nobody gets by with less who never had a password.
    pub(super) fn of(facts: &Facts<'_>) -> Option<Self> {
        let person = facts.person.as_ref()?;
        let (user, profile) = (&person.user, &person.user.profile);
        let has_mailbox = profile.email.is_some() && profile.email_verified == Some(true);
        let password = facts.password.as_ref().filter(|it| it.user == user.id);
        let recovered = Self {
            user: user.id,
            password_set: password?.changed,
        };
        (user.enabled && has_mailbox).then_some(recovered)
    }

    /// Whose it is, if they may still recover it.
    pub(super) fn person<'a>(&self, facts: &'a Facts<'_>) -> Option<&'a Person> {
        let password = facts.password.as_ref()?;
        let same = password.user == self.user && password.changed == self.password_set;
        facts.who_is(self.user).filter(|_| same)
    }
}

impl Detour {
    /// What comes next; nothing when it leads nowhere any more.
    pub(super) fn step(&self, flow: &Flow, facts: &Facts<'_>, now: Timestamp) -> Option<Step> {
        Some(match self {
            Self::RecoverName => Step::RecoverName {
                username: super::next::suggested_name(flow, facts, now),
            },
            Self::RecoveryCode(recovery) => Step::RecoveryCode {
                username: recovery.typed.clone(),
                sent: sent(flow, &recovery.code, facts, now),
            },
            Self::NewPassword(recovery) => Step::NewPassword {
                username: recovery.of?.person(facts)?.user.username.clone(),
                cause: NewPasswordCause::Recovery,
            },
            Self::PasswordChanged(user, cause) => Step::PasswordChanged {
                username: facts.who_is(*user)?.user.username.clone(),
                cause: *cause,
            },
            Self::RecoverUsername => Step::RecoverUsername,
            Self::UsernameSent => Step::UsernameSent,
            Self::Register => Step::Register,
            Self::VerifyEmail(registration) => Step::VerifyEmail {
                email: registration.newcomer.email.clone(),
                sent: sent(flow, &registration.code, facts, now),
            },
            Self::Registered(user) => Step::Registered {
                username: facts.who_is(*user)?.user.username.clone(),
            },
            // They sign on as ever, and come to it when they have.
            Self::ChangePassword => return None,
        })
    }

    /// Whom it is about, if it says so.
    pub(super) fn concerns(&self) -> Option<Who> {
        Some(match self {
            Self::RecoveryCode(recovery) | Self::NewPassword(recovery) => {
                Who::Id(recovery.of?.user)
            }
            Self::PasswordChanged(user, _) | Self::Registered(user) => Who::Id(*user),
            // Whoever has the name already.
            Self::VerifyEmail(registration) => Who::Name(registration.newcomer.username.clone()),
            _ => return None,
        })
    }

    /// Under which key the messages are counted that come of it: names that nobody has are counted
    /// like all others.
    pub(super) fn messages_key(&self, typed: Option<&str>) -> Option<AttemptsKey> {
        match self {
            Self::RecoverName => typed.map(recovery_key),
            Self::RecoveryCode(recovery) => Some(recovery_key(&recovery.typed)),
            Self::RecoverUsername => typed.map(username_key),
            Self::Register => typed.map(registration_key),
            Self::VerifyEmail(registration) => Some(registration_key(&registration.newcomer.email)),
            Self::NewPassword(_)
            | Self::PasswordChanged(..)
            | Self::UsernameSent
            | Self::Registered(_)
            | Self::ChangePassword => None,
        }
    }
}

/// Under which key the recovery codes for a name are counted.
pub(super) fn recovery_key(typed: &str) -> AttemptsKey {
    AttemptsKey::new("recovery", typed)
}

/// Under which key the reminders to an address are counted.
pub(super) fn username_key(email: &str) -> AttemptsKey {
    AttemptsKey::new("username recovery", email)
}

/// The code as its page tells of it.
pub(super) fn sent(flow: &Flow, code: &MailedCode, facts: &Facts<'_>, now: Timestamp) -> Sent {
    let policy = facts.policy.devices.code;
    let may_be_again = flow.sends < policy.sends;
    Sent {
        is_alive: code.is_alive(now),
        again_at: may_be_again.then(|| code.sent() + policy.pause),
    }
}
