//! Authenticators: apps that hold a key of their own, and are asked what their person approves.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Secret;

/// The key of an authenticator, and how it is woken.
#[derive(Clone, Serialize, Deserialize)]
pub struct Authenticator {
    /// Its public key as a JWK (RFC 7517): a point on P-256, with which it signs by ES256.
    pub key: Map<String, Value>,
    /// Where it takes notifications, if anywhere: otherwise it has to be open to be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<PushSubscription>,
}

/// Where an authenticator takes notifications, as its browser tells it (Push API, `PushSubscription`).
#[derive(Clone, Serialize, Deserialize)]
pub struct PushSubscription {
    /// The address at its push service (RFC 8030 §4).
    pub endpoint: String,
    /// The public key for which they are encrypted (RFC 8291 §3.1), base64url.
    pub key: String,
    /// The secret that goes with it (RFC 8291 §3.2), base64url.
    pub authentication_secret: Secret,
}
