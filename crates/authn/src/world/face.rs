//! A browser in which somebody has enrolled their face: it opens sessions of Recognize by tickets, and
//! signs what its person agrees to.

use domain::port::{Changes, Versioned};
use domain::{ConsentGiven, Decision, Device, DeviceId, DeviceKind, DeviceStatus, Face, HandleKey};
use jose::Header;
use jose::digest::sha256;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use jose::strict_base64url::encode;
use serde_json::{Value, json};

use super::World;
use crate::approval::PROOF_TYP;
use crate::factor::face::{FacePolicy, FaceTicket};
use crate::flow::Flow;
use crate::recognize::opening::Asked;
use crate::recognize::ticket::Ticketed;
use crate::recognize::{Begun, Fault, Greeted, Opened, Refusal};

/// A session that goes on: what was agreed to in it, and by what it was signed.
pub(crate) struct FaceSession {
    pub(crate) key: HandleKey,
    pub(crate) opened: Opened,
    pub(crate) begun: Begun,
}

impl World {
    /// Has somebody have a face, which is asked for after what they have.
    pub(crate) fn equip_with_face(&mut self, name: &str) {
        self.policy.devices.face = Some(FacePolicy::default());
        self.policy.devices.allow_face();
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let device = Device {
            id: DeviceId::new(self.now, &self.random),
            user: self.user(name).unwrap().id,
            name: "browser".to_owned(),
            kind: DeviceKind::Face(Face {
                key: key.jwk().to_public_value().unwrap(),
                thumbprint: key.jwk().thumbprint(),
                template: b"turned".as_slice().into(),
                consent: ConsentGiven {
                    version: "1".to_owned(),
                    text: String::new(),
                    time: self.now,
                },
            }),
            status: DeviceStatus::Active,
            created: self.now,
            last_used: None,
            position: 0,
            pairing: None,
        };
        self.face = Some((device.id, key));
        self.commit_one(|changes| changes.insert(&device));
    }

    /// What is decided of a ticket by the records as they are.
    pub(crate) fn ticketed<T>(
        &self,
        key: HandleKey,
        decide: impl FnOnce(&Ticketed<'_>) -> Decision<T, Refusal>,
    ) -> Decision<T, Refusal> {
        let Some(ticket) = self.get::<FaceTicket>(key) else {
            return Decision::refuse(Refusal::Ticket);
        };
        let user: Versioned<domain::User> = self.get(ticket.user).unwrap();
        let attempts = self.attempts(&user.username);
        decide(&Ticketed {
            ticket: &ticket,
            user: &user,
            devices: &self.devices_of(user.id),
            attempts: attempts.as_ref(),
            policy: &self.policy,
            wording: &self.wording,
        })
    }

    /// The browser opens a session by this ticket, and its person agrees to what is shown.
    pub(crate) fn opens(&mut self, ticket: &str) -> Result<FaceSession, Refusal> {
        let (_, key) = self.face.clone().unwrap();
        let open = json!({
            "type": "open", "ticket": ticket, "device": {"id": key.jwk().thumbprint()},
        });
        let (greeted, open) = (Greeted::new(&self.random), open.to_string());
        let hello = greeted.hello().to_owned();
        let asked: Asked = greeted.open(&open)?.unwrap();
        let handle = HandleKey::of(ticket);
        let now = self.now;
        let opened = self.settle(|world| world.ticketed(handle, |it| it.open(&asked, now)))?;
        let text = begin(&key, [&hello, &open, opened.message()]);
        let begun = opened.begin(&text, now)?.unwrap();
        Ok(FaceSession {
            key: handle,
            opened,
            begun,
        })
    }

    /// The face of the session is theirs, or another's.
    pub(crate) fn sees(&mut self, session: &FaceSession, right: bool) -> Result<(), Refusal> {
        self.settle(|world| world.judged_face(session, right))
    }

    /// What is decided of it.
    pub(crate) fn judged_face(&self, session: &FaceSession, right: bool) -> Decision<(), Refusal> {
        let FaceSession { key, opened, begun } = session;
        self.ticketed(*key, |it| match right {
            true => it.recognised((opened, None), begun, self.now),
            false => it.failed((opened, None), (Fault::NoMatch, 2), self.now, &self.random),
        })
    }

    /// The attempt is counted, and then the face is theirs.
    pub(crate) fn counts_and_sees(&mut self, session: &FaceSession) -> Result<(), Refusal> {
        let now = self.now;
        let counted = self.ticketed(session.key, |it| it.count(&session.opened, now));
        self.commit(counted.changes).unwrap();
        let about = (&session.opened, Some(counted.answer?));
        let seen = self.ticketed(session.key, |it| it.recognised(about, &session.begun, now));
        self.commit(seen.changes).unwrap();
        seen.answer
    }

    /// The session ends as it is.
    pub(crate) fn leaves(&mut self, session: &FaceSession) {
        let _ = self.settle(|world| {
            world.ticketed(session.key, |it| {
                Decision::<(), Refusal>::accept((), it.given_up())
            })
        });
    }

    /// The face of whoever is asked for it in this flow is looked at, and is theirs or not.
    pub(crate) fn looks(&mut self, flow: &Flow, right: bool) -> Result<(), Refusal> {
        let stored = self.get::<Flow>(flow.id()).unwrap();
        let ticket = stored.face_ticket().expect("a ticket").expose().to_owned();
        let session = self.opens(&ticket)?;
        self.sees(&session, right)
    }

    /// Changes a ticket, as nobody can.
    pub(crate) fn forge(&mut self, key: HandleKey, change: impl FnOnce(&mut FaceTicket)) {
        let mut ticket = self.get::<FaceTicket>(key).unwrap();
        change(&mut ticket.record);
        let mut changes = Changes::none();
        changes.update(&ticket);
        self.commit(changes).unwrap();
    }
}

/// What a browser signs, from docs/recognize-protocol.md §3.4.
fn begin(key: &SigningKey, said: [&str; 3]) -> String {
    let mut transcript = b"countersign recognize v2\0".to_vec();
    for said in said {
        transcript.extend(u32::try_from(said.len()).unwrap().to_be_bytes());
        transcript.extend(said.as_bytes());
    }
    let opened: Value = serde_json::from_str(said[2]).unwrap();
    let secret = [7; 32];
    let secrets = [b"countersign recognize secrets v2\0", &secret[..], &[0; 3]].concat();
    let claims = json!({
        "transcript": encode(sha256(&transcript)),
        "factor": "face",
        "secrets": encode(sha256(&secrets)),
        "transaction": opened["transaction"]["digest"],
    });
    let jwk = Value::Object(key.jwk().to_public_value().unwrap());
    let header = Header::new().with_typ(PROOF_TYP).with("jwk", jwk);
    let proof = sign_compact(key, header, claims.to_string().as_bytes()).unwrap();
    json!({"type": "begin", "proof": proof, "secret": encode(secret)}).to_string()
}
