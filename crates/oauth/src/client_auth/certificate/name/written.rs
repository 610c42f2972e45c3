//! Names as certificates have them, written as RFC 4514 §2 wants it.

use std::fmt::Write;

use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::keyword::keyword;
use super::{utf16, utf32};

/// The name, the last level first; a space after each comma, as certificate tools write it.
pub(in crate::client_auth::certificate) fn written(name: &X509Name<'_>) -> String {
    let levels = name.iter_rdn().map(|level| {
        let attributes: Vec<String> = level.iter().map(attribute).collect();
        attributes.join("+")
    });
    let mut levels: Vec<String> = levels.collect();
    levels.reverse();
    levels.join(", ")
}

/// RFC 4514 §2.3: "the string representation of the `AttributeType`, followed by an equals sign [...],
/// followed by the string representation of the `AttributeValue`".
fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let identifier = attribute.attr_type().to_id_string();
    let kind = keyword(&identifier).unwrap_or(&identifier);
    let value = attribute.attr_value();
    match text(value) {
        Some(text) => format!("{kind}={}", escaped(&text)),
        None => format!("{kind}=#{}", hexadecimal(value)),
    }
}

fn text(value: &Any<'_>) -> Option<String> {
    match value.tag() {
        Tag::BmpString => utf16(value.data),
        Tag::UniversalString => utf32(value.data),
        Tag::TeletexString => Some(value.data.iter().copied().map(char::from).collect()),
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::NumericString
        | Tag::VisibleString => std::str::from_utf8(value.data).ok().map(str::to_owned),
        _ => None,
    }
}

/// RFC 4514 §2.4: what has to be escaped in a value, and where.
fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (place, character) in text.chars().enumerate() {
        let is_at_an_end = place == 0 || place == last;
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => written.extend(['\\', character]),
            ' ' if is_at_an_end => written.push_str("\\ "),
            '#' if place == 0 => written.push_str("\\#"),
            control if control.is_ascii_control() => {
                // Nothing is lost if this fails, which it never does.
                let _ = write!(written, "\\{:02X}", u32::from(control));
            }
            other => written.push(other),
        }
    }
    written
}

/// RFC 4514 §2.4: "the hexadecimal representation of each of the octets of the BER encoding".
fn hexadecimal(value: &Any<'_>) -> String {
    use x509_parser::asn1_rs::ToDer;
    let der = value.to_der_vec().unwrap_or_default();
    data_encoding::HEXUPPER.encode(&der)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, KeyPair};
    use x509_parser::prelude::{FromDer, X509Certificate};

    use super::*;
    use crate::client_auth::DistinguishedName;

    #[test]
    fn rfc4514_2_4_what_is_written_is_read_as_the_same_name() {
        let pair = KeyPair::generate().unwrap();
        for (text, expected) in [
            ("shop", "shop"),
            (" in between ", r"\ in between\ "),
            ("#1", r"\#1"),
            ("1#", "1#"),
            ("a,b+c\"d\\e<f>;g=h", r#"a\,b\+c\"d\\e\<f\>\;g=h"#),
            ("Bücher & 本", "Bücher & 本"),
            (" ", r"\ "),
        ] {
            let mut params = CertificateParams::default();
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, text);
            let identifier = vec![1, 3, 6, 1, 4, 1, 99999, 1];
            let other = DnType::CustomDnType(identifier);
            params.distinguished_name.push(other, text);
            let made = params.self_signed(&pair).unwrap();
            let (_, read) = X509Certificate::from_der(made.der()).unwrap();
            let written = written(read.subject());
            let name = format!("1.3.6.1.4.1.99999.1={expected}, CN={expected}");
            assert_eq!(written, name);
            let parsed = written.parse::<DistinguishedName>().ok();
            assert_eq!(parsed, DistinguishedName::of(read.subject()), "{written}");
        }
    }
}
