//! Codes that are mailed to whoever has nothing else to show: to recover an account, or to confirm an
//! address.

use std::time::Duration;

use domain::port::Random;
use domain::{Secret, Timestamp};
use jose::digest::hmac_sha256;
use serde::{Deserialize, Serialize};

use super::recovery::ALPHABET;
use crate::approval::code;

/// What is hashed with the secret of a code, so that it makes nothing else.
const CONTEXT: &[u8] = b"countersign mailed code v1\0";

/// Letters and digits of a code: 40 bits.
const LENGTH: usize = 8;

/// How long a code is good.
pub const LIFETIME: Duration = Duration::from_mins(5);

/// Wrong codes after which the right one is worth nothing either.
const TRIES: u32 = 3;

/// A code that was mailed, or would have been if there were somebody to mail it to. Like all codes it is
/// not kept, but made anew from a secret.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct MailedCode {
    secret: Secret,
    sent: Timestamp,
    failures: u32,
}

impl MailedCode {
    /// A code that is to be sent now.
    pub(crate) fn begin(now: Timestamp, random: &dyn Random) -> Self {
        Self {
            secret: code::new_secret(random),
            sent: now,
            failures: 0,
        }
    }

    /// The code itself, to be sent.
    pub(crate) fn code(&self) -> Secret {
        let mac = hmac_sha256(&self.secret.to_bytes(), CONTEXT);
        let letters = mac.iter().take(LENGTH);
        let letters = letters.filter_map(|byte| ALPHABET.get(usize::from(byte & 31)));
        Secret::new(letters.collect::<String>())
    }

    /// When it was sent.
    pub(crate) const fn sent(&self) -> Timestamp {
        self.sent
    }

    /// Whether it can still be right.
    pub(crate) fn is_alive(&self, now: Timestamp) -> bool {
        self.failures < TRIES && now < self.sent + LIFETIME
    }

    /// Whether `presented` is the code, however it was typed; in constant time.
    pub(crate) fn is(&self, presented: &str, now: Timestamp) -> bool {
        let letters = presented.chars().filter(char::is_ascii_alphanumeric);
        let normal: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
        self.code().matches(&normal) && self.is_alive(now)
    }

    /// The same after a wrong code.
    pub(crate) fn failed(&self) -> Self {
        Self {
            failures: self.failures.saturating_add(1),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    #[test]
    fn a_code_has_eight_letters_and_digits_that_are_not_taken_for_each_other() {
        let random = CountingRandom::default();
        for _ in 0..50 {
            let code = MailedCode::begin(NOW, &random).code();
            assert_eq!(code.expose().chars().count(), LENGTH);
            assert!(!code.expose().contains(['0', 'O', '1', 'I', 'l']));
        }
    }

    #[test]
    fn a_code_is_right_until_it_is_old_or_was_tried_too_often() {
        let code = MailedCode::begin(NOW, &CountingRandom::default());
        let text = code.code().expose().to_lowercase();
        let typed = format!(" {}-{} ", &text[..4], &text[4..]);
        assert!(code.is(&typed, NOW) && !code.is("", NOW));
        let last = NOW + Duration::from_secs(299);
        assert!(code.is(&typed, last) && !code.is(&typed, NOW + LIFETIME));
        let twice = code.failed().failed();
        assert!(twice.is(&typed, NOW) && !twice.failed().is(&typed, NOW));
    }
}
