//! How answers to a client are protected that are tokens if it wants.

use jose::jwe::{ContentEncryption, KeyManagement};
use jose::jws::Algorithm;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// How answers are signed that need not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningOrNone(pub Option<Algorithm>);

impl Serialize for SigningOrNone {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(algorithm) => algorithm.serialize(to),
            None => to.serialize_str(Self::NONE),
        }
    }
}

impl<'de> Deserialize<'de> for SigningOrNone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text == Self::NONE {
            return Ok(Self(None));
        }
        let known = Algorithm::from_name(&text);
        let known = known.ok_or_else(|| D::Error::custom("the algorithm is unknown"))?;
        Ok(Self(Some(known)))
    }
}

impl SigningOrNone {
    const NONE: &str = "NONE";
}

/// How answers about tokens are protected that a client wants as tokens (RFC 9701 §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntrospectionPolicy {
    /// How they are signed; RS256, if `None`.
    #[serde(
        rename = "tokenIntrospectionSigningAlgorithm",
        skip_serializing_if = "Option::is_none"
    )]
    pub signing: Option<Algorithm>,
    /// How the key is found that encrypts them; they are not encrypted, if `None`.
    #[serde(
        rename = "tokenIntrospectionEncryptionAlgorithm",
        with = "crate::wire::key_management",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub encryption: Option<KeyManagement>,
    /// How their content is encrypted.
    #[serde(
        rename = "tokenIntrospectionContentEncryptionAlgorithm",
        with = "crate::wire::content_encryption",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub content_encryption: Option<ContentEncryption>,
}
