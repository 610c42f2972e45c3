//! One session, from `hello` to `result`: load, decide, commit, tell.

use std::sync::Arc;

use authn::recognize::conclusion::{self, Ending, Success};
use authn::recognize::message::{self, BEGIN_SECONDS, OPEN_SECONDS, SILENCE_SECONDS};
use authn::recognize::opening::{self, Asked, Facts};
use authn::recognize::{
    Attempts, AuthorizationFault, AuthorizedUser, Begun, Customer, EnrolledDevice, Factor, Fault,
    FrameFault, Greeted, NewKeys, Opened, OperationRecord, Person, Purpose, Refusal,
    TransactionProfile, UserAuthorization, Verdict, WhatCame, token,
};
use domain::port::{Changes, StoreError, Tenant, Versioned};
use domain::{Decision, KeyFamily, Uuid};
use jose::jws::Algorithm;
use oauth::TokenType;
use serde::Serialize;

use super::socket::{End, Patience, Received, Socket};
use crate::app::App;
use crate::fault;
use crate::recognize::{FaceAttempt, FaceClaim, Faces, NotLooked, TemplateUnusable};

/// The longest header of a JWT that is looked at for the name of its key, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// A session, and what it takes.
pub(super) struct Session {
    app: Arc<App>,
    faces: Arc<dyn Faces>,
    socket: Socket,
    origin: Option<String>,
}

/// Somebody's customer, and the house in which they are.
struct Place {
    customer: Customer,
    house: Arc<App>,
}

/// What is known of whom a session is about.
struct Known {
    person: Option<Versioned<Person>>,
    device: Option<Versioned<EnrolledDevice>>,
}

/// The message `result`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultMessage<'a> {
    r#type: &'static str,
    operation: &'static str,
    factor: Factor,
    keyless_id: Uuid,
    device_id: &'a str,
    jwt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
}

impl From<fault::Fault> for End {
    fn from(fault: fault::Fault) -> Self {
        match fault {
            fault::Fault::Busy(_) => Self::Refused(Refusal::Unavailable),
            other => {
                tracing::error!(error = %other, "a session cannot go on");
                Self::Refused(Refusal::Internal)
            }
        }
    }
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        fault::Fault::from(error).into()
    }
}

impl Session {
    pub(super) const fn new(
        app: Arc<App>,
        faces: Arc<dyn Faces>,
        socket: Socket,
        origin: Option<String>,
    ) -> Self {
        Self {
            app,
            faces,
            socket,
            origin,
        }
    }

    /// Goes on to the end, and tells it.
    pub(super) async fn run(mut self) {
        let ended = self.proceed().await;
        if let Err(End::Refused(refusal)) = &ended {
            tracing::info!(code = refusal.code(), reason = %refusal, "a session is refused");
            let _ = self.socket.send(message::error(refusal)).await;
        }
        self.socket.close().await;
    }

    async fn proceed(&mut self) -> Result<(), End> {
        let greeted = Greeted::new(self.app.random());
        tracing::Span::current().record("session", greeted.id());
        self.socket.send(greeted.hello()).await?;
        let text = self.socket.receive_text(OPEN_SECONDS).await?;
        let asked = greeted.open(&text)?.ok_or(End::Gone)?;
        if asked.open().ticket.is_some() {
            return Err(Refusal::Authorization(AuthorizationFault::Missing).into());
        }
        let place = self.place(&asked).await?;
        let opened = place.opened(&asked, self.origin.as_deref()).await?;
        self.socket.send(opened.message()).await?;
        let mut left = opened.attempts();
        loop {
            let text = self.socket.receive_text(BEGIN_SECONDS).await?;
            let begun = opened.begin(&text, self.app.now())?.ok_or(End::Gone)?;
            match begun.factor() {
                Factor::Face => return self.by_face(&place, &opened, &begun).await,
                Factor::Pin => left -= 1,
            }
            let known = place.records(&opened).await?;
            let ending = place.ending(&opened, &known);
            ending.goes_on(self.app.now())?;
            if ending.is_pin(&begun) {
                return self.succeed(&place, &opened, (&begun, None)).await;
            }
            self.fail(&place, &opened, (Fault::WrongPin, left)).await?;
        }
    }

