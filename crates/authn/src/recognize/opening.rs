//! A session is opened: who wants what, and whether they may.

use domain::port::{Changes, Random, Versioned};
use domain::{ClientId, Decision, Timestamp, TransactionDraft, UserId, Uuid};
use jose::digest::sha256;
use jose::strict_base64url;
use serde_json::{Value, json};

use super::beginning::{Consent, Opened, Purpose};
use super::conclusion::template_of;
use super::message::{self, Open, Operation, Said};
use super::{AuthorizedUser, Customer, EnrolledDevice, Person, Refusal, TransactionData};
use crate::approval::template::{Method, Names, Templates};
use crate::approval::{Presented, present};

/// What is hashed before what was said.
const PREFIX: &[u8] = b"countersign recognize v2\0";

/// How often a person may try in one session.
pub(super) const ATTEMPTS: u32 = 3;

/// The longest names, in characters.
const MAX_CUSTOMER: usize = 64;
const MAX_USERNAME: usize = 256;
const MAX_OPERATION: usize = 128;

/// The longest note of an operation, in bytes.
const MAX_PAYLOAD: usize = 1024;

/// The most languages that are looked at.
const MAX_LANGUAGES: usize = 8;

/// What was said so far, byte by byte.
#[derive(Clone)]
pub(super) struct Transcript(Vec<u8>);

impl Transcript {
    pub(super) fn and(mut self, message: &str) -> Self {
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        self.0.extend(length.to_be_bytes());
        self.0.extend(message.as_bytes());
        self
    }

    /// Its SHA-256 in base64url.
    pub(super) fn digest(&self) -> String {
        strict_base64url::encode(sha256(&self.0))
    }
}

/// A session in which nothing was said but `hello`.
pub struct Greeted {
    id: String,
    hello: String,
}

impl Greeted {
    /// A new session.
    pub fn new(random: &dyn Random) -> Self {
        let mut nonce = [0; 32];
        random.fill(&mut nonce);
        let id = Uuid::new(random).to_string();
        let hello = message::hello(&id, &strict_base64url::encode(nonce));
        Self { id, hello }
    }

    /// Identifies the session in logs.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The message `hello`.
    pub fn hello(&self) -> &str {
        &self.hello
    }

    /// Reads the first message of a client; `None` when the person does not want to after all.
    pub fn open(self, text: &str) -> Result<Option<Asked>, Refusal> {
        let open = match Said::read(text)? {
            Said::Open(open) => *open,
            Said::Begin(_) => return Err(Refusal::Unexpected),
            Said::Cancel => return Ok(None),
        };
        check(&open)?;
        Ok(Some(Asked {
            transcript: Transcript(PREFIX.to_vec()).and(&self.hello).and(text),
            open,
        }))
    }
}

/// Whether a message has all that it must have, and nothing that is too long.
fn check(open: &Open) -> Result<(), Refusal> {
    let thumbprint = strict_base64url::decode(&open.device.id).unwrap_or_default();
    if thumbprint.len() != 32 {
        return Err(Refusal::Invalid("device.id"));
    }
    let customers = [
        ("customer", open.customer.is_some()),
        ("username", open.username.is_some()),
        ("operation", open.operation.is_some()),
    ];
    let optional = [
        ("authorization", open.authorization.is_some()),
        ("transaction", open.transaction.is_some()),
        ("operationId", open.operation_id.is_some()),
        ("operationPayload", open.operation_payload.is_some()),
    ];
    if open.ticket.is_some() {
        let mut others = customers.iter().chain(&optional);
        return match others.find(|(_, is_there)| *is_there) {
            Some((name, _)) => Err(Refusal::Invalid(name)),
            None => Ok(()),
        };
    }
    if let Some((name, _)) = customers.iter().find(|(_, is_there)| !is_there) {
        return Err(Refusal::Invalid(name));
    }
    let bounded = [
        ("customer", &open.customer, MAX_CUSTOMER),
        ("username", &open.username, MAX_USERNAME),
        ("operationId", &open.operation_id, MAX_OPERATION),
    ];
    for (name, text, most) in bounded {
        let fits = |text: &String| (1..=most).contains(&text.chars().count());
        if !text.iter().all(fits) {
            return Err(Refusal::Invalid(name));
        }
    }
    let payload = open.operation_payload.as_ref();
    // Without an id nobody would find it.
    let fits = |payload: &String| payload.len() <= MAX_PAYLOAD && open.operation_id.is_some();
    match payload.is_none_or(fits) {
        true => Ok(()),
        false => Err(Refusal::Invalid("operationPayload")),
    }
}

