//! Attestation: what an authenticator tells of its make, and who stands behind it (WebAuthn Level 3
//! §6.5, §8).

mod android_key;
mod apple;
mod certificate;
mod der;
mod fido_u2f;
mod packed;
mod tpm;
mod trust;

use super::authenticator_data::{AttestedCredential, AuthenticatorData};
use super::cbor::{self, Map, Value};
use super::error::WebAuthnError;
use certificate::Certificate;

pub use trust::{AttestationPolicy, AttestationRoots, NotARoot};

/// Most certificates of a statement that are read.
const MAX_CERTIFICATES: usize = 8;

/// Why an attestation statement is not correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestationError {
    /// A member is missing or malformed.
    #[error("its `{0}` is missing or malformed")]
    Member(&'static str),
    /// A statement of the format `none` says something (§8.7).
    #[error("it is of the format `none` and not empty")]
    NotEmpty,
    /// The algorithm is not that of the credential (§8.2, self attestation).
    #[error("its algorithm is not that of the credential")]
    AlgorithmDiffers,
    /// The signature is not over this ceremony, or not of this key.
    #[error("its signature does not fit")]
    BadSignature,
    /// A certificate cannot be read.
    #[error("a certificate of it cannot be read")]
    Certificate,
    /// The attestation certificate does not meet the requirements of the format.
    #[error("the attestation certificate does not meet the requirements: {0}")]
    Requirement(&'static str),
    /// The certificate, or the format, is for another model of authenticator.
    #[error("it is for another model of authenticator")]
    AaguidDiffers,
    /// It certifies another key.
    #[error("it certifies another key than that of the credential")]
    KeyDiffers,
    /// It is for another ceremony.
    #[error("it is for another ceremony")]
    CeremonyDiffers,
    /// The key was not made by the authenticator for signing alone (§8.4).
    #[error("the key was not made by the authenticator, or not for signing, or is of all apps")]
    KeyPurpose,
    /// The TPM's certification is malformed (§8.3).
    #[error("the certification of the TPM is malformed")]
    Tpm,
}

/// An attestation object (§6.5.4), read.
pub(super) struct AttestationObject<'a> {
    pub(super) format: &'a str,
    pub(super) statement: Map<'a>,
    pub(super) authenticator_data: &'a [u8],
}

impl<'a> AttestationObject<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, WebAuthnError> {
        let value = cbor::read(bytes)?;
        let member = |name| value.as_map().and_then(|map| map.text_key(name));
        let missing = WebAuthnError::AttestationObjectMember;
        let format = member("fmt").and_then(Value::as_text);
        let statement = member("attStmt").and_then(Value::as_map);
        let data = member("authData").and_then(Value::as_bytes);
        Ok(Self {
            // WebAuthn §8.1: identifiers "SHOULD be limited to a maximum length of 32 octets".
            format: format.filter(|it| it.len() <= 32).ok_or(missing("fmt"))?,
            statement: statement.cloned().ok_or(missing("attStmt"))?,
            authenticator_data: data.ok_or(missing("authData"))?,
        })
    }
}

/// A statement, and what it is about.
pub(super) struct Statement<'a> {
    pub(super) format: &'a str,
    pub(super) members: &'a Map<'a>,
    pub(super) data: &'a AuthenticatorData<'a>,
    pub(super) credential: &'a AttestedCredential<'a>,
    pub(super) client_data_hash: &'a [u8; 32],
}

/// What a correct statement conveys (§6.5.3).
#[derive(Debug)]
pub(super) enum Conveyed<'a> {
    /// Nothing: no attestation, or one in a format or with an algorithm that is not known.
    Nothing,
    /// That the credential holds its own private key.
    SelfAttestation,
    /// That the holder of the first certificate vouches, which is good for this purpose (the OID of
    /// an extended key usage, without its head) if it is limited.
    Certified {
        path: Vec<Certificate<'a>>,
        purpose: &'static [u8],
    },
}

/// WebAuthn §7.1 step 21: "Determine the attestation statement format by performing a USASCII
/// case-sensitive match on fmt".
pub(super) fn verify<'a>(statement: &Statement<'a>) -> Result<Conveyed<'a>, AttestationError> {
    match statement.format {
        // WebAuthn §8.7: the statement is an empty map.
        "none" if statement.members.len() > 0 => Err(AttestationError::NotEmpty),
        "packed" => packed::verify(statement),
        "fido-u2f" => fido_u2f::verify(statement),
        "apple" => apple::verify(statement),
        "android-key" => android_key::verify(statement),
        "tpm" => tpm::verify(statement),
        _ => Ok(Conveyed::Nothing),
    }
}

impl<'a> Statement<'a> {
    /// What most formats sign: "the concatenation of authenticatorData and clientDataHash".
    fn signed(&self) -> Vec<u8> {
        [self.data.raw, self.client_data_hash].concat()
    }

    fn bytes(&self, name: &'static str) -> Result<&'a [u8], AttestationError> {
        let value = self.members.text_key(name).and_then(Value::as_bytes);
        value.ok_or(AttestationError::Member(name))
    }

    fn algorithm(&self) -> Result<i64, AttestationError> {
        let alg = self.members.text_key("alg").and_then(Value::as_integer);
        alg.ok_or(AttestationError::Member("alg"))
    }

    /// The certificates in `x5c`, the attestation certificate first.
    fn certificates(&self) -> Result<Vec<Certificate<'a>>, AttestationError> {
        let malformed = AttestationError::Member("x5c");
        let chain = self.members.text_key("x5c").and_then(Value::as_array);
        let chain = chain.filter(|chain| (1..=MAX_CERTIFICATES).contains(&chain.len()));
        let chain = chain.ok_or(malformed)?.iter();
        let read = |value: &Value<'a>| Certificate::read(value.as_bytes().ok_or(malformed)?);
        chain.map(read).collect()
    }
}
