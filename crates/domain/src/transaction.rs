//! What a person approves: one record, in one form, with one digest.

use std::fmt;

use jose::digest::{constant_time_eq, sha256};
use jose::strict_base64url;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::port::Random;
use crate::{ClientId, EnvironmentId, Timestamp, UserId, Uuid};

mod challenge;
mod payment;
mod source;
mod told;

pub use challenge::{OWN_CHALLENGE, claim_challenge, requested_challenge};
pub use payment::{Amount, AmountFormat, Bound, Payment};
pub use source::{ExactDetails, Labelled, Pairs, TransactionSource, Variable, Variables};
pub use told::Told;

/// What is hashed before a transaction, so that its digest is that of nothing else.
const PREFIX: &[u8] = b"countersign transaction v1\0";

/// A transaction cannot be made of this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionFormat {
    /// Too many variables or pairs, or too long ones.
    #[error("{0} is longer than a transaction may have it")]
    TooLarge(&'static str),
    /// Two variables have the same name, apart from case.
    #[error("the variable {0} is there twice")]
    VariableTwice(String),
    /// The name of a variable has other characters than letters, digits, `.`, `_` and `-`.
    #[error("the name of a variable has letters, digits, '.', '_' and '-'")]
    VariableName,
    /// There is nothing to approve.
    #[error("there is nothing to approve")]
    Empty,
    /// A number in the authorization details is not the same to every reader.
    #[error("a number of the authorization details is beyond 2^53 - 1")]
    Number,
}

/// Identifies a transaction: a UUID of version 4 (RFC 9562 §5.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionId(String);

impl TransactionId {
    /// Makes a new identifier.
    pub fn new(random: &dyn Random) -> Self {
        Self(Uuid::new(random).to_string())
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A SHA-256 digest, written as base64url.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest of what is hashed under a prefix of its own.
    pub fn of(prefix: &[u8], content: &[u8]) -> Self {
        Self(sha256(&[prefix, content].concat()))
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether it is the other, in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        constant_time_eq(&self.0, &other.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&strict_base64url::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = strict_base64url::decode(text).ok();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        let not_one = || serde::de::Error::custom("a digest is 32 bytes in base64url");
        bytes.map(Self).ok_or_else(not_one)
    }
}

/// The text of a transaction as one method of delivery shows it: the digest, not the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Display {
    /// How it is delivered, as a stable name: `page`, `email`.
    pub method: String,
    /// The digest of what is shown.
    pub digest: Digest,
}

/// A verified request for an approval, before it is known who is asked and what they are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionDraft {
    /// Identifies the transaction.
    pub id: TransactionId,
    /// The environment, by its identifier; outside of environments, the issuer.
    pub environment: String,
    /// Who asks.
    pub client: ClientId,
    /// When they asked.
    pub time: Timestamp,
    /// The languages in which it is to be shown, most wanted first (BCP 47).
    pub locales: Vec<String>,
    /// What is to be approved.
    pub source: TransactionSource,
    /// The WebAuthn challenge that the client chose, if it did: base64url.
    pub challenge: Option<String>,
}

impl TransactionDraft {
    /// A request by `client` in `environment`, made now.
    pub fn new(
        environment: impl Into<String>,
        client: ClientId,
        source: TransactionSource,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        Self {
            id: TransactionId::new(random),
            environment: environment.into(),
            client,
            time: now,
            locales: Vec::new(),
            source,
            challenge: None,
        }
    }

    /// To be shown in the first of these languages that there is.
    #[must_use]
    pub fn in_locales(mut self, locales: Vec<String>) -> Self {
        self.locales = locales;
        self
    }

    /// To be signed over this WebAuthn challenge.
    #[must_use]
    pub fn with_challenge(mut self, challenge: Option<String>) -> Self {
        self.challenge = challenge;
        self
    }

    /// The transaction that `subject` is asked to approve, as it is shown to them in `locale`.
    pub fn finish(
        self,
        subject: Option<UserId>,
        locale: impl Into<String>,
        mut display: Vec<Display>,
    ) -> Transaction {
        display.sort_by(|a, b| a.method.cmp(&b.method));
        let subject = subject.map(|subject| told(&self.environment, subject));
        Transaction {
            id: self.id,
            environment: self.environment,
            client: self.client,
            subject,
            time: self.time,
            locale: locale.into(),
            source: self.source,
            challenge: self.challenge,
            display,
        }
    }
}

/// What a person is asked to approve. It is made once, from verified input, and never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transaction {
    id: TransactionId,
    environment: String,
    client: ClientId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<Told<UserId>>,
    /// In milliseconds since the Unix epoch.
    time: Timestamp,
    locale: String,
    source: TransactionSource,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    challenge: Option<String>,
    display: Vec<Display>,
}

impl Transaction {
    /// Its identifier.
    pub const fn id(&self) -> &TransactionId {
        &self.id
    }

    /// In which environment it is approved.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// Who asked for the approval.
    pub const fn client(&self) -> &ClientId {
        &self.client
    }

    /// Who is asked, if it is known.
    pub fn subject(&self) -> Option<UserId> {
        self.subject.map(Told::id)
    }

    /// Who is asked, as it tells them.
    pub const fn told_subject(&self) -> Option<Told<UserId>> {
        self.subject
    }

    /// An identifier as it is told where this is approved.
    pub fn told<Id: Copy>(&self, id: Id) -> Told<Id> {
        told(&self.environment, id)
    }

    /// When the approval was asked for.
    pub const fn time(&self) -> Timestamp {
        self.time
    }

    /// In which language it is shown.
    pub fn locale(&self) -> &str {
        &self.locale
    }

    /// What is approved.
    pub const fn source(&self) -> &TransactionSource {
        &self.source
    }

    /// The WebAuthn challenge that the client chose, if it did.
    pub fn challenge(&self) -> Option<&str> {
        self.challenge.as_deref()
    }

    /// The digests of what is shown, one for each method of delivery.
    pub fn display(&self) -> &[Display] {
        &self.display
    }

    /// The digest of what one method of delivery shows.
    pub fn display_by(&self, method: &str) -> Option<Digest> {
        let mut found = self.display.iter().filter(|it| it.method == method);
        found.next().map(|display| display.digest)
    }

    /// The transaction as JSON.
    pub fn to_value(&self) -> Value {
        #[expect(
            clippy::expect_used,
            clippy::missing_panics_doc,
            reason = "text keys and no fallible serialisers"
        )]
        serde_json::to_value(self).expect("a transaction serialises")
    }

    /// What every approval of it is bound to.
    pub fn digest(&self) -> Digest {
        #[expect(
            clippy::expect_used,
            clippy::missing_panics_doc,
            reason = "a source is only made of, and only read with, numbers that have a canonical form"
        )]
        digest_of(&self.to_value()).expect("a transaction has a canonical form")
    }
}

/// An identifier as it is told in an environment, or outside of any.
fn told<Id: Copy>(environment: &str, id: Id) -> Told<Id> {
    Told::new(id, environment.parse::<EnvironmentId>().is_ok())
}

/// The digest of a transaction as JSON: SHA-256 of `countersign transaction v1`, a zero byte, and the
/// canonical form (RFC 8785). `None` where it has none.
pub fn digest_of(transaction: &Value) -> Option<Digest> {
    let canonical = jose::json::canonical(transaction).ok()?;
    Some(Digest::of(PREFIX, canonical.as_bytes()))
}

#[cfg(test)]
mod tests;
