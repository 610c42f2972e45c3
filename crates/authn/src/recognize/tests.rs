//! Whole sessions, as their driver has them, with records that are plain values.

mod approval;
mod ending;
mod renewal;

use domain::port::fixed::CountingRandom;
use domain::port::{Change, Changes, Kind, Tenant, Version, Versioned};
use domain::{Decision, EnvironmentId, Timestamp};
use jose::Header;
use jose::digest::sha256;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use jose::strict_base64url::{self, encode};
use serde_json::{Value, json};

use super::conclusion::{Ending, Success};
use super::opening::{self, Asked, Facts};
use super::*;
use crate::approval::PROOF_TYP;
use crate::approval::receipt::{self, Issuer};
use crate::approval::template::Templates;

const NOW: Timestamp = Timestamp::from_seconds(1_720_519_812);
const DATA: &str = r#"[{"Amount":"12.50 EUR"},{"Payee":"Demo Shop"}]"#;

/// A device of somebody, and what is known of them.
struct World {
    customer: Customer,
    key: SigningKey,
    secret: [u8; 32],
    person: Option<Versioned<Person>>,
    device: Option<Versioned<EnrolledDevice>>,
    is_usable: bool,
    random: CountingRandom,
}

fn private_key() -> domain::Secret {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    domain::Secret::new(data_encoding::BASE64.encode(&key.serialize_der()))
}

fn new_keys() -> NewKeys {
    NewKeys {
        face: private_key(),
        pin: private_key(),
    }
}

/// What a decision writes of a kind.
fn written<R: domain::port::Record>(changes: Changes) -> Option<Versioned<R>> {
    changes
        .of_tenant(Tenant::DEFAULT)
        .into_iter()
        .find_map(|change| match change {
            Change::Put { kind, body, .. } if kind == R::KIND => Some(Versioned {
                version: Version(1),
                record: serde_json::from_slice(&body).unwrap(),
            }),
            _ => None,
        })
}

fn events(changes: &Changes) -> Vec<Value> {
    let changes = changes.clone().of_tenant(Tenant::DEFAULT).into_iter();
    let events = changes.filter_map(|change| match change {
        Change::Put {
            kind: Kind::Audit,
            body,
            ..
        } => serde_json::from_slice(&body).ok(),
        _ => None,
    });
    events.collect()
}

impl World {
    fn new() -> Self {
        let random = CountingRandom::default();
        let environment = EnvironmentId::new(&random);
        let mut customer = Customer::new("demo", environment, NOW);
        customer.pin = true;
        Self {
            customer,
            key: SigningKey::generate(Algorithm::Es256).unwrap(),
            secret: [7; 32],
            person: None,
            device: None,
            is_usable: true,
            random,
        }
    }

    /// Where somebody has enrolled, with a PIN.
    fn enrolled() -> Self {
        let mut world = Self::new();
        let session = world.open(&json!({"operation": "enrol"})).unwrap();
        let begun = world.begin(
            &session,
            json!({"consent": "1"}),
            json!({"newPin": "271828"}),
        );
        let begun = begun.unwrap();
        let ending = world.ending(&session.opened);
        let decision = ending.enrolled((&begun, b"template"), &new_keys(), NOW, &world.random);
        assert!(decision.answer.is_ok());
        let changes = decision.changes;
        world.person = written(changes.clone());
        world.device = written(changes);
        world
    }

    fn asked(&self, members: &Value) -> (String, String, Result<Option<Asked>, Refusal>) {
        let mut open = json!({
            "type": "open", "customer": "demo", "username": "user-123",
            "device": {"id": self.key.jwk().thumbprint()},
        });
        let members = members.as_object().unwrap().clone();
        open.as_object_mut().unwrap().extend(members);
        let (greeted, text) = (Greeted::new(&self.random), open.to_string());
        let hello = greeted.hello().to_owned();
        let asked = greeted.open(&text);
        (hello, text, asked)
    }

