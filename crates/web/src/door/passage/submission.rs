//! What a person submits in a flow.

use authn::factor::webauthn::AuthenticationResponse;
use authn::flow::{Action, Flow, Step, Who, next};
use domain::{DeviceId, Scope, UserId};

use crate::app::App;
use crate::door::presented::Presented;
use crate::extract::Visit;
use crate::fault::Fault;

/// What a door has read of it.
pub(in crate::door) enum Submission<'a> {
    /// User name and password.
    Password {
        username: &'a str,
        password: &'a str,
    },
    /// What a passkey or a security key has signed.
    Assertion(Box<AuthenticationResponse>),
    /// Which device is to answer.
    Device(DeviceId),
    /// A one-time code.
    Code(&'a str),
    /// That another code is to be sent.
    Resend,
    /// What a client may do, and who says so.
    Allow { user: UserId, scope: Scope },
    /// That a client may not.
    Deny,
    /// That the person does not want to go on.
    Cancel,
    /// What nothing offers.
    Unknown,
}

impl<'a> Submission<'a> {
    /// What was submitted, with its password compared, if it has one that was asked for.
    pub(super) async fn compared(
        self,
        app: &App,
        flow: &Flow,
        visit: &Visit,
    ) -> Result<Attempt<'a>, Fault> {
        let claimed = match &self {
            Self::Password { username, .. } => Some(Who::Name((*username).to_owned())),
            Self::Assertion(response) => app.owner_of(response).await?.map(Who::Id),
            _ => None,
        };
        let presented = match self {
            Self::Password { password, .. } => {
                let facts = app.facts(flow, visit, claimed.as_ref()).await?;
                // Hashing is dear: a flow that has passed the sign-on cannot be made to do it again.
                match next(flow, &facts, app.now()) {
                    Step::SignOn { .. } => {
                        Some(Presented::compare(app, facts.password, password).await?)
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        Ok(Attempt {
            submission: self,
            claimed,
            presented,
        })
    }
}

/// What a person submits, with what takes long to find out about it.
pub(super) struct Attempt<'a> {
    submission: Submission<'a>,
    claimed: Option<Who>,
    presented: Option<Presented>,
}

impl Attempt<'_> {
    /// Who somebody says that they are.
    pub(super) const fn claimed(&self) -> Option<&Who> {
        self.claimed.as_ref()
    }

    /// What the person does.
    pub(super) fn action(&self) -> Action<'_> {
        match (&self.submission, &self.presented) {
            (Submission::Password { username, .. }, Some(presented)) => Action::CheckPassword {
                username,
                verdict: presented.verdict(),
            },
            (Submission::Assertion(response), _) => Action::CheckAssertion { response },
            (Submission::Device(device), _) => Action::SelectDevice(*device),
            (Submission::Resend, _) => Action::Resend,
            (Submission::Code(code), _) => Action::CheckCode { code },
            (Submission::Allow { user, scope }, _) => Action::Allow {
                user: *user,
                scope: scope.clone(),
            },
            (Submission::Deny, _) => Action::Deny,
            (Submission::Cancel, _) => Action::Cancel,
            (Submission::Password { .. }, None) | (Submission::Unknown, _) => Action::Unasked,
        }
    }

    /// Hashes a password anew that was accepted, if it is hashed at an earlier cost.
    pub(super) async fn renew_hash(self, app: &App) {
        if let Some(presented) = self.presented {
            presented.renew_hash(app).await;
        }
    }
}
