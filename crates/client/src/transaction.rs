//! Dynamic linking: what is to be shown, approved and signed (docs/recognize-protocol.md §5).

use serde::Deserialize;
use serde_json::Value;

/// The most pairs.
const MAX_PAIRS: usize = 32;

/// The longest label and the longest value, in characters.
const MAX_LABEL: usize = 100;
const MAX_VALUE: usize = 1000;

/// The longest text, in bytes.
const MAX_LENGTH: usize = 8 * 1024;

/// The text is not what dynamic linking has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("transaction data is a JSON array of objects with one pair of a label and a text each")]
pub struct MalformedTransactionData;

/// A label with its value, as plain text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Pair {
    /// What it is.
    pub label: String,
    /// What it is in this transaction.
    pub value: String,
}

/// Transaction data: the text that is signed letter by letter, and the pairs in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionData {
    text: String,
    pairs: Vec<Pair>,
}

impl TransactionData {
    /// Reads a text: `[{"key1": "value1"}, {"key2": "value2"}]`.
    pub fn read(text: &str) -> Result<Self, MalformedTransactionData> {
        if text.len() > MAX_LENGTH {
            return Err(MalformedTransactionData);
        }
        // Strictly: a name that is there twice would be shown once.
        let value = jose::json::parse(text.as_bytes()).map_err(|_| MalformedTransactionData)?;
        let Value::Array(pairs) = value else {
            return Err(MalformedTransactionData);
        };
        if pairs.is_empty() || pairs.len() > MAX_PAIRS {
            return Err(MalformedTransactionData);
        }
        let pairs = pairs.into_iter().map(pair).collect::<Result<_, _>>()?;
        let text = text.to_owned();
        Ok(Self { text, pairs })
    }

    /// The text, letter by letter.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether these pairs are this transaction, with what cannot be seen written out.
    pub fn is_shown_by(&self, shown: &[Pair]) -> bool {
        let is_same = |(asked, shown): (&Pair, &Pair)| {
            stands_for(&shown.label, &asked.label) && stands_for(&shown.value, &asked.value)
        };
        self.pairs.len() == shown.len() && self.pairs.iter().zip(shown).all(is_same)
    }
}

fn pair(value: Value) -> Result<Pair, MalformedTransactionData> {
    let Value::Object(object) = value else {
        return Err(MalformedTransactionData);
    };
    let mut pairs = object.into_iter();
    let (Some((label, Value::String(value))), None) = (pairs.next(), pairs.next()) else {
        return Err(MalformedTransactionData);
    };
    let fits = |text: &str, most| (1..=most).contains(&text.chars().count());
    match fits(&label, MAX_LABEL) && fits(&value, MAX_VALUE) {
        true => Ok(Pair { label, value }),
        false => Err(MalformedTransactionData),
    }
}

/// Begins and ends what stands for a character that cannot be seen. It never stands for itself, so that
/// there is one way to read what is shown.
const OPEN: char = '\u{27e8}';
const CLOSE: char = '\u{27e9}';

/// Whether what is shown stands for this text: every character for itself, or for the one that it
/// writes out (`⟨U+202E⟩`). Controls are never there themselves.
fn stands_for(shown: &str, text: &str) -> bool {
    let mut rest = shown;
    text.chars().all(|asked| {
        let Some((seen, after)) = next_seen(rest) else {
            return false;
        };
        rest = after;
        seen == asked
    }) && rest.is_empty()
}

