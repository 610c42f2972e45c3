//! Payments, as far as a transaction says that it is some.

use std::cmp::Ordering;
use std::str::FromStr;

use serde_json::Value;

use super::{Transaction, TransactionSource, Variables};
use crate::AuthorizationDetail;

/// Not an amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount has at most 24 digits before and 8 after a decimal point")]
pub struct AmountFormat;

/// An amount of money without its currency, exact to eight places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u128);

impl Amount {
    const PLACES: usize = 8;
    const MAX_WHOLE: usize = 24;

    /// Both together; `None` when that is too much.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

impl FromStr for Amount {
    type Err = AmountFormat;

    fn from_str(text: &str) -> Result<Self, AmountFormat> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let are_digits = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
        let is_point_last = text.ends_with('.');
        if whole.is_empty() || is_point_last || !are_digits(whole) || !are_digits(fraction) {
            return Err(AmountFormat);
        }
        if whole.len() > Self::MAX_WHOLE || fraction.len() > Self::PLACES {
            return Err(AmountFormat);
        }
        let digits = format!("{whole}{fraction:0<places$}", places = Self::PLACES);
        digits.parse().map(Self).map_err(|_| AmountFormat)
    }
}

/// As many places as it takes, and at least two.
impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SCALE: u128 = 100_000_000;
        let fraction = format!("{:08}", self.0 % SCALE);
        let (cents, rest) = fraction.split_at(2);
        write!(
            f,
            "{}.{cents}{}",
            self.0 / SCALE,
            rest.trim_end_matches('0')
        )
    }
}

/// Whether an amount is what is paid, or the most that may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// This amount and no other.
    Exactly,
    /// This amount or less: a card's amount that is blocked before it is known what will be paid.
    AtMost,
}

/// A payment: how much, to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// How much.
    pub amount: Amount,
    /// In which currency.
    pub currency: String,
    /// Whether that is the most.
    pub bound: Bound,
    /// To whom.
    pub payee: String,
    /// To which account, if it is said.
    pub account: Option<String>,
}

impl Payment {
    /// Whether who approved this payment approved `made` too.
    pub fn covers(&self, made: &Self) -> bool {
        // RTS art. 5(3)(a): "the authentication code shall be specific to the amount that the payer
        // has given consent to be blocked and agreed to by the payer when initiating the transaction"
        let is_covered = match (self.bound, made.amount.cmp(&self.amount)) {
            (_, Ordering::Equal) | (Bound::AtMost, Ordering::Less) => true,
            (Bound::Exactly, Ordering::Less) | (_, Ordering::Greater) => false,
        };
        let is_same = self.currency == made.currency && self.payee == made.payee;
        is_covered && is_same && self.account == made.account
    }

    fn of_detail(detail: &AuthorizationDetail) -> Option<Self> {
        let members = detail.members();
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let (bound, money) = match (
            members.get("instructedAmount"),
            members.get("maximumAmount"),
        ) {
            (Some(money), None) => (Bound::Exactly, money),
            (None, Some(money)) => (Bound::AtMost, money),
            _ => return None,
        };
        let account = members.get("creditorAccount");
        Some(Self {
            amount: text(money.get("amount"))?.parse().ok()?,
            currency: text(money.get("currency"))?,
            bound,
            payee: text(members.get("creditorName"))?,
            account: account.and_then(|account| text(account.get("iban"))),
        })
    }

    fn of_variables(variables: &Variables) -> Option<Self> {
        Some(Self {
            amount: variables.value("sum")?.parse().ok()?,
            currency: variables.value("currency")?.to_owned(),
            bound: Bound::Exactly,
            payee: variables.value("recipient")?.to_owned(),
            account: None,
        })
    }
}

impl Transaction {
    /// The payments that it says it is: authorization details with an `instructedAmount` or a
    /// `maximumAmount` and a `creditorName`, or the variables `sum`, `currency` and `recipient`.
    pub fn payments(&self) -> Vec<Payment> {
        self.source.payments()
    }
}

impl TransactionSource {
    /// The payments that it says it is.
    pub fn payments(&self) -> Vec<Payment> {
        match self {
            Self::Template { variables, .. } => {
                Payment::of_variables(variables).into_iter().collect()
            }
            Self::AuthorizationDetails { details } => {
                let payments = details.details().iter().map(Payment::of_detail);
                payments.flatten().collect()
            }
            Self::Pairs { .. } => Vec::new(),
        }
    }

    /// What its payments come to in each currency, by the currency's name.
    pub fn totals(&self) -> Vec<(String, Amount)> {
        let mut totals = std::collections::BTreeMap::<String, Amount>::new();
        for payment in self.payments() {
            let total = totals.entry(payment.currency).or_insert(Amount(0));
            *total = total.plus(payment.amount).unwrap_or(Amount(u128::MAX));
        }
        totals.into_iter().collect()
    }
}
