//! Sessions: a flow in which somebody proves who they are, whose first factor the organisation vouches
//! for. Nobody is signed on by it.

use std::net::IpAddr;

use authn::flow::{
    Cause, Door, Facts, Flow, OneTimeDevice, OneTimeTarget, Origin, Policy, Requirement,
    SecondFactor, Selection, Step,
};
use authn::pingid::ppm::icon;
use authn::pingid::rest::{Outcome, device_type};
use domain::port::Changes;
use domain::{Actor, AuditEvent, ClientId, HandleKey, User, UserId};
use serde::{Deserialize, Serialize};

use super::operation::{Call, Halt};
use crate::app::App;
use crate::door::exit;
use crate::door::passage::{Holder, Impasse, Next, Passage, Way};
use crate::extract::Visit;
use crate::fault::Fault;

/// What sessions begin with.
const PREFIX: &str = "webs_";
/// The longest id of an application, and name of one, in bytes.
const MAX_APPLICATION: usize = 500;
/// The longest `cookie`, in bytes.
const MAX_COOKIE: usize = 5000;
/// The longest `reqDevFP`, in bytes.
const MAX_FINGERPRINT: usize = 50_000;
/// The most groups of a person.
const MOST_GROUPS: usize = 1000;

/// What an organisation asks, as the flow keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Terms {
    /// The organisation's alias.
    pub(super) alias: String,
    /// Whether the client looks again and again, and can show a number meanwhile.
    pub(super) polls: bool,
    /// Where it has seen the person, if policy is to know.
    pub(super) address: Option<IpAddr>,
    /// The application, if policy is to know.
    pub(super) application: Option<String>,
    /// What the application is called.
    pub(super) called: Option<String>,
    /// Where the application's icon is, by https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) icon: Option<String>,
    /// In which groups the person is, if policy is to know and the client says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) groups: Option<Vec<String>>,
    /// Whether the policy of the application is to hold.
    pub(super) enforces: bool,
    /// Whether a passkey is to say who somebody is.
    #[serde(default)]
    pub(super) passwordless: bool,
}

impl Terms {
    /// What a request asks.
    pub(super) fn read(call: &Call<'_>) -> Result<Self, Halt> {
        let body = call.body;
        // What policy does not look at here is bounded all the same.
        body.text_within("cookie", MAX_COOKIE)?;
        body.text_within("reqDevFP", MAX_FINGERPRINT)?;
        let groups = body.texts("memberOf", MOST_GROUPS)?;
        let groups = groups.into_iter().map(str::to_owned).collect();
        let address = body.text("ipAddr")?.map(str::parse::<IpAddr>).transpose();
        let address = address.map_err(|_| Outcome::Malformed)?;
        let application = body.text_within("application", MAX_APPLICATION)?;
        let form = body.within("formParameters")?;
        let called = form.text_within("sp_name", MAX_APPLICATION)?;
        let icon = form.text("sp_logo")?.and_then(icon);
        let enforces = body.flag("enforcePolicy")?;
        Ok(Self {
            alias: call.organization.alias.clone(),
            polls: body.flag("async")?,
            address: address.filter(|_| enforces),
            application: application.filter(|_| enforces).map(str::to_owned),
            called: called.map(str::to_owned),
            icon,
            groups: Some(groups).filter(|_| enforces && body.has("memberOf")),
            enforces,
            passwordless: false,
        })
    }
}

/// What was asked for a flow.
pub(super) fn terms_of(flow: &Flow) -> Option<Terms> {
    let is_ours = flow.origin().door == Door::PingId;
    let kept = is_ours.then(|| flow.origin().request.clone())?;
    serde_json::from_value(kept).ok()
}

/// Where the organisation has seen the person.
pub(in crate::door) fn address_of(flow: &Flow) -> Option<IpAddr> {
    terms_of(flow)?.address
}