/// A session in which somebody has said what they want.
pub struct Asked {
    transcript: Transcript,
    open: Open,
}

impl Asked {
    /// What they have said.
    pub const fn open(&self) -> &Open {
        &self.open
    }

    /// What was said so far.
    pub(super) const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// The name of the customer.
    pub fn customer(&self) -> &str {
        self.open.customer.as_deref().unwrap_or_default()
    }

    /// The person, as the customer names them.
    pub fn username(&self) -> &str {
        self.open.username.as_deref().unwrap_or_default()
    }

    /// The user authorization, if there is one.
    pub fn token(&self) -> Option<&str> {
        let authorization = self.open.authorization.as_ref();
        authorization.and_then(|it| it.token.as_deref())
    }

    /// The languages of the person, most wanted first.
    pub(super) fn languages(&self) -> Vec<String> {
        let wanted = self.open.lang.as_deref().unwrap_or_default().split(',');
        let tags = wanted.map(|one| one.split(';').next().unwrap_or_default().trim());
        let tags = tags.filter(|tag| {
            (1..=35).contains(&tag.len())
                && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        });
        tags.take(MAX_LANGUAGES).map(str::to_owned).collect()
    }
}

/// What is known when a session is opened.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// The customer.
    pub customer: &'a Customer,
    /// The person of this name, if they have enrolled.
    pub person: Option<&'a Versioned<Person>>,
    /// This device of theirs, if it is enrolled.
    pub device: Option<&'a Versioned<EnrolledDevice>>,
    /// Whether what is kept of the face on it can be compared with: it may be of another version.
    pub is_usable: bool,
    /// Whether there was an operation of this id.
    pub is_operation_taken: bool,
    /// The texts of the environment.
    pub templates: &'a Templates,
    /// What the environment is called.
    pub environment: &'a str,
}

/// Decides whether a session goes on. A user authorization that was accepted is spent either way.
pub fn decide(
    asked: &Asked,
    user: &AuthorizedUser,
    facts: Facts<'_>,
    now: Timestamp,
    random: &dyn Random,
) -> Decision<Opened, Refusal> {
    let mut changes = Changes::none();
    user.spend(&mut changes);
    match opened(asked, user, facts, now, random) {
        Ok(opened) => Decision::accept(opened, changes),
        Err(refusal) => Decision::refuse_and(refusal, changes),
    }
}

fn opened(
    asked: &Asked,
    user: &AuthorizedUser,
    facts: Facts<'_>,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Opened, Refusal> {
    let data = asked.open.transaction.as_ref();
    let data = data.map(|it| TransactionData::read(&it.data)).transpose();
    let data = data.map_err(|_| Refusal::TransactionData)?;
    if facts.is_operation_taken {
        return Err(Refusal::OperationTaken);
    }
    let purpose = purpose(&asked.open, user, &facts)?;
    let person = match facts.person {
        Some(person) => {
            let is_theirs = purpose.compares() || facts.device.is_some();
            if let Some(left) = person.suspension.left(now).filter(|_| is_theirs) {
                return Err(Refusal::LockedOut { left });
            }
            person.id
        }
        None => UserId::new(now, random),
    };
    if purpose.enrols() && data.is_some() {
        return Err(Refusal::TransactionOnEnrolment);
    }
    let presented = data.as_ref().map(|data| {
        let draft = TransactionDraft::new(
            facts.customer.environment.to_string(),
            ClientId::new(facts.customer.name.clone()),
            data.source().clone(),
            now,
            random,
        );
        shown(draft.in_locales(asked.languages()), person, user, &facts)
    });
    let consent = purpose
        .enrols()
        .then(|| Consent::in_language(&asked.languages()));
    let has_pin = facts.device.is_some_and(|device| device.pin.is_some());
    let mut opened = Opened {
        transcript: asked.transcript.clone(),
        message: String::new(),
        purpose,
        person,
        is_known: facts.person.is_some(),
        template: facts.device.map(|device| template_of(device)),
        username: asked.username().to_owned(),
        device: asked.open.device.id.clone(),
        operation_id: asked.open.operation_id.clone(),
        operation_payload: asked.open.operation_payload.clone(),
        presented: presented.transpose()?,
        data: data.map(|data| data.text().to_owned()),
        consent,
        takes_pin: facts.customer.pin && has_pin && purpose == Purpose::Authenticate,
        may_set_pin: facts.customer.pin,
        attempts: ATTEMPTS,
    };
    opened.message = described(&opened).to_string();
    opened.transcript = opened.transcript.and(&opened.message);
    Ok(opened)
}

