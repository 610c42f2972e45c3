//! The flow engine: who must prove what, for which request, and how far they are.
//!
//! [`next()`] alone decides what comes next; [`act()`] carries a flow forward and refuses what `next`
//! does not offer. Both are pure and total. A handler loads the flow and the [`Facts`], acts,
//! commits the [`Decision`]'s changes together with its own, and only then answers.
//!
//! | [`Step`] | page | actions |
//! |---|---|---|
//! | [`Step::Identify`] | sign on: user name only | [`Action::Identify`], [`Action::ClearName`], [`Action::CheckAssertion`], [`Action::Recover`], [`Action::RecoverUsername`], [`Action::Register`], [`Action::InitiatePasswordChange`], [`Action::Cancel`] |
//! | [`Step::SignOn`] | sign on: user name and password | [`Action::CheckPassword`], [`Action::CheckAssertion`], [`Action::ClearName`], [`Action::Recover`], [`Action::RecoverUsername`], [`Action::Register`], [`Action::InitiatePasswordChange`], [`Action::Cancel`] |
//! | [`Step::RecoverName`] | whose password is forgotten | [`Action::RecoverName`], [`Action::RecoverUsername`], [`Action::Back`], [`Action::Cancel`] |
//! | [`Step::RecoveryCode`] | enter the code that was mailed | [`Action::CheckMailedCode`], [`Action::RecoverPassword`], [`Action::Resend`], [`Action::Back`], [`Action::Cancel`] |
//! | [`Step::RecoverUsername`] | where the user name is to be mailed | [`Action::SendUsername`], [`Action::Back`], [`Action::Cancel`] |
//! | [`Step::UsernameSent`] | it was, if there is one | [`Action::Continue`], [`Action::Cancel`] |
//! | [`Step::Register`] | who they want to be | [`Action::RegisterUser`], [`Action::Back`], [`Action::Cancel`] |
//! | [`Step::VerifyEmail`] | enter the code that was mailed | [`Action::CheckMailedCode`], [`Action::Resend`], [`Action::Back`], [`Action::Cancel`] |
//! | [`Step::Registered`] | welcome | [`Action::Continue`], [`Action::Cancel`] |
//! | [`Step::NewPassword`] | set a new password | [`Action::SetPassword`], [`Action::ChangePassword`], [`Action::Cancel`]; [`Action::Back`] if it need not be |
//! | [`Step::PasswordExpires`] | the password will soon be too old | [`Action::InitiatePasswordChange`], [`Action::Continue`], [`Action::Cancel`] |
//! | [`Step::PasswordChanged`] | the password is changed | [`Action::Continue`], [`Action::Cancel`] |
//! | [`Step::SelectDevice`] | choose a device | [`Action::SelectDevice`], [`Action::Cancel`] |
//! | [`Step::OneTimeCode`] | enter the code | [`Action::CheckCode`], [`Action::Resend`], [`Action::SelectDevice`], [`Action::Cancel`] |
//! | [`Step::Assertion`] | use your passkey | [`Action::CheckAssertion`], [`Action::SelectDevice`], [`Action::GiveUp`], [`Action::Cancel`] |
//! | [`Step::Push`] | look at your authenticator | [`Action::Continue`], [`Action::Resend`], [`Action::SelectDevice`], [`Action::ChooseDevice`], [`Action::Cancel`] |
//! | [`Step::Face`] | look into the camera | [`Action::Continue`], [`Action::Resend`], [`Action::SelectDevice`], [`Action::ChooseDevice`], [`Action::Cancel`] |
//! | [`Step::SetUp`] | set up a second factor | [`Action::SetUp`], [`Action::Pair`], [`Action::Back`], [`Action::Cancel`]; [`Action::Skip`] if it need not be |
//! | [`Step::PairingTarget`] | where codes are to be sent | [`Action::PairAt`], [`Action::Back`], [`Action::Cancel`] |
//! | [`Step::Activate`] | show that the new device works | [`Action::CheckCode`], [`Action::Activate`], [`Action::Resend`], [`Action::Continue`], [`Action::Back`], [`Action::Cancel`] |
//! | [`Step::Enrolled`] | it works; recovery codes | [`Action::NameDevice`], [`Action::Continue`], [`Action::Cancel`] |
//! | [`Step::Enrol`] | set up a key | [`Action::Activate`], [`Action::GiveUp`], [`Action::Cancel`] |
//! | [`Step::UserCode`] | enter the code of a device | [`Action::EnterUserCode`], [`Action::Cancel`] |
//! | [`Step::ConfirmUserCode`] | confirm the code of a device | [`Action::ConfirmUserCode`], [`Action::Deny`], [`Action::Cancel`] |
//! | [`Step::Consent`] | allow access | [`Action::Allow`], [`Action::Deny`], [`Action::Cancel`] |
//! | [`Step::Done`] | none: leave by the door with an [`Outcome`] | |
//! | [`Step::Failed`], [`Step::Canceled`] | none: the door's own failure | |
//!
//! [`Action::Restart`] is offered wherever [`Action::Cancel`] is.
//!
//! A request that an existing session satisfies is `Done` at once: such a flow is never stored.
//!
//! How a handler goes, from a form to its answer:
//!
//! 1. load the flow and open it with the browser's flow cookie ([`BoundFlow::open`], or
//!    [`BoundFlow::claim`] to show a page of it);
//! 2. load the browser's session with its person, then [`Facts::person`] by [`Flow::concerns`] and
//!    their [`Facts::password`], then [`Facts::attempts`] by [`Facts::attempts_key`];
//! 3. for a password: compare it with that on a bounded pool
//!    ([`crate::factor::password::Hasher::verify`]), and load anew what may have changed meanwhile;
//! 4. [`act()`]; at [`Step::Done`] add the session ([`crate::session::begin`] or
//!    [`crate::session::keep`]) and the door's proof to the changes;
//! 5. commit. On a conflict begin again at 1; otherwise answer with the step.
//!
//! To show a page, [`next()`] is asked instead of [`act()`]; when it is `Done` already, [`spend`] ends
//! the flow.

