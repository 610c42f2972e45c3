//! A flow to which something is done, and who has seen what.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::port::Versioned;
use domain::{Attempts, FlowId, HandleKey, PushRequestId, TransactionDraft, TransactionId, UserId};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::flow::{AcrDemand, Action, Flow, PushState, Requirement, Step};
use crate::world::{Acted, BOB, CAROL, FaceSession, World};

use super::NAMES;
use super::browser::Aside;
use super::deed::{Move, PAIRED};
use super::replay::Keepsakes;

/// What the flow at hand has seen, kept apart from the engine.
#[derive(Clone, Default)]
pub(super) struct Witness {
    /// Whose right password was presented while they were not blocked.
    pub(super) passwords: BTreeSet<UserId>,
    /// Whose right and unspent code was presented while they were not blocked.
    pub(super) codes: BTreeSet<UserId>,
    /// Whether erin's passkey has signed on while she was not blocked.
    pub(super) passkey: bool,
    /// Whether it was her second factor then.
    pub(super) key: bool,
    /// Whether it knew, as her second factor, that it was her.
    pub(super) verified_key: bool,
    /// The device whose code was entered, or confirmed.
    pub(super) device: Option<HandleKey>,
    /// Whether something was allowed.
    pub(super) allowed: bool,
    /// Who has set a new password after the right and unspent code that was mailed to them.
    pub(super) recovered: BTreeSet<UserId>,
}

impl Witness {
    /// Whether erin's passkey alone shows who she is: it has signed on, or it has verified her as the second
    /// factor to a password that has been replaced since.
    pub(super) fn has_passkey_of(&self, erin: UserId) -> bool {
        self.passkey || (self.verified_key && !self.passwords.contains(&erin))
    }
}

/// A world with one flow at hand.
pub(super) struct Story {
    pub(super) world: World,
    pub(super) flow: Flow,
    /// The other browser, with its flow.
    pub(super) aside: Aside,
    pub(super) witness: Witness,
    pub(super) kept: Keepsakes,
    /// What authenticators were asked and have answered.
    pub(super) answered: BTreeSet<PushRequestId>,
    /// The same, where they have approved it.
    pub(super) approved: BTreeSet<PushRequestId>,
    /// By which tickets a face was seen that was the right one.
    pub(super) seen: Vec<HandleKey>,
    /// The session that was opened last, by which of her tickets.
    pub(super) looking: Option<FaceSession>,
    /// How many passwords were set: each is another.
    pub(super) set: u32,
    /// The passwords that were.
    pub(super) passwords: BTreeMap<String, String>,
    /// Who trusts the browser, if somebody does.
    pub(super) truster: Option<UserId>,
    /// What people know of their passwords who type one while it is changed.
    pub(super) typed: Option<BTreeMap<String, String>>,
    /// The flows that have come to their end.
    done: BTreeSet<FlowId>,
    /// Whether an authenticator has brought a key that no flow has taken up.
    pub(super) brought: bool,
    /// By whom each device was allowed, if it was, in which flow.
    pub(super) decided: BTreeMap<String, (FlowId, Option<UserId>)>,
    /// Whose password was recovered by the last move.
    pub(super) just_recovered: Option<UserId>,
    /// The codes of apps that were entered and right: each is good once.
    pub(super) spent: BTreeSet<(UserId, String)>,
    /// The digests of what was approved.
    pub(super) transactions: BTreeSet<[u8; 32]>,
}

impl Story {
    pub(super) fn new() -> Self {
        let mut world = World::with_passkeys();
        world.equip_with_authenticator(BOB);
        world.equip_with_face(CAROL);
        let flow = world.begin(Requirement::default());
        let aside = Aside {
            flow: flow.clone(),
            witness: Witness::default(),
            browser: HandleKey::of("the other browser's flow cookie"),
            cookie: None,
            trust_cookie: None,
            truster: None,
        };
        let mut story = Self {
            world,
            flow,
            aside,
            witness: Witness::default(),
            kept: Keepsakes::default(),
            answered: BTreeSet::new(),
            approved: BTreeSet::new(),
            seen: Vec::new(),
            looking: None,
            set: 0,
            passwords: BTreeMap::new(),
            truster: None,
            typed: None,
            done: BTreeSet::new(),
            brought: false,
            decided: BTreeMap::new(),
            just_recovered: None,
            spent: BTreeSet::new(),
            transactions: BTreeSet::new(),
        };
        let identity = &mut story.world.policy.identity;
        identity.recovery = true;
        identity.trusted_browser = Some(Duration::from_hours(1));
        for _ in 0..2 {
            story.turn();
            story.begin(Requirement::default());
        }
        story
    }

