//! What an authenticator is asked.

use std::time::Duration;

use domain::port::{Kind, Lookups, Random, Record};
use domain::{DeviceId, Digest, Display, PushRequestId, Timestamp, Transaction, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::PushPolicy;
use crate::approval::template::Method;
use crate::approval::{Presented, Shown};

/// What is hashed before the record of a sign-on, so that its digest is that of nothing else.
const PREFIX: &[u8] = b"countersign sign-on v1\0";

/// For how long an answer that came in time is kept until its flow goes on.
const KEPT: Duration = Duration::from_mins(5);

/// The least and the most of a number of two digits.
const NUMBERS: std::ops::RangeInclusive<u8> = 10..=99;

/// What one authenticator is asked, once, and what it has answered. It is written by the flow that asks,
/// then by the authenticator's answer, and deleted by the flow that takes the answer up.
#[derive(Clone, Serialize, Deserialize)]
pub struct PushRequest {
    /// Identifies it.
    pub id: PushRequestId,
    /// Who is asked.
    pub user: UserId,
    /// With which authenticator.
    pub device: DeviceId,
    /// What about.
    pub matter: PushMatter,
    /// What the person is shown of it.
    pub shown: Shown,
    /// From where it was begun, and for what.
    pub circumstance: Circumstance,
    /// The number that the page shows which asks them, if they are to type it.
    pub(crate) number: Option<u8>,
    /// When they were asked.
    pub asked: Timestamp,
    /// Until when they may answer.
    pub until: Timestamp,
    /// How often a wrong number was typed.
    #[serde(default)]
    pub(crate) failures: u32,
    /// What they have answered.
    #[serde(default)]
    pub(crate) answer: Option<PushAnswer>,
}

/// From where something was begun, and for what: what a person recognises it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circumstance {
    /// What the application is called.
    pub application: String,
    /// Where its icon is, if it has one: an address with https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon_url: Option<String>,
    /// What the environment is called.
    pub environment: String,
    /// From which address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// In which country that is (ISO 3166-1), where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// What the application hands to the app (`pi.clientContext`).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Value>,
}

/// What somebody is asked about.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", content = "record")]
pub enum PushMatter {
    /// Whether it is they who sign on.
    SignOn(SignOnRecord),
    /// A transaction.
    Transaction(Box<Transaction>),
}

/// A sign-on, in the one form whose digest is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOnRecord {
    /// What asks for it.
    pub request: PushRequestId,
    /// Who is asked.
    pub subject: UserId,
    /// From where it was begun, and for what.
    #[serde(flatten)]
    pub circumstance: Circumstance,
    /// When, in milliseconds since the Unix epoch.
    pub time: Timestamp,
    /// The digest of what is shown.
    pub display: Vec<Display>,
}

/// What a person has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "decision")]
pub enum PushAnswer {
    /// That it is right.
    Approved {
        /// What their authenticator has signed.
        jws: String,
        /// When.
        time: Timestamp,
    },
    /// That it is not theirs, or that they do not want it.
    Denied,
    /// Too many wrong numbers.
    Failed,
}

impl PushMatter {
    /// What is signed of it.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Transaction(transaction) => transaction.digest(),
            Self::SignOn(record) => {
                // Texts and whole numbers always have a canonical form.
                let value = serde_json::to_value(record).unwrap_or_default();
                let canonical = jose::json::canonical(&value).unwrap_or_default();
                Digest::of(PREFIX, canonical.as_bytes())
            }
        }
    }

    /// Its transaction, if it is one.
    pub fn transaction(&self) -> Option<&Transaction> {
        match self {
            Self::Transaction(transaction) => Some(transaction),
            Self::SignOn(_) => None,
        }
    }
}

/// Whom a request goes to.
#[derive(Clone, Copy)]
pub(crate) struct Addressee {
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
}

impl PushRequest {
    /// Asks whether it is its person who signs on.
    pub(crate) fn of_sign_on(
        to: Addressee,
        (shown, circumstance): (Shown, Circumstance),
        policy: &PushPolicy,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        let id = PushRequestId::new(now, random);
        let record = SignOnRecord {
            request: id,
            subject: to.user,
            circumstance: circumstance.clone(),
            time: now,
            display: vec![shown.display()],
        };
        let matter = PushMatter::SignOn(record);
        Self::new(id, to, (matter, shown, circumstance), (policy, now), random)
    }

    /// Asks for the approval of what is presented.
    pub(crate) fn of_transaction(
        to: Addressee,
        (presented, circumstance): (&Presented, Circumstance),
        policy: &PushPolicy,
        now: Timestamp,
        random: &dyn Random,
    ) -> Option<Self> {
        let shown = presented
            .shown(Method::Push)
            .or_else(|| presented.shown(Method::Page));
        let shown = shown?.clone();
        let transaction = Box::new(presented.transaction().clone());
        let matter = PushMatter::Transaction(transaction);
        let (id, about) = (
            PushRequestId::new(now, random),
            (matter, shown, circumstance),
        );
        Some(Self::new(id, to, about, (policy, now), random))
    }

    fn new(
        id: PushRequestId,
        to: Addressee,
        (matter, shown, circumstance): (PushMatter, Shown, Circumstance),
        (policy, now): (&PushPolicy, Timestamp),
        random: &dyn Random,
    ) -> Self {
        Self {
            id,
            user: to.user,
            device: to.device,
            matter,
            shown,
            circumstance,
            number: policy.number_matching.then(|| number(random)),
            asked: now,
            until: now + policy.timeout,
            failures: 0,
            answer: None,
        }
    }

    /// Whether it may be answered still.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.answer.is_none() && now < self.until
    }

    /// Whether the person must type a number to approve it.
    pub const fn wants_number(&self) -> bool {
        self.number.is_some()
    }

    /// What they have answered.
    pub const fn answered(&self) -> Option<&PushAnswer> {
        self.answer.as_ref()
    }
}

/// A number of two digits, each as likely as any other.
fn number(random: &dyn Random) -> u8 {
    loop {
        let mut byte = [0];
        random.fill(&mut byte);
        let [byte] = byte;
        let number = byte & 0x7f;
        if NUMBERS.contains(&number) {
            return number;
        }
    }
}

impl Record for PushRequest {
    const KIND: Kind = Kind::PushRequest;

    fn key(&self) -> Vec<u8> {
        self.id.as_bytes().to_vec()
    }

    fn lookups(&self) -> Lookups {
        [Some(self.device.as_bytes().as_slice().into()), None, None]
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.until + KEPT)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::port::fixed::CountingRandom;

    use super::*;

    #[test]
    fn a_number_has_two_digits_and_may_be_any() {
        let random = CountingRandom::default();
        let numbers: BTreeSet<u8> = (0..2000).map(|_| number(&random)).collect();
        assert!(numbers.iter().all(|it| NUMBERS.contains(it)));
        assert!(numbers.len() > 80, "{}", numbers.len());
    }
}
