//! The registration ceremony (WebAuthn Level 3 §7.1), its steps in their order.

use domain::{Timestamp, WebAuthnCredential};

use super::attestation::{self, AttestationObject, AttestationPolicy, Statement};
use super::authenticator_data::AuthenticatorData;
use super::challenge::Challenge;
use super::client_data::{Ceremony, ClientData};
use super::cose::CoseAlgorithm;
use super::error::WebAuthnError;
use super::flags;
use super::options::UserVerification;
use super::relying_party::RelyingParty;
use super::response::{MAX_CREDENTIAL_ID, RegistrationResponse};

/// What was asked for, against which the response is checked.
#[derive(Clone, Copy, Debug)]
pub struct Registration<'a> {
    /// Who asked.
    pub relying_party: &'a RelyingParty,
    /// The challenge; it is spent by the caller, whatever comes of this.
    pub challenge: &'a Challenge,
    /// The algorithms that were asked for.
    pub algorithms: &'a [CoseAlgorithm],
    /// Whether the person had to be verified.
    pub user_verification: UserVerification,
    /// Whether the client was allowed to make the credential without asking the person
    /// (`mediation: "conditional"`).
    pub conditional: bool,
    /// Which authenticators may be used.
    pub attestation: &'a AttestationPolicy,
    /// Whether anybody has registered a credential with the id of the response.
    pub already_registered: bool,
}

/// A credential whose registration has been verified.
#[derive(Clone, Debug)]
pub struct RegisteredCredential(WebAuthnCredential);

impl RegisteredCredential {
    /// What is to be stored.
    pub const fn record(&self) -> &WebAuthnCredential {
        &self.0
    }

    /// What is to be stored.
    pub fn into_record(self) -> WebAuthnCredential {
        self.0
    }
}

impl Registration<'_> {
    /// Verifies a response.
    pub fn verify(
        &self,
        response: &RegistrationResponse,
        now: Timestamp,
    ) -> Result<RegisteredCredential, WebAuthnError> {
        // Steps 5 to 11: what the client says.
        let client_data = ClientData::read(&response.client_data)?;
        client_data.check_type(Ceremony::Create)?;
        client_data.check_challenge(self.challenge.as_bytes())?;
        client_data.check_origin(self.relying_party)?;
        // WebAuthn §7.1 step 13: "Perform CBOR decoding on the attestationObject field".
        let object = AttestationObject::read(&response.attestation_object)?;
        // Steps 14 to 20: what the authenticator says.
        let data = AuthenticatorData::read(object.authenticator_data)?;
        self.check_authenticator(&data)?;
        let credential = data.credential.as_ref();
        let credential = credential.ok_or(WebAuthnError::CredentialMissing)?;
        // WebAuthn §7.1 step 20: "Verify that the "alg" parameter in the credential public key in
        // authData matches the alg attribute of one of the items in pkOptions.pubKeyCredParams."
        if !self.algorithms.contains(&credential.public_key.algorithm()) {
            return Err(WebAuthnError::AlgorithmNotAllowed);
        }
        // WebAuthn §7.1 step 22: "Verify that attStmt is a correct attestation statement,
        // conveying a valid attestation signature".
        let conveyed = attestation::verify(&Statement {
            members: &object.statement,
            data: &data,
            credential,
            client_data_hash: &client_data.hash,
            format: object.format,
        })?;
        // WebAuthn §7.1 step 24: "Assess the attestation trustworthiness".
        let attested = self.attestation.assess(&conveyed, credential.aaguid, now)?;
        // WebAuthn §7.1 step 25: "Verify that the credentialId is ≤ 1023 bytes. Credential IDs
        // larger than this many bytes SHOULD cause the RP to fail this registration ceremony."
        if credential.id.len() > MAX_CREDENTIAL_ID {
            return Err(WebAuthnError::CredentialIdTooLong);
        }
        if credential.id != &**response.credential_id() {
            return Err(WebAuthnError::CredentialIdDiffers);
        }
        // WebAuthn §7.1 step 26: "Verify that the credentialId is not yet registered for any user."
        if self.already_registered {
            return Err(WebAuthnError::AlreadyRegistered);
        }

        // WebAuthn §7.1 step 27: "create and store a new credential record".
        Ok(RegisteredCredential(WebAuthnCredential {
            id: credential.id.into(),
            rp_id: self.relying_party.id().to_owned(),
            public_key: credential.cose.into(),
            sign_count: data.sign_count,
            transports: response.transports.clone(),
            aaguid: credential.aaguid,
            user_verified_at_registration: data.user_verified(),
            backup_eligible: data.backup_eligible(),
            backup_state: data.backup_state(),
            discoverable: response.discoverable,
            attachment: response.attachment.clone(),
            attestation_format: object.format.to_owned(),
            attested,
        }))
    }

    fn check_authenticator(&self, data: &AuthenticatorData<'_>) -> Result<(), WebAuthnError> {
        flags::check_rp_id(data, self.relying_party.id())?;
        // WebAuthn §7.1 step 15: "If options.mediation is not set to conditional, verify that the
        // UP bit of the flags in authData is set."
        if !self.conditional {
            flags::check_user_present(data)?;
        }
        flags::check_user_verified(data, self.user_verification)?;
        flags::check_backup(data)
    }
}
