//! Content encryption: AES-CBC with HMAC, composed here, and AES-GCM (RFC 7518 §5).

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey,
    PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;

use super::{ContentEncryption, Failed, gcm};
use crate::constant_time_eq;

/// What content encryption yields.
pub(super) struct Sealed {
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

impl ContentEncryption {
    /// Length of the content key in bytes.
    pub const fn key_len(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A192Gcm => 24,
            Self::A128CbcHs256 | Self::A256Gcm => 32,
            Self::A192CbcHs384 => 48,
            Self::A256CbcHs512 => 64,
        }
    }

    pub(super) const fn iv_len(self) -> usize {
        if self.is_gcm() { gcm::IV_LEN } else { 16 }
    }

    pub(super) const fn tag_len(self) -> usize {
        if self.is_gcm() {
            gcm::TAG_LEN
        } else {
            self.key_len() / 2
        }
    }

    const fn is_gcm(self) -> bool {
        matches!(self, Self::A128Gcm | Self::A192Gcm | Self::A256Gcm)
    }

    /// Encrypts and authenticates; key and initialization vector have the lengths of this algorithm.
    pub(super) fn seal(
        self,
        key: &[u8],
        iv: &[u8],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Sealed, Failed> {
        if self.is_gcm() {
            let (ciphertext, tag) = gcm::seal(key, iv, aad, plaintext)?;
            return Ok(Sealed { ciphertext, tag });
        }
        let keys = CbcHmac::new(self, key)?;
        let mut ciphertext = plaintext.to_vec();
        let iv_fixed = FixedLength::try_from(iv).map_err(|_| Failed)?;
        PaddedBlockEncryptingKey::cbc_pkcs7(keys.cipher()?)?
            .less_safe_encrypt(&mut ciphertext, EncryptionContext::Iv128(iv_fixed))?;
        let tag = keys.tag(aad, iv, &ciphertext)?;
        Ok(Sealed { ciphertext, tag })
    }

    /// Checks the tag, then decrypts.
    pub(super) fn open(
        self,
        key: &[u8],
        iv: &[u8],
        aad: &[u8],
        sealed: &Sealed,
    ) -> Result<Vec<u8>, Failed> {
        if self.is_gcm() {
            return gcm::open(key, iv, aad, (&sealed.ciphertext, &sealed.tag));
        }
        let keys = CbcHmac::new(self, key)?;
        // RFC 7518 §5.2.2.2: "If those values are identical, then A and E are considered valid, and processing is continued."
        // Nothing is decrypted before that, so there is no padding to ask about.
        let tag = keys.tag(aad, iv, &sealed.ciphertext)?;
        if !constant_time_eq(&tag, &sealed.tag) {
            return Err(Failed);
        }
        let mut buffer = sealed.ciphertext.clone();
        let iv = FixedLength::try_from(iv).map_err(|_| Failed)?;
        let plaintext_len = PaddedBlockDecryptingKey::cbc_pkcs7(keys.cipher()?)?
            .decrypt(&mut buffer, DecryptionContext::Iv128(iv))?
            .len();
        buffer.truncate(plaintext_len);
        Ok(buffer)
    }
}

/// The two halves of a content key for AES-CBC with HMAC.
struct CbcHmac<'a> {
    mac: &'a [u8],
    enc: &'a [u8],
}

impl<'a> CbcHmac<'a> {
    /// RFC 7518 §5.2.2.1: `MAC_KEY` is the first half of the key, `ENC_KEY` the second.
    fn new(algorithm: ContentEncryption, key: &'a [u8]) -> Result<Self, Failed> {
        if key.len() != algorithm.key_len() {
            return Err(Failed);
        }
        let (mac, enc) = key.split_at(key.len() / 2);
        Ok(Self { mac, enc })
    }

    fn cipher(&self) -> Result<UnboundCipherKey, Failed> {
        let algorithm = match self.enc.len() {
            16 => &AES_128,
            24 => &AES_192,
            _ => &AES_256,
        };
        Ok(UnboundCipherKey::new(algorithm, self.enc)?)
    }

    /// RFC 7518 §5.2.2.1: the HMAC of A || IV || E || AL, where AL is the number of bits in A as 64 bits, cut to half.
    fn tag(&self, aad: &[u8], iv: &[u8], ciphertext: &[u8]) -> Result<Vec<u8>, Failed> {
        let algorithm = match self.mac.len() {
            16 => hmac::HMAC_SHA256,
            24 => hmac::HMAC_SHA384,
            _ => hmac::HMAC_SHA512,
        };
        let aad_bits = u64::try_from(aad.len()).map_err(|_| Failed)? * 8;
        let mut context = hmac::Context::with_key(&hmac::Key::new(algorithm, self.mac));
        for part in [aad, iv, ciphertext, &aad_bits.to_be_bytes()] {
            context.update(part);
        }
        let tag = context.sign();
        Ok(tag.as_ref().iter().take(self.mac.len()).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER_PERMISSIVE;

    const P: &[u8] = b"A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy without inconvenience";
    const A: &[u8] = b"The second principle of Auguste Kerckhoffs";
    const IV: &str = "1af38c2dc2b96ffdd86694092341bc04";

    /// The tag covers the ciphertext, so the right tag means the right ciphertext.
    fn check(algorithm: ContentEncryption, tag: &str) {
        let key: Vec<u8> = (0..).take(algorithm.key_len()).collect();
        let iv = HEXLOWER_PERMISSIVE.decode(IV.as_bytes()).unwrap();
        let sealed = algorithm
            .seal(&key, &iv, A, P)
            .map_err(|_| "sealed")
            .unwrap();
        assert_eq!(HEXLOWER_PERMISSIVE.encode(&sealed.tag), tag);
        let opened = algorithm
            .open(&key, &iv, A, &sealed)
            .map_err(|_| "opened")
            .unwrap();
        assert_eq!(opened, P);
    }

    #[test]
    fn rfc7518_b_1_computes_the_case_of_a128cbc_hs256() {
        check(
            ContentEncryption::A128CbcHs256,
            "652c3fa36b0a7c5b3219fab3a30bc1c4",
        );
    }

    #[test]
    fn rfc7518_b_2_computes_the_case_of_a192cbc_hs384() {
        check(
            ContentEncryption::A192CbcHs384,
            "8490ac0e58949bfe51875d733f93ac2075168039ccc733d7",
        );
    }

    #[test]
    fn rfc7518_b_3_computes_the_case_of_a256cbc_hs512() {
        let tag = "4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5";
        check(ContentEncryption::A256CbcHs512, tag);
    }

    #[test]
    fn rfc7518_5_2_2_2_refuses_an_altered_tag_before_it_decrypts() {
        let algorithm = ContentEncryption::A128CbcHs256;
        let mut sealed = algorithm
            .seal(&[1; 32], &[2; 16], A, P)
            .map_err(|_| "sealed")
            .unwrap();
        sealed.tag[0] ^= 1;
        assert!(algorithm.open(&[1; 32], &[2; 16], A, &sealed).is_err());
    }
}
