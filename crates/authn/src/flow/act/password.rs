//! Setting a new password in the middle of a flow.

use domain::Password;
use domain::port::{Changes, Versioned};

use super::{Decision, Moment, Rejection};
use crate::account::{Access, Ending, end_sessions};
use crate::audit::{PASSWORD_CHANGED, PASSWORD_RESET};
use crate::evidence::{Evidence, FactorKind};
use crate::factor::password::{PasswordRule, PasswordVerdict, Proposed};
use crate::flow::detour::{Detour, Recovered, Recovery};
use crate::flow::facts::{Facts, Person};
use crate::flow::identity::NewPasswordCause;
use crate::flow::next::next;
use crate::flow::record::{Flow, Subject};
use crate::flow::standing::Standing;

impl Moment<'_> {
    pub(super) fn set_password(
        &self,
        cause: NewPasswordCause,
        proposed: &Proposed,
        access: &Access,
    ) -> Decision {
        let owner = self.owner_of_password(cause);
        let (Some(person), Some(stored)) = (owner, self.facts.password.as_ref()) else {
            return self.refuse(self.step());
        };
        let hash = match proposed {
            Proposed::Acceptable { hash, compared } if !compared.accepts(stored) => hash,
            Proposed::Acceptable { .. } => return self.refuse_password(PasswordRule::Unchanged),
            Proposed::Refused(rule) => return self.refuse_password(*rule),
        };
        let password = Password {
            user: person.user.id,
            hash: hash.clone().into_secret(),
            changed: self.auditor.now,
            must_change: false,
        };
        let mut changes = Changes::none();
        changes.replace(stored, &password);
        self.end_access(person, (cause, access), &mut changes);
        if cause == NewPasswordCause::Recovery {
            self.unlock(person, &mut changes);
        }
        let flow = self.with_password(person, &password, cause);
        self.after_change(flow, (stored, password), changes)
    }

    /// Sets a new password for whoever presents the one before. A wrong one is counted as at every
    /// sign-on: nothing else keeps whoever sits at the browser from trying them.
    pub(super) fn change_password(
        &self,
        cause: NewPasswordCause,
        current: &PasswordVerdict,
        (proposed, access): (&Proposed, &Access),
    ) -> Decision {
        let owner = self.owner_of_password(cause);
        let (Some(person), Some(stored)) = (owner, self.facts.password.as_ref()) else {
            return self.refuse(self.step());
        };
        let (user, lockout) = (&person.user, self.lockout(&person.user.username));
        if lockout.is_blocked(self.auditor.now) || !current.accepts(stored) {
            let cause = match lockout.is_blocked(self.auditor.now) {
                true => "blocked",
                false => "wrong_password",
            };
            let flow = Flow::clone(self.flow);
            return self.fail(flow, lockout, (Some(user), cause), Rejection::NotRecognised);
        }
        let mut decision = self.set_password(cause, proposed, access);
        lockout.unchanged(&mut decision.changes);
        decision
    }

    pub(super) fn refuse_password(&self, rule: PasswordRule) -> Decision {
        self.unchanged(self.step(), Rejection::PasswordRefused(rule))
    }

    /// Whose password is to be set.
    fn owner_of_password(&self, cause: NewPasswordCause) -> Option<&Person> {
        let (flow, facts) = (self.flow, self.facts);
        match (cause, &flow.detour) {
            (NewPasswordCause::Recovery, Some(Detour::NewPassword(Recovery { of, .. }))) => {
                Recovered::person(of.as_ref()?, facts)
            }
            (NewPasswordCause::Recovery, _) => None,
            _ => Standing::of(flow, facts, self.auditor.now).map(|standing| standing.person),
        }
    }

    /// Ends all sessions of the person with what was granted in them, here as everywhere: who knew the
    /// old password is out. Who recovers has not known it: what was granted to last, another may have.
    fn end_access(
        &self,
        person: &Person,
        (cause, access): (NewPasswordCause, &Access),
        changes: &mut Changes,
    ) {
        let ending = match cause {
            NewPasswordCause::Recovery => Ending::Everything,
            NewPasswordCause::MustChange
            | NewPasswordCause::Expired
            | NewPasswordCause::Requested => Ending::All,
        };
        let (ended, ending) = end_sessions(person.user.id, access, ending);
        changes.and(ending);
        let event = match cause {
            NewPasswordCause::Recovery => PASSWORD_RESET,
            NewPasswordCause::MustChange
            | NewPasswordCause::Expired
            | NewPasswordCause::Requested => PASSWORD_CHANGED,
        };
        let event = self.auditor.by(&person.user, event);
        let event = event.with("sessions_ended", ended.sessions);
        changes.insert(&event.with("grants_ended", ended.grants));
    }

    /// Lifts a block (RTS art. 4(4)). Who has a second factor has one try at it until it is blocked
    /// again: a mailbox is not worth any number of guesses.
    fn unlock(&self, person: &Person, changes: &mut Changes) {
        let lockout = self.lockout(&person.user.username);
        match person.is_enrolled() {
            true => lockout.unblock(changes),
            false => lockout.succeeded(changes),
        }
    }

    /// The flow in which this password is proven, as its owner has just made it up.
    fn with_password(&self, person: &Person, password: &Password, cause: NewPasswordCause) -> Flow {
        let now = self.auditor.now;
        let is_recovery = cause == NewPasswordCause::Recovery;
        let others = self.flow.evidence.iter();
        let others = others.filter(|it| it.kind() != FactorKind::Password && !is_recovery);
        let mut evidence = vec![Evidence::of_password(password, now)];
        evidence.extend(others.cloned());
        Flow {
            subject: Some(Subject::Proven(person.user.id)),
            evidence,
            recovered: self.flow.recovered || is_recovery,
            detour: Some(Detour::PasswordChanged(person.user.id, cause)),
            ..self.flow.progressed(now)
        }
    }

    /// What comes next where the password is what it will be.
    fn after_change(
        &self,
        flow: Flow,
        (stored, password): (&Versioned<Password>, Password),
        mut changes: Changes,
    ) -> Decision {
        let version = stored.version;
        let is_theirs = |user| user == password.user;
        let session = self.facts.session.clone();
        let facts = Facts {
            session: session.filter(|it| !is_theirs(it.session.user)),
            password: Some(Versioned {
                version,
                record: password.clone(),
            }),
            ..self.facts.clone()
        };
        let step = next(&flow, &facts, self.auditor.now);
        changes.replace(self.flow.loaded(), &flow);
        Decision {
            flow,
            step,
            changes,
            rejected: None,
        }
    }
}