/// In which groups the organisation says that the person is.
pub(in crate::door) fn groups_of(flow: &Flow) -> Option<Vec<String>> {
    terms_of(flow)?.groups
}

/// What the application is called for which somebody proves who they are.
pub(in crate::door) fn application_of(flow: &Flow) -> Option<String> {
    terms_of(flow)?.called
}

/// Where its icon is, if the organisation says and it may be shown.
pub(in crate::door) fn icon_of(flow: &Flow) -> Option<String> {
    terms_of(flow)?.icon
}

/// The application for which they do.
pub(in crate::door) fn client_of(flow: &Flow) -> Option<ClientId> {
    terms_of(flow)?.application.map(ClientId::new)
}

/// How a flow ended, and what auditors are told of it.
pub(in crate::door) fn answered(
    step: &Step,
    flow: &Flow,
    facts: &Facts<'_>,
    visit: &Visit,
    app: &App,
) -> (exit::Answer, Changes) {
    let ended = match step {
        Step::Done(_) => Ok(()),
        Step::Failed(cause) => Err(Some(*cause)),
        _ => Err(None),
    };
    let name = match ended {
        Ok(()) => "pingid.authenticated",
        Err(_) => "pingid.authentication_failed",
    };
    let alias = terms_of(flow).map(|terms| terms.alias).unwrap_or_default();
    let whom = flow.proven().or(flow.requirement().vouched);
    let person = whom.and_then(|id| facts.who_is(id));
    let event = AuditEvent::new(name, Actor::Client(alias), app.now(), app.random())
        .with(
            "username",
            person.map(|person| person.user.username.clone()),
        )
        .with("factor", serde_json::json!(flow.proven_by()))
        .with("reference", visit.frame.request_id.clone());
    let event = match ended {
        Err(Some(cause)) => event.with("cause", cause.to_string()),
        _ => event,
    };
    let mut changes = Changes::none();
    changes.insert(&event);
    (exit::Answer::PingId(ended), changes)
}

impl App {
    /// What is set for a session: by the policy of its application, where it is to be looked at, else by
    /// that of the environment's devices. The door chooses the device, so that none is asked by itself;
    /// and where a client cannot show a number none has to be typed.
    pub(in crate::door) fn policy_of_pingid(&self, flow: &Flow) -> Policy {
        let mut policy = self.policy_asked(flow.requirement().sign_on_policy.as_deref());
        policy.devices.selection = Selection::AlwaysDisplayDevices;
        // Their clients have no way to open a session in which one is looked at.
        policy.devices.face = None;
        if !terms_of(flow).is_some_and(|terms| terms.polls) {
            policy.devices.push.number_matching = false;
        }
        policy
    }

    fn policy_asked(&self, chosen: Option<&str>) -> Policy {
        let (policies, server) = (self.live.policies(), &self.settings.policy);
        let applied = chosen.and_then(|id| policies.applied(id, server));
        let applied = applied.or_else(|| policies.of_devices(None, server));
        applied.unwrap_or_else(|| server.clone())
    }
}

