//! The two keys: the one that seals, and the one that wraps it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, UnboundKey};
use domain::port::{Random, StoreError};
use zeroize::Zeroizing;

use super::cipher::{open, seal};
use crate::OpenError;

/// The key that the operator keeps and the store never sees: 32 bytes.
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// The key under which bodies are sealed: 32 bytes.
pub(super) struct DataKey(Zeroizing<[u8; 32]>);

/// What a wrapped data key is bound to.
const PURPOSE: &[u8] = b"countersign data key";

impl MasterKey {
    /// The key with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Makes a new key.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut *bytes);
        Self(bytes)
    }

    /// The key's bytes, for the one place that writes it down.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl DataKey {
    pub(super) fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut *bytes);
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key as the engine keeps it.
    pub(super) fn wrapped(
        &self,
        master_key: &MasterKey,
        random: &dyn Random,
    ) -> Result<Vec<u8>, StoreError> {
        let mut bytes = self.0.to_vec();
        let sealed = aes_256_gcm(&master_key.0)
            .and_then(|key| seal(&key, Aad::from(PURPOSE), &mut bytes, random));
        match sealed {
            Some(()) => Ok(bytes),
            None => Err(StoreError::Unavailable(
                "the data key cannot be wrapped".to_owned(),
            )),
        }
    }

    /// The key that the engine kept as `wrapped`.
    pub(super) fn unwrapped(wrapped: &[u8], master_key: &MasterKey) -> Result<Self, OpenError> {
        let opened = aes_256_gcm(&master_key.0)
            .and_then(|key| open(&key, Aad::from(PURPOSE), wrapped.to_vec()))
            .map(Zeroizing::new);
        match opened.and_then(|bytes| bytes.as_slice().try_into().ok()) {
            Some(bytes) => Ok(Self(Zeroizing::new(bytes))),
            None => Err(OpenError::WrongMasterKey),
        }
    }
}

pub(super) fn aes_256_gcm(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, key)
        .map(LessSafeKey::new)
        .ok()
}
