//! Secrets as the administration API shows them: sealed, and accepted back unchanged.

use domain::Secret;
use domain::port::Random;
use jose::Header;
use jose::jwe::{
    ContentEncryption, DecryptionKey, DecryptionKeys, EncryptionKey, KeyManagement, Policy,
    decrypt_compact, encrypt_compact,
};
use jose::jwk::Jwk;

/// What a sealed secret begins with, so that it looks like PingFederate's.
const PREFIX: &str = "OBF:JWE:";

/// Seals secrets for administrators to keep and to send back, not to read.
pub struct ExportKey {
    seal: EncryptionKey,
    open: DecryptionKeys,
}

/// The export key has the wrong length.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("an export key has 32 bytes")]
pub struct NotAnExportKey;

impl ExportKey {
    /// The key made of 32 secret bytes.
    ///
    /// # Errors
    /// There are more or fewer bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, NotAnExportKey> {
        let jwk = Jwk::from_secret(bytes);
        let (algorithm, content) = (KeyManagement::Dir, ContentEncryption::A256Gcm);
        let seal = EncryptionKey::new(&jwk, algorithm, content).map_err(|_| NotAnExportKey)?;
        let open = DecryptionKey::new(&jwk).map_err(|_| NotAnExportKey)?;
        Ok(Self {
            seal,
            open: DecryptionKeys::from(open),
        })
    }

    /// The secret sealed; different at each call.
    pub(crate) fn seal(&self, secret: &Secret, random: &dyn Random) -> String {
        let plaintext = secret.to_bytes();
        // The key fits its algorithm, or `new` would have refused it: nothing is left to fail.
        let token = encrypt_compact(&self.seal, Header::new(), &plaintext, &random);
        token
            .map(|token| format!("{PREFIX}{token}"))
            .unwrap_or_default()
    }

    /// The secret that was sealed, if it was sealed with this key.
    pub(crate) fn open(&self, sealed: &str) -> Option<Secret> {
        let token = sealed.strip_prefix(PREFIX)?;
        let policy = Policy::new(&[KeyManagement::Dir], &[ContentEncryption::A256Gcm]);
        let opened = decrypt_compact(token, &self.open, &policy).ok()?;
        Some(Secret::new(std::str::from_utf8(opened.plaintext()).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use domain::port::fixed::CountingRandom;

    use super::*;

    #[test]
    fn a_sealed_secret_is_accepted_back_and_a_changed_one_is_not() {
        let key = ExportKey::new(&[7; 32]).unwrap();
        let random = CountingRandom::default();
        let secret = Secret::new("correct horse");
        let sealed = key.seal(&secret, &random);
        assert!(sealed.starts_with("OBF:JWE:ey") && !sealed.contains("horse"));
        assert_ne!(sealed, key.seal(&secret, &random));
        assert!(key.open(&sealed).unwrap().matches("correct horse"));
        let mut changed = sealed.clone();
        changed.pop();
        assert!(key.open(&changed).is_none());
        assert!(ExportKey::new(&[8; 32]).unwrap().open(&sealed).is_none());
    }
}
