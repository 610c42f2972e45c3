//! The keys that an organisation shares with its clients, and how one takes the place of another.

use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Organization;
use crate::port::Random;
use crate::{Secret, Timestamp, Uuid};

/// What an organisation and its clients share.
#[derive(Clone, Serialize, Deserialize)]
pub struct OrganizationKey {
    /// Tells it from the organisation's others. It is no secret.
    pub id: String,
    /// What clients show beside their signature (`token`).
    pub token: Secret,
    /// The key of the signatures (`use_base64_key`), base64.
    pub key: Secret,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is good for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
}

/// How long a key is, and with it which signatures clients choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrganizationKeySize {
    /// 32 bytes: HS256.
    #[default]
    Bits256,
    /// 48 bytes: HS384.
    Bits384,
    /// 64 bytes: HS512.
    Bits512,
}

impl OrganizationKeySize {
    /// In bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Bits256 => 32,
            Self::Bits384 => 48,
            Self::Bits512 => 64,
        }
    }

    /// The size of so many bits, if it is one.
    pub const fn of_bits(bits: u64) -> Option<Self> {
        match bits {
            256 => Some(Self::Bits256),
            384 => Some(Self::Bits384),
            512 => Some(Self::Bits512),
            _ => None,
        }
    }
}

/// Why an organisation keeps the keys that it has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// As many are good as there may be, and one of them would have to end before its time.
    #[error(
        "{} keys are good, and there may be no more: the next one to end is {id}, at {ends}; it can be ended \
         now (`countersign pingid retire {id}`, or DELETE …/pingid/keys/{id}), and an overlap of 0 ends all \
         but the new one",
        Organization::MOST_KEYS
    )]
    TooMany {
        /// The key that ends first.
        id: String,
        /// When it does.
        ends: Timestamp,
    },
    /// It has no such key.
    #[error("the organisation has no key {0} that is good")]
    Unknown(String),
    /// New clients are given it.
    #[error("the newest key cannot be ended: make another one first")]
    Newest,
}

impl Organization {
    /// How long an earlier key is good after another was made, unless somebody says otherwise.
    pub const OVERLAP: Duration = Duration::from_hours(30 * 24);

    /// The most keys that are good at a time.
    pub const MOST_KEYS: usize = 4;

    /// The keys that are good, the newest first.
    pub fn keys(&self, now: Timestamp) -> impl Iterator<Item = &OrganizationKey> {
        self.keys.iter().filter(move |key| key.is_good(now))
    }

    /// The key that new clients are given.
    pub fn newest(&self) -> Option<&OrganizationKey> {
        self.keys.first()
    }

    /// The key with this id, good or not.
    pub fn key(&self, id: &str) -> Option<&OrganizationKey> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// The organisation with a new key; those before it are good for no longer than `overlap`.
    ///
    /// # Errors
    /// As many are good then as there may be: none ends before it was said to, unless somebody says so.
    pub fn rotated(
        &self,
        size: OrganizationKeySize,
        overlap: Duration,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, KeyRefusal> {
        let end = now + overlap;
        let earlier = self.keys(now).map(|key| OrganizationKey {
            ends: Some(key.ends.map_or(end, |ends| ends.min(end))),
            ..key.clone()
        });
        let earlier: Vec<_> = earlier.filter(|key| key.is_good(now)).collect();
        let first = earlier.iter().filter_map(|key| Some((key.ends?, &key.id)));
        match first.min() {
            Some((ends, id)) if earlier.len() >= Self::MOST_KEYS => Err(KeyRefusal::TooMany {
                id: id.clone(),
                ends,
            }),
            _ => Ok(Self {
                keys: std::iter::once(OrganizationKey::new(size, now, random))
                    .chain(earlier)
                    .collect(),
                modified: now,
                ..self.clone()
            }),
        }
    }

    /// The organisation without one of its earlier keys: whatever is signed with that from now on is
    /// nobody's.
    ///
    /// # Errors
    /// It has no such key, or new clients are given it.
    pub fn without_key(&self, id: &str, now: Timestamp) -> Result<Self, KeyRefusal> {
        if !self.keys(now).any(|key| key.id == id) {
            return Err(KeyRefusal::Unknown(id.to_owned()));
        }
        if self.newest().is_some_and(|key| key.id == id) {
            return Err(KeyRefusal::Newest);
        }
        Ok(Self {
            keys: self.keys(now).filter(|key| key.id != id).cloned().collect(),
            modified: now,
            ..self.clone()
        })
    }
}

impl OrganizationKey {
    /// The bytes of a token.
    const TOKEN: usize = 16;

