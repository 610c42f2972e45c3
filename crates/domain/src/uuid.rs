//! UUIDs of version 4, as PingOne's interfaces have them.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::port::Random;
use crate::{IdFormat, TimeId};

/// The lengths of the groups of a UUID's text, in characters (RFC 9562 §4).
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// The bits of a UUID of version 4 that say so.
const VERSION: u128 = 4 << 76 | 2 << 62;

/// The last 62 bits of a UUID, which come after the variant.
const LOW: u128 = (1 << 62) - 1;

/// The 12 bits between the version and the variant.
const MIDDLE: u128 = 0xfff;

/// A UUID of version 4 (RFC 9562 §5.4), written in lower case and in no other way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(u128);

impl Uuid {
    /// Makes a new one.
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self::holding(u128::from_be_bytes(bytes))
    }

    /// Its bytes.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The UUID that has the last 122 bits of `value` around the six that say what it is.
    const fn holding(value: u128) -> Self {
        let (high, middle) = (value >> 74 << 80, (value >> 62 & MIDDLE) << 64);
        Self(high | middle | value & LOW | VERSION)
    }

    /// The 122 bits that it has of its own.
    const fn held(self) -> u128 {
        self.0 >> 80 << 74 | (self.0 >> 64 & MIDDLE) << 62 | self.0 & LOW
    }
}

/// The same identifier as a UUID. None that is made before the year 2109 has a time of more than 42
/// bits, so that it fits.
impl From<TimeId> for Uuid {
    fn from(id: TimeId) -> Self {
        Self::holding(u128::from_be_bytes(*id.as_bytes()))
    }
}

impl From<Uuid> for TimeId {
    fn from(uuid: Uuid) -> Self {
        Self::from_bytes(uuid.held().to_be_bytes())
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = HEXLOWER.encode(&self.to_bytes());
        let mut rest = text.as_str();
        for (index, length) in GROUPS.into_iter().enumerate() {
            let (group, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            f.write_str(if index > 0 { "-" } else { "" })?;
            f.write_str(group)?;
            rest = after;
        }
        Ok(())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Uuid {
    type Err = IdFormat;

    fn from_str(text: &str) -> Result<Self, IdFormat> {
        let lengths = text.split('-').map(str::len);
        if !lengths.eq(GROUPS) {
            return Err(IdFormat);
        }
        let bytes = HEXLOWER.decode(text.replace('-', "").as_bytes());
        let bytes: [u8; 16] = bytes
            .ok()
            .and_then(|it| it.try_into().ok())
            .ok_or(IdFormat)?;
        let uuid = Self(u128::from_be_bytes(bytes));
        match uuid == Self::holding(uuid.held()) {
            true => Ok(uuid),
            false => Err(IdFormat),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fixed::CountingRandom;
    use crate::{Timestamp, UserId};

    #[test]
    fn rfc9562_5_4_says_that_it_is_of_version_4() {
        let random = CountingRandom::default();
        for _ in 0..64 {
            let text = Uuid::new(&random).to_string();
            assert_eq!(text.len(), 36);
            assert_eq!(&text[14..15], "4", "{text}");
            assert!("89ab".contains(&text[19..20]), "{text}");
            assert_eq!(text.parse::<Uuid>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn an_identifier_has_one_uuid_and_comes_back_from_it() {
        let random = CountingRandom::default();
        for seconds in [0, 1_700_000_000, 4_386_000_000] {
            let id = UserId::new(Timestamp::from_seconds(seconds), &random);
            let uuid = id.uuid();
            assert_eq!(uuid.to_string().parse::<UserId>().unwrap(), id);
            assert_eq!(uuid.to_string().parse::<Uuid>().unwrap(), uuid);
            assert_eq!(id.to_string().parse::<UserId>().unwrap(), id);
        }
    }

    #[test]
    fn refuses_other_versions_other_variants_and_other_spellings() {
        for text in [
            "",
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "01890a5d-ac96-474b-ccce-b302099a8057",
            "01890A5D-ac96-474b-bcce-b302099a8057",
            "01890a5dac96474bbcceb302099a8057",
            "{01890a5d-ac96-474b-bcce-b302099a8057}",
            "01890a5d-ac96-474b-bcce-b302099a805",
            "01890a5d-ac96-474b-bcce-b302099a805g",
            "01890a5d-ac96-474b-bcceb302099a8057-",
        ] {
            assert_eq!(text.parse::<Uuid>(), Err(IdFormat), "{text}");
        }
    }
}
