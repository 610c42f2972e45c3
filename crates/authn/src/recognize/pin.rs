//! A PIN: what may be given in place of the face, on a device of one's own.

use aws_lc_rs::hmac;
use domain::ByteString;
use jose::digest::{constant_time_eq, sha256};
use zeroize::Zeroizing;

const PREFIX: &[u8] = b"countersign recognize pin v2\0";

/// A text is no PIN that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has 6 to 12 digits, neither all the same nor consecutive")]
pub struct PinFormat;

/// The digits of a PIN. They are nowhere shown and nowhere kept.
#[derive(Clone)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Reads a PIN that somebody gives.
    pub fn given(text: &str) -> Result<Self, PinFormat> {
        let is_one = (6..=12).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
        match is_one {
            true => Ok(Self(Zeroizing::new(text.to_owned()))),
            false => Err(PinFormat),
        }
    }

    /// Reads a PIN that somebody wants to have: one that nobody guesses at once.
    pub fn wanted(text: &str) -> Result<Self, PinFormat> {
        let pin = Self::given(text)?;
        let digits = text.as_bytes();
        let steps = digits.iter().zip(digits.iter().skip(1));
        let mut steps = steps.map(|(one, next)| i16::from(*next) - i16::from(*one));
        let first = steps.next().unwrap_or_default();
        let is_row = first.abs() <= 1 && steps.all(|step| step == first);
        if is_row { Err(PinFormat) } else { Ok(pin) }
    }

    /// Its digits.
    pub(super) fn digits(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// What is kept of it: nothing that could be guessed at without the secret of the device, which has
    /// 256 bits and is not kept.
    pub fn verifier(&self, secret: &[u8; 32]) -> ByteString {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let text = Zeroizing::new([PREFIX, self.digits()].concat());
        let tag = hmac::sign(&key, &text);
        sha256(tag.as_ref()).as_slice().into()
    }

    /// Whether it is the one of which this is kept.
    pub fn matches(&self, verifier: &ByteString, secret: &[u8; 32]) -> bool {
        constant_time_eq(&self.verifier(secret), verifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_6_to_12_digits_and_is_no_row() {
        for text in ["271828", "112233445566", "123455", "654320"] {
            assert!(Pin::wanted(text).is_ok(), "{text}");
        }
        for text in ["", "27182", "2718281828459", "27182a", "２７１８２８"] {
            assert!(Pin::given(text).is_err(), "{text}");
        }
        for text in ["000000", "123456", "987654", "0123456789"] {
            assert!(
                Pin::wanted(text).is_err() && Pin::given(text).is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_kept_of_a_pin_fits_it_on_its_device_alone() {
        let pin = Pin::given("271828").unwrap();
        let kept = pin.verifier(&[7; 32]);
        assert!(pin.matches(&kept, &[7; 32]));
        assert!(!pin.matches(&kept, &[8; 32]));
        assert!(!Pin::given("271829").unwrap().matches(&kept, &[7; 32]));
    }
}