    fn open(&self, members: &Value) -> Result<Session, Refusal> {
        self.open_as(members, &AuthorizedUser::not_vouched_for("user-123"))
            .answer
    }

    /// Somebody for whom the customer vouches.
    fn vouched(&self) -> AuthorizedUser {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let now = NOW.seconds();
        let claims = json!({
            "sub": "user-123", "aud": "authentication-service", "iat": now, "exp": now + 60,
        });
        let token = sign_compact(&key, Header::new(), claims.to_string().as_bytes()).unwrap();
        let keys = jose::jws::VerifyingKeys::from(&key.jwk().public().unwrap());
        let (whose, lifetime) = (("demo", "user-123"), self.customer.lifetime());
        AuthorizedUser::check(whose, Some(&token), &keys, lifetime, NOW).unwrap()
    }

    fn open_as(&self, members: &Value, user: &AuthorizedUser) -> Decision<Session, Refusal> {
        let (hello, open, asked) = self.asked(members);
        let asked = match asked {
            Ok(asked) => asked.unwrap(),
            Err(refusal) => return Decision::refuse(refusal),
        };
        let templates = Templates::new(Vec::new());
        let facts = Facts {
            customer: &self.customer,
            person: self.person.as_ref(),
            device: self.device.as_ref(),
            is_usable: self.is_usable,
            is_operation_taken: false,
            templates: &templates,
            environment: "Demo",
        };
        let Decision { answer, changes } = opening::decide(&asked, user, facts, NOW, &self.random);
        let answer = answer.map(|opened| Session {
            said: vec![hello, open, opened.message().to_owned()],
            opened,
        });
        Decision { answer, changes }
    }

    /// What an SDK does, from docs/recognize-protocol.md §3.4.
    fn begin(&self, session: &Session, claims: Value, beside: Value) -> Result<Begun, Refusal> {
        let text = self.begin_text(session, claims, beside);
        session.opened.begin(&text, NOW).map(Option::unwrap)
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "they are written where they are given"
    )]
    fn begin_text(&self, session: &Session, claims: Value, beside: Value) -> String {
        let mut transcript = b"countersign recognize v2\0".to_vec();
        for said in &session.said {
            transcript.extend(u32::try_from(said.len()).unwrap().to_be_bytes());
            transcript.extend(said.as_bytes());
        }
        let mut secrets = b"countersign recognize secrets v2\0".to_vec();
        secrets.extend(self.secret);
        for pin in ["pin", "newPin"] {
            let pin = beside[pin].as_str().unwrap_or_default();
            secrets.push(u8::try_from(pin.len()).unwrap());
            secrets.extend(pin.as_bytes());
        }
        secrets.push(u8::from(beside["removePin"].as_bool().unwrap_or_default()));
        let new = beside["newSecret"].as_str().unwrap_or_default();
        secrets.extend(strict_base64url::decode(new).unwrap());
        let mut signed = json!({
            "transcript": encode(sha256(&transcript)), "factor": "face", "secrets": encode(sha256(&secrets)),
        });
        let more = claims.as_object().unwrap().clone();
        signed.as_object_mut().unwrap().extend(more);
        let jwk = Value::Object(self.key.jwk().to_public_value().unwrap());
        let header = Header::new().with_typ(PROOF_TYP).with("jwk", jwk);
        let proof = sign_compact(&self.key, header, signed.to_string().as_bytes()).unwrap();
        let mut begin = json!({"type": "begin", "proof": proof, "secret": encode(self.secret)});
        let beside = beside.as_object().unwrap().clone();
        begin.as_object_mut().unwrap().extend(beside);
        begin.to_string()
    }

    fn ending<'a>(&'a self, opened: &'a Opened) -> Ending<'a> {
        Ending {
            customer: &self.customer,
            opened,
            person: self.person.as_ref(),
            device: self.device.as_ref(),
            counted: None,
        }
    }

    fn approve(&self, beside: Value, factor: &str) -> (Success, Session) {
        let asked = json!({"operation": "authenticate", "transaction": {"data": DATA}});
        let session = self.open(&asked).unwrap();
        let digest = session.told()["transaction"]["digest"].clone();
        let claims = json!({"transaction": digest, "factor": factor});
        let begun = self.begin(&session, claims, beside).unwrap();
        let decision = self
            .ending(&session.opened)
            .authenticated(&begun, NOW, &self.random);
        (decision.answer.ok().unwrap(), session)
    }
}

