//! Identifiers: each noun has its own, so that none can be taken for another.

use std::fmt;
use std::str::FromStr;

use data_encoding::{Encoding, HEXLOWER, HEXLOWER_PERMISSIVE, Specification};
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::port::Random;

/// Not an identifier of the form that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an identifier has 26 characters of lower-case Crockford base 32, or is a UUID")]
pub struct IdFormat;

/// A stored identifier: 48 bits of time in milliseconds, then random bits, but for the six that make
/// it a UUID of version 4 as well (RFC 9562 §5.4), which is how some clients want to see it.
///
/// Beginning with the time keeps inserts at the right edge of a store's index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeId([u8; 16]);

impl TimeId {
    /// Makes a new identifier.
    pub fn new(now: Timestamp, random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        let [time @ .., _, _, _, _, _, _, _, _, _, _] = &mut bytes;
        *time = time_prefix(now);
        let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
        *version = 0x40 | (*version & 0x0f);
        *variant = 0x80 | (*variant & 0x3f);
        Self(bytes)
    }

    /// The least identifier of this moment: all that were made before it are less.
    pub fn least_at(moment: Timestamp) -> Self {
        let mut bytes = [0; 16];
        let (time, _) = bytes.split_at_mut(6);
        time.copy_from_slice(&time_prefix(moment));
        Self(bytes)
    }

    /// When it was made.
    pub fn time(self) -> Timestamp {
        // The first 48 of 128 bits.
        let millis = u128::from_be_bytes(self.0) >> 80;
        Timestamp::from_millis(i64::try_from(millis).unwrap_or_default())
    }

    /// The identifier with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the identifier, as a store's key.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// An identifier in the form of a UUID (RFC 9562 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// Makes a new one, of version 4 (RFC 9562 §5.4).
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
        *version = 0x40 | (*version & 0x0f);
        *variant = 0x80 | (*variant & 0x3f);
        Self(bytes)
    }

    /// Whether it is of version 4.
    pub const fn is_random(&self) -> bool {
        let [_, _, _, _, _, _, version, _, variant, ..] = self.0;
        version >> 4 == 4 && variant >> 6 == 2
    }

    /// The UUID with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn into_bytes(self) -> [u8; 16] {
        self.0
    }
}

/// Where a UUID has its hyphens.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = HEXLOWER.encode(&self.0);
        for at in HYPHENS {
            text.insert(at, '-');
        }
        f.write_str(&text)
    }
}

/// Not a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a UUID has 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12")]
pub struct UuidFormat;

impl FromStr for Uuid {
    type Err = UuidFormat;

    fn from_str(text: &str) -> Result<Self, UuidFormat> {
        let is_formed = text.len() == 36
            && HYPHENS
                .iter()
                .all(|at| text.as_bytes().get(*at) == Some(&b'-'));
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        let bytes = HEXLOWER_PERMISSIVE
            .decode(digits.as_bytes())
            .map_err(|_| UuidFormat)?;
        let bytes = bytes.try_into().map_err(|_| UuidFormat)?;
        is_formed.then_some(Self(bytes)).ok_or(UuidFormat)
    }
}

impl Serialize for Uuid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Uuid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The 48 bits of time that stored keys begin with.
pub(crate) fn time_prefix(now: Timestamp) -> [u8; 6] {
    let [_, _, prefix @ ..] = now.millis().max(0).to_be_bytes();
    prefix
}

fn crockford() -> &'static Encoding {
    static ENCODING: std::sync::LazyLock<Encoding> = std::sync::LazyLock::new(|| {
        let mut specification = Specification::new();
        specification
            .symbols
            .push_str("0123456789abcdefghjkmnpqrstvwxyz");
        #[expect(
            clippy::expect_used,
            reason = "a constant alphabet; a test encodes with it"
        )]
        specification.encoding().expect("32 distinct symbols")
    });
    &ENCODING
}

impl fmt::Display for TimeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford().encode(&self.0))
    }
}

impl fmt::Debug for TimeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TimeId {
    type Err = IdFormat;

    fn from_str(text: &str) -> Result<Self, IdFormat> {
        if text.contains('-') {
            let uuid: Uuid = text.parse().map_err(|_| IdFormat)?;
            return Ok(Self(uuid.into_bytes()));
        }
        let bytes = crockford().decode(text.as_bytes()).map_err(|_| IdFormat)?;
        bytes.try_into().map(Self).map_err(|_| IdFormat)
    }
}

