//! Signing keys, made once a process: RSA keys take long.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use data_encoding::BASE64;
use domain::port::Pending;
use domain::{KeyFamily, KeyState, Secret, SigningKeyRecord, Timestamp};
use jose::jwk::Jwk;
use rcgen::{CertificateParams, KeyPair, RsaKeySize};

/// The key pairs made so far, shared by every house of the process.
static POOL: LazyLock<Mutex<BTreeMap<KeyFamily, Vec<SigningKeyRecord>>>> =
    LazyLock::new(Mutex::default);

/// Hands out the keys of the pool, each once.
#[derive(Default)]
pub(crate) struct KeyFactory(Mutex<BTreeMap<KeyFamily, usize>>);

impl KeyFactory {
    /// The next key of a family.
    pub(crate) fn next(&self, family: KeyFamily, now: Timestamp) -> SigningKeyRecord {
        let mut handed_out = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = handed_out.entry(family).or_default();
        *number += 1;
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        let pool = pool.entry(family).or_default();
        while pool.len() < *number {
            pool.push(make(family));
        }
        let key = pool.get(*number - 1).unwrap().clone();
        SigningKeyRecord {
            created: now,
            ..key
        }
    }
}

impl web::KeyFactory for KeyFactory {
    fn create(
        &self,
        family: KeyFamily,
        now: Timestamp,
    ) -> Pending<'_, Result<SigningKeyRecord, String>> {
        let key = self.next(family, now);
        Box::pin(async move { Ok(key) })
    }
}

fn make(family: KeyFamily) -> SigningKeyRecord {
    let pair = match family {
        KeyFamily::Rsa | KeyFamily::RsaEncryption => {
            KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048)
        }
        KeyFamily::P256 | KeyFamily::P256Encryption => {
            KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
        }
        KeyFamily::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        KeyFamily::P521 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512),
        KeyFamily::Ed25519 => KeyPair::generate_for(&rcgen::PKCS_ED25519),
    }
    .unwrap();
    let jwk = Jwk::from_pkcs8(pair.serialized_der()).unwrap();
    let certificate = CertificateParams::default().self_signed(&pair).unwrap();
    SigningKeyRecord {
        kid: jwk.thumbprint(),
        family,
        state: KeyState::Next,
        private_key: Secret::new(BASE64.encode(pair.serialized_der())),
        certificate: BASE64.encode(certificate.der()),
        created: Timestamp::EPOCH,
        activated: None,
        unpublish_after: None,
    }
}
