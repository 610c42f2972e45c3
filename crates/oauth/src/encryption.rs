//! Encryption to a client: of authorization responses, and of whatever else it wants encrypted.

use domain::{Client, Secret};
use jose::jwe::{ContentEncryption, EncryptionKey, KeyManagement, encrypt_compact};
use jose::jwk::{Jwk, JwkSet};
use jose::jwt::encrypt_nested;
use jose::{Header, Random};

/// Something cannot be encrypted to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// None of the client's keys fits the algorithm, or its keys are not known now.
    #[error("the client has no key for {0}")]
    NoKey(KeyManagement),
    /// The cryptographic library failed.
    #[error("the token could not be encrypted")]
    Failed,
}

/// How something is encrypted to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// How the key of the content is found.
    pub key_management: KeyManagement,
    /// How the content is encrypted.
    pub content: ContentEncryption,
}

impl Encryption {
    /// How authorization responses to a client are encrypted, if they are.
    pub fn of_responses(client: &Client) -> Option<Self> {
        Self::chosen(client.jarm.encryption, client.jarm.content_encryption)
    }

    /// How ID tokens for a client are encrypted, if they are.
    pub fn of_id_tokens(client: &Client) -> Option<Self> {
        let policy = &client.oidc;
        Self::chosen(
            policy.id_token_encryption,
            policy.id_token_content_encryption,
        )
    }

    /// How what is told a client about a person is encrypted, if it is.
    pub fn of_userinfo(client: &Client) -> Option<Self> {
        let policy = &client.oidc;
        Self::chosen(
            policy.user_info_encryption,
            policy.user_info_content_encryption,
        )
    }

    /// How what is told a client about tokens is encrypted, if it wants that as a token.
    pub fn of_introspection(client: &Client) -> Option<Self> {
        let policy = &client.introspection;
        Self::chosen(policy.encryption, policy.content_encryption)
    }

    /// JARM §3 of responses, OpenID Connect Dynamic Client Registration §2 of ID tokens and answers
    /// about a person, RFC 9701 §6 of answers about tokens: the default for how the content is encrypted is A128CBC-HS256.
    fn chosen(
        key_management: Option<KeyManagement>,
        content: Option<ContentEncryption>,
    ) -> Option<Self> {
        Some(Self {
            key_management: key_management?,
            content: content.unwrap_or(ContentEncryption::A128CbcHs256),
        })
    }

    /// Whether it needs a key that the client has made known.
    pub const fn needs_client_key(self) -> bool {
        self.secret_len().is_none()
    }

    /// Encrypts a signed token to a client: with a key of its own, or with one made from its secret.
    pub fn seal(
        self,
        signed: &str,
        client: &Client,
        keys: Option<&JwkSet>,
        random: &dyn Random,
    ) -> Result<String, EncryptionError> {
        let no_key = EncryptionError::NoKey(self.key_management);
        let key = self.key(client, keys).ok_or(no_key)?;
        encrypt_nested(&key, signed, random).map_err(|_| EncryptionError::Failed)
    }

    /// Encrypts claims to a client that nobody has signed.
    pub(crate) fn seal_unsigned(
        self,
        claims: &[u8],
        client: &Client,
        keys: Option<&JwkSet>,
        random: &dyn Random,
    ) -> Result<String, EncryptionError> {
        let no_key = EncryptionError::NoKey(self.key_management);
        let key = self.key(client, keys).ok_or(no_key)?;
        let header = Header::new().with_typ("JWT");
        encrypt_compact(&key, header, claims, random).map_err(|_| EncryptionError::Failed)
    }

    fn key(self, client: &Client, keys: Option<&JwkSet>) -> Option<EncryptionKey> {
        let prepared = |jwk: &Jwk| EncryptionKey::new(jwk, self.key_management, self.content).ok();
        match self.secret_len() {
            Some(len) => prepared(&derived(client.secret()?, len)),
            // OpenID Connect Core §10.2.1: "if there are multiple keys in the referenced JWK Set
            // document, a kid MUST be specified"; of several that fit, the first is taken.
            None => keys?.keys().iter().find_map(prepared),
        }
    }

    /// The bytes of the key that is made from the client's secret, where the algorithm is symmetric.
    const fn secret_len(self) -> Option<usize> {
        match self.key_management {
            KeyManagement::A128Kw | KeyManagement::A128GcmKw => Some(16),
            KeyManagement::A192Kw | KeyManagement::A192GcmKw => Some(24),
            KeyManagement::A256Kw | KeyManagement::A256GcmKw => Some(32),
            KeyManagement::Dir => Some(match self.content {
                ContentEncryption::A128Gcm => 16,
                ContentEncryption::A192Gcm => 24,
                ContentEncryption::A256Gcm | ContentEncryption::A128CbcHs256 => 32,
                ContentEncryption::A192CbcHs384 => 48,
                ContentEncryption::A256CbcHs512 => 64,
            }),
            KeyManagement::RsaOaep
            | KeyManagement::RsaOaep256
            | KeyManagement::EcdhEs
            | KeyManagement::EcdhEsA128Kw
            | KeyManagement::EcdhEsA192Kw
            | KeyManagement::EcdhEsA256Kw => None,
        }
    }
}

/// OpenID Connect Core §10.2: "The symmetric encryption key is derived from the `client_secret` value
/// by using the left-most bits of a truncated SHA-2 hash of the octets of the UTF-8 representation
/// of the `client_secret`. For keys of 256 or fewer bits, SHA-256 is used; for keys of 257-384 bits,
/// SHA-384 is used; for keys of 385-512 bits, SHA-512 is used."
fn derived(secret: &Secret, len: usize) -> Jwk {
    let octets = secret.to_bytes();
    let hash = match len {
        0..=32 => jose::digest::sha256(&octets).to_vec(),
        33..=48 => jose::digest::sha384(&octets).to_vec(),
        _ => jose::digest::sha512(&octets).to_vec(),
    };
    Jwk::from_secret(hash.get(..len).unwrap_or(&hash))
}
