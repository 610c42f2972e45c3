//! A PIN: what may be given in place of the face, on a device of one's own.

use zeroize::Zeroizing;

use crate::Error;

/// The digits of a PIN.
#[derive(Clone)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Reads a PIN that somebody gives.
    pub fn given(text: &str) -> Result<Self, Error> {
        let is_one = (6..=12).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
        match is_one {
            true => Ok(Self(Zeroizing::new(text.to_owned()))),
            false => Err(Error::Configuration("a PIN has 6 to 12 digits")),
        }
    }

    /// Reads a PIN that somebody wants to have: one that nobody guesses at once.
    pub fn wanted(text: &str) -> Result<Self, Error> {
        let pin = Self::given(text)?;
        let digits = text.as_bytes();
        let steps = digits.iter().zip(digits.iter().skip(1));
        let mut steps = steps.map(|(one, next)| i16::from(*next) - i16::from(*one));
        let first = steps.next().unwrap_or_default();
        let is_row = first.abs() <= 1 && steps.all(|step| step == first);
        match is_row {
            true => Err(Error::Configuration(
                "the digits of a PIN are neither all the same nor consecutive",
            )),
            false => Ok(pin),
        }
    }

    /// Its digits.
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_6_to_12_digits_that_are_no_row() {
        for (text, given, wanted) in [
            ("271828", true, true),
            ("271828182845", true, true),
            ("111111", true, false),
            ("123456", true, false),
            ("654321", true, false),
            ("27182", false, false),
            ("2718281828459", false, false),
            ("27182a", false, false),
            ("٢٧١٨٢٨", false, false),
        ] {
            let pin = (Pin::given(text).is_ok(), Pin::wanted(text).is_ok());
            assert_eq!(pin, (given, wanted), "{text}");
        }
    }
}
