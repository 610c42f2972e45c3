//! What is posted: whose it is, whether it is good, and for whom.

use std::sync::Arc;

use authn::account::device::is_stale;
use authn::evidence::FactorKind;
use authn::flow::{Door, EnrolmentDemand, Policy, Requirement, SecondFactor};
use authn::pingid::device_number;
use authn::pingid::ppm::{
    self, Channel, Enrolment, Form, PpmError, Refused, Respondent, Unproven, VerifiedPpm,
};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::Response;
use domain::port::{Changes, CommitError, StoreError};
use domain::{Actor, AuditEvent, ClientId, DeviceId, Organization, Profile, User, UserId};
use oauth::Parameters;

use super::exit::Answer;
use super::path;
use crate::app::App;
use crate::extract::{Submitted, Visit};
use crate::fault::Fault;
use crate::page::error::{PageError, PageRefusal};

/// Why nobody is answered; the person sees a page, and the log says why.
#[derive(Debug, thiserror::Error)]
enum Unanswerable {
    /// A parameter is missing.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// No organisation has the alias.
    #[error("no organisation has this alias")]
    OrganizationUnknown,
    /// It is not proven.
    #[error(transparent)]
    Unproven(#[from] Unproven),
}

/// What was posted.
pub(super) struct Posted {
    server: Arc<App>,
    /// Whose it is.
    house: Arc<App>,
    organization: Organization,
    visit: Visit,
    channel: Channel,
    parameters: Parameters,
}

impl Posted {
    /// Reads what was posted, and finds out whose it is.
    pub(super) async fn read(
        server: &Arc<App>,
        channel: Channel,
        request: Request,
    ) -> Result<Self, PageRefusal> {
        let (mut parts, body) = request.into_parts();
        let Ok(visit) = Visit::from_request_parts(&mut parts, server).await;
        let submitted = Request::from_parts(parts.clone(), body);
        let parameters = match Submitted::from_request(submitted, &()).await {
            Ok(Submitted(parameters)) => parameters,
            Err(error) => {
                // What comes twice is not chosen from.
                noted(server, channel, &error.to_string(), &visit).await?;
                return Err(error.into());
            }
        };
        let found = organization(server, channel, &parameters).await?;
        let (organization, house) = match found {
            Ok(found) => found,
            Err(cause) => return Err(unanswerable(server, channel, &cause, &visit).await),
        };
        // The house's own cookies are those that count.
        let Ok(visit) = Visit::from_request_parts(&mut parts, &house).await;
        Ok(Self {
            server: Arc::clone(server),
            house,
            organization,
            visit,
            channel,
            parameters,
        })
    }

    /// Begins the flow, or answers why not.
    pub(super) async fn begin(&self) -> Result<Response, PageRefusal> {
        let (house, now) = (&self.house, self.house.now());
        let form = Form {
            account: self.value(account_parameter(self.channel)),
            issuer: self.parameters.value("iss"),
            request: self.value("ppm_request"),
        };
        let destinations = self.destinations();
        let channel = self.channel;
        let verified = ppm::verify(&self.organization, &form, channel, &destinations, now);
        let request = match verified {
            Err(unproven) => {
                let cause = Unanswerable::from(unproven);
                return Err(unanswerable(house, channel, &cause, &self.visit).await);
            }
            Ok(Err(Refused { respondent, error })) => return self.refuse(respondent, error).await,
            Ok(Ok(request)) => request,
        };
        let mut changes = ppm::claims(&request);
        let event = event(house, "ppm.requested", &request.respondent, &self.visit);
        changes.insert(&event);
        match house.records.commit(changes).await {
            Ok(()) => {}
            Err(CommitError::Claimed) => {
                return self.refuse(request.respondent, PpmError::Replayed).await;
            }
            Err(CommitError::Conflict) => return Err(Fault::Contention.into()),
            Err(CommitError::Store(error)) => return Err(error.into()),
        }
        match self.requirement(&request).await? {
            Ok(requirement) => {
                let carried = serde_json::to_value(&request);
                let carried = carried.map_err(|error| Fault::Defect(error.to_string()))?;
                house
                    .begin_flow(Door::Ppm, carried, requirement, &self.visit)
                    .await
            }
            Err(error) => self.refuse(request.respondent, error).await,
        }
    }

    fn value(&self, name: &str) -> &str {
        self.parameters.value(name).unwrap_or_default()
    }

    /// The addresses of the endpoint.
    fn destinations(&self) -> [String; 1] {
        [format!(
            "{}{}",
            self.server.settings.issuer,
            path(self.channel)
        )]
    }

