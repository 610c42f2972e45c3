//! The code that people carry from a device to their browser (RFC 8628 §6.1).

use domain::HandleKey;
use domain::port::Random;
use serde::{Deserialize, Serialize};

/// RFC 8628 §6.1: "the base-20 character set [...] This character set does not include vowels, so it
/// is impossible to accidentally spell words".
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Letters of a code: 34 bits, which are good for minutes, and for a few guesses.
const LENGTH: usize = 8;

/// A code that people carry from a device to their browser: letters alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserCode(String);

impl UserCode {
    /// A code that nobody can guess.
    pub fn new(random: &dyn Random) -> Self {
        let mut letters = String::with_capacity(LENGTH);
        let mut bytes = [0; 16];
        while letters.len() < LENGTH {
            random.fill(&mut bytes);
            // Every letter is as likely as any other: 240 is the largest multiple of 20 in a byte.
            let fair = bytes.iter().filter(|byte| **byte < 240);
            let drawn = fair.filter_map(|byte| ALPHABET.get(usize::from(byte % 20)));
            let missing = LENGTH - letters.len();
            letters.extend(drawn.take(missing).map(|letter| char::from(*letter)));
        }
        Self(letters)
    }

    /// What somebody typed, if it can be a code. RFC 8628 §6.1: "the server should strip out any
    /// characters outside of this set [...] it is RECOMMENDED that [it is] case insensitive".
    pub fn typed(text: &str) -> Option<Self> {
        if text.len() > 64 {
            return None;
        }
        let letters = text.bytes().map(|byte| byte.to_ascii_uppercase());
        let letters = letters.filter(|byte| ALPHABET.contains(byte));
        let letters: String = letters.map(char::from).collect();
        (letters.len() == LENGTH).then_some(Self(letters))
    }

    /// As it is shown: in two halves.
    pub fn shown(&self) -> String {
        match self.0.split_at_checked(LENGTH / 2) {
            Some((first, second)) => format!("{first}-{second}"),
            None => self.0.clone(),
        }
    }

    /// By what its authorization is looked up.
    pub fn key(&self) -> HandleKey {
        HandleKey::of(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;

    use super::*;

    #[test]
    fn rfc8628_6_1_a_code_is_read_however_it_is_typed() {
        let code = UserCode::new(&CountingRandom::default());
        let shown = code.shown();
        assert_eq!((shown.len(), shown.as_bytes()[4]), (9, b'-'));
        for typed in [
            shown.clone(),
            shown.to_lowercase(),
            format!(" {} ", shown.replace('-', " . ")),
        ] {
            assert_eq!(UserCode::typed(&typed), Some(code.clone()), "{typed}");
        }
        let long = "B".repeat(65);
        for typed in ["", "BCDF", "BCDF-GHJKL", "AEIO-UUUU", &long] {
            assert_eq!(UserCode::typed(typed), None, "{typed}");
        }
    }
}