impl Call<'_> {
    /// Who chooses among several devices in a flow.
    pub(super) fn selection(&self, flow: &Flow) -> Selection {
        let chosen = flow.requirement().sign_on_policy.as_deref();
        self.house.policy_asked(chosen).devices.selection
    }

    /// Begins a session, for somebody unless a passkey is to say who they are; to prove it by a code that
    /// is sent `once` to where the organisation says, if it does.
    pub(super) async fn begin(
        &self,
        user: Option<&User>,
        terms: &Terms,
        once: Option<OneTimeTarget>,
    ) -> Result<Next, Halt> {
        let requirement = self.requirement(user.map(|user| user.id), terms);
        let requirement = match (user, once) {
            (Some(user), Some(target)) => {
                self.note_one_time(user, &target).await?;
                let (now, random) = (self.house.now(), self.house.random());
                requirement.with_one_time(OneTimeDevice::new(target, now, random))
            }
            _ => requirement,
        };
        let request = serde_json::to_value(terms);
        let origin = Origin {
            door: Door::PingId,
            request: request.map_err(|error| Fault::Defect(error.to_string()))?,
        };
        let holder = holder();
        let begun = self
            .house
            .begin(origin, requirement, Some(&holder), self.visit);
        Ok(begun.await?)
    }

    fn requirement(&self, user: Option<UserId>, terms: &Terms) -> Requirement {
        let policies = self.house.live.policies();
        let sign_on_policy = match terms.enforces {
            true => {
                let application = terms.application.clone().unwrap_or_default();
                let groups = terms.groups.as_deref().unwrap_or_default();
                let chosen = policies.chosen_for(&ClientId::new(application), groups);
                chosen.map(str::to_owned)
            }
            false => None,
        };
        Requirement {
            // No session counts here, and none is begun: the organisation has its own.
            reauthenticate: true,
            subject: user,
            vouched: user,
            second_factor: match user {
                Some(_) => SecondFactor::Required,
                None => SecondFactor::WhenEnrolled,
            },
            sign_on_policy,
            ..Requirement::default()
        }
    }

    /// Notes that the organisation has a code sent to where it says, and nobody else does.
    async fn note_one_time(&self, user: &User, target: &OneTimeTarget) -> Result<(), Halt> {
        let kind = target.kind();
        let event = self
            .event("pingid.one_time_device_given")
            .with("username", user.username.clone())
            .with("device", device_type(&kind))
            .with("target", kind.masked_target())
            .with("givenBy", "organization");
        self.note(&event).await
    }

    /// Has something done in the session with this id, or in none.
    pub(super) fn passage<'p>(&'p self, id: &'p str, holder: &'p Holder<'p>) -> Passage<'p> {
        Passage {
            app: self.house,
            way: Way::PingId,
            id,
            holder,
            visit: self.visit,
        }
    }

    /// Whether a flow is about the person whom the request names, if it names one.
    pub(super) async fn is_about(&self, flow: &Flow) -> Result<(), Halt> {
        let Some(named) = self.body.text("username")? else {
            return Ok(());
        };
        let Some(id) = flow.requirement().vouched else {
            return Ok(());
        };
        let user = self.house.records.get::<User>(&id).await?;
        let is_it = |user: &User| User::normalized(&user.username) == User::normalized(named);
        match user.is_some_and(|user| is_it(&user)) {
            true => Ok(()),
            false => Err(Outcome::SessionUnknown.into()),
        }
    }
}

/// By whom flows are held: by the organisation, whose house alone has them.
pub(super) fn holder() -> Holder<'static> {
    Holder::Application(HandleKey::of("pingid"))
}

/// The id of a session as clients have it.
pub(super) fn shown(flow: &Flow) -> String {
    format!("{PREFIX}{}", flow.id().uuid())
}

/// The flow that a client means by this.
pub(super) fn flow_named(session: &str) -> &str {
    session.strip_prefix(PREFIX).unwrap_or(session)
}

/// What kept somebody from proving who they are.
pub(super) const fn of_cause(cause: Option<Cause>) -> Outcome {
    match cause {
        Some(Cause::NoSecondFactor) => Outcome::NoDevice,
        Some(Cause::Denied) => Outcome::Refused,
        Some(Cause::Expired) => Outcome::SessionUnknown,
        Some(Cause::NotShown) => Outcome::System,
        _ => Outcome::Denied,
    }
}

impl From<Impasse> for Halt {
    fn from(impasse: Impasse) -> Self {
        match impasse {
            // Whoever does not hold a flow does not learn that there is one.
            Impasse::Gone | Impasse::Client | Impasse::Others => {
                Self::Outcome(Outcome::SessionUnknown)
            }
            Impasse::Limited(_) => Self::Outcome(Outcome::Limited),
            Impasse::Fault(fault) => Self::Fault(fault),
        }
    }
}