    /// Tells the relying party what is wrong.
    async fn refuse(&self, to: Respondent, error: PpmError) -> Result<Response, PageRefusal> {
        let house = &self.house;
        let event = event(house, "ppm.refused", &to, &self.visit);
        let mut changes = Changes::none();
        changes.insert(&event.with("cause", error.to_string()));
        house.records.commit(changes).await.map_err(committed)?;
        tracing::info!(cause = %error, channel = ?to.channel, "refused a PPM request");
        let answer = Answer::failed(house, &self.organization, (&to, None), error)?;
        Ok(answer.respond(house, &self.visit))
    }

    /// What the person has to prove, or why they cannot.
    async fn requirement(
        &self,
        request: &VerifiedPpm,
    ) -> Result<Result<Requirement, PpmError>, Fault> {
        let house = &self.house;
        let known = house.user_named(request.subject()).await?;
        let known = known.map(|known| known.record);
        let devices = match &known {
            Some(user) => house.devices(user.id).await?,
            None => Vec::new(),
        };
        let has_device = devices.iter().any(|device| device.is_active());
        if let Err(error) = vouches(request, has_device) {
            return Ok(Err(error));
        }
        let user = match known {
            Some(user) if !user.enabled => return Ok(Err(PpmError::UserDisabled)),
            Some(user) => user,
            None if !self.organization.enrols || self.channel == Channel::Hybrid => {
                return Ok(Err(PpmError::UserUnknown));
            }
            None => self.enrol(request).await?,
        };
        let (now, asked) = (house.now(), request.attributes.device);
        let mut numbered = devices.iter().filter(|it| !is_stale(it, now));
        let device = match asked {
            Some(number) => match numbered.find(|it| device_number(it.id) == number) {
                Some(device) => Some(device.id),
                None => return Ok(Err(PpmError::NoDevice)),
            },
            None => None,
        };
        let chosen = self.sign_on_policy(request);
        if !has_device && self.needs_phone(request, chosen.as_deref()) {
            return Ok(Err(PpmError::Phone));
        }
        Ok(Ok(self.demand(request, user.id, (device, chosen))))
    }

    fn demand(
        &self,
        request: &VerifiedPpm,
        user: UserId,
        (device, sign_on_policy): (Option<DeviceId>, Option<String>),
    ) -> Requirement {
        let attributes = &request.attributes;
        let enrolment = match attributes.enrolment {
            Some(kind) => Some(EnrolmentDemand::Key {
                roaming: kind == Enrolment::SecurityKey,
                name: attributes.device_name.clone().unwrap_or_default(),
                display_name: attributes.display_name.clone(),
            }),
            None if self.organization.enrols && self.channel == Channel::Authentication => {
                Some(EnrolmentDemand::First)
            }
            None => None,
        };
        Requirement {
            // No session counts here, and none is begun: the relying party has its own.
            reauthenticate: true,
            subject: Some(user),
            vouched: Some(user),
            second_factor: SecondFactor::Required,
            sign_on_policy,
            enrolment,
            device,
            ..Requirement::default()
        }
    }

    /// By which policy they sign on: that of the application that the relying party names (`saasid`), and
    /// where it has several that of their groups.
    fn sign_on_policy(&self, request: &VerifiedPpm) -> Option<String> {
        let policies = self.house.live.policies();
        let nobody = ClientId::new("");
        let application = request.attributes.saas_id.as_ref().unwrap_or(&nobody);
        let groups = request.attributes.groups.as_deref().unwrap_or_default();
        let chosen = policies.chosen_for(application, groups);
        chosen.map(str::to_owned)
    }

    /// Whether somebody who has nothing yet could set up a telephone alone, and has sent a number that is
    /// none.
    fn needs_phone(&self, request: &VerifiedPpm, sign_on_policy: Option<&str>) -> bool {
        let is_first = self.channel == Channel::Authentication && self.organization.enrols;
        if !is_first || !request.attributes.phone_is_invalid {
            return false;
        }
        let (policies, server) = (self.house.live.policies(), self.house.own_policy());
        let applied = sign_on_policy.and_then(|id| policies.applied(id, server));
        let policy: Policy = applied
            .or_else(|| policies.of_devices(None, server))
            .unwrap_or_else(|| server.clone());
        let others = [FactorKind::WebAuthn, FactorKind::Totp, FactorKind::Email];
        let mut phones = [FactorKind::Sms, FactorKind::Voice].into_iter();
        phones.any(|kind| policy.devices.offers(kind))
            && !others.into_iter().any(|kind| policy.devices.offers(kind))
    }

