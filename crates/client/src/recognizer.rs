//! What an app has: somebody enrols, authenticates, approves.

mod conversation;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use self::conversation::Conversation;
use crate::Pin;
use crate::device::{Device, DeviceStore, Record, StoreFailed};
use crate::error::Error;
use crate::message::{Consent, Feedback, Operation, Turn};
use crate::picture::Frame;
use crate::proof::{Factor, PinChange};
use crate::session::{Asked, OperationInfo, Success};
use crate::transaction::{Pair, TransactionData};
use crate::transport::{Connect, Hosts, random};

/// Where the server is, and whose app this is.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The name of the customer, which is no secret.
    pub customer: String,
    /// Where the server is: `https://sso.example.com`; the first that answers.
    pub hosts: Vec<String>,
    /// Whom to trust, as certificates in DER; Mozilla's list if there is none here.
    pub trusted_certificates: Vec<Vec<u8>>,
    /// The languages of the person, as in `Accept-Language`.
    pub lang: Option<String>,
}

/// The camera has failed; what it says is for whoever integrates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CameraFailed(pub String);

/// The app's camera.
pub trait Camera: Send + Sync {
    /// Begins to take pictures after so many seconds.
    fn start(&self, delay_seconds: u32) -> Result<(), CameraFailed>;
    /// The newest picture, as soon as there is one that was not given before.
    fn frame(&self) -> Result<Frame, CameraFailed>;
    /// Ends it. It is called once for each start that has succeeded.
    fn stop(&self);
}

/// The app's screen. Nothing in it may answer in the person's place.
pub trait Screen: Send + Sync {
    /// Shows a transaction, letter by letter and in this order, as plain text; whether the person approves.
    fn approve(&self, pairs: Vec<Pair>) -> bool;
    /// Shows what is done with a face; whether the person agrees.
    fn agree(&self, consent: Consent) -> bool;
    /// Asks for the PIN again after a wrong one; `None` if the person gives up.
    fn enter_pin(&self, attempts_left: u32) -> Option<String>;
    /// Tells the person what to do in front of the camera. Returns at once.
    fn guide(&self, guidance: Guidance);
}

/// What to tell a person in front of the camera.
#[derive(Clone, Debug, PartialEq)]
pub enum Guidance {
    /// A pose is asked for.
    Pose(Turn),
    /// A frame was looked at.
    Feedback(Feedback),
    /// An attempt has failed, and another one follows.
    Failed {
        /// How many are left.
        attempts_left: u32,
    },
}

/// What an app supplies.
#[derive(Clone)]
pub struct Platform {
    /// Where the device's key is kept.
    pub store: Arc<dyn DeviceStore>,
    /// The camera.
    pub camera: Arc<dyn Camera>,
    /// The screen.
    pub screen: Arc<dyn Screen>,
}

/// How somebody enrols.
#[derive(Clone, Default)]
pub struct Enrollment {
    /// The person, as the customer names them.
    pub username: String,
    /// A PIN that they want to have besides.
    pub pin: Option<String>,
    /// The customer's word that it is they.
    pub authorization: Option<String>,
    /// By what the customer's backend finds it.
    pub operation_info: Option<OperationInfo>,
    /// How long the camera waits, in seconds.
    pub camera_delay_seconds: u32,
}

/// How somebody authenticates.
#[derive(Clone, Default)]
pub struct Authentication {
    /// By what.
    pub by: By,
    /// What they approve: a JSON array of objects with one pair each.
    pub transaction_data: Option<String>,
    /// The customer's word that it is they.
    pub authorization: Option<String>,
    /// By what the customer's backend finds it.
    pub operation_info: Option<OperationInfo>,
}

/// By what somebody authenticates, besides their device.
#[derive(Clone)]
pub enum By {
    /// Their face.
    Face {
        /// A PIN that they want to have from now on.
        new_pin: Option<String>,
        /// Whether their PIN is to be removed.
        remove_pin: bool,
        /// How long the camera waits, in seconds.
        camera_delay_seconds: u32,
    },
    /// Their PIN.
    Pin(String),
}

impl Default for By {
    fn default() -> Self {
        Self::Face {
            new_pin: None,
            remove_pin: false,
            camera_delay_seconds: 0,
        }
    }
}

