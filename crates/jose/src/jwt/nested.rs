//! Nested JWTs: signed first, then encrypted (RFC 7519 §5.2, §11.2).

use crate::jwe::{
    self, DecryptionKeys, EncryptionFailed, EncryptionKey, decrypt_compact, encrypt_compact,
};
use crate::jws::same_media_type;
use crate::{Header, Random, Refused};

/// Encrypts a signed token.
pub fn encrypt_nested(
    key: &EncryptionKey,
    signed: &str,
    random: &dyn Random,
) -> Result<String, EncryptionFailed> {
    // RFC 7519 §5.2: "In the case that nested signing or encryption is employed, this Header Parameter MUST be present; in
    // this case, the value of this Header Parameter MUST be "JWT"".
    encrypt_compact(
        key,
        Header::new().with_cty("JWT"),
        signed.as_bytes(),
        random,
    )
}

/// Decrypts to the signed token inside, which still has to be verified.
pub fn decrypt_nested(
    token: &str,
    keys: &DecryptionKeys,
    policy: &jwe::Policy<'_>,
) -> Result<String, Refused> {
    let decrypted = decrypt_compact(token, keys, policy)?;
    if !decrypted
        .header()
        .cty()
        .is_some_and(|cty| same_media_type(cty, "JWT"))
    {
        return Err(Refused::NotNested);
    }
    String::from_utf8(decrypted.plaintext().to_vec()).map_err(|_| Refused::NotNested)
}