    /// Another request comes in: what is to be approved in it is another transaction, also where it is the
    /// same payment.
    pub(super) fn begin(&mut self, mut requirement: Requirement) {
        if let Some(draft) = &mut requirement.transaction {
            draft.id = TransactionId::new(&self.world.random);
            draft.time = self.world.now;
        }
        self.flow = self.world.begin(requirement);
        self.witness = Witness::default();
        self.world.store(&self.flow);
    }

    /// Another request comes in, for which only this person will do.
    fn begin_for(&mut self, name: &str, vouched: bool, requirement: &Requirement) {
        let user = self.world.user(name).map(|user| user.id);
        self.begin(Requirement {
            subject: user.filter(|_| !vouched),
            vouched: user.filter(|_| vouched),
            ..requirement.clone()
        });
    }

    /// The same is asked once more, if it can be done.
    pub(super) fn begin_again(&mut self) {
        let requirement = self.flow.requirement();
        self.begin(match requirement.device_code {
            Some(_) => Requirement::default(),
            None => Requirement {
                passive: false,
                acr: AcrDemand::default(),
                ..requirement.clone()
            },
        });
    }

    pub(super) fn is_open(&self) -> bool {
        self.world.open(&self.flow).is_some()
    }

    fn attempts(&self) -> Vec<Option<Versioned<Attempts>>> {
        NAMES.map(|name| self.world.attempts(name)).into()
    }

    pub(super) fn make(&mut self, made: &Move) -> Result<(), TestCaseError> {
        match made {
            Move::Turn => {
                self.turn();
                Ok(())
            }
            Move::AtOnce {
                first,
                second,
                in_one,
            } => self.at_once((first, second), *in_one),
            Move::PayWithOld {
                payment,
                name,
                which,
            } => self.pay_with_old(payment, *name, *which),
            _ => self.make_one(made),
        }
    }

    /// Another payment is asked of somebody, and answered with something old.
    fn pay_with_old(
        &mut self,
        payment: &TransactionDraft,
        name: usize,
        which: Index,
    ) -> Result<(), TestCaseError> {
        self.make_one(&Move::Restart(Box::new(Requirement {
            transaction: Some(payment.clone()),
            ..Requirement::default()
        })))?;
        self.make_one(&Move::Onward {
            name,
            device: 0,
            which,
        })?;
        self.make_one(&match self.world.step(&self.flow) {
            Step::Push { .. } => Move::OldAnswer(which),
            Step::Assertion { .. } => Move::OldSignature(which),
            _ => Move::OldCode(which),
        })
    }

    pub(super) fn make_one(&mut self, made: &Move) -> Result<(), TestCaseError> {
        if !self.is_open() {
            self.begin_again();
        }
        let look = self.world.look_up();
        let (before, devices) = (self.attempts(), self.devices());
        let is_late = look.is_some();
        if let Some(look) = look {
            self.world.decide_by(look);
        }
        self.just_recovered = None;
        let acting = self.flow.id();
        let acted = self.carry_out(made)?;
        self.world.look_up();
        self.read_letters(acting);
        let removes = matches!(made, Move::Remove { .. } | Move::Onward { .. });
        self.has_first_devices_only(&devices, removes)?;
        let by = self.witness.device;
        self.has_decided_once(acted.as_ref(), by)?;
        if let Some(acted) = acted {
            if acted.flow.device().is_some() {
                self.asks_what_its_client_asks(&acted.flow)?;
                self.flow = acted.flow.clone();
            }
            self.attempts_fall_only_by_success(&before, &acted)?;
            // Nothing is done by whoever has seen something else, and learns so.
            if !is_late || acted.rejected.is_none() {
                prop_assert_eq!(acted.step.is_final(), !self.is_open(), "spent when over");
            }
            if let Step::Done(outcome) = &acted.step {
                prop_assert!(self.done.insert(acting), "done twice");
                self.has_all_evidence(outcome, acted.rejected)?;
                if outcome.trusts_browser() {
                    prop_assert!(outcome.amr().iter().any(|amr| amr == "mfa"));
                    self.truster = Some(outcome.user());
                }
            }
            self.flow = acted.flow;
        }
        Ok(())
    }