struct Session {
    said: Vec<String>,
    opened: Opened,
}

impl Session {
    fn told(&self) -> Value {
        serde_json::from_str(self.opened.message()).unwrap()
    }
}

fn code<T>(result: Result<T, Refusal>) -> &'static str {
    result.err().unwrap().code()
}

fn payload(jwt: &str) -> Value {
    let parsed = jose::jws::Unverified::parse(jwt, 8192).unwrap();
    serde_json::from_slice(&parsed.unverified_payload().unwrap()).unwrap()
}

#[test]
fn nobody_is_found_who_has_not_enrolled() {
    let world = World::new();
    for (operation, answer) in [
        ("enrol", Ok("enrol")),
        ("authenticate", Err("SERVER_USER_NOT_FOUND")),
        ("auth-or-enrol", Ok("enrol")),
    ] {
        let opened = world.open(&json!({"operation": operation}));
        let opened = opened.map(|it| it.opened.purpose().name());
        assert_eq!(opened.map_err(|refusal| refusal.code()), answer);
    }
}

#[test]
fn who_has_enrolled_with_this_device_authenticates() {
    let world = World::enrolled();
    for (operation, answer) in [
        ("enrol", Err("SERVER_USER_ALREADY_ENROLLED")),
        ("authenticate", Ok("authenticate")),
        ("auth-or-enrol", Ok("authenticate")),
    ] {
        let opened = world.open(&json!({"operation": operation}));
        let opened = opened.map(|it| it.opened.purpose().name());
        assert_eq!(opened.map_err(|refusal| refusal.code()), answer);
    }
}

#[test]
fn a_further_device_takes_the_word_of_the_customer() {
    let mut world = World::enrolled();
    world.device = None;
    let further = json!({"operation": "auth-or-enrol"});
    assert_eq!(code(world.open(&further)), "SERVER_USER_ALREADY_ENROLLED");
    world.customer.further_devices = true;
    assert_eq!(code(world.open(&further)), "SERVER_USER_ALREADY_ENROLLED");
    let authenticate = world.open(&json!({"operation": "authenticate"}));
    assert_eq!(code(authenticate), "SERVER_USER_NOT_FOUND");
}

#[test]
fn a_session_needs_what_the_protocol_says() {
    let world = World::new();
    for (members, name) in [
        (json!({}), "operation"),
        (json!({"operation": "enrol", "username": ""}), "username"),
        (
            json!({"operation": "enrol", "username": "x".repeat(257)}),
            "username",
        ),
        (
            json!({"operation": "enrol", "device": {"id": "AAAA"}}),
            "device.id",
        ),
        (json!({"operation": "enrol", "ticket": "t"}), "customer"),
    ] {
        let refused = world.open(&members).err();
        assert_eq!(refused, Some(Refusal::Invalid(name)));
    }
}

#[test]
fn gdpr_9_2_a_who_enrols_has_agreed_to_a_text_that_is_recorded() {
    let world = World::new();
    let session = world
        .open(&json!({"operation": "enrol", "lang": "it, de-CH;q=0.9, fr;q=0.8"}))
        .unwrap();
    let consent = &session.told()["consent"];
    assert_eq!(consent["version"], "1");
    assert!(consent["text"].as_str().unwrap().starts_with("Ihr Gesicht"));
    for claims in [json!({}), json!({"consent": "2"})] {
        let refused = world.begin(&session, claims, json!({}));
        assert_eq!(code(refused), "SERVER_FORBIDDEN");
    }
    let person = World::enrolled().person.unwrap();
    assert_eq!(
        (person.consent.version.as_str(), person.consent.time),
        ("1", NOW)
    );
}