    pub(super) fn new(size: OrganizationKeySize, now: Timestamp, random: &dyn Random) -> Self {
        let made = |length: usize| {
            let mut bytes = Zeroizing::new(vec![0; length]);
            random.fill(&mut bytes);
            bytes
        };
        Self {
            id: Uuid::new(random).to_string(),
            token: Secret::new(HEXLOWER.encode(&made(Self::TOKEN))),
            key: Secret::new(BASE64.encode(&made(size.bytes()))),
            created: now,
            ends: None,
        }
    }

    /// Whether it is good for anything.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.ends.is_none_or(|ends| now < ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fixed::CountingRandom;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);
    const DAY: Duration = Duration::from_hours(24);

    fn ids(organization: &Organization, now: Timestamp) -> Vec<String> {
        organization.keys(now).map(|key| key.id.clone()).collect()
    }

    #[test]
    fn a_key_ends_when_its_overlap_does() {
        let random = CountingRandom::default();
        let first = Organization::new(None, NOW, &random);
        let rotated = |it: &Organization, size, overlap, now| {
            let rotated = it.rotated(size, overlap, now, &random);
            rotated.ok().unwrap()
        };
        let second = rotated(&first, OrganizationKeySize::Bits512, DAY, NOW);
        let (old, new) = (ids(&first, NOW), ids(&second, NOW));
        assert_eq!(new.len(), 2);
        assert_eq!(new[1], old[0]);
        assert_eq!(ids(&second, NOW + DAY), new[..1]);
        let decoded = BASE64.decode(second.newest().unwrap().key.expose().as_bytes());
        assert_eq!(decoded.unwrap().len(), 64);
        // Another rotation gives an earlier key no more time, and none at all takes it away.
        let size = OrganizationKeySize::default();
        let third = rotated(&second, size, DAY * 30, NOW + DAY / 2);
        assert_eq!(ids(&third, NOW + DAY).len(), 2);
        let fourth = rotated(&third, size, Duration::ZERO, NOW + DAY / 2);
        assert_eq!(ids(&fourth, NOW + DAY / 2).len(), 1);
    }

    #[test]
    fn no_key_ends_before_its_time_for_another() {
        let random = CountingRandom::default();
        let size = OrganizationKeySize::default();
        let mut full = Organization::new(None, NOW, &random);
        let oldest = ids(&full, NOW).remove(0);
        for _ in 1..Organization::MOST_KEYS {
            full = full.rotated(size, DAY, NOW, &random).ok().unwrap();
        }
        assert_eq!(full.keys(NOW).count(), Organization::MOST_KEYS);
        let refused = full.rotated(size, DAY * 30, NOW, &random).err().unwrap();
        let KeyRefusal::TooMany { id, ends } = &refused else {
            panic!("{refused}");
        };
        assert!(ids(&full, NOW).contains(id) && *ends == NOW + DAY);
        let sentence = refused.to_string();
        assert!(sentence.contains(id) && sentence.contains(&ends.to_string()));
        // There is room when one has ended, is ended, or all are.
        let later = full.rotated(size, DAY, NOW + DAY, &random).ok().unwrap();
        assert_eq!(later.keys(NOW + DAY).count(), 2);
        let fewer = full.without_key(&oldest, NOW).ok().unwrap();
        assert!(!ids(&fewer, NOW).contains(&oldest));
        assert!(fewer.rotated(size, DAY, NOW, &random).is_ok());
        let alone = full
            .rotated(size, Duration::ZERO, NOW, &random)
            .ok()
            .unwrap();
        assert_eq!(alone.keys(NOW).count(), 1);
    }

    #[test]
    fn only_an_earlier_key_can_be_ended() {
        let organization = Organization::new(None, NOW, &CountingRandom::default());
        let newest = ids(&organization, NOW).remove(0);
        let refused = |id: &str| organization.without_key(id, NOW).err();
        assert_eq!(refused(&newest), Some(KeyRefusal::Newest));
        assert_eq!(refused("x"), Some(KeyRefusal::Unknown("x".to_owned())));
    }
}