/// The first character for which a text stands, and what is after it.
fn next_seen(shown: &str) -> Option<(char, &str)> {
    let first = shown.chars().next()?;
    if first.is_control() {
        return None;
    }
    if first != OPEN {
        return Some((first, shown.get(first.len_utf8()..)?));
    }
    let (number, after) = shown.strip_prefix(OPEN)?.split_once(CLOSE)?;
    let number = u32::from_str_radix(number.strip_prefix("U+")?, 16).ok()?;
    Some((char::from_u32(number)?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pairs: &[(&str, &str)]) -> Vec<Pair> {
        let pair = |(label, value): &(&str, &str)| Pair {
            label: (*label).to_owned(),
            value: (*value).to_owned(),
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn seed_002_dynamic_linking_info_is_an_array_of_objects_with_one_pair_each() {
        let text = r#"[{"Amount":"12.50 EUR"}, {"Payee":"Demo Shop"}]"#;
        let data = TransactionData::read(text).unwrap();
        assert_eq!(data.text(), text, "what is signed is what was given");
        assert!(data.is_shown_by(&shown(&[("Amount", "12.50 EUR"), ("Payee", "Demo Shop")])));
    }

    #[test]
    fn seed_002_anything_else_is_malformed() {
        let long = format!(r#"[{{"a":"{}"}}]"#, "x".repeat(1001));
        let many = format!("[{}]", vec![r#"{"a":"b"}"#; 33].join(","));
        let large = format!(r#"[{{"a":"b"}}{}]"#, " ".repeat(8 * 1024));
        for text in [
            "",
            "null",
            "[]",
            r#"{"Amount":"12.50 EUR"}"#,
            r#"[{"Amount":"12.50 EUR","Payee":"Demo Shop"}]"#,
            r#"[{"Amount":"1","Amount":"2"}]"#,
            "[{}]",
            r#"["Amount"]"#,
            r#"[{"Amount":12.5}]"#,
            r#"[{"Amount":null}]"#,
            r#"[{"Amount":""}]"#,
            r#"[{"":"12.50 EUR"}]"#,
            r#"[{"Amount":{"value":"1"}}]"#,
            r#"[{"Amount":"1"}"#,
            &long,
            &many,
            &large,
        ] {
            assert_eq!(
                TransactionData::read(text),
                Err(MalformedTransactionData),
                "{text:.60}"
            );
        }
    }

    #[test]
    fn seed_002_what_is_shown_is_what_was_asked_letter_by_letter() {
        let data = TransactionData::read(r#"[{"Amount":"12.50 EUR"},{"Payee":"Shop"}]"#).unwrap();
        for other in [
            shown(&[("Amount", "12.50 EUR")]),
            shown(&[("Payee", "Shop"), ("Amount", "12.50 EUR")]),
            shown(&[("Amount", "12.50 EUR"), ("Payee", "Shop"), ("Fee", "1")]),
            shown(&[("Amount", "12.50 EUR "), ("Payee", "Shop")]),
            shown(&[("Amount", "12.5 EUR"), ("Payee", "Shop")]),
            shown(&[("Amount", "12.50 EUR"), ("Payee", "shop")]),
            shown(&[("Total", "12.50 EUR"), ("Payee", "Shop")]),
        ] {
            assert!(!data.is_shown_by(&other), "{other:?}");
        }
    }

    /// A text with these of its characters written out, and all that must be.
    fn written(text: &str, which: &[bool]) -> String {
        let which = which.iter().chain(std::iter::repeat(&false));
        let write = |(it, out): (char, &bool)| match *out || it == OPEN || it.is_control() {
            true => format!("{OPEN}U+{:04X}{CLOSE}", u32::from(it)),
            false => it.to_string(),
        };
        text.chars().zip(which).map(write).collect()
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_written_out_stands_for_one_text_alone(
            text in "[ab⟨⟩U+0\n\u{202e}]{0,8}",
            other in "[ab⟨⟩U+0\n\u{202e}]{0,8}",
            which: Vec<bool>,
        ) {
            let shown = written(&text, &which);
            proptest::prop_assert!(stands_for(&shown, &text));
            proptest::prop_assert_eq!(stands_for(&shown, &other), text == other);
        }

        #[test]
        fn no_text_of_a_server_is_too_much(shown: String, asked: String) {
            let _ = (stands_for(&shown, &asked), crate::message::Told::read(&shown));
        }
    }

    #[test]
    fn what_cannot_be_seen_is_written_out_and_still_the_same() {
        for (asked, written, is_same) in [
            ("a\u{202e}b", "a⟨U+202E⟩b", true),
            ("a\nb", "a⟨U+000A⟩b", true),
            ("⟨U+202E⟩", "⟨U+27E8⟩U+202E⟩", true),
            ("\u{1f600}", "\u{1f600}", true),
            ("a\nb", "a\nb", false),
            ("⟨U+202E⟩", "⟨U+202E⟩", false),
            ("ab", "a⟨U+202E⟩b", false),
            ("ab", "a⟨b", false),
            ("ab", "a⟨U+D800⟩b", false),
            ("", "a", false),
            ("a", "", false),
        ] {
            assert_eq!(stands_for(written, asked), is_same, "{asked:?} {written:?}");
        }
    }
}
