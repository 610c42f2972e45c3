//! Proofs for the tests of this crate.

use domain::{Secret, ServerSettings};
use jose::Header;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::{Map, Value, json};

use super::{Facts, NonceKey, PresentedProof, Request, VerifiedProof, verify};
use crate::fixture::{NOW, TOKEN_ENDPOINT};

pub(crate) fn nonces() -> NonceKey {
    NonceKey::new(Secret::new("a secret of the server"))
}

/// What the token endpoint believes of a client that holds `key`.
pub(crate) fn proved(key: &SigningKey) -> VerifiedProof {
    let jwt = Proof::by(key).signed();
    let proof = PresentedProof::of([jwt.as_bytes()]).unwrap().unwrap();
    let request = Request {
        method: "POST",
        uris: &[TOKEN_ENDPOINT],
        access_token: None,
    };
    let facts = Facts {
        settings: &ServerSettings::default(),
        nonces: &nonces(),
    };
    verify(&proof, &request, &facts, NOW).answer.unwrap()
}

/// A proof to be changed and signed.
pub(crate) struct Proof {
    pub(crate) key: SigningKey,
    pub(crate) header: Header,
    claims: Map<String, Value>,
}

impl Proof {
    pub(crate) fn by(key: &SigningKey) -> Self {
        let header = Header::new().with_typ("dpop+jwt").with("jwk", public(key));
        let claims = json!({
            "jti": "-BwC3ESc6acc2lTc",
            "htm": "POST",
            "htu": TOKEN_ENDPOINT,
            "iat": NOW.seconds(),
        });
        Self {
            key: key.clone(),
            header,
            claims: claims.as_object().unwrap().clone(),
        }
    }

    pub(crate) fn new() -> Self {
        Self::by(&SigningKey::generate(Algorithm::Es256).unwrap())
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.claims.remove(name).unwrap();
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header = self.header.with(name, value);
        self
    }

    pub(crate) fn signed(&self) -> String {
        let claims = Value::Object(self.claims.clone()).to_string();
        sign_compact(&self.key, self.header.clone(), claims.as_bytes()).unwrap()
    }
}

/// The public half of a key as JSON.
pub(crate) fn public(key: &SigningKey) -> Value {
    Value::Object(key.jwk().to_public_value().unwrap())
}
