//! Customers: environments whose people enrol and authenticate by their face, and the rules for it.

use std::time::Duration;

use domain::port::{Kind, Random, Record};
use domain::{Digest, EnvironmentId, Handle, Secret, Timestamp};
use jose::digest::sha256;
use serde::{Deserialize, Serialize};
use url::{Host, Url};
use zeroize::Zeroizing;

/// The longest name of a customer, in characters.
const MAX_NAME: usize = 64;

/// The most origins and keys of one customer.
const MAX_LISTED: usize = 32;

/// For how long user authorizations may be good.
const LIFETIMES: std::ops::RangeInclusive<u64> = 60..=3600;

/// A customer cannot be like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomerFault {
    /// The name will not do.
    #[error("the name of a customer has 1 to 64 lower-case letters, digits and hyphens")]
    Name,
    /// Where its keys are is no such place.
    #[error("`{0}` is no https URL for a JWK set")]
    JwksUri(String),
    /// An origin is none.
    #[error("`{0}` is no origin like https://shop.example")]
    Origin(String),
    /// Too many of them.
    #[error("a customer has at most {MAX_LISTED} origins and as many keys")]
    TooMany,
    /// How long user authorizations are good will not do.
    #[error("user authorizations are good for 60 to 3600 seconds")]
    Lifetime,
    /// Further devices would be anybody's.
    #[error("further devices take the user authorization of RemoteJWKSet")]
    FurtherDevices,
}

/// Who vouches for a person before their session begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all_fields = "snake_case")]
pub enum UserAuthorization {
    /// Nobody.
    #[default]
    None,
    /// The customer, by a JWT that a key of this set has signed.
    #[serde(rename = "RemoteJWKSet")]
    RemoteJwkSet {
        /// Where the set is.
        jwks_uri: String,
    },
}

/// Which JWT tells of a success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionProfile {
    /// That of the original, signed by the person's key: no `iss`, no `exp`.
    #[default]
    Original,
    /// One with `iss`, `exp` and `jti`, signed by the environment's key, with a receipt.
    Extended,
}

/// What is kept of a transaction besides digests in the audit log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepTransactions {
    /// Nothing (seed 002: it "does not store transaction history records for amount, payee, payer, or
    /// authentication code").
    #[default]
    None,
    /// The transaction data, with the operation that the customer has given an id, for as long as that.
    Operation,
}

/// A key by which the customer's backend calls the server API, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// What the customer calls it.
    pub name: String,
    /// The SHA-256 of it: it has 256 random bits.
    pub hash: Digest,
    /// When it was made.
    pub created: Timestamp,
}

impl ApiKey {
    /// A new key of the customer of this name, and what is kept of it. It begins with the customer's name,
    /// by which it is found.
    pub fn new(customer: &str, name: &str, now: Timestamp, random: &dyn Random) -> (Secret, Self) {
        let handle = Handle::new(now, 32, random);
        let key = Zeroizing::new(format!("{customer}.{}", handle.expose()));
        let kept = Self {
            name: name.to_owned(),
            hash: Digest::from_bytes(sha256(key.as_bytes())),
            created: now,
        };
        (Secret::new(key.as_str()), kept)
    }
}

/// A customer: a name that their pages say, an environment, and rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The name that the SDK is given (`customer`).
    pub name: String,
    /// Whose people they are.
    pub environment: EnvironmentId,
    /// Who vouches for a person.
    #[serde(default)]
    pub user_authorization: UserAuthorization,
    /// How long a user authorization may be good, from `iat` to `exp`, in seconds.
    pub authorization_lifetime: u64,
    /// The origins of pages that may open sessions: `https://shop.example`.
    #[serde(default)]
    pub origins: Vec<String>,
    /// The keys of the server API.
    #[serde(default)]
    pub api_keys: Vec<ApiKey>,
    /// Whether people may have a PIN besides their face.
    #[serde(default)]
    pub pin: bool,
    /// Whether somebody who has enrolled may enrol a further device, when they are vouched for.
    #[serde(default)]
    pub further_devices: bool,
    /// Which JWT tells of a success.
    #[serde(default)]
    pub profile: TransactionProfile,
    /// What is kept of transactions.
    #[serde(default)]
    pub keep_transactions: KeepTransactions,
    /// When it was made.
    pub created: Timestamp,
    /// Since when it is being deleted. It is nobody's customer from then on, and no face is enrolled; the
    /// record goes last, when there is no face left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Timestamp>,
}

