//! Where people are reached: what a mailbox and a telephone are called.

use std::ops::RangeInclusive;

/// The most bytes of a mailbox's address (RFC 5321 §4.5.3.1.3: a path has 256 with its brackets).
const MAX_LENGTH: usize = 254;

/// The most bytes before the `@` (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL_LENGTH: usize = 64;

/// How many digits a telephone number has: at most 15 (ITU-T E.164 §6), and so many that it is worth
/// a try.
const DIGITS: RangeInclusive<usize> = 7..=15;

/// Whether a text is the address of one mailbox (RFC 5322 §3.4.1, internationalized by RFC 6532), and
/// nothing that could be read as more than one or as a header.
///
/// What only a quoted local part or a number for a domain makes an address is none here: it is a
/// mistake more often than an address.
pub fn is_mail_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    text.len() <= MAX_LENGTH
        && local.len() <= MAX_LOCAL_LENGTH
        && local.split('.').all(is_atom)
        && domain.split('.').all(is_label)
}

/// A telephone number (ITU-T E.164) from what people write: with its country, and with spaces, dots,
/// dashes, slashes and brackets wherever they like. `None` if it is no such number.
pub fn telephone_number(text: &str) -> Option<String> {
    let is_between = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/');
    let number: String = text.chars().filter(|c| !is_between(*c)).collect();
    let digits = number.strip_prefix('+')?;
    let is_number = DIGITS.contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        // ITU-T E.164 §6.2.1: no country code begins with 0.
        && !digits.starts_with('0');
    is_number.then_some(number)
}

/// `1*atext` of RFC 5322 §3.2.3, with the characters that RFC 6532 §3.2 adds.
fn is_atom(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    !text.is_empty() && text.chars().all(|c| fits(c) || is_beyond_ascii(c))
}

/// One name of a host (RFC 1123 §2.1), which may be internationalized.
fn is_label(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || is_beyond_ascii(c);
    !text.is_empty() && text.chars().all(fits) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_beyond_ascii(c: char) -> bool {
    !c.is_ascii() && !c.is_whitespace() && !c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc5322_3_4_1_an_address_is_one_mailbox() {
        for right in [
            "alice@example.com",
            "alice.o'neill+shop@mail.example.co.uk",
            "jörg@straße.example",
            "root@localhost",
        ] {
            assert!(is_mail_address(right), "{right}");
        }
        for wrong in [
            "",
            "@",
            "notmail",
            "@example.com",
            "alice@",
            "alice@@example.com",
            "alice@bob@example.com",
            "alice@example.com,bob@example.com",
            "alice@example.com\nBcc: bob@example.com",
            ".alice@example.com",
            "al..ice@example.com",
            "alice @example.com",
            " alice@example.com",
            "\"alice\"@example.com",
            "alice@example..com",
            "alice@-example.com",
            "alice@example.com.",
            "alice@exam\u{a0}ple.com",
            "alice@[127.0.0.1]",
            "Alice <alice@example.com>",
        ] {
            assert!(!is_mail_address(wrong), "{wrong}");
        }
        assert!(!is_mail_address(&format!("{}@example.com", "a".repeat(65))));
        assert!(!is_mail_address(&format!("alice@{}com", "a.".repeat(130))));
    }

    #[test]
    fn e164_6_a_number_begins_with_its_country() {
        for (written, kept) in [
            ("+49 30 1234567", "+49301234567"),
            ("+1.5125550123", "+15125550123"),
            ("+44 (20) 7946-0018", "+442079460018"),
        ] {
            assert_eq!(telephone_number(written).as_deref(), Some(kept));
        }
        for wrong in [
            "",
            "030 1234567",
            "+",
            "+0123456789",
            "+123456",
            "+1234567890123456",
            "+49x01234567",
        ] {
            assert_eq!(telephone_number(wrong), None, "{wrong}");
        }
    }
}
