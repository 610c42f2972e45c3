//! What people do, in whatever order.

use std::time::Duration;

use domain::TransactionDraft;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::flow::EnrolmentPolicy::{self, Never, Offered, WhenRequired};
use crate::flow::{AcrDemand, PairingMethod, Requirement, SecondFactor};
use crate::world::{payment, shop};

use super::NAMES;
use super::device_code::DeviceAsks;

/// What somebody does.
#[derive(Clone, Debug)]
pub(super) enum Move {
    /// It is the other browser's turn.
    Turn,
    /// Two things at once: the second is decided by what was so before the first.
    AtOnce {
        first: Box<Self>,
        second: Box<Self>,
        in_one: bool,
    },
    /// What the flow asks for, of this person where nobody is known yet.
    Onward {
        name: usize,
        device: usize,
        which: Index,
    },
    Password {
        name: usize,
        right: bool,
    },
    Code {
        right: bool,
        trust: bool,
    },
    Guess {
        name: usize,
    },
    OldCode(Index),
    Touch {
        verified: bool,
    },
    OldSignature(Index),
    /// Something is signed, but not presented.
    Sign {
        verified: bool,
    },
    Decide {
        approve: bool,
        right: bool,
    },
    OldAnswer(Index),
    /// Another payment is asked of somebody, and answered with something old.
    PayWithOld {
        payment: TransactionDraft,
        name: usize,
        which: Index,
    },
    /// A face is chosen to answer with, and looked at.
    Face {
        right: bool,
    },
    /// A session is opened by the ticket that is out, if one is.
    Open,
    /// The face in the last session is hers, or another's.
    Look {
        right: bool,
    },
    /// The last session is gone.
    Leave,
    Select {
        device: usize,
    },
    Resend,
    ChooseDevice,
    Allow,
    Deny,
    Cancel,
    Wait(u64),
    Restart(Box<Requirement>),
    /// Only this person will do, and perhaps the client vouches for them.
    RestartFor {
        name: usize,
        vouched: bool,
        requirement: Box<Requirement>,
    },
    SignOut,
    /// A device asks, and somebody goes to where its code is entered.
    Device(DeviceAsks),
    UserCode {
        which: Index,
        right: bool,
    },
    Confirm {
        right: bool,
    },
    Recover {
        name: usize,
    },
    Mailed {
        right: bool,
    },
    SetPassword,
    RecoverPassword {
        right: bool,
    },
    ChangePassword {
        right: bool,
    },
    Anew,
    Continue,
    Back,
    Expire {
        name: usize,
    },
    /// Who may set up a device changes.
    Enrolment(EnrolmentPolicy),
    Pair(PairingMethod),
    Activate {
        right: bool,
    },
    Skip,
    WantNewPassword,
    Manage,
    First {
        device: usize,
    },
    Remove {
        device: usize,
    },
}

/// What people set up here: the passkey of the browser is erin's.
pub(super) const PAIRED: [PairingMethod; 5] = [
    PairingMethod::Totp,
    PairingMethod::Email,
    PairingMethod::Sms,
    PairingMethod::Voice,
    PairingMethod::Authenticator,
];