    /// What somebody does who wants to come through.
    fn onward(&self, (name, device): (usize, usize), which: Index) -> Move {
        let right = true;
        match self.world.step(&self.flow) {
            Step::Identify { .. } | Step::SignOn { .. } => Move::Password { name, right },
            Step::RecoverName { .. } => Move::Recover { name },
            Step::RecoveryCode { .. } | Step::VerifyEmail { .. } => Move::Mailed { right },
            Step::NewPassword { .. } => Move::SetPassword,
            Step::SelectDevice { .. } => Move::Select { device },
            Step::OneTimeCode { .. } => Move::Code {
                right,
                trust: false,
            },
            Step::Assertion { .. } => Move::Touch { verified: true },
            Step::Push {
                state: PushState::Waiting,
                ..
            } => Move::Decide {
                approve: true,
                right,
            },
            Step::Face {
                state: PushState::Waiting,
                ..
            } => Move::Face { right },
            Step::SetUp { .. } => Move::Pair(PAIRED[device % PAIRED.len()]),
            Step::Activate { .. } => Move::Activate { right },
            Step::Consent { .. } => Move::Allow,
            Step::ManageDevices { .. } => Move::Remove { device },
            Step::UserCode { .. } => Move::UserCode { which, right },
            Step::ConfirmUserCode { .. } => Move::Confirm { right },
            _ => Move::Continue,
        }
    }

    /// What is done by nobody in the flow.
    fn befall(&mut self, made: &Move) {
        match made {
            Move::Wait(seconds) => self.world.wait(*seconds),
            Move::Restart(requirement) => self.begin(Requirement::clone(requirement)),
            Move::RestartFor {
                name,
                vouched,
                requirement,
            } => self.begin_for(NAMES[*name], *vouched, requirement),
            Move::Device(asks) => self.begin_with_device(asks),
            Move::SignOut => self.world.cookie = None,
            Move::Expire { name } => self.expire(NAMES[*name]),
            _ => {}
        }
    }

    fn carry_out(&mut self, made: &Move) -> Result<Option<Acted>, TestCaseError> {
        Ok(match made {
            Move::Onward {
                name,
                device,
                which,
            } => self.carry_out(&self.onward((*name, *device), *which))?,
            Move::Password { name, right } => Some(self.password(NAMES[*name], *right)),
            Move::Code { right, trust } => Some(self.code(*right, *trust)),
            Move::Guess { name } => self.guess(NAMES[*name]),
            Move::OldCode(which) => self.enter_old_code(*which)?,
            Move::Sign { verified } => self.sign(*verified),
            Move::PayWithOld { .. } | Move::Turn | Move::AtOnce { .. } => None,
            Move::Wait(_)
            | Move::Restart(_)
            | Move::RestartFor { .. }
            | Move::Device(_)
            | Move::SignOut
            | Move::Expire { .. } => {
                self.befall(made);
                None
            }
            Move::Touch { verified } => self.touch(*verified),
            Move::OldSignature(which) => self.present_old_signature(*which)?,
            Move::Select { device } => Some(self.select(*device)),
            Move::ChooseDevice => Some(self.world.act(&self.flow, &Action::ChooseDevice)),
            Move::Resend => Some(self.world.act(&self.flow, &Action::Resend)),
            Move::Allow => Some(self.allow()),
            Move::Deny => Some(self.world.act(&self.flow, &Action::Deny)),
            Move::Cancel => Some(self.world.act(&self.flow, &Action::Cancel)),
            Move::UserCode { which, right } => self.enter_user_code(*which, *right),
            Move::Confirm { right } => Some(self.confirm_user_code(*right)),
            Move::Recover { name } => Some(self.recover(NAMES[*name])),
            Move::Mailed { right } => Some(self.mailed(*right)),
            Move::SetPassword => Some(self.set_password()),
            Move::Continue => Some(self.go_on()),
            Move::Decide { approve, right } => self.decide(*approve, *right),
            Move::OldAnswer(which) => self.answer_again(*which)?,
            Move::Face { .. } | Move::Open | Move::Look { .. } | Move::Leave => {
                self.carry_out_face(made)?
            }
            Move::RecoverPassword { right } => Some(self.recover_password(*right)),
            Move::ChangePassword { right } => Some(self.change_password(*right)),
            Move::Anew => Some(self.begin_anew()),
            Move::Back => Some(self.world.act(&self.flow, &Action::Back)),
            Move::WantNewPassword => {
                Some(self.world.act(&self.flow, &Action::InitiatePasswordChange))
            }
            _ => self.carry_out_enrolment(made),
        })
    }
}
