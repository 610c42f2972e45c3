//! Somebody who sets up their first device in a flow.

use std::borrow::Cow;

use domain::{Decision, Device, DeviceId};
use jose::Header;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::{Value, json};

use super::{Acted, World};
use crate::account::device::{Proof, Wallet, admit, options};
use crate::account::{Owner, Refusal};
use crate::approval::scene::ISSUER;
use crate::factor::push::{PAIRING_TYP, PairingProof};
use crate::factor::totp;
use crate::factor::webauthn::{BytesAs, RegistrationResponse};
use crate::flow::{Action, Flow, PairingMethod, SecondFactor, messages_key};

impl World {
    pub(crate) fn pair(&mut self, flow: &Flow, method: PairingMethod) -> Acted {
        self.act(flow, &Action::Pair(method))
    }

    pub(crate) fn pair_at(&mut self, flow: &Flow, target: &str) -> Acted {
        self.act(flow, &Action::PairAt { target })
    }

    /// What the app shows that is set up in a flow.
    pub(crate) fn shown_by_new(&self, flow: &Flow) -> Option<String> {
        let flow = self.open(flow)?;
        Some(totp::shown_by(flow.begun_device()?, self.now))
    }

    /// What the person's authenticator makes in a flow that asks for a passkey.
    pub(crate) fn made(&mut self, flow: &Flow, name: &str) -> RegistrationResponse {
        let policy = self.policy.devices.webauthn.clone().unwrap();
        let user = self.user(name).unwrap();
        let flow = self.open(flow).unwrap();
        let begun = flow.begun_device().unwrap();
        let asked = options(&user, &[], begun, &policy, |asked| {
            asked.json(BytesAs::Base64Url)
        });
        let made = self.authenticator.create(&asked.unwrap());
        RegistrationResponse::parse(made.to_string().as_bytes()).unwrap()
    }

    pub(crate) fn make(&mut self, flow: &Flow, name: &str) -> Acted {
        let response = &self.made(flow, name);
        let known = false;
        self.act(
            flow,
            &Action::Activate(Proof::Credential { response, known }),
        )
    }

    /// An authenticator brings its key, with the pairing key that it was given.
    pub(crate) fn bring_key(&mut self, pairing_key: &str) -> Result<Device, Refusal> {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let jwk = Value::Object(key.jwk().to_public_value().unwrap());
        let header = Header::new().with_typ(PAIRING_TYP).with("jwk", jwk);
        let claims = json!({"aud": ISSUER, "iat": self.now.seconds(), "pairing": pairing_key});
        let jws = sign_compact(&key, header, claims.to_string().as_bytes()).unwrap();
        let proof = PairingProof::read(&jws, ISSUER, self.now).ok().unwrap();
        let id: DeviceId = proof.device().parse().unwrap();
        let begun = self.get::<Device>(id).ok_or(Refusal::DeviceGone)?;
        let user = self.get::<domain::User>(begun.user).unwrap().record;
        let wallet = Wallet {
            devices: self.devices_of(user.id),
            messages: self.get(messages_key(user.id)),
            policy: Cow::Borrowed(&self.policy.devices),
            second_factor: SecondFactor::WhenEnrolled,
            wording: self.wording.clone(),
        };
        let owner = Owner {
            user: &user,
            now: self.now,
            random: &self.random,
            administrator: None,
            session: None,
        };
        let proof = Proof::Key {
            proof: &proof,
            subscription: None,
        };
        let Decision { answer, changes } = admit(owner, &wallet, id, proof);
        drop(wallet);
        self.commit(changes).unwrap();
        if answer.is_ok() {
            self.apps.insert(id, key.clone());
            self.app = Some((id, key));
        }
        answer
    }
}
