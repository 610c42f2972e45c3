//! A session from the side of the client, without a connection: messages in, messages out
//! (docs/recognize-protocol.md). Each step is a type that only the step before makes.

use jose::jws::Unverified;
use jose::strict_base64url::decode;
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::device::Device;
use crate::error::{Deviation, Error};
use crate::message::{Consent, Limits, Operation, Outcome, Shown, Told, said};
use crate::proof::{Agreed, Factor, PinChange, Transcript, begin};
use crate::transaction::{Pair, TransactionData};

/// The longest JWT that is taken, in bytes.
const MAX_JWT: usize = 32 * 1024;

/// By what the customer's backend finds an operation, and what it finds.
#[derive(Clone, Debug)]
pub struct OperationInfo {
    /// The customer's id of it, good once: 1 to 128 characters.
    pub id: String,
    /// What the customer notes of it, which says nothing to the service: at most 1 KiB.
    pub payload: Option<String>,
}

/// What an app asks for.
pub(crate) struct Asked {
    pub(crate) customer: String,
    pub(crate) username: String,
    pub(crate) operation: Operation,
    pub(crate) authorization: Option<String>,
    pub(crate) transaction: Option<TransactionData>,
    pub(crate) operation_info: Option<OperationInfo>,
    pub(crate) lang: Option<String>,
    /// Who this device has enrolled.
    pub(crate) keyless_id: Option<String>,
}

/// The message `open`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Open<'a> {
    r#type: &'static str,
    customer: &'a str,
    username: &'a str,
    operation: Operation,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization: Option<Authorization<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<Transaction<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_payload: Option<&'a str>,
    device: DeviceNamed<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<&'a str>,
}

#[derive(Serialize)]
struct Authorization<'a> {
    token: &'a str,
}

#[derive(Serialize)]
struct Transaction<'a> {
    data: &'a str,
}

#[derive(Serialize)]
struct DeviceNamed<'a> {
    id: &'a str,
}

/// A session that has been opened by the client, not yet by the server.
pub(crate) struct Greeted<'a> {
    asked: Asked,
    device: Device<'a>,
    limits: Limits,
    transcript: Transcript,
}

impl Asked {
    /// The server has said hello: what to open the session with.
    pub(crate) fn greet<'a>(
        self,
        (text, told): (&str, Told),
        device: Device<'a>,
    ) -> Result<(Greeted<'a>, String), Error> {
        let Told::Hello(hello) = told else {
            return Err(Deviation::Unexpected.into());
        };
        let limits = hello.limits;
        let open = said(&self.open(device.id()));
        if open.len() > limits.text {
            return Err(Error::Configuration("what is asked for is too long"));
        }
        let transcript = Transcript::of(text).and(&open);
        let greeted = Greeted {
            asked: self,
            device,
            limits,
            transcript,
        };
        Ok((greeted, open))
    }

    fn open<'a>(&'a self, device: &'a str) -> Open<'a> {
        let token = self.authorization.as_deref();
        let data = self.transaction.as_ref().map(TransactionData::text);
        let info = self.operation_info.as_ref();
        Open {
            r#type: "open",
            customer: &self.customer,
            username: &self.username,
            operation: self.operation,
            authorization: token.map(|token| Authorization { token }),
            transaction: data.map(|data| Transaction { data }),
            operation_id: info.map(|info| info.id.as_str()),
            operation_payload: info.and_then(|info| info.payload.as_deref()),
            device: DeviceNamed { id: device },
            lang: self.lang.as_deref(),
        }
    }
}

/// A session that the server has opened: it is the person's turn.
pub(crate) struct Opened<'a> {
    asked: Asked,
    device: Device<'a>,
    limits: Limits,
    transcript: Transcript,
    operation: Operation,
    factors: Vec<String>,
    takes_new_pin: bool,
    transaction: Option<Shown>,
    consent: Option<Consent>,
}

/// What the person has approved and agreed to, which [`Opened::shown_by`] alone makes.
pub(crate) struct Approved(Agreed);

/// What has become of an operation.
#[derive(Clone, PartialEq, Eq)]
pub struct Success {
    /// The opaque id of the person.
    pub keyless_id: String,
    /// The id of the device.
    pub device_id: String,
    /// What the app gives to its backend, which verifies it.
    pub signed_jwt: String,
    /// The evidence of an approved transaction, if the customer wants one.
    pub receipt: Option<String>,
}

/// A JWT is nothing for a log.
impl std::fmt::Debug for Success {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Success")
            .field("keyless_id", &self.keyless_id)
            .finish_non_exhaustive()
    }
}

