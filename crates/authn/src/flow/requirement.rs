//! What a request and policy ask.

use std::time::Duration;

use domain::{
    AuthorizationDetails, ClientId, Consent, DeviceId, HandleKey, Scope, Timestamp,
    TransactionDraft, UserId,
};
use serde::{Deserialize, Serialize};

use super::facts::Person;
use super::one_time::OneTimeDevice;
use super::record::Flow;
use super::sponsored::EnrolmentDemand;

/// What must be proven and allowed before there is an outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Whether an existing session counts for nothing (`prompt=login`).
    pub reauthenticate: bool,
    /// Whether the person must say anew who they are (`prompt=select_account`).
    pub select_account: bool,
    /// Whether the person comes to register (`prompt=create`).
    #[serde(default)]
    pub register: bool,
    /// How long ago an existing session's person may have proven who they are, in whole seconds
    /// (`max_age`).
    pub max_age: Option<Duration>,
    /// Which authentication context classes are asked for (`acr_values`, or the `acr` claim).
    pub acr: AcrDemand,
    /// The only person who will do (`id_token_hint`, or the `sub` claim).
    pub subject: Option<UserId>,
    /// The user name to begin with (`login_hint`).
    pub login_hint: Option<String>,
    /// Whether nobody may be asked anything (`prompt=none`).
    pub passive: bool,
    /// What must be allowed; nothing, if `None`.
    pub consent: Option<ConsentDemand>,
    /// When policy asks for a second factor.
    pub second_factor: SecondFactor,
    /// Whether a browser that the person trusts is as good as any other.
    #[serde(default)]
    pub every_browser: bool,
    /// What must be approved, if anything: then a second factor is asked for that is bound to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction: Option<TransactionDraft>,
    /// The device whose code is to be entered, if the request is to allow one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_code: Option<DeviceDemand>,
    /// By which of an environment's policies they sign on; by what is set for all, if `None`. The engine
    /// carries it, and is handed the policy itself with the facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_on_policy: Option<String>,
    /// Whose first factor the client vouches for (`login_hint_token`): they are not asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouched: Option<UserId>,
    /// What is set up on the way by those who are vouched for, if anything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<EnrolmentDemand>,
    /// The only device that will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// That device, if it is nobody's record: see [`Requirement::with_one_time`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_time: Option<Box<OneTimeDevice>>,
}

impl Requirement {
    /// The only person who will do, if there is one: whom the request names, or the client vouches for.
    pub fn only(&self) -> Option<UserId> {
        self.subject.or(self.vouched)
    }

    /// Whether who proved themselves at `time` need not do so again for this request.
    pub(super) fn admits(&self, time: Timestamp, now: Timestamp) -> bool {
        let fresh = self.max_age.is_none_or(|max_age| {
            // OpenID Connect Core §3.1.2.1: "max_age=0 is equivalent to prompt=login"
            let age = now.seconds().saturating_sub(time.seconds());
            !max_age.is_zero() && u64::try_from(age).unwrap_or(0) <= max_age.as_secs()
        });
        fresh && !self.reauthenticate && !self.select_account
    }

    /// What is asked once it is known which device is to be allowed: what its client asks.
    #[must_use]
    pub fn with_device(self, device: &WaitingDevice) -> Self {
        let demand = self.device_code.unwrap_or_default();
        Self {
            consent: device.consent.clone(),
            second_factor: device.second_factor,
            sign_on_policy: device.sign_on_policy.clone(),
            device_code: Some(DeviceDemand {
                device: Some(device.clone()),
                ..demand
            }),
            ..self
        }
    }
}

impl Flow {
    /// The flow in which it is known which device is to be allowed: what counts in it is to be loaded
    /// anew.
    #[must_use]
    pub fn with_device(&self, device: &WaitingDevice) -> Self {
        Self {
            requirement: self.requirement.clone().with_device(device),
            ..self.clone()
        }
    }
}

/// Which authentication context classes are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcrDemand {
    /// In order of preference; empty when any will do.
    pub values: Vec<String>,
    /// Whether the request fails when none of them can be reached (OpenID Connect Core §5.5.1.1).
    pub essential: bool,
}

impl AcrDemand {
    /// Whether one of its values must be reached.
    pub(super) const fn is_binding(&self) -> bool {
        self.essential && !self.values.is_empty()
    }
}

/// When policy asks for a second factor. A requested `acr` may ask for one besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// When the person has one.
    #[default]
    WhenEnrolled,
    /// Always: who has none fails.
    Required,
    /// Not of its own accord.
    Never,
}

/// A device that a person is to allow (RFC 8628 §3.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceDemand {
    /// Whether its code is entered before anybody signs on.
    pub first: bool,
    /// Which device it is, once its code was entered.
    pub device: Option<WaitingDevice>,
    /// Whether the person has said that it is theirs.
    pub confirmed: bool,
    /// Codes that no device has.
    pub failures: u32,
}

impl DeviceDemand {
    /// Codes that no device has, after which nobody may enter another in the flow.
    pub(super) const TRIES: u32 = 5;
}

/// A device that waits for its person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingDevice {
    /// Under which key its authorization is stored.
    pub authorization: HandleKey,
    /// Its code as it is shown.
    pub user_code: String,
    /// The client whose device it is.
    pub client: ClientId,
    /// What it asks for.
    pub scope: Scope,
    /// What is to be allowed; nothing, where approval is assumed.
    pub consent: Option<ConsentDemand>,
    /// When policy asks for a second factor where people sign on to its client.
    #[serde(default)]
    pub second_factor: SecondFactor,
    /// By which of an environment's policies they do, if by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_on_policy: Option<String>,
}

/// What a client asks a person to allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentDemand {
    /// The client.
    pub client: ClientId,
    /// When it was made: what was allowed before that was allowed another of the same id.
    pub since: Timestamp,
    /// What it asks for.
    pub scope: Scope,
    /// What it asks for in detail (RFC 9396), which is allowed whole, and never because it was
    /// allowed before: the same payment once more is another payment.
    #[serde(default, skip_serializing_if = "AuthorizationDetails::is_empty")]
    pub details: AuthorizationDetails,
    /// The part of the scope that cannot be left out when anything is allowed (`openid`).
    pub required: Scope,
    /// Whether to ask even if it was allowed before (`prompt=consent`, or policy).
    pub always: bool,
    /// For how long it is remembered; for ever, if `None`.
    pub lifetime: Option<Duration>,
}

impl ConsentDemand {
    /// What the person has allowed the client before, as long as it is remembered.
    pub(super) fn remembered<'a>(&self, person: &'a Person, now: Timestamp) -> Option<&'a Consent> {
        let consent: &Consent = person.consent.as_ref()?;
        let theirs = consent.user == person.user.id && consent.client == self.client;
        let standing = consent.given >= self.since && consent.covers(&Scope::empty(), now);
        (theirs && standing).then_some(consent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oidc_core_3_1_2_1_max_age_bounds_the_time_since_authentication() {
        let now = Timestamp::from_seconds(1_700_000_000);
        let of = |seconds| Requirement {
            max_age: Some(Duration::from_secs(seconds)),
            ..Requirement::default()
        };
        assert!(of(60).admits(now - Duration::from_mins(1), now));
        assert!(!of(60).admits(now - Duration::from_secs(61), now));
        assert!(!of(0).admits(now, now));
        assert!(Requirement::default().admits(Timestamp::EPOCH, now));
    }
}
