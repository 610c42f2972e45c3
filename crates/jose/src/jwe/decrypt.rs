//! Decryption: what it returns cannot be made in any other way.

use super::algorithm::Method;
use super::concat_kdf::{Info, agree};
use super::content::Sealed;
use super::decryption_key::Prepared;
use super::{
    ContentEncryption, DecryptionKey, DecryptionKeys, Failed, KeyManagement, Policy, aes_kw, gcm,
};
use crate::jwk::{Curve, Jwk, Material, Secret};
use crate::lookup::candidates;
use crate::{Header, Refused, strict_base64url};

/// A plaintext that was decrypted and authenticated, with the header and the key.
///
/// Who holds the recipient's public key can make such a token: it proves no sender.
#[derive(Clone)]
pub struct Decrypted {
    header: Header,
    plaintext: Vec<u8>,
    key: DecryptionKey,
}

impl Decrypted {
    /// The header, authenticated with the content.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The plaintext.
    pub fn plaintext(&self) -> &[u8] {
        &self.plaintext
    }

    /// The key that decrypted.
    pub fn key(&self) -> &DecryptionKey {
        &self.key
    }
}

impl std::fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decrypted")
            .field("header", &self.header)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Decrypts a compact token (RFC 7516 §5.2).
pub fn decrypt_compact(
    token: &str,
    keys: &DecryptionKeys,
    policy: &Policy<'_>,
) -> Result<Decrypted, Refused> {
    let token = Token::parse(token, policy)?;
    let permits = |key: &DecryptionKey| {
        token
            .algorithm
            .check_decryption_key(key.jwk(), token.content)
    };
    let candidates = candidates(keys.keys(), &token.header, token.algorithm.name(), permits)?;
    let (plaintext, key) = candidates
        .into_iter()
        .find_map(|key| {
            token
                .open(key)
                .ok()
                .map(|plaintext| (plaintext, key.clone()))
        })
        .ok_or(Refused::DecryptionFailed)?;
    Ok(Decrypted {
        header: token.header,
        plaintext,
        key,
    })
}

/// A compact token taken apart, its header checked, nothing decrypted.
struct Token<'a> {
    header: Header,
    encoded_header: &'a str,
    algorithm: KeyManagement,
    content: ContentEncryption,
    parameters: Parameters,
    encrypted_key: Vec<u8>,
    iv: Vec<u8>,
    sealed: Sealed,
}

/// What the header says for the key management algorithm.
enum Parameters {
    None,
    Gcm {
        iv: Vec<u8>,
        tag: Vec<u8>,
    },
    Ecdh {
        curve: Curve,
        public: Vec<u8>,
        apu: Vec<u8>,
        apv: Vec<u8>,
    },
}

