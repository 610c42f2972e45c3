//! The device: a key that it keeps to itself, a secret beside it, and who has enrolled (§2).

use jose::digest::sha256;
use jose::strict_base64url::{decode, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::{Zeroize, Zeroizing};

use crate::error::Error;

/// A store has failed; what it says is for whoever integrates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreFailed(pub String);

impl From<StoreFailed> for Error {
    fn from(failed: StoreFailed) -> Self {
        Self::Store(failed.0)
    }
}

/// Where an app keeps the device's key and what belongs to it: a keystore, a secure enclave.
///
/// It holds one key (EC P-256, for ES256) and one record. The record has a secret: it must be kept as
/// the key is, encrypted, on this device alone and in no backup.
pub trait DeviceStore: Send + Sync {
    /// Makes a new key in place of an earlier one. Its public half: `04 || x || y`, 65 bytes.
    fn create_key(&self) -> Result<Vec<u8>, StoreFailed>;
    /// The public half of the key, if there is one.
    fn public_key(&self) -> Result<Option<Vec<u8>>, StoreFailed>;
    /// The key's signature over the SHA-256 of a message: in DER, or `r || s` in 64 bytes.
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, StoreFailed>;
    /// What was kept last.
    fn load(&self) -> Result<Option<Vec<u8>>, StoreFailed>;
    /// Keeps this in place of what was kept before.
    fn save(&self, record: Vec<u8>) -> Result<(), StoreFailed>;
    /// Deletes key and record.
    fn clear(&self) -> Result<(), StoreFailed>;
}

/// What is kept of a device besides its key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub(crate) customer: String,
    pub(crate) username: String,
    secret: String,
    /// Who has enrolled; until the server has said so, nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) keyless_id: Option<String>,
}

impl Drop for Record {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl Record {
    /// What begins with a new device.
    pub(crate) fn new(customer: &str, username: &str, secret: &[u8; 32]) -> Self {
        Self {
            customer: customer.to_owned(),
            username: username.to_owned(),
            secret: encode(secret),
            keyless_id: None,
        }
    }

    /// Forgets the secret for another.
    pub(crate) fn renew(&mut self, secret: &[u8; 32]) {
        self.secret.zeroize();
        self.secret = encode(secret);
    }

    pub(crate) fn load(store: &dyn DeviceStore) -> Result<Option<Self>, Error> {
        let Some(bytes) = store.load()? else {
            return Ok(None);
        };
        let bytes = Zeroizing::new(bytes);
        let broken = |_| Error::Store("what was kept cannot be read".to_owned());
        serde_json::from_slice(&bytes).map(Some).map_err(broken)
    }

    pub(crate) fn save(&self, store: &dyn DeviceStore) -> Result<(), Error> {
        // Texts under text keys always are JSON.
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        Ok(store.save(bytes)?)
    }
}

/// A device that may sign and whose secret is at hand.
pub(crate) struct Device<'a> {
    store: &'a dyn DeviceStore,
    jwk: Value,
    id: String,
    secret: Zeroizing<[u8; 32]>,
}

impl<'a> Device<'a> {
    /// The device of this store, with a public key as the store tells it.
    pub(crate) fn new(
        store: &'a dyn DeviceStore,
        public_key: &[u8],
        record: &Record,
    ) -> Result<Self, Error> {
        let broken = || Error::Store("the public key is not 65 bytes that begin with 4".to_owned());
        let (x, y) = coordinates(public_key).ok_or_else(broken)?;
        let secret = decode(&record.secret).ok().map(Zeroizing::new);
        let secret = secret.and_then(|it| <[u8; 32]>::try_from(it.as_slice()).ok());
        let secret = secret.ok_or_else(|| Error::Store("the secret is lost".to_owned()))?;
        // RFC 7638 §3: "in lexicographic order", "with no whitespace".
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        Ok(Self {
            store,
            jwk: json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}),
            id: encode(sha256(members.as_bytes())),
            secret: Zeroizing::new(secret),
        })
    }

    /// Its id: the thumbprint of the public key (RFC 7638 with SHA-256).
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The public key as a JWK.
    pub(crate) const fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// What makes a template of use.
    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// A JWS in compact serialization.
    pub(crate) fn sign(&self, header: &Value, payload: &Value) -> Result<String, Error> {
        let part = |value: &Value| encode(value.to_string());
        let input = format!("{}.{}", part(header), part(payload));
        let signature = self.store.sign(input.clone().into_bytes())?;
        let broken = || Error::Store("the signature is none by ES256".to_owned());
        let signature = fixed(&signature).ok_or_else(broken)?;
        Ok(format!("{input}.{}", encode(signature)))
    }
}

