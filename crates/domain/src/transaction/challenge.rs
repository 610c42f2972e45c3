//! Whose a WebAuthn challenge is.

use std::ops::RangeInclusive;
use std::time::Duration;

use jose::strict_base64url;

use crate::Timestamp;
use crate::port::Changes;

/// How challenges of our own begin, and nobody else's: what somebody has signed for one client must
/// never answer what another, or the server itself, has asked.
pub const OWN_CHALLENGE: &[u8] = b"countersign\0";

/// Bytes in a challenge that a client has chosen. WebAuthn Level 3 §13.4.3: "Challenges SHOULD therefore
/// be at least 16 bytes long."
const LENGTHS: RangeInclusive<usize> = 16..=1024;

/// How long a challenge of a client's is remembered. Longer than a payment can be disputed (PSD2 art.
/// 71: 13 months): as long as its receipt is needed there is no other with the same signature.
const REMEMBERED: Duration = Duration::from_hours(24 * 400);

/// The bytes of a challenge that a client has chosen; `None` if it is none that can be used.
pub fn requested_challenge(text: &str) -> Option<Vec<u8>> {
    let bytes = strict_base64url::decode(text).ok()?;
    let is_usable = LENGTHS.contains(&bytes.len()) && !bytes.starts_with(OWN_CHALLENGE);
    is_usable.then_some(bytes)
}

/// Takes a challenge that a client has chosen when somebody has signed it, so that nobody's signature over it is
/// accepted again: it says nothing about what was shown, so there is to be one.
pub fn claim_challenge(challenge: &str, now: Timestamp) -> Changes {
    let mut changes = Changes::none();
    changes.claim(
        "webauthn challenge",
        &[challenge.as_bytes()],
        now + REMEMBERED,
    );
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_challenge_is_16_to_1024_bytes_of_base64url_and_never_like_our_own() {
        let encoded = |bytes: Vec<u8>| strict_base64url::encode(bytes);
        for len in [16, 1024] {
            let bytes = vec![7; len];
            assert_eq!(requested_challenge(&encoded(bytes.clone())), Some(bytes));
        }
        for len in [0, 15, 1025] {
            assert_eq!(requested_challenge(&encoded(vec![7; len])), None, "{len}");
        }
        for text in ["AAAAAAAAAAAAAAAAAAAAAA==", "+++"] {
            assert_eq!(requested_challenge(text), None, "{text}");
        }
        let like_ours = [OWN_CHALLENGE, &[7; 32]].concat();
        assert_eq!(requested_challenge(&encoded(like_ours)), None);
    }
}
