//! A person's signature as it is kept, so that anybody can check it later without the server.

use domain::{ByteString, WebAuthnCredential};
use serde::{Deserialize, Serialize};

use super::authenticator_data::AuthenticatorData;
use super::challenge::Challenge;
use super::client_data::{Ceremony, ClientData};
use super::cose::CredentialPublicKey;
use super::error::WebAuthnError;
use super::flags;
use super::response::AuthenticationResponse;

/// What was signed, the signature, and the key that checks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssertionMaterial {
    /// The credential that signed.
    pub credential_id: ByteString,
    /// Its public key as a `COSE_Key`.
    pub public_key: ByteString,
    /// What the authenticator said.
    pub authenticator_data: ByteString,
    /// What the client said, the challenge among it.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: ByteString,
    /// The signature over both.
    pub signature: ByteString,
}

/// What material proves that has been checked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedMaterial {
    origin: String,
    user_verified: bool,
    sign_count: u32,
}

impl VerifiedMaterial {
    /// The origin of the page, or of the app.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether the person was verified, and not only present.
    pub const fn user_verified(&self) -> bool {
        self.user_verified
    }

    /// The counter of the signature.
    pub const fn sign_count(&self) -> u32 {
        self.sign_count
    }
}

impl AssertionMaterial {
    pub(super) fn of(response: &AuthenticationResponse, credential: &WebAuthnCredential) -> Self {
        Self {
            credential_id: credential.id.clone(),
            public_key: credential.public_key.clone(),
            authenticator_data: response.authenticator_data.clone(),
            client_data_json: response.client_data.clone(),
            signature: response.signature.clone(),
        }
    }
}

/// Checks material again, from what a receipt holds: whether this key signed this challenge for
/// this RP ID while somebody was present. What a caller has kept beside it is the caller's to
/// compare: that the key was the person's, and that the origin was a good one.
pub fn verify_material(
    material: &AssertionMaterial,
    rp_id: &str,
    challenge: &Challenge,
) -> Result<VerifiedMaterial, WebAuthnError> {
    let client_data = ClientData::read(&material.client_data_json)?;
    client_data.check_type(Ceremony::Get)?;
    client_data.check_challenge(challenge.as_bytes())?;
    let data = AuthenticatorData::read(&material.authenticator_data)?;
    flags::check_rp_id(&data, rp_id)?;
    flags::check_user_present(&data)?;
    flags::check_backup(&data)?;
    let key = CredentialPublicKey::read(&material.public_key)?;
    let signed = [data.raw, &client_data.hash].concat();
    if !key.verifies(&signed, &material.signature) {
        return Err(WebAuthnError::BadSignature);
    }
    Ok(VerifiedMaterial {
        origin: client_data.origin()?.to_owned(),
        user_verified: data.user_verified(),
        sign_count: data.sign_count,
    })
}
