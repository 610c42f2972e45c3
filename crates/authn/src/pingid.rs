//! What `PingID`'s clients and a house sign to one another: JWSs under a key that they share.
//!
//! [`read`] finds out whose a message says it is, [`verify`] that it is theirs, and
//! [`VerifiedMessage::answer`] signs with the key that the client has, which need not be the newest:
//! keys overlap. Both doors of `PingID` do the same here, that of browsers (`ppm_request`) and that of
//! programs (REST).

pub mod ppm;
pub mod rest;

use domain::{DeviceId, Organization, OrganizationKey, Timestamp, UserId};
use jose::jwk::{InvalidKey, Jwk};
use jose::jws::{
    Algorithm, Policy, SigningFailed, SigningKey, Unverified, VerifyingKey, sign_compact,
    verify_compact,
};
use jose::{Header, Refused};
use serde_json::{Map, Value, json};

/// The algorithms that clients use, by the length of their key.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512];

/// The members of a header by which clients name their organisation: one half writes the one, the
/// other half the other.
const ALIASES: [&str; 2] = ["org_alias", "orgAlias"];

/// Why a message is not an organisation's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTheirs {
    /// It is no JWS, or one that none of the keys has made.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The payload is no JSON object.
    #[error("the payload is no JSON object")]
    NotAnObject,
    /// Its header names another organisation.
    #[error("the header names another organisation")]
    OtherOrganization,
    /// The organisation has no key that is good.
    #[error("the organisation has no key that is good")]
    NoKey,
}

/// Why nothing is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// The key is not one for the algorithm.
    #[error("the organisation's key does not fit the algorithm")]
    Key,
    /// The cryptographic library made no signature.
    #[error(transparent)]
    Failed(#[from] SigningFailed),
}

/// A JWS that proves nothing yet: whose it says it is.
pub struct UnverifiedMessage {
    /// The alias in its header.
    pub alias: Option<String>,
    /// Its payload.
    pub payload: Map<String, Value>,
}

/// Reads what anybody may have written, to find out whose keys to verify it with, and nothing else.
///
/// # Errors
/// It is longer than `max_len`, or no JWS.
pub fn read(jws: &str, max_len: usize) -> Result<UnverifiedMessage, NotTheirs> {
    let unverified = Unverified::parse(jws.trim(), max_len)?;
    Ok(UnverifiedMessage {
        alias: aliases_in(unverified.header())
            .find_map(Value::as_str)
            .map(str::to_owned),
        payload: object(&unverified.unverified_payload()?)?,
    })
}

/// A message that a key of an organisation has signed. Only [`verify`] makes one.
pub struct VerifiedMessage<'o> {
    organization: &'o Organization,
    key: &'o OrganizationKey,
    algorithm: Algorithm,
    /// What its header shows as the token, if it shows one.
    token: Option<Value>,
    payload: Map<String, Value>,
}

/// Verifies that a message of at most `max_len` bytes is the organisation's, by any of its keys that
/// are good.
///
/// # Errors
/// It is not.
pub fn verify<'o>(
    organization: &'o Organization,
    jws: &str,
    max_len: usize,
    now: Timestamp,
) -> Result<VerifiedMessage<'o>, NotTheirs> {
    let policy = Policy::new(&ALGORITHMS).with_max_len(max_len);
    let mut refused = NotTheirs::NoKey;
    for key in organization.keys(now) {
        // The key alone decides: what `kid` a client may write names none of ours.
        let known = VerifyingKey::new(&jwk(key).map_err(|_| NotTheirs::NoKey)?);
        let verified = match verify_compact(jws.trim(), &known.into(), &policy) {
            Ok(verified) => verified,
            Err(error) => {
                refused = error.into();
                continue;
            }
        };
        let is_ours = |named: &Value| {
            let named = named.as_str().map(str::trim);
            named.is_some_and(|named| named.eq_ignore_ascii_case(&organization.alias))
        };
        if !aliases_in(verified.header()).all(is_ours) {
            return Err(NotTheirs::OtherOrganization);
        }
        return Ok(VerifiedMessage {
            organization,
            key,
            algorithm: verified.algorithm(),
            token: shown_in(verified.header(), "token").cloned(),
            payload: object(verified.payload())?,
        });
    }
    Err(refused)
}

