//! What is posted: whose it is, whether it is good, and for whom.

use std::sync::Arc;

use authn::flow::{Door, Origin};
use authn::pingid::ppm::{
    self, Attributes, Channel, Form, PpmError, Refused, Respondent, Unproven, VerifiedPpm,
};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::Response;
use domain::port::{Changes, CommitError};
use domain::{Actor, AuditEvent, Organization};
use oauth::Parameters;

use super::demand::{Demand, Demanding};
use super::exit::Answer;
use super::path;
use super::unproven::{Unanswerable, account_parameter, noted, organization, unanswerable};
use crate::app::App;
use crate::door::passage::Impasse;
use crate::extract::{Submitted, Visit};
use crate::fault::Fault;
use crate::page::error::PageRefusal;

/// How often a request is looked at whose person others change meanwhile.
const TRIES: usize = 3;

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

/// Why a request that is proven does not become a flow.
enum Halt {
    /// Its relying party is told this.
    Refused(PpmError),
    /// The house cannot.
    Fault(Fault),
    /// The person sees this.
    Page(PageRefusal),
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
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
                let cause = error.to_string();
                return Err(noted(server, (channel, &cause), error.into(), &visit).await);
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

    /// Begins the flow, or answers why not. Who has signed a request is answered from here on, whatever
    /// fails.
    pub(super) async fn begin(&self) -> Result<Response, PageRefusal> {
        let request = match self.verified() {
            Err(unproven) => {
                let cause = Unanswerable::from(unproven);
                return Err(unanswerable(&self.house, self.channel, &cause, &self.visit).await);
            }
            Ok(Err(Refused { respondent, error })) => {
                return self.refuse((&respondent, None), error).await;
            }
            Ok(Ok(request)) => request,
        };
        let to = &request.respondent;
        match self.led(&request).await {
            Ok(response) => Ok(response),
            Err(Halt::Page(page)) => Err(page),
            Err(Halt::Refused(error)) => self.refuse((to, Some(&request)), error).await,
            Err(Halt::Fault(fault)) => {
                let reference = self.visit.frame.request_id.as_str();
                tracing::error!(cause = %fault, reference, "a PPM request cannot be dealt with");
                self.refuse((to, None), PpmError::System).await
            }
        }
    }

    fn verified(&self) -> Result<Result<VerifiedPpm, Refused>, Unproven> {
        let form = Form {
            account: self.value(account_parameter(self.channel)),
            issuer: self.parameters.value("iss"),
            request: self.value("ppm_request"),
        };
        let issuer = &self.server.settings.issuer;
        let destinations = [format!("{issuer}{}", path(self.channel))];
        let now = self.house.now();
        ppm::verify(&self.organization, &form, self.channel, &destinations, now)
    }

    fn value(&self, name: &str) -> &str {
        self.parameters.value(name).unwrap_or_default()
    }

    /// The flow, to which the browser is led. A request is used up by the flow's beginning and not before:
    /// where that fails it may come again.
    async fn led(&self, request: &VerifiedPpm) -> Result<Response, Halt> {
        let demanding = Demanding {
            house: &self.house,
            organization: &self.organization,
            request,
        };
        let carried = serde_json::to_value(request);
        let carried = carried.map_err(|error| Fault::Defect(error.to_string()))?;
        for _ in 0..TRIES {
            let demand = demanding.demand().await?.map_err(Halt::Refused)?;
            let changes = self.changes(request, &demand);
            let origin = Origin {
                door: Door::Ppm,
                request: carried.clone(),
            };
            let demanded = (demand.requirement, &changes);
            let begun = self.house.begin_flow_with(origin, demanded, &self.visit);
            return match Box::pin(begun).await {
                Ok(led) => led.map_err(Halt::Page),
                Err(Impasse::Gone) => Err(Halt::Refused(PpmError::Replayed)),
                // Another request has added the same person.
                Err(Impasse::Fault(Fault::Contention)) if demand.newcomer.is_some() => continue,
                Err(Impasse::Fault(fault)) => Err(fault.into()),
                Err(impasse) => Err(Halt::Page(impasse.into())),
            };
        }
        Err(Fault::Contention.into())
    }

    /// What is true once the flow is begun.
    fn changes(&self, request: &VerifiedPpm, demand: &Demand) -> Changes {
        let about = (&request.respondent, Some(&request.attributes));
        let event_of = |name| event(&self.house, name, about, &self.visit);
        let mut changes = ppm::claims(request);
        changes.insert(&event_of("ppm.requested"));
        if let Some(newcomer) = &demand.newcomer {
            changes.insert(newcomer);
            changes.insert(&event_of("user.created"));
        }
        changes
    }

    /// Tells the relying party what is wrong. A request that was found good is used up by that, unless the
    /// house is to blame.
    async fn refuse(
        &self,
        (to, request): (&Respondent, Option<&VerifiedPpm>),
        error: PpmError,
    ) -> Result<Response, PageRefusal> {
        let uses_up = !matches!(error, PpmError::Replayed | PpmError::System);
        let claims = request.filter(|_| uses_up).map(ppm::claims);
        let told = match self.note((to, request), error, claims).await {
            Err(CommitError::Claimed) => {
                let noted = self.note((to, request), PpmError::Replayed, None).await;
                self.complain(noted);
                PpmError::Replayed
            }
            noted => {
                self.complain(noted);
                error
            }
        };
        let reference = self.visit.frame.request_id.as_str();
        tracing::info!(cause = %told, channel = ?to.channel, reference, "refused a PPM request");
        let answer = Answer::failed(&self.house, &self.organization, (to, None), told)?;
        Ok(answer.respond(&self.house, &self.visit))
    }

    async fn note(
        &self,
        (to, request): (&Respondent, Option<&VerifiedPpm>),
        error: PpmError,
        claims: Option<Changes>,
    ) -> Result<(), CommitError> {
        let attributes = request.map(|request| &request.attributes);
        let event = event(&self.house, "ppm.refused", (to, attributes), &self.visit);
        let mut changes = claims.unwrap_or_default();
        changes.insert(&event.with("cause", error.to_string()));
        self.house.records.commit(changes).await
    }

    /// Whoever is answered is answered, also where auditors cannot be told.
    fn complain(&self, noted: Result<(), CommitError>) {
        if let Err(error) = noted {
            let reference = self.visit.frame.request_id.as_str();
            tracing::error!(%error, reference, "a refusal cannot be noted");
        }
    }
}

/// An event about a request that a relying party has signed.
pub(super) fn event(
    app: &App,
    name: &str,
    (to, attributes): (&Respondent, Option<&Attributes>),
    visit: &Visit,
) -> AuditEvent {
    let actor = Actor::Client(to.issuer().to_owned());
    let event = AuditEvent::new(name, actor, app.now(), app.random())
        .with("endpoint", path(to.channel))
        .with("username", to.subject())
        .with("address", visit.address.clone())
        .with("reference", visit.frame.request_id.clone());
    let Some(attributes) = attributes else {
        return event;
    };
    let event = event.with("pingidSpAlias", attributes.sp_alias.clone());
    let application = attributes.saas_id.as_ref().map(ToString::to_string);
    let event = match application {
        Some(application) => event.with("saasid", application),
        None => event,
    };
    match attributes.address {
        Some(address) => event.with("pingidIp", address.to_string()),
        None => event,
    }
}
