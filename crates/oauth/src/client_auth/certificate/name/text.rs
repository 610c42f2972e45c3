//! Names as administrators write them (RFC 4514 §3), and as tools still do (RFC 2253 §4): with
//! spaces beside separators, with semicolons for commas, and with values in quotation marks.

use std::str::FromStr;

use data_encoding::HEXUPPER_PERMISSIVE;
use x509_parser::asn1_rs::{Any, FromDer};

use super::keyword::object_identifier;
use super::{Attribute, DistinguishedName, RelativeName, Value};

/// The text is not a distinguished name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFormat {
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// It has no attributes where one belongs.
    #[error("{0:?} is not of the form TYPE=VALUE")]
    Form(String),
    /// The type of an attribute is not known.
    #[error("the attribute type {0:?} is unknown; write its object identifier")]
    UnknownType(String),
    /// The value of an attribute is not written as RFC 4514 §3 wants it.
    #[error("the value of {0} is not escaped as RFC 4514 wants it")]
    Value(String),
}

impl FromStr for DistinguishedName {
    type Err = NameFormat;

    /// Reads the string representation, which begins with the last level.
    fn from_str(text: &str) -> Result<Self, NameFormat> {
        if text.trim().is_empty() {
            return Err(NameFormat::Empty);
        }
        let levels = split(text, &[',', ';']).into_iter().rev();
        levels.map(level).collect::<Result<_, _>>().map(Self)
    }
}

fn level(text: &str) -> Result<RelativeName, NameFormat> {
    split(text, &['+']).into_iter().map(attribute).collect()
}

fn attribute(text: &str) -> Result<Attribute, NameFormat> {
    let form = || NameFormat::Form(text.trim().to_owned());
    let (kind, value) = text.split_once('=').ok_or_else(form)?;
    let kind = kind.trim();
    let unknown = || NameFormat::UnknownType(kind.to_owned());
    let value = value_of(value).ok_or_else(|| NameFormat::Value(kind.to_owned()))?;
    let kind = object_identifier(kind).ok_or_else(unknown)?;
    Ok(Attribute { kind, value })
}

/// The parts between separators that are neither escaped nor in quotation marks.
fn split<'t>(text: &'t str, separators: &[char]) -> Vec<&'t str> {
    let (mut escaped, mut quoted) = (false, false);
    let is_separator = |character: char| {
        let separates = !escaped && !quoted && separators.contains(&character);
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        separates
    };
    text.split(is_separator).collect()
}

fn value_of(written: &str) -> Option<Value> {
    let written = trimmed(written);
    if let Some(hex) = written.strip_prefix('#') {
        // RFC 4514 §2.4: "an octothorpe ('#' U+0023) character followed by the hexadecimal
        // representation of each of the octets of the BER encoding of the X.500 AttributeValue"
        let der = HEXUPPER_PERMISSIVE.decode(hex.as_bytes()).ok()?;
        let (rest, any) = Any::from_der(&der).ok()?;
        return Value::of(&any).filter(|_| rest.is_empty());
    }
    let quoted = written.strip_prefix('"');
    let text = match quoted {
        Some(rest) => unescaped(rest.strip_suffix('"')?, b"\""),
        None => unescaped(written, b"\"<>"),
    };
    Value::text(&text?)
}

/// Without the spaces around it; one that is escaped belongs to the value.
fn trimmed(written: &str) -> &str {
    let begun = written.trim_start_matches(' ');
    let ended = begun.trim_end_matches(' ');
    let backslashes = ended
        .bytes()
        .rev()
        .take_while(|byte| *byte == b'\\')
        .count();
    match backslashes % 2 {
        0 => ended,
        _ => begun.get(..=ended.len()).unwrap_or(ended),
    }
}

/// The text that is meant, unless it has one of the characters that must be escaped.
fn unescaped(written: &str, refused: &[u8]) -> Option<String> {
    let mut bytes = written.bytes();
    let mut meant = Vec::with_capacity(written.len());
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            if byte == 0 || refused.contains(&byte) {
                return None;
            }
            meant.push(byte);
            continue;
        }
        // RFC 4514 §3: pair = ESC ( ESC / special / hexpair )
        let first = bytes.next()?;
        if b"\\\"+,;<> #=".contains(&first) {
            meant.push(first);
        } else {
            meant.push(hex(first)? << 4 | hex(bytes.next()?)?);
        }
    }
    String::from_utf8(meant).ok()
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}
