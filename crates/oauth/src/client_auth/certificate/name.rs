//! Distinguished names, compared as directories do (RFC 4514, RFC 4517 §4.2.15).

mod keyword;
mod text;
mod written;

use std::collections::BTreeSet;

use stringprep::x520prep;
use unicode_normalization::UnicodeNormalization;
use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::x509::X509Name;

pub use text::NameFormat;
pub(super) use written::written;

/// The name of a certificate's subject or issuer. Two are equal when they have the same attributes
/// in the same order; where these are texts, upper and lower case and the number of spaces between
/// words do not matter (RFC 4517 §4.2.11, `caseIgnoreMatch`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistinguishedName(Vec<RelativeName>);

/// The attributes of one level, which have no order among themselves.
type RelativeName = BTreeSet<Attribute>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Attribute {
    /// Its type: an object identifier.
    kind: String,
    value: Value,
}

/// A value, prepared so that equal bytes are equal values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(String),
    /// Of a type that is no text: its tag and its content.
    Other(u32, Vec<u8>),
}

impl DistinguishedName {
    /// The name that a certificate has; `None` if it cannot be read.
    pub fn of(name: &X509Name<'_>) -> Option<Self> {
        let levels = name.iter_rdn().map(|level| {
            let attributes = level.iter().map(|attribute| {
                Some(Attribute {
                    kind: attribute.attr_type().to_id_string(),
                    value: Value::of(attribute.attr_value())?,
                })
            });
            attributes.collect()
        });
        levels.collect::<Option<Vec<RelativeName>>>().map(Self)
    }
}

impl Value {
    /// The value of a text.
    fn text(text: &str) -> Option<Self> {
        // RFC 4518 §2: mapped, with case folding as RFC 4517 §4.2.11 wants it, refused where a
        // character is prohibited, and normalised (§2.4), which the library leaves out after
        // folding.
        let folded = match text {
            "" => "".into(),
            _ => x520prep(text, true).ok()?,
        };
        let prepared: String = folded.nfkc().collect();
        // RFC 4518 §2.6.1: leading and trailing spaces, and more than one between words, are
        // insignificant.
        let words: Vec<&str> = prepared
            .split(' ')
            .filter(|word| !word.is_empty())
            .collect();
        Some(Self::Text(words.join(" ")))
    }

    /// The value that a certificate holds.
    fn of(value: &Any<'_>) -> Option<Self> {
        let bytes = value.data;
        let ascii = || std::str::from_utf8(bytes).ok().filter(|it| it.is_ascii());
        match value.tag() {
            Tag::Utf8String => Self::text(std::str::from_utf8(bytes).ok()?),
            Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
                Self::text(ascii()?)
            }
            Tag::BmpString => Self::text(&utf16(bytes)?),
            Tag::UniversalString => Self::text(&utf32(bytes)?),
            // What certificates call T.61 is Latin-1 in practice.
            Tag::TeletexString => {
                let text: String = bytes.iter().copied().map(char::from).collect();
                Self::text(&text)
            }
            Tag(other) => Some(Self::Other(other, bytes.to_vec())),
        }
    }
}

fn utf16(bytes: &[u8]) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units = units.iter().copied().map(u16::from_be_bytes);
    let text = char::decode_utf16(units).collect::<Result<String, _>>();
    text.ok().filter(|_| rest.is_empty())
}

fn utf32(bytes: &[u8]) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<4>();
    let units = units.iter().copied().map(u32::from_be_bytes);
    let text = units.map(char::from_u32).collect::<Option<String>>();
    text.filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests;
