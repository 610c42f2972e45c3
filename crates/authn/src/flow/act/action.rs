//! What people do in a flow, and why it may have no effect.

use domain::{DeviceId, Scope, UserId};

use crate::account::Access;
use crate::account::device::Proof;
use crate::factor::password::{PasswordRule, PasswordVerdict, Proposed};
use crate::factor::webauthn::AuthenticationResponse;
use crate::flow::{BrowserFailure, Facts, Newcomer, PairingMethod, WaitingDevice};

/// What a person does.
#[derive(Clone)]
pub enum Action<'a> {
    /// They present a password, which their caller has verified already.
    CheckPassword {
        /// The user name as they typed it.
        username: &'a str,
        /// Whether the password is right.
        verdict: &'a PasswordVerdict,
    },
    /// They present a one-time code.
    CheckCode {
        /// The code as they typed it.
        code: &'a str,
    },
    /// Their passkey or security key has signed.
    CheckAssertion {
        /// What it answers.
        response: &'a AuthenticationResponse,
    },
    /// They choose the device that is to answer.
    SelectDevice(DeviceId),
    /// They do not want to answer with the authenticator that was asked, and will choose.
    ChooseDevice,
    /// They want to be sent another code.
    Resend,
    /// They say who they are, and prove nothing yet.
    Identify {
        /// The user name as they typed it.
        username: &'a str,
    },
    /// They are somebody else than was said.
    ClearName,
    /// They have forgotten their password.
    Recover,
    /// They want to change their password when they have signed on.
    InitiatePasswordChange,
    /// They say whose password is forgotten.
    RecoverName {
        /// The user name as they typed it.
        username: &'a str,
    },
    /// They present the code that was mailed to them.
    CheckMailedCode {
        /// The code as they typed it.
        code: &'a str,
    },
    /// They present the code that was mailed to them, and set a new password with it: both or neither.
    RecoverPassword {
        /// The code as they typed it.
        code: &'a str,
        /// The password, as far as could be said of it before.
        proposed: &'a Proposed,
        /// Where its owner is signed on.
        access: &'a Access,
    },
    /// They have forgotten their user name.
    RecoverUsername,
    /// They say where their user name is to be mailed.
    SendUsername {
        /// The address as they typed it.
        email: &'a str,
    },
    /// They have no account yet.
    Register,
    /// They say who they want to be.
    RegisterUser {
        /// Who.
        newcomer: &'a Newcomer,
        /// The password that they want, as far as could be said of it before.
        proposed: &'a Proposed,
    },
    /// They set a new password.
    SetPassword {
        /// The password, as far as could be said of it before.
        proposed: &'a Proposed,
        /// Where its owner is signed on.
        access: &'a Access,
    },
    /// They present their password once more, and set a new one with it: both or neither.
    ChangePassword {
        /// Whether the password that they have is right.
        current: &'a PasswordVerdict,
        /// The new one, as far as could be said of it before.
        proposed: &'a Proposed,
        /// Where its owner is signed on.
        access: &'a Access,
    },
    /// They do this, and want this browser to be trusted when all is proven.
    Trusting(&'a Self),
    /// The device that they set up shows that it works.
    Activate(Proof<'a>),
    /// Their browser cannot go on.
    GiveUp(BrowserFailure),
    /// They enter the code that a device shows: the device, if one that waits has this code, with the facts
    /// of [`crate::flow::Flow::with_device`].
    EnterUserCode(Option<(&'a WaitingDevice, &'a Facts<'a>)>),
    /// They say that the device is theirs which shows this code.
    ConfirmUserCode {
        /// The code as it is shown.
        user_code: &'a str,
    },
    /// They want to set up a device.
    SetUp,
    /// They do not want to set one up now.
    Skip,
    /// They choose what they set up.
    Pair(PairingMethod),
    /// They say where codes are to be sent.
    PairAt {
        /// The address or number as they typed it.
        target: &'a str,
    },
    /// They give their new device a name.
    NameDevice {
        /// The name as they typed it.
        name: &'a str,
    },
    /// They want to see to their devices once they have proven one.
    ManageDevices,
    /// They have this device asked before the others.
    MakeDefault(DeviceId),
    /// They remove this device.
    RemoveDevice(DeviceId),
    /// They have read what they were told.
    Continue,
    /// They want to sign on after all.
    Back,
    /// They begin anew: nothing that they have done in it counts any more.
    Restart,
    /// They allow a client what it asks, or a part of it.
    Allow {
        /// Whom the page asked.
        user: UserId,
        /// The part.
        scope: Scope,
    },
    /// They do not allow it.
    Deny,
    /// They do not want to go on.
    Cancel,
    /// They do what no step offers: their caller has found the flow at another step already, and
    /// spared itself the work.
    Unasked,
}

/// Why an action had no effect. It tells neither which part was wrong, nor whether there is such a
/// person, nor whether there is a block (RTS art. 4(3)(a)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// This user name and this password are not accepted.
    #[error("the user name and the password were not recognised")]
    NotRecognised,
    /// This code is not accepted.
    #[error("the code was not accepted")]
    CodeNotAccepted,
    /// This signature is not accepted.
    #[error("the signature was not accepted")]
    AssertionNotAccepted,
    /// What a new passkey or security key has answered is not accepted.
    #[error("the new passkey was not accepted")]
    CredentialNotAccepted,
    /// A device cannot be called so.
    #[error("a device cannot be called so")]
    DeviceNameRefused,
    /// No device that waits has this code.
    #[error("no device that waits has this code")]
    UserCodeNotAccepted,
    /// Another code was sent only a moment ago.
    #[error("a code was sent only a moment ago")]
    TooSoon,
    /// So many codes were sent that no more are, for now.
    #[error("too many codes were sent")]
    TooManyMessages,
    /// A password like this may not be set.
    #[error(transparent)]
    PasswordRefused(PasswordRule),
    /// The user name that they want is another's.
    #[error("the user name is taken")]
    NameTaken,
    /// A name like this cannot be had.
    #[error("a name like this cannot be had")]
    NameRefused,
    /// This is no address of mail.
    #[error("this is no address of mail")]
    AddressRefused,
    /// No code can be sent there, or one is sent there already.
    #[error("no code can be sent there")]
    TargetRefused,
    /// This device cannot be removed: their sign-on rests on it.
    #[error("the sign-on rests on this device")]
    DeviceNeeded,
    /// Something that must be given was left empty.
    #[error("something that must be given was left empty")]
    Incomplete,
    /// Nothing was allowed of what a client asks.
    #[error("nothing was allowed")]
    NothingAllowed,
    /// The flow is at another step.
    #[error("the flow is at another step")]
    NotOffered,
}
