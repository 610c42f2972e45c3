//! What a person has allowed a client, remembered.

use serde::{Deserialize, Serialize};

use crate::port::{Kind, Lookups, Record};
use crate::{ClientId, Scope, Timestamp, UserId};

/// The scopes that a person has allowed a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Consent {
    /// The person.
    pub user: UserId,
    /// The client.
    pub client: ClientId,
    /// What was allowed, so far.
    pub scope: Scope,
    /// When it was last allowed.
    pub given: Timestamp,
    /// Until when it is remembered; for ever, if `None`.
    pub expires: Option<Timestamp>,
}

impl Consent {
    /// The key of what `user` has allowed `client`.
    pub fn key_of(user: UserId, client: &ClientId) -> Vec<u8> {
        [user.as_bytes().as_slice(), client.as_ref()].concat()
    }

    /// Whether all of `scope` was allowed and is still remembered.
    pub fn covers(&self, scope: &Scope, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires) && scope.is_within(&self.scope)
    }
}

impl Record for Consent {
    const KIND: Kind = Kind::Consent;

    fn key(&self) -> Vec<u8> {
        Self::key_of(self.user, &self.client)
    }

    fn lookups(&self) -> Lookups {
        [
            Some(self.user.as_bytes().as_slice().into()),
            Some(self.client.as_ref().into()),
            None,
        ]
    }

    fn expires(&self) -> Option<Timestamp> {
        self.expires
    }
}