    /// Adds a person by the relying party's word.
    async fn enrol(&self, request: &VerifiedPpm) -> Result<User, Fault> {
        let (house, attributes) = (&self.house, &request.attributes);
        let (now, random) = (house.now(), house.random());
        let names = [&attributes.given_name, &attributes.family_name];
        let whole: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        let user = User {
            id: UserId::new(now, random),
            username: request.subject().trim().to_owned(),
            enabled: true,
            mfa_enabled: true,
            profile: Profile {
                name: Some(whole.join(" ")).filter(|name| !name.is_empty()),
                given_name: attributes.given_name.clone(),
                family_name: attributes.family_name.clone(),
                email: attributes.email.clone(),
                phone_number: attributes.phone.clone(),
                ..Profile::default()
            },
            created: now,
            modified: now,
        };
        let mut changes = Changes::none();
        changes.insert(&user);
        let event = event(house, "user.created", &request.respondent, &self.visit);
        changes.insert(&event);
        match house.records.commit(changes).await {
            Ok(()) => Ok(user),
            Err(CommitError::Store(error)) => Err(error.into()),
            // Another request of theirs was faster.
            Err(CommitError::Conflict | CommitError::Claimed) => {
                let known = house.user_named(request.subject()).await?;
                known.map(|known| known.record).ok_or(Fault::Contention)
            }
        }
    }
}

/// Whether a request vouches for the first factor. Where a key is asked for that was set up elsewhere,
/// or is to be set up, the request itself does, unless it says that it does not.
fn vouches(request: &VerifiedPpm, has_device: bool) -> Result<(), PpmError> {
    let said = request.attributes.is_authenticated;
    let vouches = match request.respondent.channel {
        Channel::Authentication => said == Some(true),
        Channel::Registration | Channel::Hybrid => said != Some(false),
    };
    match (vouches, has_device) {
        (true, _) => Ok(()),
        (false, true) => Err(PpmError::NotAuthenticated),
        (false, false) => Err(PpmError::NotAuthenticatedNoDevice),
    }
}

/// The parameter that names the organisation.
const fn account_parameter(channel: Channel) -> &'static str {
    match channel {
        Channel::Authentication | Channel::Hybrid => "idp_account_id",
        Channel::Registration => "orgUuid",
    }
}

/// Whose house it is about.
async fn organization(
    server: &Arc<App>,
    channel: Channel,
    parameters: &Parameters,
) -> Result<Result<(Organization, Arc<App>), Unanswerable>, Fault> {
    let name = account_parameter(channel);
    let Some(alias) = parameters.value(name) else {
        return Ok(Err(Unanswerable::Missing(name)));
    };
    if parameters.value("ppm_request").is_none() {
        return Ok(Err(Unanswerable::Missing("ppm_request")));
    }
    let named = server.organization_named(alias).await?;
    Ok(named.ok_or(Unanswerable::OrganizationUnknown))
}

/// The page that says nothing but a reference, under which the log and the audit have the cause.
async fn unanswerable(
    house: &App,
    channel: Channel,
    cause: &Unanswerable,
    visit: &Visit,
) -> PageRefusal {
    match noted(house, channel, &cause.to_string(), visit).await {
        Ok(()) => PageError::Request.into(),
        Err(fault) => fault.into(),
    }
}

async fn noted(house: &App, channel: Channel, cause: &str, visit: &Visit) -> Result<(), Fault> {
    let reference = visit.frame.request_id.as_str();
    tracing::warn!(cause, ?channel, reference, "a PPM request proves nothing");
    let event = AuditEvent::new("ppm.refused", Actor::Unknown, house.now(), house.random());
    let event = event
        .with("endpoint", path(channel))
        .with("cause", cause)
        .with("address", visit.address.clone())
        .with("reference", reference);
    let mut changes = Changes::none();
    changes.insert(&event);
    house.records.commit(changes).await.map_err(committed)
}

/// An event about a request that a relying party has signed.
pub(super) fn event(app: &App, name: &str, to: &Respondent, visit: &Visit) -> AuditEvent {
    let actor = Actor::Client(to.issuer().to_owned());
    AuditEvent::new(name, actor, app.now(), app.random())
        .with("endpoint", path(to.channel))
        .with("username", to.subject())
        .with("reference", visit.frame.request_id.clone())
}

fn committed(error: CommitError) -> Fault {
    match error {
        CommitError::Store(error) => StoreError::into(error),
        CommitError::Conflict | CommitError::Claimed => Fault::Contention,
    }
}
