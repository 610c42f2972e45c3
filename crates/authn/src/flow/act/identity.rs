//! What is done about names and passwords rather than with them.

use std::ops::ControlFlow;

use domain::port::Changes;

use super::{Action, Decision, Moment, Rejection, shortened};
use crate::audit::SIGN_ON_SUCCEEDED;
use crate::flow::detour::Detour;
use crate::flow::identity::NewPasswordCause;
use crate::flow::next::authenticated;
use crate::flow::record::{Flow, Subject};
use crate::flow::step::Step;

impl Moment<'_> {
    /// Carries out such an action, if `step` offers it.
    pub(super) fn identify(&self, step: &Step, action: &Action<'_>) -> Option<Decision> {
        Some(match (step, action) {
            (Step::Identify { .. }, Action::Identify { username }) => self.claim(username),
            (
                Step::SignOn {
                    changeable: true, ..
                }
                | Step::Identify { .. },
                Action::ClearName,
            ) => self.clear_name(),
            (Step::SignOn { offers, .. } | Step::Identify { offers, .. }, Action::Recover)
                if offers.recovery =>
            {
                self.turn(Detour::RecoverName)
            }
            (
                Step::SignOn { offers, .. } | Step::Identify { offers, .. },
                Action::RecoverUsername,
            ) if offers.recovery => self.turn(Detour::RecoverUsername),
            (Step::RecoverName { .. }, Action::RecoverUsername) => {
                self.turn(Detour::RecoverUsername)
            }
            (Step::RecoverName { .. }, Action::RecoverName { username }) => {
                self.recover_name(username)
            }
            (Step::RecoveryCode { .. }, Action::Resend) => self.mail_again(),
            (Step::RecoveryCode { .. }, Action::CheckMailedCode { code }) => {
                self.check_recovery_code(code)
            }
            (Step::SignOn { offers, .. } | Step::Identify { offers, .. }, Action::Register)
                if offers.registration =>
            {
                self.turn(Detour::Register)
            }
            (Step::Register, Action::RegisterUser { newcomer, proposed }) => {
                self.register(newcomer, proposed)
            }
            (Step::VerifyEmail { .. }, Action::Resend) => self.verify_again(),
            (Step::VerifyEmail { .. }, Action::CheckMailedCode { code }) => {
                self.check_address(code)
            }
            (Step::RecoverUsername, Action::SendUsername { email }) => self.send_username(email),
            (
                Step::PasswordChanged { .. } | Step::UsernameSent | Step::Registered { .. },
                Action::Continue,
            )
            | (
                Step::RecoverName { .. }
                | Step::RecoveryCode { .. }
                | Step::RecoverUsername
                | Step::Register
                | Step::VerifyEmail { .. },
                Action::Back,
            ) => self.go_on(),
            _ => return self.about_password(step, action),
        })
    }

    /// The same, about a password that is to be changed.
    fn about_password(&self, step: &Step, action: &Action<'_>) -> Option<Decision> {
        Some(match (step, action) {
            (
                Step::SignOn { .. } | Step::Identify { .. } | Step::PasswordExpires { .. },
                Action::InitiatePasswordChange,
            ) => self.turn(Detour::ChangePassword),
            (Step::PasswordExpires { .. }, Action::Continue) => self.put_off(),
            (Step::SignOn { .. } | Step::Identify { .. }, Action::Back)
                if self.flow.changes_password() =>
            {
                self.go_on()
            }
            (
                Step::NewPassword {
                    cause: NewPasswordCause::Recovery | NewPasswordCause::Requested,
                    ..
                },
                Action::Back,
            ) => self.begin_anew(),
            _ => return self.put_password(step, action),
        })
    }

    /// Carries out an action that sets a password, if `step` offers it.
    fn put_password(&self, step: &Step, action: &Action<'_>) -> Option<Decision> {
        Some(match (step, action) {
            (Step::NewPassword { cause, .. }, Action::SetPassword { proposed, access }) => {
                self.set_password(*cause, proposed, access)
            }
            (
                Step::NewPassword { cause, .. },
                Action::ChangePassword {
                    current,
                    proposed,
                    access,
                },
                // Who has recovered it is asked for no earlier one.
            ) if *cause != NewPasswordCause::Recovery => {
                self.change_password(*cause, current, (proposed, access))
            }
            (
                Step::RecoveryCode { .. },
                Action::RecoverPassword {
                    code,
                    proposed,
                    access,
                },
            ) => self.recover_password(code, proposed, access),
            _ => return None,
        })
    }

    /// Goes on with the password as it is.
    fn put_off(&self) -> Decision {
        let flow = Flow {
            put_off: true,
            ..self.flow.progressed(self.auditor.now)
        };
        self.settle(flow, Changes::none(), None)
    }

    /// Takes a name for whom they say that they are. Whether anybody has it is not even looked up.
    fn claim(&self, typed: &str) -> Decision {
        if typed.trim().is_empty() {
            return self.unchanged(self.step(), Rejection::Incomplete);
        }
        let flow = Flow {
            subject: Some(Subject::Claimed(shortened(typed.trim()))),
            identified: true,
            ..self.flow.progressed(self.auditor.now)
        };
        self.settle(flow, Changes::none(), None)
    }

    fn clear_name(&self) -> Decision {
        let flow = Flow {
            subject: None,
            identified: false,
            ..self.flow.progressed(self.auditor.now)
        };
        self.settle(flow, Changes::none(), None)
    }

    /// Begins anew. How much was sent for the flow, and that a password was recovered in it, is not
    /// forgotten, nor which device is to be allowed; whether it is theirs is asked again.
    pub(super) fn restart(&self) -> Decision {
        let flow = Flow {
            requirement: self.with_device_unconfirmed(),
            subject: None,
            evidence: Vec::new(),
            prompt: None,
            chooses: false,
            approval: None,
            allowed: None,
            detour: None,
            enrolling: None,
            identified: false,
            trusts: false,
            manages: false,
            ..self.flow.progressed(self.auditor.now)
        };
        self.settle(flow, Changes::none(), None)
    }

    /// Goes another way.
    fn turn(&self, detour: Detour) -> Decision {
        let flow = Flow {
            detour: Some(detour),
            ..self.flow.progressed(self.auditor.now)
        };
        self.settle(flow, Changes::none(), None)
    }

    /// Leaves the password as it is: whoever has proven anything for that proves it anew to sign on.
    fn begin_anew(&self) -> Decision {
        let flow = Flow {
            subject: None,
            evidence: Vec::new(),
            prompt: None,
            detour: None,
            enrolling: None,
            identified: false,
            ..self.flow.progressed(self.auditor.now)
        };
        self.settle(flow, Changes::none(), None)
    }

    /// Goes straight on.
    fn go_on(&self) -> Decision {
        let now = self.auditor.now;
        let flow = Flow {
            detour: None,
            ..self.flow.progressed(now)
        };
        let mut changes = Changes::none();
        let is_proof = matches!(
            self.flow.detour,
            Some(Detour::PasswordChanged(_, NewPasswordCause::Recovery) | Detour::Registered(_))
        );
        // Who has no second factor is signed on by this.
        if let (true, ControlFlow::Continue(standing)) =
            (is_proof, authenticated(&flow, self.facts, now))
        {
            let event = self.auditor.by(&standing.person.user, SIGN_ON_SUCCEEDED);
            changes.insert(&event.with("amr", standing.amr));
        }
        self.settle(flow, changes, None)
    }
}
