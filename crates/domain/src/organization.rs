//! Organisations: what `PingID`'s clients know a house as, and the keys that they share with it.

mod key;

use serde::{Deserialize, Serialize};
use url::Url;

pub use self::key::{KeyRefusal, OrganizationKey, OrganizationKeySize};
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

impl Organization {
    /// The longest alias, in bytes.
    pub const MAX_ALIAS: usize = 64;

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

    /// Where an answer is posted that was asked for at this address, if answers may be posted there.
    pub fn return_url(&self, asked: &str) -> Option<String> {
        let url = page(asked)?;
        let origin = origin_of(&url);
        let is_allowed = self.return_origins.iter().any(|it| it.0 == origin);
        is_allowed.then(|| url.into())
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