impl VerifiedMessage<'_> {
    /// What was signed.
    pub const fn payload(&self) -> &Map<String, Value> {
        &self.payload
    }

    /// Whether this is the token that goes with the key that signed it; takes the same time wherever
    /// they differ.
    pub fn has_token(&self, presented: &str) -> bool {
        self.key.token.matches(presented)
    }

    /// The same of what its header shows; whoever shows none says nothing wrong.
    pub fn shows_its_token(&self) -> bool {
        let token = self.token.as_ref();
        token.is_none_or(|shown| shown.as_str().is_some_and(|it| self.has_token(it)))
    }

    /// How an answer to it is signed, to be kept while somebody is asked.
    pub fn signature(&self) -> Signature {
        Signature {
            key: self.key.id.clone(),
            algorithm: self.algorithm.name().to_owned(),
        }
    }

    /// An answer to it, signed with the same key.
    ///
    /// # Errors
    /// The cryptographic library made no signature.
    pub fn answer(&self, payload: &Value) -> Result<String, NotSigned> {
        signed(self.organization, self.key, self.algorithm, payload)
    }
}

/// How an answer is signed: as its request was.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Signature {
    /// The id of the key.
    key: String,
    /// The algorithm (`alg`).
    algorithm: String,
}

impl Signature {
    /// Signs an answer; with the organisation's newest key, if that of the request has been forgotten
    /// since.
    ///
    /// # Errors
    /// The organisation has no key for the algorithm, or the cryptographic library made no signature.
    pub fn sign(&self, organization: &Organization, payload: &Value) -> Result<String, NotSigned> {
        let key = organization.key(&self.key).or(organization.newest());
        let algorithm = Algorithm::from_name(&self.algorithm).ok_or(NotSigned::Key)?;
        signed(organization, key.ok_or(NotSigned::Key)?, algorithm, payload)
    }
}

/// A message signed with a key of an organisation, by the algorithm that clients choose for its length.
///
/// # Errors
/// The cryptographic library made no signature.
pub fn sign(
    organization: &Organization,
    key: &OrganizationKey,
    payload: &Value,
) -> Result<String, NotSigned> {
    let jwk = jwk(key).map_err(|_| NotSigned::Key)?;
    let fits = |algorithm: &&Algorithm| SigningKey::new(&jwk, **algorithm).is_ok();
    let longest = ALGORITHMS.iter().rev().find(fits).ok_or(NotSigned::Key)?;
    signed(organization, key, *longest, payload)
}

fn signed(
    organization: &Organization,
    key: &OrganizationKey,
    algorithm: Algorithm,
    payload: &Value,
) -> Result<String, NotSigned> {
    let jwk = jwk(key).map_err(|_| NotSigned::Key)?;
    let signing = SigningKey::new(&jwk, algorithm).map_err(|_| NotSigned::Key)?;
    let header = Header::new()
        .with_typ("JWT")
        .with("org_alias", organization.alias.clone())
        .with("token", key.token.expose());
    Ok(sign_compact(
        &signing,
        header,
        payload.to_string().as_bytes(),
    )?)
}

/// The key as a JWK, whose `k` is base64url (RFC 7518 §6.4.1) where ours is base64.
fn jwk(key: &OrganizationKey) -> Result<Jwk, InvalidKey> {
    let k = key.key.expose().trim_end_matches('=');
    let k = zeroize::Zeroizing::new(k.replace('+', "-").replace('/', "_"));
    Jwk::from_value(json!({ "kty": "oct", "k": k.as_str() }))
}

/// The number by which `PingID`'s clients know a device (`deviceId`, `webAuthnDeviceId`): so many bits of
/// its random part as every client can read, JavaScript's among them.
pub fn device_number(id: DeviceId) -> i64 {
    number_of(id.as_bytes())
}

