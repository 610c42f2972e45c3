//! What is kept of people who have enrolled: no picture, and no template that is of use by itself.

use std::time::Duration;

use data_encoding::BASE64;
use domain::port::{Kind, Lookups, Record};
use domain::{ByteString, ConsentGiven, Secret, Timestamp, UserId};
use jose::digest::sha256;
use jose::jwk::Jwk;
use jose::jws::{Algorithm, SigningKey};
use jose::strict_base64url;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Factor, Suspension};

/// The `kid` of the key that signs after the face was recognised (seed: `"kid": "PIN/FACE"`).
pub const FACE_KEY: &str = "FACE";

/// The `kid` of the key that signs after the PIN was given.
pub const PIN_KEY: &str = "PIN";

/// For how long it is known which operations there were.
const OPERATION_KEPT: Duration = Duration::from_hours(24 * 90);

/// The two keys of a person who enrols: private keys on P-256 as PKCS #8 in base64.
pub struct NewKeys {
    /// Signs after the face was recognised.
    pub face: Secret,
    /// Signs after the PIN was given.
    pub pin: Secret,
}

/// Somebody who has enrolled with a customer.
#[derive(Clone, Serialize, Deserialize)]
pub struct Person {
    /// Identifies them; the `sub` of their JWTs.
    pub id: UserId,
    /// Who they are, as the customer names them.
    pub username: String,
    /// Who they are elsewhere, if the customer has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_user_id: Option<String>,
    /// What they have agreed to.
    pub consent: ConsentGiven,
    /// When they first enrolled.
    pub created: Timestamp,
    /// How often they failed of late.
    #[serde(default)]
    pub suspension: Suspension,
    face_key: Secret,
    pin_key: Secret,
}

impl Person {
    /// Somebody who has just enrolled.
    pub fn new(
        id: UserId,
        username: &str,
        keys: &NewKeys,
        consent: ConsentGiven,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            username: username.to_owned(),
            external_user_id: None,
            consent,
            created: now,
            suspension: Suspension::default(),
            face_key: keys.face.clone(),
            pin_key: keys.pin.clone(),
        }
    }

    /// The key of the record of the person of this name: compared exactly.
    pub fn key_of(username: &str) -> [u8; 32] {
        sha256(username.as_bytes())
    }

    /// The key that signs what was approved by this factor.
    pub fn signing_key(&self, factor: Factor) -> Option<SigningKey> {
        SigningKey::new(&self.jwk(factor)?, Algorithm::Es256).ok()
    }

    /// The public keys, each under the name of its factor.
    pub fn public_keys(&self) -> Vec<Map<String, Value>> {
        let keys = [Factor::Face, Factor::Pin].map(|factor| {
            let jwk = self.jwk(factor)?.with_kid(factor.kid());
            jwk.with_alg("ES256").for_signature().to_public_value()
        });
        keys.into_iter().flatten().collect()
    }

    fn jwk(&self, factor: Factor) -> Option<Jwk> {
        let key = match factor {
            Factor::Face => &self.face_key,
            Factor::Pin => &self.pin_key,
        };
        let der = BASE64.decode(key.expose().as_bytes()).ok()?;
        Jwk::from_pkcs8(&der).ok()
    }
}

impl Record for Person {
    const KIND: Kind = Kind::RecognizePerson;

    fn key(&self) -> Vec<u8> {
        Self::key_of(&self.username).to_vec()
    }

    fn lookups(&self) -> Lookups {
        [Some(self.id.as_bytes().as_slice().into()), None, None]
    }
}

/// A device with which somebody has enrolled.
#[derive(Clone, Serialize, Deserialize)]
pub struct EnrolledDevice {
    /// The thumbprint of its key (RFC 7638).
    pub id: String,
    /// Whose it is.
    pub person: UserId,
    /// Its public key.
    pub key: Map<String, Value>,
    /// What was agreed to before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentGiven>,
    /// The face that was enrolled with it, turned by what only the device has.
    pub template: ByteString,
    /// What is kept of its PIN, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<ByteString>,
    /// When it was enrolled.
    pub created: Timestamp,
    /// When it last proved something.
    pub last_used: Timestamp,
}

impl EnrolledDevice {
    /// The key of the record of a person's device.
    pub fn key_of(person: UserId, id: &str) -> Vec<u8> {
        let thumbprint = strict_base64url::decode(id).unwrap_or_default();
        [person.as_bytes().as_slice(), &thumbprint].concat()
    }
}

impl Record for EnrolledDevice {
    const KIND: Kind = Kind::RecognizeDevice;

    fn key(&self) -> Vec<u8> {
        Self::key_of(self.person, &self.id)
    }

    fn lookups(&self) -> Lookups {
        [Some(self.person.as_bytes().as_slice().into()), None, None]
    }
}

/// An operation that a customer has given an id, so that it finds out what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationRecord {
    /// Its id, as the customer gave it.
    pub id: String,
    /// What the customer has noted of it, which says nothing to the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// Whose it was.
    pub person: UserId,
    /// Who they are elsewhere, if the customer has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_user_id: Option<String>,
    /// What was done: `enrol` or `authenticate`.
    pub operation: String,
    /// By which factor.
    pub factor: Factor,
    /// What was approved, letter by letter, if the customer has that kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
    /// When it was done.
    pub time: Timestamp,
}

impl OperationRecord {
    /// The key of the record of the operation with this id.
    pub fn key_of(id: &str) -> [u8; 32] {
        sha256(id.as_bytes())
    }
}

impl Record for OperationRecord {
    const KIND: Kind = Kind::RecognizeOperation;

    fn key(&self) -> Vec<u8> {
        Self::key_of(&self.id).to_vec()
    }

    fn lookups(&self) -> Lookups {
        [Some(self.person.as_bytes().as_slice().into()), None, None]
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.time + OPERATION_KEPT)
    }
}