impl<'a> Greeted<'a> {
    /// The server has opened the session, as it was asked.
    pub(crate) fn opened(self, (text, told): (&str, Told)) -> Result<Opened<'a>, Error> {
        let Told::Opened(opened) = told else {
            return Err(Deviation::Unexpected.into());
        };
        if text.len() > self.limits.text {
            return Err(Deviation::TooLong.into());
        }
        let (wanted, operation) = (self.asked.operation, opened.operation);
        if operation == Operation::AuthOrEnrol
            || wanted != Operation::AuthOrEnrol && wanted != operation
        {
            return Err(Deviation::AnotherOperation.into());
        }
        check_transaction(self.asked.transaction.as_ref(), opened.transaction.as_ref())?;
        if (operation == Operation::Enrol) != opened.consent.is_some() {
            return Err(Deviation::Consent.into());
        }
        Ok(Opened {
            transcript: self.transcript.and(text),
            asked: self.asked,
            device: self.device,
            limits: self.limits,
            operation,
            factors: opened.factors,
            takes_new_pin: opened.pin.as_deref() == Some("optional"),
            transaction: opened.transaction,
            consent: opened.consent,
        })
    }
}

/// Regulation (EU) 2018/389 art. 5(1)(a): "the payer is made aware of the amount of the payment transaction
/// and of the payee": those that were asked for, and no others.
fn check_transaction(
    asked: Option<&TransactionData>,
    shown: Option<&Shown>,
) -> Result<(), Deviation> {
    match (asked, shown) {
        (None, None) => Ok(()),
        (Some(asked), Some(shown)) if asked.is_shown_by(&shown.pairs) => {
            let digest = decode(&shown.digest).map_err(|_| Deviation::Digest)?;
            (digest.len() == 32).then_some(()).ok_or(Deviation::Digest)
        }
        _ => Err(Deviation::AnotherTransaction),
    }
}

impl<'a> Opened<'a> {
    /// Whether somebody enrols with a device that was made for an earlier enrolment: "each enrolment takes a
    /// new one", a new secret.
    pub(crate) fn takes_new_secret(&self) -> bool {
        self.operation == Operation::Enrol && self.asked.operation == Operation::AuthOrEnrol
    }

    /// The same session with the device as it is now.
    pub(crate) fn with_device(self, device: Device<'a>) -> Self {
        Self { device, ..self }
    }

    /// What the session is bounded by.
    pub(crate) const fn limits(&self) -> Limits {
        self.limits
    }

    /// Has everything shown that must be, and waits for the person's answers.
    pub(crate) fn shown_by(
        &self,
        approve: impl FnOnce(&[Pair]) -> bool,
        agree: impl FnOnce(&Consent) -> bool,
    ) -> Result<Approved, Error> {
        let mut agreed = Agreed::default();
        if let Some(transaction) = &self.transaction {
            if !approve(&transaction.pairs) {
                return Err(Error::Cancelled);
            }
            agreed.transaction = Some(transaction.digest.clone());
        }
        if let Some(consent) = &self.consent {
            if !agree(consent) {
                return Err(Error::Cancelled);
            }
            agreed.consent = Some(consent.version.clone());
        }
        Ok(Approved(agreed))
    }

    /// The message `begin`: the device signs everything that was said.
    pub(crate) fn begin(
        &self,
        factor: &Factor,
        approved: &Approved,
    ) -> Result<Zeroizing<String>, Error> {
        if !self.factors.iter().any(|offered| offered == factor.name()) {
            return Err(Error::Configuration("this factor cannot be used now"));
        }
        if matches!(factor, Factor::Face(PinChange::Set(_))) && !self.takes_new_pin {
            return Err(Error::Configuration("the customer has no PINs"));
        }
        begin(&self.device, &self.transcript, factor, &approved.0)
    }

    /// What has become of it, if it is what was asked for.
    pub(crate) fn conclude(&self, outcome: Outcome, factor: &Factor) -> Result<Success, Error> {
        let person = self.asked.keyless_id.as_ref();
        if outcome.operation != self.operation
            || outcome.factor != factor.name()
            || outcome.device_id != self.device.id()
            || person.is_some_and(|person| *person != outcome.keyless_id)
        {
            return Err(Deviation::AnotherResult.into());
        }
        self.check_jwt(&outcome, factor)
            .ok_or(Deviation::AnotherJwt)?;
        Ok(Success {
            keyless_id: outcome.keyless_id,
            device_id: outcome.device_id,
            signed_jwt: outcome.jwt,
            receipt: outcome.receipt,
        })
    }

    /// Looks what a JWT says; whether it is signed by whom it must be is the backend's to find out.
    fn check_jwt(&self, outcome: &Outcome, factor: &Factor) -> Option<()> {
        let jwt = Unverified::parse(&outcome.jwt, MAX_JWT).ok()?;
        let claims = jwt.unverified_claims().ok()?;
        let approved = self.asked.transaction.as_ref().map(TransactionData::text);
        let is_approved = claims.string("td").ok()? == approved;
        let is_person = claims.subject().ok()? == Some(&outcome.keyless_id);
        // The original's profile names the factor by the key, the extended one by `amr`.
        let is_factor = match jwt.header().typ() {
            Some("JWT") => jwt.header().kid() == Some(&factor.name().to_uppercase()),
            Some("recognize-transaction+jwt") => {
                let methods = claims.get("amr").and_then(Value::as_array);
                methods.is_some_and(|it| it.iter().any(|one| one == factor.name()))
            }
            _ => false,
        };
        (is_approved && is_person && is_factor).then_some(())
    }
}

#[cfg(test)]
#[path = "session/tests.rs"]
mod tests;