/// Enrols and authenticates people; one operation at a time, each of which takes as long as the person does.
pub struct Recognizer {
    customer: String,
    lang: Option<String>,
    server: Box<dyn Connect>,
    platform: Platform,
    busy: Mutex<()>,
    cancelled: AtomicBool,
}

impl Recognizer {
    /// An app of this customer.
    pub fn new(setup: Setup, platform: Platform) -> Result<Self, Error> {
        let server = Hosts::new(&setup.hosts, &setup.trusted_certificates)?;
        Self::with_server(setup, platform, Box::new(server))
    }

    fn with_server(
        setup: Setup,
        platform: Platform,
        server: Box<dyn Connect>,
    ) -> Result<Self, Error> {
        if setup.customer.contains('.') {
            return Err(Error::Configuration(
                "this is a key of the server API, which no app may have; the customer's name is meant",
            ));
        }
        check_length(
            &setup.customer,
            64,
            "the name of the customer has 1 to 64 characters",
        )?;
        Ok(Self {
            customer: setup.customer,
            lang: setup.lang,
            server,
            platform,
            busy: Mutex::new(()),
            cancelled: AtomicBool::new(false),
        })
    }

    /// Enrols somebody on this device.
    pub fn enroll(&self, enrollment: &Enrollment) -> Result<Success, Error> {
        let _busy = self.begin()?;
        let username = &enrollment.username;
        check_length(username, 256, "a username has 1 to 256 characters")?;
        let pin = enrollment.pin.as_deref().map(Pin::wanted).transpose()?;
        let factor = Factor::Face(pin.map_or(PinChange::None, PinChange::Set));
        let (mut record, operation) = self.device_for(username)?;
        let mut asked = self.asked(&record, operation);
        asked.authorization.clone_from(&enrollment.authorization);
        asked.operation_info.clone_from(&enrollment.operation_info);
        let factor = (factor, enrollment.camera_delay_seconds);
        let success = self.proceed(asked, &mut record, factor)?;
        record.keyless_id = Some(success.keyless_id.clone());
        record.save(self.store())?;
        Ok(success)
    }

    /// Authenticates who has enrolled on this device, and has them approve a transaction if there is one.
    pub fn authenticate(&self, authentication: &Authentication) -> Result<Success, Error> {
        let _busy = self.begin()?;
        let data = authentication.transaction_data.as_deref();
        // "An SDK checks the same before it connects."
        let data = data.map(TransactionData::read).transpose()?;
        let factor = factor(&authentication.by)?;
        let mut record = self.enrolled()?;
        let mut asked = self.asked(&record, Operation::Authenticate);
        asked.transaction = data;
        asked
            .authorization
            .clone_from(&authentication.authorization);
        asked
            .operation_info
            .clone_from(&authentication.operation_info);
        self.proceed(asked, &mut record, factor)
    }

    /// Asks the server whether it still has the person and this device, without any biometrics.
    pub fn validate(&self, authorization: Option<String>) -> Result<(), Error> {
        let _busy = self.begin()?;
        let record = self.enrolled()?;
        let mut asked = self.asked(&record, Operation::Authenticate);
        asked.authorization = authorization;
        let device = self.device(&record)?;
        let mut conversation = Conversation::begin(&*self.server, &self.cancelled)?;
        conversation.open(asked, device)?;
        conversation.leave();
        Ok(())
    }

    /// Who has enrolled on this device: their opaque id.
    pub fn user_id(&self) -> Result<String, Error> {
        self.enrolled()?
            .keyless_id
            .clone()
            .ok_or(Error::NotEnrolled)
    }

    /// The public half of the device's key: `04 || x || y`, 65 bytes.
    pub fn public_key(&self) -> Result<Vec<u8>, Error> {
        self.store().public_key()?.ok_or(Error::NotEnrolled)
    }

    /// Deletes what is on this device. The server is not told.
    pub fn reset(&self) -> Result<(), Error> {
        let _busy = self.begin()?;
        Ok(self.store().clear()?)
    }

