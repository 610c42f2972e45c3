//! Dynamic linking: the transaction data that is shown, approved and signed.

use domain::TransactionSource;
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

/// Transaction data: the text that is signed, and what is shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionData {
    text: String,
    source: TransactionSource,
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
        if pairs.len() > MAX_PAIRS {
            return Err(MalformedTransactionData);
        }
        let pairs = pairs.into_iter().map(pair).collect::<Result<Vec<_>, _>>()?;
        let source = TransactionSource::pairs(pairs).map_err(|_| MalformedTransactionData)?;
        Ok(Self {
            text: text.to_owned(),
            source,
        })
    }

    /// The text, letter by letter: what is signed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The labels and values: what is shown.
    pub const fn source(&self) -> &TransactionSource {
        &self.source
    }
}

fn pair(value: Value) -> Result<(String, String), MalformedTransactionData> {
    let Value::Object(object) = value else {
        return Err(MalformedTransactionData);
    };
    let mut pairs = object.into_iter();
    let (Some((label, Value::String(value))), None) = (pairs.next(), pairs.next()) else {
        return Err(MalformedTransactionData);
    };
    let fits = |text: &str, most| (1..=most).contains(&text.chars().count());
    match fits(&label, MAX_LABEL) && fits(&value, MAX_VALUE) {
        true => Ok((label, value)),
        false => Err(MalformedTransactionData),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_002_dynamic_linking_info_is_an_array_of_objects_with_one_pair_each() {
        let text = r#"[{"Amount":"12.50 EUR"}, {"Payee":"Demo Shop"}]"#;
        let data = TransactionData::read(text).unwrap();
        assert_eq!(data.text(), text, "what is signed is what was given");
        let TransactionSource::Pairs { pairs } = data.source() else {
            panic!("other than pairs");
        };
        let shown: Vec<_> = pairs
            .iter()
            .map(|it| (it.label.as_str(), it.value.as_str()))
            .collect();
        assert_eq!(shown, [("Amount", "12.50 EUR"), ("Payee", "Demo Shop")]);
    }

    #[test]
    fn seed_002_anything_else_is_malformed() {
        let long = format!(r#"[{{"a":"{}"}}]"#, "x".repeat(1001));
        let many = format!("[{}]", vec![r#"{"a":"b"}"#; 33].join(","));
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
            r#"[{"Amount":"1"}] "#.trim_end_matches("] "),
            &long,
            &many,
        ] {
            assert!(TransactionData::read(text).is_err(), "{text}");
        }
    }
}
