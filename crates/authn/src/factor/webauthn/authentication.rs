//! The authentication ceremony (WebAuthn Level 3 §7.2), its steps in their order.

use domain::{ByteString, WebAuthnCredential};
use jose::digest::constant_time_eq;

use super::authenticator_data::AuthenticatorData;
use super::challenge::Challenge;
use super::client_data::{Ceremony, ClientData};
use super::cose::CredentialPublicKey;
use super::error::WebAuthnError;
use super::flags;
use super::material::AssertionMaterial;
use super::options::UserVerification;
use super::relying_party::RelyingParty;
use super::response::AuthenticationResponse;

/// Whose credential it must be: a user handle each.
#[derive(Clone, Copy, Debug)]
pub enum ExpectedUser<'a> {
    /// The user was known before the ceremony began.
    Identified(&'a [u8]),
    /// The user is the one that the response tells, and the credential is theirs.
    Discovered(&'a [u8]),
}

/// What was asked for, against which the response is checked.
#[derive(Clone, Copy, Debug)]
pub struct Authentication<'a> {
    /// Who asked.
    pub relying_party: &'a RelyingParty,
    /// The challenge; it is spent by the caller, whatever comes of this.
    pub challenge: &'a Challenge,
    /// The credentials that were asked for; none named means any that was found.
    pub allowed: &'a [ByteString],
    /// Whose credential it must be.
    pub user: ExpectedUser<'a>,
    /// Whether the person had to be verified.
    pub user_verification: UserVerification,
}

/// A signature that has been verified.
#[derive(Clone, Debug)]
pub struct VerifiedAssertion {
    sign_count: u32,
    user_verified: bool,
    backup_state: bool,
    origin: String,
    material: AssertionMaterial,
}

impl VerifiedAssertion {
    /// The credential that signed.
    pub const fn credential_id(&self) -> &ByteString {
        &self.material.credential_id
    }

    /// The counter after it.
    pub const fn sign_count(&self) -> u32 {
        self.sign_count
    }

    /// Whether the person was verified, and not only present.
    pub const fn user_verified(&self) -> bool {
        self.user_verified
    }

    /// Whether the credential is backed up now.
    pub const fn backup_state(&self) -> bool {
        self.backup_state
    }

    /// The origin of the page, or of the app.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What a receipt keeps, so that the signature can be checked again without the server.
    pub const fn assertion_material(&self) -> &AssertionMaterial {
        &self.material
    }

    /// The record after this use. §7.2 step 24: "Update credentialRecord.signCount to the value of
    /// authData.signCount. Update credentialRecord.backupState to the value of currentBs."
    #[must_use]
    pub fn update(&self, credential: &WebAuthnCredential) -> WebAuthnCredential {
        WebAuthnCredential {
            sign_count: self.sign_count,
            backup_state: self.backup_state,
            ..credential.clone()
        }
    }
}

impl Authentication<'_> {
    /// Verifies a response with the credential that is on record under its id.
    pub fn verify(
        &self,
        response: &AuthenticationResponse,
        credential: &WebAuthnCredential,
    ) -> Result<VerifiedAssertion, WebAuthnError> {
        self.check_credential(response, credential)?;
        self.check_user(response)?;
        // Steps 8 to 14: what the client says.
        let client_data = ClientData::read(&response.client_data)?;
        client_data.check_type(Ceremony::Get)?;
        client_data.check_challenge(self.challenge.as_bytes())?;
        client_data.check_origin(self.relying_party)?;
        // Steps 15 to 18: what the authenticator says.
        let data = AuthenticatorData::read(&response.authenticator_data)?;
        flags::check_rp_id(&data, self.relying_party.id())?;
        flags::check_user_present(&data)?;
        flags::check_user_verified(&data, self.user_verification)?;
        flags::check_backup(&data)?;
        // WebAuthn §7.2 step 19: "If credentialRecord.backupEligible is set, verify that currentBe
        // is set. If credentialRecord.backupEligible is not set, verify that currentBe is not set."
        if data.backup_eligible() != credential.backup_eligible {
            return Err(WebAuthnError::BackupEligibilityChanged);
        }
        // WebAuthn §7.2 step 21: "Using credentialRecord.publicKey, verify that sig is a valid
        // signature over the binary concatenation of authData and hash."
        let key = CredentialPublicKey::read(&credential.public_key)?;
        let signed = [data.raw, &client_data.hash].concat();
        if !key.verifies(&signed, &response.signature) {
            return Err(WebAuthnError::BadSignature);
        }
        // WebAuthn §7.2 step 22: "If authData.signCount is nonzero or credentialRecord.signCount is
        // nonzero [...] less than or equal to credentialRecord.signCount: This is a signal, but not
        // proof, that the authenticator may be cloned." We take it for one.
        let counts = data.sign_count != 0 || credential.sign_count != 0;
        if counts && data.sign_count <= credential.sign_count {
            return Err(WebAuthnError::CounterWentBack);
        }
        Ok(VerifiedAssertion {
            sign_count: data.sign_count,
            user_verified: data.user_verified(),
            backup_state: data.backup_state(),
            origin: client_data.origin()?.to_owned(),
            material: AssertionMaterial::of(response, credential),
        })
    }

    fn check_credential(
        &self,
        response: &AuthenticationResponse,
        credential: &WebAuthnCredential,
    ) -> Result<(), WebAuthnError> {
        // WebAuthn §7.2 step 5: "If pkOptions.allowCredentials is not empty, verify that
        // credential.id identifies one of the public key credentials listed in
        // pkOptions.allowCredentials."
        if !self.allowed.is_empty() && !self.allowed.contains(&response.id) {
            return Err(WebAuthnError::CredentialNotAllowed);
        }
        // WebAuthn §7.2 step 6: "a credential record whose id equals credential.rawId".
        let is_on_record = response.id == credential.id;
        let is_ours = credential.rp_id == self.relying_party.id();
        (is_on_record && is_ours)
            .then_some(())
            .ok_or(WebAuthnError::AnotherCredential)
    }

    /// WebAuthn §7.2 step 6: "If response.userHandle is present, verify that it equals the user
    /// handle of the user account"; "If the user was not identified before the authentication
    /// ceremony was initiated, verify that response.userHandle is present."
    fn check_user(&self, response: &AuthenticationResponse) -> Result<(), WebAuthnError> {
        let expected = match (self.user, &response.user_handle) {
            (ExpectedUser::Identified(_), None) => return Ok(()),
            (ExpectedUser::Discovered(_), None) => return Err(WebAuthnError::UserHandleMissing),
            (ExpectedUser::Identified(it) | ExpectedUser::Discovered(it), Some(_)) => it,
        };
        let presented = response.user_handle.as_deref().unwrap_or_default();
        constant_time_eq(presented, expected)
            .then_some(())
            .ok_or(WebAuthnError::UserHandleDiffers)
    }
}
