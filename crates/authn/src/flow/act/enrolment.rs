//! What a person does to set up their first device.

use domain::port::Changes;
use domain::{Device, DeviceId};

use super::{Action, Decision, Moment, Rejection};
use crate::account::device::{
    FirstActivated, Proof, activate_first, begin_first, first_recovery_codes, rename, resend_first,
};
use crate::account::{Owner, Refusal};
use crate::flow::enrolment::{Enrolling, PairingMethod, Stage, paired, wallet};
use crate::flow::facts::Person;
use crate::flow::record::Flow;
use crate::flow::standing::Standing;
use crate::flow::step::{DeviceChoice, Step};

impl Moment<'_> {
    /// Carries out such an action, if `step` offers it.
    pub(super) fn enrol(&self, step: &Step, action: &Action<'_>) -> Option<Decision> {
        Some(match (step, action) {
            (Step::SetUp { begun: false, .. }, Action::SetUp) => self.at_stage(Stage::Choosing),
            (
                Step::SetUp {
                    skippable: true, ..
                },
                Action::Skip,
            ) => self.at_stage(Stage::Skipped),
            (Step::SetUp { methods, .. }, Action::Pair(method)) if methods.contains(method) => {
                match method.kind().is_sent() {
                    true => self.at_stage(Stage::Target(*method)),
                    false => self.begin(*method, ""),
                }
            }
            (Step::PairingTarget { method, .. }, Action::PairAt { target }) => {
                self.begin(*method, target)
            }
            (
                Step::PairingTarget { .. }
                | Step::Activate {
                    is_paired: false, ..
                },
                Action::Back,
            ) => self.choose_another(),
            (
                Step::Activate {
                    is_paired: false, ..
                },
                Action::CheckCode { code },
            ) => self.activate(Proof::Code(code)),
            (
                Step::Activate {
                    is_paired: false, ..
                },
                Action::Activate(proof @ Proof::Credential { .. }),
            ) => self.activate(*proof),
            (Step::Activate { sent: Some(_), .. }, Action::Resend) => self.send_again(),
            (
                Step::Activate {
                    is_paired: true, ..
                },
                Action::Continue,
            ) => self.take_up_paired(),
            (
                Step::Activate {
                    method: PairingMethod::Authenticator,
                    ..
                },
                Action::Continue,
            ) => self.wait(),
            (Step::Enrolled { device, .. }, Action::NameDevice { name }) => {
                self.name_device(device.id, name)
            }
            (Step::SetUp { begun: true, .. }, Action::Back)
            | (Step::Enrolled { .. }, Action::Continue) => self.leave_enrolment(),
            _ => return None,
        })
    }

    fn at_stage(&self, stage: Stage) -> Decision {
        let now = self.auditor.now;
        let Some(standing) = Standing::of(self.flow, self.facts, now) else {
            return self.refuse(self.step());
        };
        let user = standing.person.user.id;
        let flow = Flow {
            enrolling: Some(Enrolling { user, stage }),
            ..self.flow.progressed(now)
        };
        let changes = self.without_begun(standing.person);
        self.settle(flow, changes, None)
    }

    /// Goes back to the choice of a method.
    fn choose_another(&self) -> Decision {
        self.at_stage(Stage::Choosing)
    }

    /// What forgets the authenticator that was begun here, if one was: all else is the flow's own.
    fn without_begun(&self, person: &Person) -> Changes {
        let mut changes = Changes::none();
        let begun = self.flow.begun_device().map(|device| device.id);
        let stored = person.devices.iter().filter(|it| Some(it.id) == begun);
        for stored in stored.filter(|device| !device.is_active()) {
            changes.delete(stored);
        }
        changes
    }

    fn begin(&self, method: PairingMethod, target: &str) -> Decision {
        let now = self.auditor.now;
        let Some(standing) = Standing::of(self.flow, self.facts, now) else {
            return self.refuse(self.step());
        };
        let person = standing.person;
        let is_sent = method.kind().is_sent();
        if is_sent && self.flow.sends >= self.facts.policy.devices.code.sends {
            return self.unchanged(self.step(), Rejection::TooManyMessages);
        }
        let wallet = wallet(self.flow, self.facts, person);
        let (wanted, earlier) = (method.wanted(target), self.flow.begun_device());
        let begun = begin_first(self.owner(person), &wallet, &wanted, earlier);
        let (begun, changes) = match begun.answer {
            Ok(device) => (device, begun.changes),
            Err(refusal) => return self.unchanged(self.step(), refused(refusal)),
        };
        let stage = Stage::Begun {
            method,
            device: Box::new(begun.device),
            pairing_key: begun.pairing_key,
        };
        let user = person.user.id;
        let flow = Flow {
            enrolling: Some(Enrolling { user, stage }),
            sends: self.flow.sends + u32::from(is_sent),
            ..self.flow.progressed(now)
        };
        self.settle(flow, changes, None)
    }

    /// Sends another code to the device that was begun.
    fn send_again(&self) -> Decision {
        let now = self.auditor.now;
        let standing = Standing::of(self.flow, self.facts, now);
        let (Some(standing), Some(begun)) = (standing, self.flow.begun_device()) else {
            return self.refuse(self.step());
        };
        let person = standing.person;
        if self.flow.sends >= self.facts.policy.devices.code.sends {
            return self.unchanged(self.step(), Rejection::TooManyMessages);
        }
        let wallet = wallet(self.flow, self.facts, person);
        let again = resend_first(self.owner(person), &wallet, begun);
        match again.answer {
            Ok(device) => {
                let mut flow = with_begun(&self.flow.progressed(now), device);
                flow.sends += 1;
                self.settle(flow, again.changes, None)
            }
            Err(refusal) => self.unchanged(self.step(), refused(refusal)),
        }
    }

    fn activate(&self, proof: Proof<'_>) -> Decision {
        let now = self.auditor.now;
        let standing = Standing::of(self.flow, self.facts, now);
        let (Some(standing), Some(begun)) = (standing, self.flow.begun_device()) else {
            return self.refuse(self.step());
        };
        let person = standing.person;
        // During a block nothing is accepted, whatever was proven before.
        if self.lockout(&person.user.username).is_blocked(now) {
            let rejection = refused(match proof {
                Proof::Code(_) => Refusal::CodeNotAccepted,
                Proof::Credential { .. } | Proof::Face(_) | Proof::Key { .. } => {
                    Refusal::CredentialNotAccepted
                }
            });
            return self.unchanged(self.step(), rejection);
        }
        let wallet = wallet(self.flow, self.facts, person);
        match activate_first(self.owner(person), &wallet, begun, proof) {
            Ok((activated, changes)) => self.admit(person, activated, changes),
            Err((refusal, device)) => {
                let flow = with_begun(self.flow, *device);
                self.settle(flow, Changes::none(), Some(refused(refusal)))
            }
        }
    }

    /// Goes on with an authenticator that has been paired.
    fn take_up_paired(&self) -> Decision {
        let now = self.auditor.now;
        let standing = Standing::of(self.flow, self.facts, now);
        let taken = standing.and_then(|standing| {
            let paired = paired(self.flow, self.facts, &standing)?;
            let is_blocked = self.lockout(&standing.person.user.username).is_blocked(now);
            (!is_blocked).then_some((standing.person, paired))
        });
        match taken {
            Some((person, paired)) => self.admit(person, paired, Changes::none()),
            None => self.refuse(self.step()),
        }
    }

    /// A first device works: it is a factor, and is told of before anything else comes.
    fn admit(&self, person: &Person, activated: FirstActivated, mut changes: Changes) -> Decision {
        let now = self.auditor.now;
        let wallet = wallet(self.flow, self.facts, person);
        let recovery_codes = first_recovery_codes(self.owner(person), &wallet, &mut changes);
        let mut flow = Flow {
            enrolling: Some(Enrolling {
                user: person.user.id,
                stage: Stage::Enrolled {
                    device: DeviceChoice::of(&activated.device),
                    recovery_codes,
                },
            }),
            prompt: None,
            ..self.flow.progressed(now)
        };
        flow.evidence.push(activated.evidence);
        self.accept(flow, person, changes)
    }

    fn name_device(&self, id: DeviceId, name: &str) -> Decision {
        let now = self.auditor.now;
        let Some(standing) = Standing::of(self.flow, self.facts, now) else {
            return self.refuse(self.step());
        };
        let person = standing.person;
        let wallet = wallet(self.flow, self.facts, person);
        let named = rename(self.owner(person), &wallet, id, name);
        match named.answer {
            Ok(_) => self.settle(self.after_enrolment(), named.changes, None),
            Err(refusal) => self.unchanged(self.step(), refused(refusal)),
        }
    }

    fn leave_enrolment(&self) -> Decision {
        self.settle(self.after_enrolment(), Changes::none(), None)
    }

    fn after_enrolment(&self) -> Flow {
        Flow {
            enrolling: None,
            ..self.flow.progressed(self.auditor.now)
        }
    }

    pub(super) fn owner<'p>(&'p self, person: &'p Person) -> Owner<'p> {
        Owner {
            user: &person.user,
            now: self.auditor.now,
            random: self.auditor.random,
            administrator: None,
            session: None,
        }
    }
}

/// The flow in which the device that was begun is now this.
fn with_begun(flow: &Flow, now: Device) -> Flow {
    let mut flow = flow.clone();
    if let Some(Enrolling {
        stage: Stage::Begun { device, .. },
        ..
    }) = &mut flow.enrolling
    {
        **device = now;
    }
    flow
}

/// Why a device is not set up, as a flow says it.
const fn refused(refusal: Refusal) -> Rejection {
    match refusal {
        Refusal::CodeNotAccepted => Rejection::CodeNotAccepted,
        Refusal::CredentialNotAccepted => Rejection::CredentialNotAccepted,
        Refusal::NotATarget => Rejection::TargetRefused,
        Refusal::NotAName => Rejection::DeviceNameRefused,
        Refusal::TooSoon => Rejection::TooSoon,
        Refusal::TooManyMessages => Rejection::TooManyMessages,
        _ => Rejection::NotOffered,
    }
}
