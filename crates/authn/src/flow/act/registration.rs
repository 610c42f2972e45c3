//! People who register themselves.
//!
//! Whether an address is known already is told by mail to whoever has it. Whether a name is taken is
//! told to those alone who have proven an address that nobody had: it cannot be kept from them.

use domain::port::Changes;
use domain::{AttemptsKey, DeviceKind, Message, Password, Profile, User, UserId};

use super::{Decision, Moment, Rejection};
use crate::audit::{REGISTRATION_FAILED, REGISTRATION_REQUESTED, USER_REGISTERED};
use crate::evidence::Evidence;
use crate::factor::mailed::{self, MailedCode};
use crate::factor::password::Proposed;
use crate::flow::detour::{Detour, Newcomer, Registration, sent};
use crate::flow::facts::{Facts, Person};
use crate::flow::message::{self, Voice};
use crate::flow::next::next;
use crate::flow::record::{Flow, Subject};

impl Moment<'_> {
    pub(super) fn register(&self, newcomer: &Newcomer, proposed: &Proposed) -> Decision {
        if let Err(rejection) = newcomer.check() {
            return self.unchanged(self.step(), rejection);
        }
        match proposed {
            Proposed::Refused(rule) => {
                self.unchanged(self.step(), Rejection::PasswordRefused(*rule))
            }
            Proposed::Acceptable { hash, .. } => {
                // Whoever has the address is told the name of the account that they have already.
                let known = self.facts.namesakes.first();
                self.verify_address(
                    Registration {
                        newcomer: newcomer.clone(),
                        hash: hash.clone().into_secret(),
                        known: known.map(|user| user.id),
                        code: MailedCode::begin(self.auditor.now, self.auditor.random),
                    },
                    known,
                )
            }
        }
    }

    pub(super) fn verify_again(&self) -> Decision {
        let Some(Detour::VerifyEmail(registration)) = &self.flow.detour else {
            return self.refuse(self.step());
        };
        let (now, random) = (self.auditor.now, self.auditor.random);
        match sent(self.flow, &registration.code, self.facts, now).again_at {
            None => self.unchanged(self.step(), Rejection::TooManyMessages),
            Some(at) if now < at => self.unchanged(self.step(), Rejection::TooSoon),
            Some(_) => {
                let code = MailedCode::begin(now, random);
                let again = Registration {
                    code,
                    ..Registration::clone(registration)
                };
                // They have been told once.
                self.verify_address(again, None)
            }
        }
    }

    /// Asks for the code that proves the address; mails it, or that there is an account already.
    fn verify_address(&self, registration: Registration, known: Option<&User>) -> Decision {
        let (now, random) = (self.auditor.now, self.auditor.random);
        let mut changes = Changes::none();
        let key = registration_key(&registration.newcomer.email);
        let may_be_sent = self.flow.sends < self.facts.policy.devices.code.sends;
        if !may_be_sent || !self.facts.count_message(key, now, &mut changes) {
            return self.unchanged(self.step(), Rejection::TooManyMessages);
        }
        let voice = Voice {
            wording: &self.facts.wording,
            now,
        };
        let stranger = self.stranger(&registration.newcomer);
        let theirs = known.and_then(|user| user.profile.email.as_ref());
        let address = theirs.unwrap_or(&registration.newcomer.email).clone();
        let mailbox = DeviceKind::Email { address };
        let content = match (registration.known, known) {
            (None, _) => {
                let to = (&stranger, mailbox);
                message::mailed_code("email_verification_user", to, &registration.code, voice)
            }
            (Some(_), Some(user)) => message::notice("account_exists", (user, mailbox), voice),
            (Some(_), None) => None,
        };
        if let Some(content) = content {
            changes.insert(&Message::new(content, mailed::LIFETIME, now, random));
        }
        changes.insert(&self.auditor.about(known, REGISTRATION_REQUESTED));
        let flow = Flow {
            detour: Some(Detour::VerifyEmail(Box::new(registration))),
            sends: self.flow.sends + 1,
            ..self.flow.progressed(now)
        };
        self.settle(flow, changes, None)
    }

    pub(super) fn check_address(&self, presented: &str) -> Decision {
        let Some(Detour::VerifyEmail(registration)) = &self.flow.detour else {
            return self.refuse(self.step());
        };
        let mut changes = Changes::none();
        let is_right = registration.code.is(presented, self.auditor.now);
        if !is_right || registration.known.is_some() {
            let code = registration.code.failed();
            let again = Registration {
                code,
                ..Registration::clone(registration)
            };
            let flow = Flow {
                detour: Some(Detour::VerifyEmail(Box::new(again))),
                ..Flow::clone(self.flow)
            };
            changes.insert(&self.auditor.about(None, REGISTRATION_FAILED));
            return self.settle(flow, changes, Some(Rejection::CodeNotAccepted));
        }
        if self.facts.person.is_some() {
            let flow = Flow {
                detour: Some(Detour::Register),
                ..self.flow.progressed(self.auditor.now)
            };
            return self.settle(flow, changes, Some(Rejection::NameTaken));
        }
        self.create(registration, changes)
    }

    fn create(&self, registration: &Registration, mut changes: Changes) -> Decision {
        let now = self.auditor.now;
        let user = self.newcomer(&registration.newcomer);
        let password = Password {
            user: user.id,
            hash: registration.hash.clone(),
            changed: now,
            must_change: false,
        };
        changes.insert(&user);
        changes.insert(&password);
        changes.insert(&self.auditor.by(&user, USER_REGISTERED));
        let flow = Flow {
            subject: Some(Subject::Proven(user.id)),
            evidence: vec![Evidence::of_password(&password, now)],
            prompt: None,
            detour: Some(Detour::Registered(user.id)),
            ..self.flow.progressed(now)
        };
        let facts = Facts {
            person: Some(Person {
                user,
                devices: Vec::new(),
                consent: None,
            }),
            ..self.facts.clone()
        };
        let step = next(&flow, &facts, now);
        changes.replace(self.flow.loaded(), &flow);
        Decision {
            flow,
            step,
            changes,
            rejected: None,
        }
    }

    /// Whoever has an address that somebody has given: what they want to be called is not known to be
    /// theirs yet, and who gives others' addresses must not choose words that these are sent.
    fn stranger(&self, newcomer: &Newcomer) -> User {
        User {
            username: newcomer.email.clone(),
            profile: Profile::default(),
            ..self.newcomer(newcomer)
        }
    }

    fn newcomer(&self, newcomer: &Newcomer) -> User {
        let now = self.auditor.now;
        let (given, family) = (&newcomer.given_name, &newcomer.family_name);
        let names = [given, family].into_iter().flatten();
        let names: Vec<&str> = names.map(String::as_str).collect();
        User {
            id: UserId::new(now, self.auditor.random),
            username: newcomer.username.trim().to_owned(),
            enabled: true,
            mfa_enabled: true,
            profile: Profile {
                name: (!names.is_empty()).then(|| names.join(" ")),
                given_name: given.clone(),
                family_name: family.clone(),
                email: Some(newcomer.email.clone()),
                email_verified: Some(true),
                ..Profile::default()
            },
            created: now,
            modified: now,
        }
    }
}

impl Newcomer {
    /// Whether there may be such a person.
    fn check(&self) -> Result<(), Rejection> {
        let (name, email) = (self.username.trim(), self.email.as_str());
        if name.is_empty() || email.is_empty() {
            return Err(Rejection::Incomplete);
        }
        // Others are told the name, on a telephone that somebody adds for instance: it must be a name, and
        // not a sentence or an address that can be opened.
        let is_odd = |it: char| it.is_control() || matches!(it, '/' | ':');
        let is_long = |it: &str| it.len() > User::MAX_USERNAME;
        if is_long(name) || name.contains(is_odd) || name.contains(char::is_whitespace) {
            return Err(Rejection::NameRefused);
        }
        let names = [&self.given_name, &self.family_name].into_iter().flatten();
        if names
            .into_iter()
            .any(|it| is_long(it) || it.contains(is_odd))
        {
            return Err(Rejection::NameRefused);
        }
        domain::is_mail_address(email)
            .then_some(())
            .ok_or(Rejection::AddressRefused)
    }
}

/// Under which key the messages to an address are counted that somebody registers.
pub(in crate::flow) fn registration_key(email: &str) -> AttemptsKey {
    AttemptsKey::new("registration", email)
}