#[test]
fn the_device_key_signs_all_that_was_said() {
    let world = World::enrolled();
    let asked = json!({"operation": "authenticate"});
    let session = world.open(&asked).unwrap();
    assert!(world.begin(&session, json!({}), json!({})).is_ok());
    for place in 0..3 {
        let mut other = world.open(&asked).unwrap();
        other.opened = session.opened.clone();
        other.said = session.said.clone();
        other.said[place].push(' ');
        let refused = world.begin(&other, json!({}), json!({}));
        assert_eq!(code(refused), "SERVER_FORBIDDEN");
    }
    let mut other = World::enrolled();
    other.secret = world.secret;
    let refused = other.begin(&session, json!({}), json!({}));
    assert_eq!(code(refused), "SERVER_FORBIDDEN", "another key");
    let mut text: Value =
        serde_json::from_str(&world.begin_text(&session, json!({}), json!({}))).unwrap();
    text["secret"] = encode([8; 32]).into();
    let refused = session.opened.begin(&text.to_string(), NOW);
    assert_eq!(code(refused), "SERVER_FORBIDDEN", "another secret");
    text["secret"] = encode([8; 31]).into();
    let refused = session.opened.begin(&text.to_string(), NOW);
    assert_eq!(code(refused), "SERVER_VALIDATION_FAILED");
}

#[test]
fn a_pin_is_given_only_where_it_was_offered() {
    let world = World::enrolled();
    let session = world.open(&json!({"operation": "authenticate"})).unwrap();
    assert_eq!(session.told()["factors"], json!(["face", "pin"]));
    let pin = |pin: &str| {
        let begun = world.begin(&session, json!({"factor": "pin"}), json!({"pin": pin}));
        begun.map(|begun| world.ending(&session.opened).is_pin(&begun))
    };
    assert_eq!((pin("271828"), pin("271829")), (Ok(true), Ok(false)));
    assert_eq!(code(pin("1")), "SERVER_VALIDATION_FAILED");
    let without = world.begin(&session, json!({"factor": "pin"}), json!({}));
    assert_eq!(code(without), "SERVER_VALIDATION_FAILED");
    let mut world = world;
    world.customer.pin = false;
    let session = world.open(&json!({"operation": "authenticate"})).unwrap();
    assert_eq!(session.told()["factors"], json!(["face"]));
    let refused = world.begin(&session, json!({"factor": "pin"}), json!({"pin": "271828"}));
    assert_eq!(code(refused), "SERVER_VALIDATION_FAILED");
}

#[test]
fn a_pin_is_set_and_removed_with_the_face() {
    let world = World::enrolled();
    let session = world.open(&json!({"operation": "authenticate"})).unwrap();
    let after = |beside: Value| {
        let begun = world.begin(&session, json!({}), beside).unwrap();
        let decision = world
            .ending(&session.opened)
            .authenticated(&begun, NOW, &world.random);
        written::<EnrolledDevice>(decision.changes)
            .unwrap()
            .record
            .pin
    };
    assert_eq!(after(json!({})), world.device.as_ref().unwrap().pin);
    assert_eq!(after(json!({"removePin": true})), None);
    let changed = after(json!({"newPin": "314159"}));
    assert!(changed.is_some() && changed != world.device.as_ref().unwrap().pin);
    let both = world.begin(
        &session,
        json!({}),
        json!({"newPin": "314159", "removePin": true}),
    );
    assert_eq!(code(both), "SERVER_VALIDATION_FAILED");
}
