//! What a person submits in a flow.

use authn::account::device::Proof;
use authn::account::{Access, Ended, end_sessions};
use authn::factor::password::{NewPassword, PasswordRule, Proposed};
use authn::factor::webauthn::{AuthenticationResponse, RegistrationResponse};
use authn::flow::{
    Action, BrowserFailure, Facts, Flow, Newcomer, PairingMethod, Step, Turn, WaitingDevice, Who,
    next,
};
use domain::port::CommitError;
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
    /// That another device is to answer than the authenticator that was asked.
    ChooseDevice,
    /// A one-time code.
    Code(&'a str),
    /// That another code is to be sent.
    Resend,
    /// A user name alone.
    Name(&'a str),
    /// That the person is somebody else.
    ClearName,
    /// That a password is forgotten.
    Recover,
    /// That the password is to be changed.
    InitiatePasswordChange,
    /// Whose password it is.
    RecoverName(&'a str),
    /// A code that was mailed.
    MailedCode(&'a str),
    /// That a user name is forgotten.
    RecoverUsername,
    /// Where it is to be mailed.
    SendUsername(&'a str),
    /// A new password, twice.
    NewPassword { new: &'a str, confirm: &'a str },
    /// A code that was mailed, and a new password with it.
    RecoverPassword { code: &'a str, new: &'a str },
    /// The password that somebody has, and a new one.
    ChangePassword { current: &'a str, new: &'a str },
    /// That the person begins anew.
    Restart,
    /// That the person turns there, and does this.
    Turning(Turn, Box<Self>),
    /// That the person has no account yet.
    Register,
    /// Who they want to be, and with which password, twice.
    RegisterUser {
        newcomer: Newcomer,
        new: &'a str,
        confirm: &'a str,
    },
    /// The credential by which a device shows that it works.
    Credential(Box<RegistrationResponse>),
    /// That the browser cannot go on.
    GiveUp(BrowserFailure),
    /// The code of a device.
    UserCode(&'a str),
    /// That the device is theirs which shows this code.
    ConfirmUserCode(&'a str),
    /// That the person wants to set up a device.
    SetUp,
    /// That they do not, now.
    Skip,
    /// What they set up.
    Pair(PairingMethod),
    /// Where codes are to be sent.
    PairAt(&'a str),
    /// What the new device is called.
    DeviceName(&'a str),
    /// That the person wants to see to their devices.
    ManageDevices,
    /// Which device is to be asked before the others.
    DefaultDevice(DeviceId),
    /// Which device is to be removed.
    RemoveDevice(DeviceId),
    /// That what the page says was read.
    Continue,
    /// That the person wants to sign on after all.
    Back,
    /// What a client may do, and who says so.
    Allow { user: UserId, scope: Scope },
    /// That a client may not.
    Deny,
    /// That the person does not want to go on.
    Cancel,
    /// This, and that the browser is to be trusted.
    Trusting(Box<Self>),
    /// What nothing offers.
    Unknown,
}

impl<'a> Submission<'a> {
    /// The form with its password compared, if it has one that was asked for.
    pub(super) async fn compared(
        self,
        app: &App,
        flow: &Flow,
        visit: &Visit,
    ) -> Result<Attempt<'a>, Fault> {
        let (submission, trusts, turn) = match self {
            Self::Trusting(inner) => (*inner, true, None),
            Self::Turning(turn, inner) => (*inner, false, Some(turn)),
            submission => (submission, false, None),
        };
        let turned = turned(turn, flow, visit, app).await?;
        let flow = turned.as_ref().unwrap_or(flow);
        let claimed = match &submission {
            Self::Password { username, .. } | Self::RecoverName(username) => {
                Some(Who::Name((*username).to_owned()))
            }
            Self::SendUsername(email) => Some(Who::Email((*email).to_owned())),
            Self::RegisterUser { newcomer, .. } => Some(Who::Email(newcomer.email.clone())),
            Self::Assertion(response) => app.owner_of(response).await?.map(Who::Id),
            _ => None,
        };
        let presented = match &submission {
            Self::Password {
                password: shown, ..
            }
            | Self::ChangePassword { current: shown, .. } => {
                let facts = app.facts(flow, visit, claimed.as_ref()).await?;
                // Hashing is dear: a flow that has passed the step cannot be made to do it again.
                match (next(flow, &facts, app.now()), &submission) {
                    (Step::SignOn { .. }, Self::Password { .. })
                    | (Step::NewPassword { .. }, Self::ChangePassword { .. }) => {
                        Some(Presented::compare(app, facts.password, shown).await?)
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        let proposed = match &submission {
            Self::NewPassword { new, confirm } | Self::RegisterUser { new, confirm, .. } => {
                proposed(app, (flow, visit), submission.newcomer(), [new, confirm]).await?
            }
            Self::RecoverPassword { new, .. } | Self::ChangePassword { new, .. } => {
                proposed(app, (flow, visit), None, [new, new]).await?
            }
            _ => None,
        };
        let device = match &submission {
            Self::UserCode(typed) => app.waiting_device(typed).await?,
            _ => None,
        };
        Ok(Attempt {
            known: submission.is_registered(app).await?,
            submission,
            turn,
            trusts,
            claimed,
            presented,
            proposed,
            device,
        })
    }

    /// Whether anybody has registered the credential that is to be set up.
    async fn is_registered(&self, app: &App) -> Result<bool, Fault> {
        match self {
            Self::Credential(response) => Ok(app.is_registered(response).await?),
            _ => Ok(false),
        }
    }

    /// Whether strangers have us do much, and write to others.
    pub(super) const fn is_costly(&self) -> bool {
        matches!(
            self,
            Self::RecoverName(_)
                | Self::SendUsername(_)
                | Self::RegisterUser { .. }
                // RFC 8628 §5.1: "the authorization server SHOULD rate-limit user code attempts."
                | Self::UserCode(_)
                | Self::RecoverPassword { .. }
                | Self::Turning(..)
        )
    }

    const fn newcomer(&self) -> Option<&Newcomer> {
        match self {
            Self::RegisterUser { newcomer, .. } => Some(newcomer),
            _ => None,
        }
    }

    /// Whether the answer must not tell by its time who there is.
    pub(super) const fn is_blind(&self) -> bool {
        matches!(
            self,
            Self::RecoverName(_)
                | Self::MailedCode(_)
                | Self::SendUsername(_)
                | Self::RegisterUser { .. }
                | Self::RecoverPassword { .. }
                | Self::Turning(..)
                | Self::Resend
        )
    }
}

/// The flow where its person turns, if they do and may.
async fn turned(
    turn: Option<Turn>,
    flow: &Flow,
    visit: &Visit,
    app: &App,
) -> Result<Option<Flow>, Fault> {
    let Some(turn) = turn else {
        return Ok(None);
    };
    let facts = Box::pin(app.facts(flow, visit, None)).await?;
    Ok(flow.turned(turn, &facts, app.now()))
}

/// A new password, hashed, and compared with the one that it is to replace, if one is asked for.
async fn proposed(
    app: &App,
    (flow, visit): (&Flow, &Visit),
    registering: Option<&Newcomer>,
    [new, confirm]: [&str; 2],
) -> Result<Option<Proposed>, Fault> {
    let facts = app.facts(flow, visit, None).await?;
    let (username, stored) = match (next(flow, &facts, app.now()), registering) {
        (Step::NewPassword { username, .. } | Step::RecoveryCode { username, .. }, None) => {
            (username, facts.password)
        }
        (Step::Register, Some(newcomer)) => (newcomer.username.clone(), None),
        _ => return Ok(None),
    };
    if new != confirm {
        return Ok(Some(Proposed::Refused(PasswordRule::Unconfirmed)));
    }
    let accepted = match NewPassword::accept(new, &username, None) {
        Ok(accepted) => accepted,
        Err(rule) => return Ok(Some(Proposed::Refused(rule))),
    };
    let compared = Presented::compare(app, stored, new).await?;
    let hash = app.ports.passwords.hash(accepted).await?;
    Ok(Some(Proposed::Acceptable {
        hash,
        compared: compared.verdict().clone(),
    }))
}

/// What a person submits, with what takes long to find out about it.
pub(super) struct Attempt<'a> {
    /// Whether anybody has registered the credential already.
    known: bool,
    submission: Submission<'a>,
    turn: Option<Turn>,
    trusts: bool,
    claimed: Option<Who>,
    presented: Option<Presented>,
    proposed: Option<Proposed>,
    /// The device that waits with the code.
    device: Option<WaitingDevice>,
}

impl Attempt<'_> {
    /// Who somebody says that they are.
    pub(super) const fn claimed(&self) -> Option<&Who> {
        self.claimed.as_ref()
    }

    const fn sets_password(&self) -> bool {
        let sets = matches!(
            self.submission,
            Submission::NewPassword { .. }
                | Submission::RecoverPassword { .. }
                | Submission::ChangePassword { .. }
        );
        sets && self.proposed.is_some()
    }

    /// The device that waits with the code, if a code was typed that one waits with.
    pub(super) const fn device(&self) -> Option<&WaitingDevice> {
        self.device.as_ref()
    }

    /// Where the person turns first.
    pub(super) const fn turn(&self) -> Option<Turn> {
        self.turn
    }

    /// Where whoever sets a new password is signed on; nowhere, if nobody does.
    pub(super) async fn access(&self, app: &App, flow: &Flow) -> Result<Access, Fault> {
        match (self.sets_password(), flow.concerns(None)) {
            (true, Some(Who::Id(user))) => Ok(app.access_of(user, flow.ending_of_access()).await?),
            _ => Ok(Access {
                sessions: Vec::new(),
                grants: Vec::new(),
            }),
        }
    }

    /// Ends what was too much to end at once when a new password was set, and what was begun or granted
    /// at that very moment.
    pub(super) async fn end_late_access(&self, app: &App, flow: &Flow) -> Result<(), Fault> {
        let (true, Some(Who::Id(user))) = (self.sets_password(), flow.concerns(None)) else {
            return Ok(());
        };
        loop {
            let access = app.access_of(user, flow.ending_of_access()).await?;
            let (ended, changes) = end_sessions(user, &access, flow.ending_of_access());
            if ended == Ended::NONE {
                return Ok(());
            }
            match app.records.commit(changes).await {
                Err(CommitError::Store(error)) => return Err(error.into()),
                Ok(()) | Err(CommitError::Conflict | CommitError::Claimed) => {}
            }
        }
    }

    /// Whether the browser is to be trusted.
    pub(super) const fn trusts(&self) -> bool {
        self.trusts
    }

    /// What the person does, who is signed on there, with the facts of the device that is named.
    pub(super) fn action<'b>(
        &'b self,
        access: &'b Access,
        named: Option<&'b Facts<'b>>,
    ) -> Action<'b> {
        match (&self.submission, &self.presented) {
            (Submission::Password { username, .. }, Some(presented)) => Action::CheckPassword {
                username,
                verdict: presented.verdict(),
            },
            (Submission::Assertion(response), _) => Action::CheckAssertion { response },
            (Submission::Device(device), _) => Action::SelectDevice(*device),
            (Submission::ChooseDevice, _) => Action::ChooseDevice,
            (Submission::Resend, _) => Action::Resend,
            (Submission::Name(username), _) => Action::Identify { username },
            (Submission::ClearName, _) => Action::ClearName,
            (Submission::Recover, _) => Action::Recover,
            (Submission::InitiatePasswordChange, _) => Action::InitiatePasswordChange,
            (Submission::RecoverName(username), _) => Action::RecoverName { username },
            (Submission::MailedCode(code), _) => Action::CheckMailedCode { code },
            (Submission::RecoverUsername, _) => Action::RecoverUsername,
            (Submission::SendUsername(email), _) => Action::SendUsername { email },
            (Submission::NewPassword { .. }, _) => match &self.proposed {
                Some(proposed) => Action::SetPassword { proposed, access },
                None => Action::Unasked,
            },
            (Submission::RecoverPassword { code, .. }, _) => match &self.proposed {
                Some(proposed) => Action::RecoverPassword {
                    code,
                    proposed,
                    access,
                },
                None => Action::Unasked,
            },
            (Submission::ChangePassword { .. }, Some(presented)) => match &self.proposed {
                Some(proposed) => Action::ChangePassword {
                    current: presented.verdict(),
                    proposed,
                    access,
                },
                None => Action::Unasked,
            },
            (Submission::Restart, _) => Action::Restart,
            (Submission::Register, _) => Action::Register,
            (Submission::RegisterUser { newcomer, .. }, _) => match &self.proposed {
                Some(proposed) => Action::RegisterUser { newcomer, proposed },
                None => Action::Unasked,
            },
            (Submission::UserCode(_), _) => Action::EnterUserCode(self.device.as_ref().zip(named)),
            (Submission::ConfirmUserCode(user_code), _) => Action::ConfirmUserCode { user_code },
            (Submission::Continue, _) => Action::Continue,
            (Submission::Back, _) => Action::Back,
            (Submission::Code(code), _) => Action::CheckCode { code },
            (Submission::Allow { user, scope }, _) => Action::Allow {
                user: *user,
                scope: scope.clone(),
            },
            (Submission::Deny, _) => Action::Deny,
            (Submission::Cancel, _) => Action::Cancel,
            (submission, _) => self.set_up(submission),
        }
    }

    /// What the person does to set up a device; nothing, if it is not that.
    fn set_up<'b>(&'b self, submission: &'b Submission<'_>) -> Action<'b> {
        match submission {
            Submission::SetUp => Action::SetUp,
            Submission::Skip => Action::Skip,
            Submission::ManageDevices => Action::ManageDevices,
            Submission::DefaultDevice(device) => Action::MakeDefault(*device),
            Submission::RemoveDevice(device) => Action::RemoveDevice(*device),
            Submission::Pair(method) => Action::Pair(*method),
            Submission::PairAt(target) => Action::PairAt { target },
            Submission::DeviceName(name) => Action::NameDevice { name },
            Submission::Credential(response) => Action::Activate(Proof::Credential {
                response,
                known: self.known,
            }),
            Submission::GiveUp(failure) => Action::GiveUp(*failure),
            _ => Action::Unasked,
        }
    }

    /// Hashes a password anew that was accepted, if it is hashed at an earlier cost.
    pub(super) async fn renew_hash(self, app: &App) {
        // Of a password that was changed there is nothing left to hash.
        let presented = self.presented.filter(|_| self.proposed.is_none());
        if let Some(presented) = presented {
            presented.renew_hash(app).await;
        }
    }
}
