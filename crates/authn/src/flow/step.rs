//! What comes next.

use domain::{AuthorizationDetails, ClientId, Device, DeviceId, Scope, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::enrolment::PairingMethod;
use super::identity::NewPasswordCause;
use super::outcome::Outcome;
use crate::evidence::FactorKind;
use crate::factor::webauthn::{Challenge, Descriptor};

/// What comes next in a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask for the user name alone.
    Identify {
        /// The name to begin with, if any.
        username: Option<String>,
        /// What a passkey signs that signs them on, where passkeys may.
        passkey: Option<Challenge>,
        /// What else they may do.
        offers: Offers,
    },
    /// Ask for user name and password.
    SignOn {
        /// The name to begin with, if any.
        username: Option<String>,
        /// Whether no other name will do: that of who is signed on.
        locked: bool,
        /// Whether the name was given already, and may be taken back.
        changeable: bool,
        /// What a passkey signs that signs them on, where passkeys may.
        passkey: Option<Challenge>,
        /// What else they may do.
        offers: Offers,
    },
    /// Ask whose password is forgotten.
    RecoverName {
        /// The name to begin with, if any.
        username: Option<String>,
    },
    /// Ask for the code that was mailed, if there is such a person.
    RecoveryCode {
        /// The name as it was typed.
        username: String,
        /// The code.
        sent: Sent,
    },
    /// Ask where a user name is to be mailed.
    RecoverUsername,
    /// Tell that it was mailed, if there is such a person.
    UsernameSent,
    /// Ask who somebody wants to be.
    Register,
    /// Ask for the code that was mailed to prove an address, if nobody had it.
    VerifyEmail {
        /// The address as it was typed.
        email: String,
        /// The code.
        sent: Sent,
    },
    /// Tell that they are registered.
    Registered {
        /// Their user name.
        username: String,
    },
    /// Ask for a new password.
    NewPassword {
        /// Whose password it is.
        username: String,
        /// Why.
        cause: NewPasswordCause,
    },
    /// Advise them to set a new password, as theirs will soon be too old.
    PasswordExpires {
        /// Whose password it is.
        username: String,
        /// When it will be.
        until: Timestamp,
    },
    /// Tell that the password is changed.
    PasswordChanged {
        /// Whose password it is.
        username: String,
        /// Why it was.
        cause: NewPasswordCause,
    },
    /// Ask which device is to answer.
    SelectDevice {
        /// Who is asked.
        username: String,
        /// The devices that may answer, the preferred first; at least one.
        devices: Vec<DeviceChoice>,
    },
    /// Ask for a one-time code.
    OneTimeCode {
        /// Who is asked.
        username: String,
        /// The device that is to answer.
        device: DeviceChoice,
        /// The devices that may answer, this one among them, the preferred first.
        devices: Vec<DeviceChoice>,
        /// The code that was sent, if it is one that is sent.
        sent: Option<Sent>,
    },
    /// Ask for the signature of a passkey or a security key.
    Assertion {
        /// Who is asked.
        username: String,
        /// The device that was chosen.
        device: DeviceChoice,
        /// The devices that may answer, this one among them, the preferred first.
        devices: Vec<DeviceChoice>,
        /// What is signed.
        challenge: Challenge,
        /// The credentials that may sign, the chosen one first.
        allowed: Vec<Descriptor>,
    },
    /// Wait for what somebody decides on their authenticator.
    Push {
        /// Who is asked.
        username: String,
        /// The device that was asked.
        device: DeviceChoice,
        /// The devices that may answer, this one among them, the preferred first.
        devices: Vec<DeviceChoice>,
        /// The number that is to be typed there, if one is.
        number: Option<u8>,
        /// Until when they may answer.
        until: Timestamp,
        /// Whether they have.
        state: PushState,
    },
    /// Ask for a face, by [`super::Flow::face_ticket`].
    Face {
        /// Who is asked.
        username: String,
        /// The device that was chosen. Another of theirs with a face will do as well.
        device: DeviceChoice,
        /// The devices that may answer, this one among them, the preferred first.
        devices: Vec<DeviceChoice>,
        /// Until when a session may be opened.
        until: Timestamp,
        /// Whether they were seen.
        state: PushState,
    },
    /// Let them see to their devices.
    ManageDevices {
        /// Whose they are.
        username: String,
        /// What they have, the one that is asked first before the others.
        devices: Vec<DeviceChoice>,
        /// Which of them the sign-on rests on: they stay.
        kept: Vec<DeviceId>,
    },
    /// Ask for a device to be set up, as there is none.
    SetUp {
        /// Who is asked.
        username: String,
        /// What they may set up; at least one.
        methods: Vec<PairingMethod>,
        /// Whether they have said that they do.
        begun: bool,
        /// Whether they may put it off.
        skippable: bool,
    },
    /// Ask where codes are to be sent.
    PairingTarget {
        /// Who is asked.
        username: String,
        /// What is set up.
        method: PairingMethod,
    },
    /// Ask for what shows that a new device works: [`super::Flow::begun_device`].
    Activate {
        /// Who is asked.
        user: UserId,
        /// Their user name.
        username: String,
        /// What is set up.
        method: PairingMethod,
        /// The device.
        device: DeviceChoice,
        /// The code that was sent, if it is one to which codes are sent.
        sent: Option<Sent>,
        /// Whether it is an authenticator that has brought its key.
        is_paired: bool,
    },
    /// Tell that the new device works, with [`super::Flow::new_recovery_codes`].
    Enrolled {
        /// Whose it is.
        username: String,
        /// The device.
        device: DeviceChoice,
    },
    /// Ask to set up a key.
    Enrol {
        /// Who is asked.
        user: UserId,
        /// Their user name.
        username: String,
        /// The key that was begun.
        device: Option<DeviceId>,
    },
    /// Ask for the code that a device shows.
    UserCode {
        /// Whether a code was entered that no device has.
        failed: bool,
    },
    /// Ask whether the device that shows this code is theirs.
    ConfirmUserCode {
        /// The code as the device shows it.
        user_code: String,
    },
    /// Ask what a client may do.
    Consent {
        /// Who is asked.
        user: UserId,
        /// Their user name.
        username: String,
        /// The client.
        client: ClientId,
        /// What it asks for.
        scope: Scope,
        /// What it asks for in detail.
        details: AuthorizationDetails,
        /// The part of it that cannot be left out when anything is allowed.
        required: Scope,
    },
    /// Leave by the door: everything required is there.
    Done(Outcome),
    /// Leave by the door: it cannot be done.
    Failed(Cause),
    /// Leave by the door: the person does not want to go on.
    Canceled,
}

