//! Loads what a flow needs to know: who is signed on here, and whom it is about.

use std::borrow::Cow;

use authn::factor::webauthn::{AuthenticationResponse, RegistrationResponse};
use authn::flow::{
    Circumstances, Door, EnrolmentPolicy, Facts, Flow, Person, Policy, SignedOn, Trusted, Who,
    Wording,
};
use domain::port::{StoreError, Tenant, Versioned};
use domain::{
    Attempts, Client, ClientId, Consent, Device, Handle, HandleKey, Session, SessionId,
    SessionPolicy, TrustedBrowser, User, UserId,
};
use http::HeaderMap;
use oauth::authorize::VerifiedRequest;
use serde_json::Map;

use super::exit::request_of;
use super::passage::is_redirectless;
use super::pingone::device::asking_application;
use super::{pingid, ppm};
use crate::app::App;
use crate::extract::Visit;
use crate::page::Locale;

/// The longest address of mail, in bytes (RFC 5321 §4.5.3.1.3).
const MAX_ADDRESS: usize = 256;

/// The most people who are reminded of their names by one request.
const MAX_NAMESAKES: usize = 5;

impl App {
    /// The facts for one request in `flow`; `claimed` is who somebody says in it that they are.
    pub(super) async fn facts(
        &self,
        flow: &Flow,
        visit: &Visit,
        claimed: Option<&Who>,
    ) -> Result<Facts<'_>, StoreError> {
        let whom = flow.concerns(claimed);
        self.facts_about(whom, flow, visit, claimed).await
    }

    /// What it takes to look at `flow` and do nothing in it.
    pub(super) async fn facts_to_look(
        &self,
        flow: &Flow,
        visit: &Visit,
    ) -> Result<Facts<'_>, StoreError> {
        // It takes as long for nobody as for somebody.
        let whom = (!flow.is_blind()).then(|| flow.concerns(None)).flatten();
        self.facts_about(whom, flow, visit, None).await
    }

    async fn facts_about(
        &self,
        whom: Option<Who>,
        flow: &Flow,
        visit: &Visit,
        claimed: Option<&Who>,
    ) -> Result<Facts<'_>, StoreError> {
        let client = flow
            .requirement()
            .consent
            .as_ref()
            .map(|demand| &demand.client);
        // Boxed, as what is around it would be moved with it again and again.
        let session = Box::pin(self.signed_on(&visit.headers, client)).await?;
        let person = match whom {
            Some(Who::Id(id)) => self.records.get::<User>(&id).await?,
            Some(Who::Name(name)) => self.user_named(&name).await?,
            Some(Who::Email(_)) | None => None,
        };
        let mut facts = Facts {
            session,
            trusted: self.trusted(&visit.headers).await?,
            wording: self.wording(flow, visit).await?,
            circumstances: circumstances(flow, visit, self.records.tenant()),
            policy: self.policy_of(flow),
            ..Facts::none(self.own_policy())
        };
        if let Some(Who::Email(address)) = claimed {
            facts.namesakes = self.users_reached_at(address).await?;
        }
        if let Some(user) = person {
            facts.password = self.records.get(&user.id).await?;
            let person = Box::pin(self.person(user.record, client)).await?;
            facts.person = Some(person.within(flow));
        }
        if let Some(key) = facts.attempts_key(claimed) {
            facts.attempts = self.records.get::<Attempts>(&key).await?;
        }
        for key in facts.messages_keys(flow, claimed) {
            facts
                .messages
                .extend(self.records.get::<Attempts>(&key).await?);
        }
        if let Some(id) = flow.push_request() {
            facts.push = self.records.get(id).await?;
        }
        if let Some(key) = flow.face_ticket_key() {
            facts.face = self.records.get(key).await?;
        }
        Ok(facts)
    }

    /// What is set for a flow: by the policy that was chosen for it, or else for all.
    pub(super) fn policy_of(&self, flow: &Flow) -> Cow<'_, Policy> {
        let server = self.own_policy();
        match flow.origin().door {
            Door::DeviceAuthentication => return Cow::Owned(self.policy_of_devices(flow)),
            Door::Ppm => return Cow::Owned(self.policy_of_ppm(flow)),
            Door::PingId => return Cow::Owned(self.policy_of_pingid(flow)),
            Door::Authorize | Door::Account | Door::UserCode => {}
        }
        let chosen = flow.requirement().sign_on_policy.as_deref();
        let applied = chosen.and_then(|id| self.live.policies().applied(id, server));
        let mut policy = applied.map_or(Cow::Borrowed(server), Cow::Owned);
        // Where an environment's applications draw the pages, they set up devices by resources of it.
        let is_drawn = self.site.environment.is_some() && is_redirectless(flow).unwrap_or(true);
        if is_drawn && policy.devices.enrolment != EnrolmentPolicy::Never {
            policy.to_mut().devices.enrolment = EnrolmentPolicy::Never;
        }
        policy
    }

    /// In which words people are told things in a flow: the client's name stands for the application.
    async fn wording(&self, flow: &Flow, visit: &Visit) -> Result<Wording, StoreError> {
        let request = request(flow);
        let client = match asking(flow, request.as_ref()) {
            Some(client) => self.live.client(&client).await?,
            None => None,
        };
        let locales = self.pages.locales();
        let name = |client: &Client| locales.alias(visit.frame.locale, &client.name);
        let application = client.as_deref().map(name);
        let own = self.own_wording(visit.frame.locale.tag());
        let application = application.or_else(|| ppm::application_of(flow));
        let application = application.or_else(|| pingid::application_of(flow));
        Ok(Wording {
            application: application.unwrap_or_else(|| own.application.clone()),
            icon_url: ppm::icon_of(flow).or_else(|| pingid::icon_of(flow)),
            asked: languages_asked_for(request.as_ref(), visit),
            ..own
        })
    }

    /// In which words people are told things in the house's own name.
    pub(crate) fn own_wording(&self, locale: &str) -> Wording {
        let name = self.name();
        Wording {
            templates: self.live.templates(),
            application: name.to_owned(),
            icon_url: None,
            environment: name.to_owned(),
            asked: Vec::new(),
            locales: vec![locale.to_owned()],
        }
    }

    /// Whether anybody has registered the credential of this answer.
    pub(crate) async fn is_registered(
        &self,
        response: &RegistrationResponse,
    ) -> Result<bool, StoreError> {
        let credential = response.credential_id();
        let found = self.records.find::<Device>(1, &**credential).await?;
        Ok(!found.is_empty())
    }

    /// The person with this user name.
    pub(crate) async fn user_named(
        &self,
        name: &str,
    ) -> Result<Option<Versioned<User>>, StoreError> {
        if name.len() > User::MAX_USERNAME {
            return Ok(None);
        }
        let found = self.records.find::<User>(0, User::normalized(name)).await?;
        Ok(found.into_iter().next())
    }

    /// The first people whose address of mail this is.
    async fn users_reached_at(&self, address: &str) -> Result<Vec<User>, StoreError> {
        if address.len() > MAX_ADDRESS {
            return Ok(Vec::new());
        }
        let address = address.trim().to_lowercase();
        let found = self.records.find::<User>(1, &address).await?.into_iter();
        Ok(found.map(|user| user.record).take(MAX_NAMESAKES).collect())
    }

    /// Who is signed on in the browser that sent these headers; live or not, the engine decides.
    pub(super) async fn signed_on(
        &self,
        headers: &HeaderMap,
        client: Option<&ClientId>,
    ) -> Result<Option<SignedOn>, StoreError> {
        let Some(session) = self.session(headers).await? else {
            return Ok(None);
        };
        let Some(user) = self.records.get::<User>(&session.user).await? else {
            return Ok(None);
        };
        let person = self.person(user.record, client).await?;
        Ok(Some(SignedOn { session, person }))
    }

    /// Who trusts the browser that sent these headers; still or not, the engine decides.
    async fn trusted(&self, headers: &HeaderMap) -> Result<Option<Trusted>, StoreError> {
        let Some(cookie) = self.cookies().trust(headers) else {
            return Ok(None);
        };
        let key = HandleKey::of(cookie);
        let Some(browser) = self.records.get::<TrustedBrowser>(key).await? else {
            return Ok(None);
        };
        let password = self.records.get(&browser.user).await?;
        Ok(Some(Trusted { browser, password }))
    }

    /// The session of the browser that sent these headers, live or not.
    pub(super) async fn session(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<Versioned<Session>>, StoreError> {
        let Some(cookie) = self.cookies().session(headers) else {
            return Ok(None);
        };
        let found = self.records.get::<Session>(HandleKey::of(cookie)).await?;
        let was_closed = self.cookies().was_closed(headers);
        let outlives = self.live.session_rules().persistent.is_some();
        Ok(found.filter(|session| !was_closed || (outlives && session.idle.is_some())))
    }

    /// Somebody's session of this name, if it has not ended.
    pub(super) async fn live_session(
        &self,
        user: UserId,
        name: SessionId,
    ) -> Result<Option<Versioned<Session>>, StoreError> {
        let (limits, now) = (self.settings.policy.session, self.now());
        let found = self.records.find::<Session>(1, &name).await?;
        let mut found = found.into_iter();
        Ok(found.find(|session| session.user == user && session.is_live(limits, now)))
    }

    /// How long the sessions last that are begun now.
    pub(super) fn session_policy(&self) -> SessionPolicy {
        let persistent = self.live.session_rules().persistent;
        persistent.unwrap_or(self.settings.policy.session)
    }

    /// Gives the browser the cookies that open its session.
    pub(super) fn give_session(&self, headers: &mut HeaderMap, handle: &Handle) {
        let persistent = self.live.session_rules().persistent;
        let lifetime = persistent.map(|policy| policy.absolute);
        self.cookies().set_session(headers, handle, lifetime);
    }

    /// Whose passkey has answered: nothing is proven by that yet.
    pub(super) async fn owner_of(
        &self,
        response: &AuthenticationResponse,
    ) -> Result<Option<UserId>, StoreError> {
        let credential = response.credential_id();
        let found = self.records.find::<Device>(1, &**credential).await?;
        // Nothing keeps an authenticator from making up the id of another's credential.
        let handle = response.user_handle();
        let is_theirs =
            |user: &UserId| handle.is_some_and(|handle| **handle == *user.as_bytes().as_slice());
        Ok(found.iter().map(|device| device.user).find(is_theirs))
    }

    /// A person's devices.
    pub(crate) async fn devices(&self, user: UserId) -> Result<Vec<Versioned<Device>>, StoreError> {
        self.records.find::<Device>(0, &user).await
    }

    async fn person(&self, user: User, client: Option<&ClientId>) -> Result<Person, StoreError> {
        let devices = self.devices(user.id).await?;
        let consent = match client {
            Some(client) => {
                self.records
                    .get::<Consent>(Consent::key_of(user.id, client))
                    .await?
            }
            None => None,
        };
        Ok(Person {
            user,
            devices,
            consent,
        })
    }
}

