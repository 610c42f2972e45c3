//! Keys with which clients prove that a request is theirs (RFC 9449).

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use domain::port::Clock;
use domain::port::fixed::FixedClock;
use jose::Header;
use jose::digest::sha256;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::{Value, json};

use crate::house::House;
use crate::relying_party::unique;

/// A key of a client for `DPoP` proofs.
#[derive(Clone)]
pub struct Dpop {
    key: SigningKey,
    clock: Arc<FixedClock>,
}

impl Dpop {
    /// A new key for ES256.
    pub fn new(house: &House) -> Self {
        Self::with_algorithm(house, Algorithm::Es256)
    }

    /// A new key for this algorithm.
    pub fn with_algorithm(house: &House, algorithm: Algorithm) -> Self {
        Self {
            key: SigningKey::generate(algorithm).unwrap(),
            clock: Arc::clone(&house.clock),
        }
    }

    /// The key.
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Its thumbprint (RFC 7638), as `dpop_jkt` and `cnf` have it.
    pub fn jkt(&self) -> String {
        self.key.jwk().thumbprint()
    }

    /// A proof for a request, to be changed and signed.
    pub fn proof(&self, method: &str, url: &str) -> Proof {
        let claims = json!({
            "jti": format!("proof-{}", unique()),
            "htm": method,
            "htu": url,
            "iat": self.clock.now().seconds(),
        });
        let jwk = Value::Object(self.key.jwk().to_public_value().unwrap());
        Proof {
            key: self.key.clone(),
            header: Header::new().with_typ("dpop+jwt").with("jwk", jwk),
            claims,
        }
    }
}

/// A proof that is not signed yet.
#[derive(Clone)]
pub struct Proof {
    key: SigningKey,
    header: Header,
    claims: Value,
}

impl Proof {
    /// With another value of a claim; `null` leaves it out.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let claims = self.claims.as_object_mut().unwrap();
        match value.into() {
            Value::Null => claims.remove(name),
            value => claims.insert(name.to_owned(), value),
        };
        self
    }

    /// With another value of a header parameter.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header = self.header.with(name, value);
        self
    }

    /// For a request that shows this access token.
    #[must_use]
    pub fn with_token(self, access_token: &str) -> Self {
        self.with(
            "ath",
            BASE64URL_NOPAD.encode(&sha256(access_token.as_bytes())),
        )
    }

    /// Signed by its key.
    pub fn signed(&self) -> String {
        self.signed_by(&self.key)
    }

    /// Signed by any key.
    pub fn signed_by(&self, key: &SigningKey) -> String {
        let claims = self.claims.to_string();
        sign_compact(key, self.header.clone(), claims.as_bytes()).unwrap()
    }
}
