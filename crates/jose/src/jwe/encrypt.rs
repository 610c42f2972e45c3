//! Encryption to one recipient.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::rsa::{
    OaepAlgorithm, OaepPublicEncryptingKey, PublicEncryptingKey, PublicKeyComponents,
};

use super::algorithm::Method;
use super::concat_kdf::{Info, agree};
use super::{ContentEncryption, Failed, KeyManagement, aes_kw, gcm};
use crate::jwk::{Curve, Jwk, Material, Secret, Unfit, agreement_algorithm};
use crate::{Header, Random, RandomFailed, strict_base64url};

/// Why nothing was encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionFailed {
    /// The cryptographic library refused.
    #[error("the token could not be encrypted")]
    Library,
    /// There was no randomness.
    #[error(transparent)]
    Random(#[from] RandomFailed),
}

impl From<Failed> for EncryptionFailed {
    fn from(_: Failed) -> Self {
        Self::Library
    }
}

/// A recipient's key, prepared for one algorithm; cheap to clone.
#[derive(Clone)]
pub struct EncryptionKey(Arc<Inner>);

struct Inner {
    algorithm: KeyManagement,
    content: ContentEncryption,
    kid: Option<String>,
    prepared: Prepared,
}

enum Prepared {
    Direct(Secret),
    AesKw(Secret),
    AesGcmKw(Secret),
    Ecdh {
        curve: Curve,
        public: Vec<u8>,
        kek_len: Option<usize>,
    },
    Oaep {
        key: OaepPublicEncryptingKey,
        algorithm: &'static OaepAlgorithm,
    },
}

impl EncryptionKey {
    /// Prepares a recipient's key, public or symmetric, for these algorithms.
    pub fn new(
        jwk: &Jwk,
        algorithm: KeyManagement,
        content: ContentEncryption,
    ) -> Result<Self, Unfit> {
        algorithm.check_encryption_key(jwk, content)?;
        let prepared = Prepared::new(jwk, algorithm).ok_or(Unfit::Rejected)?;
        Ok(Self(Arc::new(Inner {
            algorithm,
            content,
            kid: jwk.kid().map(str::to_owned),
            prepared,
        })))
    }

    /// The key management algorithm.
    pub fn algorithm(&self) -> KeyManagement {
        self.0.algorithm
    }

    /// The content encryption.
    pub fn content(&self) -> ContentEncryption {
        self.0.content
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionKey")
            .field("algorithm", &self.0.algorithm)
            .field("content", &self.0.content)
            .field("kid", &self.0.kid)
            .finish_non_exhaustive()
    }
}

impl Prepared {
    fn new(jwk: &Jwk, algorithm: KeyManagement) -> Option<Self> {
        match (algorithm.method(), jwk.material()) {
            (Method::Direct, Material::Oct { secret }) => Some(Self::Direct(secret.clone())),
            (Method::AesKw(_), Material::Oct { secret }) => Some(Self::AesKw(secret.clone())),
            (Method::AesGcmKw(_), Material::Oct { secret }) => Some(Self::AesGcmKw(secret.clone())),
            (Method::Ecdh, material) => Self::ecdh(material, None),
            (Method::EcdhAesKw(len), material) => Self::ecdh(material, Some(len)),
            (Method::Oaep(algorithm), Material::Rsa { n, e, .. }) => {
                let key: PublicEncryptingKey = PublicKeyComponents { n, e }.try_into().ok()?;
                Some(Self::Oaep {
                    key: OaepPublicEncryptingKey::new(key).ok()?,
                    algorithm,
                })
            }
            _ => None,
        }
    }

    fn ecdh(material: &Material, kek_len: Option<usize>) -> Option<Self> {
        match material {
            Material::Ec {
                curve,
                point: public,
                ..
            }
            | Material::Okp { curve, public, .. } => Some(Self::Ecdh {
                curve: *curve,
                public: public.clone(),
                kek_len,
            }),
            Material::Rsa { .. } | Material::Oct { .. } => None,
        }
    }
}

/// A content key on its way to the recipient.
struct Wrapped {
    header: Header,
    content_key: Secret,
    encrypted_key: Vec<u8>,
}

/// Encrypts a plaintext into a compact token (RFC 7516 §7.1); `alg`, `enc` and, if the key has one, `kid` are added.
pub fn encrypt_compact(
    key: &EncryptionKey,
    header: Header,
    plaintext: &[u8],
    random: &dyn Random,
) -> Result<String, EncryptionFailed> {
    let content = key.0.content;
    let Wrapped {
        header,
        content_key,
        encrypted_key,
    } = key.0.wrap(key.0.complete(header), random)?;
    let iv = drawn(content.iv_len(), random)?;
    let encoded_header = header.encoded();
    let sealed = content.seal(
        content_key.bytes(),
        &iv,
        encoded_header.as_bytes(),
        plaintext,
    )?;
    let mut token = encoded_header;
    for part in [&encrypted_key, &iv, &sealed.ciphertext, &sealed.tag] {
        token.push('.');
        strict_base64url::append(part, &mut token);
    }
    Ok(token)
}

