//! Checking a receipt with nothing but it and public keys.

use domain::{Digest, Timestamp, Told, Transaction, UserId, digest_of};
use jose::jws::{self, Algorithm, Policy, Typ, VerifyingKeys};
use serde::Serialize;
use serde_json::Value;

use super::{Bound, Claims, Factor, ShownText, TYP};
use crate::approval::material::MaterialError;

/// The algorithms by which an environment signs.
const ALGORITHMS: [Algorithm; 10] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::EdDsa,
];

/// The longest receipt that is read, in bytes.
const MAX_LENGTH: usize = 1024 * 1024;

/// Seconds by which clocks may differ.
const LEEWAY: i64 = 60;

/// What a receipt is expected to say, where it matters to whoever checks it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// Who signed it.
    pub issuer: Option<&'a str>,
    /// For which client it is.
    pub audience: Option<&'a str>,
    /// What was approved.
    pub digest: Option<Digest>,
    /// The time now; a receipt from the future is none.
    pub now: Option<Timestamp>,
}

/// A receipt is not to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It is not a receipt that one of the keys signed.
    #[error("it is not a receipt signed by one of these keys: {0}")]
    NotSigned(jose::Refused),
    /// It is signed, but not what a receipt is.
    #[error("it is signed, but it is not what a receipt is")]
    Malformed,
    /// It is from another issuer.
    #[error("it is from another issuer than expected")]
    Issuer,
    /// It is for another client.
    #[error("it is for another client than expected")]
    Audience,
    /// It is of another transaction.
    #[error("it is of another transaction than expected")]
    Unexpected,
    /// It is from the future.
    #[error("it is from the future")]
    Future,
    /// The transaction is not the one that was approved.
    #[error("the transaction in it is not the one that was approved")]
    Digest,
    /// Its subject or audience is not that of the transaction.
    #[error("its subject or audience is not that of the transaction")]
    Parties,
    /// The text is not the one that was shown.
    #[error("the text in it is not the one that was shown")]
    Shown,
    /// No factor in it approves the transaction.
    #[error("no factor in it approves the transaction")]
    NotApproved,
    /// A factor was given before the transaction was there, or after the receipt.
    #[error("a factor was given at a time when it could not be")]
    FactorTime,
    /// The person's own signature is not one over the transaction.
    #[error(transparent)]
    Signature(#[from] MaterialError),
}

/// A receipt that has been checked. Only [`Receipt::verify`] makes one.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Receipt(Claims);

impl Receipt {
    /// Checks a receipt: who signed it, that transaction and texts are those that were approved, and
    /// the person's own signatures.
    pub fn verify(
        token: &str,
        keys: &VerifyingKeys,
        expected: &Expected<'_>,
    ) -> Result<Self, ReceiptError> {
        let policy = Policy::new(&ALGORITHMS)
            .with_typ(Typ::Required(TYP))
            .with_max_len(MAX_LENGTH);
        let verified = jws::verify_compact(token.trim(), keys, &policy);
        let verified = verified.map_err(ReceiptError::NotSigned)?;
        // As it was written, with all that is in it: what the digest is of.
        let value = jose::json::parse(verified.payload()).map_err(|_| ReceiptError::Malformed)?;
        let written = value.get("transaction").cloned().unwrap_or(Value::Null);
        let claims: Claims = serde_json::from_value(value).map_err(|_| ReceiptError::Malformed)?;
        claims.check_expected(expected)?;
        claims.check_transaction(&written)?;
        claims.check_shown()?;
        claims.check_factors()?;
        Ok(Self(claims))
    }

    /// Who signed it.
    pub fn issuer(&self) -> &str {
        &self.0.iss
    }

    /// Its identifier.
    pub fn id(&self) -> &str {
        &self.0.jti
    }

    /// Who approved.
    pub const fn subject(&self) -> Told<UserId> {
        self.0.sub
    }

    /// When it was signed.
    pub const fn issued(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.iat)
    }

    /// What was approved.
    pub const fn transaction(&self) -> &Transaction {
        &self.0.transaction
    }

    /// The digest of what was approved.
    pub const fn digest(&self) -> &Digest {
        &self.0.digest
    }

    /// What was shown.
    pub fn shown(&self) -> &[ShownText] {
        &self.0.shown
    }

    /// With what it was approved.
    pub fn factors(&self) -> &[Factor] {
        &self.0.factors
    }
}

impl Claims {
    fn check_expected(&self, expected: &Expected<'_>) -> Result<(), ReceiptError> {
        if expected.issuer.is_some_and(|issuer| issuer != self.iss) {
            return Err(ReceiptError::Issuer);
        }
        if expected
            .audience
            .is_some_and(|audience| audience != self.aud)
        {
            return Err(ReceiptError::Audience);
        }
        if expected
            .digest
            .is_some_and(|digest| !digest.matches(&self.digest))
        {
            return Err(ReceiptError::Unexpected);
        }
        let now = expected.now.map(Timestamp::seconds);
        match now.is_some_and(|now| self.iat > now.saturating_add(LEEWAY)) {
            true => Err(ReceiptError::Future),
            false => Ok(()),
        }
    }

    fn check_transaction(&self, written: &Value) -> Result<(), ReceiptError> {
        let is_approved = |digest: Digest| digest.matches(&self.digest);
        if !digest_of(written).is_some_and(is_approved) {
            return Err(ReceiptError::Digest);
        }
        let is_of_subject = self.transaction.told_subject() == Some(self.sub);
        match is_of_subject && self.transaction.client().as_str() == self.aud {
            true => Ok(()),
            false => Err(ReceiptError::Parties),
        }
    }

    /// RTS art. 5(2): "the confidentiality, authenticity and integrity of [...] the information
    /// displayed to the payer throughout all of the phases of the authentication"
    fn check_shown(&self) -> Result<(), ReceiptError> {
        let is_the_one = |shown: &ShownText| {
            let computed = shown.computed_digest();
            let approved = self.transaction.display_by(shown.method.name());
            computed.matches(&shown.digest) && approved.is_some_and(|it| it.matches(&computed))
        };
        match !self.shown.is_empty() && self.shown.iter().all(is_the_one) {
            true => Ok(()),
            false => Err(ReceiptError::Shown),
        }
    }

    fn check_factors(&self) -> Result<(), ReceiptError> {
        let mut approves = false;
        for factor in &self.factors {
            self.check_factor(factor)?;
            approves |= factor.bound.is_some();
        }
        match approves {
            true => Ok(()),
            false => Err(ReceiptError::NotApproved),
        }
    }

    fn check_factor(&self, factor: &Factor) -> Result<(), ReceiptError> {
        let is_early = factor.bound.is_some() && factor.time < self.transaction.time();
        if is_early || factor.time.seconds() > self.iat.saturating_add(LEEWAY) {
            return Err(ReceiptError::FactorTime);
        }
        match (factor.bound, &factor.signature) {
            (Some(Bound::Signature), Some(material)) => {
                Ok(material.verify(&self.digest, self.transaction.challenge())?)
            }
            (Some(Bound::Code) | None, None) => Ok(()),
            _ => Err(ReceiptError::Malformed),
        }
    }
}

#[cfg(test)]
mod tests;