impl Customer {
    /// A customer with the rules that hold unless somebody says otherwise.
    pub fn new(name: &str, environment: EnvironmentId, now: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            environment,
            user_authorization: UserAuthorization::None,
            authorization_lifetime: 600,
            origins: Vec::new(),
            api_keys: Vec::new(),
            pin: false,
            further_devices: false,
            profile: TransactionProfile::Original,
            keep_transactions: KeepTransactions::None,
            created: now,
            deleted: None,
        }
    }

    /// Whether it is there for anybody.
    pub const fn is_live(&self) -> bool {
        self.deleted.is_none()
    }

    /// The key of the customer's record, which is the server's and not of one environment.
    pub fn key_of(name: &str) -> [u8; 32] {
        sha256(name.as_bytes())
    }

    /// Whether it can be like this.
    pub fn check(&self) -> Result<(), CustomerFault> {
        let is_character = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=MAX_NAME).contains(&self.name.len()) || !self.name.chars().all(is_character) {
            return Err(CustomerFault::Name);
        }
        if !LIFETIMES.contains(&self.authorization_lifetime) {
            return Err(CustomerFault::Lifetime);
        }
        if self.origins.len() > MAX_LISTED || self.api_keys.len() > MAX_LISTED {
            return Err(CustomerFault::TooMany);
        }
        match &self.user_authorization {
            UserAuthorization::None if self.further_devices => {
                return Err(CustomerFault::FurtherDevices);
            }
            UserAuthorization::RemoteJwkSet { jwks_uri } if !is_https(jwks_uri) => {
                return Err(CustomerFault::JwksUri(jwks_uri.clone()));
            }
            UserAuthorization::None | UserAuthorization::RemoteJwkSet { .. } => {}
        }
        match self.origins.iter().find(|origin| !is_origin(origin)) {
            Some(other) => Err(CustomerFault::Origin(other.clone())),
            None => Ok(()),
        }
    }

    /// Whether a page of this origin may open a session; who has none is no browser.
    pub fn allows(&self, origin: Option<&str>) -> bool {
        origin.is_none_or(|origin| self.origins.iter().any(|it| it == origin))
    }

    /// Whether somebody who shows this key is the customer's backend.
    pub fn has_key(&self, presented: &str) -> bool {
        let shown = Digest::from_bytes(sha256(presented.as_bytes()));
        // All of them are compared: which one it is takes no time to tell.
        let found = self.api_keys.iter().filter(|key| key.hash.matches(&shown));
        found.count() > 0
    }

    /// How long a user authorization may be good.
    pub const fn lifetime(&self) -> Duration {
        Duration::from_secs(self.authorization_lifetime)
    }
}

impl Record for Customer {
    const KIND: Kind = Kind::RecognizeCustomer;

    fn key(&self) -> Vec<u8> {
        Self::key_of(&self.name).to_vec()
    }
}

fn is_https(text: &str) -> bool {
    let url = Url::parse(text).ok();
    url.is_some_and(|url| url.scheme() == "https" && url.username().is_empty())
}

/// Whether a text is an origin as browsers write it (RFC 6454 §6.2). Without TLS it is one of the same
/// machine alone.
fn is_origin(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let is_safe = url.scheme() == "https" || url.scheme() == "http" && is_local;
    is_safe && url.origin().ascii_serialization() == text
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;

    use super::*;

    fn customer() -> Customer {
        let environment = EnvironmentId::new(&CountingRandom::default());
        Customer::new("demo-shop", environment, Timestamp::EPOCH)
    }

    #[test]
    fn a_customer_is_checked_before_it_is_kept() {
        assert_eq!(customer().check(), Ok(()));
        for name in ["", "Demo", "a b", &"x".repeat(65)] {
            let named = Customer {
                name: name.to_owned(),
                ..customer()
            };
            assert_eq!(named.check(), Err(CustomerFault::Name), "{name}");
        }
        let mut further = customer();
        further.further_devices = true;
        assert_eq!(further.check(), Err(CustomerFault::FurtherDevices));
        for uri in ["http://shop.example/jwks", "shop.example", ""] {
            let mut remote = customer();
            let jwks_uri = uri.to_owned();
            remote.user_authorization = UserAuthorization::RemoteJwkSet { jwks_uri };
            let refused = Err(CustomerFault::JwksUri(uri.to_owned()));
            assert_eq!(remote.check(), refused);
        }
    }

    #[test]
    fn seed_000_the_user_authorization_type_has_the_names_of_the_original() {
        let read = |json: &str| serde_json::from_str::<UserAuthorization>(json).unwrap();
        assert_eq!(read(r#"{"type":"None"}"#), UserAuthorization::None);
        let jwks_uri = "https://shop.example/jwks".to_owned();
        assert_eq!(
            read(r#"{"type":"RemoteJWKSet","jwks_uri":"https://shop.example/jwks"}"#),
            UserAuthorization::RemoteJwkSet { jwks_uri }
        );
    }

    #[test]
    fn pages_of_other_origins_open_nothing() {
        let mut customer = customer();
        customer.origins = vec!["https://shop.example".to_owned()];
        assert!(customer.allows(Some("https://shop.example")));
        assert!(!customer.allows(Some("https://shop.example.evil")));
        assert!(!customer.allows(Some("null")));
        assert!(customer.allows(None));
        for (origin, is_one) in [
            ("https://shop.example", true),
            ("http://127.0.0.1:8080", true),
            ("http://shop.example", false),
            ("https://shop.example/", false),
            ("https://Shop.example", false),
            ("*", false),
            ("null", false),
        ] {
            assert_eq!(is_origin(origin), is_one, "{origin}");
        }
    }

    #[test]
    fn a_key_of_the_api_is_kept_as_a_hash() {
        let (key, kept) = ApiKey::new(
            "demo-shop",
            "shop",
            Timestamp::EPOCH,
            &CountingRandom::default(),
        );
        let mut customer = customer();
        assert!(key.expose().starts_with("demo-shop."));
        assert!(!customer.has_key(key.expose()));
        customer.api_keys.push(kept);
        assert!(customer.has_key(key.expose()));
        assert!(!customer.has_key(""));
        let json = serde_json::to_string(&customer).unwrap();
        assert!(!json.contains(key.expose()));
    }
}
