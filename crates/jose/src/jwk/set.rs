//! JWK sets (RFC 7517 §5).

use serde_json::{Map, Value};

use super::{InvalidKey, Jwk};
use crate::json;

/// Longest JSON text of a key set that is read, in bytes.
pub const MAX_SET_LEN: usize = 512 * 1024;

/// Most keys that are read from one set.
pub const MAX_SET_KEYS: usize = 100;

/// A JWK set: the keys that are understood, and why the others were ignored.
#[derive(Clone, Debug, Default)]
pub struct JwkSet {
    keys: Vec<Jwk>,
    ignored: Vec<IgnoredKey>,
}

/// A member of a key set that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredKey {
    /// Its place in the set, from 0.
    pub index: usize,
    /// Why it cannot be used.
    pub reason: InvalidKey,
}

impl JwkSet {
    /// Reads a key set from its JSON text; keys that are not understood or not sound are put aside.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, InvalidKey> {
        let text = text.as_ref();
        if text.len() > MAX_SET_LEN {
            return Err(InvalidKey::TooLong {
                limit: MAX_SET_LEN,
                actual: text.len(),
            });
        }
        Self::from_value(Value::Object(json::parse_object(text)?))
    }

    /// Reads a key set from a JSON value that has been read strictly.
    pub fn from_value(value: Value) -> Result<Self, InvalidKey> {
        const FORM: InvalidKey = InvalidKey::WrongForm {
            name: "keys",
            expected: "an array of keys",
        };
        let Value::Object(mut members) = value else {
            return Err(json::InvalidJson::NotAnObject.into());
        };
        // RFC 7517 §5: "The JSON object MUST have a "keys" member, with its value being an array of JWKs."
        let keys = members
            .remove("keys")
            .ok_or(InvalidKey::Missing { name: "keys" })?;
        let Value::Array(keys) = keys else {
            return Err(FORM);
        };
        if keys.len() > MAX_SET_KEYS {
            return Err(InvalidKey::TooManyKeys {
                limit: MAX_SET_KEYS,
                actual: keys.len(),
            });
        }
        let mut set = Self::default();
        for (index, key) in keys.into_iter().enumerate() {
            // RFC 7517 §5: "Implementations SHOULD ignore JWKs within a JWK Set that use "kty" (key type) values that
            // are not understood by them, that are missing required members, or for which values are out of the
            // supported ranges."
            match Jwk::from_value(key) {
                Ok(key) => set.keys.push(key),
                Err(reason) => set.ignored.push(IgnoredKey { index, reason }),
            }
        }
        Ok(set)
    }

    /// The keys, in their order.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The members that cannot be used, with reasons.
    pub fn ignored(&self) -> &[IgnoredKey] {
        &self.ignored
    }

    /// Whether any key is private or symmetric, which a published set must never hold.
    pub fn has_private_keys(&self) -> bool {
        self.keys.iter().any(Jwk::is_private)
    }

    /// The public halves as a JSON value, as a `jwks_uri` answers; symmetric keys are left out.
    pub fn to_public_value(&self) -> Value {
        let keys = self
            .keys
            .iter()
            .filter_map(Jwk::to_public_value)
            .map(Value::Object)
            .collect();
        Value::Object(Map::from_iter([("keys".to_owned(), Value::Array(keys))]))
    }
}

impl FromIterator<Jwk> for JwkSet {
    fn from_iter<I: IntoIterator<Item = Jwk>>(keys: I) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            ignored: Vec::new(),
        }
    }
}
