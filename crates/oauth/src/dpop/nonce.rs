//! Nonces that the server supplies for proofs (RFC 9449 §8).

use domain::{Secret, ServerSettings, Timestamp};
use jose::{constant_time_eq, digest, strict_base64url};

/// Makes and knows the server's nonces without keeping any: each is a MAC of the time.
///
/// Every process of a server has the same key, so a nonce from one is good at all of them.
pub struct NonceKey(Secret);

/// The bytes of the MAC that are in a nonce.
const LENGTH: usize = 16;

impl NonceKey {
    /// The key made of a secret that all processes of the server share.
    pub const fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// The nonce that is supplied now.
    pub fn current(&self, settings: &ServerSettings, now: Timestamp) -> String {
        let period = period(settings);
        self.nonce(period, now.seconds().div_euclid(period))
    }

    /// Whether a nonce was supplied recently. So a proof that has one is at most as old as a proof
    /// may be.
    pub(super) fn accepts(&self, nonce: &str, settings: &ServerSettings, now: Timestamp) -> bool {
        let period = period(settings);
        let step = now.seconds().div_euclid(period);
        // RFC 9449 §8: "clients need to keep only one nonce value and servers need to keep a window
        // of recent nonces." The next one may come from a process whose clock is ahead.
        [step, step - 1, step + 1]
            .into_iter()
            .map(|step| self.nonce(period, step))
            .any(|known| constant_time_eq(known.as_bytes(), nonce.as_bytes()))
    }

    /// RFC 9449 §8: "Nonce values MUST be unpredictable."
    fn nonce(&self, period: i64, step: i64) -> String {
        let [period, step] = [period, step].map(i64::to_be_bytes);
        let input = [b"countersign dpop nonce\0".as_slice(), &period, &step].concat();
        let mac = digest::hmac_sha256(self.0.expose().as_bytes(), &input);
        let (nonce, _) = mac.split_at(LENGTH);
        strict_base64url::encode(nonce)
    }
}

/// Seconds for which a nonce is supplied. It is accepted for as long again, which together is as
/// long as a proof is good.
fn period(settings: &ServerSettings) -> i64 {
    i64::from(settings.dpop_proof_lifetime_seconds.div_ceil(2).max(1))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use proptest::prelude::*;

    fn key() -> NonceKey {
        NonceKey::new(Secret::new("a secret of the server"))
    }

    /// The begin of a period of the default settings.
    const BEGIN: Timestamp = Timestamp::from_seconds(1_790_000_040);

    #[test]
    fn rfc9449_8_a_nonce_is_accepted_while_it_is_supplied_and_as_long_again() {
        let (key, settings) = (key(), ServerSettings::default());
        let nonce = key.current(&settings, BEGIN);
        for (seconds, good) in [(0, true), (59, true), (60, true), (119, true), (120, false)] {
            let later = BEGIN + Duration::from_secs(seconds);
            assert_eq!(key.accepts(&nonce, &settings, later), good, "{seconds}");
        }
        let later = BEGIN + Duration::from_secs(60);
        assert_ne!(key.current(&settings, later), nonce, "it is rotated");
    }

    #[test]
    fn rfc9449_8_a_process_whose_clock_is_behind_accepts_the_next_nonce() {
        let (key, settings) = (key(), ServerSettings::default());
        let nonce = key.current(&settings, BEGIN);
        let behind = BEGIN - Duration::from_secs(2);
        assert!(key.accepts(&nonce, &settings, behind));
        assert!(!key.accepts(&nonce, &settings, behind - Duration::from_secs(60)));
    }

    #[test]
    fn rfc9449_8_another_server_has_other_nonces() {
        let settings = ServerSettings::default();
        let other = NonceKey::new(Secret::new("a secret of another server"));
        let nonce = other.current(&settings, BEGIN);
        assert!(!key().accepts(&nonce, &settings, BEGIN));
        assert!(!key().accepts("", &settings, BEGIN));
    }

    #[test]
    fn rfc9449_8_1_a_nonce_is_made_of_allowed_characters() {
        let nonce = key().current(&ServerSettings::default(), BEGIN);
        // nonce = 1*NQCHAR
        assert_eq!(nonce.len(), 22);
        let is_nqchar = |byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        assert!(nonce.bytes().all(is_nqchar));
    }

    proptest! {
        #[test]
        fn a_nonce_lives_at_least_half_as_long_as_a_proof_and_no_longer_than_one(
            lifetime in 2_u32..3600,
            begin in 0_i64..4_000_000_000,
            later in 0_u32..7200,
        ) {
            let settings = ServerSettings { dpop_proof_lifetime_seconds: lifetime, ..ServerSettings::default() };
            let begin = Timestamp::from_seconds(begin);
            let nonce = key().current(&settings, begin);
            let accepted = key().accepts(&nonce, &settings, begin + Duration::from_secs(later.into()));
            prop_assert!(accepted || later >= lifetime / 2);
            prop_assert!(!accepted || later <= lifetime);
        }
    }
}