    /// The customer, whose page this must be.
    async fn place(&mut self, asked: &Asked) -> Result<Place, End> {
        let system = self.app.records().of(Tenant::SYSTEM);
        let key = Customer::key_of(asked.customer());
        let customer = system.get::<Customer>(key).await?;
        let customer = customer.ok_or(Refusal::CustomerUnknown)?.record;
        let house = self.app.environment(customer.environment).await?;
        let house = house.ok_or(Refusal::CustomerUnknown)?;
        Ok(Place { customer, house })
    }

    /// Attempts, until one has succeeded or none is left.
    async fn by_face(&mut self, place: &Place, opened: &Opened, begun: &Begun) -> Result<(), End> {
        let mut attempts = Attempts::default();
        for left in (0..opened.attempts()).rev() {
            let mut attempt = self.attempt(place, opened, begun).await?;
            match self.watch(&mut attempts, &mut *attempt).await? {
                Ok(template) => return self.succeed(place, opened, (begun, template)).await,
                Err(fault) => self.fail(place, opened, (fault, left)).await?,
            }
        }
        Err(Refusal::NoAttemptsLeft.into())
    }

    /// A new attempt, if nothing that happened meanwhile stands against it: who is suspended now is
    /// looked at no more.
    async fn attempt(
        &mut self,
        place: &Place,
        opened: &Opened,
        begun: &Begun,
    ) -> Result<Box<dyn FaceAttempt>, End> {
        let known = place.records(opened).await?;
        place.ending(opened, &known).goes_on(self.app.now())?;
        let template = match opened.purpose() {
            Purpose::Enrol => None,
            Purpose::Authenticate => known.device.as_ref().map(|device| &*device.template),
        };
        let mut seed = [0; 32];
        self.app.random().fill(&mut seed);
        let person_id = opened.person();
        let claim = FaceClaim {
            secret: begun.secret(),
            context: person_id.as_bytes(),
            template,
        };
        self.faces.attempt(claim, seed).map_err(|TemplateUnusable| {
            tracing::warn!(person = %opened.person(), "what is kept of a face is of no use any more");
            End::from(Refusal::UserUnknown)
        })
    }

    /// Looks at frame after frame. With the result comes what is to be kept of a face, if it was enrolled.
    async fn watch(
        &mut self,
        attempts: &mut Attempts,
        attempt: &mut dyn FaceAttempt,
    ) -> Result<Result<Option<Vec<u8>>, Fault>, End> {
        let began = self.app.now();
        let (first, seconds) = attempt.first();
        for told in attempts.begin(first, seconds) {
            self.socket.send(told).await?;
        }
        loop {
            let received = self.socket.receive(SILENCE_SECONDS, Patience::Attempt);
            let frame = match received.await? {
                Received::Frame(frame) => frame,
                Received::Text(text) => match message::Said::read(&text)? {
                    message::Said::Cancel => return Err(End::Gone),
                    _ => return Err(Refusal::Unexpected.into()),
                },
            };
            let picture = match attempts.came(&frame)? {
                WhatCame::Look(frame) => frame.into_picture(),
                WhatCame::PassedOver(told) => {
                    self.socket.send(told).await?;
                    continue;
                }
            };
            let at = self.app.now().since(began);
            let seen = attempt
                .look(picture, at)
                .await
                .map_err(|error| match error {
                    NotLooked::Picture => Refusal::Frame(FrameFault::Picture),
                    NotLooked::Busy => Refusal::Unavailable,
                    NotLooked::Failed => Refusal::Internal,
                })?;
            for told in attempts.seen(&seen) {
                self.socket.send(told).await?;
            }
            match seen.verdict {
                Verdict::Going | Verdict::Pose(_) => {}
                Verdict::Passed(template) => return Ok(Ok(template)),
                Verdict::Failed(fault) => return Ok(Err(fault)),
            }
        }
    }

    /// Counts a failure, and tells it if there are attempts left.
    async fn fail(
        &mut self,
        place: &Place,
        opened: &Opened,
        (fault, left): (Fault, u32),
    ) -> Result<(), End> {
        let house = &place.house;
        let decide = || async {
            let known = place.records(opened).await?;
            let ending = place.ending(opened, &known);
            Ok(ending.failed(fault, left, house.now(), house.random()))
        };
        house.carry_out(decide, || Refusal::Internal).await??;
        self.socket.send(message::failure(fault.code(), left)).await
    }

