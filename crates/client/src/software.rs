//! A device in software, for tests and for programs on machines without a keystore.

use std::fmt;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use jose::jwk::Jwk;
use jose::jws::{Algorithm, SigningKey};
use jose::strict_base64url::decode;
use zeroize::Zeroizing;

use crate::device::{DeviceStore, StoreFailed};

/// Keeps the key and the record as files in a directory that nobody else should be able to read.
#[derive(Clone, Debug)]
pub struct SoftwareStore {
    directory: PathBuf,
}

impl SoftwareStore {
    /// A store in this directory, which is made if it is not there.
    pub fn new(directory: impl AsRef<Path>) -> Result<Self, StoreFailed> {
        let directory = directory.as_ref().to_owned();
        std::fs::create_dir_all(&directory).map_err(failed)?;
        Ok(Self { directory })
    }

    fn key(&self) -> Result<Option<SigningKey>, StoreFailed> {
        let Some(text) = self.read("key")? else {
            return Ok(None);
        };
        let jwk = Jwk::parse(&*text).map_err(failed)?;
        SigningKey::new(&jwk, Algorithm::Es256)
            .map(Some)
            .map_err(failed)
    }

    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreFailed> {
        match std::fs::read(self.directory.join(name)) {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Replaces a file at once: after a crash it is the old one or the new one.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreFailed> {
        let new = self.directory.join(format!("{name}.new"));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new).map_err(failed)?;
        file.write_all(bytes).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        std::fs::rename(&new, self.directory.join(name)).map_err(failed)
    }
}

fn failed(error: impl fmt::Display) -> StoreFailed {
    StoreFailed(error.to_string())
}

impl DeviceStore for SoftwareStore {
    fn create_key(&self) -> Result<Vec<u8>, StoreFailed> {
        let key = SigningKey::generate(Algorithm::Es256).map_err(failed)?;
        self.write("key", key.jwk().to_private_json().as_bytes())?;
        point(&key)
    }

    fn public_key(&self) -> Result<Option<Vec<u8>>, StoreFailed> {
        self.key()?.map(|key| point(&key)).transpose()
    }

    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, StoreFailed> {
        let key = self.key()?.ok_or_else(|| failed("there is no key"))?;
        key.sign(&message).map_err(failed)
    }

    fn load(&self) -> Result<Option<Vec<u8>>, StoreFailed> {
        Ok(self.read("record")?.map(|record| record.to_vec()))
    }

    fn save(&self, record: Vec<u8>) -> Result<(), StoreFailed> {
        self.write("record", &Zeroizing::new(record))
    }

    fn clear(&self) -> Result<(), StoreFailed> {
        for name in ["record", "key"] {
            match std::fs::remove_file(self.directory.join(name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The public half of a key, written out.
fn point(key: &SigningKey) -> Result<Vec<u8>, StoreFailed> {
    let members = key.jwk().to_public_value().unwrap_or_default();
    let mut point = vec![4];
    for name in ["x", "y"] {
        let coordinate = members.get(name).and_then(|it| it.as_str());
        let coordinate = coordinate.ok_or_else(|| failed("the key is none of P-256"))?;
        point.extend(decode(coordinate).map_err(failed)?);
    }
    Ok(point)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_a_record_are_kept_until_they_are_cleared() {
        let directory = tempfile::tempdir().unwrap();
        let store = SoftwareStore::new(directory.path().join("device")).unwrap();
        assert_eq!((store.public_key(), store.load()), (Ok(None), Ok(None)));
        assert!(store.sign(b"message".to_vec()).is_err());
        let key = store.create_key().unwrap();
        assert_eq!(key.len(), 65);
        store.save(b"record".to_vec()).unwrap();
        let again = SoftwareStore::new(directory.path().join("device")).unwrap();
        assert_eq!(again.public_key(), Ok(Some(key.clone())));
        assert_eq!(again.load(), Ok(Some(b"record".to_vec())));
        assert_eq!(again.sign(b"message".to_vec()).unwrap().len(), 64);
        assert_ne!(again.create_key().unwrap(), key);
        again.clear().unwrap();
        again.clear().unwrap();
        assert_eq!((store.public_key(), store.load()), (Ok(None), Ok(None)));
    }
}
