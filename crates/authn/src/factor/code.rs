//! One-time codes that are sent to a person: by mail, as a text message, or read out.
//!
//! A code is never kept. It is derived from a secret of the flow, from the device that it is sent to,
//! from how often one was sent, and from what it approves, so that it is worth nothing anywhere else.

use std::time::Duration;

use domain::port::Random;
use domain::{DeviceId, Digest, Secret, Timestamp};
use serde::{Deserialize, Serialize};

use crate::approval::code::{self, CodeContext, CodeMatched};

/// How codes are made and how often they may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodePolicy {
    /// Digits, 6 to 10.
    pub length: u8,
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

/// Stands for what a code approves that approves nothing.
const NOTHING: Digest = Digest::from_bytes([0; 32]);

impl SentCode {
    /// A code for this device, which is to be sent now; `earlier` were sent before it.
    pub(crate) fn begin(
        device: DeviceId,
        earlier: u32,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        Self {
            secret: code::new_secret(random),
            device,
            earlier,
            sent: now,
            failures: 0,
        }
    }

    /// How many were sent, it among them.
    pub(crate) const fn sends(&self) -> u32 {
        self.earlier + 1
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
    pub(crate) fn code(&self, approves: Option<&Digest>, policy: CodePolicy) -> Secret {
        self.in_context(approves, policy, |context| {
            code::derive(&self.secret, context)
        })
    }

    /// Whether `presented` is the code, and for what it is.
    pub(crate) fn check(
        &self,
        presented: &str,
        approves: Option<&Digest>,
        policy: CodePolicy,
        now: Timestamp,
    ) -> Option<CodeMatched> {
        let matched = self.in_context(approves, policy, |context| {
            code::check(&self.secret, context, presented)
        });
        matched.filter(|_| self.is_alive(policy, now))
    }

    fn in_context<T>(
        &self,
        approves: Option<&Digest>,
        policy: CodePolicy,
        with: impl FnOnce(&CodeContext<'_>) -> T,
    ) -> T {
        with(&CodeContext {
            digest: approves.unwrap_or(&NOTHING),
            channel: &self.device.to_string(),
            resend: self.earlier,
            length: policy.length,
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);

    fn sent(earlier: u32) -> SentCode {
        let random = CountingRandom::default();
        SentCode::begin(DeviceId::new(NOW, &random), earlier, NOW, &random)
    }

    fn shown(code: &SentCode, approves: Option<&Digest>) -> String {
        code.code(approves, CodePolicy::default())
            .expose()
            .to_owned()
    }

    #[test]
    fn a_code_is_right_until_it_is_old_or_was_tried_too_often() {
        let (code, policy) = (sent(0), CodePolicy::default());
        let shown = shown(&code, None);
        let is_right = |code: &SentCode, at| code.check(&shown, None, policy, at).is_some();
        assert!(is_right(&code, NOW));
        let spaced = format!(" {} {} ", &shown[..3], &shown[3..]);
        assert!(code.check(&spaced, None, policy, NOW).is_some());
        assert!(!is_right(&code, NOW + policy.lifetime));
        let twice = code.failed().failed();
        assert!(is_right(&twice, NOW));
        assert!(!is_right(&twice.failed(), NOW));
        assert!(code.check("", None, policy, NOW).is_none());
    }

    #[test]
    fn rts_5_1_d_a_code_is_worth_nothing_for_anything_else() {
        let code = sent(0);
        let [one, other] = [[1; 32], [2; 32]].map(Digest::from_bytes);
        let shown = shown(&code, Some(&one));
        let policy = CodePolicy::default();
        let is_right = |approves| code.check(&shown, approves, policy, NOW).is_some();
        assert!(is_right(Some(&one)));
        assert!(!is_right(Some(&other)) && !is_right(None));
        assert!(sent(1).check(&shown, Some(&one), policy, NOW).is_none());
    }
}
