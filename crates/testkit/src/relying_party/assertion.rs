//! Authentication by a signed assertion (RFC 7523).

use http::Method;
use jose::Header;
use jose::jws::{Algorithm, SigningKey, sign_compact};
use serde_json::{Value, json};

use super::{RelyingParty, unique};
use crate::http::Reply;

impl RelyingParty {
    /// An assertion with which this client authenticates (RFC 7523 §3), to be changed and signed.
    pub fn assertion(&self) -> SignedAssertion {
        let now = self.now().seconds();
        let claims = json!({
            "iss": self.id,
            "sub": self.id,
            "aud": self.issuer,
            "jti": format!("assertion-{}", unique()),
            "iat": now,
            "exp": now + 60,
        });
        SignedAssertion(claims)
    }

    /// A request to an endpoint with an assertion in place of a secret.
    pub async fn call_with_assertion(
        &self,
        path: &str,
        assertion: &str,
        form: &[(&str, &str)],
    ) -> Reply {
        let mut form = form.to_vec();
        form.push(("client_assertion_type", SignedAssertion::TYPE));
        form.push(("client_assertion", assertion));
        let request = self.request_to(Method::POST, path);
        request.form(&form).send().await
    }
}

/// The claims of an assertion.
pub struct SignedAssertion(pub(super) Value);

impl SignedAssertion {
    /// The `client_assertion_type` of a JWT (RFC 7523 §2.2).
    pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// With another value of a claim; `null` leaves it out.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        let claims = self.0.as_object_mut().unwrap();
        match value {
            Value::Null => claims.remove(name),
            value => claims.insert(name.to_owned(), value),
        };
        self
    }

    /// Signed with a key.
    pub fn signed(&self, key: &SigningKey) -> String {
        sign_compact(key, Header::new(), self.0.to_string().as_bytes()).unwrap()
    }

    /// Signed with a secret by HS256.
    pub fn signed_with_secret(&self, secret: &str) -> String {
        let jwk = jose::jwk::Jwk::from_secret(secret.as_bytes());
        self.signed(&SigningKey::new(&jwk, Algorithm::Hs256).unwrap())
    }
}
