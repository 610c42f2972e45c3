//! AES key wrap (RFC 3394): from the library for 128 and 256 bits, here for 192 bits, which the library lacks.

use aws_lc_rs::cipher::{
    AES_192, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::key_wrap::{self, AesBlockCipher, KeyEncryptionKey, KeyWrap as _};

use super::Failed;
use crate::constant_time_eq;
use crate::jwk::Secret;

/// Length of the integrity check that wrapping adds, in bytes.
const CHECK_LEN: usize = 8;

/// Wraps a content key.
pub(super) fn wrap(kek: &[u8], key: &[u8]) -> Result<Vec<u8>, Failed> {
    let mut wrapped = vec![0; key.len() + CHECK_LEN];
    match library_cipher(kek) {
        Some(cipher) => {
            KeyEncryptionKey::new(cipher, kek)?.wrap(key, &mut wrapped)?;
            Ok(wrapped)
        }
        None => wrap_192(kek, key),
    }
}

/// Unwraps a content key.
pub(super) fn unwrap(kek: &[u8], wrapped: &[u8]) -> Result<Secret, Failed> {
    let mut key = vec![0; wrapped.len().checked_sub(CHECK_LEN).ok_or(Failed)?];
    match library_cipher(kek) {
        Some(cipher) => {
            KeyEncryptionKey::new(cipher, kek)?.unwrap(wrapped, &mut key)?;
            Ok(Secret::new(key))
        }
        None => unwrap_192(kek, wrapped),
    }
}

fn library_cipher(kek: &[u8]) -> Option<&'static AesBlockCipher> {
    match kek.len() {
        16 => Some(&key_wrap::AES_128),
        32 => Some(&key_wrap::AES_256),
        _ => None,
    }
}

/// RFC 3394 §2.2.3.1: the initial value.
const INITIAL_VALUE: [u8; 8] = [0xa6; 8];

/// RFC 3394 §2.2.1: six passes over the blocks of the key.
fn wrap_192(kek: &[u8], key: &[u8]) -> Result<Vec<u8>, Failed> {
    let cipher = EncryptingKey::ecb(UnboundCipherKey::new(&AES_192, kek)?)?;
    let mut blocks = split(key)?;
    let mut register = INITIAL_VALUE;
    let mut step = 0_u64;
    for _ in 0..6 {
        for block in &mut blocks {
            step += 1;
            let mut both = join(register, *block);
            cipher.less_safe_encrypt(&mut both, EncryptionContext::None)?;
            (register, *block) = halves(both);
            register = (u64::from_be_bytes(register) ^ step).to_be_bytes();
        }
    }
    Ok([register].into_iter().chain(blocks).flatten().collect())
}

/// RFC 3394 §2.2.2: the same backwards, then the check of the initial value.
fn unwrap_192(kek: &[u8], wrapped: &[u8]) -> Result<Secret, Failed> {
    let cipher = DecryptingKey::ecb(UnboundCipherKey::new(&AES_192, kek)?)?;
    let (register, rest) = wrapped.split_first_chunk::<CHECK_LEN>().ok_or(Failed)?;
    let mut register = *register;
    let mut blocks = split(rest)?;
    let mut step = u64::try_from(blocks.len()).map_err(|_| Failed)? * 6;
    for _ in 0..6 {
        for block in blocks.iter_mut().rev() {
            register = (u64::from_be_bytes(register) ^ step).to_be_bytes();
            let mut both = join(register, *block);
            cipher.decrypt(&mut both, DecryptionContext::None)?;
            (register, *block) = halves(both);
            step -= 1;
        }
    }
    let key = Secret::new(blocks.into_iter().flatten().collect());
    if constant_time_eq(&register, &INITIAL_VALUE) {
        Ok(key)
    } else {
        Err(Failed)
    }
}

/// Blocks of 64 bits, at least two (RFC 3394 §2).
fn split(key: &[u8]) -> Result<Vec<[u8; 8]>, Failed> {
    match key.as_chunks::<8>() {
        (blocks, []) if blocks.len() >= 2 => Ok(blocks.to_vec()),
        _ => Err(Failed),
    }
}

fn join(register: [u8; 8], block: [u8; 8]) -> [u8; 16] {
    ((u128::from(u64::from_be_bytes(register)) << 64) | u128::from(u64::from_be_bytes(block)))
        .to_be_bytes()
}

fn halves(both: [u8; 16]) -> ([u8; 8], [u8; 8]) {
    let mut register = [0; 8];
    let mut block = [0; 8];
    register
        .iter_mut()
        .chain(&mut block)
        .zip(both)
        .for_each(|(to, from)| *to = from);
    (register, block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXUPPER;

    fn check(wrapping_len: usize, len: usize, wrapped: &str) {
        let kek: Vec<u8> = (0..).take(wrapping_len).collect();
        let key: Vec<u8> = HEXUPPER
            .decode(b"00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
            .unwrap()
            .into_iter()
            .take(len)
            .collect();
        let actual = wrap(&kek, &key).map_err(|_| "wrap").unwrap();
        assert_eq!(HEXUPPER.encode(&actual), wrapped);
        assert_eq!(
            unwrap(&kek, &actual).map_err(|_| "unwrap").unwrap().bytes(),
            key
        );
        for index in 0..actual.len() {
            let mut altered = actual.clone();
            altered[index] ^= 1;
            assert!(unwrap(&kek, &altered).is_err(), "byte {index}");
        }
    }

    #[test]
    fn rfc3394_4_wraps_the_examples_of_every_key_length() {
        check(16, 16, "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5");
        check(24, 16, "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D");
        check(32, 16, "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7");
        check(
            24,
            24,
            "031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2",
        );
        check(
            32,
            32,
            "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
        );
    }

    #[test]
    fn refuses_lengths_that_no_key_has() {
        for len in [0, 8, 15, 17, 23] {
            assert!(unwrap(&[0; 24], &vec![0; len]).is_err(), "{len}");
            assert!(unwrap(&[0; 16], &vec![0; len]).is_err(), "{len}");
        }
        assert!(wrap(&[0; 24], &[0; 17]).is_err());
    }
}
