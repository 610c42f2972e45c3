//! People.

use serde::{Deserialize, Serialize};

use crate::port::{Kind, Lookups, Record};
use crate::{Timestamp, UserId};

/// A person who can sign on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// Identifies them; the `sub` of their tokens.
    pub id: UserId,
    /// The name with which they sign on, as they write it.
    pub username: String,
    /// Whether they may sign on.
    pub enabled: bool,
    /// Whether they may be asked for a second factor; their devices rest while they may not.
    #[serde(default = "yes")]
    pub mfa_enabled: bool,
    /// What is known about them.
    pub profile: Profile,
    /// When they were added.
    pub created: Timestamp,
    /// When something about them was last changed.
    pub modified: Timestamp,
}

/// What is so unless somebody has said otherwise.
const fn yes() -> bool {
    true
}

impl User {
    /// The longest user name, in bytes.
    pub const MAX_USERNAME: usize = 128;

    /// A user name as it is compared: without regard to case and surrounding space.
    pub fn normalized(username: &str) -> String {
        username.trim().to_lowercase()
    }

    /// The name to greet them with.
    pub fn display_name(&self) -> &str {
        let name = self.profile.name.as_deref();
        name.filter(|name| !name.trim().is_empty())
            .unwrap_or(&self.username)
    }
}

impl Record for User {
    const KIND: Kind = Kind::User;

    fn key(&self) -> Vec<u8> {
        self.id.as_bytes().to_vec()
    }

    fn lookups(&self) -> Lookups {
        let email = self.profile.email.as_ref();
        [
            Some(Self::normalized(&self.username).into_bytes().into()),
            email.map(|email| email.to_lowercase().into_bytes().into()),
            None,
        ]
    }
}

/// The standard claims about a person (OpenID Connect Core §5.1), those that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the names are the claims of OpenID Connect Core §5.1"
)]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// A postal address (OpenID Connect Core §5.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "the names are those of OpenID Connect Core §5.1.1"
)]
pub struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}
