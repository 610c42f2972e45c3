//! What a request has its person prove or set up, and who that is.

use authn::account::device::is_stale;
use authn::evidence::FactorKind;
use authn::flow::{EnrolmentDemand, EnrolmentPolicy, PairingMethod, Requirement, SecondFactor};
use authn::pingid::device_number;
use authn::pingid::ppm::{Channel, Enrolment, PpmError, VerifiedPpm};
use domain::{ClientId, DeviceId, Organization, Profile, User, UserId};

use crate::app::App;
use crate::fault::Fault;

/// A request, and whose it is.
pub(super) struct Demanding<'a> {
    pub(super) house: &'a App,
    pub(super) organization: &'a Organization,
    pub(super) request: &'a VerifiedPpm,
}

/// What somebody has to prove.
pub(super) struct Demand {
    pub(super) requirement: Requirement,
    /// The person, if they are to be added by the relying party's word.
    pub(super) newcomer: Option<User>,
}

impl Demanding<'_> {
    /// What the person has to prove, or why they cannot.
    pub(super) async fn demand(&self) -> Result<Result<Demand, PpmError>, Fault> {
        let (house, request) = (self.house, self.request);
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
        let adds = self.organization.enrols && self.channel() != Channel::Hybrid;
        if let Some(error) = match &known {
            Some(user) if !user.enabled => Some(PpmError::UserDisabled),
            None if !adds => Some(PpmError::UserUnknown),
            _ => None,
        } {
            return Ok(Err(error));
        }
        let (now, asked) = (house.now(), request.attributes.device);
        let mut numbered = devices.iter().filter(|it| !is_stale(it, now));
        let device = match asked {
            Some(number) => match numbered.find(|it| device_number(it.id) == number) {
                Some(device) => Some(device.id),
                None => return Ok(Err(PpmError::NoDevice)),
            },
            None => None,
        };
        let chosen = self.sign_on_policy();
        if !has_device && let Err(error) = self.sets_up(known.as_ref(), chosen.as_deref()) {
            return Ok(Err(error));
        }
        let newcomer = known.is_none().then(|| self.newcomer());
        let Some(user) = known.as_ref().or(newcomer.as_ref()) else {
            return Ok(Err(PpmError::UserUnknown));
        };
        Ok(Ok(Demand {
            requirement: self.requirement(user.id, (device, chosen)),
            newcomer,
        }))
    }

    const fn channel(&self) -> Channel {
        self.request.respondent.channel
    }

    fn requirement(
        &self,
        user: UserId,
        (device, sign_on_policy): (Option<DeviceId>, Option<String>),
    ) -> Requirement {
        let attributes = &self.request.attributes;
        let enrolment = match attributes.enrolment {
            Some(kind) => Some(EnrolmentDemand::Key {
                roaming: kind == Enrolment::SecurityKey,
                name: attributes.device_name.clone().unwrap_or_default(),
                display_name: attributes.display_name.clone(),
            }),
            None if self.enrols_first() => Some(EnrolmentDemand::First),
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

    /// Whether who has no device sets up their first on the way.
    fn enrols_first(&self) -> bool {
        self.organization.enrols && self.channel() == Channel::Authentication
    }

    /// By which policy they sign on: that of the application that the relying party names (`saasid`), and
    /// where it has several that of their groups.
    fn sign_on_policy(&self) -> Option<String> {
        let attributes = &self.request.attributes;
        let policies = self.house.live.policies();
        let nobody = ClientId::new("");
        let application = attributes.saas_id.as_ref().unwrap_or(&nobody);
        let groups = attributes.groups.as_deref().unwrap_or_default();
        let chosen = policies.chosen_for(application, groups);
        chosen.map(str::to_owned)
    }

    /// Whether who has nothing yet could set up something here. Nobody is added who could not.
    fn sets_up(&self, known: Option<&User>, sign_on_policy: Option<&str>) -> Result<(), PpmError> {
        if !self.enrols_first() {
            return Ok(());
        }
        let devices = self.house.policy_asked_by_ppm(sign_on_policy).devices;
        let offered = PairingMethod::ALL.map(PairingMethod::kind).into_iter();
        let offered: Vec<_> = offered.filter(|kind| devices.offers(*kind)).collect();
        let is_open = devices.enrolment != EnrolmentPolicy::Never && !offered.is_empty();
        if !is_open && known.is_none() {
            return Err(PpmError::Enrolment);
        }
        let is_phone = |kind: &FactorKind| matches!(kind, FactorKind::Sms | FactorKind::Voice);
        match is_open && self.request.attributes.phone_is_invalid && offered.iter().all(is_phone) {
            true => Err(PpmError::Phone),
            false => Ok(()),
        }
    }

    /// A person as the relying party has them.
    fn newcomer(&self) -> User {
        let (house, attributes) = (self.house, &self.request.attributes);
        let now = house.now();
        let names = [&attributes.given_name, &attributes.family_name];
        let whole: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
        User {
            id: UserId::new(now, house.random()),
            username: self.request.subject().trim().to_owned(),
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
