//! The ways in which a relying party asks, besides the plain one.

use jose::Header;
use jose::jws::{SigningKey, sign_compact};
use serde_json::{Value, json};

use super::{AuthorizationRequest, RelyingParty, SignedAssertion, unique};
use crate::http::Reply;

impl RelyingParty {
    /// Pushes a request (RFC 9126 §2.1).
    pub async fn push(&self, request: &AuthorizationRequest) -> Reply {
        let form = request.form().into_iter();
        // It is added where the client shows who it is by nothing else.
        let form = form.filter(|(name, _)| *name != "client_id" || self.secret.is_some());
        self.call(
            self.paths.pushed_authorization_request,
            &form.collect::<Vec<_>>(),
        )
        .await
    }

    /// Pushes a request, and refers to it in another.
    pub async fn pushed(&self, request: &AuthorizationRequest) -> AuthorizationRequest {
        let reply = self.push(request).await.expect_status(201);
        let reference = reply.json()["request_uri"].as_str().map(str::to_owned);
        request.carried("request_uri", &reference.expect("a request_uri"))
    }

    /// The parameters of a request as the claims of a request object (RFC 9101 §4), to be changed and
    /// signed.
    pub fn request_object(&self, request: &AuthorizationRequest) -> SignedAssertion {
        let now = self.now().seconds();
        let mut claims = json!({
            "iss": self.id,
            "aud": self.issuer,
            "jti": format!("request-{}", unique()),
            "iat": now,
            "exp": now + 60,
        });
        for (name, value) in request.form() {
            claims[name] = json!(value);
        }
        SignedAssertion(claims)
    }
}

impl AuthorizationRequest {
    /// A request with no more than the client of this one and a parameter that carries the rest.
    #[must_use]
    pub fn carried(&self, name: &str, value: &str) -> Self {
        let mut request = self.clone();
        request.parameters.retain(|(name, _)| name == "client_id");
        request.with(name, value)
    }

    /// A request that carries this one in a request object.
    #[must_use]
    pub fn signed(&self, client: &RelyingParty, key: &SigningKey) -> Self {
        self.carried("request", &client.request_object(self).signed(key))
    }
}

impl SignedAssertion {
    /// Signed with a key, of a type.
    pub fn signed_as(&self, typ: &str, key: &SigningKey) -> String {
        let header = Header::new().with_typ(typ);
        sign_compact(key, header, self.0.to_string().as_bytes()).unwrap()
    }

    /// The claims.
    pub const fn claims(&self) -> &Value {
        &self.0
    }
}
