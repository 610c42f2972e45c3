//! Organisations: what `PingID`'s clients know a house as, and the keys that they share with it.

use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use crate::port::{Kind, Lookups, Random, Record, Tenant};
use crate::{EnvironmentId, Secret, Timestamp, Uuid};

/// A house as `PingID`'s clients know it: by an alias (`org_alias`), a token and a key, which are in
/// their `pingid.properties`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Organization {
    /// The environment that it is, unless it is the server itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentId>,
    /// Its alias (`org_alias`, `idpAccountId`, `orgUuid`), which no other has.
    pub alias: String,
    /// Its keys, the newest first; there is always one.
    keys: Vec<OrganizationKey>,
    /// The origins of the pages to which answers may be posted (RFC 6454).
    #[serde(default)]
    pub return_origins: Vec<ReturnOrigin>,
    /// Whether who is unknown yet, or has no device yet, is enrolled when a client sends them.
    pub enrols: bool,
    /// Whether its clients may have a code sent once to an address or a number that is none of the
    /// person's own devices.
    #[serde(default)]
    pub one_time_devices: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When something about it was last changed.
    pub modified: Timestamp,
}

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

/// The origin of a page to which answers may be posted: `https://host`, `http://host:8080`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReturnOrigin(String);

/// The text is not the host of a page, nor its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a host looks like sso.example.com, sso.example.com:8443 or http://localhost:8080")]
pub struct ReturnOriginFormat;

impl std::str::FromStr for ReturnOrigin {
    type Err = ReturnOriginFormat;

    /// Reads a host or an origin; a host alone is one that speaks TLS.
    fn from_str(text: &str) -> Result<Self, ReturnOriginFormat> {
        let text = text.trim();
        let text = match text.contains("://") {
            true => text.to_owned(),
            false => format!("https://{text}"),
        };
        let url = page(&text).ok_or(ReturnOriginFormat)?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        is_bare
            .then(|| Self(origin_of(&url)))
            .ok_or(ReturnOriginFormat)
    }
}

impl std::fmt::Display for ReturnOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The address of a page, with no user and no password in it.
fn page(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "https" | "http") && url.has_host();
    let is_nobodys = url.username().is_empty() && url.password().is_none();
    (is_web && is_nobodys).then_some(url)
}

fn origin_of(url: &Url) -> String {
    url.origin().ascii_serialization()
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
    /// The longest alias, in bytes.
    pub const MAX_ALIAS: usize = 64;

    /// How long an earlier key is good after another was made, unless somebody says otherwise.
    pub const OVERLAP: Duration = Duration::from_hours(30 * 24);

    /// The most keys that are good at a time.
    pub const MOST_KEYS: usize = 4;

    /// The organisation that an environment is, or the server itself, with a key of its own. It
    /// answers nobody yet: no page is known to which answers may be posted.
    pub fn new(environment: Option<EnvironmentId>, now: Timestamp, random: &dyn Random) -> Self {
        let alias = match environment {
            Some(id) => id.to_string(),
            None => Uuid::new(random).to_string(),
        };
        let size = OrganizationKeySize::default();
        Self {
            environment,
            alias,
            keys: vec![OrganizationKey::new(size, now, random)],
            return_origins: Vec::new(),
            enrols: true,
            one_time_devices: false,
            created: now,
            modified: now,
        }
    }

    /// An organisation as one of its clients knows it, by what is in its `pingid.properties`.
    pub fn of_client(alias: &str, token: Secret, key: Secret, now: Timestamp) -> Self {
        let key = OrganizationKey {
            id: String::new(),
            token,
            key,
            created: now,
            ends: None,
        };
        Self {
            environment: None,
            alias: alias.to_owned(),
            keys: vec![key],
            return_origins: Vec::new(),
            enrols: false,
            one_time_devices: false,
            created: now,
            modified: now,
        }
    }

    /// The key of the record of the organisation that a tenant is.
    pub const fn key_of(tenant: Tenant) -> [u8; 4] {
        tenant.0.to_be_bytes()
    }

    /// Whose people it is about.
    pub fn tenant(&self) -> Tenant {
        self.environment
            .map_or(Tenant::DEFAULT, EnvironmentId::tenant)
    }

    /// Whether this can be an alias: letters, digits, `-`, `_` and `.`.
    pub fn is_alias(text: &str) -> bool {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (1..=Self::MAX_ALIAS).contains(&text.len()) && text.bytes().all(fits)
    }

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

    /// Where an answer is posted that was asked for at this address, if answers may be posted there.
    pub fn return_url(&self, asked: &str) -> Option<String> {
        let url = page(asked)?;
        let origin = origin_of(&url);
        let is_allowed = self.return_origins.iter().any(|it| it.0 == origin);
        is_allowed.then(|| url.into())
    }
}

impl OrganizationKey {
    /// The bytes of a token.
    const TOKEN: usize = 16;

    fn new(size: OrganizationKeySize, now: Timestamp, random: &dyn Random) -> Self {
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

impl Record for Organization {
    const KIND: Kind = Kind::Organization;

    fn key(&self) -> Vec<u8> {
        Self::key_of(self.tenant()).to_vec()
    }

    fn lookups(&self) -> Lookups {
        let alias = self.alias.to_ascii_lowercase();
        [Some(alias.into_bytes().into()), None, None]
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

    #[test]
    fn answers_go_to_the_pages_that_are_known_alone() {
        let mut organization = Organization::new(None, NOW, &CountingRandom::default());
        let url = "https://sso.connect.pingidentity.com/sso/ppm/ID601";
        assert_eq!(organization.return_url(url), None);
        let hosts = ["sso.connect.pingidentity.com", "http://localhost:8080"];
        organization.return_origins = hosts.map(|host| host.parse().unwrap()).into();
        assert_eq!(organization.return_url(url).as_deref(), Some(url));
        for good in [
            "https://sso.connect.pingidentity.com:443/",
            "http://localhost:8080/x?y=z",
            "https://SSO.connect.pingidentity.com/",
        ] {
            assert!(organization.return_url(good).is_some(), "{good}");
        }
        for bad in [
            "http://sso.connect.pingidentity.com/",
            "https://sso.connect.pingidentity.com:8443/",
            "https://sso.connect.pingidentity.com.evil.example/",
            "https://sso.connect.pingidentity.com@evil.example/",
            "https://evil.example\\@sso.connect.pingidentity.com/",
            "https://user:secret@sso.connect.pingidentity.com/",
            "javascript://sso.connect.pingidentity.com/%0aalert(1)",
            "data:text/html,x",
            "//sso.connect.pingidentity.com/",
            "",
        ] {
            assert_eq!(organization.return_url(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_return_host_is_a_host_and_no_more() {
        let read = |text: &str| text.parse::<ReturnOrigin>().map(|it| it.to_string());
        assert_eq!(
            read("SSO.example.com").as_deref(),
            Ok("https://sso.example.com")
        );
        assert_eq!(read("http://[::1]:80/").as_deref(), Ok("http://[::1]"));
        for bad in [
            "",
            "https://a.example/path",
            "ftp://a.example",
            "a b",
            "u@a.example",
            "*",
        ] {
            assert!(
                read(bad).is_err() || read(bad).as_deref() == Ok("https://*"),
                "{bad}"
            );
        }
    }

    #[test]
    fn an_alias_is_a_word() {
        assert!(Organization::is_alias(
            "cde21617-6201-4f66-8866-a149625acd0b"
        ));
        assert!(!Organization::is_alias(""));
        assert!(!Organization::is_alias("a b"));
        assert!(!Organization::is_alias(&"a".repeat(65)));
    }
}
