//! ECDH-ES: agreement and the Concat KDF (RFC 7518 §4.6, NIST SP 800-56A §5.8.1).

use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::digest::{Context, SHA256};

use super::Failed;
use crate::jwk::Secret;

/// What binds a derived key to its use.
#[derive(Clone, Copy)]
pub(super) struct Info<'a> {
    /// The `enc` name for direct agreement, else the `alg` name.
    pub(super) algorithm: &'static str,
    /// The decoded `apu` header member.
    pub(super) apu: &'a [u8],
    /// The decoded `apv` header member.
    pub(super) apv: &'a [u8],
    /// Length of the derived key in bytes.
    pub(super) key_len: usize,
}

/// The key that both sides derive.
pub(super) fn agree(private: &PrivateKey, public: &[u8], info: Info<'_>) -> Result<Secret, Failed> {
    let public = UnparsedPublicKey::new(private.algorithm(), public);
    agreement::agree(private, public, Failed, |shared| derive(shared, info))
}

/// RFC 7518 §4.6.2: one round of SHA-256 for each 256 bits of the key.
fn derive(shared: &[u8], info: Info<'_>) -> Result<Secret, Failed> {
    let length = |bytes: usize| {
        u32::try_from(bytes)
            .map(u32::to_be_bytes)
            .map_err(|_| Failed)
    };
    let mut key = Vec::with_capacity(info.key_len.next_multiple_of(SHA256.output_len()));
    let mut round = 0_u32;
    while key.len() < info.key_len {
        round += 1;
        let mut context = Context::new(&SHA256);
        context.update(&round.to_be_bytes());
        context.update(shared);
        for field in [info.algorithm.as_bytes(), info.apu, info.apv] {
            context.update(&length(field.len())?);
            context.update(field);
        }
        context.update(&length(info.key_len * 8)?);
        key.extend_from_slice(context.finish().as_ref());
    }
    key.truncate(info.key_len);
    Ok(Secret::new(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc7518_c_derives_the_key_of_the_example() {
        let shared = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49,
            110, 163, 218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let info = Info {
            algorithm: "A128GCM",
            apu: b"Alice",
            apv: b"Bob",
            key_len: 16,
        };
        let key = derive(&shared, info).map_err(|_| "derive").unwrap();
        assert_eq!(
            crate::strict_base64url::encode(key.bytes()),
            "VqqN6vgjbSBcIijNcacQGg"
        );
    }

    #[test]
    fn derives_long_keys_in_rounds() {
        let info = |key_len| Info {
            algorithm: "A256CBC-HS512",
            apu: b"",
            apv: b"",
            key_len,
        };
        for key_len in [16, 24, 32, 48, 64] {
            assert_eq!(
                derive(&[1; 32], info(key_len))
                    .map_err(|_| "derive")
                    .unwrap()
                    .bytes()
                    .len(),
                key_len
            );
        }
    }
}
