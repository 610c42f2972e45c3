//! The JWT that tells of a success, in the profile of the original and in our own.

use domain::port::Random;
use domain::{Timestamp, Uuid};
use jose::Header;
use jose::jws::{Policy, SigningFailed, Typ, VerifyingKeys, sign_compact, verify_compact};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Factor, Person};

/// The version of the original's profile.
const VERSION: &str = "1.1.0";

/// The version of the profile with `iss`, `exp` and `jti`.
const EXTENDED_VERSION: &str = "2.0.0";

/// How long a JWT of the extended profile is good, in seconds.
const LIFETIME: i64 = 300;

/// The claims of the original's profile (seed: "Verify the Transaction").
#[derive(Serialize)]
struct Claims<'a> {
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    td: Option<&'a str>,
    version: &'static str,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_user_id: Option<&'a str>,
}

impl<'a> Claims<'a> {
    fn of(person: &'a Person, data: Option<&'a str>, now: Timestamp) -> Self {
        Self {
            iat: now.seconds(),
            td: data,
            version: VERSION,
            sub: person.id.uuid().to_string(),
            external_user_id: person.external_user_id.as_deref(),
        }
    }
}

/// The JWT of the original's profile: signed by the key of the person for the factor that was used,
/// over the transaction data letter by letter.
pub fn original(
    person: &Person,
    factor: Factor,
    data: Option<&str>,
    now: Timestamp,
) -> Result<String, SigningFailed> {
    let key = person.signing_key(factor).ok_or(SigningFailed)?;
    let header = Header::new().with_typ("JWT").with_kid(factor.kid());
    let claims = Claims::of(person, data, now);
    let payload = serde_json::to_vec(&claims).map_err(|_| SigningFailed)?;
    sign_compact(&key, header, &payload)
}

/// The claims of the extended profile, to be signed by the environment's key.
#[derive(Serialize)]
pub struct Extended<'a> {
    iss: &'a str,
    aud: &'a str,
    exp: i64,
    jti: String,
    amr: [&'static str; 2],
    #[serde(flatten)]
    claims: Claims<'a>,
}

impl<'a> Extended<'a> {
    /// Of a success of this person, for the customer of this name.
    pub fn of(
        (issuer, customer): (&'a str, &'a str),
        person: &'a Person,
        (factor, data): (Factor, Option<&'a str>),
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        Self {
            iss: issuer,
            aud: customer,
            exp: now.seconds() + LIFETIME,
            jti: Uuid::new(random).to_string(),
            // Nothing says that the key of the device is in hardware.
            amr: ["swk", factor.name()],
            claims: Claims {
                version: EXTENDED_VERSION,
                ..Claims::of(person, data, now)
            },
        }
    }
}

/// The claims of a JWT of the original's profile, if a key of this person has signed it: the one that
/// its `kid` names.
pub fn verify(person: &Person, jwt: &str) -> Option<(Factor, Map<String, Value>)> {
    let keys = person.public_keys().into_iter().map(|key| {
        let key = jose::jwk::Jwk::from_value(Value::Object(key)).ok()?;
        Some(jose::jws::VerifyingKey::new(&key))
    });
    let keys: VerifyingKeys = keys.flatten().collect();
    let policy = Policy::new(&[jose::jws::Algorithm::Es256]).with_typ(Typ::Required("JWT"));
    let verified = verify_compact(jwt, &keys, &policy).ok()?;
    let factor = [Factor::Face, Factor::Pin].into_iter();
    let mut factor = factor.filter(|factor| verified.header().kid() == Some(factor.kid()));
    let claims = verified.claims().ok()?.into_map();
    Some((factor.next()?, claims))
}

/// Why a JWT whose signature is right says nothing to whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It was made too long ago, or is not yet.
    #[error("EXPIRED")]
    Time,
    /// Another transaction was approved, or one was, or none.
    #[error("TRANSACTION_DATA_MISMATCH")]
    TransactionData,
    /// Somebody else was recognised.
    #[error("USER_MISMATCH")]
    User,
}

/// What somebody expects of a JWT.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The transaction data, if there is a transaction.
    pub data: Option<&'a str>,
    /// Who it is, if that is known.
    pub username: Option<&'a str>,
    /// For how long a JWT is believed, in seconds.
    pub max_age: i64,
}

impl Expected<'_> {
    /// Whether these claims of a verified JWT, about `person`, are what is expected.
    ///
    /// RTS art. 5(1)(d): "any change to the amount or the payee results in the invalidation of the
    /// authentication code generated". It is compared letter by letter, and a JWT with transaction data
    /// is none for who expects no transaction.
    pub fn check(
        &self,
        claims: &Map<String, Value>,
        person: &Person,
        now: Timestamp,
    ) -> Result<(), Mismatch> {
        let made = claims.get("iat").and_then(Value::as_i64);
        let age = made.map(|made| now.seconds().saturating_sub(made));
        // Whoever asks has the clock that made it.
        if !age.is_some_and(|age| (-1..=self.max_age).contains(&age)) {
            return Err(Mismatch::Time);
        }
        // RFC 7519 §4.1.4: "the expiration time on or after which the JWT MUST NOT be accepted for
        // processing". The original's profile has none.
        let expires = claims.get("exp").and_then(Value::as_i64);
        if expires.is_some_and(|expires| now.seconds() >= expires) {
            return Err(Mismatch::Time);
        }
        if claims.get("td").and_then(Value::as_str) != self.data {
            return Err(Mismatch::TransactionData);
        }
        match self
            .username
            .is_none_or(|username| username == person.username)
        {
            true => Ok(()),
            false => Err(Mismatch::User),
        }
    }
}
