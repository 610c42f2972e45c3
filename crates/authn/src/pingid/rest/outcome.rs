//! What comes of an operation, and how clients are told.

use crate::evidence::FactorKind;

/// What came of an operation: it was done, it goes on, or it was refused. How it is told is in
/// [`Outcome::wire`]; the text is the `errorMsg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outcome {
    /// It was done.
    #[error("")]
    Done,
    /// A code was sent as a text message.
    #[error("Please enter the OTP from the SMS.")]
    Sms,
    /// A code is read out.
    #[error("Please enter the OTP from the call.")]
    Voice,
    /// A code was mailed.
    #[error("Please enter the OTP from the email.")]
    Email,
    /// An authenticator is to be asked: `authonline` does.
    #[error("Continue the authentication flow using the online flow.")]
    Online,
    /// One of several devices is to be chosen.
    #[error("Multiple devices selection flow.")]
    SelectDevice,
    /// An authenticator was asked.
    #[error("Asynchronous authentication: waiting for client response.")]
    Waiting,
    /// A security key is to sign.
    #[error("Please use the FIDO security key for authentication.")]
    SecurityKey,
    /// A code on paper is to be given.
    #[error("Please enter the OTP from the token.")]
    Paper,
    /// A passkey of the client device is to sign.
    #[error("Please use FIDO biometrics for authentication.")]
    Biometrics,
    /// A passkey said who somebody is, and policy does not let them in by that alone.
    #[error("Policy enforced for passwordless authentication.")]
    PasswordlessPolicy,
    /// An app shows a code.
    #[error("Please enter the OTP from the authenticator application.")]
    AuthenticatorApp,

    /// A member is missing, or is not what it is to be.
    #[error("Invalid input.")]
    Malformed,
    /// The request was made too long ago.
    #[error("Invalid input. The request has expired.")]
    Expired,
    /// The request was made in the future.
    #[error("Invalid input. The request is from the future.")]
    Ahead,
    /// The token is not that of the key.
    #[error("Invalid input. The token is not the organization's.")]
    OtherToken,
    /// The request names another organisation than the one that has signed it.
    #[error("Invalid input. The request is for another organization.")]
    OtherOrganization,
    /// There is no such operation.
    #[error("Invalid input. There is no such operation.")]
    OperationUnknown,
    /// It takes a factor that nobody has here.
    #[error("Invalid input. Devices of this type are not used here.")]
    FactorUnknown,
    /// The address or the number is none.
    #[error("Invalid input. No code can be sent there.")]
    Target,
    /// A name of a device has 1 to 64 visible characters.
    #[error("Invalid input. A device cannot be called so.")]
    Name,
    /// The person has no such device.
    #[error("Invalid input. The user has no such device.")]
    DeviceUnknown,
    /// There is no such session, or not any more.
    #[error("Invalid input. There is no such session.")]
    SessionUnknown,
    /// There is no such job.
    #[error("Invalid input. There is no such job.")]
    JobUnknown,
    /// Nobody administers here who is one of the people.
    #[error("Invalid input. Users are REGULAR here.")]
    Role,

    /// The very same request was taken before.
    #[error("Failed transaction. Please retry. The request was used before.")]
    Replayed,
    /// What is asked is not what comes next in the session.
    #[error("Failed transaction. Please retry. The session is in another state.")]
    WrongState,
    /// The code or the signature is not accepted.
    #[error("Failed transaction. Please retry. The passcode was not accepted.")]
    NotAccepted,
    /// The person has not approved.
    #[error("Failed transaction. Please retry. The user denied the authentication.")]
    Denied,
    /// The person has not answered in time.
    #[error("Failed transaction. Please retry. The user did not answer.")]
    TimedOut,
    /// The person has no device that may be asked.
    #[error("Failed transaction. Please retry. The user has no device that may be used.")]
    NoDevice,
    /// The person may not sign on.
    #[error("Failed transaction. Please retry. The user is suspended.")]
    Suspended,
    /// A rule lets nobody sign on so.
    #[error("Failed transaction. Please retry. A policy denies the authentication.")]
    Refused,
    /// As many codes were sent as may be, or one a moment ago.
    #[error("Failed transaction. Please retry. Too many codes were sent.")]
    TooManyMessages,
    /// The address has failed too often.
    #[error("Failed transaction. Please retry. There were too many requests.")]
    Limited,
    /// No other service is known than `web`.
    #[error("Cannot add service provider.")]
    ServiceUnknown,
    /// Somebody has the name.
    #[error("User already exists. Username should be unique within the organization.")]
    UserExists,
    /// The person is suspended already.
    #[error("User suspension failed. The user is not active and cannot be suspended.")]
    NotActive,
    /// The person is active already.
    #[error("Activation failed. Active user can not be activated again.")]
    Active,
    /// There is no such person.
    #[error("User does not exist.")]
    UserUnknown,
    /// No authenticator can be connected here.
    #[error("User activation failed.")]
    NotActivated,
    /// The device is the person's already, or another's and was to be nobody's.
    #[error("The device is already paired.")]
    DeviceExists,
    /// The person has as many devices as anybody may have.
    #[error("The user has exceeded the number of devices.")]
    TooManyDevices,
    /// The browser knows no passkeys, and the person has no other device.
    #[error("WebAuthn is not supported by the browser.")]
    NoWebAuthn,
    /// The house cannot answer.
    #[error("Internal error.")]
    System,
}

