//! An authenticator: it is asked, and signs what its person decides.

use domain::port::Versioned;
use domain::{
    Authenticator, Decision, Device, DeviceId, DeviceKind, DeviceStatus, PushSubscription, Secret,
};
use jose::Header;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::{Value, json};

use super::World;
use crate::approval::scene::ISSUER;
use crate::factor::push::{ANSWER_TYP, Answered, Answering, NotAnswered, PushRequest, answer};

impl World {
    /// Gives somebody an authenticator, which is asked after what they have.
    pub(crate) fn equip_with_authenticator(&mut self, name: &str) {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let user = self.user(name).unwrap().id;
        let device = Device {
            id: DeviceId::new(self.now, &self.random),
            user,
            name: "app".to_owned(),
            kind: DeviceKind::Authenticator(Authenticator {
                key: key.jwk().to_public_value().unwrap(),
                subscription: Some(PushSubscription {
                    endpoint: "https://push.example.net/of-a-browser".to_owned(),
                    key: "BA".to_owned(),
                    authentication_secret: Secret::new("AA"),
                }),
            }),
            status: DeviceStatus::Active,
            created: self.now,
            last_used: None,
            position: 1,
            pairing: None,
        };
        self.apps.insert(device.id, key.clone());
        self.app = Some((device.id, key));
        self.commit_one(|changes| changes.insert(&device));
    }

    /// What the authenticator can answer now.
    pub(crate) fn open_request(&self) -> Option<Versioned<PushRequest>> {
        let mut open = self.all::<PushRequest>().into_iter();
        open.rfind(|request| request.is_open(self.now))
    }

    /// What an answer to this says, in full.
    pub(crate) fn claims(&self, request: &PushRequest, decision: &str) -> Value {
        let mut claims = json!({
            "aud": ISSUER,
            "iat": self.now.seconds(),
            "request": request.id.to_string(),
            "digest": request.matter.digest().to_string(),
            "decision": decision,
        });
        if let (Some(number), "approve") = (request.number, decision) {
            claims["number"] = json!(number.to_string());
        }
        claims
    }

    /// What the authenticator that somebody was given last signs of this.
    pub(crate) fn signed_by_app(&self, claims: &Value) -> String {
        let (_, key) = self.app.as_ref().unwrap();
        signed(key, claims)
    }

    /// What the authenticator that was asked signs of this.
    pub(crate) fn signed_by_asked(&self, request: &PushRequest, claims: &Value) -> String {
        signed(&self.apps[&request.device], claims)
    }

    /// An answer arrives.
    pub(crate) fn answer(&mut self, id: &PushRequest, jws: &str) -> Result<Answered, NotAnswered> {
        self.settle(|world| world.judged(id, jws))
    }

    /// What is decided of an answer.
    pub(crate) fn judged(
        &self,
        request: &PushRequest,
        jws: &str,
    ) -> Decision<Answered, NotAnswered> {
        let Some(request) = self.get::<PushRequest>(request.id) else {
            return Decision::refuse(NotAnswered::Over);
        };
        let Some(device) = self.get::<Device>(request.device) else {
            return Decision::refuse(NotAnswered::Over);
        };
        let user = self.get::<domain::User>(device.user).unwrap();
        let attempts = self.attempts(&user.username);
        let asked = Answering {
            request: &request,
            device: &device,
            user: &user,
            attempts: attempts.as_ref(),
            policy: (self.policy.lockout, &self.policy.devices.push),
            alert: self.policy.identity.recovery.then_some(&self.wording),
        };
        answer(&asked, jws, ISSUER, self.now, &self.random)
    }

    /// The authenticator decides this about what it is asked.
    pub(crate) fn decides(&mut self, decision: &str) -> Result<Answered, NotAnswered> {
        let request = self.open_request().expect("something to be answered");
        let jws = self.signed_by_app(&self.claims(&request, decision));
        self.answer(&request, &jws)
    }
}

fn signed(key: &SigningKey, claims: &Value) -> String {
    let header = Header::new().with_typ(ANSWER_TYP);
    sign_compact(key, header, claims.to_string().as_bytes()).unwrap()
}