fn coordinates(public_key: &[u8]) -> Option<(String, String)> {
    let point = public_key.strip_prefix(&[4])?;
    let (x, y) = point.split_at_checked(32)?;
    (y.len() == 32).then(|| (encode(x), encode(y)))
}

/// A signature as RFC 7518 §3.4 has it, out of that or out of DER, which keystores have.
fn fixed(signature: &[u8]) -> Option<[u8; 64]> {
    if let Ok(fixed) = signature.try_into() {
        return Some(fixed);
    }
    let (body, rest) = element(signature, 0x30)?;
    let (r, body) = element(body, 0x02)?;
    let (s, body) = element(body, 0x02)?;
    let mut fixed = [0; 64];
    let (left, right) = fixed.split_at_mut(32);
    let is_one = number(r, left) && number(s, right);
    (is_one && body.is_empty() && rest.is_empty()).then_some(fixed)
}

/// The content of a short DER element with this tag, and what is after it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = der.strip_prefix(&[tag])?.split_first()?;
    // A signature by P-256 is shorter than what takes a long form.
    (*length < 0x80).then(|| rest.split_at_checked(usize::from(*length)))?
}

/// Writes a number of DER with its leading zeros.
fn number(der: &[u8], to: &mut [u8]) -> bool {
    let bare = der.strip_prefix(&[0]).unwrap_or(der);
    let Some(start) = to.len().checked_sub(bare.len()) else {
        return false;
    };
    to.iter_mut()
        .skip(start)
        .zip(bare)
        .for_each(|(to, from)| *to = *from);
    true
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Mutex;

    use jose::jws::{Algorithm, SigningKey};

    use super::*;

    /// A device that forgets everything when the test is over.
    #[derive(Default)]
    pub(crate) struct MemoryStore {
        key: Mutex<Option<SigningKey>>,
        pub(crate) record: Mutex<Option<Vec<u8>>>,
    }

    impl MemoryStore {
        fn point(&self) -> Option<Vec<u8>> {
            let key = self.key.lock().unwrap();
            let members = key.as_ref()?.jwk().to_public_value().unwrap();
            let part = |name: &str| decode(members[name].as_str().unwrap()).unwrap();
            Some([vec![4], part("x"), part("y")].concat())
        }
    }

    impl DeviceStore for MemoryStore {
        fn create_key(&self) -> Result<Vec<u8>, StoreFailed> {
            *self.key.lock().unwrap() = Some(SigningKey::generate(Algorithm::Es256).unwrap());
            Ok(self.point().unwrap())
        }

        fn public_key(&self) -> Result<Option<Vec<u8>>, StoreFailed> {
            Ok(self.point())
        }

        fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, StoreFailed> {
            Ok(self
                .key
                .lock()
                .unwrap()
                .as_ref()
                .unwrap()
                .sign(&message)
                .unwrap())
        }

        fn load(&self) -> Result<Option<Vec<u8>>, StoreFailed> {
            Ok(self.record.lock().unwrap().clone())
        }

        fn save(&self, record: Vec<u8>) -> Result<(), StoreFailed> {
            *self.record.lock().unwrap() = Some(record);
            Ok(())
        }

        fn clear(&self) -> Result<(), StoreFailed> {
            *self.key.lock().unwrap() = None;
            *self.record.lock().unwrap() = None;
            Ok(())
        }
    }

    #[test]
    fn signatures_of_keystores_become_those_of_jws() {
        let r = [0x81; 32];
        let s = [0x01; 31];
        let der = [&[0x30, 68, 0x02, 33, 0][..], &r, &[0x02, 31], &s].concat();
        let expected = [&r[..], &[0], &s].concat();
        assert_eq!(fixed(&der).unwrap().as_slice(), expected);
        assert_eq!(fixed(&expected).unwrap().as_slice(), expected);
        for broken in [
            &der[..der.len() - 1],
            &der[1..],
            &[],
            &[&der[..], &[0]].concat(),
        ] {
            assert!(fixed(broken).is_none(), "{broken:?}");
        }
    }

    #[test]
    fn a_public_key_is_a_point_that_is_written_out() {
        let point = [&[4][..], &[1; 32], &[2; 32]].concat();
        assert!(coordinates(&point).is_some());
        for broken in [&point[1..], &point[..64], &[&point[..], &[0]].concat()] {
            assert!(coordinates(broken).is_none());
        }
    }
}
