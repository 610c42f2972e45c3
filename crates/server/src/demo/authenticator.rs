//! What an authenticator app shows, so that the demo can be tried without one.

use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use domain::Timestamp;
use jose::digest::hmac_sha1;

/// Seconds for which a code is shown (RFC 6238 §5.2).
const STEP: i64 = 30;

/// The code that is shown for a secret in base 32, and for how much longer.
pub(crate) fn shown(secret: &str, now: Timestamp) -> Option<(String, Duration)> {
    let key = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
    let step = now.seconds() / STEP;
    let mac = hmac_sha1(&key, &step.to_be_bytes());
    // RFC 4226 §5.3: four bytes from the place that the last four bits name, without their sign.
    let [.., last] = mac;
    let word = mac.get(usize::from(last & 0xf)..)?.first_chunk::<4>()?;
    let number = (u32::from_be_bytes(*word) & 0x7fff_ffff) % 1_000_000;
    let left = u64::try_from((step + 1) * STEP - now.seconds()).ok()?;
    Some((format!("{number:06}"), Duration::from_secs(left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6238_b_shows_the_codes_of_the_test_vectors() {
        let secret = BASE32_NOPAD.encode(b"12345678901234567890");
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (2_000_000_000, "279037"),
        ] {
            let (shown, _) = shown(&secret, Timestamp::from_seconds(time)).unwrap();
            assert_eq!(shown, code);
        }
    }
}
