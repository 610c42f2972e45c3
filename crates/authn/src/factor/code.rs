//! One-time codes that are sent to a person: by mail, as a text message, or read out.
//!
//! A code is never kept. It is derived from a secret of the flow, from the device that it is sent to,
//! from how often one was sent, and from what it approves, so that it is worth nothing anywhere else.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use domain::port::Random;
use domain::{DeviceId, Secret, Timestamp};
use jose::digest::hmac_sha256;
use serde::{Deserialize, Serialize};

/// How codes are made and how often they may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodePolicy {
    /// Digits, 6 to 10.
    pub length: u32,
    /// How long a code is good.
    pub lifetime: Duration,
    /// Wrong codes after which the right one is worth nothing either.
    pub tries: u32,
    /// How often a code is sent for one request at the most.
    pub sends: u32,
    /// How long a person waits before another is sent.
    pub pause: Duration,
}

impl Default for CodePolicy {
    fn default() -> Self {
        Self {
            length: 6,
            lifetime: Duration::from_mins(10),
            tries: 3,
            sends: 5,
            pause: Duration::from_secs(30),
        }
    }
}

/// A code that was sent, without the code.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SentCode {
    secret: Secret,
    device: DeviceId,
    /// How many were sent before it.
    earlier: u32,
    sent: Timestamp,
    failures: u32,
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeVerdict {
    Right,
    /// It is not the code, or the code is worth nothing any more.
    Wrong,
}

impl SentCode {
    /// A code for this device, which is to be sent now; `earlier` were sent before it.
    pub(crate) fn begin(
        device: DeviceId,
        earlier: u32,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        let mut secret = [0; 32];
        random.fill(&mut secret);
        Self {
            secret: Secret::new(BASE64URL_NOPAD.encode(&secret)),
            device,
            earlier,
            sent: now,
            failures: 0,
        }
    }

    /// From when on another may be sent.
    pub(crate) fn again_at(&self, policy: CodePolicy) -> Timestamp {
        self.sent + policy.pause
    }

    /// Whether it can still be right.
    pub(crate) fn is_alive(&self, policy: CodePolicy, now: Timestamp) -> bool {
        self.failures < policy.tries && now < self.sent + policy.lifetime
    }

    /// The same after a wrong code.
    pub(crate) fn failed(&self) -> Self {
        Self {
            failures: self.failures + 1,
            ..self.clone()
        }
    }

    /// The code itself, to be sent. `approves` is the digest of what it approves, if anything.
    pub(crate) fn code(&self, approves: Option<&[u8; 32]>, policy: CodePolicy) -> Secret {
        let mut text = b"countersign one-time code v1\0".to_vec();
        text.extend_from_slice(self.device.as_bytes());
        text.extend_from_slice(&self.earlier.to_be_bytes());
        text.extend_from_slice(approves.unwrap_or(&[0; 32]));
        let key = self.secret.to_bytes();
        let length = policy.length.clamp(6, 10);
        let end = 10_u64.pow(length);
        // A number in the part that would come out more often than others is not taken.
        let fair = u64::MAX - u64::MAX % end;
        let mut round = 0_u8;
        let number = loop {
            let mac = hmac_sha256(&key, &[text.as_slice(), &[round]].concat());
            let first = mac.iter().take(8);
            let number = first.fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
            if number < fair || round == u8::MAX {
                break number % end;
            }
            round += 1;
        };
        Secret::new(format!("{number:0width$}", width = length as usize))
    }

    /// Whether `presented` is the code.
    pub(crate) fn check(
        &self,
        presented: &str,
        approves: Option<&[u8; 32]>,
        policy: CodePolicy,
        now: Timestamp,
    ) -> CodeVerdict {
        let presented: String = presented.split_whitespace().collect();
        let is_right = self.code(approves, policy).matches(&presented);
        match is_right && self.is_alive(policy, now) {
            true => CodeVerdict::Right,
            false => CodeVerdict::Wrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn sent(earlier: u32) -> SentCode {
        let random = CountingRandom::default();
        SentCode::begin(DeviceId::new(NOW, &random), earlier, NOW, &random)
    }

    fn shown(code: &SentCode, approves: Option<&[u8; 32]>) -> String {
        code.code(approves, CodePolicy::default())
            .expose()
            .to_owned()
    }

    #[test]
    fn a_code_is_right_until_it_is_old_or_was_tried_too_often() {
        let (code, policy) = (sent(0), CodePolicy::default());
        let shown = shown(&code, None);
        let check = |code: &SentCode, at| code.check(&shown, None, policy, at);
        assert_eq!(check(&code, NOW), CodeVerdict::Right);
        let spaced = format!(" {} {} ", &shown[..3], &shown[3..]);
        assert_eq!(code.check(&spaced, None, policy, NOW), CodeVerdict::Right);
        assert_eq!(check(&code, NOW + policy.lifetime), CodeVerdict::Wrong);
        let twice = code.failed().failed();
        assert_eq!(check(&twice, NOW), CodeVerdict::Right);
        assert_eq!(check(&twice.failed(), NOW), CodeVerdict::Wrong);
        assert_eq!(code.check("", None, policy, NOW), CodeVerdict::Wrong);
    }

    #[test]
    fn rts_5_1_d_a_code_is_worth_nothing_for_anything_else() {
        let code = sent(0);
        let (one, other) = ([1; 32], [2; 32]);
        let shown = shown(&code, Some(&one));
        let policy = CodePolicy::default();
        let check = |approves| code.check(&shown, approves, policy, NOW);
        assert_eq!(check(Some(&one)), CodeVerdict::Right);
        assert_eq!(check(Some(&other)), CodeVerdict::Wrong);
        assert_eq!(check(None), CodeVerdict::Wrong);
        assert_eq!(
            sent(1).check(&shown, Some(&one), policy, NOW),
            CodeVerdict::Wrong
        );
    }

    proptest! {
        #[test]
        fn codes_have_the_length_that_is_set(length in 6..=10_u32, earlier in 0..9_u32) {
            let policy = CodePolicy { length, ..CodePolicy::default() };
            let code = sent(earlier).code(None, policy);
            prop_assert_eq!(code.expose().len(), length as usize);
            prop_assert!(code.expose().bytes().all(|digit| digit.is_ascii_digit()));
        }
    }
}
