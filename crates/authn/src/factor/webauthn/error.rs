//! Why a ceremony fails.

use super::attestation::AttestationError;
use super::cbor::NotCbor;
use super::cose::CoseKeyError;

/// Why a response is not accepted, in the order in which WebAuthn Level 3 checks it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebAuthnError {
    /// The response is not JSON of the form that clients send (§5.1, `toJSON()`).
    #[error("the response is not a credential in JSON: `{0}` is missing, malformed or too long")]
    Malformed(&'static str),
    /// `id` and `rawId`, or the credential id that the authenticator tells, differ.
    #[error("the credential id of the client is not that of the authenticator")]
    CredentialIdDiffers,
    /// The credential is none of those that were asked for (§7.2 step 5).
    #[error("the credential is not one of those that were asked for")]
    CredentialNotAllowed,
    /// The credential is another one, or of another relying party (§7.2 step 6).
    #[error("the credential is not the one that is on record")]
    AnotherCredential,
    /// The user is not known and the authenticator does not tell it (§7.2 step 6).
    #[error("the response does not tell whose the credential is")]
    UserHandleMissing,
    /// The user is another one (§7.2 step 6).
    #[error("the credential is of another user")]
    UserHandleDiffers,
    /// The client data cannot be read (§7.1 steps 5 and 6, §7.2 steps 8 and 9).
    #[error("the client data cannot be read")]
    ClientData,
    /// The client data is of the other ceremony (§7.1 step 7 and §7.2 step 10).
    #[error("the client data is not of this ceremony")]
    WrongType,
    /// The challenge is another one (§7.1 step 8 and §7.2 step 11).
    #[error("the challenge is another one")]
    WrongChallenge,
    /// The origin is not one of ours (§7.1 step 9 and §7.2 step 12).
    #[error("the origin `{0}` is not one of ours")]
    WrongOrigin(String),
    /// The page was in a frame of another origin (§7.1 step 10 and §7.2 step 13).
    #[error("the page was in a frame of another origin")]
    CrossOrigin,
    /// The page was in a frame of an origin that may not have it (§7.1 step 11 and §7.2 step 14).
    #[error("the page was in a frame of `{0}`, which may not have it")]
    WrongTopOrigin(String),
    /// The attestation object is not one (§7.1 step 13).
    #[error("the attestation object is {0}")]
    AttestationObject(#[from] NotCbor),
    /// The attestation object lacks a member (§6.5.4).
    #[error("the attestation object has no `{0}`")]
    AttestationObjectMember(&'static str),
    /// The authenticator data are not in their form (§6.1).
    #[error("the authenticator data are malformed")]
    AuthenticatorData,
    /// The authenticator data are for another relying party (§7.1 step 14 and §7.2 step 15).
    #[error("the authenticator data are for another relying party")]
    WrongRpId,
    /// Nobody was present (§7.1 step 15 and §7.2 step 16).
    #[error("the authenticator did not find anybody present")]
    UserNotPresent,
    /// The person was not verified (§7.1 step 16 and §7.2 step 17).
    #[error("the authenticator did not verify who is present")]
    UserNotVerified,
    /// It says that it is backed up and cannot be (§7.1 step 17 and §7.2 step 18).
    #[error("the credential is backed up though it cannot be")]
    BackedUpThoughNotEligible,
    /// It can be backed up and could not before, or the other way round (§7.2 step 19).
    #[error("whether the credential can be backed up has changed")]
    BackupEligibilityChanged,
    /// The authenticator data bring no credential (§6.5.1).
    #[error("the authenticator data bring no credential")]
    CredentialMissing,
    /// The public key cannot be used (§6.5.1).
    #[error("the public key of the credential cannot be used: {0}")]
    PublicKey(#[from] CoseKeyError),
    /// The algorithm is none of those that were asked for (§7.1 step 20).
    #[error("the algorithm of the credential is not one of those that were asked for")]
    AlgorithmNotAllowed,
    /// The attestation statement is not correct (§7.1 step 22).
    #[error("the attestation statement is not correct: {0}")]
    Attestation(#[from] AttestationError),
    /// Nobody who is trusted stands behind the authenticator (§7.1 step 24).
    #[error("nobody who is trusted stands behind the authenticator")]
    AttestationNotTrusted,
    /// The model of the authenticator may not be used (§7.1 step 24).
    #[error("authenticators of this model may not be used")]
    ModelNotAllowed,
    /// The credential id is longer than 1023 bytes (§7.1 step 25).
    #[error("the credential id is longer than 1023 bytes")]
    CredentialIdTooLong,
    /// The credential is registered already (§7.1 step 26).
    #[error("the credential is registered already")]
    AlreadyRegistered,
    /// The signature is not of the credential (§7.2 step 21).
    #[error("the signature is not of the credential")]
    BadSignature,
    /// The counter did not rise: the authenticator may have a copy (§7.2 step 22).
    #[error("the signature counter did not rise")]
    CounterWentBack,
}
