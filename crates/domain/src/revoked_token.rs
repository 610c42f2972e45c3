//! Access tokens that were taken back before they expired.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::port::{Kind, Record};

/// An access token that was revoked (RFC 7009) and is remembered until it would have expired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedToken {
    /// Its `jti` (RFC 7519 §4.1.7).
    pub jti: String,
    /// When it would have expired.
    pub expires: Timestamp,
}

impl Record for RevokedToken {
    const KIND: Kind = Kind::RevokedToken;

    fn key(&self) -> Vec<u8> {
        self.jti.as_bytes().to_vec()
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.expires)
    }
}
