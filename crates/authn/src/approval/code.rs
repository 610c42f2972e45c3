//! One-time codes for one transaction alone, and the number that a push shows twice.

use domain::port::Random;
use domain::{Digest, Secret};
use jose::digest::hmac_sha256;
use jose::strict_base64url;
use serde::{Deserialize, Serialize};

const PREFIX: &[u8] = b"countersign transaction code v1\0";

/// The digits that a code may have.
pub const LENGTHS: std::ops::RangeInclusive<u8> = 6..=10;

/// A new secret from which the codes of one flow are derived: 32 random bytes in base64url.
pub fn new_secret(random: &dyn Random) -> Secret {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    Secret::new(strict_base64url::encode(bytes))
}

/// What a code is for: it is another one when any of this is another.
#[derive(Clone, Copy, Debug)]
pub struct CodeContext<'a> {
    /// The digest of the transaction.
    pub digest: &'a Digest,
    /// How and to which device it is sent: `Email`, or the id of a device.
    pub channel: &'a str,
    /// How often one was sent before.
    pub resend: u32,
    /// How many digits it has, 6 to 10.
    pub length: u8,
}

/// That the code of a transaction was given. Only [`check`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeMatched(Digest);

impl CodeMatched {
    /// The digest of the transaction that the code was for.
    pub const fn digest(&self) -> &Digest {
        &self.0
    }
}

/// The code for this and nothing else, derived from the flow's secret. Knowing others does not help
/// to know it (RTS art. 4(2)(b)).
pub fn derive(secret: &Secret, context: &CodeContext<'_>) -> Secret {
    let length = context.length.clamp(*LENGTHS.start(), *LENGTHS.end());
    let modulus = 10_u64.pow(u32::from(length));
    // The greatest multiple of the modulus: what lies above would make small codes more likely.
    let limit = u64::MAX - u64::MAX % modulus;
    let key = secret.to_bytes();
    let mut draws = (0_u32..).map(|draw| draw_of(&key, context, length, draw));
    let number = draws.find(|number| *number < limit).unwrap_or_default();
    let width = usize::from(length);
    Secret::new(format!("{:0width$}", number % modulus))
}

/// Whether the presented code is the one for this, in constant time; spaces do not matter.
pub fn check(secret: &Secret, context: &CodeContext<'_>, presented: &str) -> Option<CodeMatched> {
    let presented: String = presented.split_whitespace().collect();
    let expected = derive(secret, context);
    expected
        .matches(&presented)
        .then_some(CodeMatched(*context.digest))
}

fn draw_of(key: &[u8], context: &CodeContext<'_>, length: u8, draw: u32) -> u64 {
    let channel_length = context.channel.len() as u64;
    let input = [
        PREFIX,
        context.digest.as_bytes(),
        &channel_length.to_be_bytes(),
        context.channel.as_bytes(),
        &context.resend.to_be_bytes(),
        &[length],
        &draw.to_be_bytes(),
    ]
    .concat();
    let mac = hmac_sha256(key, &input);
    let word = mac.iter().take(8);
    word.fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::port::fixed::CountingRandom;
    use proptest::prelude::*;

    fn context(digest: &Digest) -> CodeContext<'_> {
        CodeContext {
            digest,
            channel: "Email",
            resend: 0,
            length: 6,
        }
    }

    #[test]
    fn it_is_another_one_when_anything_is_another() {
        let random = CountingRandom::default();
        let (secret, other_secret) = (new_secret(&random), new_secret(&random));
        let (digest, other) = (Digest::of(b"", b"a"), Digest::of(b"", b"b"));
        let base = CodeContext {
            length: 10,
            ..context(&digest)
        };
        let code = |secret: &Secret, context: CodeContext<'_>| {
            derive(secret, &context).expose().to_owned()
        };
        let expected = code(&secret, base);
        assert_eq!(code(&secret, base), expected);
        for changed in [
            code(&other_secret, base),
            code(
                &secret,
                CodeContext {
                    digest: &other,
                    ..base
                },
            ),
            code(
                &secret,
                CodeContext {
                    channel: "SMS",
                    ..base
                },
            ),
            code(&secret, CodeContext { resend: 1, ..base }),
        ] {
            assert_ne!(changed, expected);
        }
        let shorter = code(&secret, CodeContext { length: 9, ..base });
        assert!(!expected.ends_with(&shorter) && !expected.starts_with(&shorter));
    }

    #[test]
    fn only_the_code_itself_is_accepted_however_it_is_spaced() {
        let secret = new_secret(&CountingRandom::default());
        let digest = Digest::of(b"", b"a");
        let code = derive(&secret, &context(&digest)).expose().to_owned();
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        for presented in [&code, &spaced] {
            let matched = check(&secret, &context(&digest), presented).unwrap();
            assert_eq!(matched.digest(), &digest);
        }
        for presented in ["", &code[..5], &format!("0{code}"), "abcdef"] {
            assert!(check(&secret, &context(&digest), presented).is_none());
        }
    }

    #[test]
    fn every_first_digit_is_as_likely() {
        let secret = new_secret(&CountingRandom::default());
        let digest = Digest::of(b"", b"a");
        let mut counts = [0_u32; 10];
        for resend in 0..5000 {
            let code = derive(
                &secret,
                &CodeContext {
                    resend,
                    ..context(&digest)
                },
            );
            counts[usize::from(code.expose().as_bytes()[0] - b'0')] += 1;
        }
        assert!(
            counts.iter().all(|count| (400..600).contains(count)),
            "{counts:?}"
        );
    }

    proptest! {
        #[test]
        fn a_code_has_the_digits_that_it_should(length in 0..20_u8, resend in any::<u32>(), channel in ".{0,8}") {
            let secret = new_secret(&CountingRandom::default());
            let digest = Digest::of(b"", b"a");
            let code = derive(&secret, &CodeContext { digest: &digest, channel: &channel, resend, length });
            prop_assert_eq!(code.expose().len(), usize::from(length.clamp(6, 10)));
            prop_assert!(code.expose().bytes().all(|it| it.is_ascii_digit()));
        }
    }
}
