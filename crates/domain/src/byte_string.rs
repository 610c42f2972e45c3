//! Bytes that are shown as text.

use std::fmt;
use std::ops::Deref;

use jose::strict_base64url;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Bytes, in JSON as base64url without padding.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteString(Vec<u8>);

impl Deref for ByteString {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for ByteString {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for ByteString {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl fmt::Display for ByteString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&strict_base64url::encode(&self.0))
    }
}

impl fmt::Debug for ByteString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByteString({self})")
    }
}

impl Serialize for ByteString {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ByteString {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = strict_base64url::decode(text).map_err(D::Error::custom)?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_base64url_in_json() {
        let bytes = ByteString::from(vec![3, 236, 255, 224, 193]);
        let json = serde_json::to_string(&bytes).unwrap();
        assert_eq!(json, r#""A-z_4ME""#);
        assert_eq!(serde_json::from_str::<ByteString>(&json).unwrap(), bytes);
        assert!(serde_json::from_str::<ByteString>(r#""A-z_4ME=""#).is_err());
    }
}
