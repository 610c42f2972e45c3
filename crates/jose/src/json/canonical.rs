//! JSON in the one form in which it is hashed and signed (RFC 8785, the JSON Canonicalization Scheme).

use data_encoding::HEXLOWER;
use serde_json::{Map, Number, Value};

/// The greatest integer that every reader of JSON has exactly: 2^53 - 1 (RFC 7493 §2.2).
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A number that is not the same to every reader of JSON has no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has a number beyond 2^53 - 1, which not every reader of JSON has exactly")]
pub struct NotCanonical;

/// The value in its canonical form.
pub fn canonical(value: &Value) -> Result<String, NotCanonical> {
    let mut text = String::new();
    append(value, &mut text)?;
    Ok(text)
}

fn append(value: &Value, text: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => text.push_str(&number_text(number)?),
        Value::String(string) => append_string(string, text),
        Value::Array(items) => append_array(items, text)?,
        Value::Object(members) => append_object(members, text)?,
    }
    Ok(())
}

fn append_array(items: &[Value], text: &mut String) -> Result<(), NotCanonical> {
    text.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        append(item, text)?;
    }
    text.push(']');
    Ok(())
}

fn append_object(members: &Map<String, Value>, text: &mut String) -> Result<(), NotCanonical> {
    let mut members: Vec<(&String, &Value)> = members.iter().collect();
    // RFC 8785 §3.2.3: "Property name strings to be sorted are formatted as arrays of UTF-16 code
    // units. The sorting is based on pure value comparisons"
    members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    text.push('{');
    for (index, (name, value)) in members.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        append_string(name, text);
        text.push(':');
        append(value, text)?;
    }
    text.push('}');
    Ok(())
}

/// RFC 8785 §3.2.2.2: the short escapes where there is one, lower-case hexadecimal for the other
/// controls, everything else as it is.
fn append_string(string: &str, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            control @ '\0'..='\u{1f}' => {
                text.push_str("\\u00");
                text.push_str(&HEXLOWER.encode(&[control as u8]));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

fn number_text(number: &Number) -> Result<String, NotCanonical> {
    let integer = number
        .as_u64()
        .or_else(|| number.as_i64().map(i64::unsigned_abs));
    match integer {
        Some(integer) if integer <= MAX_SAFE_INTEGER => Ok(number.to_string()),
        Some(_) => Err(NotCanonical),
        None => number.as_f64().map(double_text).ok_or(NotCanonical),
    }
}

/// A finite double as ECMAScript writes it (ECMA-262, `Number::toString`; RFC 8785 §3.2.2.3).
fn double_text(double: f64) -> String {
    if double == 0.0 {
        return "0".to_owned();
    }
    let scientific = shortest(double.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if double < 0.0 { "-" } else { "" };
    format!("{sign}{}", laid_out(&digits, exponent))
}

/// The fewest digits that read back as the same double, with an exponent.
fn shortest(double: f64) -> String {
    let shortest = format!("{double:e}");
    let digits = shortest.bytes().take_while(|it| *it != b'e');
    let digits = digits.filter(u8::is_ascii_digit).count();
    // ECMA-262: "If there are multiple possibilities for n, choose the value of n for which n x
    // 10^(k-1) is closest in value to x. If there are two such possible values of n, choose the one
    // that is even." Rust leaves the last open; rounding to so many digits is to even.
    let nearest = format!("{double:.*e}", digits.saturating_sub(1));
    let is_it = nearest
        .parse::<f64>()
        .is_ok_and(|read| read.to_bits() == double.to_bits());
    if is_it { nearest } else { shortest }
}

/// Digits, of which the first counts 10^`exponent`, with a point, zeros or an exponent.
fn laid_out(digits: &str, exponent: i32) -> String {
    let count = digits.len();
    match usize::try_from(exponent) {
        Ok(exponent) if exponent < 21 && count <= exponent + 1 => {
            format!("{digits:0<width$}", width = exponent + 1)
        }
        Ok(exponent) if exponent < 21 => {
            let (whole, fraction) = digits.split_at(exponent + 1);
            format!("{whole}.{fraction}")
        }
        Err(_) if exponent >= -6 => {
            let zeros = usize::try_from(-exponent - 1).unwrap_or_default();
            format!("0.{}{digits}", "0".repeat(zeros))
        }
        _ => {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            let sign = if exponent < 0 { "-" } else { "+" };
            format!("{first}{point}{rest}e{sign}{}", exponent.abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;
    use proptest::prelude::*;

    fn of(text: &str) -> String {
        canonical(&parse(text.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn rfc8785_3_2_2_writes_the_example() {
        let text = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(of(text), expected);
    }

    #[test]
    fn rfc8785_3_2_3_sorts_names_by_utf_16() {
        let text = r#"{
            "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
            "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
            "\u00f6": "Latin Small Letter O With Diaeresis"
        }"#;
        let value: Value = serde_json::from_str(&of(text)).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 7);
        let places: Vec<usize> = [
            "Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew",
        ]
        .iter()
        .map(|name| of(text).find(name).unwrap())
        .collect();
        assert!(places.is_sorted(), "{}", of(text));
    }

    #[test]
    fn rfc8785_b_writes_the_sample_numbers() {
        for (bits, expected) in [
            (0x0000_0000_0000_0000_u64, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            // RFC 8785 appendix B, by the bits of the double.
            let written = double_text(f64::from_bits(bits));
            assert_eq!(written, expected, "{bits:016x}");
        }
    }

    #[test]
    fn refuses_integers_that_not_everyone_has_exactly() {
        assert_eq!(of("9007199254740991"), "9007199254740991");
        assert_eq!(of("-9007199254740991"), "-9007199254740991");
        for text in [
            "9007199254740992",
            "-9007199254740992",
            "18446744073709551615",
        ] {
            assert_eq!(
                canonical(&parse(text.as_bytes()).unwrap()),
                Err(NotCanonical)
            );
        }
    }

    proptest! {
        #[test]
        fn every_double_is_read_back(bits in any::<u64>()) {
            let double = f64::from_bits(bits);
            prop_assume!(double.is_finite());
            let written = double_text(double);
            prop_assert!(written.parse::<f64>().unwrap().to_bits() == bits || double == 0.0);
        }

        #[test]
        fn what_was_written_is_written_the_same_again(names in proptest::collection::vec(".{0,4}", 0..6)) {
            let value: Value = names.iter().map(|name| (name.clone(), Value::from(name.as_str()))).collect::<Map<_, _>>().into();
            let written = canonical(&value).unwrap();
            let read = parse(written.as_bytes()).unwrap();
            prop_assert_eq!(&read, &value);
            prop_assert_eq!(canonical(&read).unwrap(), written);
        }
    }
}
