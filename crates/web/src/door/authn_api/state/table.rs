//! Every state in which somebody is asked, with what it may offer.

/// The ways out of most of them.
macro_rules! state {
    ($status:literal, $($action:literal),* $(,)?) => {
        ($status, &[$($action),*] as &[&str])
    };
}

/// The states, with the actions that each may offer.
#[rustfmt::skip]
pub(in super::super) const STATES: &[(&str, &[&str])] = &[
    state!("USERNAME_PASSWORD_REQUIRED", "checkUsernamePassword", "checkAssertion", "clearIdentifier", "initiatePasswordChange", "initiateAccountRecovery", "recoverUsername", "initiateRegistration", "cancel"),
    state!("IDENTIFIER_REQUIRED", "submitIdentifier", "clearIdentifier", "checkAssertion", "initiatePasswordChange", "initiateAccountRecovery", "recoverUsername", "initiateRegistration", "cancelIdentifierSubmission", "cancelPasswordChange"),
    state!("CURRENT_CREDENTIALS_REQUIRED", "checkCurrentCredentials", "cancelPasswordChange"),
    state!("MUST_CHANGE_PASSWORD", "checkNewPassword", "cancelPasswordChange"),
    state!("NEW_PASSWORD_REQUIRED", "checkNewPassword", "cancelPasswordChange"),
    state!("NEW_PASSWORD_RECOMMENDED", "initiatePasswordChange", "continueAuthentication"),
    state!("SUCCESSFUL_PASSWORD_CHANGE", "continueAuthentication"),
    state!("ACCOUNT_RECOVERY_USERNAME_REQUIRED", "checkAccountRecoveryUsername", "recoverUsername", "cancelAccountRecovery"),
    state!("RECOVERY_CODE_REQUIRED", "checkRecoveryCode", "resendOtp", "cancelAccountRecovery"),
    state!("PASSWORD_RESET_REQUIRED", "checkPasswordReset", "cancelAccountRecovery"),
    state!("SUCCESSFUL_PASSWORD_RESET", "continueAuthentication", "continueAccountRecovery"),
    state!("USERNAME_RECOVERY_EMAIL_REQUIRED", "checkUsernameRecoveryEmail", "cancelUsernameRecovery"),
    state!("USERNAME_RECOVERY_EMAIL_SENT", "continueAuthentication"),
    state!("REGISTRATION_REQUIRED", "registerUser", "cancel"),
    state!("EMAIL_VERIFICATION_OTP_REQUIRED", "checkOtp", "resendOtp", "cancel"),
    state!("AUTHENTICATION_REQUIRED", "authenticate"),
    state!("DEVICE_SELECTION_REQUIRED", "selectDevice", "manageDevices", "restart", "cancelAuthentication"),
    state!("OTP_REQUIRED", "checkOtp", "resendOtp", "selectDevice", "manageDevices", "restart", "cancelAuthentication"),
    state!("ASSERTION_REQUIRED", "checkAssertion", "selectDevice", "manageDevices", "restart", "cancelAuthentication"),
    state!("PUSH_CONFIRMATION_WAITING", "poll", "selectDevice", "manageDevices", "restart", "cancelAuthentication"),
    state!("PUSH_CONFIRMATION_REJECTED", "selectDevice", "manageDevices", "restart", "cancelAuthentication"),
    state!("PUSH_CONFIRMATION_TIMED_OUT", "selectDevice", "manageDevices", "restart", "cancelAuthentication"),
    state!("FACE_RECOGNITION_REQUIRED", "poll", "selectDevice", "manageDevices", "restart", "cancelAuthentication"),
    state!("FACE_RECOGNITION_FAILED", "selectDevice", "manageDevices", "restart", "cancelAuthentication"),
    state!("FACE_RECOGNITION_TIMED_OUT", "selectDevice", "manageDevices", "restart", "cancelAuthentication"),
    state!("MFA_COMPLETED", "continueAuthentication", "updateDeviceNickname", "skipUpdateDeviceNickname", "selectDevice", "manageDevices", "restart", "cancelAuthentication"),
    state!("DEVICE_MANAGEMENT", "setDefaultDevice", "removeDevice", "continueAuthentication", "restart", "cancelAuthentication"),
    state!("MFA_SETUP_REQUIRED", "setupMfa", "skipMfa", "restart", "cancelAuthentication"),
    state!("DEVICE_PAIRING_METHOD_REQUIRED", "selectDevicePairingMethod", "cancelDevicePairing", "cancelAuthentication"),
    state!("EMAIL_PAIRING_TARGET_REQUIRED", "submitEmailTarget", "cancelDevicePairing", "cancelAuthentication"),
    state!("SMS_PAIRING_TARGET_REQUIRED", "submitSmsTarget", "cancelDevicePairing", "cancelAuthentication"),
    state!("VOICE_PAIRING_TARGET_REQUIRED", "submitVoiceTarget", "cancelDevicePairing", "cancelAuthentication"),
    state!("EMAIL_ACTIVATION_REQUIRED", "activateEmailDevice", "resendOtp", "cancelDevicePairing", "cancelAuthentication"),
    state!("SMS_ACTIVATION_REQUIRED", "activateSmsDevice", "resendOtp", "cancelDevicePairing", "cancelAuthentication"),
    state!("VOICE_ACTIVATION_REQUIRED", "activateVoiceDevice", "resendOtp", "cancelDevicePairing", "cancelAuthentication"),
    state!("TOTP_ACTIVATION_REQUIRED", "activateTotpDevice", "cancelDevicePairing", "cancelAuthentication"),
    state!("FIDO2_ACTIVATION_REQUIRED", "activateFido2Device", "activatePlatformDevice", "cancelDevicePairing", "cancelAuthentication"),
    state!("SECURITY_KEY_ACTIVATION_REQUIRED", "activateSecurityKeyDevice", "cancelDevicePairing", "cancelAuthentication"),
    state!("MOBILE_ACTIVATION_REQUIRED", "poll", "cancelDevicePairing", "cancelAuthentication"),
    state!("OAUTH_DEVICE_USER_CODE_REQUIRED", "submitUserCode", "cancel"),
    state!("OAUTH_DEVICE_USER_CODE_CONFIRMATION_REQUIRED", "confirmUserCode", "cancel"),
];

/// Whether a state may offer this action.
pub(super) fn may_offer(status: &str, action: &str) -> bool {
    let mut states = STATES.iter();
    states.any(|(known, actions)| *known == status && actions.contains(&action))
}