impl<'a> Token<'a> {
    fn parse(token: &'a str, policy: &Policy<'_>) -> Result<Self, Refused> {
        if token.len() > policy.max_len() {
            return Err(Refused::TooLong {
                limit: policy.max_len(),
                actual: token.len(),
            });
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [encoded_header, encrypted_key, iv, ciphertext, tag] = *parts.as_slice() else {
            return Err(Refused::PartCount {
                expected: 5,
                actual: parts.len(),
            });
        };
        let header = Header::read(encoded_header)?;
        // RFC 7516 §4.1.3 leaves `zip` to the implementation; compressed contents open the door to decompression bombs
        // and leak lengths.
        if header.member("zip").is_some() {
            return Err(Refused::Compressed);
        }
        let (algorithm, content) = (policy.algorithm(&header)?, policy.content(&header)?);
        let encrypted_key = decoded(encrypted_key, "encrypted key")?;
        // RFC 7516 §5.2 step 10: "verify that the JWE Encrypted Key value is an empty octet sequence."
        if algorithm.has_no_encrypted_key() && !encrypted_key.is_empty() {
            return Err(Refused::EncryptedKeyPresent {
                name: algorithm.name(),
            });
        }
        let iv = decoded_exactly(iv, "initialization vector", content.iv_len())?;
        let tag = decoded_exactly(tag, "authentication tag", content.tag_len())?;
        let sealed = Sealed {
            ciphertext: decoded(ciphertext, "ciphertext")?,
            tag,
        };
        let parameters = Parameters::read(&header, algorithm)?;
        Ok(Self {
            header,
            encoded_header,
            algorithm,
            content,
            parameters,
            encrypted_key,
            iv,
            sealed,
        })
    }

    fn open(&self, key: &DecryptionKey) -> Result<Vec<u8>, Failed> {
        let content_key = self
            .content_key(key)
            .ok()
            .filter(|key| key.bytes().len() == self.content.key_len());
        // RFC 7516 §11.5: "the recipient MUST NOT distinguish between format, padding, and length errors of encrypted
        // keys. It is strongly recommended, in the event of receiving an improperly formatted key, that the recipient
        // substitute a randomly generated CEK and proceed to the next step". The substitute here is fixed, so its
        // result is thrown away even if the tag should fit it.
        let unwrapped = content_key.is_some();
        let content_key =
            content_key.unwrap_or_else(|| Secret::new(vec![0; self.content.key_len()]));
        let opened = self.content.open(
            content_key.bytes(),
            &self.iv,
            self.encoded_header.as_bytes(),
            &self.sealed,
        );
        if unwrapped { opened } else { Err(Failed) }
    }

    fn content_key(&self, key: &DecryptionKey) -> Result<Secret, Failed> {
        match (self.algorithm.method(), key.prepared(), &self.parameters) {
            (Method::Direct, Prepared::Symmetric(secret), _) => Ok(secret.clone()),
            (Method::AesKw(_), Prepared::Symmetric(kek), _) => {
                aes_kw::unwrap(kek.bytes(), &self.encrypted_key)
            }
            (Method::AesGcmKw(_), Prepared::Symmetric(kek), Parameters::Gcm { iv, tag }) => {
                gcm::open(kek.bytes(), iv, b"", (&self.encrypted_key, tag)).map(Secret::new)
            }
            (Method::Ecdh, ..) => self.agreed(key, self.content.name(), self.content.key_len()),
            (Method::EcdhAesKw(len), ..) => {
                let kek = self.agreed(key, self.algorithm.name(), len)?;
                aes_kw::unwrap(kek.bytes(), &self.encrypted_key)
            }
            (Method::Oaep(algorithm), Prepared::Rsa(private), _) => {
                let mut buffer = vec![0; private.min_output_size()];
                let len = private
                    .decrypt(algorithm, &self.encrypted_key, &mut buffer, None)?
                    .len();
                buffer.truncate(len);
                Ok(Secret::new(buffer))
            }
            _ => Err(Failed),
        }
    }

    fn agreed(
        &self,
        key: &DecryptionKey,
        algorithm: &'static str,
        key_len: usize,
    ) -> Result<Secret, Failed> {
        match (key.prepared(), &self.parameters) {
            (
                Prepared::Ecdh { curve, private },
                Parameters::Ecdh {
                    curve: theirs,
                    public,
                    apu,
                    apv,
                },
            ) if curve == theirs => agree(
                private,
                public,
                Info {
                    algorithm,
                    apu,
                    apv,
                    key_len,
                },
            ),
            _ => Err(Failed),
        }
    }
}

impl Parameters {
    fn read(header: &Header, algorithm: KeyManagement) -> Result<Self, Refused> {
        match algorithm.method() {
            Method::Direct | Method::AesKw(_) | Method::Oaep(_) => Ok(Self::None),
            Method::AesGcmKw(_) => {
                let required = |name| {
                    header
                        .string(name)
                        .ok_or(Refused::HeaderMemberMissing { name })
                };
                Ok(Self::Gcm {
                    iv: decoded_exactly(required("iv")?, "header member `iv`", gcm::IV_LEN)?,
                    tag: decoded_exactly(required("tag")?, "header member `tag`", gcm::TAG_LEN)?,
                })
            }
            Method::Ecdh | Method::EcdhAesKw(_) => Self::read_ecdh(header),
        }
    }

    fn read_ecdh(header: &Header) -> Result<Self, Refused> {
        // RFC 7518 §4.6.1.1: "This Header Parameter MUST be present and MUST be understood and processed"
        let epk = header
            .member("epk")
            .ok_or(Refused::HeaderMemberMissing { name: "epk" })?;
        let epk = Jwk::from_value(epk.clone())
            .map_err(|cause| Refused::HeaderKey { name: "epk", cause })?;
        if epk.is_private() {
            return Err(Refused::HeaderKeyNotPublic { name: "epk" });
        }
        let (Material::Ec {
            curve,
            point: public,
            ..
        }
        | Material::Okp { curve, public, .. }) = epk.material()
        else {
            return Err(Refused::HeaderMember {
                name: "epk",
                expected: "an elliptic-curve key",
            });
        };
        Ok(Self::Ecdh {
            curve: *curve,
            public: public.clone(),
            apu: decoded(
                header.string("apu").unwrap_or_default(),
                "header member `apu`",
            )?,
            apv: decoded(
                header.string("apv").unwrap_or_default(),
                "header member `apv`",
            )?,
        })
    }
}

fn decoded(text: &str, part: &'static str) -> Result<Vec<u8>, Refused> {
    strict_base64url::decode(text).map_err(|_| Refused::NotBase64Url { part })
}

fn decoded_exactly(text: &str, part: &'static str, expected: usize) -> Result<Vec<u8>, Refused> {
    let bytes = decoded(text, part)?;
    let actual = bytes.len();
    if actual == expected {
        Ok(bytes)
    } else {
        Err(Refused::PartLength {
            part,
            expected,
            actual,
        })
    }
}
