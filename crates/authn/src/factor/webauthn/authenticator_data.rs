//! Authenticator data (WebAuthn Level 3 §6.1).

use domain::Aaguid;

use super::cbor::{self, Value};
use super::cose::CredentialPublicKey;
use super::error::WebAuthnError;

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKUP_STATE: u8 = 1 << 4;
const ATTESTED_CREDENTIAL_DATA: u8 = 1 << 6;
const EXTENSION_DATA: u8 = 1 << 7;

/// What an authenticator says of itself and of the ceremony.
pub(super) struct AuthenticatorData<'a> {
    /// The bytes, which are what is signed.
    pub(super) raw: &'a [u8],
    pub(super) rp_id_hash: &'a [u8; 32],
    flags: u8,
    pub(super) sign_count: u32,
    pub(super) credential: Option<AttestedCredential<'a>>,
}

/// A credential that was just made (§6.5.1, "attested credential data").
pub(super) struct AttestedCredential<'a> {
    pub(super) aaguid: Aaguid,
    pub(super) id: &'a [u8],
    /// The public key as it came, ...
    pub(super) cose: &'a [u8],
    /// ... and read.
    pub(super) public_key: CredentialPublicKey,
}

impl<'a> AuthenticatorData<'a> {
    pub(super) fn read(raw: &'a [u8]) -> Result<Self, WebAuthnError> {
        let malformed = WebAuthnError::AuthenticatorData;
        let (rp_id_hash, rest) = raw.split_first_chunk().ok_or(malformed.clone())?;
        let (&flags, rest) = rest.split_first().ok_or(malformed.clone())?;
        let (sign_count, rest) = rest.split_first_chunk().ok_or(malformed.clone())?;
        let (credential, rest) = match flags & ATTESTED_CREDENTIAL_DATA {
            0 => (None, rest),
            _ => {
                let (credential, rest) = AttestedCredential::read(rest)?;
                (Some(credential), rest)
            }
        };
        let rest = match flags & EXTENSION_DATA {
            0 => rest,
            _ => extensions(rest)?,
        };
        // WebAuthn §6.1 tells what each byte is; what comes after them is nothing that is known.
        if !rest.is_empty() {
            return Err(malformed);
        }
        Ok(Self {
            raw,
            rp_id_hash,
            flags,
            sign_count: u32::from_be_bytes(*sign_count),
            credential,
        })
    }

    pub(super) const fn user_present(&self) -> bool {
        self.flags & USER_PRESENT != 0
    }

    pub(super) const fn user_verified(&self) -> bool {
        self.flags & USER_VERIFIED != 0
    }

    pub(super) const fn backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    pub(super) const fn backup_state(&self) -> bool {
        self.flags & BACKUP_STATE != 0
    }
}

impl<'a> AttestedCredential<'a> {
    fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), WebAuthnError> {
        let malformed = || WebAuthnError::AuthenticatorData;
        let (aaguid, rest) = bytes.split_first_chunk().ok_or_else(malformed)?;
        let (length, rest) = rest.split_first_chunk().ok_or_else(malformed)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (id, rest) = rest.split_at_checked(length).ok_or_else(malformed)?;
        let (key, after) = cbor::read_first(rest).map_err(|_| malformed())?;
        let cose = rest.strip_suffix(after).ok_or_else(malformed)?;
        let credential = Self {
            aaguid: Aaguid::from_bytes(*aaguid),
            id,
            cose,
            public_key: CredentialPublicKey::from_value(&key)?,
        };
        Ok((credential, after))
    }
}

/// WebAuthn §6.1: extensions are "a CBOR map". What they say is for those who asked; nobody did.
fn extensions(bytes: &[u8]) -> Result<&[u8], WebAuthnError> {
    match cbor::read_first(bytes) {
        Ok((Value::Map(_), rest)) => Ok(rest),
        _ => Err(WebAuthnError::AuthenticatorData),
    }
}
