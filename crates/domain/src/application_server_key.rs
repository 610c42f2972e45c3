//! The key by which push services know the server.

use serde::{Deserialize, Serialize};

use crate::port::{Kind, Record};
use crate::{Secret, Timestamp};

/// The key with which the server says to push services who it is (RFC 8292). Browsers subscribe for
/// this key alone, so it is made once and stays.
#[derive(Clone, Serialize, Deserialize)]
pub struct ApplicationServerKey {
    /// The private key on P-256, as a JWK (RFC 7517).
    pub private_key: Secret,
    /// When it was made.
    pub created: Timestamp,
}

impl ApplicationServerKey {
    /// The key of the one record, which is the whole server's ([`crate::port::Tenant::SYSTEM`]).
    pub const KEY: &'static [u8] = b"server";
}

impl Record for ApplicationServerKey {
    const KIND: Kind = Kind::ApplicationServerKey;

    fn key(&self) -> Vec<u8> {
        Self::KEY.to_vec()
    }
}
