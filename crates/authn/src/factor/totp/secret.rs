//! Shared secrets in base 32 (RFC 4648 §6), as authenticator apps exchange them.

use data_encoding::BASE32_NOPAD;
use domain::Secret;
use domain::port::Random;
use zeroize::Zeroizing;

/// RFC 4226 §4 R6: "This document RECOMMENDs a shared secret length of 160 bits."
const GENERATED_BYTES: usize = 20;

/// The shortest secret that is imported: the 80 bits that many authenticators were set up with.
const MIN_BYTES: usize = 10;

/// The longest secret that is imported: the block of HMAC-SHA-1, beyond which a key is hashed.
const MAX_BYTES: usize = 64;

/// Text that cannot be used as the secret of one-time codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TotpSecretError {
    /// It has characters outside the alphabet, or does not end where a byte ends.
    #[error("the secret is not base 32 (letters A to Z and digits 2 to 7)")]
    NotBase32,
    /// It has fewer than 80 bits.
    #[error("the secret has fewer than 80 bits (16 characters)")]
    TooShort,
    /// It has more than 512 bits.
    #[error("the secret has more than 512 bits (103 characters)")]
    TooLong,
}

/// A new secret of 160 bits, in base 32 without padding.
pub fn generate(random: &dyn Random) -> Secret {
    let mut bytes = Zeroizing::new([0; GENERATED_BYTES]);
    random.fill(bytes.as_mut_slice());
    Secret::new(BASE32_NOPAD.encode(bytes.as_slice()))
}

/// The secret that is written as `text`: in either case, with or without padding, spaces and
/// hyphens.
pub fn import(text: &str) -> Result<Secret, TotpSecretError> {
    let ignored = |c: &char| !c.is_whitespace() && *c != '-';
    let compact: Zeroizing<String> = Zeroizing::new(
        text.trim_end_matches(|c: char| c == '=' || c.is_whitespace())
            .chars()
            .filter(ignored)
            .map(|c| c.to_ascii_uppercase())
            .collect(),
    );
    let bytes = BASE32_NOPAD.decode(compact.as_bytes());
    let bytes = Zeroizing::new(bytes.map_err(|_| TotpSecretError::NotBase32)?);
    match bytes.len() {
        ..MIN_BYTES => Err(TotpSecretError::TooShort),
        MIN_BYTES..=MAX_BYTES => Ok(Secret::new(BASE32_NOPAD.encode(&bytes))),
        _ => Err(TotpSecretError::TooLong),
    }
}

/// The secret in groups of four, to be typed by hand.
pub fn grouped(secret: &Secret) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(secret.expose().len() * 5 / 4 + 1));
    for (position, character) in secret.expose().chars().enumerate() {
        if position > 0 && position % 4 == 0 {
            text.push(' ');
        }
        text.push(character);
    }
    text
}

/// The key of the HMAC.
pub(super) fn key(secret: &Secret) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = BASE32_NOPAD.decode(secret.expose().as_bytes()).ok()?;
    Some(Zeroizing::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::port::fixed::CountingRandom;

    #[test]
    fn rfc4226_4_r6_generates_160_bits() {
        let secret = generate(&CountingRandom::default());
        assert_eq!(secret.expose().len(), 32);
        assert_eq!(key(&secret).unwrap().len(), 20);
        assert!(import(secret.expose()).unwrap().matches(secret.expose()));
        assert_eq!(grouped(&secret).len(), 39);
    }

    #[test]
    fn rfc4648_6_imports_what_people_paste() {
        for text in [
            "GEZDGNBVGY3TQOJQ",
            "gezd gnbv gy3t qojq",
            "GEZD-GNBV-GY3T-QOJQ",
            " GEZDGNBVGY3TQOJQ==== ",
        ] {
            assert_eq!(import(text).unwrap().expose(), "GEZDGNBVGY3TQOJQ", "{text}");
        }
    }

    #[test]
    fn refuses_short_long_and_foreign_text() {
        let error = |text: &str| import(text).err();
        assert_eq!(error("GEZDGNBVGY3TQ"), Some(TotpSecretError::TooShort));
        assert_eq!(error(""), Some(TotpSecretError::TooShort));
        assert_eq!(error(&"A".repeat(104)), Some(TotpSecretError::TooLong));
        for text in ["GEZDGNBVGY3TQOJ1", "GEZDGNBV=GY3TQOJQ", "GEZDGNBVGY3TQOJQA"] {
            assert_eq!(error(text), Some(TotpSecretError::NotBase32), "{text}");
        }
    }
}
