//! What a relying party asks.

use data_encoding::BASE64URL_NOPAD;
use jose::digest::sha256;
use url::Url;

/// A code verifier and its challenge (RFC 7636 §4).
#[derive(Clone, Debug)]
pub struct Pkce {
    /// The secret.
    pub verifier: String,
    /// Its SHA-256 in base64url.
    pub challenge: String,
}

impl Pkce {
    /// The pair with this number.
    pub fn new(number: u64) -> Self {
        let verifier = BASE64URL_NOPAD.encode(&sha256(format!("verifier {number}").as_bytes()));
        let challenge = BASE64URL_NOPAD.encode(&sha256(verifier.as_bytes()));
        Self {
            verifier,
            challenge,
        }
    }
}

/// An authorization request, to be changed and sent.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    pub(super) endpoint: String,
    pub(super) parameters: Vec<(String, String)>,
    /// What its code is redeemed with.
    pub pkce: Pkce,
}

impl AuthorizationRequest {
    /// With another value of a parameter.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        let mut request = self.without(name);
        request.parameters.push((name.to_owned(), value.to_owned()));
        request
    }

    /// Without a parameter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(known, _)| known != name);
        self
    }

    /// The value of a parameter.
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut named = self.parameters.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value.as_str())
    }

    /// Its parameters, for a `POST`.
    pub fn form(&self) -> Vec<(&str, &str)> {
        let parameters = self.parameters.iter();
        parameters
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    /// Its address, for a `GET`.
    pub fn url(&self) -> String {
        Url::parse_with_params(&self.endpoint, &self.parameters)
            .unwrap()
            .into()
    }
}