pub(super) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        25 => onward(),
        6 => (0..NAMES.len(), any::<bool>()).prop_map(|(name, right)| Move::Password { name, right }),
        4 => any::<[bool; 2]>().prop_map(|[right, trust]| Move::Code { right, trust }),
        2 => (0..NAMES.len()).prop_map(|name| Move::Guess { name }),
        4 => any::<Index>().prop_map(Move::OldCode),
        3 => any::<bool>().prop_map(|verified| Move::Touch { verified }),
        4 => any::<Index>().prop_map(Move::OldSignature),
        4 => any::<bool>().prop_map(|verified| Move::Sign { verified }),
        4 => any::<[bool; 2]>().prop_map(|[approve, right]| Move::Decide { approve, right }),
        4 => any::<Index>().prop_map(Move::OldAnswer),
        4 => any::<bool>().prop_map(|right| Move::Face { right }),
        2 => Just(Move::Open),
        2 => any::<bool>().prop_map(|right| Move::Look { right }),
        1 => Just(Move::Leave),
        2 => (0..3_usize).prop_map(|device| Move::Select { device }),
        1 => Just(Move::Resend),
        1 => Just(Move::ChooseDevice),
        3 => Just(Move::Allow),
        1 => Just(Move::Deny),
        1 => Just(Move::Cancel),
        3 => (1..1000_u64).prop_map(Move::Wait),
        6 => requirements().prop_map(|r| Move::Restart(Box::new(r))),
        3 => restart_for(),
        1 => Just(Move::SignOut),
        10 => device_codes(),
        3 => (0..NAMES.len()).prop_map(|name| Move::Recover { name }),
        4 => any::<bool>().prop_map(|right| Move::Mailed { right }),
        4 => Just(Move::SetPassword),
        3 => any::<bool>().prop_map(|right| Move::RecoverPassword { right }),
        3 => any::<bool>().prop_map(|right| Move::ChangePassword { right }),
        1 => Just(Move::Anew),
        4 => Just(Move::Continue),
        1 => Just(Move::Back),
        1 => (0..NAMES.len()).prop_map(|name| Move::Expire { name }),
        1 => prop::sample::select(vec![Never, WhenRequired, Offered]).prop_map(Move::Enrolment),
        4 => prop::sample::select(PAIRED.to_vec()).prop_map(Move::Pair),
        5 => any::<bool>().prop_map(|right| Move::Activate { right }),
        1 => Just(Move::Skip),
        1 => Just(Move::WantNewPassword),
        3 => Just(Move::Manage),
        2 => (0..3_usize).prop_map(|device| Move::First { device }),
        2 => (0..3_usize).prop_map(|device| Move::Remove { device }),
    ];
    let one = one.boxed();
    let likely = prop_oneof![2 => onward(), 1 => one.clone()].boxed();
    let at_once = (likely.clone(), likely, any::<bool>());
    let several = prop_oneof![
        24 => one,
        4 => Just(Move::Turn),
        4 => at_once.prop_map(|(first, second, in_one)| Move::AtOnce {
            first: Box::new(first),
            second: Box::new(second),
            in_one,
        }),
        1 => (payments(), 0..NAMES.len(), any::<Index>())
            .prop_map(|(payment, name, which)| Move::PayWithOld { payment, name, which }),
    ];
    prop::collection::vec(several, 1..50)
}

fn onward() -> impl Strategy<Value = Move> {
    (0..NAMES.len(), 0..5_usize, any::<Index>()).prop_map(|(name, device, which)| Move::Onward {
        name,
        device,
        which,
    })
}

fn devices() -> impl Strategy<Value = DeviceAsks> {
    let flags = any::<[bool; 3]>();
    (flags, second_factors()).prop_map(|([first, is_given, consent], second_factor)| DeviceAsks {
        first,
        is_given,
        consent,
        second_factor,
    })
}

fn second_factors() -> impl Strategy<Value = SecondFactor> {
    use SecondFactor::{Never, Required, WhenEnrolled};
    prop::sample::select(vec![WhenEnrolled, Required, Never])
}

pub(super) fn requirements() -> impl Strategy<Value = Requirement> {
    let values = prop::sample::subsequence(vec!["mfa", "pwd", "other"], 0..=3);
    (
        prop::array::uniform6(any::<bool>()),
        prop::option::of(0..600_u64),
        values,
        second_factors(),
        payments(),
    )
        .prop_map(|(flags, max_age, values, second_factor, payment)| {
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
                transaction: pays.then_some(payment),
                ..Requirement::default()
            }
        })
}

fn device_codes() -> impl Strategy<Value = Move> {
    prop_oneof![
        5 => devices().prop_map(Move::Device),
        3 => (any::<Index>(), any::<bool>()).prop_map(|(which, right)| Move::UserCode { which, right }),
        2 => any::<bool>().prop_map(|right| Move::Confirm { right }),
    ]
}

fn restart_for() -> impl Strategy<Value = Move> {
    let asked = (0..NAMES.len(), any::<bool>(), requirements());
    asked.prop_map(|(name, vouched, requirement)| Move::RestartFor {
        name,
        vouched,
        requirement: Box::new(requirement),
    })
}

/// Payments, some of them of the same amount to the same payee.
fn payments() -> impl Strategy<Value = TransactionDraft> {
    let cents = prop_oneof![Just(99_95), Just(99_96), 1..100_000_u32];
    let payees = ["Demo Shop GmbH", "Demo Shop Ltd", "Café Zoë"];
    (cents, prop::sample::select(payees.to_vec()))
        .prop_map(|(cents, payee)| payment(&format!("{}.{:02}", cents / 100, cents % 100), payee))
}