/// The number by which they know a person (`userId`).
pub fn user_number(id: UserId) -> i64 {
    number_of(id.as_bytes())
}

fn number_of(id: &[u8; 16]) -> i64 {
    let number = id.iter().fold(0_i64, |number, byte| {
        let number = number.wrapping_shl(8);
        number | i64::from(*byte)
    });
    number & ((1 << 53) - 1)
}

/// The organisations that a header names: one that has both names for it may name two.
fn aliases_in(header: &Header) -> impl Iterator<Item = &Value> {
    ALIASES.iter().filter_map(|name| shown_in(header, name))
}

/// What a header shows; clients write `null` or an empty text where they have nothing to show.
fn shown_in<'h>(header: &'h Header, name: &str) -> Option<&'h Value> {
    let is_something = |value: &&Value| match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    };
    header.member(name).filter(is_something)
}

fn object(payload: &[u8]) -> Result<Map<String, Value>, NotTheirs> {
    jose::json::parse_object(payload).map_err(|_| NotTheirs::NotAnObject)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::OrganizationKeySize;
    use domain::port::fixed::CountingRandom;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);
    const DAY: Duration = Duration::from_hours(24);
    const LENGTH: usize = 4096;

    fn organization() -> (Organization, CountingRandom) {
        let random = CountingRandom::default();
        (Organization::new(None, NOW, &random), random)
    }

    fn message(organization: &Organization) -> String {
        let key = organization.newest().unwrap();
        sign(organization, key, &json!({ "sub": "jsmith" })).unwrap()
    }

    #[test]
    fn each_key_verifies_until_it_ends_and_answers_what_it_signed() {
        let (first, random) = organization();
        let size = OrganizationKeySize::Bits384;
        let second = first.rotated(size, DAY, NOW, &random).ok().unwrap();
        let (old, new) = (message(&first), message(&second));
        for (message, algorithm) in [(&old, "HS256"), (&new, "HS384")] {
            let verified = verify(&second, message, LENGTH, NOW).ok().unwrap();
            assert_eq!(verified.payload()["sub"], "jsmith");
            assert_eq!(verified.algorithm.name(), algorithm);
            let answer = verified.answer(&json!({ "status": "success" })).unwrap();
            let header = Unverified::parse(&answer, LENGTH).unwrap().header().clone();
            assert_eq!((header.alg(), header.typ()), (algorithm, Some("JWT")));
            assert_eq!(
                header.member("org_alias"),
                Some(&second.alias.as_str().into())
            );
            let later = verified.signature().sign(&second, &json!({}));
            assert!(verify(&second, &later.unwrap(), LENGTH, NOW).is_ok());
        }
        assert!(verify(&second, &old, LENGTH, NOW + DAY).is_err());
        assert!(verify(&second, &new, LENGTH, NOW + DAY).is_ok());
    }

    #[test]
    fn the_token_is_that_of_the_key_that_signed() {
        let (first, random) = organization();
        let second = first.rotated(OrganizationKeySize::default(), DAY, NOW, &random);
        let second = second.ok().unwrap();
        let [new, old] = [&second, &first].map(|it| it.newest().unwrap().token.clone());
        let message = message(&first);
        let verified = verify(&second, &message, LENGTH, NOW).ok().unwrap();
        assert!(verified.has_token(old.expose()));
        assert!(!verified.has_token(new.expose()));
        assert!(!verified.has_token(""));
    }

    #[test]
    fn nothing_else_is_theirs() {
        let (ours, random) = organization();
        let other = Organization::new(None, NOW, &random);
        let refused = |message: &str| verify(&ours, message, LENGTH, NOW).err();
        assert!(matches!(
            refused(&message(&other)),
            Some(NotTheirs::Refused(_))
        ));
        let message = message(&ours);
        assert!(refused(&message).is_none());
        let tampered = message.replacen(".ey", ".eY", 1);
        for bad in [
            "",
            "a.b.c",
            "e30.e30.",
            tampered.as_str(),
            &message[..message.len() - 1],
        ] {
            assert!(matches!(refused(bad), Some(NotTheirs::Refused(_))), "{bad}");
        }
        let mut renamed = ours.clone();
        renamed.alias = "another".to_owned();
        let renamed = verify(&renamed, &message, LENGTH, NOW).err();
        assert_eq!(renamed, Some(NotTheirs::OtherOrganization));
        let long = verify(&ours, &message, 16, NOW).err();
        assert!(matches!(
            long,
            Some(NotTheirs::Refused(Refused::TooLong { .. }))
        ));
    }

    #[test]
    fn an_unsigned_message_is_nobodys() {
        let (ours, _) = organization();
        let unsigned = "eyJhbGciOiJub25lIn0.e30.";
        let refused = verify(&ours, unsigned, LENGTH, NOW).err();
        assert_eq!(refused, Some(NotTheirs::Refused(Refused::Unsigned)));
    }

    #[test]
    fn either_name_of_the_alias_is_read() {
        let (ours, _) = organization();
        let jwk = jwk(ours.newest().unwrap()).unwrap();
        let key = SigningKey::new(&jwk, Algorithm::Hs256).unwrap();
        for name in ALIASES {
            let header = Header::new().with(name, ours.alias.clone());
            let message = sign_compact(&key, header, b"{}").unwrap();
            let read = read(&message, LENGTH).ok().unwrap();
            assert_eq!(read.alias.as_deref(), Some(ours.alias.as_str()));
            assert!(verify(&ours, &message, LENGTH, NOW).is_ok());
            let header = Header::new().with(name, "another");
            let message = sign_compact(&key, header, b"{}").unwrap();
            let refused = verify(&ours, &message, LENGTH, NOW).err();
            assert_eq!(refused, Some(NotTheirs::OtherOrganization));
        }
        let message = sign_compact(&key, Header::new(), b"{}").unwrap();
        assert!(verify(&ours, &message, LENGTH, NOW).is_ok());
    }

    #[test]
    fn an_empty_name_is_none_and_of_two_names_each_has_to_be_ours() {
        let (ours, _) = organization();
        let jwk = jwk(ours.newest().unwrap()).unwrap();
        let key = SigningKey::new(&jwk, Algorithm::Hs256).unwrap();
        let named = |one: Value, other: Value| {
            let header = Header::new().with("org_alias", one);
            let header = header.with("orgAlias", other);
            let message = sign_compact(&key, header, b"{}").unwrap();
            let alias = read(&message, LENGTH).ok().unwrap().alias;
            (alias, verify(&ours, &message, LENGTH, NOW).err())
        };
        let alias = json!(ours.alias);
        let (known, other) = (Some(ours.alias.clone()), Some(NotTheirs::OtherOrganization));
        for nothing in [json!(""), json!(" "), Value::Null] {
            assert_eq!(named(nothing.clone(), nothing.clone()), (None, None));
            assert_eq!(named(nothing.clone(), alias.clone()), (known.clone(), None));
            assert_eq!(named(nothing, json!("another")).1, other);
        }
        assert_eq!(named(alias.clone(), alias.clone()), (known, None));
        assert_eq!(named(alias.clone(), json!("another")).1, other);
        assert_eq!(named(json!("another"), alias.clone()).1, other);
        assert_eq!(named(alias, json!(7)).1, other);
    }

    #[test]
    fn a_token_in_the_header_is_that_of_the_key_or_nothing() {
        let (ours, _) = organization();
        let key = ours.newest().unwrap();
        let signing = SigningKey::new(&jwk(key).unwrap(), Algorithm::Hs256).unwrap();
        let shows = |token: Value| {
            let message = sign_compact(&signing, Header::new().with("token", token), b"{}");
            let message = message.unwrap();
            let verified = verify(&ours, &message, LENGTH, NOW);
            verified.ok().unwrap().shows_its_token()
        };
        for good in [json!(key.token.expose()), json!(""), Value::Null] {
            assert!(shows(good.clone()), "{good}");
        }
        for bad in [json!("another"), json!(7), json!([])] {
            assert!(!shows(bad.clone()), "{bad}");
        }
    }
}