/// How an outcome is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wire {
    /// The status of HTTP.
    pub status: u16,
    /// `errorId`
    pub id: i64,
}

impl Outcome {
    /// The one table of the REST API: status and `errorId`.
    pub const fn wire(self) -> Wire {
        let (status, id) = match self {
            Self::Done => (200, 200),
            Self::Sms => (200, 30_001),
            Self::Voice => (200, 30_002),
            Self::Email => (200, 30_005),
            Self::Online => (200, 30_007),
            Self::SelectDevice => (200, 30_008),
            Self::Waiting => (200, 30_010),
            Self::SecurityKey => (200, 30_011),
            Self::Paper => (200, 30_012),
            Self::Biometrics => (200, 30_013),
            Self::PasswordlessPolicy => (200, 30_014),
            Self::AuthenticatorApp => (200, 30_015),
            Self::Malformed
            | Self::Expired
            | Self::Ahead
            | Self::OtherToken
            | Self::OtherOrganization
            | Self::OperationUnknown
            | Self::FactorUnknown
            | Self::Target
            | Self::Name
            | Self::DeviceUnknown
            | Self::SessionUnknown
            | Self::JobUnknown
            | Self::Role => (400, 400),
            Self::Replayed
            | Self::WrongState
            | Self::NotAccepted
            | Self::Denied
            | Self::TimedOut
            | Self::NoDevice
            | Self::Suspended
            | Self::Refused
            | Self::TooManyMessages => (400, 10_551),
            Self::Limited => (429, 10_551),
            Self::ServiceUnknown => (400, 10_554),
            Self::UserExists => (400, 10_556),
            Self::NotActive => (400, 10_561),
            Self::Active => (400, 10_562),
            Self::UserUnknown => (400, 10_564),
            Self::NotActivated => (400, 10_565),
            Self::DeviceExists => (400, 20_549),
            Self::TooManyDevices => (400, 20_562),
            Self::NoWebAuthn => (400, 20_570),
            Self::System => (500, 500),
        };
        Wire { status, id }
    }

    /// Whether it is no refusal.
    pub const fn is_good(self) -> bool {
        self.wire().status == 200
    }

    /// What is to be done where a device of this kind was asked.
    pub const fn of_asked(kind: FactorKind, is_platform: bool) -> Self {
        match kind {
            FactorKind::Sms => Self::Sms,
            FactorKind::Voice => Self::Voice,
            FactorKind::Email => Self::Email,
            FactorKind::Totp => Self::AuthenticatorApp,
            FactorKind::RecoveryCode => Self::Paper,
            FactorKind::WebAuthn if is_platform => Self::Biometrics,
            FactorKind::WebAuthn => Self::SecurityKey,
            FactorKind::Push => Self::Waiting,
            // Their clients have no way to open a session in which one is looked at.
            FactorKind::Password | FactorKind::Face => Self::WrongState,
        }
    }
}
