//! Where a session is that was opened by a ticket: the house that has given it out, and nowhere else.

use std::borrow::Cow;
use std::sync::Arc;

use authn::factor::face::{FaceMatter, FaceTicket};
use authn::flow::{Door, Flow, Policy, Wording};
use authn::lockout;
use authn::recognize::conclusion::Counted;
use authn::recognize::opening::Asked;
use authn::recognize::ticket::Ticketed;
use authn::recognize::{Begun, Fault, Opened, Refusal};
use domain::port::{Changes, Versioned};
use domain::{Attempts, Decision, Device, HandleKey, Session, User};
use http::header::ORIGIN;
use http::{HeaderMap, HeaderValue};
use serde_json::json;
use url::Url;

use super::socket::End;
use crate::app::App;
use crate::door::passage::is_redirectless;
use crate::fault;
use crate::page::Locale;

/// The longest ticket that is looked for, in bytes.
const MAX_TICKET: usize = 128;

/// A house, and the ticket that was shown there.
pub(super) struct TicketPlace {
    house: Arc<App>,
    key: HandleKey,
    /// In which language the person is told what has become of it.
    locale: String,
}

/// The records of a ticket, as they are now.
struct Known<'h> {
    ticket: Versioned<FaceTicket>,
    user: User,
    devices: Vec<Versioned<Device>>,
    attempts: Option<Versioned<Attempts>>,
    policy: Cow<'h, Policy>,
    wording: Wording,
    /// The session in which a face is enrolled, if one is: it must go on until it is.
    session: Option<Versioned<Session>>,
}

impl Known<'_> {
    fn ticketed(&self) -> Ticketed<'_> {
        Ticketed {
            ticket: &self.ticket,
            user: &self.user,
            devices: &self.devices,
            attempts: self.attempts.as_ref(),
            policy: &self.policy,
            wording: &self.wording,
        }
    }
}

impl TicketPlace {
    /// The place of this ticket.
    pub(super) fn of(house: &Arc<App>, ticket: &str, asked: &Asked) -> Result<Self, Refusal> {
        let languages = asked.open().lang.as_deref().unwrap_or_default();
        let locale = Locale::of_header(languages);
        let fits = (1..=MAX_TICKET).contains(&ticket.len());
        fits.then(|| Self {
            house: Arc::clone(house),
            key: HandleKey::of(ticket),
            locale: locale.map_or("en", Locale::tag).to_owned(),
        })
        .ok_or(Refusal::Ticket)
    }

    /// Who may be looked at, and what they are shown: the ticket is spent.
    pub(super) async fn opened(&self, asked: &Asked, brought: &HeaderMap) -> Result<Opened, End> {
        let decide = || async {
            let Some(ticket) = self.house.records.get::<FaceTicket>(self.key).await? else {
                return Ok(Decision::refuse(Refusal::Ticket));
            };
            if let Err(refusal) = self.admits(&ticket, brought).await? {
                return Ok(Decision::refuse(refusal));
            }
            let decided = self.decide(|session| session.open(asked, self.house.now()));
            decided.await
        };
        let opened = self.house.carry_out(decide, || Refusal::Ticket).await?;
        Ok(opened?)
    }

    /// Whether whoever shows a ticket may: in the browser in which it was given out, or, where the pages
    /// are an application's own, wherever that hands it to.
    async fn admits(
        &self,
        ticket: &FaceTicket,
        brought: &HeaderMap,
    ) -> Result<Result<(), Refusal>, fault::Fault> {
        let (house, origin) = (&self.house, brought.get(ORIGIN));
        match &ticket.matter {
            FaceMatter::Factor { flow, .. } => {
                let flow = house.records.get::<Flow>(flow).await?;
                let waits = |flow: &Versioned<Flow>| {
                    flow.face_ticket_key() == Some(self.key) && !flow.is_expired(house.now())
                };
                let Some(flow) = flow.filter(waits) else {
                    return Ok(Err(Refusal::Ticket));
                };
                let is_elsewhere =
                    flow.origin().door == Door::DeviceAuthentication || is_redirectless(&flow)?;
                let is_known = |origin: &HeaderValue| {
                    house.is_own_origin(origin)
                        || house.live.authn_api().allows(origin)
                        || house.live.origins().has(origin)
                };
                if !origin.is_none_or(is_known) {
                    return Ok(Err(Refusal::Origin));
                }
                let cookies = house.cookies().flows(brought);
                let holds = cookies.iter().any(|cookie| flow.is_bound_to(&cookie.key));
                Ok((is_elsewhere || holds).then_some(()).ok_or(Refusal::Ticket))
            }
            FaceMatter::Enrolment { session, .. } => {
                if !origin.is_none_or(|origin| house.is_own_origin(origin)) {
                    return Ok(Err(Refusal::Origin));
                }
                let policy = house.settings.policy.session;
                let is_it = |found: &Versioned<Session>| {
                    found.authentication.session == *session && found.is_live(policy, house.now())
                };
                let found = house.session(brought).await?;
                Ok(found.filter(is_it).map(|_| ()).ok_or(Refusal::Ticket))
            }
        }
    }

