//! The operations: the table of all, and what each is given.

use std::sync::Arc;

use authn::account::device::Wallet;
use authn::account::{Decision, Owner, Refusal};
use authn::pingid::rest::{Malformed, Members, Outcome};
use domain::port::{Changes, CommitError, Pending, StoreError};
use domain::{Actor, AuditEvent, Device, DeviceKind, Organization, User};
use serde_json::{Map, Value};

use super::{authentication, device, pairing, passwordless, report, user};
use crate::app::App;
use crate::extract::Visit;
use crate::fault::Fault;

/// Whether clients are told of devices of this kind: they know no recovery codes, and could show no face.
pub(super) const fn is_told(kind: &DeviceKind) -> bool {
    !matches!(
        kind,
        DeviceKind::RecoveryCodes(_) | DeviceKind::Face(_) | DeviceKind::FacePending
    )
}

/// What an operation came to.
pub(super) struct Reply {
    pub(super) outcome: Outcome,
    /// What the answer has besides what every answer has.
    pub(super) members: Map<String, Value>,
    /// What is answered in place of all that.
    pub(super) report: Option<String>,
}

impl Reply {
    /// An outcome of which there is nothing more to tell.
    pub(super) fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            members: Map::new(),
            report: None,
        }
    }

    /// It was done.
    pub(super) fn done() -> Self {
        Self::of(Outcome::Done)
    }

    /// The same with one more member.
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }
}

/// Why an operation comes to nothing.
pub(super) enum Halt {
    /// The client is told.
    Outcome(Outcome),
    /// The house cannot answer.
    Fault(Fault),
}

impl From<Outcome> for Halt {
    fn from(outcome: Outcome) -> Self {
        Self::Outcome(outcome)
    }
}

impl From<Malformed> for Halt {
    fn from(malformed: Malformed) -> Self {
        Self::Outcome(malformed.into())
    }
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

/// What comes of an operation.
pub(super) type Answer = Result<Reply, Halt>;

/// An operation.
pub(super) struct Operation {
    name: &'static str,
    run: for<'c> fn(&'c Call<'c>) -> Pending<'c, Answer>,
}

impl Operation {
    /// Does it.
    pub(super) async fn run(&self, call: &Call<'_>) -> Answer {
        (self.run)(call).await
    }
}

macro_rules! operations {
    ($($name:literal => $run:path,)*) => {
        &[$(Operation { name: $name, run: |call| Box::pin($run(call)) },)*]
    };
}

/// The table of all operations.
const OPERATIONS: &[Operation] = operations![
    "adduser" => user::add,
    "edituser" => user::edit,
    "getuserdetails" => user::read,
    "deleteuser" => user::delete,
    "suspenduser" => user::suspend,
    "activateuser" => user::activate,
    "userbypass" => user::bypass,
    "addservice" => user::add_service,
    "getactivationcode" => pairing::activation_code,
    "pairingstatus" => pairing::status,
    "startofflinepairing" => pairing::start_offline,
    "finalizeofflinepairing" => pairing::finish,
    "offlinepairing" => pairing::offline,
    "authenticatorappstartpairing" => pairing::start_app,
    "authenticatorappfinishpairing" => pairing::finish,
    "webauthnstartpairing" => pairing::start_key,
    "webauthnfinishpairing" => pairing::finish_key,
    "pairyubikey" => device::unknown_factor,
    "resyncoathtoken" => device::unknown_factor,
    "createorgtokens" => device::unknown_factor,
    "revokeorgtokens" => device::unknown_factor,
    "unpairdevice" => device::unpair,
    "updatedeviceattr" => device::update,
    "startauthentication" => authentication::start,
    "authonline" => authentication::online,
    "authoffline" => authentication::offline,
    "authstatus" => authentication::status,
    "cancelauthentication" => authentication::cancel,
    "webauthnstartauth" => authentication::start_key,
    "startwebauthnpasswordlessauth" => passwordless::start,
    "finishwebauthnpasswordlessauth" => passwordless::finish,
    "createjob" => report::create_job,
    "getjobstatus" => report::job_status,
    "getbulkjobstatus" => report::bulk_job_status,
    "getorgreport" => report::report,
];

/// The operation of this name, in whatever case it is written.
pub(super) fn named(name: &str) -> Option<&'static Operation> {
    let mut all = OPERATIONS.iter();
    all.find(|operation| operation.name.eq_ignore_ascii_case(name))
}

