//! What a client or a browser holds, and what the store keeps of it.

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Timestamp;
use crate::id::time_prefix;
use crate::port::Random;

/// An unguessable text that is handed out once: an authorization code, a cookie.
///
/// Eight characters of time, then randomness. The store keeps only its [`HandleKey`].
pub struct Handle(Zeroizing<String>);

impl Handle {
    /// Makes a handle with `entropy` random bytes (at least 16).
    pub fn new(now: Timestamp, entropy: usize, random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new(vec![0; 6 + entropy.clamp(16, 128)]);
        random.fill(&mut bytes);
        for (byte, time) in bytes.iter_mut().zip(time_prefix(now)) {
            *byte = time;
        }
        Self(Zeroizing::new(BASE64URL_NOPAD.encode(&bytes)))
    }

    /// The text that is handed out.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the store keeps.
    pub fn key(&self) -> HandleKey {
        HandleKey::of(&self.0)
    }
}

/// The key under which the store keeps what a [`Handle`] opens: its time, then its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandleKey([u8; 38]);

impl HandleKey {
    /// The key of a presented text, which need not be well-formed: then it opens nothing.
    pub fn of(presented: &str) -> Self {
        let mut key = [0; 38];
        let (time, hash) = key.split_at_mut(6);
        if let Some(Ok(prefix)) = presented
            .as_bytes()
            .get(..8)
            .map(|p| BASE64URL_NOPAD.decode(p))
        {
            time.copy_from_slice(&prefix);
        }
        hash.copy_from_slice(digest::digest(&digest::SHA256, presented.as_bytes()).as_ref());
        Self(key)
    }
}

impl AsRef<[u8]> for HandleKey {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for HandleKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for HandleKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let bytes = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(serde::de::Error::custom)?;
        let length = bytes.len();
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| serde::de::Error::invalid_length(length, &"38 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::fixed::CountingRandom;

    #[test]
    fn a_handle_is_found_by_its_key_and_keys_sort_by_time() {
        let random = CountingRandom::default();
        let earlier = Handle::new(Timestamp::from_seconds(1_700_000_000), 32, &random);
        let later = Handle::new(Timestamp::from_seconds(1_700_000_009), 32, &random);
        assert_eq!(earlier.key(), HandleKey::of(earlier.expose()));
        assert_ne!(earlier.key(), later.key());
        assert!(earlier.key().as_ref() < later.key().as_ref());
        assert_eq!(earlier.expose().len(), 51);
    }

    #[test]
    fn any_text_has_a_key() {
        for text in ["", "short", "ÄÖÜ€€€€€€", "not base64 at all!"] {
            assert_eq!(HandleKey::of(text).as_ref().len(), 38);
        }
    }
}
