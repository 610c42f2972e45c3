//! JSON Web Encryption in compact form (RFC 7516, RFC 7518 §4 and §5, RFC 8037 §3.2).

mod aes_kw;
mod algorithm;
mod concat_kdf;
mod content;
mod decrypt;
mod decryption_key;
mod encrypt;
mod gcm;
mod policy;

pub use algorithm::{ContentEncryption, KeyManagement};
pub use decrypt::{Decrypted, decrypt_compact};
pub use decryption_key::{DecryptionKey, DecryptionKeys};
pub use encrypt::{EncryptionFailed, EncryptionKey, encrypt_compact};
pub use policy::Policy;

/// The library refused; on decryption this must not be told apart from a wrong tag.
#[derive(Clone, Copy, Debug)]
struct Failed;

impl From<aws_lc_rs::error::Unspecified> for Failed {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self
    }
}