    /// Ends the operation that is under way, as if the person had cancelled it.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
    }

    fn begin(&self) -> Result<MutexGuard<'_, ()>, Error> {
        let busy = self.busy.try_lock();
        let busy = busy.map_err(|_| Error::Configuration("another operation is under way"))?;
        self.cancelled.store(false, Ordering::Release);
        Ok(busy)
    }

    fn proceed(
        &self,
        asked: Asked,
        record: &mut Record,
        (factor, camera_delay_seconds): (Factor, u32),
    ) -> Result<Success, Error> {
        let device = self.device(record)?;
        let mut conversation = Conversation::begin(&*self.server, &self.cancelled)?;
        let mut opened = conversation.open(asked, device)?;
        if opened.takes_new_secret() {
            // Kept before the server hears of it, as with a new device.
            record.renew(&random());
            record.save(self.store())?;
            opened = opened.with_device(self.device(record)?);
        }
        let screen = &*self.platform.screen;
        let approved = opened.shown_by(
            |pairs| screen.approve(pairs.to_vec()),
            |consent| screen.agree(consent.clone()),
        );
        let ended = approved.and_then(|approved| match &factor {
            Factor::Pin(pin) => conversation.by_pin(&opened, &approved, pin.clone(), screen),
            Factor::Face(_) => {
                conversation.say(&opened.begin(&factor, &approved)?)?;
                let camera = (&*self.platform.camera, camera_delay_seconds);
                conversation.by_face(&opened, &factor, camera, screen)
            }
        });
        match ended {
            Ok(_) | Err(Error::Refused(_)) => conversation.close(),
            Err(_) => conversation.leave(),
        }
        ended
    }

    fn asked(&self, record: &Record, operation: Operation) -> Asked {
        Asked {
            customer: self.customer.clone(),
            username: record.username.clone(),
            operation,
            authorization: None,
            transaction: None,
            operation_info: None,
            lang: self.lang.clone(),
            keyless_id: record.keyless_id.clone(),
        }
    }

    fn store(&self) -> &dyn DeviceStore {
        &*self.platform.store
    }

    fn enrolled(&self) -> Result<Record, Error> {
        let record = Record::load(self.store())?;
        let enrolled = record.filter(|it| it.customer == self.customer && it.keyless_id.is_some());
        enrolled.ok_or(Error::NotEnrolled)
    }

    /// A device for somebody who enrols, and what to ask for.
    fn device_for(&self, username: &str) -> Result<(Record, Operation), Error> {
        let known = Record::load(self.store())?;
        if known.as_ref().is_some_and(|it| it.keyless_id.is_some()) {
            return Err(Error::Configuration(
                "somebody has enrolled on this device; a reset comes first",
            ));
        }
        let known = known.filter(|it| it.customer == self.customer && it.username == username);
        match (known, self.store().public_key()?) {
            // What was made for an enrolment whose end is not known may have become this person's device.
            (Some(known), Some(_)) => Ok((known, Operation::AuthOrEnrol)),
            _ => Ok((self.create(username)?, Operation::Enrol)),
        }
    }

    /// A new device, which is kept before the server hears of it.
    fn create(&self, username: &str) -> Result<Record, Error> {
        let record = Record::new(&self.customer, username, &random());
        self.store().create_key()?;
        record.save(self.store())?;
        Ok(record)
    }

    fn device(&self, record: &Record) -> Result<Device<'_>, Error> {
        let key = self.store().public_key()?;
        let lost = || Error::from(StoreFailed("the key is lost".to_owned()));
        Device::new(self.store(), &key.ok_or_else(lost)?, record)
    }
}

fn factor(by: &By) -> Result<(Factor, u32), Error> {
    match by {
        By::Pin(pin) => Ok((Factor::Pin(Pin::given(pin)?), 0)),
        By::Face {
            new_pin,
            remove_pin,
            camera_delay_seconds,
        } => {
            let change = match (new_pin, remove_pin) {
                (None, false) => PinChange::None,
                (Some(pin), false) => PinChange::Set(Pin::wanted(pin)?),
                (None, true) => PinChange::Remove,
                (Some(_), true) => {
                    return Err(Error::Configuration("a PIN is set or removed, not both"));
                }
            };
            Ok((Factor::Face(change), *camera_delay_seconds))
        }
    }
}

fn check_length(text: &str, most: usize, sentence: &'static str) -> Result<(), Error> {
    match (1..=most).contains(&text.chars().count()) {
        true => Ok(()),
        false => Err(Error::Configuration(sentence)),
    }
}

#[cfg(test)]
mod tests;