impl Inner {
    fn complete(&self, header: Header) -> Header {
        let header = header
            .with("alg", self.algorithm.name())
            .with("enc", self.content.name());
        match (header.kid(), &self.kid) {
            (None, Some(kid)) => header.with_kid(kid.as_str()),
            _ => header,
        }
    }

    /// RFC 7516 §5.1 steps 1 to 6: the content key, and how it comes to the recipient.
    fn wrap(&self, header: Header, random: &dyn Random) -> Result<Wrapped, EncryptionFailed> {
        if let Prepared::Direct(secret) = &self.prepared {
            return Ok(Wrapped {
                header,
                content_key: secret.clone(),
                encrypted_key: Vec::new(),
            });
        }
        if let Prepared::Ecdh {
            curve,
            public,
            kek_len,
        } = &self.prepared
        {
            let (header, agreed) = self.agree(header, (*curve, public), *kek_len)?;
            if kek_len.is_none() {
                return Ok(Wrapped {
                    header,
                    content_key: agreed,
                    encrypted_key: Vec::new(),
                });
            }
            let content_key = self.new_content_key(random)?;
            let encrypted_key = aes_kw::wrap(agreed.bytes(), content_key.bytes())?;
            return Ok(Wrapped {
                header,
                content_key,
                encrypted_key,
            });
        }
        let content_key = self.new_content_key(random)?;
        let (header, encrypted_key) = self.encrypt_key(header, &content_key, random)?;
        Ok(Wrapped {
            header,
            content_key,
            encrypted_key,
        })
    }

    fn encrypt_key(
        &self,
        header: Header,
        content_key: &Secret,
        random: &dyn Random,
    ) -> Result<(Header, Vec<u8>), EncryptionFailed> {
        match &self.prepared {
            Prepared::AesKw(kek) => Ok((header, aes_kw::wrap(kek.bytes(), content_key.bytes())?)),
            Prepared::AesGcmKw(kek) => {
                let iv = drawn(gcm::IV_LEN, random)?;
                let (encrypted_key, tag) = gcm::seal(kek.bytes(), &iv, b"", content_key.bytes())?;
                // RFC 7518 §4.7.1: "iv" and "tag" "MUST be present and MUST be understood".
                let header = header.with("iv", strict_base64url::encode(&iv));
                Ok((
                    header.with("tag", strict_base64url::encode(&tag)),
                    encrypted_key,
                ))
            }
            Prepared::Oaep { key, algorithm } => {
                let mut encrypted_key = vec![0; key.ciphertext_size()];
                key.encrypt(algorithm, content_key.bytes(), &mut encrypted_key, None)
                    .map_err(Failed::from)?;
                Ok((header, encrypted_key))
            }
            Prepared::Direct(_) | Prepared::Ecdh { .. } => Err(EncryptionFailed::Library),
        }
    }

    /// RFC 7518 §4.6: "A new ephemeral public key value MUST be generated for each key agreement operation."
    fn agree(
        &self,
        header: Header,
        (curve, public): (Curve, &[u8]),
        kek_len: Option<usize>,
    ) -> Result<(Header, Secret), Failed> {
        let ephemeral = PrivateKey::generate(agreement_algorithm(curve).ok_or(Failed)?)?;
        let epk = Material::of_public_key(curve, ephemeral.compute_public_key()?.as_ref())
            .map_err(|_| Failed)?;
        let epk = Jwk::new(epk, crate::jwk::About::default())
            .to_public_value()
            .ok_or(Failed)?;
        let decoded = |name| {
            header
                .string(name)
                .map(strict_base64url::decode)
                .transpose()
                .map_err(|_| Failed)
        };
        let (apu, apv) = (
            decoded("apu")?.unwrap_or_default(),
            decoded("apv")?.unwrap_or_default(),
        );
        let info = Info {
            algorithm: if kek_len.is_some() {
                self.algorithm.name()
            } else {
                self.content.name()
            },
            apu: &apu,
            apv: &apv,
            key_len: kek_len.unwrap_or(self.content.key_len()),
        };
        let agreed = agree(&ephemeral, public, info)?;
        Ok((header.with("epk", epk), agreed))
    }

    fn new_content_key(&self, random: &dyn Random) -> Result<Secret, RandomFailed> {
        drawn(self.content.key_len(), random).map(Secret::new)
    }
}

fn drawn(len: usize, random: &dyn Random) -> Result<Vec<u8>, RandomFailed> {
    let mut bytes = vec![0; len];
    random.fill(&mut bytes)?;
    Ok(bytes)
}
