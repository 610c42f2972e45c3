//! AES-256-GCM over bodies.
//!
//! An envelope is one byte that says how it was sealed (1: what follows here), a random nonce of 96
//! bits, the ciphertext, and the tag of 128 bits. Each record is sealed under a key of its own,
//! HMAC-SHA256(data key, name of the kind, 0, whole key of the record): NIST SP 800-38D §8.3 allows
//! 2^32 writings under one key with random nonces, which a busy server does in days, but no one
//! record ever sees. The same text is authenticated with the body, so a body that was moved to
//! another record does not open.

use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use aws_lc_rs::hmac;
use domain::port::{Key, Kind, Random, StoreError, Stored};

use super::key::{DataKey, aes_256_gcm};

/// How envelopes are sealed now.
const FORM: u8 = 1;

/// Seals and opens the bodies of one store.
pub(super) struct Cipher(hmac::Key);

impl Cipher {
    pub(super) fn new(data_key: &DataKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, data_key.as_bytes()))
    }

    /// Turns `body` into its envelope.
    pub(super) fn seal(
        &self,
        kind: Kind,
        key: &Key,
        body: &mut Vec<u8>,
        random: &dyn Random,
    ) -> Result<(), StoreError> {
        let place = place(kind, key);
        self.key_of(&place)
            .and_then(|key| seal(&key, Aad::from(&place), body, random))
            .ok_or_else(|| StoreError::Unavailable("a record cannot be sealed".to_owned()))
    }

    /// Turns the envelope in `stored` into the body.
    pub(super) fn open(&self, kind: Kind, stored: Stored) -> Result<Stored, StoreError> {
        let place = place(kind, &stored.key);
        let key = self.key_of(&place);
        match key.and_then(|key| open(&key, Aad::from(&place), stored.body)) {
            Some(body) => Ok(Stored { body, ..stored }),
            None => Err(StoreError::Unreadable {
                kind: kind.name(),
                reason: "its seal is broken".to_owned(),
            }),
        }
    }

    fn key_of(&self, place: &[u8]) -> Option<LessSafeKey> {
        let key = hmac::sign(&self.0, place);
        aes_256_gcm(key.as_ref().try_into().ok()?)
    }
}

/// Which record this is. The names of kinds hold no zero byte, so no two records share a place.
fn place(kind: Kind, key: &Key) -> Vec<u8> {
    [kind.name().as_bytes(), &[0], key.as_bytes()].concat()
}

/// Turns `text` into its envelope.
pub(super) fn seal(
    key: &LessSafeKey,
    aad: Aad<impl AsRef<[u8]>>,
    text: &mut Vec<u8>,
    random: &dyn Random,
) -> Option<()> {
    let mut nonce = [0; NONCE_LEN];
    random.fill(&mut nonce);
    let unique = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(unique, aad, text).ok()?;
    text.splice(0..0, std::iter::once(FORM).chain(nonce));
    Some(())
}

/// The text in an envelope, if the key and `aad` are those it was sealed with.
pub(super) fn open(
    key: &LessSafeKey,
    aad: Aad<impl AsRef<[u8]>>,
    mut envelope: Vec<u8>,
) -> Option<Vec<u8>> {
    let (&form, rest) = envelope.split_first()?;
    let (nonce, _) = rest.split_first_chunk::<NONCE_LEN>()?;
    if form != FORM {
        return None;
    }
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let sealed = 1 + NONCE_LEN..;
    let length = key
        .open_within(nonce, aad, &mut envelope, sealed)
        .ok()?
        .len();
    envelope.truncate(length);
    Some(envelope)
}
