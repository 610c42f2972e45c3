//! What may go wrong with a PPM request, and how relying parties are told.

use serde::{Deserialize, Serialize};

/// By which endpoint a PPM request comes; each has error codes of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// `/pingid/ppm/auth/`: somebody proves who they are.
    Authentication,
    /// `/registration/webauthn`: somebody sets up a passkey or a security key.
    Registration,
    /// `/pingid/ppm/hybrid/webauthn/auth`: somebody proves who they are by one of these.
    Hybrid,
}

/// What went wrong. What it is called depends on the [`Channel`]; see [`PpmError::wire`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PpmError {
    /// The house cannot answer.
    #[error("a system error occurred")]
    System,
    /// A member is missing, or is not of its type.
    #[error("a mandatory member of the request is missing or malformed")]
    Malformed,
    /// `aud` is not what the endpoint is called.
    #[error("the request is for another audience")]
    OtherAudience,
    /// `dst` is another server, or another endpoint.
    #[error("the request is for another destination")]
    OtherDestination,
    /// `idpAccountId` or `iss` beside the request is not that in it.
    #[error("the parameters beside the request contradict it")]
    Contradicted,
    /// The token in the header is not that of the key that signed.
    #[error("the token in the header is not that of the key")]
    OtherToken,
    /// `attributes` are no list of names and values, or have a name twice.
    #[error("the attributes of the request are malformed")]
    Attributes,
    /// The first factor was not proven (`isUserAuthenticated`).
    #[error("the request does not say that the user has passed first-factor authentication")]
    NotAuthenticated,
    /// The same, of somebody who has no device either.
    #[error(
        "the user does not have a registered device, and the request says that the user had not been previously authenticated"
    )]
    NotAuthenticatedNoDevice,
    /// `exp` has passed.
    #[error("the request has expired")]
    Expired,
    /// `iat` lies ahead, or after `exp`, or `exp` lies too far ahead.
    #[error("the times of the request are not possible")]
    Times,
    /// `nonce` or `jti` was used before.
    #[error("the request was used before")]
    Replayed,
    /// There is no such person, and none is to be made.
    #[error("the user does not exist")]
    UserUnknown,
    /// The person may not sign on.
    #[error("the user is disabled")]
    UserDisabled,
    /// The person did not want to go on.
    #[error("the user canceled")]
    Canceled,
    /// Policy lets nobody sign on so.
    #[error("the user did not pass authentication")]
    Denied,
    /// The person took too long.
    #[error("the session has expired")]
    SessionExpired,
    /// The telephone number is none, and there is nothing else that the person could set up.
    #[error("the phone number is not valid")]
    Phone,
    /// The person would have to set up a device, and may not.
    #[error("the user could not be enrolled")]
    Enrolment,
    /// The person has devices, and none that may be used here.
    #[error("the user has no device that is enabled")]
    NoDevice,
    /// The person has as many devices as anybody may have.
    #[error("the maximum number of permitted paired devices has been exceeded")]
    TooManyDevices,
    /// The browser knows no passkeys, or not of this kind.
    #[error("browser does not support selected registration method")]
    Unsupported,
    /// The browser has given up (`AbortError`).
    #[error("the operation was aborted")]
    Aborted,
    /// The authenticator is in no state for it (`InvalidStateError`).
    #[error("the authenticator is in an invalid state")]
    InvalidState,
    /// The person or their authenticator did not allow it (`NotAllowedError`).
    #[error("the operation was not allowed, or timed out")]
    NotAllowed,
    /// The browser finds it insecure (`SecurityError`).
    #[error("the operation is insecure")]
    Insecure,
    /// The browser failed in another way.
    #[error("the authenticator failed")]
    Browser,
}

/// How an error is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// `errorCode`.
    pub code: &'static str,
    /// `message`: for the relying party, never shown to the person.
    pub message: String,
}

impl PpmError {
    /// The one table of PPM: code and message for each endpoint. `None` where clients take a failure
    /// without either for a person who has canceled.
    pub fn wire(self, channel: Channel) -> Option<Wire> {
        let [authentication, registration, hybrid] = self.row();
        let code = match channel {
            Channel::Authentication => authentication,
            Channel::Registration => registration,
            Channel::Hybrid => hybrid,
        };
        let message = self.to_string();
        let mut letters = message.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        let message = first.into_iter().chain(letters).collect();
        (!code.is_empty()).then_some(Wire { code, message })
    }

    /// The codes at the three endpoints.
    const fn row(self) -> [&'static str; 3] {
        match self {
            Self::System => ["AUTH_001", "INVALID_PPM", "AUTH_GENERIC_ERROR"],
            Self::Malformed
            | Self::OtherAudience
            | Self::OtherDestination
            | Self::Contradicted
            | Self::OtherToken
            | Self::Attributes => ["AUTH_002", "INVALID_PPM", "INVALID_PPM"],
            Self::NotAuthenticatedNoDevice => ["PFAUTH_002", "INVALID_PPM", "AUTH_GENERIC_ERROR"],
            Self::UserUnknown => ["PINGID_001", "INVALID_PPM", "USER_DOES_NOT_EXIST"],
            Self::NotAuthenticated | Self::UserDisabled | Self::Denied | Self::Browser => {
                ["PINGID_001", "INVALID_PPM", "AUTH_GENERIC_ERROR"]
            }
            Self::Canceled | Self::Aborted => ["PINGID_001", "", "ABORT_ERROR"],
            Self::Times => ["PINGID_002", "INVALID_PPM", "INVALID_PPM"],
            Self::Replayed => ["PINGID_002", "INVALID_PPM", "INVALID_STATE_ERROR"],
            Self::Expired => ["PINGID_003", "INVALID_PPM", "INVALID_PPM"],
            Self::SessionExpired => ["PINGID_004", "INVALID_PPM", "INVALID_STATE_ERROR"],
            Self::Phone => ["PINGID_005", "INVALID_PPM", "AUTH_GENERIC_ERROR"],
            Self::Enrolment => ["PINGID_006", "INVALID_PPM", "AUTH_GENERIC_ERROR"],
            Self::TooManyDevices => ["PINGID_006", "MAX_DEVICES", "AUTH_GENERIC_ERROR"],
            Self::NoDevice => ["PINGID_007", "INVALID_PPM", "AUTH_GENERIC_ERROR"],
            Self::Unsupported => [
                "PINGID_001",
                "BROWSER_NOT_SUPPORTED",
                "BROWSER_NOT_SUPPORTED",
            ],
            Self::InvalidState => ["PINGID_001", "", "INVALID_STATE_ERROR"],
            Self::NotAllowed => ["PINGID_001", "", "NOT_ALLOWED_ERROR"],
            Self::Insecure => ["PINGID_001", "BROWSER_NOT_SUPPORTED", "SECURITY_ERROR"],
        }
    }
}
