//! What holds of flows whatever people do, in whatever order.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::port::Versioned;
use domain::{Attempts, DeviceId, HandleKey, Password, Scope, UserId};
use proptest::prelude::*;

use super::{
    AcrDemand, Action, BoundFlow, Flow, NewPasswordCause, Outcome, Rejection, Requirement,
    SecondFactor, Step, next,
};
use crate::evidence::FactorKind;
use crate::factor::webauthn::AuthenticationResponse;
use crate::world::{
    ALICE, Acted, BOB, CAROL, DORA, ERIN, NOBODY, RIGHT, WRONG, World, payment, shop,
};

const NAMES: [&str; 6] = [ALICE, BOB, CAROL, ERIN, DORA, NOBODY];

/// What somebody does.
#[derive(Clone, Debug)]
enum Move {
    Password { name: usize, right: bool },
    Code { right: bool, trust: bool },
    Guess { name: usize },
    OldCode,
    Touch { verified: bool },
    OldSignature,
    Select { device: usize },
    Resend,
    Allow,
    Deny,
    Cancel,
    Wait(u64),
    Restart(Box<Requirement>),
    SignOut,
    Recover { name: usize },
    Mailed { right: bool },
    SetPassword,
    Continue,
    Back,
    Expire { name: usize },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => (0..NAMES.len(), any::<bool>()).prop_map(|(name, right)| Move::Password { name, right }),
        4 => any::<[bool; 2]>().prop_map(|[right, trust]| Move::Code { right, trust }),
        2 => (0..NAMES.len()).prop_map(|name| Move::Guess { name }),
        1 => Just(Move::OldCode),
        3 => any::<bool>().prop_map(|verified| Move::Touch { verified }),
        1 => Just(Move::OldSignature),
        2 => (0..3_usize).prop_map(|device| Move::Select { device }),
        1 => Just(Move::Resend),
        3 => Just(Move::Allow),
        1 => Just(Move::Deny),
        1 => Just(Move::Cancel),
        3 => (1..1000_u64).prop_map(Move::Wait),
        3 => requirements().prop_map(|r| Move::Restart(Box::new(r))),
        1 => Just(Move::SignOut),
        3 => (0..NAMES.len()).prop_map(|name| Move::Recover { name }),
        4 => any::<bool>().prop_map(|right| Move::Mailed { right }),
        4 => Just(Move::SetPassword),
        4 => Just(Move::Continue),
        1 => Just(Move::Back),
        1 => (0..NAMES.len()).prop_map(|name| Move::Expire { name }),
    ];
    prop::collection::vec(one, 1..40)
}

fn requirements() -> impl Strategy<Value = Requirement> {
    let second_factor = prop_oneof![
        Just(SecondFactor::WhenEnrolled),
        Just(SecondFactor::Required),
        Just(SecondFactor::Never)
    ];
    let values = prop::sample::subsequence(vec!["mfa", "pwd", "other"], 0..=3);
    (
        prop::array::uniform6(any::<bool>()),
        prop::option::of(0..600_u64),
        values,
        second_factor,
    )
        .prop_map(|(flags, max_age, values, second_factor)| {
            let [
                reauthenticate,
                select_account,
                passive,
                essential,
                consent,
                pays,
            ] = flags;
            Requirement {
                reauthenticate,
                select_account,
                passive,
                max_age: max_age.map(Duration::from_secs),
                acr: AcrDemand {
                    values: values.into_iter().map(str::to_owned).collect(),
                    essential,
                },
                consent: consent.then(shop),
                second_factor,
                transaction: pays.then(|| payment("99.95", "Demo Shop GmbH")),
                ..Requirement::default()
            }
        })
}

/// What the flow at hand has seen, kept apart from the engine.
#[derive(Default)]
struct Witness {
    /// Whose right password was presented while they were not blocked.
    passwords: BTreeSet<UserId>,
    /// Whose right and unspent code was presented while they were not blocked.
    codes: BTreeSet<UserId>,
    /// Whether erin's passkey has signed on while she was not blocked.
    passkey: bool,
    /// Whether it was her second factor then.
    key: bool,
    /// Whether something was allowed.
    allowed: bool,
    /// Who has set a new password after the right and unspent code that was mailed to them.
    recovered: BTreeSet<UserId>,
}

/// A world with one flow at hand.
struct Story {
    world: World,
    flow: Flow,
    witness: Witness,
    last_code: String,
    last_signature: Option<AuthenticationResponse>,
    /// How many passwords were set: each is another.
    set: u32,
    /// The passwords that were.
    passwords: BTreeMap<String, String>,
    /// Who trusts the browser, if somebody does.
    truster: Option<UserId>,
    /// Whose password was recovered by the last move.
    just_recovered: Option<UserId>,
}

