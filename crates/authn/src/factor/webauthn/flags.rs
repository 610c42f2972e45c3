//! What both ceremonies check of the authenticator data (WebAuthn Level 3 §7.1, §7.2).

use jose::digest::{constant_time_eq, sha256};

use super::authenticator_data::AuthenticatorData;
use super::error::WebAuthnError;
use super::options::UserVerification;

/// WebAuthn §7.1 step 14 and §7.2 step 15: "Verify that the rpIdHash in authData is the SHA-256
/// hash of the RP ID expected by the Relying Party."
pub(super) fn check_rp_id(data: &AuthenticatorData<'_>, id: &str) -> Result<(), WebAuthnError> {
    constant_time_eq(data.rp_id_hash, &sha256(id.as_bytes()))
        .then_some(())
        .ok_or(WebAuthnError::WrongRpId)
}

/// WebAuthn §7.2 step 16: "Verify that the UP bit of the flags in authData is set."
pub(super) fn check_user_present(data: &AuthenticatorData<'_>) -> Result<(), WebAuthnError> {
    let present = data.user_present();
    present.then_some(()).ok_or(WebAuthnError::UserNotPresent)
}

/// WebAuthn §7.1 step 16 and §7.2 step 17: "If user verification was determined to be required,
/// verify that the UV bit of the flags in authData is set. Otherwise, ignore the value of the UV
/// flag."
pub(super) fn check_user_verified(
    data: &AuthenticatorData<'_>,
    wanted: UserVerification,
) -> Result<(), WebAuthnError> {
    let fulfilled = wanted != UserVerification::Required || data.user_verified();
    fulfilled
        .then_some(())
        .ok_or(WebAuthnError::UserNotVerified)
}

/// WebAuthn §7.1 step 17 and §7.2 step 18: "If the BE bit of the flags in authData is not set,
/// verify that the BS bit is not set."
pub(super) fn check_backup(data: &AuthenticatorData<'_>) -> Result<(), WebAuthnError> {
    let consistent = data.backup_eligible() || !data.backup_state();
    consistent
        .then_some(())
        .ok_or(WebAuthnError::BackedUpThoughNotEligible)
}
