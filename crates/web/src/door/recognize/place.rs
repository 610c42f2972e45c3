//! Where a session is: somebody's customer, and the house in which they are.

use std::sync::Arc;

use authn::recognize::conclusion::{self, Counted, Ending, Success};
use authn::recognize::message;
use authn::recognize::opening::{self, Asked, Facts};
use authn::recognize::{
    AuthorizationFault, AuthorizedUser, Begun, Customer, EnrolledDevice, Factor, Fault, NewKeys,
    Opened, OperationRecord, Person, Purpose, Refusal, TransactionProfile, UserAuthorization,
    token,
};
use domain::port::{Changes, Records, StoreError, Tenant, Versioned};
use domain::{Decision, KeyFamily, Uuid};
use jose::jws::Algorithm;
use oauth::TokenType;
use serde::Serialize;

use super::socket::End;
use crate::app::App;
use crate::fault;
use crate::recognize::Recognize;

/// The longest JWT that is looked at for the name of its key, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// Somebody's customer, and the house in which they are.
pub(super) struct Place {
    customer: Customer,
    house: Arc<App>,
    recognize: Arc<Recognize>,
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

/// The customer of this name, unless it is being deleted.
pub(super) async fn customer(
    records: &Records,
    name: &str,
) -> Result<Option<Versioned<Customer>>, StoreError> {
    let system = records.of(Tenant::SYSTEM);
    let found = system.get::<Customer>(Customer::key_of(name)).await?;
    Ok(found.filter(|it| it.is_live()))
}

impl Place {
    /// The customer, whose page this must be. Customers are the server's: at the address of an
    /// environment there is none.
    pub(super) async fn of(app: &App, asked: &Asked) -> Result<Self, End> {
        if app.is_environment() {
            return Err(Refusal::CustomerUnknown.into());
        }
        let customer = customer(app.records(), asked.customer()).await?;
        let customer = customer.ok_or(Refusal::CustomerUnknown)?.record;
        let house = app.environment(customer.environment).await?;
        let house = house.ok_or(Refusal::CustomerUnknown)?;
        let recognize = Arc::clone(&app.recognize);
        Ok(Self {
            customer,
            house,
            recognize,
        })
    }

    /// The customer as it is now, if it is there and of this environment still.
    pub(super) async fn customer_now(
        &self,
        records: &Records,
    ) -> Result<Option<Versioned<Customer>>, StoreError> {
        let found = customer(records, &self.customer.name).await?;
        Ok(found.filter(|it| it.environment == self.customer.environment))
    }

    /// Who may do what they want to, and what they are shown.
    pub(super) async fn opened(&self, asked: &Asked, origin: Option<&str>) -> Result<Opened, End> {
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
                is_usable: known
                    .device
                    .as_ref()
                    .is_some_and(|it| self.recognize.reads(&it.template)),
                is_operation_taken: self.is_taken(asked.open().operation_id.as_deref()).await?,
                templates: &templates,
                environment: self.house.name(),
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

    /// Whether there was an operation of this id.
    pub(super) async fn is_taken(&self, id: Option<&str>) -> Result<bool, StoreError> {
        let Some(id) = id else {
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
        self.ending_of(opened, known, None)
    }

    /// The same for an attempt that may have been counted.
    const fn ending_of<'a>(
        &'a self,
        opened: &'a Opened,
        known: &'a Known,
        counted: Option<Counted>,
    ) -> Ending<'a> {
        Ending {
            customer: &self.customer,
            opened,
            person: known.person.as_ref(),
            device: known.device.as_ref(),
            counted,
        }
    }

    /// What is kept of the face, if it is to be recognised, and an attempt may begin.
    pub(super) async fn template(&self, opened: &Opened) -> Result<Option<Vec<u8>>, End> {
        let known = self.records(opened).await?;
        self.ending(opened, &known).goes_on(self.house.now())?;
        Ok(match opened.purpose() {
            Purpose::Enrol => None,
            Purpose::Authenticate | Purpose::Renew => {
                known.device.as_ref().map(|it| it.template.to_vec())
            }
        })
    }

    /// Whether this is the PIN of the device.
    pub(super) async fn is_pin(&self, opened: &Opened, begun: &Begun) -> Result<bool, End> {
        let known = self.records(opened).await?;
        let ending = self.ending(opened, &known);
        ending.goes_on(self.house.now())?;
        Ok(ending.is_pin(begun))
    }

    /// Counts an attempt before anything of it is told.
    pub(super) async fn count(&self, opened: &Opened) -> Result<Counted, End> {
        let house = &self.house;
        let decide = || async {
            let known = self.records(opened).await?;
            Ok(self.ending(opened, &known).count(house.now()))
        };
        Ok(house.carry_out(decide, || Refusal::Internal).await??)
    }

    /// Notes a failure.
    pub(super) async fn failed(
        &self,
        (opened, counted): (&Opened, Option<Counted>),
        (fault, left): (Fault, u32),
    ) -> Result<(), End> {
        let house = &self.house;
        let decide = || async {
            let known = self.records(opened).await?;
            let ending = self.ending_of(opened, &known, counted);
            Ok(ending.failed(fault, left, house.now(), house.random()))
        };
        Ok(house.carry_out(decide, || Refusal::Internal).await??)
    }

    /// Notes a success; the message that tells it.
    pub(super) async fn succeeded(
        &self,
        (opened, counted): (&Opened, Option<Counted>),
        (begun, template): (&Begun, Option<&[u8]>),
    ) -> Result<String, End> {
        let house = &self.house;
        let keys = match (opened.purpose(), template) {
            (Purpose::Authenticate, _) | (Purpose::Renew, Some(_)) => None,
            (Purpose::Enrol, Some(_)) => Some(self.new_keys().await?),
            (Purpose::Enrol | Purpose::Renew, None) => return Err(Refusal::Internal.into()),
        };
        let decide = || async {
            // Of two sessions with one id, the other was faster.
            if self.is_taken(opened.operation_id()).await? {
                return Ok(Decision::refuse(Refusal::OperationTaken));
            }
            let known = self.records(opened).await?;
            let ending = self.ending_of(opened, &known, counted);
            let (now, random) = (house.now(), house.random());
            let Some(template) = template else {
                return Ok(ending.authenticated(begun, now, random));
            };
            let Some(customer) = self.customer_now(house.records()).await? else {
                return Ok(Decision::refuse(Refusal::CustomerUnknown));
            };
            let mut decision = match &keys {
                Some(keys) => ending.enrolled((begun, template), keys, now, random),
                None => ending.renewed((begun, template), now, random),
            };
            // Who deletes the customer finds every face: none is enrolled from then on.
            decision.changes.check_of_server(&customer);
            Ok(decision)
        };
        let success = house.carry_out(decide, || Refusal::Internal).await??;
        let result = self.result(opened, begun, &success).await?;
        Ok(message::told(&result))
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
