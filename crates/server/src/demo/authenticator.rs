//! What an authenticator app shows, so that the demo can be tried without one.

use data_encoding::BASE32_NOPAD;
use domain::Timestamp;
use jose::digest::hmac_sha1;

/// Seconds for which a code is shown (RFC 6238 §5.2).
const STEP: i64 = 30;

/// A code for a secret in base 32 that is accepted for a minute at the least, if it is not used
/// before: the one that an app shows next. Servers allow for clocks that are ahead by one step
/// (RFC 6238 §5.2), so it is good already.
pub(crate) fn code(secret: &str, now: Timestamp) -> Option<String> {
    of_step(secret, now.seconds() / STEP + 1)
}

fn of_step(secret: &str, step: i64) -> Option<String> {
    let key = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
    let mac = hmac_sha1(&key, &step.to_be_bytes());
    // RFC 4226 §5.3: four bytes from the place that the last four bits name, without their sign.
    let [.., last] = mac;
    let word = mac.get(usize::from(last & 0xf)..)?.first_chunk::<4>()?;
    let number = (u32::from_be_bytes(*word) & 0x7fff_ffff) % 1_000_000;
    Some(format!("{number:06}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use authn::factor::totp;
    use domain::UserId;
    use domain::port::fixed::CountingRandom;

    use super::*;

    #[test]
    fn rfc6238_b_shows_the_codes_of_the_test_vectors() {
        let secret = BASE32_NOPAD.encode(b"12345678901234567890");
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(of_step(&secret, time / STEP).unwrap(), code);
        }
    }

    #[test]
    fn a_code_is_good_at_once_and_for_a_minute() {
        let (secret, random) = ("JBSWY3DPEHPK3PXP", CountingRandom::default());
        for seconds in 1_700_000_000..1_700_000_030 {
            let now = Timestamp::from_seconds(seconds);
            let (user, imported) = (UserId::new(now, &random), totp::import(secret).unwrap());
            let device = totp::device(user, "app", imported, now, &random);
            let code = code(secret, now).unwrap();
            for later in [0, 30, 60] {
                let at = now + Duration::from_secs(later);
                assert!(totp::accept(&device, &code, at).is_some(), "{later} s");
            }
        }
    }
}
