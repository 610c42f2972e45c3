//! A flow to which something is done, and who has seen what.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::port::Versioned;
use domain::{Attempts, HandleKey, PushRequestId, TransactionId, UserId};
use proptest::prelude::*;

use crate::flow::{AcrDemand, Action, Flow, PushState, Requirement, Step};
use crate::world::{Acted, BOB, CAROL, FaceSession, World};

use super::NAMES;
use super::deed::{Move, PAIRED};
use super::replay::Keepsakes;

/// What the flow at hand has seen, kept apart from the engine.
#[derive(Default)]
pub(super) struct Witness {
    /// Whose right password was presented while they were not blocked.
    pub(super) passwords: BTreeSet<UserId>,
    /// Whose right and unspent code was presented while they were not blocked.
    pub(super) codes: BTreeSet<UserId>,
    /// Whether erin's passkey has signed on while she was not blocked.
    pub(super) passkey: bool,
    /// Whether it was her second factor then.
    pub(super) key: bool,
    /// Whether something was allowed.
    pub(super) allowed: bool,
    /// Who has set a new password after the right and unspent code that was mailed to them.
    pub(super) recovered: BTreeSet<UserId>,
}

/// A world with one flow at hand.
pub(super) struct Story {
    pub(super) world: World,
    pub(super) flow: Flow,
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
        let mut story = Self {
            world,
            flow,
            witness: Witness::default(),
            kept: Keepsakes::default(),
            answered: BTreeSet::new(),
            approved: BTreeSet::new(),
            seen: Vec::new(),
            looking: None,
            set: 0,
            passwords: BTreeMap::new(),
            truster: None,
            just_recovered: None,
            spent: BTreeSet::new(),
            transactions: BTreeSet::new(),
        };
        let identity = &mut story.world.policy.identity;
        identity.recovery = true;
        identity.trusted_browser = Some(Duration::from_hours(1));
        story.begin(Requirement::default());
        story
    }

    /// Another request comes in: what is to be approved in it is another transaction, also where it is the
    /// same payment.
    fn begin(&mut self, mut requirement: Requirement) {
        if let Some(draft) = &mut requirement.transaction {
            draft.id = TransactionId::new(&self.world.random);
            draft.time = self.world.now;
        }
        self.flow = self.world.begin(requirement);
        self.witness = Witness::default();
        self.world.store(&self.flow);
    }

    pub(super) fn is_open(&self) -> bool {
        self.world.open(&self.flow).is_some()
    }

    fn attempts(&self) -> Vec<Option<Versioned<Attempts>>> {
        NAMES.map(|name| self.world.attempts(name)).into()
    }

    pub(super) fn make(&mut self, made: &Move) -> Result<(), TestCaseError> {
        let Move::PayWithOld {
            payment,
            name,
            which,
        } = made
        else {
            return self.make_one(made);
        };
        self.make_one(&Move::Restart(Box::new(Requirement {
            transaction: Some(payment.clone()),
            ..Requirement::default()
        })))?;
        self.make_one(&Move::Onward {
            name: *name,
            device: 0,
        })?;
        self.make_one(&match self.world.step(&self.flow) {
            Step::Push { .. } => Move::OldAnswer(*which),
            Step::Assertion { .. } => Move::OldSignature(*which),
            _ => Move::OldCode(*which),
        })
    }

    fn make_one(&mut self, made: &Move) -> Result<(), TestCaseError> {
        if !self.is_open() {
            // The same is asked once more, if it can be done.
            self.begin(Requirement {
                passive: false,
                acr: AcrDemand::default(),
                ..self.flow.requirement().clone()
            });
        }
        let before = self.attempts();
        let devices = self.devices();
        self.just_recovered = None;
        let acting = self.flow.id();
        let acted = self.carry_out(made)?;
        self.read_letters(acting);
        let removes = matches!(made, Move::Remove { .. } | Move::Onward { .. });
        self.has_first_devices_only(&devices, removes)?;
        if let Some(acted) = acted {
            self.attempts_fall_only_by_success(&before, &acted)?;
            prop_assert_eq!(acted.step.is_final(), !self.is_open(), "spent when over");
            if let Step::Done(outcome) = &acted.step {
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
    fn onward(&self, name: usize, device: usize) -> Move {
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
            _ => Move::Continue,
        }
    }

    fn carry_out(&mut self, made: &Move) -> Result<Option<Acted>, TestCaseError> {
        Ok(match made {
            Move::Onward { name, device } => self.carry_out(&self.onward(*name, *device))?,
            Move::Password { name, right } => Some(self.password(NAMES[*name], *right)),
            Move::Code { right, trust } => Some(self.code(*right, *trust)),
            Move::Guess { name } => self.guess(NAMES[*name]),
            Move::OldCode(which) => self.enter_old_code(*which)?,
            Move::Sign { verified } => self.sign(*verified),
            Move::PayWithOld { .. } => None,
            Move::Touch { verified } => self.touch(*verified),
            Move::OldSignature(which) => self.present_old_signature(*which)?,
            Move::Select { device } => Some(self.select(*device)),
            Move::ChooseDevice => Some(self.world.act(&self.flow, &Action::ChooseDevice)),
            Move::Resend => Some(self.world.act(&self.flow, &Action::Resend)),
            Move::Allow => Some(self.allow()),
            Move::Deny => Some(self.world.act(&self.flow, &Action::Deny)),
            Move::Cancel => Some(self.world.act(&self.flow, &Action::Cancel)),
            Move::Wait(seconds) => {
                self.world.wait(*seconds);
                None
            }
            Move::Restart(requirement) => {
                self.begin(Requirement::clone(requirement));
                None
            }
            Move::SignOut => {
                self.world.cookie = None;
                None
            }
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
            Move::Expire { name } => {
                self.expire(NAMES[*name]);
                None
            }
            Move::Enrolment(policy) => {
                self.world.policy.devices.enrolment = *policy;
                None
            }
            Move::Pair(method) => Some(self.pair(*method)),
            Move::Activate { right } => Some(self.activate(*right)),
            Move::Skip => Some(self.world.act(&self.flow, &Action::Skip)),
            Move::WantNewPassword => {
                Some(self.world.act(&self.flow, &Action::InitiatePasswordChange))
            }
            Move::Manage => Some(self.world.act(&self.flow, &Action::ManageDevices)),
            Move::First { device } => {
                let device = self.managed(*device);
                Some(self.world.act(&self.flow, &Action::MakeDefault(device)))
            }
            Move::Remove { device } => Some(self.remove(*device)),
        })
    }
}