mod acr;
mod act;
mod approval;
mod detour;
mod device;
mod enrolment;
mod face;
mod facts;
mod identity;
mod known;
mod management;
mod message;
mod next;
mod one_time;
mod outcome;
#[cfg(test)]
mod property;
mod push;
mod record;
mod requirement;
mod rule;
mod sponsored;
mod standing;
mod step;
#[cfg(test)]
mod tests;
mod trust;

pub use acr::{AcrPolicy, AcrRule};
pub use act::{Action, Decision, Rejection, act, proceed, proceed_bound};
pub use detour::{Newcomer, Turn};
pub(crate) use device::count_message;
pub use device::{DevicePolicy, MessageLimit, Selection, WebAuthnPolicy, messages_key};
pub use enrolment::{EnrolmentPolicy, PairingMethod};
pub use facts::{Facts, Person, Policy, SignedOn, Who, Wording};
pub use identity::{IdentityPolicy, NewPasswordCause};
pub use known::Known;
pub(crate) use message::{NOTICE_LIFETIME, content, method_of, of_block};
pub use next::next;
pub use one_time::{OneTimeDevice, OneTimeTarget};
pub use outcome::Outcome;
pub use record::{BoundFlow, Door, Flow, Origin, begin, spend};
pub use requirement::{
    AcrDemand, ConsentDemand, DeviceDemand, Requirement, SecondFactor, WaitingDevice,
};
pub use rule::{Circumstances, Rule, Verdict, is_same_group};
pub use sponsored::EnrolmentDemand;
pub(crate) use standing::amr;
pub use step::{BrowserFailure, Cause, DeviceChoice, Offers, PushState, Sent, Step};
pub use trust::{Trusted, trust};
