//! Addresses for mail.

/// The most bytes of an address (RFC 5321 §4.5.3.1.3: a path has 256 with its brackets).
const MAX_LENGTH: usize = 254;

/// The most bytes before the `@` (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL_LENGTH: usize = 64;

/// Takes an address as people have them. What only a quoted local part or a number for a domain
/// makes one is refused: it is a mistake more often than an address.
pub(super) fn address(text: &str) -> Result<String, &'static str> {
    // OpenID Connect Core §5.1: "Its value MUST conform to the RFC 5322 [RFC5322] addr-spec syntax."
    let (local, domain) = text.split_once('@').ok_or("it has no @")?;
    let local_fits = local.len() <= MAX_LOCAL_LENGTH && local.split('.').all(is_atom);
    if local_fits && domain.split('.').all(is_label) && text.len() <= MAX_LENGTH {
        return Ok(text.to_owned());
    }
    Err("it is not an address such as alice@example.com")
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
    fn oidc_core_5_1_an_email_address_is_an_addr_spec() {
        for right in [
            "alice@example.com",
            "alice.o'neill+shop@mail.example.co.uk",
            "jörg@straße.example",
            "root@localhost",
        ] {
            assert_eq!(address(right).as_deref(), Ok(right));
        }
        for wrong in [
            "",
            "notmail",
            "@example.com",
            "alice@",
            "alice@@example.com",
            "alice@bob@example.com",
            ".alice@example.com",
            "al..ice@example.com",
            "alice @example.com",
            " alice@example.com",
            "alice@example..com",
            "alice@-example.com",
            "alice@example.com.",
            "alice@exam\u{a0}ple.com",
            "Alice <alice@example.com>",
        ] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
        assert!(address(&format!("{}@example.com", "a".repeat(65))).is_err());
        assert!(address(&format!("alice@{}", "a.".repeat(130))).is_err());
    }
}
