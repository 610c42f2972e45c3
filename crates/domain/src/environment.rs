//! Environments: tenants with an address, an issuer, people and applications of their own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::port::{Kind, Random, Record, Tenant};
use crate::{IdFormat, Timestamp, Uuid};

/// Identifies an [`Environment`]; its addresses begin with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EnvironmentId(Uuid);

impl EnvironmentId {
    /// The length of its text, in characters.
    pub const LENGTH: usize = 36;

    /// Makes a new identifier, whose tenant is none of those that every server has.
    pub fn new(random: &dyn Random) -> Self {
        loop {
            let id = Self(Uuid::new(random));
            if id.tenant() > Tenant::DEFAULT {
                return id;
            }
        }
    }

    /// The tenant whose records are those of the environment: the number with which its
    /// identifier begins. No two environments have the same, as it is also the key of their record.
    pub const fn tenant(self) -> Tenant {
        let [a, b, c, d, ..] = self.0.into_bytes();
        Tenant(u32::from_be_bytes([a, b, c, d]))
    }
}

impl fmt::Display for EnvironmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for EnvironmentId {
    type Err = IdFormat;

    fn from_str(text: &str) -> Result<Self, IdFormat> {
        let id = Self(text.parse().map_err(|_| IdFormat)?);
        // It is written in one way, as it is part of addresses and of the paths of cookies.
        let is_ours = id.0.is_random() && id.to_string() == text;
        match is_ours && id.tenant() > Tenant::DEFAULT {
            true => Ok(id),
            false => Err(IdFormat),
        }
    }
}

/// A tenant: what is within knows nothing of what is without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Identifies it.
    pub id: EnvironmentId,
    /// Identifies whose it is; the same for all environments of a server.
    pub organization: Uuid,
    /// Its name, for whoever administers it, and for people who are told where they sign on.
    pub name: String,
    /// What it is for, for whoever administers it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// When it was made.
    pub created: Timestamp,
    /// When something about it was last changed.
    pub modified: Timestamp,
    /// When it was deleted. It serves nobody from then on; what is kept is its number, as long as
    /// there are audit events of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Timestamp>,
}

impl Environment {
    /// The longest name, in characters.
    pub const MAX_NAME: usize = 256;

    /// Whether it is there for anybody.
    pub const fn is_live(&self) -> bool {
        self.deleted.is_none()
    }

    /// The key of the record of the environment with this id, and of no other that there may be.
    pub const fn key_of(id: EnvironmentId) -> [u8; 4] {
        id.tenant().0.to_be_bytes()
    }
}

impl Record for Environment {
    const KIND: Kind = Kind::Environment;

    fn key(&self) -> Vec<u8> {
        Self::key_of(self.id).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fixed::CountingRandom;

    #[test]
    fn refuses_other_versions_and_other_spellings() {
        for text in [
            "",
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "01890a5d-ac96-474b-ccce-b302099a8057",
            "01890A5D-ac96-474b-bcce-b302099a8057",
            "01890a5dac96474bbcceb302099a8057",
            "01890a5d-ac96-474b-bcce-b302099a805g",
        ] {
            assert_eq!(text.parse::<EnvironmentId>(), Err(IdFormat), "{text}");
        }
    }

    #[test]
    fn the_tenant_of_an_environment_is_none_that_every_server_has() {
        let random = CountingRandom::default();
        for _ in 0..64 {
            let id = EnvironmentId::new(&random);
            assert!(id.tenant() > Tenant::DEFAULT);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for text in [
            "00000000-ac96-474b-bcce-b302099a8057",
            "00000001-ac96-474b-bcce-b302099a8057",
        ] {
            assert_eq!(text.parse::<EnvironmentId>(), Err(IdFormat));
        }
        let first = "00000002-ac96-474b-bcce-b302099a8057";
        assert_eq!(first.parse::<EnvironmentId>().unwrap().tenant(), Tenant(2));
    }
}