/// One request of an organisation.
pub(super) struct Call<'a> {
    pub(super) house: &'a Arc<App>,
    pub(super) organization: &'a Organization,
    pub(super) body: &'a Members,
    /// In which language people are told things.
    pub(super) locale: &'a str,
    pub(super) actor: Actor,
    pub(super) visit: &'a Visit,
}

impl Call<'_> {
    /// The name that a request has as one of a person.
    pub(super) fn username(&self) -> Result<&str, Halt> {
        let name = self.body.required("username")?.trim();
        match name.len() <= User::MAX_USERNAME {
            true => Ok(name),
            false => Err(Outcome::Malformed.into()),
        }
    }

    /// The person whom a request names.
    pub(super) async fn user(&self) -> Result<User, Halt> {
        let known = self.house.user_named(self.username()?).await?;
        Ok(known.ok_or(Outcome::UserUnknown)?.record)
    }

    /// Whoever acts for a person.
    pub(super) fn owner<'o>(&'o self, user: &'o User) -> Owner<'o> {
        Owner {
            user,
            now: self.house.now(),
            random: self.house.random(),
            administrator: Some(&self.actor),
            session: None,
        }
    }

    /// Decides about the devices of a person and makes it so.
    pub(super) async fn decide<T>(
        &self,
        user: &User,
        decide: impl Fn(Owner<'_>, &Wallet<'_>) -> Decision<T>,
    ) -> Result<T, Halt> {
        let attempt = || async {
            let wallet = self.house.wallet(user.id, self.locale).await?;
            Ok(decide(self.owner(user), &wallet))
        };
        let decided = self.house.carry_out(attempt, || Refusal::DeviceGone);
        decided.await?.map_err(|refusal| of_refusal(refusal).into())
    }

    /// The devices of a person that are told, the primary one first: codes on paper are none that
    /// clients know.
    pub(super) async fn devices(&self, user: &User) -> Result<Vec<Device>, Halt> {
        let wallet = self.house.wallet(user.id, self.locale).await?;
        let is_listed = |device: &Device| device.is_active() && is_told(&device.kind);
        let policy = wallet.policy;
        let devices = wallet.devices.into_iter().map(|device| device.record);
        let mut devices: Vec<Device> = devices.filter(is_listed).collect();
        devices.sort_by_key(|device| policy.place(device));
        Ok(devices)
    }

    /// Something that the organisation brings about.
    pub(super) fn event(&self, name: &str) -> AuditEvent {
        let (now, random) = (self.house.now(), self.house.random());
        AuditEvent::new(name, self.actor.clone(), now, random)
    }

    /// Notes it.
    pub(super) async fn note(&self, event: &AuditEvent) -> Result<(), Halt> {
        let mut changes = Changes::none();
        changes.insert(event);
        match self.house.records.commit(changes).await {
            Ok(()) => Ok(()),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(_) => Err(Fault::Contention.into()),
        }
    }
}

/// What a refusal is here.
const fn of_refusal(refusal: Refusal) -> Outcome {
    match refusal {
        Refusal::DeviceGone => Outcome::DeviceUnknown,
        Refusal::CodeNotAccepted | Refusal::CredentialNotAccepted => Outcome::NotAccepted,
        Refusal::KindNotOffered => Outcome::FactorUnknown,
        Refusal::NotAName => Outcome::Name,
        Refusal::NotATarget => Outcome::Target,
        Refusal::AlreadyEnrolled => Outcome::DeviceExists,
        Refusal::TooManyDevices => Outcome::TooManyDevices,
        Refusal::TooSoon | Refusal::TooManyMessages => Outcome::TooManyMessages,
        // Nothing is confirmed here, and nothing of the account's other deeds is done.
        Refusal::NotRecognised
        | Refusal::Unconfirmed
        | Refusal::SignedOut
        | Refusal::LastDevice
        | Refusal::NothingToRecover
        | Refusal::GrantGone
        | Refusal::BrowserGone => Outcome::System,
    }
}

/// What a member is that is missing or malformed.
pub(super) fn malformed<T>(_: T) -> Halt {
    Halt::Outcome(Outcome::Malformed)
}
