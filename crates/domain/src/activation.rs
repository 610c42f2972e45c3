//! Activation codes: what an organisation gives its people, so that they connect an authenticator.

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::port::{Kind, Lookups, Random, Record};
use crate::{DeviceId, EnvironmentId, Secret, Timestamp, UserId};

/// How many digits a code has: clients keep it in 64 bits, and nobody guesses it.
const DIGITS: usize = 18;

/// That somebody may connect an authenticator, found by the code that they were given. It is a record
/// of the server: whoever shows a code does not say whose house it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Activation {
    /// The SHA-256 of the code.
    key: [u8; 32],
    /// The environment whose person it is about, unless it is the server itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentId>,
    /// Who may connect an authenticator.
    pub user: UserId,
    /// The device that was begun when the code was shown last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// Whether somebody has connected an authenticator with it.
    #[serde(default)]
    pub used: bool,
    /// When it is good for nothing any more.
    pub expires: Timestamp,
}

impl Activation {
    /// That `user` may connect an authenticator until `expires`, and the code for it, which is shown
    /// this once.
    pub fn new(
        environment: Option<EnvironmentId>,
        user: UserId,
        expires: Timestamp,
        random: &dyn Random,
    ) -> (Self, Secret) {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        // Of 128 bits a remainder is as good as evenly spread, and the first digit is never 0: some
        // clients read a number.
        let least = 10_u128.pow(17);
        let number = least + u128::from_be_bytes(bytes) % (9 * least);
        let code = Secret::new(number.to_string());
        let activation = Self {
            key: Self::key_of(code.expose()).unwrap_or_default(),
            environment,
            user,
            device: None,
            used: false,
            expires,
        };
        (activation, code)
    }

    /// The key of the record of a code; `None` for what cannot be one.
    pub fn key_of(code: &str) -> Option<[u8; 32]> {
        let code = code.trim();
        let is_code = code.len() == DIGITS && code.bytes().all(|it| it.is_ascii_digit());
        let digest = digest::digest(&digest::SHA256, code.as_bytes());
        is_code.then_some(digest)?.as_ref().try_into().ok()
    }
}

impl Record for Activation {
    const KIND: Kind = Kind::Activation;

    fn key(&self) -> Vec<u8> {
        self.key.to_vec()
    }

    fn lookups(&self) -> Lookups {
        [Some(self.user.as_bytes().as_slice().into()), None, None]
    }

    fn expires(&self) -> Option<Timestamp> {
        Some(self.expires)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fixed::CountingRandom;

    #[test]
    fn a_code_is_a_number_that_clients_can_keep_and_finds_its_record() {
        let random = CountingRandom::default();
        let user = UserId::from_bytes([7; 16]);
        for _ in 0..100 {
            let (activation, code) = Activation::new(None, user, Timestamp::EPOCH, &random);
            let number: i64 = code.expose().parse().unwrap();
            assert_eq!(number.to_string(), code.expose());
            assert_eq!(code.expose().len(), DIGITS);
            let key = Activation::key_of(code.expose()).unwrap();
            assert_eq!(activation.key(), key);
        }
    }

    #[test]
    fn nothing_else_is_a_code() {
        for text in [
            "",
            "436348609435",
            "43634860943500000x",
            "4363486094350000000",
        ] {
            assert_eq!(Activation::key_of(text), None, "{text}");
        }
    }
}