/// What is going to happen (docs/recognize-protocol.md §3.2).
fn purpose(open: &Open, user: &AuthorizedUser, facts: &Facts<'_>) -> Result<Purpose, Refusal> {
    use Operation::{AuthOrEnrol, Authenticate, Enrol};
    let wanted = open.operation.unwrap_or(Authenticate);
    match (facts.person, facts.device, wanted) {
        // What is kept is of no use, and the key of the device alone is not enough for another face: that
        // takes somebody's word, as for a further device.
        (Some(_), Some(_), Enrol | AuthOrEnrol) if !facts.is_usable && user.is_vouched_for() => {
            Ok(Purpose::Enrol)
        }
        (Some(_), Some(_), Enrol) if !facts.is_usable => Err(Refusal::AlreadyEnrolled),
        (Some(_), Some(_), _) if !facts.is_usable => Err(Refusal::UserUnknown),
        (Some(_), Some(_), Enrol) if open.renew => Ok(Purpose::Renew),
        (Some(_), Some(_), Authenticate | AuthOrEnrol) => Ok(Purpose::Authenticate),
        (_, _, Authenticate) => Err(Refusal::UserUnknown),
        (None, _, Enrol | AuthOrEnrol) => Ok(Purpose::Enrol),
        // Nobody who merely has the name of somebody may put a face beside theirs.
        (Some(_), None, Enrol | AuthOrEnrol)
            if facts.customer.further_devices && user.is_vouched_for() =>
        {
            Ok(Purpose::Enrol)
        }
        (Some(_), _, Enrol | AuthOrEnrol) => Err(Refusal::AlreadyEnrolled),
    }
}

fn shown(
    draft: TransactionDraft,
    person: UserId,
    user: &AuthorizedUser,
    facts: &Facts<'_>,
) -> Result<Presented, Refusal> {
    let names = Names {
        username: user.username(),
        given_name: None,
        family_name: None,
        application: &facts.customer.name,
        environment: facts.environment,
        // What is asked for is in the draft.
        locales: Vec::new(),
    };
    let presented = present(
        draft,
        Some(person),
        &names,
        facts.templates,
        &[Method::Page],
    );
    presented.map_err(|_| Refusal::Internal)
}

/// The message `opened`.
pub(super) fn described(opened: &Opened) -> Value {
    let mut message = json!({
        "type": "opened",
        "operation": opened.purpose.name(),
        "factors": opened.factors(),
        "attempts": opened.attempts,
    });
    let mut add = |name: &str, value: Value| {
        if let Some(members) = message.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
    };
    if opened.may_set_pin {
        add("pin", "optional".into());
    }
    if opened.purpose == Purpose::Renew {
        add("renew", true.into());
    }
    if let Some(presented) = &opened.presented {
        let pairs = presented.lines().into_iter();
        let pairs = pairs.map(|(label, value)| json!({"label": label, "value": value}));
        let pairs: Vec<Value> = pairs.collect();
        let digest = presented.digest().to_string();
        add("transaction", json!({"digest": digest, "pairs": pairs}));
    }
    if let Some(consent) = &opened.consent {
        let (version, text) = (consent.version, consent.text);
        add("consent", json!({"version": version, "text": text}));
    }
    message
}