impl Step {
    /// Whether whoever is asked can be asked the same once more.
    pub(super) const fn is_repeatable(&self) -> bool {
        match self {
            Self::OneTimeCode { sent, .. } => sent.is_some(),
            Self::Push { state, .. } => {
                matches!(state, PushState::Rejected | PushState::TimedOut)
            }
            // A ticket is good for one session: whose camera failed needs another.
            Self::Face { state, .. } => !matches!(state, PushState::Approved),
            _ => false,
        }
    }

    /// Whether the flow is over.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_) | Self::Canceled)
    }
}

/// What people may do who cannot sign on as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// Recover a forgotten password or name by mail.
    pub recovery: bool,
    /// Register.
    pub registration: bool,
}

/// A device that may answer, as a page names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceChoice {
    /// Identifies it.
    pub id: DeviceId,
    /// What it proves.
    pub kind: FactorKind,
    /// What the person calls it.
    pub name: String,
    /// Where codes are sent, so that only its owner recognises it.
    pub target: Option<String>,
}

impl DeviceChoice {
    /// The device as a page names it.
    pub(super) fn of(device: &Device) -> Self {
        Self {
            id: device.id,
            kind: FactorKind::of_device(&device.kind),
            name: device.name.clone(),
            target: device.kind.masked_target(),
        }
    }
}

/// What has become of the question that an authenticator was asked, or of the wait for a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushState {
    /// Nobody has answered yet.
    Waiting,
    /// It is approved: the flow can go on.
    Approved,
    /// It is not approved, and cannot be any more.
    Rejected,
    /// Nobody has answered in time.
    TimedOut,
}

/// A code that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Whether it can still be right.
    pub is_alive: bool,
    /// From when on another may be had, if ever.
    pub again_at: Option<Timestamp>,
}

/// Why a flow cannot be done; the errors named are those of OpenID Connect Core §3.1.2.6 and
/// RFC 6749 §4.1.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// It has waited too long for its person.
    #[error("the flow has expired")]
    Expired,
    /// Nobody may be asked to sign on, but somebody would have to (`login_required`).
    #[error("sign-on is required, but nobody may be asked")]
    LoginRequired,
    /// Nobody may be asked which account to use, but somebody would have to
    /// (`account_selection_required`).
    #[error("an account is to be selected, but nobody may be asked")]
    AccountSelectionRequired,
    /// Somebody is signed on but would have to do more (`interaction_required`).
    #[error("a second factor is required, but nobody may be asked")]
    InteractionRequired,
    /// Nobody may be asked for consent, but somebody would have to (`consent_required`).
    #[error("consent is required, but nobody may be asked")]
    ConsentRequired,
    /// No essential authentication context class can be reached
    /// (`unmet_authentication_requirements`).
    #[error("an essential authentication context class cannot be reached")]
    UnmetAuthenticationRequirements,
    /// Policy requires a second factor and the person has none (`access_denied`).
    #[error("a second factor is required and the person has none")]
    NoSecondFactor,
    /// A rule lets nobody sign on under these circumstances (`access_denied`).
    #[error("a rule lets nobody sign on under these circumstances")]
    Denied,
    /// The person has as many devices as anybody may have (`access_denied`).
    #[error("there are as many devices as there may be")]
    TooManyDevices,
    /// The person's browser cannot go on (`access_denied`).
    #[error(transparent)]
    Browser(BrowserFailure),
    /// What is to be approved cannot be shown (`server_error`).
    #[error("what is to be approved cannot be shown")]
    NotShown,
    /// The person does not allow it (`access_denied`).
    #[error("the person does not allow it")]
    ConsentDenied,
}

/// Why a browser cannot go on (WebAuthn Level 3 §5.1.3, §5.1.4, by the names of its exceptions).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum BrowserFailure {
    /// It knows no passkeys, or none of the kind (`NotSupportedError`).
    #[error("the browser does not support it")]
    Unsupported,
    /// It was stopped (`AbortError`).
    #[error("the browser was stopped")]
    Aborted,
    /// The authenticator is in no state for it (`InvalidStateError`).
    #[error("the authenticator is in no state for it")]
    InvalidState,
    /// The person or the authenticator did not allow it, or took too long (`NotAllowedError`).
    #[error("it was not allowed")]
    NotAllowed,
    /// The browser finds it insecure (`SecurityError`).
    #[error("the browser finds it insecure")]
    Insecure,
    /// Something else.
    #[error("the browser failed")]
    Other,
}

impl BrowserFailure {
    /// What an exception of this name tells.
    pub fn named(name: &str) -> Self {
        match name {
            "NotSupportedError" => Self::Unsupported,
            "AbortError" => Self::Aborted,
            "InvalidStateError" => Self::InvalidState,
            "NotAllowedError" => Self::NotAllowed,
            "SecurityError" => Self::Insecure,
            _ => Self::Other,
        }
    }
}
