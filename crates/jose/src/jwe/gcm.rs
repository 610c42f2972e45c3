//! AES-GCM by key length, for contents (RFC 7518 §5.3) and for content keys (RFC 7518 §4.7).

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::Failed;

/// RFC 7518 §5.3: "Use of an IV of size 96 bits is REQUIRED with this algorithm."
pub(super) const IV_LEN: usize = 12;

/// RFC 7518 §5.3: "The requested size of the Authentication Tag output MUST be 128 bits, regardless of the key size."
pub(super) const TAG_LEN: usize = 16;

/// Ciphertext and tag of a plaintext.
pub(super) fn seal(
    key: &[u8],
    iv: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), Failed> {
    let mut ciphertext = plaintext.to_vec();
    let tag = prepare(key)?.seal_in_place_separate_tag(
        Nonce::try_assume_unique_for_key(iv)?,
        Aad::from(aad),
        &mut ciphertext,
    )?;
    Ok((ciphertext, tag.as_ref().to_vec()))
}

/// The plaintext of a ciphertext and its tag.
pub(super) fn open(
    key: &[u8],
    iv: &[u8],
    aad: &[u8],
    sealed: (&[u8], &[u8]),
) -> Result<Vec<u8>, Failed> {
    let (ciphertext, tag) = sealed;
    if tag.len() != TAG_LEN {
        return Err(Failed);
    }
    let mut buffer = ciphertext.to_vec();
    prepare(key)?.open_in_place_separate_tag(
        Nonce::try_assume_unique_for_key(iv)?,
        Aad::from(aad),
        tag,
        &mut buffer,
    )?;
    Ok(buffer)
}

fn prepare(key: &[u8]) -> Result<LessSafeKey, Failed> {
    let algorithm = match key.len() {
        16 => &AES_128_GCM,
        24 => &AES_192_GCM,
        _ => &AES_256_GCM,
    };
    Ok(LessSafeKey::new(UnboundKey::new(algorithm, key)?))
}
