//! Where codes can be sent.

use crate::account::Refusal;

/// The longest address of a mailbox (RFC 5321 §4.5.3.1.3, without the angle brackets).
const MAX_ADDRESS: usize = 254;

/// The address of a mailbox (RFC 5321 §4.1.2, without quoted local parts and address literals): what
/// mail goes to, and nothing that could be read as more than one or as a header.
pub(super) fn address(text: &str) -> Result<String, Refusal> {
    let address = text.trim();
    let (mailbox, domain) = address.rsplit_once('@').ok_or(Refusal::NotATarget)?;
    let is_atom = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let is_label = |label: &str| {
        let is_inner = |c: char| c.is_alphanumeric() || c == '-';
        !label.is_empty() && !label.starts_with('-') && label.chars().all(is_inner)
    };
    let dotted = |text: &str| !text.split('.').any(str::is_empty);
    let is_good = address.len() <= MAX_ADDRESS
        && !mailbox.is_empty()
        && mailbox.chars().all(is_atom)
        && dotted(mailbox)
        && domain.contains('.')
        && domain.split('.').all(is_label);
    is_good
        .then(|| address.to_owned())
        .ok_or(Refusal::NotATarget)
}

/// A telephone number (E.164) as people write it: with its country, and with spaces, dots, dashes and
/// brackets wherever they like.
pub(super) fn number(text: &str) -> Result<String, Refusal> {
    let ignored = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '.' | '(' | ')' | '/');
    let number: String = text.chars().filter(ignored).collect();
    let digits = number.strip_prefix('+').ok_or(Refusal::NotATarget)?;
    // ITU-T E.164 §6: at most 15 digits, and no country code begins with 0.
    let is_good = (7..=15).contains(&digits.len())
        && digits.chars().all(|c| c.is_ascii_digit())
        && !digits.starts_with('0');
    is_good.then_some(number).ok_or(Refusal::NotATarget)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc5321_4_1_2_an_address_is_one_mailbox() {
        for good in ["alice@example.com", "a.b+c@büro.example", " x_y@a-b.co.uk "] {
            assert_eq!(address(good).unwrap(), good.trim());
        }
        let long = format!("{}@example.com", "a".repeat(250));
        for wrong in [
            "",
            "@",
            "alice",
            "alice@",
            "@example.com",
            "alice@localhost",
            "a b@example.com",
            "a@b.c,d@e.f",
            "a@-b.com",
            "a@b..com",
            ".a@b.com",
            "a@b.com\nBcc: c@d.com",
            "<a@b.com>",
            "a@[127.0.0.1]",
            "\"a\"@b.com",
            &long,
        ] {
            assert_eq!(address(wrong), Err(Refusal::NotATarget), "{wrong}");
        }
    }

    #[test]
    fn e164_6_a_number_begins_with_its_country() {
        for (written, kept) in [
            ("+49 30 1234567", "+49301234567"),
            ("+1.5125550123", "+15125550123"),
            ("+44 (20) 7946-0018", "+442079460018"),
        ] {
            assert_eq!(number(written).unwrap(), kept);
        }
        for wrong in [
            "",
            "030 1234567",
            "+",
            "+0123456789",
            "+123456",
            "+1234567890123456",
            "+49x",
        ] {
            assert_eq!(number(wrong), Err(Refusal::NotATarget), "{wrong}");
        }
    }
}