    /// Notes a success, and tells it.
    async fn succeed(
        &mut self,
        place: &Place,
        opened: &Opened,
        (begun, template): (&Begun, Option<Vec<u8>>),
    ) -> Result<(), End> {
        let house = &place.house;
        let keys = match (opened.purpose(), &template) {
            (Purpose::Authenticate, _) => None,
            (Purpose::Enrol, Some(_)) => Some(place.new_keys().await?),
            (Purpose::Enrol, None) => return Err(Refusal::Internal.into()),
        };
        let decide = || async {
            let known = place.records(opened).await?;
            let ending = place.ending(opened, &known);
            let (now, random) = (house.now(), house.random());
            Ok(match (&keys, &template) {
                (Some(keys), Some(template)) => {
                    ending.enrolled((begun, template), keys, now, random)
                }
                _ => ending.authenticated(begun, now, random),
            })
        };
        let success = house.carry_out(decide, || Refusal::Internal).await??;
        let result = place.result(opened, begun, &success).await?;
        self.socket.send(message::told(&result)).await
    }
}

impl Place {
    /// Who may do what they want to, and what they are shown.
    async fn opened(&self, asked: &Asked, origin: Option<&str>) -> Result<Opened, End> {
        if !self.customer.allows(origin) {
            return Err(self.refused(Refusal::Origin).await?);
        }
        let user = match self.user(asked).await {
            Ok(user) => user,
            Err(refusal) => return Err(self.refused(refusal).await?),
        };
        let templates = self.house.live.templates();
        let decide = || async {
            let known = self
                .recorded(asked.username(), &asked.open().device.id)
                .await?;
            let facts = Facts {
                customer: &self.customer,
                person: known.person.as_ref(),
                device: known.device.as_ref(),
                is_operation_taken: self.is_taken(asked).await?,
                templates: &templates,
                environment: self.house.pages.brand_name(),
            };
            let (now, random) = (self.house.now(), self.house.random());
            Ok(opening::decide(asked, &user, facts, now, random))
        };
        let spent = || Refusal::Authorization(AuthorizationFault::Spent);
        match self.house.carry_out(decide, spent).await? {
            Err(refusal @ Refusal::Authorization(_)) => Err(self.refused(refusal).await?),
            answer => Ok(answer?),
        }
    }

    /// The person, vouched for if the customer does such things.
    async fn user(&self, asked: &Asked) -> Result<AuthorizedUser, Refusal> {
        let UserAuthorization::RemoteJwkSet { jwks_uri } = &self.customer.user_authorization else {
            return Ok(AuthorizedUser::not_vouched_for(asked.username()));
        };
        let token = asked.token().ok_or(AuthorizationFault::Missing)?;
        let parsed = jose::jws::Unverified::parse(token, MAX_TOKEN);
        let parsed = parsed.map_err(|why| AuthorizationFault::Refused(why.to_string()))?;
        let keys = self.house.published_keys(jwks_uri, parsed.header().kid());
        let keys = keys.await.map_err(|error| {
            tracing::warn!(%error, customer = self.customer.name, "the keys of a customer cannot be had");
            Refusal::KeysUnavailable
        })?;
        let whose = (self.customer.name.as_str(), asked.username());
        let (lifetime, now) = (self.customer.lifetime(), self.house.now());
        let user = AuthorizedUser::check(whose, Some(token), keys.verifying(), lifetime, now);
        Ok(user?)
    }

    /// Has auditors know that somebody was refused.
    async fn refused(&self, refusal: Refusal) -> Result<End, End> {
        if !matches!(refusal, Refusal::KeysUnavailable) {
            let (now, random) = (self.house.now(), self.house.random());
            let noted = |changes: Changes| Decision::<(), Refusal>::accept((), changes);
            let decide = || async {
                Ok(noted(conclusion::refused(
                    &self.customer,
                    &refusal,
                    now,
                    random,
                )))
            };
            self.house.carry_out(decide, || Refusal::Internal).await??;
        }
        Ok(refusal.into())
    }

