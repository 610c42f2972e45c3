//! Faces: what is kept of one, together with the key of the device with which it was enrolled.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ByteString, Timestamp};

/// A face, and the device without which it counts for nothing (docs/recognize-protocol.md §2).
#[derive(Clone, Serialize, Deserialize)]
pub struct Face {
    /// The device's public key as a JWK (RFC 7517): a point on P-256, with which it signs by ES256.
    pub key: Map<String, Value>,
    /// The thumbprint of that key (RFC 7638), by which the device names itself.
    pub thumbprint: String,
    /// The face, turned by a secret that only the device has.
    pub template: ByteString,
    /// What its person has agreed to.
    pub consent: ConsentGiven,
}

/// That somebody has agreed to have their face measured (GDPR Art. 9(2)(a)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentGiven {
    /// To which text.
    pub version: String,
    /// The SHA-256 of the text that they were shown, in base64url.
    pub text: String,
    /// When.
    pub time: Timestamp,
}