/// Where a request in a flow comes from, and for whom.
pub(super) fn circumstances(flow: &Flow, visit: &Visit, tenant: Tenant) -> Circumstances {
    let request = request(flow);
    let asked = request.as_ref().and_then(VerifiedRequest::transaction);
    // Where an application is says nothing of where the person is, unless it says so.
    let told = asked.and_then(|asked| asked.remote_ip);
    let is_elsewhere = matches!(
        flow.origin().door,
        Door::DeviceAuthentication | Door::PingId
    );
    let is_there = !is_elsewhere && told.is_none();
    Circumstances {
        tenant: Some(tenant),
        // A relying party sees its people from nearer.
        address: told
            .or(ppm::address_of(flow))
            .or(pingid::address_of(flow))
            .or(is_there.then_some(visit.peer.0)),
        country: visit.country.clone().filter(|_| is_there),
        client: asking(flow, request.as_ref()),
        groups: ppm::groups_of(flow).or_else(|| pingid::groups_of(flow)),
        context: asked.map_or_else(Map::new, |asked| asked.client_context.clone()),
    }
}

/// The verified request that a flow is for, if it is for one.
pub(super) fn request(flow: &Flow) -> Option<VerifiedRequest> {
    let is_one = flow.origin().door == Door::Authorize;
    is_one.then(|| request_of(flow).ok()).flatten()
}

/// The languages that a request asks for, after the one to which the person has changed its pages since.
fn languages_asked_for(request: Option<&VerifiedRequest>, visit: &Visit) -> Vec<String> {
    let asked = request.map_or(&[][..], |request| request.ui_locales());
    let shown = visit.frame.locale;
    let served = asked.iter().find_map(|tag| Locale::of_tag(tag));
    let is_changed = visit.asks_for_language && served != Some(shown);
    let changed = is_changed.then(|| shown.tag().to_owned());
    changed.into_iter().chain(asked.iter().cloned()).collect()
}

/// The client for which a flow is, if it is for one.
pub(super) fn asking(flow: &Flow, request: Option<&VerifiedRequest>) -> Option<ClientId> {
    match flow.origin().door {
        Door::Authorize => Some(request?.client().clone()),
        Door::UserCode => flow.device().map(|device| device.client.clone()),
        Door::DeviceAuthentication => asking_application(flow),
        Door::Ppm => ppm::request_of(flow).ok()?.attributes.saas_id,
        Door::PingId => pingid::client_of(flow),
        Door::Account => None,
    }
}