impl Serialize for TimeId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

macro_rules! time_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(TimeId);

        impl $name {
            /// Makes a new identifier.
            pub fn new(now: Timestamp, random: &dyn Random) -> Self {
                Self(TimeId::new(now, random))
            }

            /// The least identifier of this moment: all that were made before it are less.
            pub fn least_at(moment: Timestamp) -> Self {
                Self(TimeId::least_at(moment))
            }

            /// When it was made.
            pub fn time(self) -> Timestamp {
                self.0.time()
            }

            /// The identifier with these bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(TimeId::from_bytes(bytes))
            }

            /// The bytes of the identifier, as a store's key.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The identifier in the form of a UUID.
            pub const fn uuid(&self) -> Uuid {
                Uuid::from_bytes(*self.as_bytes())
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self::from_bytes(uuid.into_bytes())
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.uuid()
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                self.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = IdFormat;

            fn from_str(text: &str) -> Result<Self, IdFormat> {
                text.parse().map(Self)
            }
        }
    };
}

time_id! {
    /// Identifies a [`crate::User`]; also the `sub` of their tokens.
    UserId
}
time_id! {
    /// Identifies a [`crate::Session`] to relying parties (`sid`); it opens nothing.
    SessionId
}
time_id! {
    /// Identifies a [`crate::Grant`]; access tokens carry it.
    GrantId
}
time_id! {
    /// Identifies a flow in its pages' addresses; acting in it also takes its browser's cookie.
    FlowId
}
time_id! {
    /// Identifies a [`crate::Device`].
    DeviceId
}
time_id! {
    /// Identifies an [`crate::AuditEvent`].
    AuditId
}
time_id! {
    /// Identifies a [`crate::Message`].
    MessageId
}
time_id! {
    /// Identifies what an authenticator is asked.
    PushRequestId
}

/// The `client_id` of a client (RFC 6749 §2.2), chosen by whoever registered it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// The identifier with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<[u8]> for ClientId {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fixed::CountingRandom;

    #[test]
    fn text_and_bytes_round_trip_and_sort_by_time() {
        let random = CountingRandom::default();
        let earlier = UserId::new(Timestamp::from_seconds(1_700_000_000), &random);
        let later = UserId::new(Timestamp::from_seconds(1_700_000_001), &random);
        assert!(earlier < later && earlier.to_string() < later.to_string());
        assert_eq!(earlier.to_string().len(), 26);
        assert_eq!(earlier.to_string().parse::<UserId>().unwrap(), earlier);
    }

    #[test]
    fn rfc9562_5_4_an_identifier_is_a_uuid_of_version_4_as_well() {
        let random = CountingRandom::default();
        let now = Timestamp::from_seconds(1_700_000_000);
        for id in (0..300).map(|_| UserId::new(now, &random)) {
            let text = id.uuid().to_string();
            assert_eq!((text.len(), &text[14..15]), (36, "4"), "{text}");
            assert!("89ab".contains(&text[19..20]), "{text}");
            assert_eq!(UserId::from(text.parse::<Uuid>().unwrap()), id);
            assert_eq!(text.to_uppercase().parse(), Ok(id.uuid()));
        }
        for text in [
            "",
            "018bcfe56800",
            "018bcfe5-6800-4000-8000-00000000000",
            "018bcfe568004000800000000000000000000",
            "018bcfe5-6800-4000-8000-00000000000g",
            "018bcfe56-800-4000-8000-000000000000",
        ] {
            assert_eq!(text.parse::<Uuid>(), Err(UuidFormat), "{text}");
        }
    }

    #[test]
    fn the_least_of_a_moment_parts_those_before_from_those_of_it() {
        let random = CountingRandom::default();
        let moment = Timestamp::from_seconds(1_700_000_000);
        let before = AuditId::new(Timestamp::from_millis(moment.millis() - 1), &random);
        let least = AuditId::least_at(moment);
        assert!(before < least && least <= AuditId::new(moment, &random));
        assert_eq!(AuditId::new(moment, &random).time(), moment);
    }

    #[test]
    fn refuses_other_alphabets_lengths_and_trailing_bits() {
        for text in [
            "",
            "0",
            "00000000000000000000000000u",
            "0000000000000000000000000U",
            "00000000000000000000000001",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(IdFormat), "{text}");
        }
    }
}
