//! JSON read strictly: one value, no member name twice in any object at any depth, bounded nesting.

mod canonical;

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::names::shown;

pub use canonical::{NotCanonical, canonical};

/// Deepest nesting of arrays and objects that is read.
pub const MAX_DEPTH: usize = 32;

/// Why a text is not acceptable JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidJson {
    /// An object has the same member name twice.
    #[error("has the member `{name}` twice in one object")]
    DuplicateMember {
        /// The name, shortened.
        name: String,
    },
    /// The text is JSON, but not an object.
    #[error("is not a JSON object")]
    NotAnObject,
    /// The text is not JSON.
    #[error("is not JSON (line {line}, column {column})")]
    Syntax {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// Arrays and objects are nested too deeply.
    #[error("nests arrays and objects deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },
}

/// Reads one JSON value strictly.
pub fn parse(text: &[u8]) -> Result<Value, InvalidJson> {
    let sin = Cell::new(None);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let strict = Strict {
        left: MAX_DEPTH,
        sin: &sin,
    };
    let read = strict.deserialize(&mut deserializer);
    read.and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| {
            sin.take().unwrap_or_else(|| InvalidJson::Syntax {
                line: error.line(),
                column: error.column(),
            })
        })
}

/// Reads one JSON object strictly.
pub fn parse_object(text: &[u8]) -> Result<Map<String, Value>, InvalidJson> {
    match parse(text)? {
        Value::Object(members) => Ok(members),
        _ => Err(InvalidJson::NotAnObject),
    }
}

/// A visitor that knows how many levels are left and where to note a deed that serde's error cannot carry.
#[derive(Clone, Copy)]
struct Strict<'a> {
    left: usize,
    sin: &'a Cell<Option<InvalidJson>>,
}

impl Strict<'_> {
    fn note<E: serde::de::Error>(self, sin: InvalidJson) -> E {
        let error = E::custom(&sin);
        self.sin.set(Some(sin));
        error
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Self { left, ..self }),
            None => Err(self.note(InvalidJson::TooDeep { limit: MAX_DEPTH })),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("a number out of range"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            // RFC 7515 §4: "The Header Parameter names within the JOSE Header MUST be unique"
            // RFC 7519 §4: "The Claim Names within a JWT Claims Set MUST be unique"
            if members.contains_key(&name) {
                return Err(self.note(InvalidJson::DuplicateMember { name: shown(&name) }));
            }
            let value = map.next_value_seed(inner)?;
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rfc7519_4_refuses_a_duplicate_member_at_any_depth() {
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"b":{"a":1,"a":1}}"#,
            r#"[[{"a":1,"\u0061":1}]]"#,
        ] {
            let name = "a".to_owned();
            assert_eq!(
                parse(text.as_bytes()),
                Err(InvalidJson::DuplicateMember { name }),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_nesting_beyond_the_limit() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        let too_deep = parse(nested(MAX_DEPTH + 1).as_bytes());
        assert_eq!(too_deep, Err(InvalidJson::TooDeep { limit: MAX_DEPTH }));
        assert!(parse("[".repeat(1_000_000).as_bytes()).is_err());
    }

    #[test]
    fn refuses_what_is_not_one_json_value() {
        for text in [
            "",
            "{",
            "{} {}",
            "nul",
            "{'a':1}",
            "\u{feff}{}",
            "[1e999]",
            r#""\ud800""#,
        ] {
            assert!(
                matches!(parse(text.as_bytes()), Err(InvalidJson::Syntax { .. })),
                "{text:?}"
            );
        }
        assert!(parse(b"\"\xff\"").is_err());
        assert_eq!(parse_object(b"[]"), Err(InvalidJson::NotAnObject));
    }

    #[test]
    fn keeps_every_kind_of_value() {
        let text = br#" {"a":[1,-2,2.5,"x\n",null,true,{}]} "#;
        assert_eq!(
            parse(text),
            Ok(json!({"a": [1, -2, 2.5, "x\n", null, true, {}]}))
        );
    }
}
