//! Secrets as the administration API shows them: sealed, and accepted back unchanged.

use aws_lc_rs::hmac;
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
    nonces: hmac::Key,
}

/// Where a sealed secret is.
#[derive(Clone, Copy)]
pub(crate) enum Sealing<'a> {
    /// In an answer: sealed differently each time, so that nobody can tell equal secrets.
    Afresh(&'a dyn Random),
    /// In a file that is compared with others, at this place: a secret that has not changed looks
    /// as it did, and equal secrets in two places look different.
    At(&'a str),
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
        let purpose = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, bytes), b"nonces");
        Ok(Self {
            seal,
            open: DecryptionKeys::from(open),
            nonces: hmac::Key::new(hmac::HMAC_SHA256, purpose.as_ref()),
        })
    }

    /// The secret sealed.
    pub(crate) fn seal(&self, secret: &Secret, sealing: Sealing<'_>) -> String {
        let plaintext = secret.to_bytes();
        let header = Header::new();
        let token = match sealing {
            Sealing::Afresh(random) => encrypt_compact(&self.seal, header, &plaintext, &random),
            Sealing::At(place) => {
                let nonce = self.nonce_of(place, &plaintext);
                encrypt_compact(&self.seal, header, &plaintext, &nonce)
            }
        };
        // The key fits its algorithm, or `new` would have refused it: nothing is left to fail.
        token
            .map(|token| format!("{PREFIX}{token}"))
            .unwrap_or_default()
    }

    /// A nonce that is another one for every other place and every other plaintext, as GCM needs:
    /// it is made as in RFC 5297 (SIV), by a keyed hash of all that is sealed.
    fn nonce_of(&self, place: &str, plaintext: &[u8]) -> Derived {
        let mut context = hmac::Context::with_key(&self.nonces);
        context.update(&(place.len() as u64).to_be_bytes());
        context.update(place.as_bytes());
        context.update(plaintext);
        Derived(context.sign())
    }

    /// The secret that was sealed, if it was sealed with this key.
    pub(crate) fn open(&self, sealed: &str) -> Option<Secret> {
        let token = sealed.strip_prefix(PREFIX)?;
        let policy = Policy::new(&[KeyManagement::Dir], &[ContentEncryption::A256Gcm]);
        let opened = decrypt_compact(token, &self.open, &policy).ok()?;
        Some(Secret::new(std::str::from_utf8(opened.plaintext()).ok()?))
    }
}

/// Bytes that follow from others; as many as a nonce has.
struct Derived(hmac::Tag);

impl jose::Random for Derived {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), jose::RandomFailed> {
        let derived = self.0.as_ref().get(..bytes.len());
        bytes.copy_from_slice(derived.ok_or(jose::RandomFailed)?);
        Ok(())
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
        let afresh = Sealing::Afresh(&random);
        let sealed = key.seal(&secret, afresh);
        assert!(sealed.starts_with("OBF:JWE:ey") && !sealed.contains("horse"));
        assert_ne!(sealed, key.seal(&secret, afresh));
        assert!(key.open(&sealed).unwrap().matches("correct horse"));
        let mut changed = sealed.clone();
        changed.pop();
        assert!(key.open(&changed).is_none());
        assert!(ExportKey::new(&[8; 32]).unwrap().open(&sealed).is_none());
    }
    #[test]
    fn in_a_file_a_secret_looks_the_same_until_it_changes_and_unlike_others() {
        let key = ExportKey::new(&[7; 32]).unwrap();
        let sealed = |text, place| key.seal(&Secret::new(text), Sealing::At(place));
        let first = sealed("correct horse", "shop");
        assert_eq!(first, sealed("correct horse", "shop"));
        assert!(key.open(&first).unwrap().matches("correct horse"));
        let nonce = |sealed: &str| sealed.split('.').nth(2).unwrap().to_owned();
        let others = [
            sealed("correct horse", "bank"),
            sealed("correct mouse", "shop"),
            sealed("shop", "correct horse"),
            sealed("", "shopcorrect horse"),
        ];
        assert!(others.iter().all(|other| nonce(other) != nonce(&first)));
    }
}