    async fn is_taken(&self, asked: &Asked) -> Result<bool, StoreError> {
        let Some(id) = &asked.open().operation_id else {
            return Ok(false);
        };
        let key = OperationRecord::key_of(id);
        let found = self.house.records().get::<OperationRecord>(key).await?;
        Ok(found.is_some())
    }

    /// What is known of whom a session is about, now.
    async fn records(&self, opened: &Opened) -> Result<Known, fault::Fault> {
        Ok(self.recorded(opened.username(), opened.device()).await?)
    }

    async fn recorded(&self, username: &str, device: &str) -> Result<Known, StoreError> {
        let records = self.house.records();
        let person = records.get::<Person>(Person::key_of(username)).await?;
        let device = match &person {
            Some(person) => {
                let key = EnrolledDevice::key_of(person.id, device);
                records.get::<EnrolledDevice>(key).await?
            }
            None => None,
        };
        Ok(Known { person, device })
    }

    const fn ending<'a>(&'a self, opened: &'a Opened, known: &'a Known) -> Ending<'a> {
        Ending {
            customer: &self.customer,
            opened,
            person: known.person.as_ref(),
            device: known.device.as_ref(),
        }
    }

    async fn new_keys(&self) -> Result<NewKeys, End> {
        let factory = &self.house.ports.keys;
        let now = self.house.now();
        let keys = [(); 2].map(|()| factory.create(KeyFamily::P256, now));
        let mut made = Vec::with_capacity(keys.len());
        for key in keys {
            let key = key.await.map_err(fault::Fault::Defect)?;
            made.push(key.private_key);
        }
        match (made.pop(), made.pop()) {
            (Some(face), Some(pin)) => Ok(NewKeys { face, pin }),
            _ => Err(Refusal::Internal.into()),
        }
    }

    /// The message `result`.
    async fn result<'a>(
        &self,
        opened: &'a Opened,
        begun: &Begun,
        success: &Success,
    ) -> Result<ResultMessage<'a>, End> {
        let (mut jwt, mut receipt) = (success.jwt.clone(), None);
        if self.customer.profile == TransactionProfile::Extended {
            let (now, random) = (self.house.now(), self.house.random());
            let issuer = self.house.settings.issuer.as_str();
            let who = (issuer, self.customer.name.as_str());
            let what = (begun.factor(), opened.data());
            let claims = token::Extended::of(who, &success.person, what, now, random);
            jwt = self.sign(TokenType::RecognizeTransaction, &claims)?;
            if let Some(approved) = &success.approved {
                receipt = Some(self.receipt(approved, opened.username()).await?);
            }
        }
        Ok(ResultMessage {
            r#type: "result",
            operation: opened.purpose().name(),
            factor: begun.factor(),
            keyless_id: success.person.id.uuid(),
            device_id: opened.device(),
            jwt,
            receipt,
        })
    }

    /// The receipt of an approval, signed; only its digest is kept.
    async fn receipt(
        &self,
        approved: &authn::approval::ApprovedTransaction,
        username: &str,
    ) -> Result<String, End> {
        let house = &self.house;
        let (now, random) = (house.now(), house.random());
        let issuer = house.settings.issuer.as_str();
        let drawn = authn::approval::receipt::Drawn::of(approved, issuer, now, random);
        let token = self.sign(TokenType::ApprovalReceipt, &drawn)?;
        let issued = drawn.signed(token);
        let actor = domain::Actor::User(username.to_owned());
        let event = issued.event(actor, approved.transaction().client(), now, random);
        let mut changes = Changes::none();
        changes.insert(&event);
        let committed = house.records().commit(changes).await;
        committed.map_err(|error| {
            tracing::error!(%error, "a receipt cannot be noted");
            Refusal::Internal
        })?;
        Ok(issued.token)
    }

    fn sign(&self, typ: TokenType, claims: &impl Serialize) -> Result<String, End> {
        let keys = self.house.live.keys();
        let signed = keys.sign(Algorithm::Es256, typ, claims);
        signed.map_err(|error| fault::Fault::Defect(error.to_string()).into())
    }
}
