//! Recovering a password or a user name by mail (RTS art. 4(4)). Whether there is such a person is told
//! to nobody but to them: everything looks the same, and costs the same, whoever is named.

use domain::port::Changes;
use domain::{DeviceKind, Message, User};

use super::{Decision, Moment, Rejection, shortened};
use crate::account::Access;
use crate::audit::{RECOVERY_FAILED, RECOVERY_REQUESTED, USERNAME_REQUESTED};
use crate::factor::mailed::{self, MailedCode};
use crate::factor::password::Proposed;
use crate::flow::detour::{Detour, Recovered, Recovery, recovery_key, sent, username_key};
use crate::flow::identity::NewPasswordCause;
use crate::flow::message;
use crate::flow::record::{Flow, Subject};
use crate::flow::standing::is_wanted;

impl Moment<'_> {
    pub(super) fn recover_name(&self, typed: &str) -> Decision {
        let typed = shortened(typed.trim());
        if typed.is_empty() {
            return self.unchanged(self.step(), Rejection::Incomplete);
        }
        let person = self.facts.person.as_ref();
        let wanted = person
            .filter(|person| super::is_named(&person.user, &typed) && is_wanted(self.flow, person));
        let of = Recovered::of(self.facts).filter(|_| wanted.is_some());
        self.mail_code(typed, of)
    }

    /// Mails another code for the same name.
    pub(super) fn mail_again(&self) -> Decision {
        let Some(Detour::RecoveryCode(recovery)) = &self.flow.detour else {
            return self.refuse(self.step());
        };
        let now = self.auditor.now;
        let shown = sent(self.flow, &recovery.code, self.facts, now);
        match shown.again_at {
            None => self.unchanged(self.step(), Rejection::TooManyMessages),
            Some(at) if now < at => self.unchanged(self.step(), Rejection::TooSoon),
            Some(_) => self.mail_code(recovery.typed.clone(), recovery.of),
        }
    }

    /// Asks for a code, and mails it if there is somebody to mail it to.
    fn mail_code(&self, typed: String, of: Option<Recovered>) -> Decision {
        let (now, random) = (self.auditor.now, self.auditor.random);
        let mut changes = Changes::none();
        let may_be_sent = self.flow.sends < self.facts.policy.devices.code.sends;
        let key = recovery_key(&typed);
        if !may_be_sent || !self.facts.count_message(key, now, &mut changes) {
            return self.unchanged(self.step(), Rejection::TooManyMessages);
        }
        let code = MailedCode::begin(now, random);
        let helped = of.and_then(|it| it.person(self.facts));
        let user = helped.map(|person| &person.user);
        let nobody = nobody(&typed);
        let to = mailbox(user.unwrap_or(&nobody));
        // A text is made for nobody as well: it takes time.
        let content = message::mailed_code("recovery_code_template", to, &code, self.wording());
        if let (Some(content), Some(_)) = (content, user) {
            changes.insert(&Message::new(content, mailed::LIFETIME, now, random));
        }
        changes.insert(&self.auditor.about(user, RECOVERY_REQUESTED));
        let recovery = Recovery { typed, of, code };
        let flow = Flow {
            subject: Some(Subject::Claimed(recovery.typed.clone())),
            evidence: Vec::new(),
            prompt: None,
            detour: Some(Detour::RecoveryCode(recovery)),
            sends: self.flow.sends + 1,
            ..self.flow.progressed(now)
        };
        self.settle(flow, changes, None)
    }

    pub(super) fn check_recovery_code(&self, presented: &str) -> Decision {
        let now = self.auditor.now;
        let Some(Detour::RecoveryCode(recovery)) = &self.flow.detour else {
            return self.refuse(self.step());
        };
        let helped = recovery.of.and_then(|it| it.person(self.facts));
        let is_right = recovery.code.is(presented, now);
        let mut recovery = recovery.clone();
        if is_right && helped.is_some() {
            let flow = Flow {
                detour: Some(Detour::NewPassword(recovery)),
                ..self.flow.progressed(now)
            };
            return self.settle(flow, Changes::none(), None);
        }
        recovery.code = recovery.code.failed();
        let flow = Flow {
            detour: Some(Detour::RecoveryCode(recovery)),
            ..Flow::clone(self.flow)
        };
        let user = helped.map(|person| &person.user);
        let mut changes = Changes::none();
        changes.insert(&self.auditor.about(user, RECOVERY_FAILED));
        self.settle(flow, changes, Some(Rejection::CodeNotAccepted))
    }

    /// Takes the code and sets the new password at once. If the password may not be set the code is as
    /// good as before.
    pub(super) fn recover_password(
        &self,
        presented: &str,
        proposed: &Proposed,
        access: &Access,
    ) -> Decision {
        // Told before the code is looked at, this says nothing about it.
        if let Proposed::Refused(rule) = proposed {
            return self.refuse_password(*rule);
        }
        let checked = self.check_recovery_code(presented);
        if checked.rejected.is_some() {
            return checked;
        }
        let flow = self.flow.at(checked.flow);
        let moment = Moment {
            flow: &flow,
            facts: self.facts,
            trusts: self.trusts,
            auditor: self.auditor,
        };
        let set = moment.set_password(NewPasswordCause::Recovery, proposed, access);
        match set.rejected {
            Some(rejection) => self.unchanged(self.step(), rejection),
            None => set,
        }
    }

    /// Mails their user names to those whose address this is.
    pub(super) fn send_username(&self, typed: &str) -> Decision {
        let (now, random) = (self.auditor.now, self.auditor.random);
        let address = shortened(typed.trim());
        if address.is_empty() {
            return self.unchanged(self.step(), Rejection::Incomplete);
        }
        let mut changes = Changes::none();
        if !self
            .facts
            .count_message(username_key(&address), now, &mut changes)
        {
            return self.unchanged(self.step(), Rejection::TooManyMessages);
        }
        let namesakes = self.facts.namesakes.iter();
        let reached: Vec<&User> = namesakes
            .filter(|user| is_mailbox_of(user, &address) && user.enabled)
            .collect();
        let nobody = nobody(&address);
        let told = match reached.as_slice() {
            [] => vec![&nobody],
            all => all.to_vec(),
        };
        for user in told {
            let content = message::notice("username_recovery", mailbox(user), self.wording());
            if let (Some(content), false) = (content, reached.is_empty()) {
                changes.insert(&Message::new(
                    content,
                    message::NOTICE_LIFETIME,
                    now,
                    random,
                ));
            }
            let known = Some(user).filter(|_| !reached.is_empty());
            changes.insert(&self.auditor.about(known, USERNAME_REQUESTED));
        }
        let flow = Flow {
            detour: Some(Detour::UsernameSent),
            ..self.flow.progressed(now)
        };
        self.settle(flow, changes, None)
    }

    const fn wording(&self) -> message::Voice<'_> {
        message::Voice {
            wording: &self.facts.wording,
            now: self.auditor.now,
        }
    }
}

/// Whether mail to this address is known to reach them.
fn is_mailbox_of(user: &User, address: &str) -> bool {
    let theirs = user.profile.email.as_deref();
    let same = theirs.is_some_and(|theirs| theirs.to_lowercase() == address.to_lowercase());
    same && user.profile.email_verified == Some(true)
}

/// Where somebody is mailed to.
fn mailbox(user: &User) -> (&User, DeviceKind) {
    let address = user.profile.email.clone().unwrap_or_default();
    (user, DeviceKind::Email { address })
}

/// Stands for whoever is not there.
fn nobody(typed: &str) -> User {
    User {
        id: domain::UserId::from_bytes([0; 16]),
        username: typed.to_owned(),
        enabled: false,
        mfa_enabled: true,
        profile: domain::Profile::default(),
        created: domain::Timestamp::EPOCH,
        modified: domain::Timestamp::EPOCH,
    }
}