impl Story {
    fn new() -> Self {
        let world = World::with_passkeys();
        let flow = world.begin(Requirement::default());
        let mut story = Self {
            world,
            flow,
            witness: Witness::default(),
            last_code: "000000".to_owned(),
            last_signature: None,
            set: 0,
            passwords: BTreeMap::new(),
            truster: None,
            just_recovered: None,
        };
        let identity = &mut story.world.policy.identity;
        identity.recovery = true;
        identity.trusted_browser = Some(Duration::from_hours(1));
        story.begin(Requirement::default());
        story
    }

    fn begin(&mut self, requirement: Requirement) {
        self.flow = self.world.begin(requirement);
        self.witness = Witness::default();
        self.world.store(&self.flow);
    }

    fn is_open(&self) -> bool {
        self.world.open(&self.flow).is_some()
    }

    fn attempts(&self) -> Vec<Option<Versioned<Attempts>>> {
        NAMES.map(|name| self.world.attempts(name)).into()
    }

    fn make(&mut self, made: &Move) -> Result<(), TestCaseError> {
        if !self.is_open() {
            self.begin(Requirement::default());
        }
        let before = self.attempts();
        self.just_recovered = None;
        let acted = match made {
            Move::Password { name, right } => Some(self.password(NAMES[*name], *right)),
            Move::Code { right, trust } => Some(self.code(*right, *trust)),
            Move::Guess { name } => self.guess(NAMES[*name]),
            Move::OldCode => Some(self.world.code(&self.flow, &self.last_code.clone())),
            Move::Touch { verified } => self.touch(*verified),
            Move::OldSignature => {
                let signature = self.last_signature.clone();
                signature.map(|signature| self.world.assert(&self.flow, &signature))
            }
            Move::Select { device } => Some(self.select(*device)),
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
            Move::Continue => Some(self.world.act(&self.flow, &Action::Continue)),
            Move::Back => Some(self.world.act(&self.flow, &Action::Back)),
            Move::Expire { name } => {
                self.expire(NAMES[*name]);
                None
            }
        };
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

    fn password(&mut self, name: &str, right: bool) -> Acted {
        let offered = matches!(self.world.step(&self.flow), Step::SignOn { .. });
        let blocked = self.world.is_blocked(name);
        let user = self.world.user(name).filter(|user| user.enabled);
        if let Some(user) = user.filter(|_| right && offered && !blocked) {
            self.witness.passwords.insert(user.id);
        }
        let current = self.passwords.get(name).map_or(RIGHT, String::as_str);
        let presented = if right {
            current.to_owned()
        } else {
            WRONG.to_owned()
        };
        self.world.password(&self.flow, name, &presented)
    }

    fn recover(&mut self, name: &str) -> Acted {
        let acted = self.world.act(&self.flow, &Action::Recover);
        match acted.step {
            Step::RecoverName { .. } => self.world.recover(&self.flow, name),
            _ => acted,
        }
    }

    fn mailed(&mut self, right: bool) -> Acted {
        let code = self.world.mailed_code().filter(|_| right);
        let code = code.unwrap_or_else(|| "not it".to_owned());
        self.world.mailed(&self.flow, &code)
    }

    fn set_password(&mut self) -> Acted {
        let asked = match self.world.step(&self.flow) {
            Step::NewPassword { username, cause } => Some((username, cause)),
            _ => None,
        };
        self.set += 1;
        let text = format!("another password {}", self.set);
        let acted = self.world.set_password(&self.flow, &text);
        if let (Some((name, cause)), None) = (asked, acted.rejected) {
            let user = self.world.user(&name).unwrap().id;
            if cause == NewPasswordCause::Recovery {
                self.witness.passwords.insert(user);
                self.witness.recovered.insert(user);
                self.just_recovered = Some(user);
            }
            self.passwords.insert(name, text);
        }
        acted
    }

    /// Somebody else sets the password anew, to what it is, to be changed.
    fn expire(&mut self, name: &str) {
        let Some(user) = self.world.user(name) else {
            return;
        };
        let stored = self.world.get::<Password>(user.id).unwrap();
        let due = Password {
            must_change: true,
            ..stored.record.clone()
        };
        self.world
            .commit_one(|changes| changes.replace(&stored, &due));
    }

    /// Wrong passwords, or wrong codes, until there is a block.
    fn guess(&mut self, name: &str) -> Option<Acted> {
        let mut acted = None;
        for _ in 0..5 {
            if self.is_open() {
                acted = Some(match self.world.step(&self.flow) {
                    Step::OneTimeCode { .. } => self.code(false, false),
                    _ => self.password(name, false),
                });
            }
        }
        acted
    }

    fn code(&mut self, right: bool, trust: bool) -> Acted {
        let (who, code) = match self.world.step(&self.flow) {
            Step::OneTimeCode {
                username, device, ..
            } => (Some(username), self.right_code(device.kind)),
            _ => (None, self.world.shown()),
        };
        let fresh = code != self.last_code;
        let code = if right { code } else { "not it".to_owned() };
        let who = who.filter(|name| right && fresh && !self.world.is_blocked(name));
        if let Some(who) = who {
            self.last_code.clone_from(&code);
            self.witness.codes.insert(self.world.user(&who).unwrap().id);
        }
        let check = Action::CheckCode { code: &code };
        match trust {
            true => self.world.act(&self.flow, &Action::Trusting(&check)),
            false => self.world.act(&self.flow, &check),
        }
    }

    /// The code that whoever is asked would enter.
    fn right_code(&self, kind: FactorKind) -> String {
        match kind {
            FactorKind::Email | FactorKind::Sms => self.world.sent_code().unwrap_or_default(),
            FactorKind::RecoveryCode => {
                let code = self.world.recovery_codes.first();
                code.map_or_else(String::new, |code| code.expose().to_owned())
            }
            _ => self.world.shown(),
        }
    }

    fn touch(&mut self, verified: bool) -> Option<Acted> {
        let step = self.world.step(&self.flow);
        self.world.authenticator.user_verified = verified;
        let is_erins = !matches!(&step, Step::Assertion { username, .. } if username != ERIN);
        let signature = self.world.signed(&step).filter(|_| is_erins)?;
        if !self.world.is_blocked(ERIN) {
            match step {
                Step::SignOn { .. } => self.witness.passkey |= verified,
                _ => self.witness.key = true,
            }
        }
        self.last_signature = Some(signature.clone());
        Some(self.world.assert(&self.flow, &signature))
    }

    fn select(&mut self, device: usize) -> Acted {
        let chosen = match self.world.step(&self.flow) {
            Step::SelectDevice { devices, .. } | Step::OneTimeCode { devices, .. } => {
                devices.get(device).map(|device| device.id)
            }
            _ => None,
        };
        let nobodys = DeviceId::from_bytes([0; 16]);
        let chosen = chosen.unwrap_or(nobodys);
        self.world.act(&self.flow, &Action::SelectDevice(chosen))
    }

    fn allow(&mut self) -> Acted {
        let scope = Scope::from_iter(["openid", "email"]);
        self.witness.allowed |= matches!(self.world.step(&self.flow), Step::Consent { .. });
        self.world.allow(&self.flow, scope)
    }

    /// There is no outcome without the required evidence.
    fn has_all_evidence(
        &self,
        outcome: &Outcome,
        rejected: Option<Rejection>,
    ) -> Result<(), TestCaseError> {
        let requirement = self.flow.requirement();
        let erin = self.world.user(ERIN).unwrap().id;
        let by_passkey = self.witness.passkey && outcome.user() == erin;
        let ids = [BOB, CAROL, ERIN].map(|name| self.world.user(name).unwrap().id);
        let is_enrolled = ids.contains(&outcome.user());
        let by_key = self.witness.key && outcome.user() == erin;
        let code = self.witness.codes.contains(&outcome.user()) || by_key;
        let has = |value: &str| outcome.amr().iter().any(|amr| amr == value);
        prop_assert!(has("pwd") || has("hwk"));
        prop_assert_eq!(has("mfa"), has("otp") || has("sms") || has("hwk"));
        let fresh = by_passkey || self.witness.passwords.contains(&outcome.user());
        prop_assert!(fresh || outcome.existing_session().is_some() || code);
        prop_assert!(fresh || !(requirement.reauthenticate || requirement.select_account));
        prop_assert!(!fresh || has("mfa") == (code || by_passkey));
        if requirement.second_factor == SecondFactor::Required
            || (requirement.second_factor == SecondFactor::WhenEnrolled && is_enrolled)
        {
            let is_asked_anew = requirement.reauthenticate || requirement.max_age.is_some();
            let spared = self.truster == Some(outcome.user())
                && requirement.transaction.is_none()
                && !is_asked_anew;
            prop_assert!(has("mfa") || spared);
        }
        if self.witness.recovered.contains(&outcome.user()) && is_enrolled {
            prop_assert!(has("mfa"), "a mailbox alone");
        }
        let stored = self.world.get::<Password>(outcome.user()).unwrap();
        prop_assert!(
            !stored.must_change || by_passkey || !fresh,
            "must be changed"
        );
        let AcrDemand { values, essential } = &requirement.acr;
        if *essential && !values.is_empty() {
            prop_assert!(
                values
                    .iter()
                    .any(|value| Some(value.as_str()) == outcome.acr())
            );
        }
        prop_assert!(outcome.acr() != Some("mfa") || has("mfa"));
        if let (Some(max_age), false) = (requirement.max_age, fresh) {
            prop_assert!(self.world.now.since(outcome.time()) < max_age + Duration::from_secs(1));
        }
        if let Some(demand) = &requirement.consent {
            prop_assert!(outcome.scope().unwrap().is_within(&demand.scope));
        }
        prop_assert_eq!(outcome.scope().is_some(), requirement.consent.is_some());
        self.has_approved_what_was_shown(outcome)?;
        prop_assert!(rejected.is_none() || rejected == Some(Rejection::NotOffered));
        Ok(())
    }

    /// Nothing is approved but what was asked for and shown, by whom it was shown to, with a factor that
    /// was given in this flow.
    fn has_approved_what_was_shown(&self, outcome: &Outcome) -> Result<(), TestCaseError> {
        let asked = self.flow.requirement().transaction.as_ref();
        prop_assert_eq!(outcome.approved().is_some(), asked.is_some());
        if let (Some(approved), Some(asked)) = (outcome.approved(), asked) {
            prop_assert_eq!(approved.transaction().id(), &asked.id);
            prop_assert_eq!(approved.transaction().source(), &asked.source);
            prop_assert_eq!(approved.subject(), outcome.user());
            let here = self.witness.codes.contains(&outcome.user()) || self.witness.key;
            prop_assert!(here, "a factor of this flow");
        }
        Ok(())
    }

    /// Attempts never go down except by success or cool-down.
    fn attempts_fall_only_by_success(
        &self,
        before: &[Option<Versioned<Attempts>>],
        acted: &Acted,
    ) -> Result<(), TestCaseError> {
        let now = self.world.now;
        for (name, before) in NAMES.iter().zip(before) {
            let counted = before.as_ref().map_or(0, |attempts| attempts.failures(now));
            let counts = self.world.failures(name);
            let user = self.world.user(name).map(|user| user.id);
            let proved = user.is_some_and(|user| {
                self.witness.passwords.contains(&user)
                    || self.witness.codes.contains(&user)
                    || (*name == ERIN && (self.witness.passkey || self.witness.key))
            });
            let recovered = user.is_some() && user == self.just_recovered;
            let succeeded = acted.rejected.is_none() && (recovered || (proved && counts == 0));
            prop_assert!(
                counts >= counted || succeeded,
                "{name}: {counted} to {counts}"
            );
            let blocked = before.as_ref().filter(|attempts| attempts.is_blocked(now));
            if let Some(blocked) = blocked.filter(|_| !recovered) {
                let still = self.world.attempts(name).unwrap();
                prop_assert_eq!(still.version, blocked.version, "a block is left alone");
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn no_outcome_without_the_required_evidence_and_no_attempts_forgotten(moves in moves()) {
        let mut story = Story::new();
        for made in &moves {
            story.make(made)?;
        }
    }

    #[test]
    fn rts_4_3_a_known_and_unknown_people_are_refused_alike(
        attempts in prop::collection::vec((1..400_u64, any::<bool>()), 1..20)
    ) {
        // Dora's right password is as wrong as any: she is disabled.
        let mut stories = [ALICE, DORA, NOBODY].map(|name| {
            let mut world = World::new();
            let flow = world.begin(Requirement::default());
            world.store(&flow);
            (name, world, flow)
        });
        for (pause, right) in attempts {
            let mut seen = Vec::new();
            for (name, world, flow) in &mut stories {
                world.wait(pause);
                if world.open(flow).is_none() {
                    *flow = world.begin(Requirement::default());
                    world.store(flow);
                }
                let presented = if right && *name == DORA { RIGHT } else { WRONG };
                let acted = world.password(flow, name, presented);
                let again = matches!(acted.step, Step::SignOn { .. });
                seen.push((acted.rejected, again, world.is_blocked(name), world.failures(name)));
            }
            prop_assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
        }
    }

    #[test]
    fn a_flow_opens_for_its_own_browser_only(cookie in "[ -~]{0,60}") {
        let mut world = World::new();
        let flow = world.begin(Requirement::default());
        world.store(&flow);
        let loaded = world.get::<Flow>(flow.id()).unwrap();
        let presented = HandleKey::of(&cookie);
        prop_assert_eq!(BoundFlow::open(loaded, &presented).is_some(), presented == World::browser());
    }

    #[test]
    fn nobody_is_asked_anything_when_nobody_may_be(requirement in requirements(), bob in any::<bool>()) {
        let mut world = World::new();
        if bob {
            world.sign_on_as(BOB);
        }
        let flow = world.begin(Requirement { passive: true, ..requirement });
        prop_assert!(next(&flow, &world.facts(&flow, None), world.now).is_final());
    }
}
