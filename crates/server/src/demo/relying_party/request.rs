//! The authorization request of the shop.

use data_encoding::BASE64URL_NOPAD;
use domain::port::Random;
use jose::Header;
use jose::digest::sha256;
use jose::jws::sign_compact;
use serde_json::{Map, Value};
use url::Url;

use super::{Approval, Attempt, RelyingParty, SignInError, unguessable};

impl RelyingParty {
    /// Where to send the browser, and what to remember until it comes back (OpenID Connect Core
    /// §3.1.2.1); with something to approve, where there is such a thing.
    pub(crate) fn begin(
        &self,
        approval: Option<&Approval>,
        now: i64,
        random: &dyn Random,
    ) -> Result<(Url, Attempt), SignInError> {
        let attempt = Attempt {
            state: unguessable(random),
            nonce: unguessable(random),
            code_verifier: unguessable(random),
        };
        // RFC 7636 §4.2: code_challenge = BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))
        let challenge = BASE64URL_NOPAD.encode(&sha256(attempt.code_verifier.as_bytes()));
        let mut url = self.provider.authorization_endpoint.clone();
        let mut request = vec![
            ("response_type", "code".to_owned()),
            ("client_id", self.registration.client_id.clone()),
            ("redirect_uri", self.registration.redirect_uri.clone()),
            ("scope", "openid profile email offline_access".to_owned()),
            // A name in the ID token, to greet with at once (OpenID Connect Core §5.5).
            (
                "claims",
                r#"{"id_token":{"name":null,"preferred_username":null}}"#.to_owned(),
            ),
            ("state", attempt.state.clone()),
            ("nonce", attempt.nonce.clone()),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256".to_owned()),
        ];
        match approval {
            None => {}
            Some(Approval::Details(details)) => {
                request.push(("authorization_details", details.to_string()));
            }
            // Nobody between here and there shall change what is to be approved.
            Some(Approval::Transaction(template)) => {
                let object = self.request_object(&request, template, now)?;
                request
                    .retain(|(name, _)| matches!(*name, "client_id" | "response_type" | "scope"));
                request.push(("request", object));
            }
        }
        url.query_pairs_mut().extend_pairs(request);
        Ok((url, attempt))
    }

    /// The request as a token that we sign (RFC 9101 §4), with what is to be approved.
    fn request_object(
        &self,
        request: &[(&'static str, String)],
        template: &Value,
        now: i64,
    ) -> Result<String, SignInError> {
        let parameters = request.iter();
        let parameters =
            parameters.map(|(name, value)| ((*name).to_owned(), value.as_str().into()));
        let mut claims: Map<String, Value> = parameters.collect();
        let own = [
            ("iss", self.registration.client_id.as_str().into()),
            ("aud", self.provider.issuer.as_str().into()),
            ("iat", now.into()),
            ("exp", (now + 300).into()),
            ("pi.template", template.clone()),
        ];
        claims.extend(own.map(|(name, value)| (name.to_owned(), value)));
        let header = Header::new().with_typ("oauth-authz-req+jwt");
        let claims = Value::Object(claims).to_string();
        let signed = sign_compact(&self.registration.key, header, claims.as_bytes());
        signed.map_err(|_| SignInError::Malformed)
    }
}