    /// What is decided of the session by the records as they are now.
    async fn decide<T>(
        &self,
        decide: impl FnOnce(&Ticketed<'_>) -> Decision<T, Refusal>,
    ) -> Result<Decision<T, Refusal>, fault::Fault> {
        match self.known().await? {
            Some(known) => Ok(decide(&known.ticketed())),
            None => Ok(Decision::refuse(Refusal::Ticket)),
        }
    }

    async fn known(&self) -> Result<Option<Known<'_>>, fault::Fault> {
        let (house, records) = (&self.house, &self.house.records);
        let Some(ticket) = records.get::<FaceTicket>(self.key).await? else {
            return Ok(None);
        };
        let Some(user) = records.get::<User>(&ticket.user).await? else {
            return Ok(None);
        };
        let policy = match &ticket.matter {
            FaceMatter::Factor { flow, .. } => {
                let Some(flow) = records.get::<Flow>(flow).await? else {
                    return Ok(None);
                };
                Cow::Owned(house.policy_of(&flow).into_owned())
            }
            FaceMatter::Enrolment { .. } => Cow::Borrowed(house.own_policy()),
        };
        let session = match &ticket.matter {
            FaceMatter::Factor { .. } => None,
            // Whoever was signed out since does nothing more.
            FaceMatter::Enrolment { session, .. } => {
                let Some(found) = house.live_session(user.id, *session).await? else {
                    return Ok(None);
                };
                Some(found)
            }
        };
        let attempts = lockout::key(&user.username);
        Ok(Some(Known {
            session,
            devices: house.devices(user.id).await?,
            attempts: records.get::<Attempts>(&attempts).await?,
            wording: house.own_wording(&self.locale),
            user: user.record,
            ticket,
            policy,
        }))
    }

    /// What is kept of the face, if it is to be recognised; an attempt may begin.
    pub(super) async fn template(&self, opened: &Opened) -> Result<Option<Vec<u8>>, End> {
        let known = self.known().await?.ok_or(Refusal::Ticket)?;
        let template = known.ticketed().goes_on(opened, self.house.now())?;
        Ok(template.map(|it| it.to_vec()))
    }

    /// Counts an attempt before anything of it is told.
    pub(super) async fn count(&self, opened: &Opened) -> Result<Counted, End> {
        let house = &self.house;
        let decide = || self.decide(|session| session.count(opened, house.now()));
        Ok(house.carry_out(decide, || Refusal::Internal).await??)
    }

    /// Notes a failure.
    pub(super) async fn failed(
        &self,
        about: (&Opened, Option<Counted>),
        failed: (Fault, u32),
    ) -> Result<(), End> {
        let (house, random) = (&self.house, self.house.random());
        let decide = || self.decide(|session| session.failed(about, failed, house.now(), random));
        Ok(house.carry_out(decide, || Refusal::Internal).await??)
    }

    /// Notes in the flow, or with the device, that a face was seen; the message that tells it.
    pub(super) async fn succeeded(
        &self,
        (opened, counted): (&Opened, Option<Counted>),
        (begun, template): (&Begun, Option<&[u8]>),
    ) -> Result<String, End> {
        let (house, random) = (&self.house, self.house.random());
        let decide = || async {
            let Some(known) = self.known().await? else {
                return Ok(Decision::refuse(Refusal::Ticket));
            };
            let (session, now) = (known.ticketed(), house.now());
            let Some(template) = template else {
                return Ok(session.recognised((opened, counted), begun, now));
            };
            let wallet = house.wallet(known.user.id, &self.locale).await?;
            let mut enrolled = session.enrolled((opened, begun, template), &wallet, now, random);
            if let Some(session) = &known.session {
                enrolled.changes.check(session.handle, Some(session));
            }
            Ok(enrolled)
        };
        house.carry_out(decide, || Refusal::Internal).await??;
        let result = json!({
            "type": "result",
            "operation": opened.purpose().name(),
            "factor": begun.factor(),
            "deviceId": opened.device(),
        });
        Ok(result.to_string())
    }

    /// Notes that nothing was seen: whoever waits for it need not wait any longer.
    pub(super) async fn given_up(&self) {
        let decide = || async {
            let known = self.known().await?;
            let changes = known.map_or_else(Changes::none, |it| it.ticketed().given_up());
            Ok(Decision::<(), Refusal>::accept((), changes))
        };
        if let Err(error) = self.house.carry_out(decide, || Refusal::Internal).await {
            tracing::warn!(%error, "it cannot be noted that a session has ended");
        }
    }
}

impl App {
    /// Whether a page of this origin is one of ours.
    fn is_own_origin(&self, origin: &HeaderValue) -> bool {
        let own = Url::parse(&self.settings.issuer).map(|url| url.origin().ascii_serialization());
        own.is_ok_and(|own| own.as_bytes() == origin.as_bytes())
    }
}
