//! CBOR as authenticators write it (CTAP 2.1 §8): definite lengths, no tags, no key twice, bounded.
//!
//! The order of keys and the shortest form of numbers, which the canonical form also asks for, are
//! not enforced: signatures cover the bytes as they came.

use minicbor::Decoder;
use minicbor::data::Type;

/// Longest CBOR that is read, in bytes.
pub(super) const MAX_LEN: usize = 64 * 1024;

/// Deepest nesting of arrays and maps that is read; CTAP 2.1 §8 allows authenticators 4.
const MAX_DEPTH: usize = 8;

/// Most members of an array or map that are read.
const MAX_MEMBERS: u64 = 128;

/// A value, borrowed from its input.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(Vec<Self>),
    Map(Map<'a>),
    Bool(bool),
    /// Something that nobody here reads: null, a float, ...
    Other,
}

/// The pairs of a map, each key once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Map<'a>(Vec<(Value<'a>, Value<'a>)>);

/// Why bytes are not CBOR that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not CBOR of definite lengths and distinct keys, within the limits")]
pub struct NotCbor;

impl From<minicbor::decode::Error> for NotCbor {
    fn from(_: minicbor::decode::Error) -> Self {
        Self
    }
}

/// The value that the bytes are, and nothing after it.
pub(super) fn read(bytes: &[u8]) -> Result<Value<'_>, NotCbor> {
    match read_first(bytes)? {
        (value, []) => Ok(value),
        _ => Err(NotCbor),
    }
}

/// The value with which the bytes begin, and what follows it.
pub(super) fn read_first(bytes: &[u8]) -> Result<(Value<'_>, &[u8]), NotCbor> {
    if bytes.len() > MAX_LEN {
        return Err(NotCbor);
    }
    let mut decoder = Decoder::new(bytes);
    let value = value(&mut decoder, MAX_DEPTH)?;
    let rest = bytes.get(decoder.position()..).ok_or(NotCbor)?;
    Ok((value, rest))
}

fn value<'a>(decoder: &mut Decoder<'a>, left: usize) -> Result<Value<'a>, NotCbor> {
    Ok(match decoder.datatype()? {
        Type::Bool => Value::Bool(decoder.bool()?),
        Type::Bytes => Value::Bytes(decoder.bytes()?),
        Type::String => Value::Text(decoder.str()?),
        Type::Array => array(decoder, left.checked_sub(1).ok_or(NotCbor)?)?,
        Type::Map => map(decoder, left.checked_sub(1).ok_or(NotCbor)?)?,
        Type::Null | Type::Undefined | Type::Simple | Type::F16 | Type::F32 | Type::F64 => {
            decoder.skip()?;
            Value::Other
        }
        // CTAP 2.1 §8: "Tags [...] MUST NOT be present.", "Indefinite-length items must be made
        // into definite-length items."
        Type::Tag
        | Type::BytesIndef
        | Type::StringIndef
        | Type::ArrayIndef
        | Type::MapIndef
        | Type::Break
        | Type::Unknown(_) => return Err(NotCbor),
        _ => Value::Integer(decoder.int()?.try_into().map_err(|_| NotCbor)?),
    })
}

fn members(count: Option<u64>) -> Result<u64, NotCbor> {
    count.filter(|count| *count <= MAX_MEMBERS).ok_or(NotCbor)
}

fn array<'a>(decoder: &mut Decoder<'a>, left: usize) -> Result<Value<'a>, NotCbor> {
    let count = members(decoder.array()?)?;
    let values = (0..count).map(|_| value(decoder, left));
    values.collect::<Result<_, _>>().map(Value::Array)
}

fn map<'a>(decoder: &mut Decoder<'a>, left: usize) -> Result<Value<'a>, NotCbor> {
    let count = members(decoder.map()?)?;
    let mut pairs: Vec<(Value<'a>, Value<'a>)> = Vec::new();
    for _ in 0..count {
        let key = value(decoder, left)?;
        // RFC 8949 §5.6: readers differ in which of two equal keys counts, so that what one has
        // checked is not what another one uses.
        if pairs.iter().any(|(known, _)| *known == key) {
            return Err(NotCbor);
        }
        pairs.push((key, value(decoder, left)?));
    }
    Ok(Value::Map(Map(pairs)))
}

impl<'a> Map<'a> {
    /// The value under a text key.
    pub(super) fn text_key(&self, name: &str) -> Option<&Value<'a>> {
        self.find(&Value::Text(name))
    }

    /// The value under an integer key.
    pub(super) fn integer_key(&self, key: i64) -> Option<&Value<'a>> {
        self.find(&Value::Integer(key))
    }

    /// How many pairs there are.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    fn find(&self, wanted: &Value<'_>) -> Option<&Value<'a>> {
        let pair = self.0.iter().find(|(key, _)| key == wanted);
        pair.map(|(_, value)| value)
    }
}

impl<'a> Value<'a> {
    pub(super) const fn as_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) const fn as_text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) const fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    pub(super) const fn as_map(&self) -> Option<&Map<'a>> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    pub(super) fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_authenticators_write() {
        let bytes = b"\xa3\x63fmt\x64none\x01\x26\x20\x82\x43abc\xf5rest";
        let (value, rest) = read_first(bytes).unwrap();
        let map = value.as_map().unwrap();
        assert_eq!(map.text_key("fmt").and_then(Value::as_text), Some("none"));
        assert_eq!(map.integer_key(1).and_then(Value::as_integer), Some(-7));
        let array = map.integer_key(-1).and_then(Value::as_array).unwrap();
        assert_eq!(array, [Value::Bytes(b"abc"), Value::Bool(true)]);
        assert_eq!((map.len(), rest), (3, &b"rest"[..]));
        assert_eq!(read(bytes), Err(NotCbor));
    }

    #[test]
    fn ctap_8_refuses_tags_indefinite_lengths_and_keys_that_come_twice() {
        let refused: [&[u8]; 7] = [
            b"\xc1\x01",
            b"\x5f\x41a\xff",
            b"\x9f\x01\xff",
            b"\xbf\x01\x01\xff",
            b"\xa2\x01\x01\x01\x02",
            b"\xa2\x61a\x01\x61a\x01",
            b"\xa2\x01\x01\x18\x01\x02",
        ];
        for bytes in refused {
            assert_eq!(read(bytes), Err(NotCbor), "{bytes:x?}");
        }
    }

    #[test]
    fn what_is_too_deep_too_long_or_cut_off_is_refused_and_not_allocated() {
        let nested = |depth: usize| [vec![0x81; depth], vec![0]].concat();
        assert!(read(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(read(&nested(MAX_DEPTH + 1)), Err(NotCbor));
        assert_eq!(read(&nested(60_000)), Err(NotCbor));
        assert_eq!(read(&vec![0; MAX_LEN + 1]), Err(NotCbor));
        for cut in [
            &b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff"[..],
            b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\xba\xff\xff\xff\xff\x01",
            b"\x42a",
            b"",
        ] {
            assert_eq!(read(cut), Err(NotCbor), "{cut:x?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
            let _ = read_first(&bytes);
        }
    }
}
